// Filters that are computed in the frequency domain become mix.global_filter, mix.toeplitz and mix.circulant.
//
// Between a forward and an inverse transform a network multiplies by constants, mode by mode: in four products or an
// einsum, over one axis or two, with or without a sum over channels, with modes cut off, padded to twice the length or
// scaled here and there. All of that is one linear map, and it is asked what it is by evaluation (LinearMap.h): an
// element reaches others along some axes; along those where a rotation goes through, the map is a circular convolution,
// which its impulse responses determine. A last random tensor decides. So no way of writing it down is looked for, and
// none is missed. Where the multiplier is computed, too, the map is bilinear, and two random tensors decide.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "IdentifyFilter.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

constexpr StringLiteral remarkName = "spectral-filter";

bool isTransformNode(NodeOp node) { return node.is("DFT"); }
bool isInverse(NodeOp node) { return node.getInt("inverse", 0) != 0; }

/// True for a constant, and for what few nodes make of constants alone: a filter's spectrum that its exporter left to
/// be computed at run time.
bool isKnown(Value value, int depth = 12) {
  if (matchConstant(value) || value.getDefiningOp<onnx::NoneOp>())
    return true;
  auto node = value.getDefiningOp<NodeOp>();
  return node && depth > 0 && !node.getInputs().empty() && node.getNumRegions() == 0 &&
         llvm::all_of(node.getInputs(), [&](Value input) { return isKnown(input, depth - 1); });
}

/// The operands a filter may depend on through a node: all that are not known. With `bilinear` two of them may be
/// multiplied.
std::optional<SmallVector<Value>> filterOperands(NodeOp node, bool bilinear) {
  if (movesElements(node)) {
    SmallVector<Value> operands = movedOperands(node);
    llvm::erase_if(operands, [](Value value) { return isKnown(value); });
    return operands.empty() ? std::nullopt : std::optional(operands);
  }
  if (!node.getDomain().empty() || node.getNumRegions() != 0 || node->getNumResults() != 1 ||
      !staticShape(node.getResult(0)) || !isa<FloatType>(getElementTypeOrSelf(node.getResult(0))))
    return std::nullopt;
  SmallVector<Value> inputs(node.getInputs());
  bool isProduct = node.is("Mul") || node.is("Div") || node.is("MatMul") || node.is("Einsum");
  if (node.is("DFT"))
    inputs.resize(1);
  else if (node.is("ScatterND") && inputs.size() == 3 && matchConstant(inputs[1]))
    inputs = {inputs[0], inputs[2]};
  else if (!isProduct && !node.is("Add") && !node.is("Sub") && !node.is("Sum") && !node.is("Neg"))
    return std::nullopt;
  if (node.is("Div") && !matchConstant(inputs[1]))
    return std::nullopt;
  llvm::erase_if(inputs, [](Value value) { return isKnown(value); });
  if (inputs.empty() || !llvm::all_of(inputs, [](Value value) { return staticShape(value).has_value(); }))
    return std::nullopt;
  if (isProduct && inputs.size() > 1 && !(bilinear && node.is("Mul")))
    return std::nullopt;
  return inputs;
}

/// One value that may be the result of a filter, and the inverse transform that it comes from.
struct Candidate {
  Value value;
  NodeOp inverse;
};

/// From an inverse transform on: scales, the real part, a crop, as long as nobody else looks. Farthest first.
SmallVector<Candidate> findCandidates(NodeOp inverse) {
  SmallVector<Candidate> candidates;
  Value value = inverse.getResult(0);
  while (true) {
    candidates.push_back({value, inverse});
    if (!value.hasOneUse())
      break;
    auto user = dyn_cast<NodeOp>(*value.getUsers().begin());
    if (!user || isTransformNode(user) || user->getNumResults() != 1 || !filterOperands(user, false))
      break;
    bool goesOn = llvm::StringSwitch<bool>(user.getOpType())
                      .Cases({"Mul", "Div", "Neg", "Slice", "Squeeze", "Gather", "Identity", "Cast"}, true)
                      .Default(false);
    if (!goesOn)
      break;
    value = user.getResult(0);
  }
  std::reverse(candidates.begin(), candidates.end());
  return candidates;
}

/// How many of the nodes are forward and inverse transforms.
std::pair<int64_t, int64_t> countTransforms(ArrayRef<NodeOp> nodes) {
  std::pair<int64_t, int64_t> counts;
  for (NodeOp node : nodes)
    if (isTransformNode(node))
      ++(isInverse(node) ? counts.second : counts.first);
  return counts;
}

/// The points of the longest transform.
int64_t longestTransform(ArrayRef<NodeOp> nodes) {
  int64_t longest = 0;
  for (NodeOp node : nodes)
    if (std::optional<TransformNode> transform = isTransformNode(node) ? readTransform(node) : std::nullopt)
      longest = std::max(longest, transform->length);
  return longest;
}

/// Replaces the value and erases what is dead then.
void replace(Value value, Value by) {
  onnx::passNameOn(value, by);
  Operation *producer = value.getDefiningOp();
  value.replaceAllUsesWith(by);
  eraseDead(producer);
}

void commitFilter(Value value, Value source, const Filter &filter) {
  auto node = value.getDefiningOp<NodeOp>();
  OpBuilder builder(node);
  onnx::NodeBuilder nodes(builder, node.getLoc(), node.getVersion());
  auto type = cast<RankedTensorType>(source.getType());
  auto constant = [&](ArrayRef<int64_t> shape, ArrayRef<double> values, StringRef hint) {
    return nodes.constant(makeConstant(type.clone(shape), values, hint));
  };
  std::string axes = llvm::join(llvm::map_range(filter.axes, [](int64_t axis) { return std::to_string(axis); }), ", ");
  Value result;
  std::string what;
  if (filter.kind == Filter::Toeplitz) {
    Value kernel = constant(filter.kernel.shape, filter.kernel.values, "toeplitz");
    result = mix::ToeplitzOp::create(builder, node.getLoc(), source, kernel, filter.axes[0]);
    what = "mix.toeplitz over axis " + axes;
  } else if (filter.kind == Filter::Circulant) {
    Value kernel = constant(filter.kernel.shape, filter.kernel.values, "circulant");
    result = mix::CirculantOp::create(builder, node.getLoc(), source, kernel, filter.axes,
                                      mix::Orientation::Correlation, /*origin=*/nullptr);
    what = "mix.circulant over axes " + axes;
  } else {
    ArrayRef<int64_t> shape(filter.spectrum.shape);
    auto largestOf = [](ArrayRef<double> values) { return largest({{}, std::vector<double>(values)}); };
    constexpr double rounding = 1e-13; // of sums in double
    bool isReal = largestOf(filter.spectrum.im) <= rounding * largestOf(filter.spectrum.re);
    Value re = constant(shape, filter.spectrum.re, "filter_re");
    Value im = isReal ? Value() : constant(shape, filter.spectrum.im, "filter_im");
    auto channel = filter.channel < 0 ? IntegerAttr() : builder.getI64IntegerAttr(filter.channel);
    auto sizes = filter.sizes ? builder.getDenseI64ArrayAttr(*filter.sizes) : DenseI64ArrayAttr();
    result = mix::GlobalFilterOp::create(builder, node.getLoc(), source, re, im, filter.axes, filter.lengths,
                                         /*resampled=*/nullptr, sizes, channel);
    what = "mix.global_filter over axes " + axes;
    if (filter.channel >= 0)
      what += llvm::formatv(", mixing channels along axis {0}", filter.channel);
    if (filter.lengths[0] != type.getDimSize(filter.axes[0]))
      what += llvm::formatv(", linear by transforms of {0} points", filter.lengths[0]);
  }
  remark::passed(node.getLoc(), remark::RemarkOpts::name(remarkName).category("onnx-to-mix"))
      << (describe(node) + " and what feeds it raised to " + what);
  replace(value, result);
}

/// The circulant or Toeplitz mixing that was found, for `value`.
void commitBilinear(Value value, const Bilinear &found) {
  auto node = value.getDefiningOp<NodeOp>();
  OpBuilder builder(node);
  std::string what = "mix.toeplitz over axis ";
  Value result;
  if (found.isToeplitz) {
    result = mix::ToeplitzOp::create(builder, node.getLoc(), found.x, found.kernel, found.axes[0]);
  } else {
    what = found.axes.size() == 1 ? "mix.circulant over axis " : "mix.circulant over axes ";
    bool isPlain = llvm::all_of(found.origins, [](int64_t origin) { return origin == 0; });
    auto origin = isPlain ? nullptr : builder.getDenseI64ArrayAttr(found.origins);
    result =
        mix::CirculantOp::create(builder, node.getLoc(), found.x, found.kernel, found.axes, found.orientation, origin);
  }
  what += llvm::join(llvm::map_range(found.axes, [](int64_t axis) { return std::to_string(axis); }), ", ");
  if (!found.isToeplitz)
    what += ", a " + stringifyOrientation(found.orientation).str();
  remark::passed(node.getLoc(), remark::RemarkOpts::name(remarkName).category("onnx-to-mix"))
      << llvm::formatv("{0} and what feeds it, {1} nodes, raised to {2} with a kernel that is computed", describe(node),
                       found.nodes, what)
             .str();
  replace(value, result);
}

/// True if a forward transform of something known lies behind `value`, which is known: a kernel, not a spectrum.
bool transformsKernel(Value value) {
  auto node = value.getDefiningOp<NodeOp>();
  return node && ((isTransformNode(node) && !isInverse(node)) || llvm::any_of(node.getInputs(), transformsKernel));
}

/// The values that everything passes through, nearest first, up to two at a time, and how many nodes lie after them.
struct Section {
  SmallVector<Value> values;
  size_t interior;
};
SmallVector<Section> findSections(Value value, SmallVector<NodeOp> &nodes) {
  constexpr size_t mostNodes = 96;
  SmallVector<Section> sections;
  SmallVector<Value> frontier = {value};
  Block *block = value.getParentBlock();
  while (nodes.size() < mostNodes) {
    if (frontier.size() <= 2 && frontier[0] != value)
      sections.push_back({frontier, nodes.size()});
    auto position = [&](Value v) { return v.getDefiningOp() && v.getDefiningOp()->getBlock() == block; };
    auto latest = std::max_element(frontier.begin(), frontier.end(), [&](Value a, Value b) {
      return position(a) && position(b) ? a.getDefiningOp()->isBeforeInBlock(b.getDefiningOp())
                                        : !position(a) && position(b);
    });
    auto node = position(*latest) ? latest->getDefiningOp<NodeOp>() : NodeOp();
    std::optional<SmallVector<Value>> operands = node ? filterOperands(node, /*bilinear=*/true) : std::nullopt;
    if (!operands)
      break;
    nodes.push_back(node);
    llvm::erase_if(frontier, [&](Value other) { return other.getDefiningOp() == node; });
    for (Value operand : *operands)
      if (!llvm::is_contained(frontier, operand))
        frontier.push_back(operand);
  }
  return sections;
}

/// True if the nodes multiply by the transform of a known kernel.
bool hasKernel(ArrayRef<NodeOp> nodes) {
  return llvm::any_of(nodes, [](NodeOp node) {
    return llvm::any_of(node.getInputs(), [](Value input) { return isKnown(input) && transformsKernel(input); });
  });
}

bool raiseCandidate(const Candidate &candidate) {
  ArrayRef<int64_t> to = *staticShape(candidate.value);
  SmallVector<NodeOp> nodes;
  SmallVector<Section> sections = findSections(candidate.value, nodes);
  std::optional<std::pair<Value, Filter>> best;
  std::optional<Bilinear> bilinear;
  for (const Section &section : sections) {
    ArrayRef<NodeOp> interior = ArrayRef(nodes).take_front(section.interior);
    auto [forward, inverse] = countTransforms(interior);
    std::optional<ArrayRef<int64_t>> from = staticShape(section.values[0]);
    if (forward == 0 || inverse == 0 || !from || from->size() != to.size())
      continue;
    // The earlier tensors say more: what a kernel was before it was padded, and where its origin is.
    if (section.values.size() == 2) {
      Value a = section.values[0], b = section.values[1];
      std::optional<Bilinear> found;
      if (!best && !(found = identifyBilinear(candidate.value, a, b)))
        found = identifyBilinear(candidate.value, b, a);
      if (!found && bilinear)
        break;
      if (found)
        found->nodes = interior.size();
      bilinear = found ? found : bilinear;
      continue;
    }
    Value source = section.values[0];
    auto map = [&](const Numbers &x) -> std::optional<Numbers> {
      Evaluation evaluation;
      evaluation.set(source, x);
      const Numbers *y = evaluation.get(candidate.value);
      return y ? std::optional(*y) : std::nullopt;
    };
    std::optional<Filter> filter = identifyFilter(map, *from, to, longestTransform(interior), hasKernel(interior));
    if (!filter && best)
      break;
    // What mixes channels before a filter that does not is another layer.
    if (filter && best && filter->channel >= 0 && best->second.channel < 0)
      break;
    // A padded tensor is filtered around its circle; before the padding there is none: the earlier tensor says more.
    if (filter)
      best = {source, std::move(*filter)};
  }
  if (best)
    commitFilter(candidate.value, best->first, best->second);
  else if (bilinear)
    commitBilinear(candidate.value, *bilinear);
  return best || bilinear;
}

/// True if the node multiplies by more than one number.
bool isProduct(NodeOp node) {
  if (!node.is("Mul") && !node.is("Div") && !node.is("MatMul") && !node.is("Einsum"))
    return false;
  return llvm::none_of(node.getInputs(), [](Value input) {
    ElementsAttr constant = matchConstant(input);
    return constant && constant.getNumElements() == 1;
  });
}

/// A remark if spectra are multiplied before the inverse transform, about what is in the way there.
void explainMissed(NodeOp inverse) {
  SmallVector<Operation *> pending = {inverse};
  llvm::SmallSetVector<Operation *, 32> seen;
  constexpr size_t mostNodes = 256;
  for (size_t i = 0; i < pending.size() && seen.size() < mostNodes; ++i) {
    auto node = dyn_cast<NodeOp>(pending[i]);
    if (!node || node->getBlock() != inverse->getBlock() || !seen.insert(node))
      continue;
    if (isTransformNode(node) && !isInverse(node))
      continue;
    for (Value input : node.getInputs())
      if (Operation *producer = input.getDefiningOp())
        pending.push_back(producer);
  }
  // What lies between the transforms, in program order.
  SmallVector<Operation *> nodes(seen.begin(), seen.end());
  llvm::sort(nodes, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  llvm::SmallPtrSet<Operation *, 32> between;
  NodeOp obstacle;
  bool hasProduct = false;
  for (Operation *op : nodes) {
    auto node = cast<NodeOp>(op);
    if (isTransformNode(node) && !isInverse(node)) {
      between.insert(node);
      continue;
    }
    if (llvm::none_of(node.getInputs(), [&](Value input) { return between.contains(input.getDefiningOp()); }))
      continue;
    between.insert(node);
    hasProduct |= isProduct(node);
    if (!filterOperands(node, /*bilinear=*/true))
      obstacle = node;
  }
  if (!hasProduct)
    return;
  std::string reason = obstacle ? "between its transforms stands " + describe(obstacle) + ", which is not linear"
                                : std::string("its transforms and products do not make a convolution");
  remark::missed(inverse.getLoc(), remark::RemarkOpts::name(remarkName).category("onnx-to-mix"))
      << (describe(inverse) + " ends no filter: " + reason);
}

} // namespace

void onnx_to_mix::raiseFilters(Operation *root) {
  // Of a chain of inverse transforms, the last one.
  SmallVector<NodeOp> inverses;
  root->walk([&](NodeOp node) {
    if (isTransformNode(node) && isInverse(node) && staticShape(node.getResult(0)))
      inverses.push_back(node);
  });
  llvm::SmallPtrSet<Operation *, 16> done;
  for (NodeOp inverse : llvm::reverse(inverses)) {
    if (done.contains(inverse))
      continue;
    // Its own chain is spoken for, whether it is raised or not.
    SmallVector<Candidate> candidates = findCandidates(inverse);
    SmallVector<NodeOp> nodes;
    findSections(inverse.getResult(0), nodes);
    for (NodeOp node : nodes)
      if (isTransformNode(node) && isInverse(node))
        done.insert(node);
    bool isRaised = llvm::any_of(candidates, raiseCandidate);
    if (!isRaised)
      explainMissed(inverse);
  }
}
