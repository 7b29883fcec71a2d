// The layers that a user asks for.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_LAYERLIST_H
#define LIB_REWRITE_LAYERLIST_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <set>

namespace fourmix::rewrite {

/// The numbers that `text` names of `count` layers: `all`, `first=K`, `last=K`, `all-but-last=K`, `all-but-first=K`,
/// numbers and ranges `1,3,5-7`. An error says what was expected and found; a layer that does not exist is one.
llvm::Expected<std::set<int64_t>> parseLayers(llvm::StringRef text, int64_t count);

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_LAYERLIST_H
