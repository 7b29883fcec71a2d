// Tensor code: the few forms that all lowerings are made of.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EMIT_EMIT_H
#define LIB_EMIT_EMIT_H

#include "lib/Emit/Scalars.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fourmix::lowering {

/// The scalar that a linalg.generic computes from one element of each input.
using Body = llvm::function_ref<mlir::Value(Scalars &, mlir::ValueRange)>;
using Shape = llvm::ArrayRef<int64_t>;

/// Builds linalg, tensor and arith ops at one location. All tensors are static, ranked and signless.
class Emit {
public:
  Emit(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  static mlir::RankedTensorType typeOf(mlir::Value value) {
    return llvm::cast<mlir::RankedTensorType>(value.getType());
  }
  static Shape shapeOf(mlir::Value value) { return typeOf(value).getShape(); }
  static mlir::Type elementOf(mlir::Value value) { return typeOf(value).getElementType(); }
  static int64_t rankOf(mlir::Value value) { return typeOf(value).getRank(); }

  //===------------------------------------------------------------------------------------------------------------===//
  // Values from nothing
  //===------------------------------------------------------------------------------------------------------------===//

  mlir::Value constant(mlir::ElementsAttr elements);
  /// A splat of `value`.
  mlir::Value splat(Shape shape, mlir::Type elementType, double value);
  mlir::Value empty(Shape shape, mlir::Type elementType);
  /// linalg.fill; `scalar` is a scalar value of the element type.
  mlir::Value fill(Shape shape, mlir::Value scalar);
  mlir::Value zeros(Shape shape, mlir::Type elementType);
  mlir::Value index(int64_t value);

  //===------------------------------------------------------------------------------------------------------------===//
  // Computation
  //===------------------------------------------------------------------------------------------------------------===//

  /// One linalg.generic over `shape`, inputs broadcast as NumPy does. A constant input with one value becomes an
  /// arith.constant in the body; dimensions that are broadcast leave the input's indexing map, so that every map is a
  /// projection. `body` sees one scalar for each input. Null where an input does not broadcast to `shape`.
  mlir::Value elementwise(Shape shape, mlir::Type elementType, mlir::ValueRange inputs, Body body,
                          bool isUnsigned = false);

  /// One parallel linalg.generic over `shape` with the indexing maps given.
  mlir::Value map(Shape shape, mlir::Type elementType, mlir::ValueRange inputs, llvm::ArrayRef<mlir::AffineMap> maps,
                  Body body, bool isUnsigned = false);

  /// Reduces `axes` of `input` away. `body` sees the element and the accumulator, which starts as `init` (a scalar).
  /// `extra`: further inputs, broadcastable to `input`; their scalars stand between element and accumulator.
  mlir::Value reduce(mlir::Value input, llvm::ArrayRef<int64_t> axes, mlir::Value init, Body body,
                     mlir::ValueRange extra = {}, bool isUnsigned = false);

  /// Sum of products: a linalg.generic contraction over `dims` loops. `maps` are those of lhs, rhs and result, the
  /// loops that do not occur in the result's map are reduced. Accumulates in the element type (f16 and bf16 in f32).
  mlir::Value contract(mlir::Value lhs, mlir::Value rhs, llvm::ArrayRef<mlir::AffineMap> maps, Shape resultShape);

  /// linalg.matmul [M,K] x [K,N], or linalg.batch_matmul [B,M,K] x [B,K,N], onto zeros.
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs);

  mlir::Value cast(mlir::Value value, mlir::Type elementType, bool fromUnsigned = false, bool toUnsigned = false);

  //===------------------------------------------------------------------------------------------------------------===//
  // Movement
  //===------------------------------------------------------------------------------------------------------------===//

  /// tensor.collapse_shape and tensor.expand_shape, at most one of each; constants are reshaped as they stand.
  mlir::Value reshape(mlir::Value value, Shape shape);
  /// The same elements with size-1 dimensions put in at `axes` (of the result, in order).
  mlir::Value unsqueeze(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  /// Result dimension i is input dimension `permutation[i]`. Constants are transposed at once.
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> permutation);
  /// NumPy broadcast to `shape`.
  mlir::Value broadcast(mlir::Value value, Shape shape);
  /// Elements offset + i*step; steps may be negative.
  mlir::Value slice(mlir::Value value, Shape offsets, Shape sizes, Shape steps);
  /// The slice [offset, offset+size) of one axis.
  mlir::Value sliceAxis(mlir::Value value, int64_t axis, int64_t offset, int64_t size);
  mlir::Value concat(mlir::ValueRange values, int64_t axis);
  /// Result index i of `axis` is `indices[i]` of the input, as slices of constant step put side by side; nothing
  /// emitted and null if that needs more than `maxSlices` slices.
  mlir::Value take(mlir::Value value, int64_t axis, llvm::ArrayRef<int64_t> indices,
                   size_t maxSlices = std::numeric_limits<size_t>::max());

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  /// An input of an elementwise op without the dimensions that are broadcast, and its indexing map.
  std::pair<mlir::Value, mlir::AffineMap> project(mlir::Value input, Shape shape);
};

/// NumPy matrix product of operands of any rank from 1 on; null where they do not fit.
mlir::Value matmulND(Emit &e, mlir::Value lhs, mlir::Value rhs);

/// exp(x - max) / sum along `axis`, and its logarithm.
mlir::Value softmax(Emit &e, mlir::Value x, int64_t axis, bool logarithm = false);

struct RunningSum {
  bool exclusive = false, reverse = false;
};
/// result[i] = sum over j <= i of x[j] along `axis` (exclusive: j < i; reverse: j >= i, j > i). In chunks, the sums of
/// chunks in the same way: parallel, with a constant number of additions per element.
mlir::Value runningSum(Emit &e, mlir::Value x, int64_t axis, RunningSum kind);

/// `value` with size 1 where `axes` were reduced away from a tensor of `shape`.
mlir::Value keepDims(Emit &e, mlir::Value value, Shape shape, llvm::ArrayRef<int64_t> axes);

/// Row-major product of the dimensions.
int64_t product(Shape shape);

/// True if a tensor of shape `from` broadcasts to `to`, as NumPy has it.
bool broadcasts(Shape from, Shape to);

/// True if all elements are the same; `value` is then a scalar attribute (FloatAttr or IntegerAttr of the signless
/// element type).
bool isUniform(mlir::ElementsAttr elements, mlir::TypedAttr &value);

/// `type` with signless integers, as linalg and arith want them.
mlir::Type signless(mlir::Type type);
mlir::ElementsAttr signless(mlir::ElementsAttr elements);

} // namespace fourmix::lowering

#endif // LIB_EMIT_EMIT_H
