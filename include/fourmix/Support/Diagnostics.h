// Diagnostics as people know them from compilers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_DIAGNOSTICS_H
#define FOURMIX_SUPPORT_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include <functional>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace mlir::remark::detail {
class Remark;
} // namespace mlir::remark::detail

namespace fourmix {

/// While it lives, prints the diagnostics of a context as `model.onnx: error: …` (`file.mlir:3:5: error: …` where there
/// is a line), followed by their notes.
class DiagnosticPrinter : public mlir::ScopedDiagnosticHandler {
public:
  DiagnosticPrinter(mlir::MLIRContext *context, llvm::raw_ostream &os);
};

/// From here on the remarks of passes (what they recognised, what they nearly did and why not) are diagnostics of
/// `context`, too; without this they vanish. Call once, before passes run.
/// `listener`, if there is one, hears each of them whole, with the facts that the words leave out.
void showRemarks(mlir::MLIRContext &context,
                 std::function<void(const mlir::remark::detail::Remark &)> listener = nullptr);

/// While one lives, remarks are dropped: passes are tried out on a clone.
class MutedRemarks {
public:
  MutedRemarks();
  ~MutedRemarks();
  MutedRemarks(const MutedRemarks &) = delete;
};

} // namespace fourmix

#endif // FOURMIX_SUPPORT_DIAGNOSTICS_H
