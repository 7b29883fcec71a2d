// Every model of the corpora that this machine has, whole and damaged.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Import/ONNX.h"
#include "fourmix/InitAll.h"
#include "fourmix/Support/ParameterStore.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <random>

using namespace mlir;
using namespace fourmix;

namespace {

std::vector<std::string> modelsIn(StringRef folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (llvm::sys::fs::recursive_directory_iterator it(folder, error), end; it != end && !error; it.increment(error))
    if (StringRef(it->path()).ends_with(".onnx"))
      paths.push_back(it->path());
  llvm::sort(paths);
  return paths;
}

struct Fixture : testing::Test {
  Fixture() : context(registry(), MLIRContext::Threading::DISABLED) {}

  static const DialectRegistry &registry() {
    static DialectRegistry registry = [] {
      DialectRegistry all;
      registerAllDialects(all);
      return all;
    }();
    return registry;
  }

  /// Imports `path` and expects no error and a module, or exactly one error and none.
  OwningOpRef<ModuleOp> importOnce(StringRef path) {
    errors.clear();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        errors.push_back(diagnostic.str());
    });
    OwningOpRef<ModuleOp> module = importONNX(path, &context);
    EXPECT_EQ(errors.size(), module ? 0u : 1u) << path.str();
    return module;
  }

  /// Every model imports, and its text is read back as the same text.
  void importAll(ArrayRef<std::string> paths) {
    for (const std::string &path : paths) {
      OwningOpRef<ModuleOp> module = importOnce(path);
      ASSERT_TRUE(module) << path << ": " << errors.front();
      checkText(*module, path);
    }
  }

  /// The text of `module` is read back as the same text.
  void checkText(ModuleOp module, StringRef path) {
    std::string text = print(module);
    MLIRContext other(registry(), MLIRContext::Threading::DISABLED); // keys of weights are unique per context
    OwningOpRef<ModuleOp> again = parseSourceString<ModuleOp>(text, ParserConfig(&other));
    ASSERT_TRUE(again) << path.str() << '\n' << text;
    EXPECT_EQ(text, print(*again)) << path.str();
  }

  static std::string print(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream os(text);
    printWithoutWeights(module, os);
    return text;
  }

  void importBytes(StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream(scratch, error) << bytes;
    if (OwningOpRef<ModuleOp> module = importOnce(scratch))
      checkText(*module, scratch);
  }

  MLIRContext context;
  std::vector<std::string> errors;
  std::string scratch = testing::TempDir() + "fourmix-import-test.onnx";
};

TEST_F(Fixture, ImportsEveryModelOfDebiansTestData) {
  std::vector<std::string> paths = modelsIn("/usr/share/libonnx-testdata/data");
  if (paths.empty())
    GTEST_SKIP() << "libonnx-testdata is not installed";
  EXPECT_GE(paths.size(), 1000u);
  importAll(paths);
}

TEST_F(Fixture, ImportsEverySharedModel) {
  std::vector<std::string> paths = modelsIn(FOURMIX_SHARED "/models");
  if (paths.empty())
    GTEST_SKIP() << "no models in " FOURMIX_SHARED "/models";
  importAll(paths);
}

/// Some small models that differ in what they contain.
std::vector<std::string> fuzzSeeds() {
  std::vector<std::string> seeds;
  for (const char *name : {"node/test_loop13_seq", "node/test_sequence_model8", "node/test_scan9_sum",
                           "node/test_if_opt", "simple/test_strnorm_model_monday_casesensintive_lower",
                           "node/test_constant", "node/test_optional_has_element_empty",
                           "pytorch-operator/test_operator_conv", "node/test_layer_normalization_2d_axis0_expanded"}) {
    std::string path = (Twine("/usr/share/libonnx-testdata/data/") + name + "/model.onnx").str();
    if (auto buffer = llvm::MemoryBuffer::getFile(path))
      seeds.push_back((*buffer)->getBuffer().str());
  }
  return seeds;
}

TEST_F(Fixture, TruncatedFilesGiveOneErrorOrAModel) {
  std::vector<std::string> seeds = fuzzSeeds();
  if (seeds.empty())
    GTEST_SKIP() << "libonnx-testdata is not installed";
  for (const std::string &seed : seeds)
    for (size_t size = 0; size < seed.size(); size += std::max<size_t>(1, seed.size() / 100))
      importBytes(StringRef(seed).take_front(size));
}

TEST_F(Fixture, DamagedFilesGiveOneErrorOrAModel) {
  std::vector<std::string> seeds = fuzzSeeds();
  if (seeds.empty())
    GTEST_SKIP() << "libonnx-testdata is not installed";
  std::mt19937 random(7);
  for (const std::string &seed : seeds)
    for (int round = 0; round < 150; ++round) {
      std::string bytes = seed;
      for (int change = 0; change < 1 + round % 4; ++change)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      importBytes(bytes);
    }
}

} // namespace
