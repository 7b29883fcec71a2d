// Tensors of tools: inputs, outputs, expected values, and the files they come from. No MLIR.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_HOSTTENSOR_H
#define FOURMIX_SUPPORT_HOSTTENSOR_H

#include "fourmix/Runtime/fourmix.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace fourmix {

/// Dense, row-major, little-endian; a bool is one byte.
struct HostTensor {
  fourmix_dtype dtype = FOURMIX_FLOAT32;
  llvm::SmallVector<int64_t> shape;
  std::vector<char> bytes;

  /// Zeros. The element count must fit (countElements).
  static HostTensor zeros(fourmix_dtype dtype, llvm::ArrayRef<int64_t> shape);

  int64_t size() const { return bytes.size() / fourmix_dtype_bytes(dtype); }
  bool isInteger() const;
  /// Element i as a double; 64-bit integers beyond 2^53 are rounded.
  double real(int64_t i) const;
  /// Element i of an integer or bool tensor.
  int64_t integer(int64_t i) const;
  /// Sets element i, rounded to nearest (floats) or converted (integers).
  void setReal(int64_t i, double value);
  void setInteger(int64_t i, int64_t value);

  /// "2x3xf32".
  std::string typeText() const;
  /// The view for a run.
  fourmix_tensor view() { return {bytes.data(), dtype, static_cast<int32_t>(shape.size()), shape.data()}; }
};

/// A tensor under a name, as an .npz holds them.
struct NamedTensor {
  std::string name;
  HostTensor tensor;
};

/// "2x3xf32", as the command line writes it.
std::string typeText(fourmix_dtype dtype, llvm::ArrayRef<int64_t> dims);

/// "f32", "i64", "bool", …; "type 77" for a number that is none.
std::string dtypeText(fourmix_dtype dtype);

/// Product of the dims; nothing where one is negative or `elementBytes` times the product leaves int64.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape, int64_t elementBytes = 1);

/// "f32", "i64", "bool" (or "i1"), …: the element type, nothing for another text.
std::optional<fourmix_dtype> parseDtype(llvm::StringRef text);

/// The contents of an .npy file, format versions 1 to 3, either byte order, C or Fortran order. Errors say what is
/// wrong with the file; no contents crash it.
llvm::Expected<HostTensor> parseNpy(llvm::StringRef contents);

/// The bytes of an .npy file (version 1.0, C order). bfloat16 has no NumPy type and is written as float32.
std::string formatNpy(const HostTensor &tensor);

/// The arrays of an .npz file: a zip of .npy members, stored or deflated, checked against their CRC.
llvm::Expected<std::vector<NamedTensor>> parseNpz(llvm::StringRef contents);

/// The bytes of an .npz file, members stored and without time stamps: same tensors, same bytes.
llvm::Expected<std::string> formatNpz(llvm::ArrayRef<NamedTensor> tensors);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_HOSTTENSOR_H
