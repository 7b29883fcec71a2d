// One operation as a step that is linear in one operand and treats every token alike.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_LINEARSTEP_H
#define LIB_REWRITE_LINEARSTEP_H

#include "Dependence.h"
#include "dialects/ONNX/IR/ONNX.h"
#include <optional>

namespace fourmix::rewrite {

struct LinearStep {
  enum Kind {
    Regroup,   // the elements stay in order: Reshape and its kin, Identity, Cast, Dropout
    Transpose, // axes change places
    Pick,      // a part: Split, Slice, Gather
    Affine,    // Add, Sub, Mul, Div with a constant
    Dense,     // a product with a constant matrix
  };
  Kind kind;
  mlir::Value data;   // the operand that is no constant
  mlir::Value weight; // of Dense and Affine: the other one
};

/// Nullopt for any other operation, and where more than one operand depends on arguments. (Whether a product mixes
/// tokens or features is for traceAxis to say.)
std::optional<LinearStep> linearStep(mlir::Operation *op, const Dependence &dependence);

/// An axis, or part of one, as its place among the elements in row-major order.
struct AxisPlace {
  int64_t extent, stride;
  bool operator==(const AxisPlace &) const = default;
};

/// The place of axis `axis` of a tensor.
AxisPlace placeOfAxis(llvm::ArrayRef<int64_t> shape, int64_t axis);
/// The axis that is exactly at that place; nullopt where the place is a part of an axis or several.
std::optional<int64_t> axisAt(llvm::ArrayRef<int64_t> shape, AxisPlace place);

/// Where in `source` the tokens are that stand at `place` in `value`, which is computed from it token by token:
/// regrouping, products along other axes, element-wise operations. Nullopt where an operation is of no such kind or the
/// place is torn apart.
std::optional<AxisPlace> traceAxis(mlir::Value value, AxisPlace place, mlir::Value source,
                                   const Dependence &dependence);

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_LINEARSTEP_H
