// fourmix-opt: runs passes over a module. The tool of tests and of people who write passes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/InitAll.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  fourmix::registerAllDialects(registry);
  fourmix::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Fourmix pass driver\n", registry));
}
