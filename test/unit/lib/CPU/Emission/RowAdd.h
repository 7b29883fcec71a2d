// A model by hand, in the form that the cpu phase gives one: y[i] = x[i] + w, a task per row.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TEST_UNIT_LIB_CPU_EMISSION_ROWADD_H
#define FOURMIX_TEST_UNIT_LIB_CPU_EMISSION_ROWADD_H

#include "fourmix/CPU/Emission.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

namespace fourmix::test {

inline constexpr const char *rowAdd = R"mlir(
module attributes {
  fourmix.inputs = [{name = "x", type = tensor<2x8xf32>}],
  fourmix.outputs = [{name = "y", type = tensor<2x8xf32>}],
  fourmix.workspace_bytes = 64 : i64, fourmix.weights_bytes = 128 : i64,
  fourmix.weights = [{value = dense<100.0> : tensor<1xf32>, offset = 0 : i64},
                     {value = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>, offset = 64 : i64}],
  fourmix.regions = [{name = "add", task = @task_0}]} {
  llvm.func @task_0(%frame: !llvm.ptr, %i: i64) {
    %w_slot = llvm.getelementptr %frame[1] : (!llvm.ptr) -> !llvm.ptr, i64
    %w = llvm.load %w_slot : !llvm.ptr -> !llvm.ptr
    %x_slot = llvm.getelementptr %frame[6] : (!llvm.ptr) -> !llvm.ptr, i64
    %x = llvm.load %x_slot : !llvm.ptr -> !llvm.ptr
    %y_slot = llvm.getelementptr %frame[7] : (!llvm.ptr) -> !llvm.ptr, i64
    %y = llvm.load %y_slot : !llvm.ptr -> !llvm.ptr
    %w_at = llvm.getelementptr %w[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %wv = llvm.load %w_at {alignment = 64 : i64} : !llvm.ptr -> vector<8xf32>
    %x_at = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<8 x f32>
    %xv = llvm.load %x_at {alignment = 4 : i64} : !llvm.ptr -> vector<8xf32>
    %sum = llvm.fadd %xv, %wv : vector<8xf32>
    %y_at = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<8 x f32>
    llvm.store %sum, %y_at {alignment = 4 : i64} : vector<8xf32>, !llvm.ptr
    llvm.return
  }
  llvm.func @main(%frame: !llvm.ptr) {
    %zero = llvm.mlir.constant(0 : i64) : i64
    %one = llvm.mlir.constant(1 : i64) : i64
    %two = llvm.mlir.constant(2 : i64) : i64
    %null = llvm.mlir.zero : !llvm.ptr
    // The workspace is there and aligned: its first cache line belongs to this run.
    %ws = llvm.load %frame : !llvm.ptr -> !llvm.ptr
    %zeros = llvm.mlir.constant(dense<0.0> : vector<16xf32>) : vector<16xf32>
    llvm.store volatile %zeros, %ws {alignment = 64 : i64} : vector<16xf32>, !llvm.ptr
    %p_slot = llvm.getelementptr %frame[2] : (!llvm.ptr) -> !llvm.ptr, i64
    %p = llvm.load %p_slot : !llvm.ptr -> !llvm.ptr
    %serial = llvm.icmp "eq" %p, %null : !llvm.ptr
    llvm.cond_br %serial, ^serial, ^parallel
  ^serial:
    llvm.call @task_0(%frame, %zero) : (!llvm.ptr, i64) -> ()
    llvm.call @task_0(%frame, %one) : (!llvm.ptr, i64) -> ()
    llvm.return
  ^parallel:
    %c_slot = llvm.getelementptr %frame[3] : (!llvm.ptr) -> !llvm.ptr, i64
    %c = llvm.load %c_slot : !llvm.ptr -> !llvm.ptr
    %task = llvm.mlir.addressof @task_0 : !llvm.ptr
    llvm.call %p(%c, %task, %frame, %two) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
    llvm.return
  }
}
)mlir";

/// A folder of its own that goes away with the fixture, and modules parsed in one context.
class ModelTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("fourmix-test", folder));
    context.loadDialect<mlir::LLVM::LLVMDialect>();
    module = parse(rowAdd);
    ASSERT_TRUE(module);
  }
  void TearDown() override { (void)llvm::sys::fs::remove_directories(folder); }

  mlir::OwningOpRef<mlir::ModuleOp> parse(llvm::StringRef text) {
    return mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  }
  std::string path(llvm::StringRef name) const { return (folder + "/" + name).str(); }
  std::string bytes(llvm::StringRef file) const {
    auto buffer = llvm::MemoryBuffer::getFile(file);
    return buffer ? (*buffer)->getBuffer().str() : std::string();
  }
  /// The names in the folder, sorted: nothing partial may stay behind.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end && !error; it.increment(error))
      names.push_back(llvm::sys::path::filename(it->path()).str());
    std::sort(names.begin(), names.end());
    return names;
  }

  llvm::SmallString<128> folder;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace fourmix::test

#endif // FOURMIX_TEST_UNIT_LIB_CPU_EMISSION_ROWADD_H
