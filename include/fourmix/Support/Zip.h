// Reading and writing zip archives, as far as .npz needs them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_ZIP_H
#define FOURMIX_SUPPORT_ZIP_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace fourmix {

struct ZipMember {
  std::string name;
  std::string contents;
};

/// All members of an archive in the order of its directory: stored or deflated, zip64 included, CRC checked. Refused
/// with an error: encryption, other compressions, anything that points outside of the file.
llvm::Expected<std::vector<ZipMember>> readZip(llvm::StringRef archive);

/// An archive of stored members with fixed dates. An error where a size needs zip64.
llvm::Expected<std::string> writeZip(llvm::ArrayRef<ZipMember> members);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_ZIP_H
