// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Covariances.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Support/Diagnostics.h"
#include "lib/Calibration/Fit/Covariance.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <random>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::calibration;

namespace {

/// Numbers around 1000 with deviations around 1, some of them alike.
HostTensor farFromZero(llvm::ArrayRef<int64_t> shape) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT32, shape);
  double common = 0;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    common = i % shape.back() ? common : normal(random);
    tensor.setReal(i, 1000.0 * double(i % shape.back()) + common + 0.5 * normal(random));
  }
  return tensor;
}

/// The definition, in double: mean, then covariance.
std::pair<std::vector<double>, std::vector<double>> definition(const HostTensor &x) {
  int64_t d = x.shape.back(), rows = x.size() / d;
  std::vector<double> mean(d), covariance(d * d);
  for (int64_t i = 0; i < x.size(); ++i)
    mean[i % d] += x.real(i) / double(rows);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t i = 0; i < d; ++i)
      for (int64_t j = 0; j < d; ++j)
        covariance[i * d + j] += (x.real(row * d + i) - mean[i]) * (x.real(row * d + j) - mean[j]) / double(rows);
  return {mean, covariance};
}

TEST(Covariance, OfRowsThatComeBitByBit) {
  HostTensor x = farFromZero({1000, 5});
  const float *rows = reinterpret_cast<const float *>(x.bytes.data());
  Covariance covariance(5);
  covariance.add(rows, 1);
  covariance.add(rows + 5, 599);
  covariance.add(rows + 5 * 600, 400);
  auto [mean, matrix] = definition(x);
  for (int64_t i = 0; i < 5; ++i)
    EXPECT_NEAR(covariance.mean()[i], mean[i], 1e-6 * 1000);
  for (int64_t i = 0; i < 25; ++i)
    EXPECT_NEAR(covariance.matrix()[i], matrix[i], 1e-4);
}

TEST(Covariances, OfWhatProjectionsRead) {
  std::unique_ptr<MLIRContext> context = createContext();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"mlir(
func.func @main(%x: tensor<2x3x4xf32> {onnx.name = "tokens"}) -> (tensor<2x3x4xf32> {onnx.name = "y"}) {
  %w = onnx.constant dense<1.0> : tensor<4x4xf32>
  %y = onnx.node "MatMul"(%x, %w) <{name = "fc", version = 13 : i64}> : (tensor<2x3x4xf32>, tensor<4x4xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}
)mlir",
                                                             context.get());
  ASSERT_TRUE(module);
  ModelRunnerOptions running;
  running.emit.target = llvm::cantFail(resolveTarget("", "native"));
  Samples samples{{"tokens", farFromZero({7, 3, 4})}}; // the last run is half full
  std::vector<NamedTensor> none = llvm::cantFail(measureCovariances(*module, "attention", samples, running));
  EXPECT_TRUE(none.empty());
  std::vector<NamedTensor> arrays = llvm::cantFail(measureCovariances(*module, "all", samples, running));
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_EQ(arrays[0].name, "tokens.covariance");
  EXPECT_EQ(arrays[1].name, "tokens.mean");
  auto [mean, matrix] = definition(samples[0].tensor);
  for (int64_t i = 0; i < 4; ++i)
    EXPECT_NEAR(arrays[1].tensor.real(i), mean[i], 1e-3);
  for (int64_t i = 0; i < 16; ++i)
    EXPECT_NEAR(arrays[0].tensor.real(i), matrix[i], 1e-3);
}

} // namespace
