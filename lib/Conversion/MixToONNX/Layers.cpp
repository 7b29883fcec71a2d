// mix.linear and mix.lambda: Einsum, Softmax, and Conv for the kernel of a lambda layer.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

static Value einsum(Emitter &nodes, StringRef equation, ValueRange operands) {
  return nodes.create("Einsum", operands, nodes.attr("equation", equation));
}

/// True, or one error, if the op can be said in this opset.
template <typename OpTy>
static bool isExpressible(OpTy op, Emitter &nodes) {
  constexpr int64_t einsumSince = 12;
  if (nodes.opset() >= einsumSince)
    return true;
  op.emitOpError("expected at least opset ") << einsumSince << ", which has Einsum, but found opset " << nodes.opset();
  return false;
}

/// A constant under another shape, at once; a Reshape of anything else.
static Value reshape(Emitter &nodes, Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  ElementsAttr constant = matchConstant(value);
  std::vector<char> scratch;
  std::optional<ArrayRef<char>> bytes = constant ? readBytes(constant, scratch) : std::nullopt;
  if (!bytes)
    return nodes.reshape(value, shape);
  return nodes.constant(makeConstant(RankedTensorType::get(shape, type.getElementType()), *bytes, "lambda_kernel"));
}

static Results convertLinear(mix::LinearOp op, Emitter &nodes) {
  constexpr int64_t mostLetters = 24; // two are the new axes
  int64_t rank = op.getInput().getType().getRank();
  if (!isExpressible(op, nodes))
    return {Value()};
  if (rank > mostLetters) {
    op.emitOpError("expected at most ") << mostLetters << " axes, for which an Einsum has letters, but found " << rank;
    return {Value()};
  }
  std::string input;
  for (int64_t axis = 0; axis < rank; ++axis)
    input += static_cast<char>('a' + axis);
  std::string result = input, equation = input;
  auto letter = [&](int64_t axis) { return std::string(1, input[axis]); };
  result[op.getSequence()] = 'y';
  equation += ",y" + letter(op.getSequence());
  if (op.getHidden()) {
    result[*op.getHidden()] = 'z';
    equation += "," + letter(*op.getHidden()) + "z";
  }
  return {einsum(nodes, equation + "->" + result, op->getOperands())};
}

/// `lambda` plus the bias, whose axis of keys has `inner` axes behind it.
static Value addBias(mix::LambdaOp op, Emitter &nodes, Value lambda, size_t inner) {
  if (!op.getBias())
    return lambda;
  SmallVector<int64_t> shape(1 + inner, 1);
  shape[0] = op.getSizes().key;
  return nodes.create("Add", {lambda, reshape(nodes, op.getBias(), shape)});
}

/// The position lambda [b, k, v, n], with the bias.
static Value positionLambda(mix::LambdaOp op, Emitter &nodes) {
  mix::LambdaOp::Sizes sizes = op.getSizes();
  if (op.getTable())
    return addBias(op, nodes, einsum(nodes, "nmku,buvm->bkvn", {op.getTable(), op.getValues()}), 2);
  // Every value channel is an image of u channels; the kernel leaves the axis of values alone.
  SmallVector<int64_t> images = {sizes.batch, sizes.depth, sizes.value}, filters = {sizes.key, sizes.depth, 1};
  SmallVector<int64_t> pads = {0};
  llvm::append_range(images, op.getGrid());
  llvm::append_range(filters, op.getKernelExtents());
  for (int64_t extent : op.getKernelExtents())
    pads.push_back(extent / 2);
  llvm::append_range(pads, SmallVector<int64_t>(pads));
  SmallVector<Value> inputs = {nodes.reshape(op.getValues(), images), reshape(nodes, op.getKernel(), filters)};
  if (op.getBias())
    inputs.push_back(op.getBias());
  Value filtered = nodes.create(
      "Conv", inputs,
      {nodes.attr("kernel_shape", ArrayRef(filters).drop_front(2)), nodes.attr("pads", ArrayRef<int64_t>(pads))});
  return nodes.reshape(filtered, {sizes.batch, sizes.key, sizes.value, sizes.queries});
}

static Results convertLambda(mix::LambdaOp op, Emitter &nodes) {
  if (!isExpressible(op, nodes))
    return {Value()};
  bool hasPosition = op.getTable() || op.getKernel();
  Value content, position;
  if (hasPosition)
    position = einsum(nodes, "bhkn,bkvn->bhvn", {op.getQueries(), positionLambda(op, nodes)});
  if (op.getKeys()) {
    Value keys = nodes.create("Softmax", op.getKeys(), nodes.attr("axis", int64_t(3)));
    Value lambda = einsum(nodes, "bukm,buvm->bkv", {keys, op.getValues()});
    if (!hasPosition)
      lambda = addBias(op, nodes, lambda, 1);
    content = einsum(nodes, "bhkn,bkv->bhvn", {op.getQueries(), lambda});
  }
  return {!content ? position : !position ? content : nodes.create("Add", {content, position})};
}

void fourmix::mix_to_onnx::addLayerConversions(ConversionTable &table) {
  table.add<mix::LinearOp>(convertLinear);
  table.add<mix::LambdaOp>(convertLambda);
}
