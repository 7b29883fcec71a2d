// Which keys a query may see, as far as a rewrite that has no mask must know.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_VISIBILITY_H
#define LIB_REWRITE_VISIBILITY_H

#include "dialects/Mix/IR/Mix.h"

namespace fourmix::rewrite {

struct Visibility {
  /// No query sees a later key, whether a number, a constant or a part of a computed mask says so.
  bool causal = false;
  /// Queries see keys within a distance only.
  bool windowed = false;
  /// What else hides keys (padding), a clause: "it has a mask that is computed from inputs (padding)". Empty for
  /// nothing.
  std::string mask;
  /// What prefers keys and hides none: "its bias on the scores, the same for every input". Empty for nothing.
  std::string bias;
};

/// `input` is what the sublayer starts from, or null: a bias that is computed from it is a part of the scores.
Visibility describeVisibility(mix::AttentionOp attention, mlir::Value input);

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_VISIBILITY_H
