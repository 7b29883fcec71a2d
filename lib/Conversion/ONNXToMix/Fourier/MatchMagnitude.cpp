// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Variants.h"
#include "fourmix/Support/Constants.h"
#include <cmath>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {
namespace {

/// True if the node raises its first operand to this power.
bool isPower(NodeOp node, double exponent) {
  ElementsAttr constant = node.is("Pow") ? matchConstant(node.getInput(1)) : ElementsAttr();
  std::optional<std::vector<double>> values;
  if (constant && constant.getNumElements() == 1)
    values = readDoubles(constant);
  return values && std::abs(values->front() - exponent) <= 1e-7;
}

/// The operand that the node squares, or null.
Value squared(NodeOp node) {
  if (node.is("Mul") && node.getInput(0) == node.getInput(1))
    return node.getInput(0);
  return isPower(node, 2) ? node.getInput(0) : Value();
}

bool isReduction(NodeOp node) { return node.is("ReduceL2") || node.is("ReduceSumSquare") || node.is("ReduceSum"); }

class Squares {
public:
  Squares(Value source, ConstantFacts &constants) : analysis(source, constants) {}

  /// Collects linear values the squares of which `value` is the sum of. No other node has a use for them, so a depth
  /// of a few is enough.
  bool collect(Value value, int depth = 4) {
    auto node = value.getDefiningOp<NodeOp>();
    if (!node || depth == 0)
      return false;
    if (Value root = squared(node))
      return push(root);
    if (regroupsAxes(node)) // Of a reduction that keeps its axis, say.
      return node.is("Squeeze") && collect(node.getInput(0), depth - 1);
    if (node.is("Add"))
      return collect(node.getInput(0), depth - 1) && collect(node.getInput(1), depth - 1);
    if (node.is("ReduceSumSquare"))
      return pushParts(node, node.getInput(0));
    auto square = node.is("ReduceSum") ? node.getInput(0).getDefiningOp<NodeOp>() : NodeOp();
    return square && squared(square) && pushParts(node, squared(square));
  }

  /// The slices of `value` along the axis that `reduction` sums over.
  bool pushParts(NodeOp reduction, Value value) {
    std::optional<ArrayRef<int64_t>> shape = staticShape(value);
    std::optional<SmallVector<int64_t>> axes = reduction.getInts("axes");
    if (reduction.getInput(1))
      axes = readIntegers(reduction.getInput(1));
    if (!shape || !axes || axes->size() != 1)
      return false;
    int64_t axis = axes->front() + (axes->front() < 0 ? static_cast<int64_t>(shape->size()) : 0);
    if (axis < 0 || axis >= static_cast<int64_t>(shape->size()) || (*shape)[axis] != 2)
      return false;
    for (int64_t part : {0, 1}) {
      const SeparableForm *form = analysis.get(value);
      if (!form || form->isZero())
        return false;
      SeparableForm slice = *form;
      if (!slice.select(axis, part))
        return false;
      slice.layout.erase(slice.layout.begin() + axis);
      parts.push_back(std::move(slice));
    }
    return true;
  }

  std::vector<SeparableForm> parts;

private:
  bool push(Value value) {
    const SeparableForm *form = staticShape(value) ? analysis.get(value) : nullptr;
    if (form)
      parts.push_back(*form);
    return form;
  }

  LinearAnalysis analysis;
};
} // namespace

/// The root itself, before axes of one element are put in or taken out.
static NodeOp behindReshapes(NodeOp node) {
  while (node && regroupsAxes(node))
    node = node.getInput(0).getDefiningOp<NodeOp>();
  return node;
}

bool endsMagnitude(NodeOp node) {
  node = behindReshapes(node);
  return node && (node.is("Sqrt") || node.is("ReduceL2") || isPower(node, 0.5));
}

std::optional<SmallVector<Value>> magnitudeOperands(NodeOp node, ConstantFacts &constants) {
  if (std::optional<SmallVector<Value>> operands = linearOperands(node, constants))
    return operands;
  if (!node.getDomain().empty() || node->getNumResults() != 1 || node.getInputs().empty())
    return std::nullopt;
  Value operand = squared(node);
  if (!operand && (isReduction(node) || endsMagnitude(node)))
    operand = node.getInput(0);
  if (!operand || !staticShape(operand) || !staticShape(node.getResult(0)))
    return std::nullopt;
  return SmallVector<Value>{operand};
}

std::optional<FourierVariant> matchMagnitude(NodeOp node, Value source, ConstantFacts &constants) {
  node = behindReshapes(node);
  Squares squares(source, constants);
  bool isSum = node.is("ReduceL2") ? squares.pushParts(node, node.getInput(0)) : squares.collect(node.getInput(0));
  if (!isSum || squares.parts.size() != 2 || squares.parts[1].isZero() || squares.parts[0].isZero())
    return std::nullopt;
  // One is the real part of a spectrum, and together they are what Hartley makes of its parts, up to a sign.
  ArrayRef<int64_t> shape = *staticShape(source);
  for (int real : {0, 1})
    for (double sign : {-1.0, 1.0}) {
      FourierMatch re = matchFourier(squares.parts[real], shape);
      SeparableForm both = squares.parts[real];
      if (re.degree != FourierMatch::Mixing || re.variant.kind != FourierVariant::Real ||
          !both.add(squares.parts[1 - real], sign))
        continue;
      FourierMatch hartley = matchFourier(both, shape);
      if (hartley.degree != FourierMatch::Mixing || hartley.variant.kind != FourierVariant::Hartley ||
          std::abs(hartley.variant.scale - re.variant.scale) > tolerance * std::abs(re.variant.scale))
        continue;
      re.variant.kind = FourierVariant::Magnitude;
      re.variant.scale = std::abs(re.variant.scale);
      return re.variant;
    }
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
