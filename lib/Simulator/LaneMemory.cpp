// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LaneMemory.h"
#include "Vectors.h"
#include <algorithm>
#include <cstring>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

bool LaneMemory::place(const focs::AxisAccess &access, const Position &position, Axis &axis) {
  constexpr int64_t last = Pack::width - 1;
  int64_t start = position.at(access.start), perLane = access.start.step[position.depth - 1];
  axis.address.resize_for_overwrite(access.count);
  if (access.wrap && std::abs(perLane) >= access.limit)
    return false;
  axis.delta = 0, axis.least = INT64_MAX, axis.most = INT64_MIN;
  for (int64_t t = 0; t < access.count; ++t) {
    int64_t c = start + t * access.step;
    if (access.wrap) {
      c %= access.limit;
      c += c < 0 ? access.limit : 0;
    }
    int64_t end = c + last * perLane; // lanes lie between
    bool isInside = c >= 0 && c < access.limit, isEndInside = end >= 0 && end < access.limit;
    if (isInside != isEndInside || (!isInside && (c < 0) != (end < 0)))
      return false;
    if (!isInside) {
      axis.address[t] = Axis::outside;
      continue;
    }
    axis.delta = perLane * access.pitch;
    int64_t address = axis.address[t] = c * access.pitch, other = end * access.pitch;
    axis.least = std::min({axis.least, address, other}), axis.most = std::max({axis.most, address, other});
  }
  return true;
}

std::pair<uint8_t *, int64_t> LaneMemory::locate(const focs::Plane &plane, const Position &position,
                                                 ArrayRef<Region> regions, int64_t size) const {
  if (plane.region >= regions.size())
    return {nullptr, 0};
  int64_t offset = position.at(plane.offset), perLane = plane.offset.step[position.depth - 1];
  int64_t end = offset + (Pack::width - 1) * perLane;
  bool isEmpty = row.most < row.least || col.most < col.least;
  if (!isEmpty && (std::min(offset, end) + row.least + col.least < 0 ||
                   std::max(offset, end) + row.most + col.most >= int64_t(regions[plane.region].bytes) / size))
    return {nullptr, 0};
  return {regions[plane.region].data + offset * size, perLane + row.delta + col.delta};
}

namespace {
template <typename T>
using Four __attribute__((vector_size(4 * sizeof(T)))) = T;

template <typename T>
Pack load(const uint8_t *from, int64_t delta) {
  Four<T> value;
  if (delta == 1)
    std::memcpy(&value, from, sizeof(value));
  else
    for (int64_t lane = 0; lane < Pack::width; ++lane) {
      T one;
      std::memcpy(&one, from + lane * delta * static_cast<int64_t>(sizeof(T)), sizeof(T));
      value[lane] = one;
    }
  return __builtin_convertvector(value, Pack::Vector);
}

template <typename T>
void store(uint8_t *to, int64_t delta, Pack pack) {
  auto value = __builtin_convertvector(pack.v, Four<T>);
  if (delta == 1)
    return void(std::memcpy(to, &value, sizeof(value)));
  for (int64_t lane = 0; lane < Pack::width; ++lane) {
    T one = value[lane];
    std::memcpy(to + lane * delta * static_cast<int64_t>(sizeof(T)), &one, sizeof(T));
  }
}

/// From one column to the next, where all are inside.
std::optional<int64_t> evenPitch(const focs::AxisAccess &access, ArrayRef<int64_t> address) {
  if (access.wrap || address.empty() || is_contained(address, INT64_MIN))
    return std::nullopt;
  return address.size() > 1 ? address[1] - address[0] : 0;
}

/// Calls f(type, delta) with constants where that is worth another loop.
template <typename F>
void specialise(focs::ElementType type, int64_t delta, F f) {
  vectorised([&] {
    if (type == focs::ElementType::F32)
      delta == 1 ? f(float(), std::integral_constant<int64_t, 1>()) : f(float(), delta);
    else
      delta == 1 ? f(double(), std::integral_constant<int64_t, 1>()) : f(double(), delta);
  });
}
} // namespace

Error LaneMemory::read(const focs::Access &access, const Position &position, int64_t count, ArrayRef<Region> regions,
                       LaneTile &tile) {
  int64_t rows = access.row.count, cols = access.col.count;
  bool isUniform =
      count == Pack::width && !access.joined && place(access.row, position, row) && place(access.col, position, col);
  std::optional<int64_t> pitch = isUniform ? evenPitch(access.col, col.address) : std::nullopt;
  for (auto [plane, to] : {std::pair(&access.re, tile.re.data()), std::pair(&access.im, tile.im.data())}) {
    uint8_t *from = nullptr;
    int64_t delta = 0;
    if (isUniform && *plane)
      std::tie(from, delta) = locate(**plane, position, regions, focs::byteSize(access.type));
    if (*plane && !from)
      isUniform = false;
    if (!isUniform)
      break;
    for (int64_t r = 0; r < rows; ++r)
      if (!*plane || row.address[r] == Axis::outside)
        std::fill_n(to + r * tile.cols, cols, Pack(0));
    if (!*plane)
      continue;
    specialise(access.type, delta, [&](auto type, auto step) {
      using T = decltype(type);
      for (int64_t r = 0; r < rows; ++r) {
        if (row.address[r] == Axis::outside)
          continue;
        const uint8_t *line = from + row.address[r] * static_cast<int64_t>(sizeof(T));
        if (pitch) { // all inside
          line += col.address[0] * static_cast<int64_t>(sizeof(T));
          for (int64_t c = 0; c < cols; ++c, line += *pitch * static_cast<int64_t>(sizeof(T)))
            to[r * tile.cols + c] = load<T>(line, step);
          continue;
        }
        for (int64_t c = 0; c < cols; ++c)
          to[r * tile.cols + c] = col.address[c] == Axis::outside
                                      ? Pack(0)
                                      : load<T>(line + col.address[c] * static_cast<int64_t>(sizeof(T)), step);
      }
    });
  }
  if (isUniform)
    return Error::success();
  re.resize(rows * cols), im.resize(rows * cols);
  Position each = position;
  for (int64_t lane = 0; lane < count; ++lane, ++each.iteration[each.depth - 1]) {
    if (Error error = Walk(access, each).read(regions, re.data(), im.data(), cols))
      return error;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c) {
        tile.re[r * tile.cols + c].v[lane] = re[r * cols + c];
        tile.im[r * tile.cols + c].v[lane] = im[r * cols + c];
      }
  }
  return Error::success();
}

Error LaneMemory::write(const focs::Access &access, const Position &position, int64_t count, ArrayRef<Region> regions,
                        const LaneTile &tile) {
  int64_t rows = access.row.count, cols = access.col.count;
  bool isUniform =
      count == Pack::width && !access.joined && place(access.row, position, row) && place(access.col, position, col);
  for (const std::optional<focs::Plane> *plane : {&access.re, &access.im})
    isUniform = isUniform && (!*plane || locate(**plane, position, regions, focs::byteSize(access.type)).first);
  if (isUniform) {
    std::optional<int64_t> pitch = evenPitch(access.col, col.address);
    for (auto [plane, from] : {std::pair(&access.re, tile.re.data()), std::pair(&access.im, tile.im.data())}) {
      if (!*plane)
        continue;
      auto [to, delta] = locate(**plane, position, regions, focs::byteSize(access.type));
      specialise(access.type, delta, [&, to = to, from = from](auto type, auto step) {
        using T = decltype(type);
        for (int64_t r = 0; r < rows; ++r) {
          if (row.address[r] == Axis::outside)
            continue;
          uint8_t *line = to + row.address[r] * static_cast<int64_t>(sizeof(T));
          if (pitch) {
            line += col.address[0] * static_cast<int64_t>(sizeof(T));
            for (int64_t c = 0; c < cols; ++c, line += *pitch * static_cast<int64_t>(sizeof(T)))
              store<T>(line, step, from[r * tile.cols + c]);
            continue;
          }
          for (int64_t c = 0; c < cols; ++c)
            if (col.address[c] != Axis::outside)
              store<T>(line + col.address[c] * static_cast<int64_t>(sizeof(T)), step, from[r * tile.cols + c]);
        }
      });
    }
    return Error::success();
  }
  re.resize(rows * cols), im.resize(rows * cols);
  Position each = position;
  for (int64_t lane = 0; lane < count; ++lane, ++each.iteration[each.depth - 1]) {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c) {
        re[r * cols + c] = tile.re[r * tile.cols + c].v[lane];
        im[r * cols + c] = tile.im[r * tile.cols + c].v[lane];
      }
    if (Error error = Walk(access, each).write(regions, re.data(), im.data(), cols))
      return error;
  }
  return Error::success();
}
