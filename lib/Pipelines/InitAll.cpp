// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/InitAll.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/Mix/Transforms/Passes.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/Transforms/Passes.h"
#include "dialects/Optic/IR/Optic.h"
#include "dialects/Optic/Transforms/BufferizableOpInterfaceImpl.h"
#include "dialects/Optic/Transforms/Passes.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "dialects/Spectral/Transforms/Passes.h"
#include "fourmix/CPU/Passes.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Pipelines/Passes.h"
#include "fourmix/Pipelines/Pipelines.h"
#include "fourmix/Rewrite/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

using namespace mlir;

void fourmix::registerAllDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<onnx::ONNXDialect, mix::MixDialect, spectral::SpectralDialect, optic::OpticDialect>();
  optic::registerBufferizableOpInterfaceExternalModels(registry);
}

void fourmix::registerAllPasses() {
  mlir::registerAllPasses();
  onnx::registerFourmixONNXPasses();
  mix::registerFourmixMixPasses();
  spectral::registerFourmixSpectralPasses();
  optic::registerFourmixOpticPasses();
  registerFourmixConversionPasses();
  registerFourmixCPUPasses();
  registerFourmixPipelinesPasses();
  registerFourmixRewritePasses();
  registerPhasePipelines();
}
