// A tensor that shows another one around a circle: what goes into a circular convolution.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_WRAPPEDVIEW_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_WRAPPEDVIEW_H

#include "Evaluate.h"
#include <variant>

namespace fourmix::onnx_to_mix {

/// What the elements of a tensor are: for each, in row-major order, the element of a source, -1 for zero.
struct Trace {
  llvm::SmallVector<int64_t> shape;
  std::vector<int64_t> elements;
};

/// The trace of `value` in terms of `source`; nullopt if more than moves lie between.
std::optional<Trace> traceElements(mlir::Value value, mlir::Value source);

/// A tensor u and where it starts: element [b, c, p...] of the view is u[b, c, (p - origin) mod circle...].
struct WrappedView {
  llvm::SmallVector<int64_t> circle, origin; // per axis behind the first two
  llvm::SmallVector<int64_t> permutation;    // u is the source with its axes permuted so, in another shape
  bool isPermuted = false;
};

/// Why a trace is not a wrapped view.
struct ViewMismatch {
  /// Of all positions along the axis that is wrong, how many are as they should be; 0 if it is no such view at all.
  double agreement = 0;
  std::string reason;
};

/// Reads the trace as circles of `circle` elements along the axes behind the first two. Every element is compared.
std::variant<WrappedView, ViewMismatch> matchWrappedView(const Trace &trace, llvm::ArrayRef<int64_t> sourceShape,
                                                         llvm::ArrayRef<int64_t> circle);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_WRAPPEDVIEW_H
