// What runners do with outputs: compare, write, print.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_RUNNER_OUTPUTS_H
#define FOURMIX_LIB_RUNNER_OUTPUTS_H

#include "fourmix/Runner/Runner.h"

namespace fourmix {

/// The meaning of --tolerance, --rtol and --atol; nothing where none is given.
llvm::Expected<std::optional<Tolerance>> chooseTolerance(std::optional<double> ofMaximum, std::optional<double> rtol,
                                                         std::optional<double> atol);

/// Compares what there is an expectation for; the error is about the first output that is too far off.
/// Without a tolerance 1e-5 of the maximum are allowed, and 8 roundings where the type is f16 or bf16.
llvm::Error checkOutputs(llvm::ArrayRef<NamedTensor> outputs, llvm::ArrayRef<std::optional<HostTensor>> expected,
                         const std::optional<Tolerance> &tolerance, llvm::raw_ostream &out);

/// Writes what --output asks for.
llvm::Error writeOutputs(llvm::ArrayRef<NamedTensor> outputs, llvm::ArrayRef<std::string> texts);

llvm::Error writeFile(const std::string &path, const std::string &contents);

/// The first values of each output.
void printOutputs(llvm::ArrayRef<NamedTensor> outputs, llvm::raw_ostream &out);

} // namespace fourmix

#endif // FOURMIX_LIB_RUNNER_OUTPUTS_H
