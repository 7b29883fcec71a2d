// A module at import, raise or rewrite back to an ONNX file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Transforms/Passes.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Pipelines/Compiler.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace fourmix {

LogicalResult emitONNX(ModuleOp module, StringRef path, const EmitONNXOptions &options) {
  PassManager passes(module.getContext());
  // A module that was only imported goes out as it came in.
  if (options.opset || options.phase != Phase::Import)
    passes.addPass(onnx::createONNXSetOpset({options.opset}));
  ConvertMixToONNXOptions mixing;
  mixing.fourier = options.fourier;
  passes.addPass(createConvertMixToONNX(mixing));
  if (failed(passes.run(module)))
    return failure();
  return exportONNX(module, path, options.file);
}

} // namespace fourmix
