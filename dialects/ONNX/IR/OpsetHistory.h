// What the opsets of ai.onnx say of operators: whether a node means the same at another one, which inputs it may have.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_IR_OPSETHISTORY_H
#define DIALECTS_ONNX_IR_OPSETHISTORY_H

#include "mlir/Support/LLVM.h"

namespace fourmix::onnx {
class NodeOp;

/// The newest opset that the history knows.
int64_t newestOpset();

/// The IR version that came with an opset, and that a file of this opset says at least.
int64_t irVersionFor(int64_t opset);

/// The opset between `node`'s own and `opset` that changed what the node means, or does not have it at all; 0 where it
/// means the same at both. Newer opsets that added types and attributes are no hindrance if the node uses none of them.
int64_t changedBetween(NodeOp node, int64_t opset);

/// That `node` has no more inputs than its opset gives it, and one element type where its opset says so; else an error.
mlir::LogicalResult checkInputs(NodeOp node);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_IR_OPSETHISTORY_H
