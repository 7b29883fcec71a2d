// The projections of a network: what projections-to-circular looks at, and what data on them is called.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_PROJECTIONS_H
#define LIB_REWRITE_PROJECTIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace fourmix::rewrite {

/// The products with constant matrices of attention sublayers, with their layers, in program order of the layers; with
/// `everywhere` all others, too.
llvm::MapVector<mlir::Operation *, std::optional<int64_t>> findProjections(mlir::func::FuncOp function,
                                                                           bool everywhere);

/// The name of an array that a calibration file has on the inputs of a projection: <tensor>.covariance, [features,
/// features], and <tensor>.mean, [features]. Empty where the tensor has no name.
std::string statisticsKey(mlir::Value tensor, llvm::StringRef what);

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_PROJECTIONS_H
