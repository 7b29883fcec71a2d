// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Axes.h"
#include "llvm/ADT/STLExtras.h"

using llvm::ArrayRef;

namespace fourmix::onnx_to_mix {

Dim DimTable::create(int64_t extent) {
  dims.push_back({extent, std::nullopt});
  return dims.size() - 1;
}

Axes DimTable::createAxes(ArrayRef<int64_t> shape) {
  Axes axes;
  for (int64_t extent : shape)
    axes.push_back(extent == 1 ? DimList() : DimList{create(extent)});
  return axes;
}

int64_t DimTable::product(ArrayRef<Dim> list) const {
  int64_t product = 1;
  for (Dim dim : list)
    product *= extent(dim);
  return product;
}

DimList DimTable::resolve(ArrayRef<Dim> list) const {
  DimList resolved;
  for (Dim dim : list) {
    if (!dims[dim].parts) {
      resolved.push_back(dim);
      continue;
    }
    auto [outer, inner] = *dims[dim].parts;
    resolved.append(resolve({outer, inner}));
  }
  return resolved;
}

Axes DimTable::resolve(const Axes &axes) const {
  Axes resolved;
  for (const DimList &axis : axes)
    resolved.push_back(resolve(axis));
  return resolved;
}

std::optional<Axes> DimTable::regroup(ArrayRef<Dim> list, ArrayRef<int64_t> shape) {
  DimList pending = resolve(list);
  std::reverse(pending.begin(), pending.end()); // the next one stands last
  Axes axes(shape.size());
  for (auto [axis, extent] : llvm::zip(axes, shape)) {
    int64_t missing = extent;
    while (missing > 1 && !pending.empty()) {
      Dim dim = pending.pop_back_val();
      int64_t size = this->extent(dim);
      if (missing % size == 0) {
        axis.push_back(dim);
        missing /= size;
      } else if (size % missing == 0) {
        Dim outer = create(missing), inner = create(size / missing);
        dims[dim].parts = {outer, inner};
        axis.push_back(outer);
        // Other places of the same dimension are split by `resolve`.
        pending.push_back(inner);
        missing = 1;
      } else {
        return std::nullopt;
      }
    }
    if (missing != 1)
      return std::nullopt;
  }
  return pending.empty() ? std::optional<Axes>(resolve(axes)) : std::nullopt;
}

DimList flatten(ArrayRef<DimList> axes) {
  DimList all;
  for (const DimList &axis : axes)
    all.append(axis);
  return all;
}

llvm::SmallVector<int64_t> extentsOf(const DimTable &dims, ArrayRef<DimList> axes) {
  llvm::SmallVector<int64_t> shape;
  for (const DimList &axis : axes)
    shape.push_back(dims.product(axis));
  return shape;
}

void substitute(Axes &axes, Dim from, ArrayRef<Dim> to) {
  for (DimList &axis : axes) {
    DimList replaced;
    for (Dim dim : axis)
      if (dim == from)
        replaced.append(to.begin(), to.end());
      else
        replaced.push_back(dim);
    axis = std::move(replaced);
  }
}

DimList without(ArrayRef<Dim> list, ArrayRef<Dim> other) {
  DimList kept;
  llvm::copy_if(list, std::back_inserter(kept), [&](Dim dim) { return !llvm::is_contained(other, dim); });
  return kept;
}

} // namespace fourmix::onnx_to_mix
