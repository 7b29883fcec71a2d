// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/CalibrateRewrites.h"
#include "fourmix/Calibration/Covariances.h"
#include "fourmix/Calibration/Fourier.h"
#include "fourmix/Support/Diagnostics.h"
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

/// The phase rewrite without its remarks.
static LogicalResult rewriteSilently(ModuleOp module, const PipelineOptions &options) {
  MutedRemarks muted;
  PassManager passes(module.getContext());
  buildPhasePipeline(passes, Phase::Rewrite, options);
  return passes.run(module);
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

  OwningOpRef<ModuleOp> rewritten = module.clone();
  std::vector<NamedTensor> arrays;
  std::optional<FourierRewrite> &fourier = pipeline.attentionToFourier;
  bool fitsFourier = fourier && fourier->scale == "calibrated" && fourier->calibration.empty();
  if (fitsFourier) {
    if (llvm::Error error = calibrateFourier(module, *rewritten, *samples, *fourier, *running).moveInto(arrays))
      return error;
    fourier->calibration = calibrate.output;
  }
  // What the other rewrites do to the layers, a fit finds done: those before the circular projections, these, then the
  // gates.
  std::optional<CircularRewrite> &circular = pipeline.projectionsToCircular;
  bool measuresInputs = circular && circular->calibration.empty();
  PipelineOptions first = pipeline;
  first.attentionToGated = std::nullopt;
  if (fitsFourier)
    first.attentionToFourier = std::nullopt;
  if (measuresInputs)
    first.projectionsToCircular = std::nullopt;
  if (failed(rewriteSilently(*rewritten, first)))
    return llvm::createStringError("");
  if (measuresInputs) {
    std::vector<NamedTensor> statistics;
    if (llvm::Error error = measureCovariances(*rewritten, circular->where, *samples, *running).moveInto(statistics))
      return error;
    if (!statistics.empty()) {
      llvm::append_range(arrays, statistics);
      if (llvm::Error error = writeSamples(calibrate.output, arrays))
        return error;
      circular->calibration = calibrate.output;
    }
    PipelineOptions second = pipeline;
    second.attentionToGated = std::nullopt;
    second.attentionToFourier = std::nullopt;
    second.fastFNet = false;
    if (failed(rewriteSilently(*rewritten, second)))
      return llvm::createStringError("");
  }

  std::vector<NamedTensor> gated;
  std::optional<GatedRewrite> &toGated = pipeline.attentionToGated;
  if (calibrate.search) {
    SearchResult found;
    SearchOptions search = *calibrate.search;
    search.fourier = !fourier; // which layers, the user has said
    if (llvm::Error error = searchRewrites(*rewritten, *samples, search, *running, log).moveInto(found))
      return error;
    toGated = std::nullopt;
    if (!found.gated.empty())
      toGated = {found.gated, calibrate.output};
    if (!found.fourier.empty())
      fourier = {found.fourier, "calibrated", "none", calibrate.output, search.dropMask};
    gated = std::move(found.arrays);
  } else if (toGated && toGated->calibration.empty()) {
    if (llvm::Error error = calibrateGated(module, *rewritten, *samples, calibrate.gated, *running).moveInto(gated))
      return error;
    toGated = {calibrate.gated.layers, calibrate.output};
  }
  llvm::append_range(arrays, gated);
  return writeSamples(calibrate.output, arrays);
}

} // namespace fourmix::calibration
