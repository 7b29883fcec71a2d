// What a plan of frames takes, pass by pass.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/Cost.h"
#include "lib/Kernels/FramePlan.h"
#include <algorithm>

namespace fourmix::kernels {
namespace {

/// Complex multiplications of the electronics on one tile: eight real operations of a transform are one, and a sum of
/// two multiples is two.
double multiplications(const FramePass &pass, const FrameArrays &arrays, bool isComplex) {
  double points = static_cast<double>(pass.axes[0].count * pass.axes[1].count);
  if (pass.separates == FramePacking::Pairs)
    return 2 * points * static_cast<double>(arrays.outputs);
  if (pass.separates == FramePacking::Halves)
    return 9 * points; // four sums, and the factors
  double count = 0;
  if (pass.separates == FramePacking::Mirror && arrays.outputs == 2)
    count = points; // the imaginary part of the mirror image
  if (pass.optical)
    count += points * static_cast<double>(isComplex ? arrays.framesOfComplex : arrays.framesOfReal);
  else if (pass.scale != 1 && !pass.axes[0].after && !pass.axes[1].after)
    count += points;
  for (const FrameAxis &axis : pass.axes) {
    count += points * (axis.before.has_value() + axis.after.has_value());
    if (axis.electronic > 1)
      count += points / static_cast<double>(axis.count) *
               static_cast<double>(countDft(planDft(axis.electronic)).flops()) / 8;
  }
  return count;
}

} // namespace

void foretell(FramePlan &plan, const FrameDevice &device, const FrameArrays &arrays) {
  size_t last = plan.passes.size() - 1;
  bool isOfTwo = arrays.packing == FramePacking::Pairs || arrays.packing == FramePacking::Spectra;
  auto count = static_cast<double>(arrays.count), inScratch = plan.isLarge() ? 1 : count;
  auto pointsOf = [](const std::array<int64_t, 2> &extents) { return static_cast<double>(extents[0] * extents[1]); };
  // Passes leave their arrays in two buffers by turns, one behind the other; what has no room lies behind the links.
  std::array<double, 2> sizes{};
  for (size_t i = 0; i < last; ++i)
    sizes[i % 2] = std::max(sizes[i % 2], pointsOf(plan.passes[i].extents()) * inScratch);
  auto shareOutside = [&](size_t i) {
    double size = pointsOf(plan.passes[i].extents()) * inScratch, start = i % 2 ? sizes[0] : 0;
    return std::clamp((start + size - device.scratchPoints) / size, 0.0, 1.0);
  };
  for (size_t i = 0; i <= last; ++i) {
    const FramePass &pass = plan.passes[i];
    bool isComplex = i > 0 || arrays.isComplex || isComplexOfTwo(arrays.packing);
    auto tiles = static_cast<double>(pass.tiles());
    bool isTakenApart = isComplexOfTwo(pass.separates);
    double loaded = pointsOf(pass.extents(&FrameAxis::load)) * (isTakenApart ? 2 : 1);
    double stored = pointsOf(pass.extents()) * (pass.separates == FramePacking::Halves ? 2 : 1);
    double in = 0, out = 0, read = 0, written = 0; // over the links, from and to the own memory
    if (i == 0) {
      in = loaded * (isComplex ? 2 : 1) * device.linkIn;
    } else {
      in = 2 * loaded * shareOutside(i - 1) * device.linkIn;
      read = loaded * (1 - shareOutside(i - 1)) * device.pointSeconds;
    }
    if (i == last) {
      out = stored * static_cast<double>(arrays.outputs) * (isOfTwo ? 2 : 1) * device.linkOut;
    } else {
      out = 2 * stored * shareOutside(i) * device.linkOut;
      written = stored * (1 - shareOutside(i)) * device.pointSeconds;
    }
    double captures =
        pass.optical ? tiles * static_cast<double>(isComplex ? arrays.framesOfComplex : arrays.framesOfReal) : 0;
    double electronics = tiles * multiplications(pass, arrays, isComplex) * device.multiplySeconds;
    std::array<double, 4> seconds{captures * device.frameSeconds, electronics, read + written, std::max(in, out)};
    // The queues work at the same time: the slowest decides. Before it has something to do, and after it, a tile goes
    // through the others, once for all arrays where these stand inside of the pass.
    auto slowest = std::max_element(seconds.begin(), seconds.end());
    double all = std::max(in, read) + seconds[0] + electronics + std::max(out, written);
    double fill = std::max(0.0, all - *slowest) / tiles + (pass.optical ? device.latencySeconds : 0);
    double fills = (plan.isLarge() ? count : 1) * (pass.rest ? 2 : 1);
    double taken = count * *slowest + fills * fill;
    plan.decided[slowest - seconds.begin()] += taken;
    plan.seconds += taken;
  }
}

} // namespace fourmix::kernels
