// Compiles a program and runs it, in this process.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CPU_COMPILEANDRUN_H
#define TEST_UNIT_LIB_CPU_COMPILEANDRUN_H

#include "fourmix/CPU/Emission.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Runtime/CompiledModel.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

namespace fourmix::test {

/// A compiled func @main on f32 tensors.
class Program {
public:
  /// Compiles what stands after phase `from` for `cpu` ("native", "x86-64", …).
  explicit Program(llvm::StringRef text, llvm::StringRef cpu = "native", Phase from = Phase::Plan) {
    std::unique_ptr<mlir::MLIRContext> context = createContext();
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, mlir::ParserConfig(context.get()));
    EmitOptions emission;
    emission.target = llvm::cantFail(resolveTarget("", cpu));
    CompileOptions options;
    options.from = from;
    options.pipeline.vectorWidth = emission.target.vectorBytes / 4;
    options.pipeline.vectorRegisters = emission.target.vectorRegisters;
    if (module && succeeded(compile(*module, options)))
      model = compileInProcess(*module, emission);
    EXPECT_TRUE(model) << "for " << cpu.str();
  }

  /// Runs on `inputs`; gives every output, in order.
  std::vector<std::vector<float>> operator()(const std::vector<std::vector<float>> &inputs, int threads = 1) const {
    std::vector<fourmix_tensor> in, out;
    for (auto [info, data] : llvm::zip(model->inputs(), inputs))
      in.push_back({const_cast<float *>(data.data()), FOURMIX_FLOAT32, info.rank, info.dims});
    std::vector<std::vector<float>> results;
    for (const fourmix_tensor_info &info : model->outputs()) {
      size_t count = 1;
      for (int64_t dim : llvm::ArrayRef(info.dims, info.rank))
        count *= dim;
      results.emplace_back(count);
    }
    for (auto [info, data] : llvm::zip(model->outputs(), results))
      out.push_back({data.data(), FOURMIX_FLOAT32, info.rank, info.dims});
    llvm::Error error = model->run(in, out, {threads});
    EXPECT_FALSE(bool(error));
    llvm::consumeError(std::move(error));
    return results;
  }

private:
  std::unique_ptr<CompiledModel> model;
};

} // namespace fourmix::test

#endif // TEST_UNIT_LIB_CPU_COMPILEANDRUN_H
