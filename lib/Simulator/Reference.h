// Exact machines beside a run with converters or noise, and how far what it stores is from what they store.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_REFERENCE_H
#define LIB_SIMULATOR_REFERENCE_H

#include "Machine.h"

namespace fourmix::simulator {

/// Follows a machine instruction by instruction. One exact machine has memory of its own: it computes what an exact run
/// would, and differs by all errors so far. The other one reads the memory of the run itself, and so differs by what
/// has been added since the tile was loaded: the error of this op alone.
class Reference {
public:
  explicit Reference(const device::Profile &profile);

  /// `regions` is the memory of the run, `exact` that of the exact one. What stores write is added to `to`.
  llvm::Error follow(const focs::Instruction &instruction, const Position &position, const Machine &machine,
                     llvm::ArrayRef<Region> regions, llvm::ArrayRef<Region> exact, Fidelity *to);

private:
  Machine whole, local;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_REFERENCE_H
