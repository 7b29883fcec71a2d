// Numbers as small integers, with scales and zero points.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Products.h"
#include "dialects/ONNX/Ops/Rows.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

/// To the type of the zero point, of attribute output_dtype, or ui8.
LogicalResult inferQuantize(Inference &op) {
  MLIRContext *context = op.node.getContext();
  Type to = IntegerType::get(context, 8, IntegerType::Unsigned);
  if (op.has(2))
    to = op.element(2);
  else if (int64_t code = op.node.getInt("output_dtype", 0))
    to = elementTypeOf(context, code);
  if (!to)
    return op.error() << "unknown ONNX element type " << op.node.getInt("output_dtype", 0);
  return op.result(op.shape(0), to);
}

/// To the type of the scale.
LogicalResult inferDequantize(Inference &op) { return op.result(op.shape(0), op.element(1)); }

LogicalResult inferDynamicQuantize(Inference &op) {
  Type byte = IntegerType::get(op.node.getContext(), 8, IntegerType::Unsigned);
  if (failed(op.result(0, op.shape(0), byte)) || failed(op.result(1, {}, op.element(0))))
    return failure();
  return op.result(2, {}, byte);
}

LogicalResult inferMatMulInteger(Inference &op) {
  FailureOr<Shape> shape = matmulShape(op, 0, 1);
  return failed(shape) ? failure() : op.result(*shape, IntegerType::get(op.node.getContext(), 32));
}

LogicalResult inferConvInteger(Inference &op) {
  FailureOr<Shape> shape = convShape(op, 0, 1);
  return failed(shape) ? failure() : op.result(*shape, IntegerType::get(op.node.getContext(), 32));
}

/// a, its scale and zero point, b, its scale and zero point, the result's scale and zero point.
LogicalResult inferQLinearMatMul(Inference &op) {
  FailureOr<Shape> shape = matmulShape(op, 0, 3);
  return failed(shape) ? failure() : op.result(*shape, op.element(7));
}

LogicalResult inferQLinearConv(Inference &op) {
  FailureOr<Shape> shape = convShape(op, 0, 3);
  return failed(shape) ? failure() : op.result(*shape, op.element(7));
}

} // namespace

void addQuantizeRows(OpTable &table) {
  table.add({"QuantizeLinear", 10, 2, inferQuantize});
  table.add({"DequantizeLinear", 10, 2, inferDequantize});
  table.add({"DynamicQuantizeLinear", 11, 1, inferDynamicQuantize});
  table.add({"MatMulInteger", 10, 2, inferMatMulInteger});
  table.add({"ConvInteger", 10, 2, inferConvInteger});
  table.add({"QLinearMatMul", 10, 8, inferQLinearMatMul});
  table.add({"QLinearConv", 10, 8, inferQLinearConv});
}

} // namespace fourmix::onnx
