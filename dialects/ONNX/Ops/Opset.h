// Which opset new nodes belong to.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_OPSET_H
#define DIALECTS_ONNX_OPS_OPSET_H

#include "mlir/IR/BuiltinOps.h"

namespace fourmix::onnx {

/// The opset of ai.onnx that the module imports; of a module that says nothing, the newest of its nodes; 0 for none.
int64_t opsetOf(mlir::ModuleOp module);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_OPSET_H
