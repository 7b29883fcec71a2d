// Where tokens are mixed in a network, before it is rewritten and after.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REPORT_LAYERS_H
#define LIB_REPORT_LAYERS_H

#include "Report.h"
#include "dialects/Mix/IR/Mix.h"

namespace fourmix::report {

/// The operations of one layer: of an attention with a sublayer those from the sublayer's input to its output, else
/// the mixing alone.
struct Span {
  std::optional<int64_t> number;
  mlir::Operation *producer; // computes what the layer gives
  llvm::SmallVector<mlir::Operation *> ops;
};

/// Numbers all operations of `main`, so that `spansAfter` knows them again; `unmark` takes the marks away.
void mark(mlir::func::FuncOp main);
void unmark(mlir::func::FuncOp main);

/// The layers of a network, in program order.
llvm::SmallVector<Span> spansBefore(mlir::func::FuncOp main);

/// For each of `before`, spans of a marked network, the layer that stands in its place in `main`, which was made from
/// that network by rewrites. Nothing for a layer that is gone. Mixings that stand in nothing's place come behind.
llvm::SmallVector<std::optional<Span>> spansAfter(mlir::func::FuncOp main, llvm::ArrayRef<Span> before);

/// Kind, detail, work and plots of a layer.
Side describe(const Span &span, const rewrite::WorkCounter &counter);

/// The layer's name in the model.
std::string nameOf(const Span &span);

/// The boxes of the drawing: every operation of `main` is in one. `indices` are those of the spans in Report::layers.
std::vector<Part> partsOf(mlir::func::FuncOp main, llvm::ArrayRef<Span> spans, llvm::ArrayRef<size_t> indices,
                          const rewrite::WorkCounter &counter);

/// Kernels and spectra of a mixing, as far as they are constants.
std::vector<Plot> plotsOf(mlir::Operation *mixing);

} // namespace fourmix::report

#endif // LIB_REPORT_LAYERS_H
