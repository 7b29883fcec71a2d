// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Gated.h"
#include "GatedLayer.h"
#include "lib/Rewrite/LayerList.h"
#include "lib/Rewrite/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Threading.h"
#include <chrono>
#include <cmath>

using namespace mlir;
using namespace fourmix::rewrite;

namespace fourmix::calibration {

llvm::Expected<GatedOptions> parseGatedOptions(StringRef text) {
  GatedOptions options;
  SmallVector<StringRef> parts, layers;
  text.split(parts, ',');
  for (StringRef part : parts) {
    StringRef value = part;
    if (value.consume_front("components=")) {
      if (value.getAsInteger(10, options.components) || options.components < 1 || options.components > 64)
        return llvm::createStringError("components: expected 1 to 64, but found '" + value + "'");
    } else if (value.consume_front("kernel=")) {
      if (value != "circular" && value != "toeplitz")
        return llvm::createStringError("kernel: expected circular or toeplitz, but found '" + value + "'");
      options.kernel = value.str();
    } else {
      layers.push_back(part);
    }
  }
  options.layers = llvm::join(layers, ",");
  return options;
}

static double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What a fit reached, as a note that stands in the report, too.
static void remarkFit(mix::AttentionOp attention, const LayerSamples &seen, const GatedWeights &weights, bool circular,
                      double seconds, double toRun) {
  std::string components =
      weights.components == 1 ? "one component" : std::to_string(weights.components) + " components";
  std::string words = llvm::formatv(
      "gated {0} attention, {1} of {2} heads fitted on {3} samples: divergence {4:f4} at the start, {5:f4} after {6} "
      "evaluations; {7:f1} s, {8:f1} s of them to run the network",
      circular ? "circular" : "Toeplitz", components, weights.heads, seen.count(), weights.startDivergence,
      weights.divergence, weights.evaluations, seconds, toRun);
  remarkNote({"attention-to-gated", attention, seen.layer}, words,
             {{"divergenceAtStart", weights.startDivergence},
              {"divergence", weights.divergence},
              {"evaluations", weights.evaluations},
              {"seconds", seconds},
              {"secondsToRun", toRun}});
}

llvm::Expected<std::vector<NamedTensor>> calibrateGated(ModuleOp module, ModuleOp rewritten, const Samples &samples,
                                                        const GatedOptions &options,
                                                        const ModelRunnerOptions &running) {
  func::FuncOp main = mainOf(module);
  if (!main)
    return llvm::createStringError("there is no function main to calibrate");
  (void)attentionLayers(main);
  llvm::Expected<std::set<int64_t>> asked = parseLayers(options.layers, countLayers(main));
  if (!asked)
    return llvm::createStringError("layers: " + llvm::toString(asked.takeError()));
  (void)attentionLayers(mainOf(rewritten));

  AttentionMaps original(module, *asked, samples, running);
  Stretch after(rewritten, samples, running);
  std::vector<NamedTensor> result;
  for (int64_t layer : original.layers()) {
    auto start = std::chrono::steady_clock::now();
    llvm::Expected<std::vector<float>> maps = original.measure(layer);
    if (!maps)
      return maps.takeError();
    llvm::Expected<std::optional<LayerSamples>> seen = measureLayer(after, rewritten, layer);
    if (!seen)
      return seen.takeError();
    if (!*seen)
      continue;
    double measured = secondsSince(start);
    FitOptions fit;
    fit.components = int(options.components);
    fit.evaluations = options.evaluations;
    fit.ridge = options.ridge;
    fit.threads = running.threads ? running.threads : int(llvm::hardware_concurrency().compute_thread_count());
    llvm::Expected<GatedWeights> weights = fitLayer(**seen, *maps, options.kernel, fit);
    if (!weights)
      return weights.takeError();
    llvm::append_range(result, arraysOf(layer, *weights));
    remarkFit(attentionOf(rewritten, layer), **seen, *weights, isCircular((*seen)->form, options.kernel),
              secondsSince(start), measured);
    if (llvm::Error error = applyWeights(rewritten, layer, *weights))
      return std::move(error);
  }
  return result;
}

} // namespace fourmix::calibration
