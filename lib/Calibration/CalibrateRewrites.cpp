// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/CalibrateRewrites.h"
#include "lib/Rewrite/Remarks.h"
#include "lib/Rewrite/Sublayer.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace fourmix::calibration {

llvm::Expected<ModelRunnerOptions> hostRunning(const PipelineOptions &pipeline) {
  llvm::Expected<CPUTarget> target = resolveTarget("", "native");
  if (!target)
    return target.takeError();
  ModelRunnerOptions options;
  options.pipeline.fourier = pipeline.fourier;
  options.pipeline.vectorWidth = target->vectorBytes / 4;
  options.pipeline.vectorRegisters = target->vectorRegisters;
  options.emit.target = std::move(*target);
  return options;
}

llvm::Error calibrateRewrites(ModuleOp module, PipelineOptions &pipeline, const CalibrateOptions &calibrate,
                              llvm::raw_ostream &log) {
  llvm::Expected<Samples> samples = readSamples(calibrate.samples);
  if (!samples)
    return samples.takeError();
  llvm::Expected<ModelRunnerOptions> running = hostRunning(pipeline);
  if (!running)
    return running.takeError();
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return llvm::createStringError("there is no function main to calibrate");
  (void)rewrite::attentionLayers(main); // numbers that clones share

  // What the other rewrites do to the layers, a fit finds done.
  OwningOpRef<ModuleOp> rewritten = module.clone();
  {
    rewrite::MutedRemarks muted;
    PassManager passes(module.getContext());
    PipelineOptions others = pipeline;
    others.attentionToGated = std::nullopt;
    buildPhasePipeline(passes, Phase::Rewrite, others);
    if (failed(passes.run(*rewritten)))
      return llvm::createStringError("");
  }
  if (calibrate.search) {
    llvm::Expected<SearchResult> found = searchRewrites(*rewritten, *samples, *calibrate.search, *running, log);
    if (!found)
      return found.takeError();
    if (found->layers.empty()) {
      pipeline.attentionToGated = std::nullopt;
      return llvm::Error::success();
    }
    pipeline.attentionToGated = {found->layers, calibrate.output};
    return writeSamples(calibrate.output, found->arrays);
  }
  llvm::Expected<std::vector<NamedTensor>> arrays =
      calibrateGated(module, *rewritten, *samples, calibrate.gated, *running, log);
  if (!arrays)
    return arrays.takeError();
  if (llvm::Error error = writeSamples(calibrate.output, *arrays))
    return error;
  pipeline.attentionToGated = {calibrate.gated.layers, calibrate.output};
  return llvm::Error::success();
}

} // namespace fourmix::calibration
