// Axes as products of atoms: what Reshape and Transpose do, without elements.
//
// An axis of a tensor is a list of atoms, outermost first; its extent is the product of theirs, and one of extent 1 has
// none. Splitting an axis splits an atom, merging axes joins lists, a transpose moves lists. Two axes are known to be
// the same when they have the same atoms.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_AXES_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_AXES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <vector>

namespace fourmix::onnx_to_mix {

using Atom = int;
using Axis = llvm::SmallVector<Atom, 2>;
using Layout = llvm::SmallVector<Axis, 4>;

/// The atoms of one analysis.
class Atoms {
public:
  Atom fresh(int64_t extent) {
    extents.push_back(extent);
    return static_cast<Atom>(extents.size()) - 1;
  }
  /// Axes of atoms that nothing else has.
  Layout freshLayout(llvm::ArrayRef<int64_t> shape);
  int64_t extent(Atom atom) const { return extents[atom]; }
  int64_t extent(llvm::ArrayRef<Atom> axis) const;
  llvm::SmallVector<int64_t> shape(const Layout &layout) const;

private:
  std::vector<int64_t> extents;
};

/// Replaces `from` by `to` wherever it stands.
void substitute(Layout &layout, Atom from, llvm::ArrayRef<Atom> to);

/// All atoms, in order.
Axis flatten(llvm::ArrayRef<Axis> layout);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_AXES_H
