// What the transforms of this dialect have in common: one or two axes, cost, and constants that go through.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_FOURIERCHECKS_H
#define DIALECTS_MIX_IR_FOURIERCHECKS_H

#include "dialects/Mix/IR/Mix.h"

namespace fourmix::mix {

/// Each axis that is there lies within the rank of operand 0, they differ, and there is one at least.
mlir::LogicalResult verifyMixedAxes(mlir::Operation *op, mlir::IntegerAttr sequence, mlir::IntegerAttr hidden);

/// The axes that are there, in ascending order.
llvm::SmallVector<int64_t> listMixedAxes(std::optional<int64_t> sequence, std::optional<int64_t> hidden);

/// Operations of the transforms of a real tensor along `axes`: half of those of a complex one.
double countTransformFlops(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> axes);

/// True if the tensor has one element along each of the axes.
bool haveExtentOne(mlir::ShapedType type, llvm::ArrayRef<int64_t> axes);

/// The tensor that arith.mulf multiplies by one constant number, and the number; nullopt below 32 bits, where scaling
/// first may be what keeps a sum of many elements finite.
struct Scaled {
  mlir::Value tensor;
  double factor;
};
std::optional<Scaled> matchScaled(mlir::Value value);

/// A constant of `type` with all elements `value`, rounded to the element type.
mlir::DenseElementsAttr getSplat(mlir::ShapedType type, double value);

} // namespace fourmix::mix

#endif // DIALECTS_MIX_IR_FOURIERCHECKS_H
