// Putting what was recognised into the graph: reshapes are met halfway.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SPLICE_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SPLICE_H

#include "dialects/ONNX/Ops/NodeBuilder.h"

namespace fourmix::onnx_to_mix {

/// Reshape, Squeeze, Unsqueeze, Flatten, Identity: the elements stay in order.
bool isReshapeNode(onnx::NodeOp node);

/// The same elements under another shape. Constants are reshaped where they stand; their bytes are shared.
mlir::Value reshapeTo(onnx::NodeBuilder &nodes, mlir::Value value, llvm::ArrayRef<int64_t> shape);

/// The farthest tensor with the same elements in the same order whose last axis has `extent` elements: tokens keep the
/// axes that they had before they were made one batch.
mlir::Value beforeReshapes(mlir::Value value, int64_t extent);

/// Puts `value`, which has the same elements in the same order, in the place of `old`, and erases what is dead then.
/// Reshapes behind `old` become reshapes of `value`, or nothing.
void replaceThroughReshapes(onnx::NodeBuilder &nodes, mlir::Value old, mlir::Value value);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SPLICE_H
