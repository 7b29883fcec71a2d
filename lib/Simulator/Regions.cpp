// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Regions.h"
#include <algorithm>
#include <cstring>
#include <type_traits>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

Walk::Axis Walk::walk(const focs::AxisAccess &access, const Position &position) {
  Axis axis;
  axis.count = access.count;
  int64_t start = position.at(access.start);
  int64_t step = axis.count > 1 ? access.step : 0; // of a single element it may be any number
  int64_t last = start + (axis.count - 1) * step;
  if (!access.wrap && axis.count > 0 && std::min(start, last) >= 0 && std::max(start, last) < access.limit) {
    axis.isEven = true;
    axis.first = start * access.pitch, axis.pitch = step * access.pitch;
    axis.inside = axis.count;
    axis.least = std::min(axis.first, last * access.pitch), axis.most = std::max(axis.first, last * access.pitch);
    return axis;
  }
  axis.address.resize_for_overwrite(access.count);
  if (access.wrap) { // once around at most from element to element
    start %= access.limit, step %= access.limit;
    start += start < 0 ? access.limit : 0, step += step < 0 ? access.limit : 0;
  }
  for (int64_t t = 0, c = start; t < axis.count; ++t, c += step) {
    if (access.wrap && c >= access.limit)
      c -= access.limit;
    if (c < 0 || c >= access.limit)
      axis.address[t] = outside;
    else
      axis.put(t, c * access.pitch);
  }
  return axis;
}

/// All elements in one line, row by row.
Walk::Axis Walk::walkJoined(const focs::Access &access, const Position &position) {
  const focs::AxisAccess &row = access.row, &col = access.col;
  Axis axis;
  axis.count = int64_t(row.count) * col.count;
  axis.address.resize_for_overwrite(axis.count);
  auto around = [&](int64_t c) { return c % row.limit + (c % row.limit < 0 ? row.limit : 0); };
  int64_t line = around(around(position.at(row.start)) + around(position.at(col.start)));
  int64_t perRow = around(row.step), perCol = around(col.step), i = 0;
  for (uint32_t r = 0; r < row.count; ++r, line = around(line + perRow))
    for (int64_t t = 0, c = line; t < col.count; ++t, ++i, c = around(c + perCol)) {
      if (c >= col.limit)
        axis.address[i] = outside;
      else
        axis.put(i, c * col.pitch);
    }
  return axis;
}

Walk::Walk(const focs::Access &access, const Position &position) : access(access), position(position) {
  if (access.joined) {
    row.count = row.inside = 1;
    row.isEven = true;
    col = walkJoined(access, position);
    return;
  }
  row = walk(access.row, position);
  col = walk(access.col, position);
}

/// Element (0, 0) of the coordinates; an error where an element would lie out of the region, which no valid stream
/// does.
Expected<uint8_t *> Walk::locate(ArrayRef<Region> regions, const focs::Plane &plane) const {
  if (plane.region >= regions.size())
    return createStringError("there is no region " + Twine(unsigned(plane.region)));
  const Region &region = regions[plane.region];
  int64_t offset = position.at(plane.offset), size = focs::byteSize(access.type);
  if (elements()) {
    int64_t least = offset + row.least + col.least, most = offset + row.most + col.most;
    if (least < 0 || most >= static_cast<int64_t>(region.bytes) / size)
      return createStringError("elements " + Twine(least) + " to " + Twine(most) + " of region " +
                               Twine(unsigned(plane.region)) + ", which has " + Twine(region.bytes / size));
  }
  return region.data + offset * size;
}

template <typename T>
static T load(const uint8_t *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

/// Calls f(line, first, pitch, count) for runs of elements of a line: all of it where it is evenly spaced, else one by
/// one.
template <typename F>
void Walk::forEachRun(int64_t stride, F f) const {
  if (access.joined) {
    for (int64_t r = 0; r < rows(); ++r)
      for (int64_t c = 0; c < cols(); ++c)
        if (int64_t address = col.address[r * cols() + c]; address != outside)
          f(r, c, address, 1, 1);
    return;
  }
  if (col.isEven && row.isEven && stride == col.count && row.pitch == col.pitch * col.count)
    return f(0, 0, row.first + col.first, col.pitch, row.count * col.count);
  for (int64_t r = 0; r < row.count; ++r) {
    int64_t line = row.at(r);
    if (line == outside)
      continue;
    if (col.isEven) {
      f(r, 0, line + col.first, col.pitch, col.count);
      continue;
    }
    for (int64_t c = 0; c < col.count; ++c)
      if (col.address[c] != outside)
        f(r, c, line + col.address[c], 1, 1);
  }
}

template <typename T>
void Walk::readPlane(const uint8_t *base, double *to, int64_t stride) const {
  if (elements() < row.count * col.count)
    for (int64_t r = 0; r < rows(); ++r)
      std::fill_n(to + r * stride, cols(), 0.0);
  forEachRun(stride, [&](int64_t r, int64_t c, int64_t address, int64_t pitch, int64_t count) {
    const uint8_t *from = base + address * static_cast<int64_t>(sizeof(T));
    double *line = to + r * stride + c;
    if (pitch == 1 && std::is_same_v<T, double>)
      std::memcpy(line, from, count * sizeof(double));
    else if (pitch == 1)
      for (int64_t i = 0; i < count; ++i)
        line[i] = load<T>(from + i * static_cast<int64_t>(sizeof(T)));
    else
      for (int64_t i = 0; i < count; ++i)
        line[i] = load<T>(from + i * pitch * static_cast<int64_t>(sizeof(T)));
  });
}

template <typename T>
void Walk::writePlane(uint8_t *base, const double *from, int64_t stride) const {
  forEachRun(stride, [&](int64_t r, int64_t c, int64_t address, int64_t pitch, int64_t count) {
    uint8_t *to = base + address * static_cast<int64_t>(sizeof(T));
    const double *line = from + r * stride + c;
    auto write = [&](int64_t i, int64_t spacing) {
      T value = static_cast<T>(line[i]);
      std::memcpy(to + i * spacing * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
    };
    if (pitch == 1 && std::is_same_v<T, double>)
      std::memcpy(to, line, count * sizeof(double));
    else if (pitch == 1)
      for (int64_t i = 0; i < count; ++i)
        write(i, 1);
    else
      for (int64_t i = 0; i < count; ++i)
        write(i, pitch);
  });
}

Error Walk::read(ArrayRef<Region> regions, double *re, double *im, int64_t stride) const {
  for (auto [plane, to] : {std::pair(&access.re, re), std::pair(&access.im, im)}) {
    if (!*plane) {
      for (int64_t r = 0; r < rows(); ++r)
        std::fill_n(to + r * stride, cols(), 0.0);
      continue;
    }
    Expected<uint8_t *> base = locate(regions, **plane);
    if (!base)
      return base.takeError();
    if (access.type == focs::ElementType::F32)
      readPlane<float>(*base, to, stride);
    else
      readPlane<double>(*base, to, stride);
  }
  return Error::success();
}

Error Walk::write(ArrayRef<Region> regions, const double *re, const double *im, int64_t stride) const {
  for (auto [plane, from] : {std::pair(&access.re, re), std::pair(&access.im, im)}) {
    if (!*plane)
      continue;
    Expected<uint8_t *> base = locate(regions, **plane);
    if (!base)
      return base.takeError();
    if (access.type == focs::ElementType::F32)
      writePlane<float>(*base, from, stride);
    else
      writePlane<double>(*base, from, stride);
  }
  return Error::success();
}

Traffic Walk::traffic(int64_t ownScratch) const {
  Traffic traffic;
  int64_t size = focs::byteSize(access.type), bytes = elements() * size;
  for (const std::optional<focs::Plane> *part : {&access.re, &access.im}) {
    const std::optional<focs::Plane> &plane = *part;
    if (!plane || !bytes)
      continue;
    // A tile that lies across the end of the own memory goes over the link as a whole.
    int64_t most = position.at(plane->offset) + row.most + col.most;
    bool own = plane->region == focs::scratchRegion && (most + 1) * size <= ownScratch;
    (own ? traffic.memory : traffic.link) += bytes;
  }
  return traffic;
}
