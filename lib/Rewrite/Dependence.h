// Which arguments of a function a value depends on.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_DEPENDENCE_H
#define LIB_REWRITE_DEPENDENCE_H

#include "mlir/IR/Block.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"

namespace fourmix::rewrite {

/// Of the values of one block, computed once. What comes from outside of the block counts as one argument more.
class Dependence {
public:
  explicit Dependence(mlir::Block &block);

  /// False for constants and what is computed from them alone.
  bool onArguments(mlir::Value value) const { return arguments(value).any(); }
  /// True if no argument reaches both.
  bool apart(mlir::Value a, mlir::Value b) const { return !arguments(a).anyCommon(arguments(b)); }

private:
  const llvm::BitVector &arguments(mlir::Value value) const;

  llvm::DenseMap<mlir::Value, llvm::BitVector> known;
  llvm::BitVector outside;
};

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_DEPENDENCE_H
