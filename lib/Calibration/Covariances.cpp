// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Covariances.h"
#include "Fit/Covariance.h"
#include "GatedLayer.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "lib/Conversion/ONNXToMix/Convolution/ConstantProduct.h"
#include "lib/Rewrite/Projections.h"
#include <cmath>

using namespace mlir;

namespace fourmix::calibration {

static NamedTensor arrayOf(std::string name, ArrayRef<int64_t> shape, ArrayRef<double> values) {
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT64, shape);
  for (auto [i, value] : llvm::enumerate(values))
    tensor.setReal(i, value);
  return {std::move(name), std::move(tensor)};
}

llvm::Expected<std::vector<NamedTensor>> measureCovariances(ModuleOp module, StringRef where, const Samples &samples,
                                                            const ModelRunnerOptions &running) {
  SmallVector<Value> inputs;
  for (auto [op, layer] : rewrite::findProjections(mainOf(module), where == "all")) {
    auto node = dyn_cast<onnx::NodeOp>(op);
    std::optional<onnx_to_mix::ConstantProduct> product = node ? onnx_to_mix::readConstantProduct(node) : std::nullopt;
    if (product && !rewrite::statisticsKey(product->data, "").empty() && !llvm::is_contained(inputs, product->data))
      inputs.push_back(product->data);
  }
  std::vector<NamedTensor> arrays;
  if (inputs.empty())
    return arrays;
  ModelRunnerOptions options = running;
  options.withOutputs = false;
  std::unique_ptr<ModelRunner> runner = ModelRunner::create(module, inputs, options);
  if (!runner)
    return diagnosed();
  std::vector<Covariance> covariances;
  for (Value input : inputs)
    covariances.emplace_back(cast<RankedTensorType>(input.getType()).getShape().back());
  llvm::Error error = runner->each(samples, [&](ArrayRef<HostTensor> results, int64_t valid, int64_t batch) {
    for (auto [covariance, result] : llvm::zip_equal(covariances, results)) {
      int64_t features = result.shape.back(), rows = result.size() / features / batch * valid;
      std::vector<float> values(rows * features);
      for (int64_t i = 0; i < rows * features; ++i)
        values[i] = static_cast<float>(result.real(i));
      covariance.add(values.data(), rows);
    }
  });
  if (error)
    return std::move(error);
  for (auto [input, covariance] : llvm::zip_equal(inputs, covariances)) {
    int64_t features = cast<RankedTensorType>(input.getType()).getShape().back();
    std::vector<double> matrix = covariance.matrix();
    if (!llvm::all_of(matrix, [](double number) { return std::isfinite(number); }))
      return llvm::createStringError(rewrite::describe(input) + " is not finite on the samples");
    arrays.push_back(arrayOf(rewrite::statisticsKey(input, "covariance"), {features, features}, matrix));
    arrays.push_back(arrayOf(rewrite::statisticsKey(input, "mean"), {features}, covariance.mean()));
  }
  return arrays;
}

} // namespace fourmix::calibration
