// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Axes.h"

namespace fourmix::onnx_to_mix {

Layout Atoms::freshLayout(llvm::ArrayRef<int64_t> shape) {
  Layout layout(shape.size());
  for (auto [axis, extent] : llvm::zip(layout, shape))
    if (extent != 1)
      axis.push_back(fresh(extent));
  return layout;
}

int64_t Atoms::extent(llvm::ArrayRef<Atom> axis) const {
  int64_t product = 1;
  for (Atom atom : axis)
    product *= extents[atom];
  return product;
}

llvm::SmallVector<int64_t> Atoms::shape(const Layout &layout) const {
  llvm::SmallVector<int64_t> shape;
  for (const Axis &axis : layout)
    shape.push_back(extent(axis));
  return shape;
}

void substitute(Layout &layout, Atom from, llvm::ArrayRef<Atom> to) {
  for (Axis &axis : layout) {
    Axis replaced;
    for (Atom atom : axis)
      if (atom == from)
        replaced.append(to.begin(), to.end());
      else
        replaced.push_back(atom);
    axis = std::move(replaced);
  }
}

Axis flatten(llvm::ArrayRef<Axis> layout) {
  Axis all;
  for (const Axis &axis : layout)
    all.append(axis.begin(), axis.end());
  return all;
}

} // namespace fourmix::onnx_to_mix
