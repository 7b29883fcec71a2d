// How networks get smaller while something about them stays interesting.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_REDUCER_REDUCTIONPATTERNS_H
#define FOURMIX_REDUCER_REDUCTIONPATTERNS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace fourmix {

/// Lets `reduction-tree` replace nodes and mixing by what goes into them: each result by an operand of its type, or by
/// zeros. Without it only operations that nobody reads can go.
void registerReductionPatterns(mlir::DialectRegistry &registry);

} // namespace fourmix

#endif // FOURMIX_REDUCER_REDUCTIONPATTERNS_H
