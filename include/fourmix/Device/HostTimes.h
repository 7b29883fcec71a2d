// Measured seconds of the host that has the choice between itself and a device: a text file, a line for each work.
//
//     # comment
//     cpu Intel(R) Xeon(R) Processor
//     3.4120e-04 spectral.dft 484x726xf32 -> 484x726xf32, forward 726 along 1, forward 484 along 0, re to re
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_DEVICE_HOSTTIMES_H
#define FOURMIX_DEVICE_HOSTTIMES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <optional>
#include <string>

namespace fourmix::device {

struct HostTimes {
  std::string cpu;
  std::map<std::string, double> seconds; // by what the host computes, as the passes describe it

  std::optional<double> find(llvm::StringRef work) const;
};

/// Errors name the file and the line.
llvm::Expected<HostTimes> readHostTimes(llvm::StringRef path);

/// Writes the file whole or not at all.
llvm::Error writeHostTimes(llvm::StringRef path, const HostTimes &times);

} // namespace fourmix::device

#endif // FOURMIX_DEVICE_HOSTTIMES_H
