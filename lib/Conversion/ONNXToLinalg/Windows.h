// Windows that slide over spatial dimensions: what Conv, ConvTranspose and pooling share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOLINALG_WINDOWS_H
#define LIB_CONVERSION_ONNXTOLINALG_WINDOWS_H

#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "lib/Emit/Convolution.h"

namespace fourmix::lowering {

/// The windows of a node with `kernel` over the spatial dimensions of input 0, its strides, dilations, pads and
/// auto_pad read. An error where the counts differ or the result's shape needs more than input and pads give.
llvm::FailureOr<ConvolutionGeometry> readWindows(NodeLowering &n, llvm::ArrayRef<int64_t> kernel);

/// `x` between its pads, and with more behind them where the last window of ceil_mode reaches further; `fill` is the
/// scalar that stands there.
mlir::Value padWindows(NodeLowering &n, mlir::Value x, const ConvolutionGeometry &g, mlir::Value fill);

} // namespace fourmix::lowering

#endif // LIB_CONVERSION_ONNXTOLINALG_WINDOWS_H
