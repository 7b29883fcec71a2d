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
/// The programs of a name; of no name all.
llvm::Expected<std::vector<size_t>> findPrograms(const focs::CommandStream &stream, const std::string &name);
/// The profile that is asked for, or else the one in the stream.
llvm::Expected<device::Profile> chooseProfile(const focs::CommandStream &stream, const std::string &device);

struct Simulation;
/// What the compiler noted about a program that has been simulated: how often the network launches it, and how long the
/// CPU takes for the same work, from which follows when the device would be faster.
llvm::Error readMetadata(const focs::CommandStream &stream, size_t number, Simulation &simulation);

} // namespace fourmix::simulation

#endif // LIB_RUNNER_SIMULATION_LOAD_H
