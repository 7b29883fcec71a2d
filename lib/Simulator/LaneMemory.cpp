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
  axis.least.fill(INT64_MAX), axis.most.fill(INT64_MIN);
  int64_t *address = axis.address.data();
  for (int64_t line = 0; line < path.lines; ++line)
    for (int64_t t = 0; t < path.count; ++t)
      for (int64_t lane = 0; lane < lanes; ++lane, ++address) {
        int64_t at = axis.lane[lane] + line * path.lineStep + t * path.step;
        if (path.around)
          at -= turns(at, path.around) * path.around;
        if (at < 0 || at >= path.limit) {
          *address = outside;
          axis.hasOutside = true;
          continue;
        }
        *address = at * path.pitch;
        axis.least[lane] = std::min(axis.least[lane], *address);
        axis.most[lane] = std::max(axis.most[lane], *address);
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
  row.isShared = row.isEven = true, row.hasOutside = false;
  row.least.fill(0), row.most.fill(0);
  row.address.assign(1, 0);
  place({rows, cols, rows > 1 ? down.step : 0, cols > 1 ? along.step : 0, down.limit, along.limit, along.pitch}, low,
        high, block.lanes(), col);
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

//===- Moving -------------------------------------------------------------===//

namespace {
constexpr int64_t half = Pack::width / 2;
template <typename T, int64_t count>
using Some __attribute__((vector_size(count * sizeof(T)))) = T;
template <typename T>
using Eight = Some<T, 8>;
template <typename T>
using Four = Some<T, 4>;
/// Memory of others: not aligned to its numbers.
template <typename T>
using Loose __attribute__((aligned(1), may_alias)) = T;

/// How the elements of the lanes of a pack lie: one behind the other, so in each half, from behind, or otherwise.
enum class Lie { Rising, Halves, Falling, Apart };
Lie lieOf(const int64_t *base) {
  auto isRun = [&](int64_t from, int64_t to, int64_t step) {
    bool is = true;
    for (int64_t lane = from + 1; lane < to; ++lane)
      is &= base[lane] == base[from] + (lane - from) * step;
    return is;
  };
  if (isRun(0, half, 1) && isRun(half, Pack::width, 1))
    return base[half] == base[0] + half ? Lie::Rising : Lie::Halves;
  return isRun(0, Pack::width, -1) ? Lie::Falling : Lie::Apart;
}

template <typename V, typename T>
V loadAll(const Loose<T> *from) {
  V value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}
template <typename T>
Eight<T> join(Four<T> a, Four<T> b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
}
template <typename T>
Four<T> firstHalf(Eight<T> a) {
  return __builtin_shufflevector(a, a, 0, 1, 2, 3);
}
template <typename T>
Four<T> secondHalf(Eight<T> a) {
  return __builtin_shufflevector(a, a, 4, 5, 6, 7);
}
template <typename T>
Eight<T> reverse(Eight<T> a) {
  return __builtin_shufflevector(a, a, 7, 6, 5, 4, 3, 2, 1, 0);
}

/// An element of all lanes, which is `at` behind their bases.
template <Lie lie, typename T>
Pack load(const Loose<T> *memory, const int64_t *base, int64_t at) {
  const Loose<T> *from = memory + at;
  Eight<T> value;
  if constexpr (lie == Lie::Rising)
    value = loadAll<Eight<T>, T>(from + base[0]);
  else if constexpr (lie == Lie::Halves)
    value = join<T>(loadAll<Four<T>, T>(from + base[0]), loadAll<Four<T>, T>(from + base[half]));
  else if constexpr (lie == Lie::Falling)
    value = reverse<T>(loadAll<Eight<T>, T>(from + base[7]));
  else
    value = Eight<T>{from[base[0]], from[base[1]], from[base[2]], from[base[3]],
                     from[base[4]], from[base[5]], from[base[6]], from[base[7]]};
  return __builtin_convertvector(value, Pack::Vector);
}

template <Lie lie, typename T>
void store(Loose<T> *memory, const int64_t *base, int64_t at, Pack pack) {
  Loose<T> *to = memory + at;
  auto value = __builtin_convertvector(pack.v, Eight<T>);
  if constexpr (lie == Lie::Rising) {
    std::memcpy(to + base[0], &value, sizeof(value));
  } else if constexpr (lie == Lie::Halves) {
    Four<T> a = firstHalf<T>(value), b = secondHalf<T>(value);
    std::memcpy(to + base[0], &a, sizeof(a)), std::memcpy(to + base[half], &b, sizeof(b));
  } else if constexpr (lie == Lie::Falling) {
    value = reverse<T>(value);
    std::memcpy(to + base[7], &value, sizeof(value));
  } else {
    for (int64_t lane = 0; lane < Pack::width; ++lane)
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

/// Four neighbouring elements of all lanes.
template <typename T>
void loadSquare(const Loose<T> *memory, const int64_t *base, int64_t at, Pack *to) {
  Four<T> rows[2][4];
  for (int64_t lane = 0; lane < Pack::width; ++lane)
    rows[lane / half][lane % half] = loadAll<Four<T>, T>(memory + base[lane] + at);
  transpose<T>(rows[0]), transpose<T>(rows[1]);
  for (int64_t i = 0; i < 4; ++i)
    to[i] = __builtin_convertvector(join<T>(rows[0][i], rows[1][i]), Pack::Vector);
}
template <typename T>
void storeSquare(Loose<T> *memory, const int64_t *base, int64_t at, const Pack *from) {
  Four<T> rows[2][4];
  for (int64_t i = 0; i < 4; ++i) {
    auto value = __builtin_convertvector(from[i].v, Eight<T>);
    rows[0][i] = firstHalf<T>(value), rows[1][i] = secondHalf<T>(value);
  }
  transpose<T>(rows[0]), transpose<T>(rows[1]);
  for (int64_t lane = 0; lane < Pack::width; ++lane)
    std::memcpy(memory + base[lane] + at, &rows[lane / half][lane % half], sizeof(rows[0][0]));
}

/// Calls f with how the lanes lie, as a constant.
template <typename F>
void specialise(const int64_t *base, F f) {
  switch (lieOf(base)) {
  case Lie::Rising:
    return f(std::integral_constant<Lie, Lie::Rising>());
  case Lie::Halves:
    return f(std::integral_constant<Lie, Lie::Halves>());
  case Lie::Falling:
    return f(std::integral_constant<Lie, Lie::Falling>());
  case Lie::Apart:
    return f(std::integral_constant<Lie, Lie::Apart>());
  }
}
} // namespace

template <typename T>
void LaneMemory::readPlane(const uint8_t *region, const LaneBlock &block, const Shape &shape, Pack *to) const {
  auto *memory = reinterpret_cast<const Loose<T> *>(region);
  if (!isShared())
    return forEachElement(block, shape, [&](int64_t index, const int64_t *at, bool isOutside) {
      if (!isOutside)
        to[index] = load<Lie::Apart, T>(memory, at, 0);
      else
        for (int64_t lane = 0; lane < Pack::width; ++lane)
          to[index].v[lane] = at[lane] == outside ? 0 : static_cast<double>(memory[at[lane]]);
    });
  int64_t pitch = cols > 1 ? col.address[1] - col.address[0] : 0;
  for (int64_t pack = 0; pack < block.packs; ++pack, to += shape.size)
    specialise(base.data() + pack * Pack::width, [&](auto lie) {
      const int64_t *first = base.data() + pack * Pack::width;
      for (int64_t r = 0; r < rows; ++r) {
        Pack *line = to + r * shape.cols;
        int64_t start = joined ? 0 : row.address[r], c = 0;
        const int64_t *address = col.address.data() + (joined ? r * cols : 0);
        if (start == outside) {
          std::fill_n(line, cols, Pack(0));
        } else if (col.isEven) {
          start += col.address[0];
          if (lie == Lie::Apart && pitch == 1)
            for (; c + 4 <= cols; c += 4)
              loadSquare<T>(memory, first, start + c, line + c);
          for (; c < cols; ++c)
            line[c] = load<lie, T>(memory, first, start + c * pitch);
        } else {
          for (; c < cols; ++c)
            line[c] = address[c] == outside ? Pack(0) : load<lie, T>(memory, first, start + address[c]);
        }
      }
    });
}

template <typename T>
void LaneMemory::writePlane(uint8_t *region, const LaneBlock &block, const Shape &shape, const Pack *from) const {
  auto *memory = reinterpret_cast<Loose<T> *>(region);
  if (!isShared())
    return forEachElement(block, shape, [&](int64_t index, const int64_t *at, bool isOutside) {
      if (!isOutside)
        return store<Lie::Apart, T>(memory, at, 0, from[index]);
      for (int64_t lane = 0; lane < Pack::width; ++lane)
        if (at[lane] != outside)
          memory[at[lane]] = static_cast<T>(from[index].v[lane]);
    });
  int64_t pitch = cols > 1 ? col.address[1] - col.address[0] : 0;
  for (int64_t pack = 0; pack < block.packs; ++pack, from += shape.size)
    specialise(base.data() + pack * Pack::width, [&](auto lie) {
      const int64_t *first = base.data() + pack * Pack::width;
      for (int64_t r = 0; r < rows; ++r) {
        const Pack *line = from + r * shape.cols;
        int64_t start = joined ? 0 : row.address[r], c = 0;
        const int64_t *address = col.address.data() + (joined ? r * cols : 0);
        if (start == outside)
          continue;
        if (col.isEven) {
          start += col.address[0];
          if (lie == Lie::Apart && pitch == 1)
            for (; c + 4 <= cols; c += 4)
              storeSquare<T>(memory, first, start + c, line + c);
          for (; c < cols; ++c)
            store<lie, T>(memory, first, start + c * pitch, line[c]);
        } else {
          for (; c < cols; ++c)
            if (address[c] != outside)
              store<lie, T>(memory, first, start + address[c], line[c]);
        }
      }
    });
}

/// Calls f(index, addresses, whether some may be outside) where lanes go different ways.
template <typename F>
void LaneMemory::forEachElement(const LaneBlock &block, const Shape &shape, F f) const {
  bool hasOutside = row.hasOutside || col.hasOutside;
  int64_t lanes = block.lanes();
  for (int64_t pack = 0; pack < block.packs; ++pack) {
    int64_t first = pack * Pack::width, at[Pack::width];
    auto along = [&](const Axis &axis, int64_t t, int64_t lane) {
      return axis.address[axis.isShared ? t : t * lanes + first + lane];
    };
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c) {
        for (int64_t lane = 0; lane < Pack::width; ++lane) {
          int64_t y = joined ? 0 : along(row, r, lane), x = along(col, joined ? r * cols + c : c, lane);
          at[lane] = hasOutside && (y == outside || x == outside) ? outside : base[first + lane] + y + x;
        }
        f(pack * shape.size + r * shape.cols + c, at, hasOutside);
      }
  }
}

//===- Accesses -----------------------------------------------------------===//

static Error outOfMemory() { return createStringError("elements beyond their region"); }

/// Calls f(block, first pack) for all of a block; pack by pack where its lanes go different ways, since those of a pack
/// may go one.
template <typename F>
Error LaneMemory::inParts(const focs::Access &access, const LaneBlock &block, F f) {
  place(access, block);
  if (isShared() || block.packs == 1)
    return f(block, 0);
  for (int64_t pack = 0; pack < block.packs; ++pack) {
    block.cut(pack, part);
    place(access, part);
    if (Error error = f(part, pack))
      return error;
  }
  return Error::success();
}

Error LaneMemory::read(const focs::Access &access, const LaneBlock &block, ArrayRef<Region> regions, LaneTile &tile) {
  Shape shape{tile.cols, tile.size()};
  return inParts(access, block, [&](const LaneBlock &part, int64_t first) -> Error {
    for (auto [plane, to] : {std::pair(&access.re, &tile.re), std::pair(&access.im, &tile.im)}) {
      Pack *packs = to->data() + first * shape.size;
      if (!*plane) {
        for (int64_t pack = 0; pack < part.packs; ++pack)
          for (int64_t r = 0; r < rows; ++r)
            std::fill_n(packs + pack * shape.size + r * shape.cols, cols, Pack(0));
        continue;
      }
      const uint8_t *region = locate(**plane, part, regions, focs::byteSize(access.type));
      if (!region)
        return outOfMemory();
      vectorised([&] {
        access.type == focs::ElementType::F32 ? readPlane<float>(region, part, shape, packs)
                                              : readPlane<double>(region, part, shape, packs);
      });
    }
    return Error::success();
  });
}

Error LaneMemory::write(const focs::Access &access, const LaneBlock &block, ArrayRef<Region> regions,
                        const LaneTile &tile) {
  Shape shape{tile.cols, tile.size()};
  return inParts(access, block, [&](const LaneBlock &part, int64_t first) -> Error {
    for (auto [plane, from] : {std::pair(&access.re, &tile.re), std::pair(&access.im, &tile.im)}) {
      if (!*plane)
        continue;
      uint8_t *region = locate(**plane, part, regions, focs::byteSize(access.type));
      if (!region)
        return outOfMemory();
      const Pack *packs = from->data() + first * shape.size;
      vectorised([&] {
        access.type == focs::ElementType::F32 ? writePlane<float>(region, part, shape, packs)
                                              : writePlane<double>(region, part, shape, packs);
      });
    }
    return Error::success();
  });
}
