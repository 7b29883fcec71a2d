// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LaneMemory.h"
#include "Vectors.h"
#include <algorithm>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

std::pair<int64_t, int64_t> LaneBlock::at(const focs::Linear &linear, Numbers &values) const {
  int64_t base = outer.at(linear), count = lanes();
  std::fill_n(values.begin(), count, base);
  bool moves = false;
  for (size_t level = 0; level < iterations.size(); ++level)
    if (int64_t step = linear.step[first + level]) {
      moves = true;
      for (int64_t lane = 0; lane < count; ++lane)
        values[lane] += step * iterations[level][lane];
    }
  if (!moves)
    return {base, base};
  auto [least, most] = std::minmax_element(values.begin(), values.begin() + count);
  return {*least, *most};
}

void LaneBlock::cut(int64_t pack, LaneBlock &to) const {
  to.outer = outer, to.first = first, to.packs = 1;
  to.iterations.resize(iterations.size());
  for (size_t level = 0; level < iterations.size(); ++level)
    std::copy_n(iterations[level].begin() + pack * Pack::width, Pack::width, to.iterations[level].begin());
}

/// a / limit, rounded down.
static int64_t turns(int64_t a, int64_t limit) {
  if (a >= 0 && a < limit)
    return 0;
  return a / limit - (a % limit < 0);
}

/// With starts from `low` to `high`: the addresses of the lowest one. False where an element is inside, or wrapped as
/// often, in some lanes only.
bool LaneMemory::placeShared(const Path &path, int64_t low, int64_t high, Axis &axis) {
  axis.address.resize_for_overwrite(path.lines * path.count);
  axis.isEven = axis.hasOutside = false;
  int64_t last = (path.count - 1) * path.step, least = INT64_MAX, most = INT64_MIN, *address = axis.address.data();
  if (path.lines == 1 && !path.around && low + std::min<int64_t>(0, last) >= 0 &&
      high + std::max<int64_t>(0, last) < path.limit) {
    for (int64_t t = 0; t < path.count; ++t)
      address[t] = (low + t * path.step) * path.pitch;
    axis.isEven = true;
    std::tie(least, most) = std::minmax({axis.address.front(), axis.address.back()});
  } else {
    for (int64_t line = 0; line < path.lines; ++line)
      for (int64_t t = 0; t < path.count; ++t, ++address) {
        int64_t a = low + line * path.lineStep + t * path.step, z = a + (high - low);
        if (path.around) {
          int64_t back = turns(a, path.around) * path.around;
          if (z - back >= path.around)
            return false;
          a -= back, z -= back;
        }
        bool isOutside = z < 0 || a >= path.limit;
        if (!isOutside && (a < 0 || z >= path.limit))
          return false;
        *address = isOutside ? outside : a * path.pitch;
        axis.hasOutside |= isOutside;
        if (!isOutside)
          least = std::min(least, *address), most = std::max(most, *address);
      }
  }
  axis.least.fill(least), axis.most.fill(most);
  return true;
}

void LaneMemory::placeEach(const Path &path, int64_t lanes, Axis &axis) {
  axis.address.resize_for_overwrite(path.lines * path.count * lanes);
  axis.isEven = axis.hasOutside = false;
  // Where coordinates wrap, numbers below the limit are added to such ones.
  auto reduce = [&](int64_t x) { return path.around ? x - turns(x, path.around) * path.around : x; };
  auto back = [&](int64_t x) { return path.around && x >= path.around ? x - path.around : x; };
  int64_t lineStep = reduce(path.lineStep), step = reduce(path.step);
  for (int64_t lane = 0; lane < lanes; ++lane) {
    int64_t least = INT64_MAX, most = INT64_MIN, *address = axis.address.data() + lane;
    int64_t start = reduce(axis.lane[lane]);
    for (int64_t line = 0; line < path.lines; ++line, start = back(start + lineStep))
      for (int64_t t = 0, at = start; t < path.count; ++t, at = back(at + step), address += lanes) {
        if (at < 0 || at >= path.limit) {
          *address = outside;
          axis.hasOutside = true;
          continue;
        }
        *address = at * path.pitch;
        least = std::min(least, *address), most = std::max(most, *address);
      }
    axis.least[lane] = least, axis.most[lane] = most;
  }
}

/// `axis.lane` has the starts, from `low` to `high`.
void LaneMemory::place(const Path &path, int64_t low, int64_t high, int64_t lanes, Axis &axis) {
  axis.isShared = placeShared(path, low, high, axis);
  if (!axis.isShared)
    return placeEach(path, lanes, axis);
  bool isEmpty = axis.most[0] < axis.least[0]; // and the lanes may be anywhere
  for (int64_t lane = 0; lane < lanes; ++lane)
    axis.lane[lane] = isEmpty ? 0 : (axis.lane[lane] - low) * path.pitch;
}

void LaneMemory::placeAll(const focs::Access &access, const LaneBlock &block) {
  const focs::AxisAccess &down = access.row, &along = access.col;
  rows = down.count, cols = along.count, joined = access.joined;
  auto [rowLow, rowHigh] = block.at(down.start, row.lane);
  auto [colLow, colHigh] = block.at(along.start, col.lane);
  auto pathOf = [](const focs::AxisAccess &axis) { // of a single element the step may be any number
    return Path{1, axis.count, 0, axis.count > 1 ? axis.step : 0, axis.wrap ? axis.limit : 0, axis.limit, axis.pitch};
  };
  if (!joined) {
    place(pathOf(down), rowLow, rowHigh, block.lanes(), row);
    place(pathOf(along), colLow, colHigh, block.lanes(), col);
    return;
  }
  // The sum of both.
  int64_t low = INT64_MAX, high = INT64_MIN;
  for (int64_t lane = 0; lane < block.lanes(); ++lane) {
    int64_t start = col.lane[lane] += row.lane[lane];
    low = std::min(low, start), high = std::max(high, start);
    row.lane[lane] = 0;
  }
  row.isShared = row.isEven = true, row.hasOutside = false;
  row.least.fill(0), row.most.fill(0);
  row.address.assign(1, 0);
  place({rows, cols, rows > 1 ? down.step : 0, cols > 1 ? along.step : 0, down.limit, along.limit, along.pitch}, low,
        high, block.lanes(), col);
}

void LaneMemory::place(const focs::Access &access, const LaneBlock &block) {
  vectorised([&] { placeAll(access, block); });
}

uint8_t *LaneMemory::locate(const focs::Plane &plane, const LaneBlock &block, ArrayRef<Region> regions, int64_t size) {
  if (plane.region >= regions.size())
    return nullptr;
  const Region &region = regions[plane.region];
  int64_t elements = static_cast<int64_t>(region.bytes) / size;
  block.at(plane.offset, base);
  bool isInside = true;
  for (int64_t lane = 0; lane < block.lanes(); ++lane) {
    base[lane] += (row.isShared ? row.lane[lane] : 0) + (col.isShared ? col.lane[lane] : 0);
    bool isEmpty = row.most[lane] < row.least[lane] || col.most[lane] < col.least[lane];
    isInside &= isEmpty || (base[lane] + row.least[lane] + col.least[lane] >= 0 &&
                            base[lane] + row.most[lane] + col.most[lane] < elements);
  }
  return isInside ? region.data : nullptr;
}
