// Executes code: every instruction on the tiles and on the timeline.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_MACHINE_H
#define LIB_SIMULATOR_MACHINE_H

#include "Electronics.h"
#include "Lanes.h"
#include "Optics.h"
#include "Timeline.h"

namespace fourmix::simulator {

class Reference;

/// The state of a device that lasts from run to run.
class Machine {
public:
  Machine(const device::Profile &profile, SimulatorOptions options);

  struct Run {
    const focs::Program &program;
    bool inPreload = false;
    llvm::ArrayRef<Region> regions;
    Usage *usage = nullptr;
    std::vector<Usage> *byMark = nullptr;
    Lanes *lanes = nullptr; // that may execute loops of the main code
    /// Follows the run, with its own memory; `fidelity` gets by mark how far stores are from exact ones.
    Reference *reference = nullptr;
    llvm::ArrayRef<Region> exactRegions = {};
    std::vector<Fidelity> *fidelity = nullptr;
  };
  llvm::Error execute(const Run &run);

private:
  friend class Execution;
  friend class Reference;
  friend struct Data;

  const device::Profile &profile;
  SimulatorOptions options;
  Optics optics;
  Electronics electronics;
  std::vector<Tile> fields, filters, captures, accumulators;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_MACHINE_H
