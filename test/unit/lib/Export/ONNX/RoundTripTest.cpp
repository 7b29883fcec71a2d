// Every model of the corpora that this machine has comes back as it was: imported, written as text and a file of
// weights, read by a context that has seen nothing of it while the model is gone, exported. (test/Export/ONNX does the
// same in processes of their own.)
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Export/ONNX.h"
#include "fourmix/Import/ONNX.h"
#include "fourmix/InitAll.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Support/ParameterStore.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
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

/// A context and the errors that were reported to it.
struct Session {
  Session() : context(registry(), MLIRContext::Threading::DISABLED) {
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        errors.push_back(diagnostic.str());
      return success();
    });
  }
  static const DialectRegistry &registry() {
    static DialectRegistry registry = [] {
      DialectRegistry all;
      registerAllDialects(all);
      return all;
    }();
    return registry;
  }
  MLIRContext context;
  std::vector<std::string> errors;
};

struct RoundTrip : testing::Test {
  void SetUp() override {
    SmallString<128> made;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("fourmix-round-trip", made));
    folder = made.str();
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }
  std::string at(StringRef name) { return folder + "/" + name.str(); }

  /// Writes model.mlir and weights; false where the file does not import.
  bool importToText(StringRef path) {
    Session session;
    OwningOpRef<ModuleOp> module = importONNX(path, &session.context);
    if (!module || failed(saveWeights(*module, at("weights"), folder)))
      return false;
    std::error_code error;
    llvm::raw_fd_ostream text(at("model.mlir"), error);
    printWithoutWeights(*module, text);
    return !error;
  }

  /// Reads model.mlir and weights, writes out.onnx; what went wrong, or nothing.
  std::string exportFromText() {
    Session session;
    OwningOpRef<ModuleOp> module = loadModule(at("model.mlir"), &session.context);
    if (module && succeeded(exportONNX(*module, at("out.onnx"))))
      return session.errors.empty() ? "" : "succeeded after an error";
    EXPECT_EQ(session.errors.size(), 1u);
    return session.errors.empty() ? "failed without an error" : session.errors.front();
  }

  /// What is not equal, or nothing.
  std::string diff(StringRef first, StringRef second) {
    llvm::Expected<std::optional<ONNXDifference>> found = diffONNX(first, second);
    if (!found)
      return llvm::toString(found.takeError());
    return *found ? (*found)->where + ": " + (*found)->first + " and " + (*found)->second : "";
  }

  void expectAllEqual(ArrayRef<std::string> paths) {
    unsigned equal = 0;
    for (const std::string &path : paths) {
      std::string why = importToText(path) ? exportFromText() : "does not import";
      if (why.empty())
        why = diff(path, at("out.onnx"));
      EXPECT_EQ(why, "") << path;
      equal += why.empty();
    }
    std::cout << equal << " of " << paths.size() << " models are equal after import and export\n";
  }

  std::string folder;
};

TEST_F(RoundTrip, EveryModelOfDebiansTestData) {
  std::vector<std::string> paths = modelsIn("/usr/share/libonnx-testdata/data");
  if (paths.empty())
    GTEST_SKIP() << "libonnx-testdata is not installed";
  expectAllEqual(paths);
}

TEST_F(RoundTrip, EveryTestModel) { expectAllEqual(modelsIn(FOURMIX_TEST_MODELS)); }

TEST_F(RoundTrip, EverySharedModel) {
  std::vector<std::string> paths = modelsIn(FOURMIX_SHARED "/models");
  if (paths.empty())
    GTEST_SKIP() << "no models in " FOURMIX_SHARED "/models";
  expectAllEqual(paths);
}

// A damaged file that still imports says something, and what it says comes back: the export imports as the same text.
TEST_F(RoundTrip, DamagedModelsThatImport) {
  std::mt19937 random(11);
  unsigned imported = 0;
  for (const char *name : {"node/test_loop13_seq", "node/test_scan9_sum", "node/test_if_opt", "node/test_constant",
                           "node/test_optional_has_element_empty", "simple/test_sequence_model8",
                           "pytorch-operator/test_operator_conv", "node/test_layer_normalization_2d_axis0_expanded"}) {
    auto buffer =
        llvm::MemoryBuffer::getFile((Twine("/usr/share/libonnx-testdata/data/") + name + "/model.onnx").str());
    if (!buffer)
      continue;
    for (int round = 0; round < 100; ++round) {
      std::string bytes = (*buffer)->getBuffer().str();
      for (int change = 0; change < 1 + round % 3; ++change)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      std::error_code error;
      llvm::raw_fd_ostream(at("in.onnx"), error) << bytes;
      if (!importToText(at("in.onnx")))
        continue;
      ++imported;
      auto before = llvm::MemoryBuffer::getFile(at("model.mlir"));
      ASSERT_EQ(exportFromText(), "") << name << " round " << round << '\n' << (*before)->getBuffer().str();
      llvm::sys::fs::rename(at("out.onnx"), at("in.onnx"));
      std::string text = (*before)->getBuffer().str();
      ASSERT_TRUE(importToText(at("in.onnx"))) << name << " round " << round << '\n' << text;
      EXPECT_EQ((*llvm::MemoryBuffer::getFile(at("model.mlir")))->getBuffer().str(), text)
          << name << " round " << round;
    }
  }
  if (!imported)
    GTEST_SKIP() << "libonnx-testdata is not installed";
}

} // namespace
