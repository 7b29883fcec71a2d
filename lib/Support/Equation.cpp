// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Equation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

fourmix::Equation::Equation(std::string written) : text(std::move(written)) {
  llvm::erase(text, ' ');
  auto [left, right] = llvm::StringRef(text).split("->");
  llvm::SmallVector<llvm::StringRef> terms;
  left.split(terms, ',');
  inputs.assign(terms.begin(), terms.end());
  if (llvm::StringRef(text).contains("->"))
    output = right.str();
}
