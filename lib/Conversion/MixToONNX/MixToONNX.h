// How each op of mix is said in operators of ONNX: a table, filled by a file per family.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_MIXTOONNX_MIXTOONNX_H
#define LIB_CONVERSION_MIXTOONNX_MIXTOONNX_H

#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "llvm/ADT/StringMap.h"
#include <functional>

namespace fourmix::mix {
class ProjectionOp;
} // namespace fourmix::mix

namespace fourmix::mix_to_onnx {

/// What one function of the graph has of constants that several conversions use: they stand before its first op.
class SharedConstants {
public:
  /// The constant under `key`, which says everything about it; made by `make` at the first call.
  mlir::Value get(onnx::NodeBuilder &nodes, mlir::StringRef key, llvm::function_ref<mlir::ElementsAttr()> make);

private:
  llvm::StringMap<mlir::Value> values;
};

/// Makes the nodes that one op becomes, before it.
class Emitter : public onnx::NodeBuilder {
public:
  Emitter(mlir::OpBuilder &builder, mlir::Location loc, int64_t opset, bool fourierAsMatmul, SharedConstants &shared)
      : NodeBuilder(builder, loc, opset), shared(shared), matmul(fourierAsMatmul) {}

  /// True if Fourier transforms are to be products with matrices: asked for, or because the opset has no DFT.
  bool fourierAsMatmul() const { return matmul || opset() < dftSince; }
  static constexpr int64_t dftSince = 17;

  /// A constant that other conversions may want, too; `key` says everything about it: "cos 512 f32".
  mlir::Value sharedConstant(mlir::StringRef key, llvm::function_ref<mlir::ElementsAttr()> make) {
    return shared.get(*this, key, make);
  }

  /// Elements `indices` of `axis`, by a Gather.
  mlir::Value gather(mlir::Value value, int64_t axis, mlir::ArrayRef<int64_t> indices);

  enum class Dft { Forward, HalfForward, Inverse };
  /// The transform along `axis` of a tensor whose last dimension holds the parts, one or two; of `length` points where
  /// that is given: the line is cut or padded with zeros.
  mlir::Value dft(mlir::Value value, int64_t axis, Dft direction, int64_t length = 0);
  /// The real part, index 0 of the last dimension, or the imaginary one, index 1.
  mlir::Value part(mlir::Value complex, int64_t index);

private:
  SharedConstants &shared;
  bool matmul;
};

/// One value per result of the op; null after one error at the op (or at a node that did not fit).
using Results = mlir::SmallVector<mlir::Value>;

class ConversionTable {
public:
  /// The table with all conversions.
  static const ConversionTable &get();

  /// `convert` becomes the conversion of OpTy: `Results convert(OpTy op, Emitter &nodes)`. It need not erase the op.
  /// The types of its results are those of the op's.
  template <typename OpTy>
  void add(Results (*convert)(OpTy, Emitter &)) {
    conversions[OpTy::getOperationName()] = [convert](mlir::Operation *op, Emitter &nodes) {
      return convert(mlir::cast<OpTy>(op), nodes);
    };
  }

  using Conversion = std::function<Results(mlir::Operation *, Emitter &)>;
  /// Null for an op that nobody converts.
  const Conversion *lookup(mlir::Operation *op) const;

private:
  llvm::StringMap<Conversion> conversions;
};

inline mlir::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

/// Elements start .. start + count - 1 of a circle along `axis`, by a wrapping Pad or by Slice and Concat.
mlir::Value wrapAround(Emitter &nodes, mlir::Value value, int64_t axis, int64_t start, int64_t count);

/// A mix.projection of kind circular_1d or circular_2d, its shapes static.
mlir::Value convertCircularProjection(mix::ProjectionOp op, Emitter &nodes);

// One function per family; MixToONNX.cpp calls them all.
void addAttentionConversions(ConversionTable &table);
void addConvolutionConversions(ConversionTable &table);
void addCosineConversions(ConversionTable &table);
void addFourierConversions(ConversionTable &table);
void addGlobalFilterConversions(ConversionTable &table);
void addLayerConversions(ConversionTable &table);
void addProjectionConversions(ConversionTable &table);

} // namespace fourmix::mix_to_onnx

#endif // LIB_CONVERSION_MIXTOONNX_MIXTOONNX_H
