// fourmix-lsp-server: what an editor asks about .mlir files with Fourmix's dialects (Language Server Protocol).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/InitAll.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  fourmix::registerAllDialects(registry);
  return failed(mlir::MlirLspServerMain(argc, argv, registry));
}
