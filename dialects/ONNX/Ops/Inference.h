// What a row of the op table sees of a node: its operands' static types and constants, and where results go.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_INFERENCE_H
#define DIALECTS_ONNX_OPS_INFERENCE_H

#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/IR/OpTable.h"
#include "dialects/ONNX/Ops/FoldTensor.h"

namespace fourmix::onnx {

/// The MLIR type of a TensorProto.DataType, or null for strings and what does not exist.
mlir::Type elementTypeOf(mlir::MLIRContext *context, int64_t onnxDataType);

/// A node whose operands have static ranked tensor types (or are absent) and whose results are to be typed.
class Inference {
public:
  explicit Inference(NodeOp node) : node(node) {}

  NodeOp node;

  unsigned inputs() { return node.getInputs().size(); }
  bool has(unsigned i) { return node.getInput(i) != nullptr; }
  mlir::RankedTensorType type(unsigned i) { return mlir::cast<mlir::RankedTensorType>(node.getInput(i).getType()); }
  mlir::ArrayRef<int64_t> shape(unsigned i) { return type(i).getShape(); }
  int64_t rank(unsigned i) { return type(i).getRank(); }
  mlir::Type element(unsigned i) { return type(i).getElementType(); }

  mlir::InFlightDiagnostic error() { return node.emitNodeError(); }
  /// How a user may make `value` known to the compiler, to end an error with: `; known with --bind shape=@x.npy`.
  /// Empty where it does not come from the network's inputs alone.
  static std::string bindHint(mlir::Value value);

  /// The constant integers of input `i`, flattened; an error that calls the input `what` where they depend on data.
  mlir::FailureOr<Shape> ints(unsigned i, mlir::StringRef what);
  /// The only element of constant input `i`.
  mlir::FailureOr<int64_t> scalar(unsigned i, mlir::StringRef what);
  /// The constant numbers of input `i`, flattened.
  mlir::FailureOr<std::vector<double>> numbers(unsigned i, mlir::StringRef what);
  /// The only element of constant input `i` as a double.
  mlir::FailureOr<double> number(unsigned i, mlir::StringRef what);
  /// `axis` in [0, rank), from [-rank, rank).
  mlir::FailureOr<int64_t> axis(int64_t axis, int64_t rank);
  /// The same for each of `axes`, which must be distinct; in the order given.
  mlir::FailureOr<Shape> axes(mlir::ArrayRef<int64_t> axes, int64_t rank);
  /// Integers that older versions carry as attribute `name` and newer ones as input `i`; nullopt where absent.
  mlir::FailureOr<std::optional<Shape>> intsOf(mlir::StringRef name, unsigned i);
  /// Numpy's broadcast of inputs [from, to).
  mlir::FailureOr<Shape> broadcast(unsigned from, unsigned to);
  /// An error unless input `i` has `rank` dims (or at least so many).
  mlir::LogicalResult expectRank(unsigned i, int64_t rank);
  mlir::LogicalResult expectMinRank(unsigned i, int64_t rank);

  /// Types result `i`, where the node has it. An error for dims below zero or more elements than fit any machine.
  mlir::LogicalResult result(unsigned i, mlir::ArrayRef<int64_t> shape, mlir::Type element);
  mlir::LogicalResult result(mlir::ArrayRef<int64_t> shape, mlir::Type element) { return result(0, shape, element); }
};

/// Types the results of `node`, of operator `row`, or emits one error: operands that are no static tensors, absent
/// required ones, and what the row itself says.
mlir::LogicalResult inferTypes(NodeOp node, const OpRow &row);

/// A typed node that may be evaluated.
class Folding : public Inference {
public:
  explicit Folding(NodeOp node);

  /// The constant of input `i`, null where it is absent or not constant.
  mlir::ElementsAttr constant(unsigned i);
  /// The values of constant input `i`; null where absent, not constant, unreadable or too large to compute with.
  const FoldTensor *input(unsigned i);
  mlir::RankedTensorType resultType(unsigned i = 0);
  mlir::ArrayRef<int64_t> resultShape(unsigned i = 0) { return resultType(i).getShape(); }

  /// A zero tensor of result `i`'s type.
  FoldTensor zeros(unsigned i = 0) { return FoldTensor(resultShape(i), resultType(i).getElementType()); }
  bool set(unsigned i, mlir::ElementsAttr value);
  bool set(unsigned i, const FoldTensor &value);
  bool set(const FoldTensor &value) { return set(0, value); }

  /// One per result, null for absent ones.
  mlir::ArrayRef<mlir::ElementsAttr> results() { return values; }

private:
  mlir::SmallVector<mlir::ElementsAttr> values;
  mlir::SmallVector<std::optional<FoldTensor>> cache;
};

/// Evaluates `node` if its row can and its inputs are constant; one attribute per result (null for absent ones).
std::optional<mlir::SmallVector<mlir::ElementsAttr>> evaluate(NodeOp node, const OpRow &row);

/// The constant with another shape of as many elements; shares the bytes.
mlir::ElementsAttr reshapeConstant(mlir::ElementsAttr constant, mlir::RankedTensorType type);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_INFERENCE_H
