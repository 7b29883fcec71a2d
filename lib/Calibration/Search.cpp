// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Search.h"
#include "Knapsack.h"
#include "LayerForms.h"
#include "fourmix/Calibration/Compare.h"
#include "fourmix/Calibration/Fourier.h"
#include "fourmix/Support/Diagnostics.h"
#include "lib/Rewrite/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Threading.h"
#include <chrono>
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

constexpr int64_t mostFitted = 128, mostMeasured = 256; // samples
constexpr int evaluations = 60;                         // of a fit
constexpr size_t mostTrials = 5;                        // of sets
/// A form that takes more than this share of the attention's time is not worth a change of the outputs.
constexpr double worthwhile = 0.97;

/// One form of one layer, tried alone.
struct Choice {
  LayerForm form;
  double seconds = 0, change = 0;
  GatedWeights weights; // where the fit in a set begins
};

struct Layer {
  int64_t number;
  std::vector<Choice> choices;                       // the attention first
  std::vector<std::pair<LayerForm, double>> tooSlow; // what takes as long as the attention
  std::vector<float> maps;
};

/// The forms of some layers; the others stay.
using Set = std::map<int64_t, LayerForm>;

std::string describeSet(const Set &set) {
  std::string text;
  for (const auto &[layer, form] : set)
    text += (text.empty() ? "" : ", ") + ("layer " + std::to_string(layer) + " " + form.text());
  return text.empty() ? "every layer stays" : text;
}

/// Every other sample, from `first` on, up to `limit`; what has fewer than most is no array of samples.
Samples everyOther(const Samples &samples, int64_t first, int64_t limit) {
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
      for (int64_t i = first; i < tensor.shape[0] && part.shape[0] < limit; i += 2, ++part.shape[0])
        part.bytes.insert(part.bytes.end(), &tensor.bytes[i * bytes], &tensor.bytes[i * bytes] + bytes);
    } else {
      part.bytes = tensor.bytes;
    }
    result.push_back({array.name, std::move(part)});
  }
  return result;
}

std::string timeText(double seconds) {
  return seconds < 1e-4 ? llvm::formatv("{0:f2} us", seconds * 1e6) : llvm::formatv("{0:f3} ms", seconds * 1e3);
}

class Search {
public:
  Search(ModuleOp module, const Samples &samples, const SearchOptions &options, const ModelRunnerOptions &running,
         llvm::raw_ostream &log)
      : module(module), fitted(everyOther(samples, 0, mostFitted)), measured(everyOther(samples, 1, mostMeasured)),
        options(options), running(running), log(log) {
    fourier.dropMask = options.dropMask;
  }

  llvm::Expected<SearchResult> run() {
    original = ModelRunner::create(module, {}, running);
    if (!original)
      return diagnosed();
    if (llvm::Error error = original->run(measured).moveInto(reference))
      return error;
    if (llvm::Error error = tryLayers())
      return error;

    double allowed = 1 - options.cosine, low = 0, high = INFINITY, budget = allowed;
    Trial best;
    std::map<Set, double> tried;
    for (size_t count = 0; count < 4 * mostTrials && tried.size() < mostTrials; ++count) {
      Set set = cheapest(budget);
      auto [known, isNew] = tried.try_emplace(set, 0.0);
      if (isNew) {
        Trial trial;
        trial.set = set;
        if (llvm::Error error = measureSet(trial))
          return error;
        known->second = trial.change;
        log << llvm::formatv("search: {0}: cosine {1:f4} on {2} samples, {3}\n", describeSet(set), 1 - trial.change,
                             countSamples(), trial.change <= allowed ? "kept" : "too low");
        if (trial.change <= allowed && (!best.runner || saving(set) > saving(best.set)))
          best = std::move(trial);
      }
      double change = known->second;
      (change <= allowed ? low : high) = budget;
      // What adds up to the budget changed the output by `change`: half-way to where it would be the bound.
      double next = budget * std::sqrt(allowed / std::max(change, 1e-9));
      if (next <= low || next >= high)
        next = (low + std::min(high, 2 * budget)) / 2;
      if (high - low < 0.01 * high)
        break;
      budget = next;
    }
    log << "search: chosen: " << describeSet(best.set) << "\n";
    return report(best);
  }

private:
  struct Trial {
    Set set;
    double change = 0;
    std::vector<NamedTensor> arrays;
    std::unique_ptr<ModelRunner> runner;
  };

  /// The largest mean change of an output.
  llvm::Expected<double> changeOf(const ModelRunner &runner, const Samples &samples) {
    llvm::Expected<std::vector<NamedTensor>> outputs = runner.run(samples);
    if (!outputs)
      return outputs.takeError();
    double largest = 0;
    for (auto [output, old] : llvm::zip_equal(*outputs, reference)) {
      double change = 1 - compareSamples(output.tensor, old.tensor).meanCosine();
      largest = std::isnan(change) ? INFINITY : std::max(largest, std::max(change, 0.0));
    }
    return largest;
  }

  //===--------------------------------------------------------------------===//
  // One layer alone
  //===--------------------------------------------------------------------===//

  llvm::Error tryLayers() {
    std::set<int64_t> numbers;
    for (auto [number, attention] : attentionLayers(mainOf(module)))
      numbers.insert(number);
    AttentionMaps maps(module, numbers, fitted, running);
    Stretch toMeasure(module, measured, running);
    std::map<std::string, std::vector<double>> times; // of all forms, by structure
    for (int64_t number : numbers) {
      SmallVector<LayerForm> forms = formsOf(module, number, options.fourier ? &fourier : nullptr);
      if (forms.size() < 2)
        continue;
      KnownInput input{number, std::nullopt};
      if (llvm::Error error = knowInput(toMeasure, input))
        return error;
      std::vector<double> &seconds = times[structureOf(module, number)];
      if (seconds.empty())
        if (llvm::Error error = timeForms(module, input, forms, fourier, measured, running).moveInto(seconds))
          return error;
      Layer &layer = layers.emplace_back();
      layer.number = number;
      layer.choices.push_back({forms[0], seconds[0], 0, {}});
      std::vector<Choice> worth;
      for (auto [form, time] : llvm::drop_begin(llvm::zip_equal(forms, seconds)))
        if (time < worthwhile * seconds[0])
          worth.push_back({form, time, 0, {}});
        else
          layer.tooSlow.push_back({form, time});
      if (llvm::Error error = tryForms(layer, worth, input, maps))
        return error;
    }
    return llvm::Error::success();
  }

  /// What the sublayer starts from, if it has an axis of samples.
  llvm::Error knowInput(Stretch &stretch, KnownInput &input) {
    Value value = analyseSublayer(attentionOf(module, input.layer)).sublayer->input;
    llvm::Expected<std::vector<HostTensor>> values = stretch.run(value, {});
    if (!values)
      return values.takeError();
    if (stretch.knows(value))
      input.values = std::move(values->front());
    return llvm::Error::success();
  }

  /// From the least work to the most. More components are of no use where fewer are near enough, and a Fourier mixing,
  /// which knows nothing of what the attention did, is of no use where nothing is.
  llvm::Error tryForms(Layer &layer, std::vector<Choice> &forms, const KnownInput &input, AttentionMaps &maps) {
    std::optional<LayerSamples> seen;
    double allowed = 1 - options.cosine, enough = allowed / (2.0 * countLayers(mainOf(module)));
    for (Choice &choice : forms) {
      OwningOpRef<ModuleOp> clone = module.clone();
      ModelRunnerOptions own = running;
      input.give(*clone, own);
      if (choice.form.kind == LayerForm::Fourier) {
        if (llvm::Error error = fitFourier(*clone, layer.number).takeError())
          return error;
      } else {
        if (!seen) {
          if (llvm::Error error = maps.measureWithInputs(layer.number).moveInto(seen))
            return error;
          layer.maps = std::move(seen->maps);
        }
        llvm::Expected<GatedWeights> weights = fit(*seen, layer.maps, choice.form, nullptr);
        if (!weights)
          return weights.takeError();
        choice.weights = std::move(*weights);
        if (llvm::Error error = applyWeights(*clone, layer.number, choice.weights))
          return error;
      }
      std::unique_ptr<ModelRunner> runner = ModelRunner::create(*clone, {}, own);
      if (!runner)
        return diagnosed();
      if (llvm::Error error = changeOf(*runner, input.fed(measured)).moveInto(choice.change))
        return error;
      log << llvm::formatv("search: layer {0} alone, {1}: cosine {2:f4}, {3} instead of {4}\n", layer.number,
                           choice.form.text(), 1 - choice.change, timeText(choice.seconds),
                           timeText(layer.choices[0].seconds));
      layer.choices.push_back(std::move(choice));
      if (layer.choices.back().change <= enough)
        break;
    }
    return llvm::Error::success();
  }

  llvm::Expected<GatedWeights> fit(const LayerSamples &seen, const std::vector<float> &maps, const LayerForm &form,
                                   const GatedWeights *from) {
    FitOptions fit;
    fit.components = static_cast<int>(form.components);
    fit.evaluations = evaluations;
    fit.ridge = GatedOptions().ridge;
    fit.threads = running.threads ? running.threads : int(llvm::hardware_concurrency().compute_thread_count());
    fit.from = from;
    return fitLayer(seen, maps, GatedOptions().kernel, fit);
  }

  /// Rewrites the layer of `clone`, too.
  llvm::Expected<std::vector<NamedTensor>> fitFourier(ModuleOp clone, int64_t layer) {
    MutedRemarks muted;
    FourierRewrite rewrite{std::to_string(layer), "calibrated", "none", "", options.dropMask};
    return calibrateFourier(module, clone, fitted, rewrite, running);
  }

  //===--------------------------------------------------------------------===//
  // Sets of layers
  //===--------------------------------------------------------------------===//

  /// Seconds that the set saves, as far as is known of each layer alone.
  double saving(const Set &set) const {
    double sum = 0;
    for (const Layer &layer : layers)
      if (auto at = set.find(layer.number); at != set.end())
        for (const Choice &choice : layer.choices)
          if (choice.form == at->second)
            sum += layer.choices[0].seconds - choice.seconds;
    return sum;
  }

  /// Of the sets whose changes add up to at most `budget`, that of the least time.
  Set cheapest(double budget) const {
    std::vector<std::vector<KnapsackItem>> groups;
    for (const Layer &layer : layers) {
      groups.emplace_back();
      for (const Choice &choice : llvm::drop_begin(layer.choices))
        groups.back().push_back({choice.change, layer.choices[0].seconds - choice.seconds});
    }
    Set set;
    for (auto [layer, chosen] : llvm::zip_equal(layers, chooseWithin(groups, budget)))
      if (chosen)
        set[layer.number] = layer.choices[1 + *chosen].form;
    return set;
  }

  /// Fits layer after layer, each on those before it, and measures what all change together. What an earlier set has in
  /// common with this one, up to the first layer that differs, is not fitted again.
  llvm::Error measureSet(Trial &trial) {
    OwningOpRef<ModuleOp> clone = module.clone();
    Stretch stretch(*clone, fitted, running);
    std::string prefix;
    for (const auto &[number, form] : trial.set) {
      prefix += std::to_string(number) + form.key() + " ";
      std::vector<NamedTensor> &arrays = fits[prefix];
      if (form.kind == LayerForm::Fourier) {
        if (llvm::Error error = arrays.empty() ? fitFourier(*clone, number).moveInto(arrays)
                                               : applyFourierArrays(*clone, number, arrays))
          return error;
      } else {
        GatedWeights &weights = fitWeights[prefix];
        if (arrays.empty()) {
          const Layer &layer = *llvm::find_if(layers, [&](const Layer &each) { return each.number == number; });
          const Choice &alone = *llvm::find_if(layer.choices, [&](const Choice &each) { return each.form == form; });
          std::optional<LayerSamples> seen;
          if (llvm::Error error = measureLayer(stretch, *clone, number).moveInto(seen))
            return error;
          if (llvm::Error error = fit(*seen, layer.maps, form, &alone.weights).moveInto(weights))
            return error;
          arrays = arraysOf(number, weights);
        }
        if (llvm::Error error = applyWeights(*clone, number, weights))
          return error;
      }
      llvm::append_range(trial.arrays, arrays);
    }
    trial.runner = ModelRunner::create(*clone, {}, running);
    if (!trial.runner)
      return diagnosed();
    return changeOf(*trial.runner, measured).moveInto(trial.change);
  }

  llvm::Error applyFourierArrays(ModuleOp clone, int64_t layer, const std::vector<NamedTensor> &arrays) {
    FourierForm form = *analyseFourier(attentionOf(clone, layer), fourier).form;
    llvm::Expected<FourierFactors> factors = FourierFactors::read(CalibrationFile("the fit", arrays), layer, form);
    if (!factors)
      return factors.takeError();
    return applyFourier(form, *factors) ? llvm::Error::success() : diagnosed();
  }

  //===--------------------------------------------------------------------===//
  // What was found
  //===--------------------------------------------------------------------===//

  llvm::Expected<SearchResult> report(Trial &best) {
    SearchResult result;
    result.arrays = std::move(best.arrays);
    for (const Layer &layer : layers) {
      auto chosen = best.set.find(layer.number);
      LayerForm form = chosen == best.set.end() ? LayerForm() : chosen->second;
      if (form.kind != LayerForm::Attention) {
        std::string &list = form.kind == LayerForm::Fourier ? result.fourier : result.gated;
        list += (list.empty() ? "" : ",") + std::to_string(layer.number);
      }
      remarkLayer(layer, form);
    }
    std::vector<const ModelRunner *> runners{original.get()};
    if (best.runner)
      runners.push_back(best.runner.get());
    llvm::Expected<std::vector<double>> seconds = timeInTurns(runners, measured);
    if (!seconds)
      return seconds.takeError();
    double before = seconds->front(), after = seconds->back(), predicted = before - saving(best.set);
    std::string words = llvm::formatv(
        "chosen for a cosine of at least {0:f4}: {1}; {2:f4} on {3} samples; a run takes {4} on one thread, {5} were "
        "predicted, {6} before",
        options.cosine, describeSet(best.set), 1 - best.change, countSamples(), timeText(after), timeText(predicted),
        timeText(before));
    remarkNote({"rewrite-search", mainOf(module), std::nullopt}, words,
               {{"cosine", 1 - best.change},
                {"secondsBefore", before},
                {"secondsPredicted", predicted},
                {"secondsMeasured", after}});
    return result;
  }

  void remarkLayer(const Layer &layer, const LayerForm &chosen) {
    std::string words = "becomes " + chosen.text() + ": ";
    if (chosen.kind == LayerForm::Attention)
      words = "stays as it is: ";
    std::string name = chosen.text();
    SmallVector<Fact> facts{{"chosen", StringRef(name)}};
    SmallVector<std::string> texts;
    for (const Choice &choice : layer.choices) {
      bool isOld = choice.form.kind == LayerForm::Attention;
      texts.push_back(
          choice.form.text() + " takes " + timeText(choice.seconds) +
          (isOld ? std::string() : llvm::formatv(", alone with a cosine of {0:f4}", 1 - choice.change).str()));
      facts.push_back({"seconds" + choice.form.key(), choice.seconds});
      if (!isOld)
        facts.push_back({"cosine" + choice.form.key(), 1 - choice.change});
    }
    for (const auto &[form, seconds] : layer.tooSlow) {
      texts.push_back(form.text() + " " + timeText(seconds) + " and was not fitted");
      facts.push_back({"seconds" + form.key(), seconds});
    }
    remarkNote({"rewrite-search", layerProducer(mainOf(module), layer.number), layer.number},
               words + llvm::join(texts, "; "), facts);
  }

  int64_t countSamples() const {
    return reference.empty() || reference[0].tensor.shape.empty() ? 0 : reference[0].tensor.shape[0];
  }

  ModuleOp module;
  Samples fitted, measured;
  SearchOptions options;
  FourierOptions fourier;
  ModelRunnerOptions running;
  llvm::raw_ostream &log;
  std::unique_ptr<ModelRunner> original;
  std::vector<NamedTensor> reference;
  std::vector<Layer> layers;
  std::map<std::string, std::vector<NamedTensor>> fits; // by the forms up to a layer: of that layer
  std::map<std::string, GatedWeights> fitWeights;
};

} // namespace

llvm::Expected<SearchResult> searchRewrites(ModuleOp module, const Samples &samples, const SearchOptions &options,
                                            const ModelRunnerOptions &running, llvm::raw_ostream &log) {
  if (!mainOf(module))
    return llvm::createStringError("there is no function main to calibrate");
  return Search(module, samples, options, running, log).run();
}

} // namespace fourmix::calibration
