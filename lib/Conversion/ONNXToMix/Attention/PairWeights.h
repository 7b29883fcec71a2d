// What pairs of positions weigh in kernelised attention, beside their features.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ATTENTION_PAIRWEIGHTS_H
#define LIB_CONVERSION_ONNXTOMIX_ATTENTION_PAIRWEIGHTS_H

#include "dialects/Mix/IR/Mix.h"
#include "lib/Conversion/ONNXToMix/Products/ProductForm.h"

namespace fourmix::onnx_to_mix {

/// One, or a number per distance, for keys up to the query or for all.
struct PairWeights {
  bool isCausal = false;
  mix::ToeplitzOp toeplitz;   // a Toeplitz product of the graph, or
  std::vector<double> kernel; // [heads, 2n - 1] numbers
  DimList heads;              // each of which has a kernel of its own

  mlir::Value getKernel() const { return toeplitz ? mix::ToeplitzOp(toeplitz).getKernel() : mlir::Value(); }
  bool operator==(const PairWeights &other) const;
};

/// Dimensions of queries and result: `free` those that keys and values do not have, `outer` all.
struct PairDims {
  DimList keys, free, outer;
};

/// Reads `factors`, which are triangles, Toeplitz products and constants. Null where they say something else; `problem`
/// is set where they stand between queries and keys, but differ by more than the distance.
std::optional<PairWeights> readPairWeights(llvm::ArrayRef<const ProductFactor *> factors, const PairDims &roles,
                                           const DimTable &dims, std::string &problem);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ATTENTION_PAIRWEIGHTS_H
