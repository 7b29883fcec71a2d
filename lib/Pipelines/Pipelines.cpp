// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Pipelines/Pipelines.h"
#include "dialects/ONNX/Transforms/Passes.h"
#include "dialects/Optic/IR/Optic.h"
#include "dialects/Optic/Transforms/Passes.h"
#include "dialects/Spectral/Transforms/Passes.h"
#include "fourmix/CPU/Passes.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Rewrite/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace fourmix {

ArrayRef<PhaseInfo> allPhases() {
  static const PhaseInfo phases[] = {
      {Phase::Import, "import", "only onnx and func, nothing folded"},
      {Phase::Raise, "raise", "recognised mixing is mix, static shapes are known, every other node is as it came"},
      {Phase::Rewrite, "rewrite", "what holds after raise; the rewrites that were asked for are done"},
      {Phase::Spectral, "spectral",
       "no mix and no onnx: transforms are spectral, the rest is linalg, tensor, arith, math"},
      {Phase::Plan, "plan", "every transform carries its chosen lowering"},
      {Phase::Optic, "optic", "what was placed on the device is optic programs, scheduled; the rest as it was"},
      {Phase::CPU, "cpu", "tasks of loops over vectors and buffers; no tensor left"},
      {Phase::LLVM, "llvm", "only the llvm dialect"},
  };
  return phases;
}

std::optional<Phase> phaseNamed(StringRef name) {
  for (const PhaseInfo &info : allPhases())
    if (info.name == name)
      return info.phase;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// raise
//===----------------------------------------------------------------------===//

static void buildRaise(OpPassManager &passes, const PipelineOptions &options) {
  // Nothing here may run the greedy driver: it merges constants and drops nodes even without a pattern.
  onnx::ONNXInferShapesOptions shapes;
  shapes.shapes.assign(options.shapes.begin(), options.shapes.end());
  passes.addPass(onnx::createONNXInferShapes(shapes));
  passes.addPass(createConvertONNXToMix());
}

//===----------------------------------------------------------------------===//
// rewrite
//===----------------------------------------------------------------------===//

static void buildRewrite(OpPassManager &passes, const PipelineOptions &options) {
  // What changes the network only where the user asks, and never the greedy driver: see raise.
  passes.nest<func::FuncOp>().addPass(createSimplifyMixing());
  if (const std::optional<FourierRewrite> &fourier = options.attentionToFourier)
    passes.nest<func::FuncOp>().addPass(createAttentionToFourier(
        {fourier->layers, fourier->scale, fourier->keep, fourier->dropMask, fourier->calibration}));
  if (options.fastFNet)
    passes.nest<func::FuncOp>().addPass(createFastFNet());
  if (const std::optional<CircularRewrite> &circular = options.projectionsToCircular)
    passes.nest<func::FuncOp>().addPass(
        createProjectionsToCircular({circular->kind, circular->maxError, circular->where, circular->calibration}));
  if (const std::optional<GatedRewrite> &gated = options.attentionToGated)
    passes.nest<func::FuncOp>().addPass(createAttentionToGated({gated->layers, gated->calibration}));
}

//===----------------------------------------------------------------------===//
// spectral
//===----------------------------------------------------------------------===//

static void buildSpectral(OpPassManager &passes, const PipelineOptions &options) {
  // Fast transforms use the symmetry of mixing themselves, and frames have none; dense ones need it spelt out.
  ConvertMixToSpectralOptions mixing;
  mixing.whole = options.fourier != "matmul";
  mixing.spectra = options.fourier == "optic";
  passes.addPass(createConvertMixToSpectral(mixing));
  passes.addPass(createConvertONNXToSpectral());
  // Last: it reports every node that nobody took.
  passes.addPass(createConvertONNXToLinalg());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  if (options.denseRows && options.denseCols)
    passes.addPass(createConvertLinalgToSpectral({options.denseRows, options.denseCols}));
}

//===----------------------------------------------------------------------===//
// plan
//===----------------------------------------------------------------------===//

static void buildPlan(OpPassManager &passes, const PipelineOptions &options) {
  passes.addPass(spectral::createSpectralWiden());
  passes.addPass(createExpandSpectralFilters({options.fourier}));
  passes.addPass(createCSEPass()); // filters of one tensor share its transform
  passes.addPass(spectral::createSpectralPlan({options.fourier}));
}

//===----------------------------------------------------------------------===//
// optic
//===----------------------------------------------------------------------===//

static void buildOptic(OpPassManager &passes, const PipelineOptions &options) {
  if (options.device.empty())
    return;
  passes.addPass(
      createConvertSpectralToOptic({options.device, options.deviceBits, options.offload, options.hostTimes}));
  passes.addPass(createCSEPass()); // refused filters of one tensor share its transform, as in phase plan
  optic::OpticScheduleOptions schedule;
  schedule.device = options.device;
  passes.nest<optic::ProgramOp>().addPass(optic::createOpticSchedule(schedule));
}

//===----------------------------------------------------------------------===//
// cpu
//===----------------------------------------------------------------------===//

static void buildCPU(OpPassManager &passes, const PipelineOptions &options) {
  passes.addPass(spectral::createSpectralLower());
  passes.addPass(createConvertSpectralToLinalg());
  auto &function = passes.nest<func::FuncOp>();
  // Matrix products are still named here, so fusion cannot pull anything into them.
  function.addPass(createCPUFuseElementwise());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createCPUStoreBooleansAsBytes());
  passes.addPass(createCPUPackMatmul({options.vectorWidth, options.keepWeights}));
  ConvertSpectralToVectorOptions transforms;
  transforms.vectorWidth = options.vectorWidth;
  passes.nest<func::FuncOp>().addPass(createConvertSpectralToVector(transforms));
  passes.addPass(createCPUBindBuffers());

  // Tensors become buffers. Results are computed in the caller's memory where they can be.
  passes.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.allowUnknownOps = false;
  bufferize.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  passes.addPass(bufferization::createOneShotBufferizePass(bufferize));
  // Removes the self-copies that insertion in place leaves, once CSE has made source and target one value. A region of
  // a single task must stay a region: inlined into main it would make one huge function of main, which compiles slowly.
  passes.addPass(createCSEPass());
  passes.addPass(createCanonicalizerPass(GreedyRewriteConfig(),
                                         {"(anonymous namespace)::ParallelOpSingleOrZeroIterationDimsFolder"}));

  auto &buffers = passes.nest<func::FuncOp>();
  buffers.addPass(createCPULowerMatmul({options.vectorWidth, options.vectorRegisters}));
  buffers.addPass(createCPULowerGeneric({options.vectorWidth}));
  // Functions of half precision and all arithmetic on bf16 are computed in f32.
  passes.addPass(math::createMathExtendToSupportedTypes());
  passes.addPass(arith::createArithEmulateUnsupportedFloats({/*sourceTypeStrs=*/{"bf16"}, /*targetTypeStr=*/"f32"}));
  passes.addPass(createCPUExpandBFloat16());
  passes.addPass(createCPUExpandMath());
  passes.addPass(createCPUPlanMemory());
  passes.addPass(createLoopInvariantCodeMotionPass());
  passes.addPass(createCPUOutlineTasks());
  passes.addPass(createConvertOpticToLLVM());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

//===----------------------------------------------------------------------===//
// llvm
//===----------------------------------------------------------------------===//

static void buildLLVM(OpPassManager &passes, const PipelineOptions &options) {
  auto &function = passes.nest<func::FuncOp>();
  function.addPass(createConvertVectorToSCFPass());
  passes.addPass(memref::createExpandStridedMetadataPass());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createSCFToControlFlowPass());
  // Scalar functions that have no LLVM instruction are libm's; the common ones were expanded before.
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createConvertMathToLibmPass());
  passes.addPass(createConvertToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  passes.addPass(createCanonicalizerPass());
}

void buildPhasePipeline(OpPassManager &passes, Phase phase, const PipelineOptions &options) {
  switch (phase) {
  case Phase::Import:
    return;
  case Phase::Raise:
    return buildRaise(passes, options);
  case Phase::Rewrite:
    return buildRewrite(passes, options);
  case Phase::Spectral:
    return buildSpectral(passes, options);
  case Phase::Plan:
    return buildPlan(passes, options);
  case Phase::Optic:
    return buildOptic(passes, options);
  case Phase::CPU:
    return buildCPU(passes, options);
  case Phase::LLVM:
    return buildLLVM(passes, options);
  }
}

namespace {
struct PhaseCLOptions : mlir::PassPipelineOptions<PhaseCLOptions> {
  ListOption<std::string> shapes{*this, "shapes", llvm::cl::desc("static input shapes, NAME=1x512")};
  Option<std::string> fourier{*this, "fourier", llvm::cl::desc("fft, matmul or optic"), llvm::cl::init("fft")};
  Option<std::string> device{*this, "device", llvm::cl::desc("the device of optic: a profile's name or file")};
  Option<int64_t> vectorWidth{*this, "vector-width", llvm::cl::desc("f32 elements of a vector register"),
                              llvm::cl::init(8)};
  Option<int64_t> vectorRegisters{*this, "vector-registers", llvm::cl::desc("vector registers of the target"),
                                  llvm::cl::init(16)};
  Option<std::string> toFourier{*this, "attention-to-fourier", llvm::cl::desc("layers, see the pass of that name")};
  Option<std::string> fourierScale{*this, "fourier-scale", llvm::cl::desc("its scale"), llvm::cl::init("paper")};
  Option<std::string> fourierKeep{*this, "fourier-keep", llvm::cl::desc("what it keeps"), llvm::cl::init("none")};
  Option<std::string> calibration{*this, "fourier-calibration", llvm::cl::desc("its calibration file")};
  Option<std::string> toCircular{*this, "projections-to-circular", llvm::cl::desc("kind, see the pass of that name")};
  Option<double> maxError{*this, "max-error", llvm::cl::desc("its largest error"), llvm::cl::init(1e-5)};
  Option<std::string> circularWhere{*this, "circular-where", llvm::cl::desc("which"), llvm::cl::init("attention")};
  Option<std::string> circularCalibration{*this, "circular-calibration", llvm::cl::desc("its calibration file")};
  Option<bool> fastFNet{*this, "fast-fnet", llvm::cl::desc("half spectra in FNet's blocks"), llvm::cl::init(false)};
  Option<bool> dropMask{*this, "drop-mask", llvm::cl::desc("accept that masks go"), llvm::cl::init(false)};
};
} // namespace

void registerPhasePipelines() {
  for (const PhaseInfo &info : allPhases())
    PassPipelineRegistration<PhaseCLOptions>(
        ("fourmix-" + info.name).str(), info.contract,
        [phase = info.phase](OpPassManager &passes, const PhaseCLOptions &cl) {
          PipelineOptions options{{cl.shapes.begin(), cl.shapes.end()}, cl.fourier, cl.vectorWidth, cl.vectorRegisters};
          if (cl.toCircular.hasValue())
            options.projectionsToCircular = {cl.toCircular, cl.maxError, cl.circularWhere, cl.circularCalibration};
          if (cl.toFourier.hasValue())
            options.attentionToFourier = {cl.toFourier, cl.fourierScale, cl.fourierKeep, cl.calibration, cl.dropMask};
          options.fastFNet = cl.fastFNet;
          options.device = cl.device;
          buildPhasePipeline(passes, phase, options);
        });
}

} // namespace fourmix
