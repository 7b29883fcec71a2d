// Which axis of a tensor holds features, and not positions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_PRODUCTS_HIDDENAXIS_H
#define LIB_CONVERSION_ONNXTOMIX_PRODUCTS_HIDDENAXIS_H

#include "mlir/IR/Value.h"

namespace fourmix::onnx_to_mix {

struct HiddenAxis {
  int64_t axis;
  bool isKnown; // and not a guess
};

/// The axis of features: where a normalisation over the last axis or a convolution (axis 1) put them, followed through
/// transposes, reshapes, reductions, products with constants and whatever keeps the number of axes. Everything else, a
/// graph's input among it, is guessed to have its features last.
HiddenAxis hiddenAxis(mlir::Value value, int steps = 64);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_PRODUCTS_HIDDENAXIS_H
