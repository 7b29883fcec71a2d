// The small language of --input, --expected_output and --output.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_RUNNER_ARGUMENTS_H
#define FOURMIX_LIB_RUNNER_ARGUMENTS_H

#include "fourmix/Runner/Runner.h"

namespace fourmix {

/// More elements than a command line can mean: a typing error must not become an allocation that cannot succeed.
inline constexpr int64_t maxElements = int64_t(1) << 31;

/// [NAME=]@FILE | [NAME=]TYPE=VALUES | [NAME=]random, taken apart.
struct Argument {
  std::string name; // empty: by order
  std::string file; // after the '@'
  bool random = false;
  std::optional<HostTensor> literal;
};
llvm::Expected<Argument> parseArgument(llvm::StringRef text);

/// The tensors of a file, by its content: .npy (one, without name), .npz, or an ONNX TensorProto.
llvm::Expected<std::vector<NamedTensor>> readTensors(const std::string &path);

/// Values of a type without NaN, the same in every run: normal floats, integers and booleans of 0 and 1 (always valid
/// as ids and masks).
HostTensor randomTensor(fourmix_dtype dtype, llvm::ArrayRef<int64_t> shape, uint64_t seed);

/// "'x' (2x3xf32), 'y' (4xi64)".
std::string listTensors(llvm::ArrayRef<InputDecl> tensors);

} // namespace fourmix

#endif // FOURMIX_LIB_RUNNER_ARGUMENTS_H
