// What exporters make of FNet's Re(F_n x F_d) and its variants becomes mix.fourier and mix.cosine.
//
// No pattern of nodes is matched. For each value the pass asks which linear map of some earlier value it is (a normal
// form computed beside the IR, see SeparableForm.h) and compares that map with the mixing, entry by entry. Complex
// DFT chains, products with cosine and sine matrices, einsums and mirrored half spectra are one case. Cosine transforms
// that are written as a DFT are run instead (TryCosine.cpp). Only committed matches change the module.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Variants.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Products/HiddenAxis.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// What is looked for, in this order: a magnitude before its parts, two axes before one of them, all of a spectrum
/// before half of it.
struct Stage {
  bool isMagnitude;
  size_t axes;
  bool half;
};
constexpr Stage stages[] = {{true, 2, false},  {true, 2, true},  {true, 1, false},  {true, 1, true},
                            {false, 2, false}, {false, 2, true}, {false, 1, false}, {false, 1, true}};

/// One run over a module: what is known of constants, and what was tried since the module changed last.
struct Search {
  ConstantFacts &constants;
  llvm::DenseMap<std::pair<Value, Value>, std::optional<FourierVariant>> cosines{};

  std::optional<FourierVariant> cosine(Value value, Value source) {
    auto [entry, isNew] = cosines.try_emplace({value, source});
    if (isNew)
      entry->second = tryCosine(value, source);
    return entry->second;
  }
};

struct Match {
  Value value, source;
  FourierVariant fourier;
  SmallVector<NodeOp> interior; // latest first
};

bool isOne(double scale) { return std::abs(scale - 1) <= 1e-6; }

/// True if `match` makes every transform in it dead; otherwise it would only add work.
bool freesTransforms(const Match &match) {
  llvm::SmallPtrSet<Operation *, 16> dead;
  for (NodeOp node : match.interior) {
    bool isDead = llvm::all_of(node->getResults(), [&](Value result) {
      return result == match.value ||
             llvm::all_of(result.getUsers(), [&](Operation *user) { return dead.contains(user); });
    });
    if (isDead)
      dead.insert(node);
    else if (isTransform(node))
      return false;
  }
  return true;
}

/// True if `value` is its producer's operand with axes of extent 1 put in or taken out: the operand is the better
/// source.
bool onlyMovesUnitAxes(Value value) {
  auto node = value.getDefiningOp<NodeOp>();
  if (!node || !regroupsAxes(node))
    return false;
  auto extents = [](Value value) {
    SmallVector<int64_t> kept(staticShape(value).value_or(ArrayRef<int64_t>()));
    llvm::erase(kept, 1);
    return kept;
  };
  return staticShape(node.getInput(0)) && extents(node.getInput(0)) == extents(value);
}

/// True if `value` may be a variant of `source` for its shape: the same elements, or fewer along some axes; most values
/// on the way are complex.
bool mayBeVariant(Value value, Value source) {
  ArrayRef<int64_t> of = *staticShape(source), is = *staticShape(value);
  if (ShapedType::getNumElements(of) == ShapedType::getNumElements(is))
    return true;
  return of.size() == is.size() && llvm::all_of(llvm::zip_equal(of, is), [](auto extents) {
           return std::get<1>(extents) <= std::get<0>(extents);
         });
}

bool isReshapeOf(Operation *user, Value value) {
  auto node = dyn_cast<NodeOp>(user);
  return node && node.getInput(0) == value && regroupsAxes(node);
}

/// True if `user` multiplies `value` by one constant number.
bool isScaleOf(Operation *user, Value value, ConstantFacts &constants) {
  auto node = dyn_cast<NodeOp>(user);
  if (!node || !linearOperands(node, constants))
    return false;
  if (node.is("Neg"))
    return true;
  return (node.is("Mul") || node.is("Div")) && node->getResult(0).getType() == value.getType() &&
         llvm::any_of(node.getInputs(), [](Value input) {
           ElementsAttr constant = matchConstant(input);
           return constant && constant.getNumElements() == 1;
         });
}

bool isTransformNode(NodeOp node) { return node.is("DFT"); }

/// What `value` is of `source`, `interior` lying between them. Of one axis only the real part of a DFT is taken for a
/// mixing, not any product with cosines; rows of a cosine transform are no accident.
std::optional<FourierVariant> identify(Value value, Value source, ArrayRef<NodeOp> interior, const Stage &stage,
                                       Search &search) {
  auto fits = [&](const FourierVariant &variant) {
    return variant.axes.size() == stage.axes && variant.half == stage.half;
  };
  if (stage.isMagnitude) {
    std::optional<FourierVariant> variant = matchMagnitude(value.getDefiningOp<NodeOp>(), source, search.constants);
    return variant && fits(*variant) ? variant : std::nullopt;
  }
  bool hasDft = llvm::any_of(interior, isTransformNode);
  LinearAnalysis analysis(source, search.constants);
  if (const SeparableForm *form = analysis.get(value)) {
    FourierMatch fourier = matchFourier(*form, *staticShape(source));
    if (fourier.degree == FourierMatch::Mixing && fits(fourier.variant) && (stage.axes == 2 || hasDft) &&
        !(stage.half && fourier.variant.kind == FourierVariant::Hartley))
      return fourier.variant;
    std::optional<FourierVariant> cosine = matchCosine(*form, *staticShape(source));
    if (cosine && fits(*cosine))
      return cosine;
  }
  // A cosine transform has transforms of one direction.
  bool isOneWay = llvm::all_equal(llvm::map_range(llvm::make_filter_range(interior, isTransformNode),
                                                  [](NodeOp node) { return node.getInt("inverse", 0) != 0; }));
  if (stage.axes != 1 || stage.half || !hasDft || !isOneWay || *staticShape(value) != *staticShape(source))
    return std::nullopt;
  return search.cosine(value, source);
}

/// The match that ends at `value`.
std::optional<Match> matchAt(Value value, Search &search, const Stage &stage) {
  Cone cone(value, [&](NodeOp node) {
    return stage.isMagnitude ? magnitudeOperands(node, search.constants) : linearOperands(node, search.constants);
  });
  if (!cone.firstTransform())
    return std::nullopt;
  std::optional<Match> best;
  auto hasShape = [](const Match &match) {
    return match.fourier.shape(*staticShape(match.source)) == *staticShape(match.value);
  };
  for (auto [i, cut] : llvm::enumerate(cone.cuts)) {
    ArrayRef<NodeOp> interior = ArrayRef(cone.nodes).take_front(cut.interior);
    if (llvm::none_of(interior, isTransform) || (i + 1 < cone.cuts.size() && onlyMovesUnitAxes(cut.value)) ||
        !(stage.isMagnitude || mayBeVariant(value, cut.value)))
      continue;
    std::optional<FourierVariant> fourier = identify(value, cut.value, interior, stage, search);
    if (!fourier)
      continue;
    Match match = {value, cut.value, *fourier, SmallVector<NodeOp>(interior)};
    if (!freesTransforms(match))
      continue;
    bool sameShape = hasShape(match);
    if (!best || sameShape)
      best = std::move(match);
    if (sameShape)
      break;
  }
  return best;
}

/// The only user of the value, if it moves or scales its elements.
NodeOp followingMove(Value value, bool scales, ConstantFacts &constants) {
  auto node = value.hasOneUse() ? dyn_cast<NodeOp>(*value.getUsers().begin()) : NodeOp();
  bool isMove = node && (node.is("Transpose") || (scales && (node.is("Mul") || node.is("Div"))));
  return isMove && linearOperands(node, constants) ? node : NodeOp();
}

/// The match that ends at `value`, unless it is better at a node that follows: another shape or a scale needs a node
/// after the mixing, a transpose may undo an earlier one, and a cosine transform may be made orthogonal.
std::optional<Match> findMatch(Value value, Search &search, const Stage &stage) {
  std::optional<Match> match = matchAt(value, search, stage);
  if (!match || !value.hasOneUse())
    return match;
  Operation *user = *value.getUsers().begin();
  bool hasShape = match->fourier.shape(*staticShape(match->source)) == *staticShape(value);
  if (!hasShape && isReshapeOf(user, value))
    return std::nullopt;
  if (!isOne(match->fourier.scale) && isScaleOf(user, value, search.constants))
    return std::nullopt;
  Value later = value;
  for (int steps = 0; steps < 3 && !stage.isMagnitude; ++steps) {
    NodeOp move = followingMove(later, match->fourier.isCosine(), search.constants);
    if (!move)
      break;
    later = move->getResult(0);
    if (matchAt(later, search, stage))
      return std::nullopt;
  }
  return match;
}

std::string describeVariant(const FourierVariant &variant) {
  std::string text = variant.isCosine() ? "mix.cosine over " : "mix.fourier over ";
  text += variant.axes.size() == 2 ? llvm::formatv("axes {0} and {1}", variant.axes[0], variant.axes[1]).str()
                                   : llvm::formatv("axis {0}", variant.axes[0]).str();
  if (variant.kind == FourierVariant::Hartley)
    text += ", Hartley's part";
  if (variant.kind == FourierVariant::Magnitude)
    text += ", the magnitude";
  if (variant.kind == FourierVariant::InverseCosine)
    text += ", the inverse";
  if (variant.half)
    text += ", half of the spectrum";
  if (variant.ortho)
    text += ", orthogonal";
  return isOne(variant.scale) ? text : text + llvm::formatv(", scale {0:F6}", variant.scale).str();
}

/// The op that a variant is. Of one axis its name says whether positions or features are mixed.
Value create(OpBuilder &builder, Location loc, Value source, const FourierVariant &variant) {
  std::optional<int64_t> sequence = variant.axes.front(), hidden = variant.axes.back();
  if (variant.axes.size() == 1)
    (variant.half || hiddenAxis(source).axis == variant.axes[0] ? sequence : hidden).reset();
  if (variant.isCosine())
    return mix::CosineOp::create(builder, loc, source, sequence, hidden, variant.kind == FourierVariant::InverseCosine,
                                 variant.ortho);
  auto part = variant.kind == FourierVariant::Hartley     ? mix::FourierPart::Hartley
              : variant.kind == FourierVariant::Magnitude ? mix::FourierPart::Magnitude
                                                          : mix::FourierPart::Real;
  return mix::FourierOp::create(builder, loc, source, sequence, hidden, part, variant.half);
}

void commit(const Match &match) {
  auto node = match.value.getDefiningOp<NodeOp>();
  OpBuilder builder(node);
  Location loc = node.getLoc();
  remark::passed(loc, remark::RemarkOpts::name("fourier-mixing").category("onnx-to-mix"))
      << llvm::formatv("{0} and what feeds it, {1} nodes, raised to {2}", describe(node), match.interior.size(),
                       describeVariant(match.fourier))
             .str();
  Value result = create(builder, loc, match.source, match.fourier);
  auto type = cast<RankedTensorType>(match.source.getType());
  onnx::NodeBuilder nodes(builder, loc, node.getVersion());
  for (auto [axis, kept] : llvm::zip(match.fourier.axes, match.fourier.kept))
    if (kept < type.getDimSize(axis))
      result = nodes.slice(result, axis, 0, kept);
  if (!isOne(match.fourier.scale))
    result = nodes.create("Mul", {result, nodes.number(match.fourier.scale, type.getElementType())});
  if (result.getType() != match.value.getType())
    result = nodes.reshape(result, *staticShape(match.value));
  onnx::passNameOn(match.value, result);
  Value old = match.value;
  old.replaceAllUsesWith(result);
  eraseDead(node);
}
} // namespace

/// A cosine mixing of one axis after that of another is one of both; exporters write them one after the other.
static void joinCosines(Operation *root) {
  SmallVector<mix::CosineOp> ops;
  root->walk([&](mix::CosineOp op) { ops.push_back(op); });
  for (mix::CosineOp op : ops) {
    auto inner = op.getInput().getDefiningOp<mix::CosineOp>();
    auto axes = inner && inner->hasOneUse() ? op.joinAxes(inner) : std::nullopt;
    if (!axes)
      continue;
    OpBuilder builder(op);
    Value both = mix::CosineOp::create(builder, op.getLoc(), inner.getInput(), axes->first, axes->second,
                                       op.getInverse(), op.getOrtho());
    onnx::passNameOn(op.getResult(), both);
    op.getResult().replaceAllUsesWith(both);
    op.erase();
    inner.erase();
  }
}

void onnx_to_mix::raiseFourier(Operation *root, ConstantFacts &constants) {
  // In program order: what has been raised is a leaf for what follows. A commit erases only nodes before the one it
  // looks at, so the rest of the list stays valid.
  Search search{constants};
  for (const Stage &stage : stages) {
    SmallVector<NodeOp> nodes;
    root->walk([&](NodeOp node) { nodes.push_back(node); });
    for (NodeOp node : nodes) {
      if (stage.isMagnitude ? !endsMagnitude(node) : !linearOperands(node, constants))
        continue;
      for (unsigned i = 0, e = node->getNumResults(); i < e; ++i) {
        std::optional<Match> match =
            staticShape(node->getResult(i)) ? findMatch(node->getResult(i), search, stage) : std::nullopt;
        if (!match)
          continue;
        commit(*match);
        search.cosines.clear(); // Values may be gone.
        break;
      }
    }
  }
  joinCosines(root);
}
