// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Footprint.h"
#include "llvm/ADT/Sequence.h"

namespace fourmix::focs {

std::vector<size_t> independentLoops(const CommandStream &stream, const Program &program,
                                     const device::Profile &profile) {
  Report report(1, /*constants=*/0);
  Code code(stream, program, profile, /*isPreload=*/false);
  if (!checkStructure(code, report))
    return {};
  std::vector<size_t> result;
  for (size_t loop = 0; loop < code.instructions.size(); ++loop) {
    if (!std::holds_alternative<Loop>(code.instructions[loop].body))
      continue;
    auto body = llvm::seq(loop + 1, size_t(code.endOf[loop]));
    bool isInnermost =
        llvm::none_of(body, [&](size_t i) { return std::holds_alternative<Loop>(code.instructions[i].body); });
    auto stores = llvm::make_filter_range(
        body, [&](size_t i) { return std::holds_alternative<Store>(code.instructions[i].body); });
    bool isIndependent = isInnermost && llvm::all_of(stores, [&](size_t store) {
                           return llvm::all_of(body, [&](size_t other) {
                             if (!accessOf(code.instructions[other]))
                               return !std::holds_alternative<LoadTable>(code.instructions[other].body);
                             Overlap overlap = overlapOf(code, store, other);
                             return !overlap.can || overlap.common == code.loopsOf(store).size();
                           });
                         });
    if (isIndependent)
      result.push_back(loop);
  }
  return result;
}

} // namespace fourmix::focs
