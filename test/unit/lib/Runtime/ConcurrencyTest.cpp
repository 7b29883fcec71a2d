// A real network, with an arena, tasks and packed weights, run by several threads of one process at once.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Emission.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Runtime/CompiledModel.h"
#include "fourmix/Support/HostTensor.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <random>
#include <thread>

using namespace fourmix;

namespace {

/// Outputs of one run on token ids drawn from `seed`, all bytes of all outputs.
std::vector<char> runOn(CompiledModel &model, unsigned seed, int threads) {
  std::mt19937 engine(seed);
  std::vector<HostTensor> inputs, outputs;
  for (const fourmix_tensor_info &info : model.inputs()) {
    inputs.push_back(HostTensor::zeros(info.dtype, llvm::ArrayRef<int64_t>(info.dims, info.rank)));
    for (int64_t i = 0; i < inputs.back().size(); ++i)
      inputs.back().setInteger(i, engine() % 100);
  }
  for (const fourmix_tensor_info &info : model.outputs())
    outputs.push_back(HostTensor::zeros(info.dtype, llvm::ArrayRef<int64_t>(info.dims, info.rank)));
  std::vector<fourmix_tensor> in, out;
  for (HostTensor &tensor : inputs)
    in.push_back(tensor.view());
  for (HostTensor &tensor : outputs)
    out.push_back(tensor.view());
  RunOptions options;
  options.threads = threads;
  llvm::Error error = model.run(in, out, options);
  EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  std::vector<char> bytes;
  for (const HostTensor &tensor : outputs)
    bytes.insert(bytes.end(), tensor.bytes.begin(), tensor.bytes.end());
  return bytes;
}

TEST(Concurrency, ThreadsThatShareALibraryGetWhatSerialRunsGet) {
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  CompileOptions options;
  auto module = loadModel(FOURMIX_SOURCE_DIR "/examples/fnet-sentiment/model.onnx", context.get(), options);
  ASSERT_TRUE(module && succeeded(compile(*module, options)));
  llvm::SmallString<128> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("fourmix-concurrency", "so", path));
  ASSERT_TRUE(succeeded(emitLibrary(*module, EmitOptions(), path)));
  auto loaded = CompiledModel::load(path);
  (void)llvm::sys::fs::remove(path);
  ASSERT_TRUE(static_cast<bool>(loaded)) << llvm::toString(loaded.takeError());
  CompiledModel &model = **loaded;

  constexpr int inputs = 4;
  std::vector<std::vector<char>> serial;
  for (int i = 0; i < inputs; ++i)
    serial.push_back(runOn(model, i, /*threads=*/1));
  EXPECT_NE(serial[0], serial[1]);
  std::vector<std::thread> threads;
  std::array<int, inputs> wrong = {};
  for (int i = 0; i < inputs; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 50; ++round)
        wrong[i] += runOn(model, i, /*threads=*/1 + i % 2) != serial[i];
    });
  for (std::thread &thread : threads)
    thread.join();
  for (int count : wrong)
    EXPECT_EQ(count, 0);
}

} // namespace
