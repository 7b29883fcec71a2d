// A softmax, as one node or in pieces.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionForm.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

static NodeOp producer(Value value) { return value ? value.getDefiningOp<NodeOp>() : NodeOp(); }

/// The axes that a reducing node sums over, ascending.
static std::optional<SmallVector<int64_t>> reducedAxes(NodeOp node) {
  int64_t rank = staticShape(node.getInput(0))->size();
  std::optional<SmallVector<int64_t>> axes = node.getInts("axes");
  if (!axes && node.getInput(1)) {
    ElementsAttr constant = matchConstant(node.getInput(1));
    axes = constant ? readInts(constant) : std::nullopt;
    if (!axes)
      return std::nullopt;
  }
  if (!axes || axes->empty()) {
    if (node.getInt("noop_with_empty_axes", 0))
      return std::nullopt;
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  }
  for (int64_t &axis : *axes)
    axis = axis < 0 ? axis + rank : axis;
  llvm::sort(*axes);
  return axes->front() >= 0 && axes->back() < rank ? axes : std::nullopt;
}

/// The axes along which `value`, broadcast to the shape of `of`, is the sum or maximum of `of`; through views.
static std::optional<SmallVector<int64_t>> matchReduction(Value value, Value of, StringRef op) {
  if (!staticShape(value) || !staticShape(of) || staticShape(value)->size() > staticShape(of)->size())
    return std::nullopt;
  DimTable dims;
  Axes whole = dims.createAxes(*staticShape(of));
  Axes axes = alignBroadcast(whole, *staticShape(value), *staticShape(of));
  NodeOp node = producer(value);
  while (isView(node)) {
    std::optional<Axes> operand = viewOperandAxes(node, axes, dims);
    if (!operand)
      return std::nullopt;
    axes = *operand;
    node = producer(node.getInput(0));
  }
  if (!node || !node.is(op) || node.getInput(0) != of)
    return std::nullopt;
  std::optional<SmallVector<int64_t>> reduced = reducedAxes(node);
  if (!reduced)
    return std::nullopt;
  Axes expected;
  for (auto [axis, list] : llvm::enumerate(whole)) {
    bool isReduced = llvm::is_contained(*reduced, static_cast<int64_t>(axis));
    if (!isReduced || node.getInt("keepdims", 1))
      expected.push_back(isReduced ? DimList() : list);
  }
  return dims.resolve(axes) == dims.resolve(expected) ? reduced : std::nullopt;
}

/// Takes the subtraction of the maximum along `axes` away; softmax does not see it.
static bool stripMaximum(Value &scores, ArrayRef<int64_t> axes) {
  NodeOp node = producer(scores);
  if (!node || !node.is("Sub") || node.getInput(0).getType() != node.getResult(0).getType())
    return false;
  std::optional<SmallVector<int64_t>> maximum = matchReduction(node.getInput(1), node.getInput(0), "ReduceMax");
  if (!maximum || ArrayRef(*maximum) != axes)
    return false;
  scores = node.getInput(0);
  return true;
}

static std::optional<SoftmaxForm> matchSoftmaxNode(NodeOp node) {
  int64_t rank = staticShape(node.getInput(0))->size(), axis = node.getInt("axis", node.getVersion() < 13 ? 1 : -1);
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis >= rank)
    return std::nullopt;
  SoftmaxForm form{node, node.getInput(0), {axis}};
  if (node.getVersion() < 13) // All axes from this one on are one.
    form.axes = llvm::to_vector(llvm::seq<int64_t>(axis, rank));
  stripMaximum(form.scores, form.axes);
  return form;
}

std::optional<SoftmaxForm> matchSoftmax(NodeOp node) {
  if (!node.getDomain().empty() || node->getNumResults() != 1 || !staticShape(node.getInput(0)) ||
      !staticShape(node.getResult(0)) || !isa<FloatType>(getElementTypeOrSelf(node.getResult(0))))
    return std::nullopt;
  // All forms keep the shape.
  if (*staticShape(node.getInput(0)) != *staticShape(node.getResult(0)) && !node.is("Mul"))
    return std::nullopt;
  if (node.is("Softmax"))
    return matchSoftmaxNode(node);
  if (node.is("Exp")) {
    NodeOp logarithm = producer(node.getInput(0));
    if (!logarithm || !logarithm.is("LogSoftmax") ||
        staticShape(logarithm.getInput(0)) != staticShape(node.getResult(0)))
      return std::nullopt;
    std::optional<SoftmaxForm> form = matchSoftmaxNode(logarithm);
    if (form)
      form->node = node;
    return form;
  }
  // exp / sum of exp, or exp * (1 / sum of exp)
  if (!node.is("Div") && !node.is("Mul"))
    return std::nullopt;
  for (auto [i, j] : {std::pair(0, 1), {1, 0}}) {
    NodeOp power = producer(node.getInput(i));
    Value sum = node.getInput(j);
    if (node.is("Mul")) {
      NodeOp reciprocal = producer(sum);
      sum = reciprocal && reciprocal.is("Reciprocal") ? reciprocal.getInput(0) : Value();
    }
    if (!power || !power.is("Exp") || !sum || power.getResult(0).getType() != node.getResult(0).getType() ||
        (node.is("Div") && i == 1))
      continue;
    std::optional<SmallVector<int64_t>> axes = matchReduction(sum, power.getResult(0), "ReduceSum");
    if (!axes)
      continue;
    SoftmaxForm form{node, power.getInput(0), *axes};
    form.subtractsMaximum = stripMaximum(form.scores, form.axes);
    if (staticShape(form.scores) != staticShape(node.getResult(0)))
      continue;
    return form;
  }
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
