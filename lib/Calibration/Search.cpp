// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Search.h"
#include "fourmix/Calibration/Compare.h"
#include "lib/Rewrite/GatedAttention.h"
#include "lib/Rewrite/Work.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <map>

using namespace mlir;
using namespace fourmix::rewrite;

namespace fourmix::calibration {

llvm::Expected<SearchOptions> parseSearchOptions(StringRef text) {
  SearchOptions options;
  StringRef value = text;
  if (!value.consume_front("cosine>=") || value.getAsDouble(options.cosine) || !(options.cosine > 0) ||
      options.cosine > 1)
    return llvm::createStringError("expected cosine>=C with C above 0 and at most 1, but found '" + text + "'");
  return options;
}

namespace {

/// One way to rewrite one layer; no components: it stays.
struct Choice {
  int64_t components = 0;
  double flops = 0, change = 0;
};

/// Every other sample, from `first` on; what has fewer than most is no array of samples.
Samples everyOther(const Samples &samples, int64_t first) {
  Samples result;
  int64_t most = 0;
  for (const NamedTensor &array : samples)
    if (!array.tensor.shape.empty())
      most = std::max(most, array.tensor.shape[0]);
  for (const NamedTensor &array : samples) {
    const HostTensor &tensor = array.tensor;
    HostTensor part;
    part.dtype = tensor.dtype;
    part.shape = tensor.shape;
    if (!tensor.shape.empty() && tensor.shape[0] == most && most > 0) {
      int64_t bytes = tensor.bytes.size() / tensor.shape[0];
      part.shape[0] = 0;
      for (int64_t i = first; i < tensor.shape[0]; i += 2, ++part.shape[0])
        part.bytes.insert(part.bytes.end(), &tensor.bytes[i * bytes], &tensor.bytes[i * bytes] + bytes);
    } else {
      part.bytes = tensor.bytes;
    }
    result.push_back({array.name, std::move(part)});
  }
  return result;
}

class Search {
public:
  Search(ModuleOp module, const Samples &samples, const SearchOptions &options, const ModelRunnerOptions &running,
         llvm::raw_ostream &log)
      : module(module), fitted(everyOther(samples, 0)), measured(everyOther(samples, 1)), options(options),
        running(running), log(log) {}

  llvm::Expected<SearchResult> run() {
    if (llvm::Error error = measure(module).moveInto(reference))
      return error;
    auto main = module.lookupSymbol<func::FuncOp>("main");
    for (auto [number, attention] : attentionLayers(main))
      if (analyseGated(attention).form)
        if (llvm::Error error = tryLayer(number))
          return error;
    double allowed = 1 - options.cosine, low = 0, high = INFINITY, budget = allowed;
    SearchResult best;
    for (int trial = 0; trial < 5; ++trial) {
      std::map<int64_t, int64_t> set = cheapest(budget);
      SearchResult result;
      double change = 0;
      if (llvm::Error error = fitSet(set, result).moveInto(change))
        return error;
      bool kept = change <= allowed;
      log << llvm::formatv("search: {0}: cosine {1:f4} on {2} samples, {3}\n", describeSet(set), 1 - change,
                           countSamples(), kept ? "kept" : "too low");
      if (kept) {
        best = std::move(result);
        low = budget;
      } else {
        high = budget;
      }
      // What adds up to the budget changed the output by `change`: half-way to where it would be the bound.
      double next = budget * std::sqrt(allowed / std::max(change, 1e-9));
      if (next <= low || next >= high)
        next = (low + std::min(high, 2 * budget)) / 2;
      if (cheapest(next) == set)
        next = kept ? budget * 1.3 : budget / 1.3;
      if (next >= high || cheapest(next) == set)
        break;
      budget = next;
    }
    log << "search: chosen: " << (best.layers.empty() ? "every layer stays" : "layers " + best.layers + " become gated")
        << "\n";
    return best;
  }

private:
  llvm::Expected<std::vector<NamedTensor>> measure(ModuleOp of) {
    std::unique_ptr<ModelRunner> runner = ModelRunner::create(of, {}, running);
    if (!runner)
      return llvm::createStringError("");
    return runner->run(measured);
  }

  /// The largest mean change of an output.
  llvm::Expected<double> changeOf(ModuleOp of) {
    llvm::Expected<std::vector<NamedTensor>> outputs = measure(of);
    if (!outputs)
      return outputs.takeError();
    double largest = 0;
    for (auto [output, original] : llvm::zip_equal(*outputs, reference)) {
      double change = 1 - compareSamples(output.tensor, original.tensor).meanCosine();
      largest = std::isnan(change) ? INFINITY : std::max(largest, change);
    }
    return largest;
  }

  double flopsOf(ModuleOp of) { return WorkCounter(of.lookupSymbol<func::FuncOp>("main")).count().flops; }

  llvm::Error tryLayer(int64_t layer) {
    std::vector<Choice> &list = choices[layer];
    list.push_back({0, flopsOf(module), 0});
    for (int64_t components : {1, 2, 4}) {
      OwningOpRef<ModuleOp> clone = module.clone();
      SearchResult ignored;
      double change = 0;
      if (llvm::Error error = fitInto(*clone, {{layer, components}}, ignored).moveInto(change))
        return error;
      list.push_back({components, flopsOf(*clone), change});
      log << llvm::formatv("search: layer {0} alone, {1}: cosine {2:f4}, {3:f1} MFLOP less\n", layer,
                           componentsText(components), 1 - change, (list[0].flops - list.back().flops) * 1e-6);
    }
    return llvm::Error::success();
  }

  llvm::Expected<double> fitSet(const std::map<int64_t, int64_t> &set, SearchResult &result) {
    OwningOpRef<ModuleOp> clone = module.clone();
    return fitInto(*clone, set, result);
  }

  /// Fits layer after layer, each on those before it; the change that all make together.
  llvm::Expected<double> fitInto(ModuleOp clone, const std::map<int64_t, int64_t> &set, SearchResult &result) {
    for (auto [layer, components] : set) {
      GatedOptions gated;
      gated.layers = std::to_string(layer);
      gated.components = components;
      llvm::Expected<std::vector<NamedTensor>> arrays =
          calibrateGated(module, clone, fitted, gated, running, llvm::nulls());
      if (!arrays)
        return arrays.takeError();
      llvm::append_range(result.arrays, *arrays);
      result.layers += (result.layers.empty() ? "" : ",") + gated.layers;
    }
    return set.empty() ? 0.0 : changeOf(clone);
  }

  /// Layer to components: of the sets whose changes add up to at most `budget`, that of the fewest operations. A
  /// knapsack over the budget in a thousand steps.
  std::map<int64_t, int64_t> cheapest(double budget) {
    constexpr int64_t steps = 1000;
    struct Best {
      double flops = 0;
      std::map<int64_t, int64_t> set;
    };
    std::vector<std::optional<Best>> best(steps + 1);
    best[0] = Best();
    for (auto &[layer, list] : choices) {
      std::vector<std::optional<Best>> next(steps + 1);
      for (int64_t used = 0; used <= steps; ++used)
        for (const Choice &choice : list) {
          int64_t cost = budget > 0 ? int64_t(std::ceil(std::min(choice.change / budget, 2.0) * steps)) : steps + 1;
          cost = choice.components ? std::max<int64_t>(cost, 0) : 0;
          if (!best[used] || used + cost > steps)
            continue;
          double flops = best[used]->flops + choice.flops;
          std::optional<Best> &at = next[used + cost];
          if (at && at->flops <= flops)
            continue;
          at = Best{flops, best[used]->set};
          if (choice.components)
            at->set[layer] = choice.components;
        }
      best = std::move(next);
    }
    const Best *found = nullptr;
    for (const std::optional<Best> &at : best)
      if (at && (!found || at->flops < found->flops))
        found = &*at;
    return found ? found->set : std::map<int64_t, int64_t>();
  }

  static std::string componentsText(int64_t components) {
    return components == 1 ? "gated with 1 component" : llvm::formatv("gated with {0} components", components).str();
  }

  static std::string describeSet(const std::map<int64_t, int64_t> &set) {
    std::string text;
    for (auto [layer, components] : set)
      text += (text.empty() ? "" : ", ") + ("layer " + std::to_string(layer) + " " + componentsText(components));
    return text.empty() ? "every layer stays" : text;
  }

  int64_t countSamples() const {
    return reference.empty() || reference[0].tensor.shape.empty() ? 0 : reference[0].tensor.shape[0];
  }

  ModuleOp module;
  Samples fitted, measured;
  SearchOptions options;
  ModelRunnerOptions running;
  llvm::raw_ostream &log;
  std::vector<NamedTensor> reference;
  std::map<int64_t, std::vector<Choice>> choices;
};

} // namespace

llvm::Expected<SearchResult> searchRewrites(ModuleOp module, const Samples &samples, const SearchOptions &options,
                                            const ModelRunnerOptions &running, llvm::raw_ostream &log) {
  if (!module.lookupSymbol<func::FuncOp>("main"))
    return llvm::createStringError("there is no function main to calibrate");
  return Search(module, samples, options, running, log).run();
}

} // namespace fourmix::calibration
