// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/ParameterStore.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace fourmix {

void printWithoutWeights(ModuleOp module, llvm::raw_ostream &os, bool locations) {
  OpPrintingFlags flags;
  // Without it the printer closes with the section of resources, empty or not.
  flags.useLocalScope();
  if (locations)
    flags.enableDebugInfo();
  module->print(os, flags);
  os << '\n';
}

} // namespace fourmix
