// A filter that was found takes the place of its nodes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_COMMITFILTER_H
#define LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_COMMITFILTER_H

#include "IdentifyFilter.h"

namespace fourmix::onnx_to_mix {

/// Replaces `value`, which is `filter` of `source`, and says so under `remarkName`.
void commitFilter(mlir::Value value, mlir::Value source, const Filter &filter, llvm::StringRef remarkName);

/// The circulant or Toeplitz mixing that was found, for `value`.
void commitBilinear(mlir::Value value, const Bilinear &found, llvm::StringRef remarkName);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_COMMITFILTER_H
