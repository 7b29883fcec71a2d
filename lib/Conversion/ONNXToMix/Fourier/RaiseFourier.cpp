// What exporters make of FNet's Re(F_n x F_d) becomes mix.fourier.
//
// No pattern of nodes is matched. For each value the pass asks which linear map of some earlier value it is (a normal
// form computed beside the IR, see SeparableForm.h) and compares that map with the mixing, entry by entry. Complex
// DFT chains, products with cosine and sine matrices, einsums and mirrored half spectra are one case. Only committed
// matches change the module.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MatchFourier.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

struct Match {
  Value value, source;
  FourierMatch fourier;
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

int64_t countElements(Value value) {
  std::optional<ArrayRef<int64_t>> shape = staticShape(value);
  return shape ? ShapedType::getNumElements(*shape) : -1;
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

/// `oneAxis`: look for mixings of one axis, which the parts of one of two axes are, too; only the real part of a DFT is
/// taken for one, not any product with cosines.
std::optional<Match> findMatch(Value value, ConstantFacts &constants, bool oneAxis) {
  Cone cone(value, constants);
  if (!cone.firstTransform())
    return std::nullopt;
  std::optional<Match> best;
  for (auto [i, cut] : llvm::enumerate(cone.cuts)) {
    if (!llvm::any_of(ArrayRef(cone.nodes).take_front(cut.interior), isTransform) ||
        (i + 1 < cone.cuts.size() && onlyMovesUnitAxes(cut.value)))
      continue;
    if (countElements(cut.value) != countElements(value)) // A complex value or half a spectrum; most are.
      continue;
    LinearAnalysis analysis(cut.value, constants);
    const SeparableForm *form = analysis.get(value);
    if (!form)
      continue;
    FourierMatch fourier = matchFourier(*form, *staticShape(cut.value));
    if (fourier.degree != FourierMatch::Mixing || oneAxis == fourier.hidden.has_value())
      continue;
    auto interior = ArrayRef(cone.nodes).take_front(cut.interior);
    if (oneAxis && llvm::none_of(interior, [](NodeOp node) { return node.is("DFT"); }))
      continue;
    Match match = {value, cut.value, fourier, {}};
    match.interior.append(cone.nodes.begin(), cone.nodes.begin() + cut.interior);
    if (!freesTransforms(match))
      continue;
    bool sameShape = cut.value.getType() == value.getType();
    if (!best || sameShape)
      best = std::move(match);
    if (sameShape)
      break;
  }
  if (!best || !value.hasOneUse())
    return best;
  // Another shape or a scale needs a node after the mixing; if such a node follows anyhow, the match is better there.
  Operation *user = *value.getUsers().begin();
  if (best->source.getType() != value.getType() && isReshapeOf(user, value))
    return std::nullopt;
  if (!isOne(best->fourier.scale) && isScaleOf(user, value, constants))
    return std::nullopt;
  return best;
}

void commit(const Match &match) {
  auto node = match.value.getDefiningOp<NodeOp>();
  OpBuilder builder(node);
  Location loc = node.getLoc();
  std::string axes = match.fourier.hidden
                         ? llvm::formatv("axes {0} and {1}", match.fourier.sequence, *match.fourier.hidden).str()
                         : llvm::formatv("axis {0}", match.fourier.sequence).str();
  remark::passed(loc, remark::RemarkOpts::name("fourier-mixing").category("onnx-to-mix"))
      << llvm::formatv("{0} and what feeds it, {1} nodes, raised to mix.fourier over {2}{3}{4}", describe(node),
                       match.interior.size(), axes, match.fourier.isHartley ? ", Hartley's part" : "",
                       isOne(match.fourier.scale) ? std::string()
                                                  : llvm::formatv(", scale {0:F6}", match.fourier.scale).str())
             .str();
  Value result = mix::FourierOp::create(builder, loc, match.source, match.fourier.sequence, match.fourier.hidden,
                                        match.fourier.isHartley ? mix::FourierPart::Hartley : mix::FourierPart::Real);
  auto type = cast<RankedTensorType>(match.source.getType());
  onnx::NodeBuilder nodes(builder, loc, node.getVersion());
  if (!isOne(match.fourier.scale))
    result = nodes.create("Mul", {result, nodes.number(match.fourier.scale, type.getElementType())});
  if (type != match.value.getType())
    result = nodes.reshape(result, *staticShape(match.value));
  onnx::passNameOn(match.value, result);
  Value old = match.value;
  old.replaceAllUsesWith(result);
  eraseDead(node);
}
} // namespace

void onnx_to_mix::raiseFourier(Operation *root, ConstantFacts &constants) {
  // In program order: what has been raised is a leaf for what follows. A commit erases only nodes before the one it
  // looks at, so the rest of the list stays valid. Mixings of two axes first.
  for (bool oneAxis : {false, true}) {
    SmallVector<NodeOp> nodes;
    root->walk([&](NodeOp node) { nodes.push_back(node); });
    for (NodeOp node : nodes) {
      if (!linearOperands(node, constants))
        continue;
      for (unsigned i = 0, e = node->getNumResults(); i < e; ++i) {
        std::optional<Match> match = findMatch(node->getResult(i), constants, oneAxis);
        if (!match)
          continue;
        commit(*match);
        break;
      }
    }
  }
}
