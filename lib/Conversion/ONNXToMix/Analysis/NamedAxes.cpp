// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "NamedAxes.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

Axes alignBroadcast(const Axes &axes, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  if (from.size() > to.size()) // A node that contradicts its types.
    return Axes(from.size());
  Axes aligned;
  size_t shift = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i)
    aligned.push_back(from[i] == to[shift + i] ? axes[shift + i] : DimList());
  return aligned;
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

/// Dropout that drops nothing: its mask unused, and not told to train.
static bool isInferenceDropout(NodeOp node) {
  if (!node.is("Dropout") || (node.hasOutput(1) && !node.getResult(1).use_empty()))
    return false;
  if (node.getVersion() < 12 || !node.getInput(2))
    return true;
  ElementsAttr training = matchConstant(node.getInput(2));
  std::optional<SmallVector<int64_t>> value = training ? readInts(training) : std::nullopt;
  return value && value->size() == 1 && value->front() == 0;
}

static bool keepsShape(NodeOp node) {
  return node.is("Identity") || isInferenceDropout(node) ||
         (node.is("Cast") && node.getInput(0) && node.getInput(0).getType() == node.getResult(0).getType());
}

bool isView(NodeOp node) {
  if (!node || !node.getDomain().empty() || node->getNumResults() == 0 || !staticShape(node.getInput(0)) ||
      !staticShape(node.getResult(0)))
    return false;
  return regroupsAxes(node) || keepsShape(node) || node.is("Transpose") || node.is("Expand") || node.is("Tile") ||
         node.is("Gather") || node.is("Concat");
}

static std::optional<SmallVector<int64_t>> permutationOf(NodeOp node) {
  int64_t rank = staticShape(node.getInput(0))->size();
  SmallVector<int64_t> permutation(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  if (auto given = node.getInts("perm"))
    permutation = *given;
  SmallVector<int64_t> sorted(permutation);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, rank)))
    return std::nullopt;
  return permutation;
}

/// The axis of a Gather or Concat of which every element, or the whole, stands `count` times: [0 0 1 1] for elements.
struct Repetition {
  int64_t axis, count;
  bool ofElements;
};
static std::optional<Repetition> matchRepetition(NodeOp node) {
  ArrayRef<int64_t> shape = *staticShape(node.getInput(0));
  int64_t axis = node.getInt("axis", 0), rank = shape.size();
  if (axis < 0)
    axis += rank;
  if (axis < 0 || axis >= rank)
    return std::nullopt;
  if (node.is("Concat")) {
    if (!llvm::all_equal(node.getInputs()))
      return std::nullopt;
    return Repetition{axis, static_cast<int64_t>(node.getInputs().size()), false};
  }
  std::optional<SmallVector<int64_t>> indices = readIntegers(node.getInput(1));
  int64_t extent = shape[axis];
  if (!indices || staticShape(node.getInput(1))->size() != 1 || indices->size() % extent != 0)
    return std::nullopt;
  int64_t count = indices->size() / extent;
  bool elements = true, whole = true;
  for (auto [i, index] : llvm::enumerate(*indices)) {
    int64_t place = i, from = index < 0 ? index + extent : index;
    elements &= from == place / count;
    whole &= from == place % extent;
  }
  if (!elements && !whole)
    return std::nullopt;
  return Repetition{axis, count, elements};
}

std::optional<Axes> viewOperandAxes(NodeOp node, const Axes &result, DimTable &dims) {
  ArrayRef<int64_t> from = *staticShape(node.getInput(0)), to = *staticShape(node.getResult(0));
  if (keepsShape(node))
    return from == to ? std::optional<Axes>(result) : std::nullopt;
  if (regroupsAxes(node))
    // Dimensions that the result lacks because it is broadcast have no place in the operand either.
    return dims.product(flatten(result)) == ShapedType::getNumElements(from) ? dims.regroup(flatten(result), from)
                                                                             : std::nullopt;
  if (node.is("Expand"))
    return from.size() <= to.size() ? std::optional<Axes>(alignBroadcast(result, from, to)) : std::nullopt;
  if (from.size() != to.size())
    return std::nullopt;
  if (node.is("Transpose")) {
    std::optional<SmallVector<int64_t>> permutation = permutationOf(node);
    if (!permutation)
      return std::nullopt;
    Axes operand(from.size());
    for (auto [i, axis] : llvm::enumerate(*permutation))
      operand[axis] = result[i];
    return operand;
  }
  // What remains repeats along axes.
  Axes operand = result;
  auto drop = [&](int64_t axis, int64_t count, bool ofElements) {
    if (dims.product(operand[axis]) != to[axis])
      return false;
    std::optional<Axes> parts = ofElements ? dims.regroup(operand[axis], {from[axis], count})
                                           : dims.regroup(operand[axis], {count, from[axis]});
    if (parts)
      operand[axis] = (*parts)[ofElements ? 0 : 1];
    return parts.has_value();
  };
  if (node.is("Tile")) {
    std::optional<SmallVector<int64_t>> repeats = readIntegers(node.getInput(1));
    if (!repeats || repeats->size() != from.size())
      return std::nullopt;
    for (auto [axis, count] : llvm::enumerate(*repeats))
      if (count > 1 && !drop(axis, count, /*ofElements=*/false))
        return std::nullopt;
    return operand;
  }
  std::optional<Repetition> repetition = matchRepetition(node);
  if (!repetition || (repetition->count > 1 && !drop(repetition->axis, repetition->count, repetition->ofElements)))
    return std::nullopt;
  return operand;
}

std::optional<Axes> viewResultAxes(NodeOp node, const Axes &operand, DimTable &dims) {
  ArrayRef<int64_t> from = *staticShape(node.getInput(0)), to = *staticShape(node.getResult(0));
  if (keepsShape(node))
    return from == to ? std::optional<Axes>(operand) : std::nullopt;
  if (regroupsAxes(node))
    return dims.product(flatten(operand)) == ShapedType::getNumElements(to) ? dims.regroup(flatten(operand), to)
                                                                            : std::nullopt;
  if (!node.is("Transpose"))
    return std::nullopt;
  std::optional<SmallVector<int64_t>> permutation = permutationOf(node);
  if (!permutation || from.size() != to.size())
    return std::nullopt;
  Axes result;
  for (int64_t axis : *permutation)
    result.push_back(operand[axis]);
  return result;
}

View traceViews(View at, DimTable &dims) {
  for (auto node = at.value.getDefiningOp<NodeOp>(); isView(node); node = at.value.getDefiningOp<NodeOp>()) {
    std::optional<Axes> operand = viewOperandAxes(node, dims.resolve(at.axes), dims);
    if (!operand)
      break;
    at = {node.getInput(0), *operand};
  }
  return at;
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

std::optional<double> readSplat(Value value) {
  ElementsAttr constant = value ? matchConstant(value) : ElementsAttr();
  // Large constants are seldom splats, and are not read to find out.
  constexpr int64_t mostElements = 4096;
  if (!constant || !isa<FloatType>(constant.getElementType()) || constant.getNumElements() == 0)
    return std::nullopt;
  if (auto splat = dyn_cast<SplatElementsAttr>(constant))
    return splat.getSplatValue<APFloat>().convertToDouble();
  if (constant.getNumElements() > mostElements)
    return std::nullopt;
  std::optional<std::vector<double>> values = readDoubles(constant);
  return values && !values->empty() && llvm::all_equal(*values) ? std::optional<double>(values->front()) : std::nullopt;
}

std::optional<ScaledOperand> matchScale(NodeOp node) {
  if (!node || !node.getDomain().empty() || node->getNumResults() != 1 || !staticShape(node.getResult(0)))
    return std::nullopt;
  auto keepsType = [&](Value tensor) { return tensor && tensor.getType() == node.getResult(0).getType(); };
  if (node.is("Neg") && keepsType(node.getInput(0)))
    return ScaledOperand{node.getInput(0), -1};
  if (!node.is("Mul") && !node.is("Div"))
    return std::nullopt;
  Value a = node.getInput(0), b = node.getInput(1);
  std::optional<double> factor = readSplat(b);
  if (factor && keepsType(a) && !matchConstant(a)) {
    if (node.is("Div") && *factor == 0)
      return std::nullopt;
    return ScaledOperand{a, node.is("Div") ? 1 / *factor : *factor};
  }
  factor = node.is("Mul") ? readSplat(a) : std::nullopt;
  if (factor && keepsType(b) && !matchConstant(b))
    return ScaledOperand{b, *factor};
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
