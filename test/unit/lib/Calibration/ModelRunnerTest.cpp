// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/ModelRunner.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Support/Diagnostics.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::calibration;

namespace {

constexpr const char *source = R"mlir(
func.func @main(%x: tensor<2x3xf32> {onnx.name = "x"}, %y: tensor<2x3xf32> {onnx.name = "y"})
    -> (tensor<2x3xf32> {onnx.name = "z"}) {
  %s = onnx.node "Add"(%x, %x) <{version = 14 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %p = onnx.node "Mul"(%s, %s) <{version = 14 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %z = onnx.node "Sub"(%p, %y) <{version = 14 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %z : tensor<2x3xf32>
}
)mlir";

class ModelRunnerTest : public testing::Test {
protected:
  ModelRunnerTest() : context(createContext()), module(parseSourceString<ModuleOp>(source, context.get())) {
    EXPECT_TRUE(module);
    for (Operation &op : module->lookupSymbol<func::FuncOp>("main").getBody().front())
      if (op.getNumResults())
        values.push_back(op.getResult(0));
    options.emit.target = llvm::cantFail(resolveTarget("", "native"));
  }

  std::vector<NamedTensor> run(ValueRange wanted, const Samples &samples) {
    std::unique_ptr<ModelRunner> runner = ModelRunner::create(*module, wanted, options);
    if (!runner)
      return {};
    auto results = runner->run(samples);
    EXPECT_TRUE(bool(results)) << llvm::toString(results.takeError());
    return *results;
  }

  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  SmallVector<Value> values;
  ModelRunnerOptions options;
};

HostTensor counting(int64_t samples) {
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT32, {samples, 3});
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.setReal(i, i);
  return tensor;
}

TEST_F(ModelRunnerTest, GivesOutputsAndValuesBySample) {
  std::string before;
  llvm::raw_string_ostream(before) << *module;
  std::vector<NamedTensor> results = run({values[0], values[1]}, {{"y", counting(5)}, {"x", counting(5)}});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].name, "z");
  EXPECT_EQ(results[2].name, "value1");
  for (NamedTensor &result : results)
    ASSERT_EQ(result.tensor.shape, llvm::ArrayRef<int64_t>({5, 3}));
  for (int64_t i = 0; i < 15; ++i) {
    EXPECT_EQ(results[0].tensor.real(i), 4 * i * i - i);
    EXPECT_EQ(results[1].tensor.real(i), 2 * i);
    EXPECT_EQ(results[2].tensor.real(i), 4 * i * i);
  }
  std::string after;
  llvm::raw_string_ostream(after) << *module;
  EXPECT_EQ(before, after);
}

TEST_F(ModelRunnerTest, WithoutOutputsNeedsOnlyWhatTheValuesNeed) {
  options.withOutputs = false;
  std::vector<NamedTensor> results = run(values[0], {{"x", counting(3)}});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].tensor.real(8), 16);
}

TEST_F(ModelRunnerTest, GoesOnFromAGivenValue) {
  options.given = {{values[1], "p"}};
  std::vector<NamedTensor> results = run({}, {{"p", counting(4)}, {"y", HostTensor::zeros(FOURMIX_FLOAT32, {4, 3})}});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].tensor.real(11), 11);
}

TEST_F(ModelRunnerTest, WeightsStayForTheNextRunner) {
  // Compiling packs the weights of products, which are shared by all clones, and gives the originals back.
  constexpr const char *product = R"mlir(
func.func @main(%x: tensor<2x3xf32> {onnx.name = "x"}) -> tensor<2x8xf32> {
  %w = onnx.constant dense_resource<weight> : tensor<3x8xf32>
  %y = onnx.node "MatMul"(%x, %w) <{version = 13 : i64}> : (tensor<2x3xf32>, tensor<3x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
{-# dialect_resources: { builtin: { weight: "0x04000000000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF000080BF" } } #-}
)mlir";
  module = parseSourceString<ModuleOp>(product, context.get());
  ASSERT_TRUE(module);
  for (int i = 0; i < 2; ++i) {
    std::vector<NamedTensor> results = run({}, {{"x", counting(2)}});
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0].tensor.real(0), -3);
    EXPECT_EQ(results[0].tensor.real(15), -12);
  }
}

TEST_F(ModelRunnerTest, RunErrorsNameTheInput) {
  std::unique_ptr<ModelRunner> runner = ModelRunner::create(*module, {}, options);
  ASSERT_TRUE(runner);
  auto results = runner->run({{"x", counting(4)}});
  ASSERT_FALSE(bool(results));
  EXPECT_EQ(llvm::toString(results.takeError()),
            "input 'y' (2x3xf32): the samples have no array of that name, but 'x' (4x3xf32)");
}

} // namespace
