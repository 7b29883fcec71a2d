// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LaneMemory.h"
#include "Vectors.h"
#include <algorithm>
#include <cstring>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

//===- Where --------------------------------------------------------------===//

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
  int64_t last = (path.count - 1) * path.step;
  if (path.lines == 1 && !path.around && low + std::min<int64_t>(0, last) >= 0 &&
      high + std::max<int64_t>(0, last) < path.limit) {
    for (int64_t t = 0; t < path.count; ++t)
      axis.address[t] = (low + t * path.step) * path.pitch;
    axis.isEven = true;
    std::tie(axis.least, axis.most) = std::minmax({axis.address.front(), axis.address.back()});
    return true;
  }
  int64_t *address = axis.address.data();
  for (int64_t line = 0; line < path.lines; ++line)
    for (int64_t t = 0; t < path.count; ++t, ++address) {
      int64_t a = low + line * path.lineStep + t * path.step, z = a + (high - low);
      if (path.around) {
        int64_t back = turns(a, path.around) * path.around;
        if (a - back + (high - low) >= path.around)
          return false;
        a -= back, z -= back;
      }
      bool isOutside = z < 0 || a >= path.limit;
      if (!isOutside && (a < 0 || z >= path.limit))
        return false;
      *address = isOutside ? outside : a * path.pitch;
      if (!isOutside)
        axis.least = std::min(axis.least, *address), axis.most = std::max(axis.most, *address);
    }
  return true;
}

void LaneMemory::placeEach(const Path &path, int64_t lanes, Axis &axis) {
  axis.address.resize_for_overwrite(path.lines * path.count * lanes);
  int64_t *address = axis.address.data();
  for (int64_t line = 0; line < path.lines; ++line)
    for (int64_t t = 0; t < path.count; ++t)
      for (int64_t lane = 0; lane < lanes; ++lane, ++address) {
        int64_t at = axis.lane[lane] + line * path.lineStep + t * path.step;
        if (path.around)
          at -= turns(at, path.around) * path.around;
        *address = at < 0 || at >= path.limit ? outside : at * path.pitch;
      }
}

/// `axis.lane` has the starts, from `low` to `high`.
void LaneMemory::place(const Path &path, int64_t low, int64_t high, int64_t lanes, Axis &axis) {
  axis.isEven = false, axis.least = INT64_MAX, axis.most = INT64_MIN;
  axis.isShared = placeShared(path, low, high, axis);
  if (!axis.isShared)
    return placeEach(path, lanes, axis);
  bool isEmpty = axis.most < axis.least; // and the lanes may be anywhere
  for (int64_t lane = 0; lane < lanes; ++lane)
    axis.lane[lane] = isEmpty ? 0 : (axis.lane[lane] - low) * path.pitch;
}

void LaneMemory::place(const focs::Access &access, const LaneBlock &block) {
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
  row.isShared = row.isEven = true, row.least = row.most = 0;
  row.address.assign(1, 0);
  place({rows, cols, rows > 1 ? down.step : 0, cols > 1 ? along.step : 0, down.limit, along.limit, along.pitch}, low,
        high, block.lanes(), col);
}

uint8_t *LaneMemory::locate(const focs::Plane &plane, const LaneBlock &block, ArrayRef<Region> regions, int64_t size) {
  if (plane.region >= regions.size())
    return nullptr;
  const Region &region = regions[plane.region];
  auto [least, most] = block.at(plane.offset, base);
  for (const Axis *axis : {&row, &col})
    if (axis->isShared) {
      least = INT64_MAX, most = INT64_MIN;
      for (int64_t lane = 0; lane < block.lanes(); ++lane) {
        base[lane] += axis->lane[lane];
        least = std::min(least, base[lane]), most = std::max(most, base[lane]);
      }
    }
  elements = static_cast<int64_t>(region.bytes) / size;
  bool isEmpty = row.most < row.least || col.most < col.least;
  if (row.isShared && col.isShared && !isEmpty &&
      (least + row.least + col.least < 0 || most + row.most + col.most >= elements))
    return nullptr;
  return region.data;
}

//===- Moving -------------------------------------------------------------===//

namespace {
template <typename T>
using Four __attribute__((vector_size(4 * sizeof(T)))) = T;
/// Memory of others: not aligned to its numbers.
template <typename T>
using Loose __attribute__((aligned(1), may_alias)) = T;

/// How the elements of four lanes lie.
enum class Lie { Apart, Rising, Falling, Same };
Lie lieOf(const int64_t *base) {
  for (auto [step, lie] : {std::pair(1, Lie::Rising), {-1, Lie::Falling}, {0, Lie::Same}})
    if (base[1] == base[0] + step && base[2] == base[0] + 2 * step && base[3] == base[0] + 3 * step)
      return lie;
  return Lie::Apart;
}

template <typename T>
Four<T> loadAll(const Loose<T> *from) {
  Four<T> value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

/// Four lanes of one element, which is `at` behind the lanes' bases.
template <Lie lie, typename T>
Pack load(const Loose<T> *memory, const int64_t *base, int64_t at) {
  const Loose<T> *from = memory + at;
  if constexpr (lie == Lie::Rising)
    return __builtin_convertvector(loadAll<T>(from + base[0]), Pack::Vector);
  else if constexpr (lie == Lie::Falling)
    return __builtin_convertvector(__builtin_shufflevector(loadAll<T>(from + base[3]), Four<T>(), 3, 2, 1, 0),
                                   Pack::Vector);
  else if constexpr (lie == Lie::Same)
    return Pack(from[base[0]]);
  else
    return __builtin_convertvector((Four<T>{from[base[0]], from[base[1]], from[base[2]], from[base[3]]}), Pack::Vector);
}

template <Lie lie, typename T>
void store(Loose<T> *memory, const int64_t *base, int64_t at, Pack pack) {
  Loose<T> *to = memory + at;
  auto value = __builtin_convertvector(pack.v, Four<T>);
  if constexpr (lie == Lie::Rising) {
    std::memcpy(to + base[0], &value, sizeof(value));
  } else if constexpr (lie == Lie::Falling) {
    value = __builtin_shufflevector(value, value, 3, 2, 1, 0);
    std::memcpy(to + base[3], &value, sizeof(value));
  } else {
    for (int lane = 0; lane < 4; ++lane)
      to[base[lane]] = value[lane];
  }
}

/// Rows of four become columns.
template <typename T>
void transpose(Four<T> (&rows)[4]) {
  auto ab02 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 2, 6);
  auto ab13 = __builtin_shufflevector(rows[0], rows[1], 1, 5, 3, 7);
  auto cd02 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 2, 6);
  auto cd13 = __builtin_shufflevector(rows[2], rows[3], 1, 5, 3, 7);
  rows[0] = __builtin_shufflevector(ab02, cd02, 0, 1, 4, 5), rows[1] = __builtin_shufflevector(ab13, cd13, 0, 1, 4, 5);
  rows[2] = __builtin_shufflevector(ab02, cd02, 2, 3, 6, 7), rows[3] = __builtin_shufflevector(ab13, cd13, 2, 3, 6, 7);
}

/// Four neighbouring elements of four lanes.
template <typename T>
void loadSquare(const Loose<T> *memory, const int64_t *base, int64_t at, Pack *to) {
  Four<T> rows[4];
  for (int lane = 0; lane < 4; ++lane)
    rows[lane] = loadAll<T>(memory + base[lane] + at);
  transpose<T>(rows);
  for (int i = 0; i < 4; ++i)
    to[i] = __builtin_convertvector(rows[i], Pack::Vector);
}
template <typename T>
void storeSquare(Loose<T> *memory, const int64_t *base, int64_t at, const Pack *from) {
  Four<T> rows[4];
  for (int i = 0; i < 4; ++i)
    rows[i] = __builtin_convertvector(from[i].v, Four<T>);
  transpose<T>(rows);
  for (int lane = 0; lane < 4; ++lane)
    std::memcpy(memory + base[lane] + at, &rows[lane], sizeof(rows[lane]));
}

/// Calls f with how the lanes lie, as a constant.
template <typename F>
void specialise(const int64_t *base, F f) {
  switch (lieOf(base)) {
  case Lie::Rising:
    return f(std::integral_constant<Lie, Lie::Rising>());
  case Lie::Falling:
    return f(std::integral_constant<Lie, Lie::Falling>());
  case Lie::Same:
    return f(std::integral_constant<Lie, Lie::Same>());
  case Lie::Apart:
    return f(std::integral_constant<Lie, Lie::Apart>());
  }
}
} // namespace

template <typename T>
void LaneMemory::readPlane(const uint8_t *region, const LaneBlock &block, LaneTile &tile, Pack *to) const {
  auto *memory = reinterpret_cast<const Loose<T> *>(region);
  int64_t pitch = cols > 1 ? col.address[1] - col.address[0] : 0;
  for (int64_t pack = 0; pack < block.packs; ++pack, to += tile.size())
    specialise(base.data() + pack * Pack::width, [&](auto lie) {
      const int64_t *first = base.data() + pack * Pack::width;
      for (int64_t r = 0; r < rows; ++r) {
        Pack *line = to + r * tile.cols;
        int64_t start = joined ? 0 : row.address[r];
        const int64_t *address = col.address.data() + (joined ? r * cols : 0);
        if (start == outside) {
          std::fill_n(line, cols, Pack(0));
        } else if (col.isEven) {
          int64_t c = 0;
          start += col.address[0];
          if (lie == Lie::Apart && pitch == 1)
            for (; c + 4 <= cols; c += 4)
              loadSquare<T>(memory, first, start + c, line + c);
          for (; c < cols; ++c)
            line[c] = load<lie, T>(memory, first, start + c * pitch);
        } else {
          for (int64_t c = 0; c < cols; ++c)
            line[c] = address[c] == outside ? Pack(0) : load<lie, T>(memory, first, start + address[c]);
        }
      }
    });
}

template <typename T>
void LaneMemory::writePlane(uint8_t *region, const LaneBlock &block, const LaneTile &tile, const Pack *from) const {
  auto *memory = reinterpret_cast<Loose<T> *>(region);
  int64_t pitch = cols > 1 ? col.address[1] - col.address[0] : 0;
  for (int64_t pack = 0; pack < block.packs; ++pack, from += tile.size())
    specialise(base.data() + pack * Pack::width, [&](auto lie) {
      const int64_t *first = base.data() + pack * Pack::width;
      for (int64_t r = 0; r < rows; ++r) {
        const Pack *line = from + r * tile.cols;
        int64_t start = joined ? 0 : row.address[r];
        const int64_t *address = col.address.data() + (joined ? r * cols : 0);
        if (start == outside)
          continue;
        if (col.isEven) {
          int64_t c = 0;
          start += col.address[0];
          if (lie == Lie::Apart && pitch == 1)
            for (; c + 4 <= cols; c += 4)
              storeSquare<T>(memory, first, start + c, line + c);
          for (; c < cols; ++c)
            store<lie, T>(memory, first, start + c * pitch, line[c]);
        } else {
          for (int64_t c = 0; c < cols; ++c)
            if (address[c] != outside)
              store<lie, T>(memory, first, start + address[c], line[c]);
        }
      }
    });
}

/// Calls f(index, lane, address) where lanes go different ways; the address may be `outside`. False where one lies out
/// of the region.
template <typename F>
bool LaneMemory::forEachLane(const LaneBlock &block, const LaneTile &tile, F f) const {
  int64_t lanes = block.lanes();
  auto along = [&](const Axis &axis, int64_t t, int64_t lane) {
    return axis.address[axis.isShared ? t : t * lanes + lane];
  };
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c)
      for (int64_t lane = 0; lane < lanes; ++lane) {
        int64_t y = joined ? 0 : along(row, r, lane), x = along(col, joined ? r * cols + c : c, lane);
        int64_t at = y == outside || x == outside ? outside : base[lane] + y + x;
        if (at != outside && (at < 0 || at >= elements))
          return false;
        f(lane / Pack::width * tile.size() + r * tile.cols + c, lane % Pack::width, at);
      }
  return true;
}

//===- Accesses -----------------------------------------------------------===//

static Error outOfMemory() { return createStringError("elements beyond their region"); }

Error LaneMemory::read(const focs::Access &access, const LaneBlock &block, ArrayRef<Region> regions, LaneTile &tile) {
  place(access, block);
  int64_t size = focs::byteSize(access.type);
  bool isFloat = access.type == focs::ElementType::F32;
  for (auto [plane, to] : {std::pair(&access.re, tile.re.data()), std::pair(&access.im, tile.im.data())}) {
    if (!*plane) {
      for (int64_t pack = 0; pack < block.packs; ++pack)
        for (int64_t r = 0; r < rows; ++r)
          std::fill_n(to + pack * tile.size() + r * tile.cols, cols, Pack(0));
      continue;
    }
    const uint8_t *region = locate(**plane, block, regions, size);
    if (!region)
      return outOfMemory();
    auto move = [&, to = to](auto type) {
      using T = decltype(type);
      if (row.isShared && col.isShared)
        return readPlane<T>(region, block, tile, to), true;
      return forEachLane(block, tile, [&](int64_t index, int64_t lane, int64_t at) {
        to[index].v[lane] = at == outside ? 0 : reinterpret_cast<const Loose<T> *>(region)[at];
      });
    };
    bool isInside = true;
    vectorised([&] { isInside = isFloat ? move(float()) : move(double()); });
    if (!isInside)
      return outOfMemory();
  }
  return Error::success();
}

Error LaneMemory::write(const focs::Access &access, const LaneBlock &block, ArrayRef<Region> regions,
                        const LaneTile &tile) {
  place(access, block);
  int64_t size = focs::byteSize(access.type);
  bool isFloat = access.type == focs::ElementType::F32;
  for (auto [plane, from] : {std::pair(&access.re, tile.re.data()), std::pair(&access.im, tile.im.data())}) {
    if (!*plane)
      continue;
    uint8_t *region = locate(**plane, block, regions, size);
    if (!region)
      return outOfMemory();
    auto move = [&, from = from](auto type) {
      using T = decltype(type);
      if (row.isShared && col.isShared)
        return writePlane<T>(region, block, tile, from), true;
      return forEachLane(block, tile, [&](int64_t index, int64_t lane, int64_t at) {
        if (at != outside)
          reinterpret_cast<Loose<T> *>(region)[at] = static_cast<T>(from[index].v[lane]);
      });
    };
    bool isInside = true;
    vectorised([&] { isInside = isFloat ? move(float()) : move(double()); });
    if (!isInside)
      return outOfMemory();
  }
  return Error::success();
}
