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
#include "CommitFilter.h"
#include "FilterSections.h"
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

/// True if a forward transform of something known lies behind `value`, which is known: a kernel, not a spectrum.
bool transformsKernel(Value value) {
  auto node = value.getDefiningOp<NodeOp>();
  return node && ((isTransformNode(node) && !isInverse(node)) || llvm::any_of(node.getInputs(), transformsKernel));
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
    std::optional<Filter> filter =
        identifyFilter(mapBetween(source, candidate.value), *from, to, longestTransform(interior), hasKernel(interior));
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
    commitFilter(candidate.value, best->first, best->second, remarkName);
  else if (bilinear)
    commitBilinear(candidate.value, *bilinear, remarkName);
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
