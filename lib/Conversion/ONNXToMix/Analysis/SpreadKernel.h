// A dilated kernel with its zeros.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SPREADKERNEL_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SPREADKERNEL_H

#include "mlir/IR/BuiltinAttributes.h"

namespace fourmix::onnx_to_mix {

/// The kernel whose last axes are `dilations` times as far apart: tap t moves to t * dilation, and zeros lie between.
/// The kernel itself where all dilations are 1; null where its numbers are not there.
mlir::ElementsAttr spreadKernel(mlir::ElementsAttr kernel, llvm::ArrayRef<int64_t> dilations);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SPREADKERNEL_H
