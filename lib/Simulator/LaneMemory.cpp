// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LaneMemory.h"
#include "Vectors.h"
#include <algorithm>
#include <cstring>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

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

/// Four neighbouring elements of all lanes; in the tile they are `step` apart.
template <typename T>
void loadSquare(const Loose<T> *memory, const int64_t *base, int64_t at, Pack *to, int64_t step) {
  Four<T> rows[2][4];
  for (int64_t lane = 0; lane < Pack::width; ++lane)
    rows[lane / half][lane % half] = loadAll<Four<T>, T>(memory + base[lane] + at);
  transpose<T>(rows[0]), transpose<T>(rows[1]);
  for (int64_t i = 0; i < 4; ++i)
    to[i * step] = __builtin_convertvector(join<T>(rows[0][i], rows[1][i]), Pack::Vector);
}
template <typename T>
void storeSquare(Loose<T> *memory, const int64_t *base, int64_t at, const Pack *from, int64_t step) {
  Four<T> rows[2][4];
  for (int64_t i = 0; i < 4; ++i) {
    auto value = __builtin_convertvector(from[i * step].v, Eight<T>);
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

template <typename Square, typename One, typename None>
void LaneMemory::forEachPlace(const LaneBlock &block, const Shape &shape, Square square, One one, None none) const {
  int64_t pitch = col.isEven && cols > 1 ? col.address[1] - col.address[0] : 0;
  for (int64_t pack = 0; pack < block.packs; ++pack)
    specialise(base.data() + pack * Pack::width, [&](auto lie) {
      const int64_t *first = base.data() + pack * Pack::width;
      int64_t tile = pack * shape.size, r = 0;
      if (lie == Lie::Apart && isUpright())
        for (; r + 4 <= rows; r += 4)
          for (int64_t c = 0; c < cols; ++c)
            square(first, row.address[r] + col.address[c], tile + r * shape.stride + c, shape.stride);
      for (; r < rows; ++r) {
        int64_t line = tile + r * shape.stride, start = joined ? 0 : row.address[r], c = 0;
        const int64_t *address = col.address.data() + (joined ? r * cols : 0);
        if (start == outside) {
          for (; c < cols; ++c)
            none(line + c);
        } else if (col.isEven) {
          start += col.address[0];
          if (lie == Lie::Apart && pitch == 1)
            for (; c + 4 <= cols; c += 4)
              square(first, start + c, line + c, 1);
          for (; c < cols; ++c)
            one(lie, first, start + c * pitch, line + c);
        } else {
          for (; c < cols; ++c)
            address[c] == outside ? none(line + c) : one(lie, first, start + address[c], line + c);
        }
      }
    });
}

template <typename T>
void LaneMemory::readPlane(const uint8_t *region, const LaneBlock &block, const Shape &shape, Pack *to) const {
  auto *memory = reinterpret_cast<const Loose<T> *>(region);
  if (isShared())
    return forEachPlace(
        block, shape,
        [&](const int64_t *first, int64_t at, int64_t index, int64_t step) {
          loadSquare<T>(memory, first, at, to + index, step);
        },
        [&](auto lie, const int64_t *first, int64_t at, int64_t index) { to[index] = load<lie, T>(memory, first, at); },
        [&](int64_t index) { to[index] = Pack(0); });
  forEachElement(block, shape, [&](int64_t index, const int64_t *at, bool isOutside) {
    if (!isOutside) {
      to[index] = load<Lie::Apart, T>(memory, at, 0);
      return;
    }
    Loose<T> zero = 0;
    Eight<T> value;
    for (int64_t lane = 0; lane < Pack::width; ++lane)
      value[lane] = *(at[lane] == outside ? &zero : memory + at[lane]);
    to[index] = __builtin_convertvector(value, Pack::Vector);
  });
}

template <typename T>
void LaneMemory::writePlane(uint8_t *region, const LaneBlock &block, const Shape &shape, const Pack *from) const {
  auto *memory = reinterpret_cast<Loose<T> *>(region);
  if (isShared())
    return forEachPlace(
        block, shape,
        [&](const int64_t *first, int64_t at, int64_t index, int64_t step) {
          storeSquare<T>(memory, first, at, from + index, step);
        },
        [&](auto lie, const int64_t *first, int64_t at, int64_t index) {
          store<lie, T>(memory, first, at, from[index]);
        },
        [](int64_t) {});
  forEachElement(block, shape, [&](int64_t index, const int64_t *at, bool isOutside) {
    if (!isOutside)
      return store<Lie::Apart, T>(memory, at, 0, from[index]);
    Loose<T> nowhere;
    auto value = __builtin_convertvector(from[index].v, Eight<T>);
    for (int64_t lane = 0; lane < Pack::width; ++lane)
      *(at[lane] == outside ? &nowhere : memory + at[lane]) = value[lane];
  });
}

/// Calls f(index, addresses, whether some may be outside) where lanes go different ways.
template <typename F>
void LaneMemory::forEachElement(const LaneBlock &block, const Shape &shape, F f) const {
  bool hasOutside = row.hasOutside || col.hasOutside;
  struct Along {
    const int64_t *first;
    int64_t perElement, perLane;
    Along(const Axis &axis, int64_t lanes, int64_t pack)
        : first(axis.address.data() + (axis.isShared ? 0 : pack * Pack::width)), perElement(axis.isShared ? 1 : lanes),
          perLane(axis.isShared ? 0 : 1) {}
    int64_t at(int64_t t, int64_t lane) const { return first[t * perElement + lane * perLane]; }
  };
  for (int64_t pack = 0; pack < block.packs; ++pack) {
    Along down(row, block.lanes(), pack), along(col, block.lanes(), pack);
    const int64_t *start = base.data() + pack * Pack::width;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c) {
        int64_t at[Pack::width];
        for (int64_t lane = 0; lane < Pack::width; ++lane) {
          int64_t y = down.at(joined ? 0 : r, lane), x = along.at(joined ? r * cols + c : c, lane);
          uint64_t sum = uint64_t(start[lane]) + uint64_t(y) + uint64_t(x);
          at[lane] = hasOutside && (y == outside || x == outside) ? outside : int64_t(sum);
        }
        f(pack * shape.size + r * shape.stride + c, at, hasOutside);
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
  Shape shape{tile.stride(), tile.size()};
  return inParts(access, block, [&](const LaneBlock &part, int64_t first) -> Error {
    for (auto [plane, to] : {std::pair(&access.re, &tile.re), std::pair(&access.im, &tile.im)}) {
      Pack *packs = to->data() + first * shape.size;
      if (!*plane) {
        for (int64_t pack = 0; pack < part.packs; ++pack)
          for (int64_t r = 0; r < rows; ++r)
            std::fill_n(packs + pack * shape.size + r * shape.stride, cols, Pack(0));
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
  Shape shape{tile.stride(), tile.size()};
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
