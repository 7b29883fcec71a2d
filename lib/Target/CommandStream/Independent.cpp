// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Footprint.h"
#include "llvm/ADT/Sequence.h"

namespace fourmix::focs {

std::vector<LoopNest> nestsOf(llvm::ArrayRef<Instruction> code) {
  auto isLoop = [&](size_t i) { return i < code.size() && std::holds_alternative<Loop>(code[i].body); };
  auto isEnd = [&](size_t i) { return i < code.size() && std::holds_alternative<EndLoop>(code[i].body); };
  std::vector<LoopNest> nests;
  for (size_t i = 0, begin = 0; i < code.size(); ++i) {
    if (isLoop(i))
      begin = i;
    if (!isEnd(i) || !isLoop(begin))
      continue;
    LoopNest nest{begin, 1, begin + 1, i - begin - 1};
    for (size_t end = i + 1; nest.loop > 0 && isLoop(nest.loop - 1) && isEnd(end); ++end)
      --nest.loop, ++nest.levels;
    nests.push_back(nest);
    begin = code.size(); // the end of the next one is none of an innermost loop
  }
  return nests;
}

/// Whether iterations of the nest do not meet in memory, in each iteration of the loops around it.
static bool isIndependent(const Code &code, const LoopNest &nest) {
  auto body = llvm::seq(nest.body, nest.body + nest.size);
  return llvm::all_of(body, [&](size_t store) {
    if (!std::holds_alternative<Store>(code.instructions[store].body))
      return true;
    size_t loops = code.loopsOf(store).size();
    return llvm::all_of(body, [&](size_t other) {
      if (!accessOf(code.instructions[other]))
        return !std::holds_alternative<LoadTable>(code.instructions[other].body);
      Overlap overlap = overlapOf(code, store, other);
      return !overlap.can || (overlap.within <= loops - nest.levels && overlap.common == loops);
    });
  });
}

std::vector<LoopNest> independentNests(const CommandStream &stream, const Program &program,
                                       const device::Profile &profile) {
  Report report(1, /*constants=*/0);
  Code code(stream, program, profile, /*isPreload=*/false);
  if (!checkStructure(code, report))
    return {};
  std::vector<LoopNest> result;
  for (LoopNest nest : nestsOf(code.instructions)) {
    while (nest.levels > 0 && !isIndependent(code, nest))
      ++nest.loop, --nest.levels;
    if (nest.levels > 0)
      result.push_back(nest);
  }
  return result;
}

} // namespace fourmix::focs
