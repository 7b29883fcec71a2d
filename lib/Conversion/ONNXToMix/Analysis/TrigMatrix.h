// Is this constant matrix made of cosines and sines? Tested on the numbers, row by row.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_TRIGMATRIX_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_TRIGMATRIX_H

#include "SeparableForm.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace fourmix::onnx_to_mix {

/// The rows of the matrix `at(row, column)` as zeros and multiples of cos or sin (2 pi f j / N), each entry within
/// `tolerance` of its row's scale, or nullopt. N is the number of columns, in any order and sign of rows. Failing that,
/// as rows of the discrete cosine transform of N samples, the first ones of them, or of its inverse. Failing that, a
/// corner of a larger matrix is recognised (row f is cos or sin (2 pi f j / N), N > columns): it is no DFT matrix, but
/// whoever looks for a near miss learns which matrix it was cut from. Reads few entries of a matrix that is neither.
std::optional<AxisMap> matchTrigMatrix(int64_t rows, int64_t columns, llvm::function_ref<double(int64_t, int64_t)> at);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_TRIGMATRIX_H
