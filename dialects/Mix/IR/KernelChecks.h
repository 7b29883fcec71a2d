// What the verifiers of kernels have in common. Extents that are dynamic fit everything.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_KERNELCHECKS_H
#define DIALECTS_MIX_IR_KERNELCHECKS_H

#include "dialects/Mix/IR/Mix.h"

namespace fourmix::mix {

/// An error unless both are of one element type and, with `sameRank`, of one rank. `name` says what `other` is.
mlir::LogicalResult checkLike(mlir::Operation *op, mlir::RankedTensorType input, llvm::StringRef name,
                              mlir::RankedTensorType other, bool sameRank = true);

/// An error unless `axes` are in range, ascending, distinct, and there is one.
mlir::LogicalResult checkAxes(mlir::Operation *op, llvm::ArrayRef<int64_t> axes, int64_t rank);

/// An error unless `extent` is static.
mlir::LogicalResult checkStatic(mlir::Operation *op, mlir::RankedTensorType type, int64_t axis);

/// An error unless `found`, the extent of `name` along `axis`, is one of `expected`.
mlir::LogicalResult checkExtent(mlir::Operation *op, llvm::StringRef name, int64_t axis, int64_t found,
                                llvm::ArrayRef<int64_t> expected);

/// An error unless 1 <= taps <= extent and 0 <= origin < extent.
mlir::LogicalResult checkTaps(mlir::Operation *op, int64_t taps, int64_t extent, int64_t origin);

/// Operations of real transforms there and back over `extents` elements per line of a tensor.
double roundTripFlops(llvm::ArrayRef<int64_t> extents);

} // namespace fourmix::mix

#endif // DIALECTS_MIX_IR_KERNELCHECKS_H
