// Tensors whose axes are products of named dimensions: what Reshape and Transpose do, without elements.
//
// Every tensor that takes part in a mixing is indexed by a few dimensions: batch, heads, queries, keys, sizes. A
// reshape joins dimensions in one axis or splits an axis, a transpose permutes them, an expand adds one that the
// operand does not have. Two axes are known to be the same when they have the same dimensions. An analysis that keeps
// all its tensors at hand substitutes the parts of a dimension that is split; one that does not resolves them when it
// looks again.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_AXES_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_AXES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace fourmix::onnx_to_mix {

using Dim = unsigned;
using DimList = llvm::SmallVector<Dim, 4>;
/// Per axis of a tensor its dimensions, outermost first; none for an axis of extent 1, or where a tensor that is
/// broadcast has no such dimension.
using Axes = llvm::SmallVector<DimList, 5>;

/// The dimensions of one analysis.
class DimTable {
public:
  Dim create(int64_t extent);
  /// A new dimension for each axis of extent above 1.
  Axes createAxes(llvm::ArrayRef<int64_t> shape);

  int64_t extent(Dim dim) const { return dims[dim].extent; }
  int64_t product(llvm::ArrayRef<Dim> list) const;

  /// The same with parts in the place of dimensions that have been split.
  DimList resolve(llvm::ArrayRef<Dim> list) const;
  Axes resolve(const Axes &axes) const;

  /// The dimensions in row-major order, divided over axes of these extents; splits what must be split. nullopt where
  /// extents do not divide one another.
  std::optional<Axes> regroup(llvm::ArrayRef<Dim> list, llvm::ArrayRef<int64_t> shape);

private:
  struct Entry {
    int64_t extent;
    std::optional<std::pair<Dim, Dim>> parts; // outer, inner
  };
  std::vector<Entry> dims;
};

/// All dimensions in row-major order.
DimList flatten(llvm::ArrayRef<DimList> axes);

/// The extents of axes.
llvm::SmallVector<int64_t> extentsOf(const DimTable &dims, llvm::ArrayRef<DimList> axes);

/// Replaces `from` by `to` wherever it stands.
void substitute(Axes &axes, Dim from, llvm::ArrayRef<Dim> to);

/// The dimensions of `list` that `other` does not have.
DimList without(llvm::ArrayRef<Dim> list, llvm::ArrayRef<Dim> other);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_AXES_H
