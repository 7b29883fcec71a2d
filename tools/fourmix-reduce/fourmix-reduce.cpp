// fourmix-reduce: makes a module small while a script still finds it interesting (docs/how-to/debug.md).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/InitAll.h"
#include "fourmix/Reducer/ReductionPatterns.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  fourmix::registerAllDialects(registry);
  fourmix::registerAllPasses();
  fourmix::registerReductionPatterns(registry);
  mlir::MLIRContext context(registry);
  // Half of what is tried leaves an operation without its operand or a function without its end: nothing to tell.
  context.getDiagEngine().registerHandler([](mlir::Diagnostic &diagnostic) {
    std::string text = diagnostic.str();
    return mlir::success(text == "null operand found" || text.starts_with("block with no terminator"));
  });
  return failed(mlir::mlirReduceMain(argc, argv, context));
}
