// What every request of fourmix-sim begins with.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_RUNNER_SIMULATION_LOAD_H
#define LIB_RUNNER_SIMULATION_LOAD_H

#include "fourmix/Device/Profile.h"
#include "fourmix/Target/CommandStream.h"

namespace fourmix::simulation {

/// A stream from a file .focs, or .s with its text.
llvm::Expected<focs::CommandStream> loadStream(const std::string &path);
/// The program of a name; of no name the only one.
llvm::Expected<size_t> findProgram(const focs::CommandStream &stream, const std::string &name);
/// The profile that is asked for, or else the one in the stream.
llvm::Expected<device::Profile> chooseProfile(const focs::CommandStream &stream, const std::string &device);

} // namespace fourmix::simulation

#endif // LIB_RUNNER_SIMULATION_LOAD_H
