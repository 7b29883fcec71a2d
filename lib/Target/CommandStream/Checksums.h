// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_CHECKSUMS_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_CHECKSUMS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace fourmix::focs {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the check value of "123456789" is 0xe3069283.
uint32_t crc32c(llvm::ArrayRef<uint8_t> bytes);

/// 64-bit FNV-1a, as device::Profile::hash.
uint64_t fnv1a(llvm::StringRef text);

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_CHECKSUMS_H
