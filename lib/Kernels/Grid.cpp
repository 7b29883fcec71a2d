// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/Grid.h"
#include "lib/Kernels/Evaluate.h"
#include <algorithm>

namespace fourmix::kernels {
namespace {

/// The lines of a tensor along one axis: line l starts at start(l) and goes on in steps of `inner`.
struct Lines {
  int64_t count, extent, inner;

  Lines(const Extents &shape, int64_t axis) : count(1), extent(shape[axis]), inner(1) {
    for (size_t i = 0; i < shape.size(); ++i) {
      count *= static_cast<int64_t>(i) == axis ? 1 : shape[i];
      inner *= static_cast<int64_t>(i) > axis ? shape[i] : 1;
    }
  }
  int64_t start(int64_t line) const { return line / inner * extent * inner + line % inner; }
};

} // namespace

ComplexGrid transformAxis(const ComplexGrid &grid, int64_t axis, int64_t length, bool inverse, int64_t kept) {
  DftPlan plan = planDft(length);
  ComplexGrid result{grid.shape, {}, {}};
  result.shape[axis] = kept;
  result.re.resize(countPositions(result.shape));
  result.im.resize(result.re.size());
  Lines from(grid.shape, axis), to(result.shape, axis);
  std::vector<double> re(length), im(length), outRe(length), outIm(length);
  for (int64_t line = 0; line < from.count; ++line) {
    for (int64_t i = 0; i < length; ++i) {
      bool inside = i < from.extent;
      int64_t at = from.start(line) + i * from.inner;
      re[i] = inside ? grid.re[at] : 0;
      im[i] = inside && !grid.im.empty() ? grid.im[at] : 0;
    }
    evaluateDft(plan, re.data(), im.data(), outRe.data(), outIm.data(), inverse);
    for (int64_t i = 0; i < kept; ++i) {
      int64_t at = to.start(line) + i * to.inner;
      result.re[at] = outRe[i];
      result.im[at] = outIm[i];
    }
  }
  return result;
}

ComplexGrid halfSpectrum(ComplexGrid grid, const Extents &axes, const Extents &lengths) {
  for (size_t i = axes.size(); i-- > 0;) {
    bool isLast = i + 1 == axes.size();
    grid = transformAxis(grid, axes[i], lengths[i], /*inverse=*/false, isLast ? lengths[i] / 2 + 1 : lengths[i]);
  }
  return grid;
}

ComplexGrid spreadModes(const ComplexGrid &modes, const Extents &axes, const Extents &lengths) {
  ComplexGrid all{modes.shape, {}, {}};
  for (size_t i = 0; i < axes.size(); ++i)
    all.shape[axes[i]] = i + 1 == axes.size() ? lengths[i] / 2 + 1 : lengths[i];
  all.re.assign(countPositions(all.shape), 0.0);
  all.im = all.re;
  for (size_t from = 0; from < modes.re.size(); ++from) {
    auto rest = static_cast<int64_t>(from), to = int64_t(0), stride = int64_t(1);
    for (size_t axis = modes.shape.size(); axis-- > 0;) {
      int64_t count = modes.shape[axis], at = rest % count;
      rest /= count;
      bool isTwoSided = static_cast<int64_t>(axis) != axes.back() &&
                        std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
      if (isTwoSided && at >= (count + 1) / 2)
        at += all.shape[axis] - count;
      to += at * stride;
      stride *= all.shape[axis];
    }
    all.re[to] = modes.re[from];
    all.im[to] = modes.im.empty() ? 0 : modes.im[from];
  }
  return all;
}

ComplexGrid fromHalfSpectrum(ComplexGrid grid, const Extents &axes, const Extents &lengths) {
  for (size_t i = 0; i + 1 < axes.size(); ++i)
    grid = transformAxis(grid, axes[i], lengths[i], /*inverse=*/true, lengths[i]);
  int64_t axis = axes.back(), length = lengths.back();
  RdftPlan plan = planRdft(length);
  ComplexGrid result{grid.shape, {}, {}};
  result.shape[axis] = length;
  result.re.resize(countPositions(result.shape));
  Lines from(grid.shape, axis), to(result.shape, axis);
  std::vector<double> re(length / 2 + 1), im(length / 2 + 1), out(length);
  for (int64_t line = 0; line < from.count; ++line) {
    for (int64_t i = 0; i <= length / 2; ++i) {
      bool inside = i < from.extent;
      int64_t at = from.start(line) + i * from.inner;
      re[i] = inside ? grid.re[at] : 0;
      im[i] = inside && !grid.im.empty() ? grid.im[at] : 0;
    }
    evaluateIrdft(plan, re.data(), im.data(), out.data());
    for (int64_t i = 0; i < length; ++i)
      result.re[to.start(line) + i * to.inner] = out[i];
  }
  return result;
}

} // namespace fourmix::kernels
