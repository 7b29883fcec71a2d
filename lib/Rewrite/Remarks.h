// How rewrites speak: one remark per layer (or matrix) that was rewritten and per one that was not, with facts that the
// report collects.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_REMARKS_H
#define LIB_REWRITE_REMARKS_H

#include "lib/Rewrite/Work.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"

namespace fourmix::rewrite {

/// The category of all remarks of this room.
inline constexpr llvm::StringLiteral remarkCategory = "rewrite";

/// A fact beside the words of a remark; the terminal shows the words alone. Keys that the report knows: `layer`,
/// `node`, `from`, `to`, `reason`, `parametersBefore`, `parametersAfter`, `flopsBefore`, `flopsAfter`, `bytesBefore`,
/// `bytesAfter`; any other is a figure of the rewrite's own.
using Fact = mlir::remark::detail::Remark::Arg;

/// What was looked at.
struct Subject {
  llvm::StringRef pass;         // the flag: "attention-to-fourier"
  mlir::Operation *op;          // where: the producer of the layer's output, or the projection
  std::optional<int64_t> layer; // its number
};

/// What the work was and is, as facts.
llvm::SmallVector<Fact> workFacts(const Work &before, const Work &after);

/// "layer 3, node "x" (Add): " and `words`; `from` and `to` name what was there and what is there now
/// ("mix.attention", "mix.fourier").
void remarkRewritten(const Subject &subject, llvm::StringRef from, llvm::StringRef to, const llvm::Twine &words,
                     llvm::ArrayRef<Fact> facts = {});

/// The same for what stays as it is, because of `reason`.
void remarkSkipped(const Subject &subject, llvm::StringRef from, const llvm::Twine &reason,
                   llvm::ArrayRef<Fact> facts = {});

/// What a reader of the report must know and what concerns no one layer: "padding now mixes in".
void remarkNote(const Subject &subject, const llvm::Twine &words, llvm::ArrayRef<Fact> facts = {});

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_REMARKS_H
