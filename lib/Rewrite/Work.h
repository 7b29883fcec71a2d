// What operations cost and what they have learned, before anything is lowered.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_WORK_H
#define LIB_REWRITE_WORK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"
#include <map>
#include <optional>
#include <string>

namespace fourmix::rewrite {

/// The work of a set of operations of `onnx` and `mix`.
struct Work {
  /// Numbers in the constants that the operations compute with: of floats, or quantised (integers of 8 bits and less),
  /// of more than one element. A constant counts once, however many use it and whatever stands between (a Transpose, a
  /// DequantizeLinear); of a mixing only what its interface calls learned.
  int64_t parameters = 0;
  /// As countFlops has it. What depends on constants alone is computed by the compiler and costs nothing.
  double flops = 0;
  /// Of all tensors that the operations read or write, each counted once. A reshape is the tensor that it reshapes; of
  /// a table that rows are taken from, only the rows.
  int64_t bytes = 0;
  /// Operators whose flops are not known, with their numbers of nodes: `flops` is too small where there are any.
  std::map<std::string, int64_t> uncounted;
};

/// Floating-point operations of one operation of `onnx` or `mix`: a multiply-add counts as two, an elementary function
/// (exp, erf, division) as one, a softmax as five per score, a Fourier transform of N points as 5 N log2 N, of real
/// ones as half; moving data and computing with indices is free. A mixing says its own. Nothing for an operator that is
/// not known here, or one whose shapes are not.
std::optional<double> countFlops(mlir::Operation *op);

/// Counts the work of parts of one function.
class WorkCounter {
public:
  explicit WorkCounter(mlir::func::FuncOp func);

  /// The work of `ops`, which are operations of the function's body.
  Work count(llvm::ArrayRef<mlir::Operation *> ops) const;
  /// The work of the whole function.
  Work count() const;
  /// True for a value that depends on constants alone.
  bool isConstant(mlir::Value value) const { return constants.contains(value); }

private:
  mlir::Region *body;
  llvm::DenseSet<mlir::Value> constants;
};

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_WORK_H
