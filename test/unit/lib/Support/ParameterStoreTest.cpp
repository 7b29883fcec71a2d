// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/ParameterStore.h"
#include "fourmix/InitAll.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <numeric>

using namespace mlir;
using namespace fourmix;

namespace {

const char *const text = R"(
  module {
    func.func @main() -> (tensor<100xf32>, tensor<5x8xi1>, tensor<2xi64>) {
      %a = arith.constant dense_resource<first> : tensor<100xf32>
      %b = arith.constant dense_resource<"odd \22key"> : tensor<5x8xi1>
      %c = arith.constant dense<[1, 2]> : tensor<2xi64>
      return %a, %b, %c : tensor<100xf32>, tensor<5x8xi1>, tensor<2xi64>
    }
  })";

struct ParameterStore : testing::Test {
  ParameterStore() {
    registerAllDialects(registry);
    folder = testing::TempDir() + "fourmix-parameter-store-test";
    (void)llvm::sys::fs::create_directories(folder);
    path = folder + "/w.weights";
  }

  /// The module above with bytes: 0.5, 1.5, … and one true.
  static OwningOpRef<ModuleOp> make(MLIRContext &context) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    std::vector<float> values(100);
    std::iota(values.begin(), values.end(), 0.5f);
    std::vector<char> mask(40);
    mask[7] = 1;
    auto &manager = DenseResourceElementsHandle::getManagerInterface(&context).getBlobManager();
    manager.update("first", HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<float>(values)));
    manager.update("odd \"key", HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<char>(mask)));
    return module;
  }

  std::string save() {
    MLIRContext context(registry);
    OwningOpRef<ModuleOp> module = make(context);
    EXPECT_TRUE(succeeded(saveWeights(*module, path, folder)));
    std::string printed;
    llvm::raw_string_ostream os(printed);
    printWithoutWeights(*module, os);
    return printed;
  }

  /// Loads the weights of `printed`; the error, or "" and the weights checked.
  std::string load(StringRef printed) {
    MLIRContext context(registry);
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(printed, ParserConfig(&context));
    std::string error;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { error += diagnostic.str(); });
    bool loaded = succeeded(loadWeights(*module, folder));
    EXPECT_EQ(loaded, error.empty());
    if (!loaded)
      return error;
    std::vector<ElementsAttr> constants;
    module->walk([&](Operation *op) {
      if (auto value = op->getAttrOfType<ElementsAttr>("value"))
        constants.push_back(value);
    });
    EXPECT_EQ(constants.size(), 3u);
    EXPECT_EQ(readDoubles(constants[0])->back(), 99.5);
    EXPECT_EQ((*readInts(constants[1]))[7], 1);
    EXPECT_EQ((*readInts(constants[1]))[8], 0);
    return "";
  }

  std::string readFile() { return (*llvm::MemoryBuffer::getFile(path))->getBuffer().str(); }
  void writeFile(StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << bytes;
  }

  DialectRegistry registry;
  std::string folder, path;
};

TEST_F(ParameterStore, TextHasNoBytesAndTheStoreHasThemAll) {
  std::string printed = save();
  EXPECT_NE(printed.find("fourmix.store = {hash = \""), std::string::npos);
  EXPECT_NE(printed.find("path = \"w.weights\"}"), std::string::npos);
  EXPECT_EQ(printed.find("dialect_resources"), std::string::npos);
  EXPECT_EQ(load(printed), "");
}

TEST_F(ParameterStore, SameWeightsGiveTheSameFile) {
  save();
  std::string first = readFile();
  save();
  EXPECT_EQ(first, readFile());
}

TEST_F(ParameterStore, AModuleThatNotesNoStoreStaysAsItIs) {
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>("module {}", ParserConfig(&context));
  EXPECT_TRUE(succeeded(loadWeights(*module, folder)));
}

TEST_F(ParameterStore, SavingNeedsTheBytes) {
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
  std::string error;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { error += diagnostic.str(); });
  EXPECT_TRUE(failed(saveWeights(*module, path, folder)));
  EXPECT_EQ(error.find("weight \"first\" has no bytes to write to "), 0u) << error;
}

TEST_F(ParameterStore, AnotherStoreIsRefused) {
  std::string printed = save();
  {
    MLIRContext context(registry);
    OwningOpRef<ModuleOp> module = make(context);
    std::vector<float> other(100, 3.0f);
    DenseResourceElementsHandle::getManagerInterface(&context).getBlobManager().update(
        "first", HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<float>(other)));
    ASSERT_TRUE(succeeded(saveWeights(*module, path, folder)));
  }
  EXPECT_NE(load(printed).find("the store belongs to another module"), std::string::npos);
}

TEST_F(ParameterStore, DamageAnywhereIsFound) {
  std::string printed = save();
  std::string whole = readFile();
  for (size_t i = 0; i < whole.size(); ++i) {
    bool padding = i >= 48 && i < 64; // zeros between the header and the first weight
    padding |= (i >= 464 && i < 512) || (i >= 552 && i < 576);
    std::string damaged = whole;
    damaged[i] ^= 0x10;
    writeFile(damaged);
    EXPECT_EQ(load(printed).empty(), padding) << "byte " << i;
  }
  for (size_t size = 0; size < whole.size(); size += 13) {
    writeFile(StringRef(whole).take_front(size));
    EXPECT_NE(load(printed), "") << size << " bytes";
  }
  llvm::sys::fs::remove(path);
  EXPECT_NE(load(printed).find("weights cannot be read from "), std::string::npos);
}

} // namespace
