// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostCode.h"
#include "dialects/Spectral/IR/Lowerings.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Support/Outline.h"
#include "lib/Emit/Spectra.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace fourmix;

void fourmix::spectral_to_optic::keepHostCode(ModuleOp module, ArrayRef<Operation *> ops, StringRef work,
                                              optic::ProgramOp program) {
  if (!module->hasAttr("fourmix.keep_host_code"))
    return;
  auto key = StringAttr::get(module.getContext(), work);
  if (program)
    program->setAttr("fourmix.work", key);
  int64_t number = 0;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function->getAttr("fourmix.work") == key)
      return;
    ++number;
  }
  SmallVector<Operation *> copies;
  func::FuncOp function = copyToFunction(module, ops, "host." + std::to_string(number), &copies);
  function.setPrivate();
  function->setAttr("fourmix.work", key);
  IRRewriter rewriter(module.getContext());
  for (Operation *copy : copies) {
    if (auto planned = dyn_cast<spectral::FourierOpInterface>(copy))
      planned.setPlan(spectral::fftLowering);
    if (auto filter = dyn_cast<spectral::FilterOp>(copy)) {
      rewriter.setInsertionPoint(filter);
      lowering::expandFilter(rewriter, filter, spectral::fftLowering);
    }
  }
}
