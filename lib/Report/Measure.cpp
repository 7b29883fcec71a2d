// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Measure.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Calibration/Compare.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/IRMapping.h"
#include <numeric>

using namespace mlir;

namespace fourmix::report {
namespace {

using calibration::ModelRunner;
using calibration::SampleFeed;
using calibration::Samples;

/// Both as [samples, what is left]; the layers of some networks have another axis in front, which the runner kept.
Movement compare(HostTensor value, HostTensor reference, int64_t samples) {
  value.shape = reference.shape = {samples, value.size() / std::max<int64_t>(1, samples)};
  calibration::Change change = calibration::compareSamples(value, reference);
  auto worst = [](ArrayRef<double> values, bool largest) {
    double found = values.empty() ? NAN : values.front();
    for (double value : values)
      if (std::isnan(value) || (largest ? value > found : value < found))
        found = value;
    return found;
  };
  constexpr double percent = 5;
  return {
      {calibration::mean(change.relative), calibration::percentile(change.relative, 100 - percent),
       worst(change.relative, true)},
      {calibration::mean(change.cosine), calibration::percentile(change.cosine, percent), worst(change.cosine, false)}};
}

/// The rows of a tensor [samples, what is left].
std::vector<std::vector<float>> rowsOf(const HostTensor &tensor, int64_t samples) {
  int64_t size = tensor.size() / samples;
  std::vector<std::vector<float>> rows(samples, std::vector<float>(size));
  for (int64_t i = 0; i < tensor.size(); ++i)
    rows[i / size][i % size] = static_cast<float>(tensor.real(i));
  return rows;
}

/// For every row the one with the largest cosine to it.
std::vector<size_t> nearestOf(std::vector<std::vector<float>> rows) {
  for (std::vector<float> &row : rows) {
    double norm = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    for (float &value : row)
      value = norm > 0 ? static_cast<float>(value / norm) : value;
  }
  std::vector<size_t> nearest(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    float best = -INFINITY;
    for (size_t k = 0; k < rows.size(); ++k) {
      float cosine = k == i ? -INFINITY : std::inner_product(rows[i].begin(), rows[i].end(), rows[k].begin(), 0.0F);
      if (cosine > best) {
        best = cosine;
        nearest[i] = k;
      }
    }
  }
  return nearest;
}

std::vector<size_t> largestOf(const std::vector<std::vector<float>> &rows) {
  std::vector<size_t> places;
  for (const std::vector<float> &row : rows)
    places.push_back(llvm::max_element(row) - row.begin());
  return places;
}

double agreement(const std::vector<size_t> &a, const std::vector<size_t> &b) {
  size_t same = 0;
  for (auto [x, y] : llvm::zip_equal(a, b))
    same += x == y;
  return static_cast<double>(same) / static_cast<double>(a.size());
}

/// What a user of the outputs sees: neighbours and predictions.
void compareMeaning(NamedMovement &output, const HostTensor &value, const HostTensor &reference, int64_t samples) {
  constexpr int64_t leastSamples = 3, mostWork = int64_t(1) << 32;
  int64_t size = reference.size() / samples;
  if (samples < leastSamples || size < 2)
    return;
  std::vector<std::vector<float>> now = rowsOf(value, samples), old = rowsOf(reference, samples);
  output.sameLargest = agreement(largestOf(now), largestOf(old));
  constexpr int64_t leastEmbedding = 16; // of a few logits everybody is a neighbour
  if (size >= leastEmbedding && samples * samples <= mostWork / size)
    output.sameNearest = agreement(nearestOf(std::move(now)), nearestOf(std::move(old)));
}

/// Outputs of two runs of one network by name.
std::vector<NamedMovement> compareAll(ArrayRef<NamedTensor> values, ArrayRef<NamedTensor> references, int64_t samples) {
  std::vector<NamedMovement> movements;
  for (auto [value, reference] : llvm::zip(values, references)) {
    NamedMovement &output = movements.emplace_back();
    output.name = reference.name;
    if (value.tensor.shape != reference.tensor.shape || value.tensor.size() == 0) {
      output.notMeasured = "it was " + reference.tensor.typeText() + " and is " + value.tensor.typeText();
      continue;
    }
    output.movement = compare(value.tensor, reference.tensor, samples);
    compareMeaning(output, value.tensor, reference.tensor, samples);
  }
  return movements;
}

/// The mean of a layer's output over samples and positions, one number per channel, as a constant in its place.
void deleteLayer(func::FuncOp main, Value value, const HostTensor &samples) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t channels = type.getRank() ? type.getShape().back() : 1;
  if (channels < 1)
    return;
  std::vector<double> mean(channels, 0.0), all(type.getNumElements());
  for (int64_t i = 0; i < samples.size(); ++i)
    mean[i % channels] += samples.real(i) * static_cast<double>(channels) / static_cast<double>(samples.size());
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = mean[i % channels];
  OpBuilder builder = OpBuilder::atBlockBegin(&main.front());
  ElementsAttr constant = makeConstant(type, ArrayRef<double>(all), "mean_output");
  value.replaceAllUsesWith(onnx::ConstantOp::create(builder, value.getLoc(), type, constant, StringAttr()));
}

/// One measurement after the other; every failure is a diagnostic at the module.
class Measuring {
public:
  Measuring(Report &report, ModuleOp before, ModuleOp after, const calibration::ModelRunnerOptions &options)
      : report(report), before(before), after(after), options(options) {}

  LogicalResult run(ArrayRef<LayerValues> layers, StringRef file) {
    llvm::Expected<Samples> read = calibration::readSamples(file);
    if (!read)
      return fail(read.takeError());
    samples = std::move(*read);
    Measurement &measurement = *report.measurement;
    std::unique_ptr<ModelRunner> old = create(before, {}, true), now = create(after, {}, true);
    if (!old || !now)
      return failure();
    llvm::Expected<SampleFeed> feed = SampleFeed::create(old->inputs(), samples);
    if (!feed)
      return fail(feed.takeError());
    count = measurement.samples = feed->samples();
    batch = measurement.batch = feed->batch();
    wholeRuns = feed->isWholeRuns();
    if (count == 0)
      return before.emitError("--report: there are no samples in '") << file << "'", failure();

    llvm::Expected<std::vector<NamedTensor>> references = old->run(samples);
    if (!references)
      return fail(references.takeError());
    llvm::Expected<std::vector<NamedTensor>> values = now->run(samples);
    if (!values)
      return fail(values.takeError());
    measurement.outputs = compareAll(*values, *references, count);
    if (failed(time(*old, *now)) || failed(compareLayers(layers)))
      return failure();
    return measureDeletion(layers, *references);
  }

private:
  LogicalResult fail(llvm::Error error) {
    before.emitError("--report: ") << llvm::toString(std::move(error));
    return failure();
  }

  std::unique_ptr<ModelRunner> create(ModuleOp module, ValueRange values, bool withOutputs) {
    calibration::ModelRunnerOptions own = options;
    own.withOutputs = withOutputs;
    return ModelRunner::create(module, values, own);
  }

  /// In turns, so that what else the machine does hits both.
  LogicalResult time(const ModelRunner &old, const ModelRunner &now) {
    constexpr int turns = 5;
    double best[] = {INFINITY, INFINITY};
    for (int turn = 0; turn < turns; ++turn)
      for (auto [runner, seconds] : {std::pair(&old, &best[0]), std::pair(&now, &best[1])}) {
        llvm::Expected<double> measured = runner->time(samples, 2);
        if (!measured)
          return fail(measured.takeError());
        *seconds = std::min(*seconds, *measured);
      }
    report.measurement->secondsBefore = best[0];
    report.measurement->secondsAfter = best[1];
    return success();
  }

  /// Why a layer cannot be compared; empty where it can.
  std::string obstacle(const LayerValues &layer) const {
    auto typeOf = [](Value value) {
      std::string text;
      llvm::raw_string_ostream(text) << value.getType();
      return text;
    };
    auto old = dyn_cast<RankedTensorType>(layer.before.getType());
    if (!old || layer.before.getType() != layer.after.getType())
      return "its output was " + typeOf(layer.before) + " and is " + typeOf(layer.after);
    if (old.getNumElements() == 0)
      return "its output is empty";
    if (!wholeRuns && (old.getRank() == 0 || old.getDimSize(0) % batch != 0))
      return "axis 0 of its output, " + typeOf(layer.before) + ", does not run over samples";
    return "";
  }

  LogicalResult compareLayers(ArrayRef<LayerValues> layers) {
    SmallVector<Value> old, now;
    for (const LayerValues &layer : layers) {
      report.layers[layer.layer].notMeasured = obstacle(layer);
      if (!report.layers[layer.layer].notMeasured.empty())
        continue;
      measured.push_back(layer.layer);
      old.push_back(layer.before);
      now.push_back(layer.after);
    }
    if (measured.empty())
      return success();
    std::unique_ptr<ModelRunner> oldRunner = create(before, old, false), newRunner = create(after, now, false);
    if (!oldRunner || !newRunner)
      return failure();
    llvm::Expected<std::vector<NamedTensor>> references = oldRunner->run(samples);
    if (!references)
      return fail(references.takeError());
    llvm::Expected<std::vector<NamedTensor>> values = newRunner->run(samples);
    if (!values)
      return fail(values.takeError());
    for (auto [index, value, reference] : llvm::zip_equal(measured, *values, *references))
      report.layers[index].movement = compare(value.tensor, reference.tensor, count);
    layerReferences = std::move(*references);
    return success();
  }

  /// A Fourier mixing without retraining is worth what its layer without attention is worth: measured, not said.
  LogicalResult measureDeletion(ArrayRef<LayerValues> layers, ArrayRef<NamedTensor> references) {
    IRMapping mapping;
    OwningOpRef<ModuleOp> control;
    for (const LayerValues &layer : layers) {
      auto at = llvm::find(measured, layer.layer);
      if (!layer.toFourier || at == measured.end())
        continue;
      if (!control)
        control = cast<ModuleOp>(before->clone(mapping));
      deleteLayer(control->lookupSymbol<func::FuncOp>("main"), mapping.lookup(layer.before),
                  layerReferences[at - measured.begin()].tensor);
      report.measurement->deletedLayers.push_back(
          report.layers[layer.layer].number.value_or(static_cast<int64_t>(layer.layer)));
    }
    if (!control)
      return success();
    std::unique_ptr<ModelRunner> runner = create(*control, {}, true);
    if (!runner)
      return failure();
    llvm::Expected<std::vector<NamedTensor>> values = runner->run(samples);
    if (!values)
      return fail(values.takeError());
    report.measurement->deleted = compareAll(*values, references, count);
    return success();
  }

  Report &report;
  ModuleOp before, after;
  const calibration::ModelRunnerOptions &options;
  Samples samples;
  int64_t count = 0, batch = 1;
  bool wholeRuns = false;
  SmallVector<size_t> measured;             // layers, in the order of
  std::vector<NamedTensor> layerReferences; // their outputs before
};

} // namespace

LogicalResult measure(Report &report, ModuleOp before, ModuleOp after, ArrayRef<LayerValues> layers, StringRef file,
                      bool isHoldout, const calibration::ModelRunnerOptions &options) {
  report.measurement.emplace();
  report.measurement->file = file.str();
  report.measurement->isHoldout = isHoldout;
  return Measuring(report, before, after, options).run(layers, file);
}

} // namespace fourmix::report
