// A product with a constant matrix, whatever node it is, and the structured one that takes its place.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_CONSTANTPRODUCT_H
#define LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_CONSTANTPRODUCT_H

#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "lib/Kernels/Circulant.h"

namespace fourmix::onnx_to_mix {

/// y[kept.., rows..] = sum over columns of M[rows, columns] x[kept.., columns..] plus a bias: a product with a
/// constant.
struct ConstantProduct {
  onnx::NodeOp node;
  mlir::Value data, bias;
  llvm::SmallVector<int64_t> dataOrder;   // axes of the data: kept ones, then those that are summed over
  llvm::SmallVector<int64_t> resultOrder; // result axis i is axis resultOrder[i] of [kept.., rows..]
  llvm::SmallVector<int64_t> kept, rows;  // extents
  int64_t columns = 1;
  std::vector<double> matrix; // row-major [rows, columns]

  int64_t countRows() const { return mlir::ShapedType::getNumElements(rows); }
  kernels::MatrixView view() const { return {matrix.data(), countRows(), columns, columns, 1}; }
};

/// The product that a MatMul, Gemm or Einsum with one constant is.
std::optional<ConstantProduct> readConstantProduct(onnx::NodeOp node);

/// The kernels that a matrix is made of.
struct Structure {
  mix::ProjectionKind kind;
  llvm::SmallVector<int64_t> grid; // of one head, or one block
  int64_t heads = 1;
  bool headsLast = false; // row i of head h is row i * heads + h
  llvm::SmallVector<int64_t> shape;
  std::vector<double> kernels;
};

/// Puts a mix.projection in the place of the product's node, which goes.
mix::ProjectionOp replaceProduct(const ConstantProduct &product, const Structure &structure);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_CONSTANTPRODUCT_H
