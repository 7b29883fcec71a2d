// Is a value a lambda layer, and if not, what is missing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_PRODUCTS_MATCHLAMBDA_H
#define LIB_CONVERSION_ONNXTOMIX_PRODUCTS_MATCHLAMBDA_H

#include "ProductForm.h"

namespace fourmix::onnx_to_mix {

struct LambdaMatch {
  /// `Near`: most of a lambda layer is there; `reason` and `node` say what fails where.
  enum Degree { Unrelated, Near, Layer } degree = Unrelated;
  std::string reason;
  onnx::NodeOp node;

  // What follows holds for a layer: value = scale * mix.lambda, whose operands are these factors.
  double scale = 1;
  ProductFactor queries, values;
  std::optional<ProductFactor> keys;     // before their softmax
  std::optional<ProductFactor> position; // table, or kernel where there is a grid
  std::optional<ProductFactor> bias;
  double positionScale = 1, biasScale = 1;
  // The dimensions of each axis of the formula; queryPositions and contextPositions correspond where there is a grid.
  DimList batch, heads, key, depth, value, queryPositions, contextPositions, taps;
  llvm::SmallVector<int64_t> grid;
  std::vector<double> kernel; // [k, u, 2 g - 1 ..], of a table that turned out to be one
  Axes layout;                // of the value
  llvm::SmallSetVector<mlir::Operation *, 16> nodes;
};

LambdaMatch matchLambda(mlir::Value value, DimTable &dims);

/// The relative table [k, u, 2 g_1 - 1, ..] of a table [n, m, k, u] over a grid of n = m positions, if every entry
/// depends on the difference of its positions alone. Entries are compared exactly: a table is gathered, not computed.
std::optional<std::vector<double>> findRelativeTable(llvm::ArrayRef<double> table, llvm::ArrayRef<int64_t> grid,
                                                     int64_t numbersPerPair);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_PRODUCTS_MATCHLAMBDA_H
