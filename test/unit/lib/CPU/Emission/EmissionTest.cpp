// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RowAdd.h"
#include "fourmix/Runtime/CompiledModel.h"
#include "llvm/Support/Program.h"
#include <thread>

using namespace fourmix;
using namespace fourmix::test;

namespace {

using Strings = std::vector<std::string>;

class Emission : public ModelTest {
protected:
  Emission() { options.modelName = "row-add"; }

  std::unique_ptr<CompiledModel> load(llvm::StringRef file) {
    auto model = CompiledModel::load(file);
    EXPECT_TRUE(static_cast<bool>(model)) << llvm::toString(model.takeError());
    return model ? std::move(*model) : nullptr;
  }

  /// Diagnostics of what `action` does, one line each.
  std::string diagnosticsOf(llvm::function_ref<void()> action) {
    std::string text;
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
      text += diagnostic.str() + "\n";
      return mlir::success();
    });
    action();
    return text;
  }

  static void expectAdds(CompiledModel &model, const RunOptions &run = {}) {
    ASSERT_EQ(model.inputs().size(), 1u);
    EXPECT_STREQ(model.inputs()[0].name, "x");
    EXPECT_STREQ(model.outputs()[0].name, "y");
    EXPECT_EQ(model.name(), "row_add");
    std::vector<float> x(16), y(16, -1), expected(16);
    for (int i = 0; i < 16; ++i)
      x[i] = 10.f * i, expected[i] = x[i] + (i % 8 + 1);
    int64_t dims[] = {2, 8};
    llvm::Error error = model.run({{x.data(), FOURMIX_FLOAT32, 2, dims}}, {{y.data(), FOURMIX_FLOAT32, 2, dims}}, run);
    EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
    EXPECT_EQ(y, expected);
  }

  EmitOptions options;
};

TEST_F(Emission, AModelRunsInProcess) {
  std::unique_ptr<CompiledModel> model = compileInProcess(*module, options);
  ASSERT_TRUE(model);
  expectAdds(*model);
  RunOptions parallel;
  parallel.threads = 2;
  expectAdds(*model, parallel);
}

TEST_F(Emission, AnObjectRunsWithoutALinker) {
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("m.o"))));
  EXPECT_EQ(files(), Strings{"m.o"});
  expectAdds(*load(path("m.o")));
}

TEST_F(Emission, ALibraryRuns) {
  ASSERT_TRUE(succeeded(emitLibrary(*module, options, path("m.so"))));
  EXPECT_EQ(files(), Strings{"m.so"});
  expectAdds(*load(path("m.so")));
}

TEST_F(Emission, EveryLinkerMakesALibraryThatRuns) {
  int found = 0;
  for (llvm::StringRef name : {"ld.lld", "lld-22", "cc", "gcc", "clang"})
    if (llvm::ErrorOr<std::string> linker = llvm::sys::findProgramByName(name)) {
      options.linker = *linker;
      ASSERT_TRUE(succeeded(emitLibrary(*module, options, path("m.so")))) << *linker;
      expectAdds(*load(path("m.so")));
      ++found;
    }
  if (!found)
    GTEST_SKIP() << "no linker in PATH";
}

TEST_F(Emission, SideWeightsAreAFileBesideTheArtefact) {
  options.sideWeights = true;
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("m.o"))));
  ASSERT_TRUE(succeeded(emitLibrary(*module, options, path("m.so"))));
  EXPECT_EQ(files(), (Strings{"m.o", "m.o.weights", "m.so", "m.so.weights"}));
  std::unique_ptr<CompiledModel> model = load(path("m.so"));
  EXPECT_STREQ(model->descriptor().weights_file, "m.so.weights");
  expectAdds(*model);
  expectAdds(*load(path("m.o")));
}

TEST_F(Emission, WeightsGoAsideAboveTheLimit) {
  options.sideWeightsAbove = 127;
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("m.o"))));
  EXPECT_EQ(files(), (Strings{"m.o", "m.o.weights"}));
}

TEST_F(Emission, TheSideFileOfAnotherModelIsRefused) {
  options.sideWeights = true;
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("m.o"))));
  options.modelName = "other";
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("other.o"))));
  for (llvm::StringRef bad : {"other.o.weights", "m.o", "absent"}) {
    (void)llvm::sys::fs::remove(path("m.o.weights"));
    if (bad != "absent") {
      ASSERT_FALSE(llvm::sys::fs::copy_file(path(bad), path("m.o.weights")));
    }
    auto model = CompiledModel::load(path("m.o"));
    ASSERT_FALSE(static_cast<bool>(model)) << bad.str();
    EXPECT_NE(llvm::toString(model.takeError()).find("m.o.weights': the side file of the weights cannot be read"),
              std::string::npos);
  }
}

TEST_F(Emission, SameInputSameBytes) {
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("a.o"))));
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("b.o"))));
  EXPECT_EQ(bytes(path("a.o")), bytes(path("b.o")));
  EXPECT_FALSE(bytes(path("a.o")).empty());
  ASSERT_TRUE(succeeded(emitLibrary(*module, options, path("a.so"))));
  ASSERT_TRUE(succeeded(emitLibrary(*module, options, path("b.so"))));
  EXPECT_EQ(bytes(path("a.so")), bytes(path("b.so")));
}

TEST_F(Emission, TheBaselineCPUIsEnough) {
  options.target = llvm::cantFail(resolveTarget("", "x86-64"));
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("m.o"))));
  expectAdds(*load(path("m.o")));
  std::string ir;
  llvm::raw_string_ostream os(ir);
  ASSERT_TRUE(succeeded(emitLLVMIR(*module, options, os)));
  EXPECT_NE(ir.find("@fourmix_row_add_run("), std::string::npos);
  EXPECT_NE(ir.find("\"target-cpu\"=\"x86-64\""), std::string::npos);
  EXPECT_EQ(ir.find("prefer-vector-width"), std::string::npos);
  options.target = llvm::cantFail(resolveTarget("", "x86-64-v4"));
  ir.clear();
  ASSERT_TRUE(succeeded(emitLLVMIR(*module, options, os)));
  EXPECT_NE(ir.find("\"prefer-vector-width\"=\"512\""), std::string::npos);
}

TEST_F(Emission, OtherTargetsGetObjectsThatThisMachineRefuses) {
  options.target = llvm::cantFail(resolveTarget("aarch64-linux-gnu", "generic"));
  ASSERT_TRUE(succeeded(emitObject(*module, options, path("m.o"))));
  auto model = CompiledModel::load(path("m.o"));
  ASSERT_FALSE(static_cast<bool>(model));
  EXPECT_NE(llvm::toString(model.takeError()).find("compiled for aarch64"), std::string::npos);
}

TEST_F(Emission, ConcurrentRunsGiveWhatSerialOnesGive) {
  ASSERT_TRUE(succeeded(emitLibrary(*module, options, path("m.so"))));
  std::unique_ptr<CompiledModel> model = load(path("m.so"));
  RunOptions parallel;
  parallel.threads = 2;
  auto work = [&] {
    for (int i = 0; i < 500; ++i)
      expectAdds(*model, parallel);
  };
  std::thread one(work), two(work);
  one.join();
  two.join();
}

TEST_F(Emission, ProfilesNameTheRegions) {
  std::unique_ptr<CompiledModel> model = compileInProcess(*module, options);
  std::vector<RegionTime> profile;
  RunOptions run;
  run.profile = &profile;
  expectAdds(*model, run);
  expectAdds(*model, run);
  ASSERT_EQ(profile.size(), 1u);
  EXPECT_EQ(profile[0].name, "add");
  EXPECT_EQ(profile[0].calls, 2);
}

TEST_F(Emission, WrongArgumentsAreErrorsThatNameTheTensor) {
  std::unique_ptr<CompiledModel> model = compileInProcess(*module, options);
  ASSERT_TRUE(model);
  std::vector<float> data(64);
  int64_t good[] = {2, 8}, bad[] = {2, 9};
  fourmix_tensor tensor = {data.data(), FOURMIX_FLOAT32, 2, good};
  auto message = [&](llvm::ArrayRef<fourmix_tensor> in, llvm::ArrayRef<fourmix_tensor> out) {
    return llvm::toString(model->run(in, out));
  };
  EXPECT_EQ(message({}, {tensor}), "expected 1 inputs and 1 outputs, found 0 and 1");
  EXPECT_EQ(message({{data.data(), FOURMIX_FLOAT32, 2, bad}}, {tensor}), "input 'x': expected 2x8xf32, found 2x9xf32");
  EXPECT_EQ(message({tensor}, {{data.data(), FOURMIX_INT64, 1, bad}}), "output 'y': expected 2x8xf32, found 2xi64");
  EXPECT_EQ(message({{nullptr, FOURMIX_FLOAT32, 2, good}}, {tensor}), "input 'x': a tensor has no data or no dims");
}

TEST_F(Emission, TheEntryReportsCodes) {
  std::unique_ptr<CompiledModel> compiled = compileInProcess(*module, options);
  ASSERT_TRUE(compiled);
  const fourmix_model &model = compiled->descriptor();
  size_t bytes = 0;
  ASSERT_EQ(model.workspace_size(nullptr, 0, &bytes), FOURMIX_OK);
  EXPECT_GE(bytes, 64u);
  EXPECT_EQ(model.run(nullptr), FOURMIX_ERROR_VERSION);
  std::vector<float> x(16), y(16);
  int64_t dims[] = {2, 8};
  fourmix_tensor in = {x.data(), FOURMIX_FLOAT32, 2, dims}, out = {y.data(), FOURMIX_FLOAT32, 2, dims};
  EXPECT_EQ(model.workspace_size(&in, 2, &bytes), FOURMIX_ERROR_COUNT);
  fourmix_run_args args = {};
  EXPECT_EQ(model.run(&args), FOURMIX_ERROR_VERSION);
  args.struct_size = sizeof(args);
  EXPECT_EQ(model.run(&args), FOURMIX_ERROR_COUNT);
  args.inputs = &in, args.outputs = &out, args.num_inputs = args.num_outputs = 1;
  EXPECT_EQ(model.run(&args), FOURMIX_ERROR_WORKSPACE);
  // Any alignment will do.
  std::vector<char> workspace(bytes + 1);
  args.workspace = workspace.data() + 1, args.workspace_bytes = bytes;
  EXPECT_EQ(model.run(&args), FOURMIX_ERROR_WEIGHTS); // compiled in process: the weights come with the run
  alignas(64) float weights[32] = {};
  args.weights = weights;
  EXPECT_EQ(model.run(&args), FOURMIX_OK);
  out.rank = 1;
  EXPECT_EQ(model.run(&args), FOURMIX_ERROR_RANK);
  EXPECT_EQ(args.error_index, 1);
}

TEST_F(Emission, BrokenModulesAreDiagnosed) {
  auto diagnose = [&](llvm::StringRef text) {
    auto broken = parse(text);
    return diagnosticsOf([&] { EXPECT_TRUE(failed(emitObject(*broken, options, path("m.o")))); });
  };
  EXPECT_EQ(diagnose("module {}"), "expected a function 'llvm.func @main(%frame: !llvm.ptr)' with a body\n");
  std::string main = "{ llvm.func @main(%f: !llvm.ptr) { llvm.return } }";
  EXPECT_NE(diagnose("module attributes {fourmix.inputs = [{name = \"x\"}]} " + main)
                .find("fourmix.inputs: expected {name = \"…\", type = tensor<…>}"),
            std::string::npos);
  EXPECT_NE(diagnose("module attributes {fourmix.inputs = [{name = \"x\", type = tensor<?xf32>}]} " + main)
                .find("'x' must have a static shape and an element type of the C interface, found 'tensor<?xf32>'"),
            std::string::npos);
  EXPECT_NE(diagnose("module attributes {fourmix.weights_bytes = 64 : i64, fourmix.weights = "
                     "[{value = dense<0.0> : tensor<17xf32>, offset = 0 : i64}]} " +
                     main)
                .find("expected a 64-byte aligned offset within 64 bytes, found 68 bytes at 0"),
            std::string::npos);
  EXPECT_NE(diagnose("module attributes {fourmix.weights_bytes = 64 : i64, fourmix.weights = "
                     "[{value = dense_resource<gone> : tensor<4xf32>, offset = 0 : i64}]} " +
                     main)
                .find("the bytes of weight 0 ('tensor<4xf32>') are not present"),
            std::string::npos);
  EXPECT_TRUE(files().empty());
}

TEST_F(Emission, NothingStaysOfAFailedEmission) {
  std::string text = diagnosticsOf([&] {
    EXPECT_TRUE(failed(emitObject(*module, options, path("no/such/folder/m.o"))));
    options.linker = "/bin/false";
    EXPECT_TRUE(failed(emitLibrary(*module, options, path("m.so"))));
  });
  EXPECT_NE(text.find("cannot write"), std::string::npos);
  EXPECT_NE(text.find("'/bin/false' failed with status 1"), std::string::npos);
  EXPECT_TRUE(files().empty());
}

TEST_F(Emission, NoLinkerIsOneClearError) {
  auto linker = findLinker("", {path("")});
  ASSERT_FALSE(static_cast<bool>(linker));
  EXPECT_EQ(llvm::toString(linker.takeError()).find("no linker found (looked for ld.lld, lld, cc, clang and gcc"), 0u);
  linker = findLinker(path("ld"), {});
  ASSERT_FALSE(static_cast<bool>(linker));
  llvm::consumeError(linker.takeError());
}

TEST_F(Emission, OtherFilesAreNotModels) {
  std::error_code error;
  {
    llvm::raw_fd_ostream os(path("text.so"), error);
    os << "not a library";
  }
  auto model = CompiledModel::load(path("text.so"));
  ASSERT_FALSE(static_cast<bool>(model));
  EXPECT_NE(llvm::toString(model.takeError()).find("text.so': expected a compiled model"), std::string::npos);
  model = CompiledModel::load(path("absent.so"));
  ASSERT_FALSE(static_cast<bool>(model));
  EXPECT_NE(llvm::toString(model.takeError()).find("No such file"), std::string::npos);
}

TEST(ModelTag, IsPartOfAnIdentifier) {
  EXPECT_EQ(modelTag("fnet-base 2.onnx"), "fnet_base_2_onnx");
  EXPECT_EQ(modelTag(""), "model");
  EXPECT_EQ(modelTag("modèle"), "mod__le");
}

TEST(Target, NamesAreCheckedAndLevelsHaveTheirWidths) {
  EXPECT_EQ(llvm::cantFail(resolveTarget("x86_64-linux-gnu", "x86-64")).vectorBytes, 16);
  EXPECT_EQ(llvm::cantFail(resolveTarget("x86_64-linux-gnu", "x86-64-v3")).vectorBytes, 32);
  CPUTarget v4 = llvm::cantFail(resolveTarget("x86_64-linux-gnu", "x86-64-v4"));
  EXPECT_EQ(v4.vectorBytes, 64);
  EXPECT_TRUE(v4.has("fma"));
  EXPECT_FALSE(v4.has("amx-tile"));
  EXPECT_EQ(llvm::cantFail(resolveTarget("x86_64-linux-gnu", "x86-64-v4", "-avx512f")).vectorBytes, 32);
  auto message = [](llvm::StringRef triple, llvm::StringRef cpu, llvm::StringRef features) {
    auto target = resolveTarget(triple, cpu, features);
    return target ? std::string() : llvm::toString(target.takeError());
  };
  EXPECT_EQ(message("z80-unknown", "", ""), "unknown target triple 'z80-unknown'");
  EXPECT_EQ(message("x86_64-apple-darwin", "x86-64", "").find("unsupported target triple"), 0u);
  EXPECT_EQ(message("x86_64-linux-gnu", "pentium17", "").find("unknown CPU 'pentium17'"), 0u);
  EXPECT_EQ(message("x86_64-linux-gnu", "x86-64", "+warp").find("unknown CPU feature '+warp'"), 0u);
}

} // namespace
