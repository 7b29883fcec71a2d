// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LinearStep.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/Equation.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearAnalysis.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;
using onnx::NodeOp;

static bool isAnyOf(NodeOp node, ArrayRef<StringRef> ops) {
  return node.getDomain().empty() && llvm::is_contained(ops, node.getOpType());
}

/// A Conv whose kernel is one point: a product along the channels.
static bool isPointwise(NodeOp node) {
  auto kernel = dyn_cast<RankedTensorType>(node.getInput(1).getType());
  auto in = dyn_cast<RankedTensorType>(node.getInput(0).getType());
  auto out = dyn_cast<RankedTensorType>(node.getResult(0).getType());
  return kernel && in && out && kernel.getRank() > 2 && node.getInt("group", 1) == 1 &&
         llvm::all_of(kernel.getShape().drop_front(2), [](int64_t extent) { return extent == 1; }) &&
         in.getShape().drop_front(2) == out.getShape().drop_front(2);
}

std::optional<LinearStep> rewrite::linearStep(Operation *op, const Dependence &dependence) {
  auto isConstant = [&](Value value) { return !value || !dependence.onArguments(value); };
  if (auto projection = dyn_cast<mix::ProjectionOp>(op)) {
    if (!isConstant(projection.getWeight()))
      return std::nullopt;
    return LinearStep{LinearStep::Dense, projection.getInput(), projection.getWeight()};
  }
  auto node = dyn_cast<NodeOp>(op);
  if (!node || !node.getDomain().empty() || node.getNumResults() == 0 || node.getNumOperands() == 0)
    return std::nullopt;
  // The operand that is data: all the others are constants.
  std::optional<unsigned> data;
  for (auto [i, operand] : llvm::enumerate(node.getInputs())) {
    if (isConstant(operand))
      continue;
    if (data)
      return std::nullopt;
    data = i;
  }
  if (!data)
    return std::nullopt;
  Value input = node.getInput(*data);
  auto other = [&] { return node.getInput(1 - *data); };
  auto step = [&](LinearStep::Kind kind, Value weight = {}) {
    return std::optional<LinearStep>(LinearStep{kind, input, weight});
  };
  if (*data == 0 && (onnx_to_mix::regroupsAxes(node) || node.is("Identity")))
    return step(LinearStep::Regroup);
  if (*data == 0 && node.is("Dropout") && (!node.getInput(2) || matchConstant(node.getInput(2))))
    return step(LinearStep::Regroup); // A Dropout that trains would not have passed shape inference.
  auto isFloat = [](Value value) { return isa<FloatType>(getElementTypeOrSelf(value.getType())); };
  if (node.is("Cast") && isFloat(input) && isFloat(node.getResult(0)))
    return step(LinearStep::Regroup);
  if (node.is("Transpose"))
    return step(LinearStep::Transpose);
  if (*data == 0 && isAnyOf(node, {"Split", "Slice", "Gather"}))
    return step(LinearStep::Pick);
  if (node.getInputs().size() == 2 && isAnyOf(node, {"MatMul", "Einsum"}))
    return step(LinearStep::Dense, other());
  if (*data < 2 && (node.is("Gemm") || (*data == 0 && node.is("Conv") && isPointwise(node))))
    return step(LinearStep::Dense, other());
  bool isBinary = node.getInputs().size() == 2 && node.getResult(0).getType() == input.getType();
  if (isBinary && (isAnyOf(node, {"Add", "Sub", "Mul", "Sum"}) || (*data == 0 && node.is("Div"))))
    return step(LinearStep::Affine, other());
  return std::nullopt;
}

//===-- Places ------------------------------------------------------------===//

static int64_t strideOf(ArrayRef<int64_t> shape, int64_t axis) {
  return ShapedType::getNumElements(shape.drop_front(axis + 1));
}

AxisPlace rewrite::placeOfAxis(ArrayRef<int64_t> shape, int64_t axis) { return {shape[axis], strideOf(shape, axis)}; }

/// The axis that holds the place, and how many elements of that axis are one step of it.
static std::optional<std::pair<int64_t, int64_t>> locate(ArrayRef<int64_t> shape, AxisPlace place) {
  for (int64_t axis = 0; axis < static_cast<int64_t>(shape.size()); ++axis) {
    int64_t stride = strideOf(shape, axis);
    if (place.stride % stride == 0 && shape[axis] % (place.stride / stride * place.extent) == 0)
      return std::pair(axis, place.stride / stride);
  }
  return std::nullopt;
}

std::optional<int64_t> rewrite::axisAt(ArrayRef<int64_t> shape, AxisPlace place) {
  auto found = locate(shape, place);
  if (!found || found->second != 1 || shape[found->first] != place.extent)
    return std::nullopt;
  return found->first;
}

/// The axis of operand `index` that becomes axis `axis` of the result of an Einsum.
static std::optional<int64_t> axisOfEinsum(NodeOp node, unsigned index, int64_t axis) {
  onnx::Equation equation(node);
  std::string result = equation.output.value_or("");
  if (StringRef(result).contains('.') || axis >= static_cast<int64_t>(result.size()) || index >= equation.inputs.size())
    return std::nullopt;
  size_t place = equation.inputs[index].find(result[axis]);
  return place == std::string::npos ? std::nullopt : std::optional<int64_t>(place);
}

/// The axis of operand `index` whose elements become those of axis `axis` of the result, one for one and nothing else
/// along it; nullopt where there is none.
static std::optional<int64_t> axisBefore(Operation *op, unsigned index, int64_t axis) {
  auto rank = [&](unsigned i) { return cast<RankedTensorType>(op->getOperand(i).getType()).getRank(); };
  int64_t results = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  if (isa<mix::ProjectionOp>(op))
    return index == 0 && axis + 1 < rank(0) ? std::optional(axis) : std::nullopt;
  auto node = cast<NodeOp>(op);
  int64_t fromEnd = axis - results; // negative: -1 is the last axis
  auto aligned = [&]() -> std::optional<int64_t> {
    return rank(index) + fromEnd >= 0 ? std::optional(rank(index) + fromEnd) : std::nullopt;
  };
  if (node.is("MatMul")) {
    if (rank(0) < 2 || rank(1) < 2 || fromEnd == (index == 0 ? -1 : -2))
      return std::nullopt;
    return aligned();
  }
  if (node.is("Gemm")) {
    bool transposed = node.getInt(index == 0 ? "transA" : "transB", 0) != 0;
    if (index > 1 || axis != static_cast<int64_t>(index))
      return std::nullopt;
    return index == 0 ? (transposed ? 1 : 0) : (transposed ? 0 : 1);
  }
  if (node.is("Conv"))
    return index == 0 && axis != 1 ? std::optional(axis) : std::nullopt;
  if (node.is("Einsum"))
    return axisOfEinsum(node, index, axis);
  if (node.is("Gather")) {
    int64_t along = node.getInt("axis", 0), rows = rank(0), indices = rank(1);
    along = along < 0 ? along + rows : along;
    if (index != 0 || (axis >= along && axis < along + indices))
      return std::nullopt;
    return axis < along ? axis : axis - indices + 1;
  }
  static const StringRef rest[] = {"Split",
                                   "Slice",
                                   "Add",
                                   "Sub",
                                   "Mul",
                                   "Div",
                                   "Sum",
                                   "Neg",
                                   "Relu",
                                   "Gelu",
                                   "Sigmoid",
                                   "Tanh",
                                   "Erf",
                                   "Pow",
                                   "Sqrt",
                                   "Exp",
                                   "Abs",
                                   "Softplus",
                                   "Where",
                                   "Clip",
                                   "Elu",
                                   "Min",
                                   "Max",
                                   "HardSigmoid",
                                   "Expand",
                                   "Concat",
                                   "Swish",
                                   "Reciprocal",
                                   "LayerNormalization",
                                   "RMSNormalization"};
  if (!isAnyOf(node, rest))
    return std::nullopt;
  // Normalised over the axis, a token would see the others.
  if (node.getOpType().ends_with("Normalization")) {
    int64_t from = node.getInt("axis", -1);
    if (axis >= (from < 0 ? from + results : from))
      return std::nullopt;
  }
  return aligned();
}

std::optional<AxisPlace> rewrite::traceAxis(Value value, AxisPlace place, Value source, const Dependence &dependence) {
  while (value != source) {
    Operation *op = value.getDefiningOp();
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!op || !type || !type.hasStaticShape() || type.getNumElements() == 0)
      return std::nullopt;
    std::optional<LinearStep> step = linearStep(op, dependence);
    if (step && step->kind == LinearStep::Regroup) {
      value = step->data;
      continue;
    }
    auto found = locate(type.getShape(), place);
    if (!found)
      return std::nullopt;
    auto [axis, inner] = *found;
    auto node = dyn_cast<NodeOp>(op);
    if (step && step->kind == LinearStep::Transpose) {
      SmallVector<int64_t> order(llvm::reverse(llvm::seq<int64_t>(type.getRank())));
      if (auto permutation = node.getInts("perm"))
        order = *permutation;
      auto before = cast<RankedTensorType>(step->data.getType());
      place.stride = strideOf(before.getShape(), order[axis]) * inner;
      value = step->data;
      continue;
    }
    if (!node && !isa<mix::ProjectionOp>(op))
      return std::nullopt;
    // The first operand that depends on arguments and has the axis; all of them would say the same.
    bool moved = false;
    for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
      auto before = dyn_cast<RankedTensorType>(operand.getType());
      if (!before || !before.hasStaticShape() || !dependence.onArguments(operand))
        continue;
      std::optional<int64_t> from = axisBefore(op, i, axis);
      if (!from || before.getDimSize(*from) != type.getDimSize(axis))
        continue;
      place.stride = strideOf(before.getShape(), *from) * inner;
      value = operand;
      moved = true;
      break;
    }
    if (!moved)
      return std::nullopt;
  }
  return place;
}
