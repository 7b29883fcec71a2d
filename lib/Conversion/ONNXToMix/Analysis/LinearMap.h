// A linear map between two tensors of a graph, known by what it does.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_LINEARMAP_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_LINEARMAP_H

#include "Evaluate.h"
#include <functional>

namespace fourmix::onnx_to_mix {

/// How equal two evaluated tensors must be, relative to the largest element: constants are rounded to f32 in the file.
constexpr double mapTolerance = 1e-6;
bool areEqual(const Numbers &a, const Numbers &b, double slack = mapTolerance);
double largest(const Numbers &numbers);

/// Numbers in [-1, 1) that look random and are the same in every run.
Numbers makeNoise(llvm::ArrayRef<int64_t> shape, uint64_t seed);

/// A map from tensors of one shape to tensors of another.
using Map = std::function<std::optional<Numbers>(const Numbers &)>;

/// What a filter does, found by trying: each axis is one of these.
enum class AxisRole {
  Batch,    // positions do not see each other
  Circular, // a rotation of the input rotates the output
  Other     // they see each other in some other way
};

/// The role of every axis of a map between tensors of one rank; nullopt where it cannot be evaluated or is zero.
/// Extents differ at most along axes of role Other.
std::optional<llvm::SmallVector<AxisRole>> findRoles(const Map &map, llvm::ArrayRef<int64_t> from,
                                                     llvm::ArrayRef<int64_t> to);

/// The response to ones at index 0 of `axes` (and at `index` of `channel`, where that is not -1), everywhere along the
/// other axes.
std::optional<Numbers> impulseResponse(const Map &map, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> axes,
                                       int64_t channel = -1, int64_t index = 0, bool atEnd = false);

/// The tensor without the axes, not among `kept`, along which it is constant: they have extent 1 then.
Numbers withoutConstantAxes(Numbers numbers, llvm::ArrayRef<int64_t> kept);

/// Element i of every axis of `axes` moves to -i, modulo the extent.
Numbers reflect(const Numbers &numbers, llvm::ArrayRef<int64_t> axes);

/// `numbers` on a circle of `extent` elements along `axis`: element i moves to i - origin, modulo the extent; where
/// none moves to there are zeros.
Numbers place(const Numbers &numbers, int64_t axis, int64_t extent, int64_t origin);

/// The first `count` elements along `axis`.
Numbers firstElements(const Numbers &numbers, int64_t axis, int64_t count);

/// The circular correlation or convolution over `axes`, with a kernel that broadcasts to `x` along the others.
Numbers convolve(const Numbers &x, const Numbers &kernel, llvm::ArrayRef<int64_t> axes, bool isCorrelation);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_LINEARMAP_H
