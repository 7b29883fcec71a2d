// The CPU that code is made for.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CPU_TARGET_H
#define FOURMIX_CPU_TARGET_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace fourmix {

/// A resolved target: what the user asked for, spelled the way LLVM reads it.
struct CPUTarget {
  std::string triple;
  std::string cpu;
  std::string features;     // "+avx2,-avx512f": what is asked for beyond `cpu`
  std::string requirements; // "+avx2,+fma": the sorted instruction sets that code for this target may use
  int64_t vectorBytes = 16; // widest vector register that the code should use: 64, 32 or 16
  int64_t vectorRegisters = 16;

  /// True where the code may use the instruction set (LLVM's name: "fma", "avx512f", "amx-bf16").
  bool has(llvm::StringRef feature) const;
};

/// Resolves `--mtriple`, `--mcpu` and `--mattr`. An empty triple is the host's; an empty or "native" cpu is the host,
/// by its feature bits and never by its model name (hypervisors mask the model, and then the model lies). Errors: a
/// triple that LLVM was not built for or that is not 64-bit little-endian ELF, "native" for another architecture, an
/// unknown cpu or feature.
llvm::Expected<CPUTarget> resolveTarget(llvm::StringRef triple = "", llvm::StringRef cpu = "native",
                                        llvm::StringRef features = "");

/// A machine for a resolved target: position-independent code, small code model.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const CPUTarget &target, int optLevel = 3);

} // namespace fourmix

#endif // FOURMIX_CPU_TARGET_H
