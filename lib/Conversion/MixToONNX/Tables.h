// Matrices that are made of a few weights: the weights are gathered into the matrix. A runtime folds the Gather of
// constant weights away.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_MIXTOONNX_TABLES_H
#define LIB_CONVERSION_MIXTOONNX_TABLES_H

#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"

namespace fourmix::mix_to_onnx {

/// Which weight stands at each place of a matrix, or -1 for zero.
struct Table {
  int64_t rows, columns;
  std::vector<int64_t> weights;

  Table(int64_t rows, int64_t columns, llvm::function_ref<int64_t(int64_t, int64_t)> weight);
};

/// `weights` [.., m] as matrices [.., rows, columns].
mlir::Value asMatrices(Emitter &nodes, mlir::Value weights, Table table);

/// The tap at which a kernel on a circle of `extent` elements meets element `from` of the input for element `to` of the
/// result; -1 where it does not.
int64_t tapAt(int64_t to, int64_t from, int64_t extent, int64_t taps, int64_t origin, mix::Orientation orientation);

} // namespace fourmix::mix_to_onnx

#endif // LIB_CONVERSION_MIXTOONNX_TABLES_H
