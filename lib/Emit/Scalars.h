// Scalar code: what stands in the body of a linalg.generic, for floats, signed and unsigned integers alike.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EMIT_SCALARS_H
#define LIB_EMIT_SCALARS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace fourmix::lowering {

/// Builds arith and math ops on scalars of signless types. `isUnsigned` tells how integers are to be read where that
/// makes a difference (division, comparison, extrema, right shift, conversion to a wider type).
class Scalars {
public:
  Scalars(mlir::OpBuilder &builder, mlir::Location loc, bool isUnsigned)
      : builder(builder), loc(loc), isUnsigned(isUnsigned) {}

  /// Any op with one result, its result type as the op infers it.
  template <typename Op, typename... Args>
  mlir::Value make(Args &&...args) {
    return Op::create(builder, loc, std::forward<Args>(args)...)->getResult(0);
  }

  /// `value` rounded to `type` (float, integer or index).
  mlir::Value constant(mlir::Type type, double value);
  /// A float's infinity, an integer's largest value; `negative`: the other end.
  mlir::Value limit(mlir::Type type, bool negative);

  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  /// Integers truncate towards zero; division by zero and the one overflow of signed division do not trap
  /// (they give the dividend), since ONNX leaves them undefined.
  mlir::Value div(mlir::Value a, mlir::Value b);
  /// The remainder with the sign of the dividend, as C has it; x rem 0 is 0 for integers.
  mlir::Value rem(mlir::Value a, mlir::Value b);
  /// NaN where an operand is NaN.
  mlir::Value max(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value neg(mlir::Value a);
  mlir::Value abs(mlir::Value a);

  // Comparisons; false where an operand is NaN, but for `ne`.
  mlir::Value eq(mlir::Value a, mlir::Value b);
  mlir::Value ne(mlir::Value a, mlir::Value b);
  mlir::Value lt(mlir::Value a, mlir::Value b);
  mlir::Value le(mlir::Value a, mlir::Value b);
  mlir::Value gt(mlir::Value a, mlir::Value b) { return lt(b, a); }
  mlir::Value ge(mlir::Value a, mlir::Value b) { return le(b, a); }

  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value logicalNot(mlir::Value condition);

  /// ONNX Cast. Float to integer saturates (NaN gives 0); to fewer than 32 bits it goes through 32 bits and wraps, as
  /// compiled C does. To boolean is `!= 0`, from boolean 0 or 1. `toUnsigned` tells how the result is to be read.
  mlir::Value cast(mlir::Value value, mlir::Type type, bool toUnsigned);
  /// The same without a change of signedness.
  mlir::Value cast(mlir::Value value, mlir::Type type) { return cast(value, type, isUnsigned); }

  /// An index from an integer that counts from the end where it is negative, clamped to [0, size): whatever the
  /// tensor of indices holds, no memory outside of the table is read.
  mlir::Value safeIndex(mlir::Value value, int64_t size);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  bool isUnsigned;

private:
  mlir::Value compare(mlir::Value a, mlir::Value b, mlir::arith::CmpFPredicate floating,
                      mlir::arith::CmpIPredicate asSigned, mlir::arith::CmpIPredicate asUnsigned);
};

} // namespace fourmix::lowering

#endif // LIB_EMIT_SCALARS_H
