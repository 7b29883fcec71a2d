// The factors of a Fourier mixing are a least squares fit: what is left of the output is uncorrelated with the mixing
// and has no mean, feature by feature. Both tensors are measured anew, in the original and in the rewritten network.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Fourier.h"
#include "fourmix/Pipelines/Compiler.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::calibration;

namespace {

// Two layers: the second is fitted on what the first one gives as a mixing.
constexpr const char *source = R"mlir(
func.func @main(%x: tensor<2x3x4xf32> {onnx.name = "x"}) -> (tensor<2x3x4xf32> {onnx.name = "y0"}, tensor<2x3x4xf32> {onnx.name = "y1"}) {
  %w = onnx.constant dense<[[1.0, 0.5, 0.0, -1.0], [0.0, 2.0, 0.0, 1.0], [0.5, 0.0, 1.0, 0.0], [0.0, -0.5, 0.0, 1.5]]> : tensor<4x4xf32>
  %b = onnx.constant dense<[1.0, -2.0, 3.0, 0.5]> : tensor<4xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4x4xf32>) -> tensor<2x3x4xf32>
  %a = mix.attention %q, %q, %q heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %o = onnx.node "MatMul"(%a, %w) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4x4xf32>) -> tensor<2x3x4xf32>
  %p = onnx.node "Add"(%o, %b) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  %r = onnx.node "Add"(%x, %p) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %q1 = onnx.node "MatMul"(%r, %w) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4x4xf32>) -> tensor<2x3x4xf32>
  %a1 = mix.attention %q1, %q1, %q1 heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %o1 = onnx.node "MatMul"(%a1, %w) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4x4xf32>) -> tensor<2x3x4xf32>
  %p1 = onnx.node "Add"(%o1, %b) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return %p, %p1 : tensor<2x3x4xf32>, tensor<2x3x4xf32>
}
)mlir";

HostTensor randomTokens(int64_t samples) {
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT32, {samples, 3, 4});
  std::mt19937 generator(1);
  std::normal_distribution<double> normal;
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.setReal(i, normal(generator) + 0.2 * static_cast<double>(i % 4));
  return tensor;
}

TEST(FourierTest, IsALeastSquaresFit) {
  std::unique_ptr<MLIRContext> context = createContext();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, context.get());
  ASSERT_TRUE(module);
  OwningOpRef<ModuleOp> rewritten = module->clone();
  ModelRunnerOptions running;
  running.emit.target = llvm::cantFail(resolveTarget("", "native"));
  Samples samples{{"x", randomTokens(50)}};
  FourierRewrite rewrite;
  rewrite.layers = "all";
  auto arrays = calibrateFourier(*module, *rewritten, samples, rewrite, running);
  ASSERT_TRUE(bool(arrays)) << llvm::toString(arrays.takeError());
  ASSERT_EQ(arrays->size(), 4u);
  EXPECT_EQ((*arrays)[2].name, "layer1.scale");
  EXPECT_EQ((*arrays)[3].name, "layer1.bias");

  auto outputs = [&](ModuleOp network) {
    std::unique_ptr<ModelRunner> runner = ModelRunner::create(network, {}, running);
    return llvm::cantFail(runner->run(samples));
  };
  std::vector<NamedTensor> original = outputs(*module), now = outputs(*rewritten);
  for (int layer = 0; layer < 2; ++layer)
    for (int64_t feature = 0; feature < 4; ++feature) {
      double scale = (*arrays)[2 * layer].tensor.real(feature), bias = (*arrays)[2 * layer + 1].tensor.real(feature);
      double mean = 0, product = 0, norm = 0, mixedNorm = 0;
      const HostTensor &y = original[layer].tensor, &z = now[layer].tensor;
      for (int64_t at = feature; at < y.size(); at += 4) {
        double mixed = (z.real(at) - bias) / scale, left = y.real(at) - z.real(at);
        mean += left;
        product += left * mixed;
        norm += y.real(at) * y.real(at);
        mixedNorm += mixed * mixed;
      }
      ASSERT_NE(scale, 0);
      EXPECT_LT(std::abs(mean) / static_cast<double>(y.size()), 1e-4) << "layer " << layer << " feature " << feature;
      EXPECT_LT(std::abs(product), 1e-3 * std::sqrt(norm * mixedNorm)) << "layer " << layer << " feature " << feature;
    }
}

TEST(FourierTest, SaysWhatIsWrong) {
  std::unique_ptr<MLIRContext> context = createContext();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, context.get());
  OwningOpRef<ModuleOp> rewritten = module->clone();
  ModelRunnerOptions running;
  running.emit.target = llvm::cantFail(resolveTarget("", "native"));
  FourierRewrite rewrite;
  rewrite.layers = "2";
  auto arrays = calibrateFourier(*module, *rewritten, {}, rewrite, running);
  EXPECT_EQ(llvm::toString(arrays.takeError()),
            "layers: there is no layer 2: the network has 2 attention layers, 0 to 1");
}

} // namespace
