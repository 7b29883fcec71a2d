// Convolution as networks mean it: correlation over any number of spatial dimensions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EMIT_CONVOLUTION_H
#define LIB_EMIT_CONVOLUTION_H

#include "lib/Emit/Emit.h"

namespace fourmix::lowering {

/// Where the kernel stands over `rank` spatial dimensions. Padding is with zeros.
struct ConvolutionGeometry {
  int64_t rank;
  llvm::SmallVector<int64_t> kernel, strides, dilations, padsBegin, padsEnd;

  bool isUnpadded() const {
    auto isZero = [](int64_t pad) { return pad == 0; };
    return llvm::all_of(padsBegin, isZero) && llvm::all_of(padsEnd, isZero);
  }
};

/// out[b, m, o...] = sum over c, k... of x[b, c, o*stride + k*dilation - padsBegin...] * weights[m, c, k...], where the
/// channels of `x` and the filters m fall into `groups` equal parts. `out` is the shape of the result and has elements.
mlir::Value convolution(Emit &e, mlir::Value x, mlir::Value weights, const ConvolutionGeometry &g, int64_t groups,
                        Shape out);

} // namespace fourmix::lowering

#endif // LIB_EMIT_CONVOLUTION_H
