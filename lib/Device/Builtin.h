// The profiles that come with Fourmix, as text.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_DEVICE_BUILTIN_H
#define LIB_DEVICE_BUILTIN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace fourmix::device {

struct BuiltinProfile {
  llvm::StringLiteral name, text;
};
llvm::ArrayRef<BuiltinProfile> builtinTexts();

} // namespace fourmix::device

#endif // LIB_DEVICE_BUILTIN_H
