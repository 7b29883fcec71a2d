// What lies between a value and the tensors it is a filter of.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_FILTERSECTIONS_H
#define LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_FILTERSECTIONS_H

#include "lib/Conversion/ONNXToMix/Analysis/Evaluate.h"

namespace fourmix::onnx_to_mix {

bool isTransformNode(onnx::NodeOp node);
bool isInverse(onnx::NodeOp node);

/// True for a constant, and for what few nodes make of constants alone: a filter's spectrum that its exporter left to
/// be computed at run time.
bool isKnown(mlir::Value value, int depth = 12);

/// The operands a filter may depend on through a node: all that are not known. With `bilinear` two of them may be
/// multiplied.
std::optional<llvm::SmallVector<mlir::Value>> filterOperands(onnx::NodeOp node, bool bilinear);

/// The values that everything passes through, nearest first, up to two at a time, and how many nodes lie after them.
struct Section {
  llvm::SmallVector<mlir::Value> values;
  size_t interior;
};
llvm::SmallVector<Section> findSections(mlir::Value value, llvm::SmallVector<onnx::NodeOp> &nodes);

/// `value` as a map of `source`, by evaluation.
std::function<std::optional<Numbers>(const Numbers &)> mapBetween(mlir::Value source, mlir::Value value);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_FILTERSECTIONS_H
