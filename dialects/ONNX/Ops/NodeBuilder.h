// New nodes, for passes that write ONNX.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_NODEBUILDER_H
#define DIALECTS_ONNX_OPS_NODEBUILDER_H

#include "dialects/ONNX/IR/ONNX.h"
#include "mlir/IR/Builders.h"

namespace fourmix::onnx {

/// Makes nodes of ai.onnx at one opset, typed by the op table. Operands are static tensors.
///
/// What does not fit is one error that names the new node, and a null value. A null operand makes a null result without
/// another word, so a chain is checked once, at its end. (An absent operand is `none()`.)
class NodeBuilder {
public:
  NodeBuilder(mlir::OpBuilder &builder, mlir::Location loc, int64_t opset)
      : builder(builder), loc(loc), version(opset) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;
  int64_t opset() const { return version; }

  /// A node of one result, whose type the op table knows.
  mlir::Value create(mlir::StringRef op, mlir::ValueRange inputs, mlir::ArrayRef<mlir::NamedAttribute> attrs = {});
  /// A node of `results` results; null as an operand would be null.
  NodeOp createNode(mlir::StringRef op, mlir::ValueRange inputs, unsigned results,
                    mlir::ArrayRef<mlir::NamedAttribute> attrs = {});
  /// A node whose result types the caller knows.
  NodeOp createTyped(mlir::StringRef op, mlir::ValueRange inputs, mlir::TypeRange types,
                     mlir::ArrayRef<mlir::NamedAttribute> attrs = {});

  mlir::Value none() { return NoneOp::create(builder, loc); }
  mlir::Value constant(mlir::ElementsAttr value) {
    return ConstantOp::create(builder, loc, value, /*name=*/mlir::StringAttr());
  }
  /// An int64 tensor of rank 1.
  mlir::Value ints(mlir::ArrayRef<int64_t> values);
  /// An int64 tensor of rank 0.
  mlir::Value integer(int64_t value);
  /// A tensor of rank 0 with `value` rounded to `element`.
  mlir::Value number(double value, mlir::Type element);

  mlir::NamedAttribute attr(mlir::StringRef name, int64_t value);
  mlir::NamedAttribute attr(mlir::StringRef name, mlir::ArrayRef<int64_t> values);
  mlir::NamedAttribute attr(mlir::StringRef name, mlir::StringRef value);
  mlir::NamedAttribute realAttr(mlir::StringRef name, double value);

  // Operators whose parameters were attributes before some opset and are inputs since.
  mlir::Value unsqueeze(mlir::Value value, mlir::ArrayRef<int64_t> axes);
  mlir::Value squeeze(mlir::Value value, mlir::ArrayRef<int64_t> axes);
  mlir::Value reshape(mlir::Value value, mlir::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value value, mlir::ArrayRef<int64_t> permutation);
  /// Elements [start, end) of `axis`; both at least 0.
  mlir::Value slice(mlir::Value value, int64_t axis, int64_t start, int64_t end);
  /// The pieces of `sizes` elements along `axis`; null ones after an error.
  mlir::SmallVector<mlir::Value> split(mlir::Value value, int64_t axis, mlir::ArrayRef<int64_t> sizes);

private:
  /// `values` as input `op` has them since opset `since`, as attribute `name` before.
  mlir::Value withInts(mlir::StringRef op, mlir::Value value, mlir::StringRef name, mlir::ArrayRef<int64_t> values,
                       int64_t since);

  int64_t version;
};

/// Gives `to` the name that the file has for `from`, which it replaces: the outputs of a node and constants have it as
/// theirs, any other op as the discardable attribute `onnx.output_names`.
void passNameOn(mlir::Value from, mlir::Value to);

/// The name that the file has for a value that an op computes, empty where there is none.
mlir::StringRef nameOf(mlir::Value value);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_NODEBUILDER_H
