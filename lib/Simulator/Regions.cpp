// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Regions.h"
#include <algorithm>
#include <cstring>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

Walk::Axis Walk::walk(const focs::AxisAccess &access, const Position &position) {
  Axis axis;
  axis.count = access.count;
  axis.address.resize_for_overwrite(access.count);
  int64_t start = position.at(access.start);
  for (int64_t t = 0; t < axis.count; ++t) {
    int64_t c = start + t * access.step;
    if (access.wrap) {
      c %= access.limit;
      c += c < 0 ? access.limit : 0;
    }
    if (c < 0 || c >= access.limit) {
      axis.address[t] = outside;
      continue;
    }
    int64_t address = axis.address[t] = c * access.pitch;
    axis.least = axis.inside ? std::min(axis.least, address) : address;
    axis.most = axis.inside ? std::max(axis.most, address) : address;
    ++axis.inside;
  }
  return axis;
}

Walk::Walk(const focs::Access &access, const Position &position)
    : access(access), position(position), row(walk(access.row, position)), col(walk(access.col, position)) {}

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

template <typename T>
void Walk::readPlane(const uint8_t *base, double *to, int64_t stride) const {
  bool allInside = col.count > 0 && col.inside == col.count;
  int64_t pitch = allInside && col.count > 1 ? col.address[1] - col.address[0] : 0;
  bool even = allInside && !access.col.wrap;
  for (int64_t r = 0; r < row.count; ++r) {
    double *line = to + r * stride;
    if (row.address[r] == outside) {
      std::fill_n(line, col.count, 0.0);
    } else if (even) {
      const uint8_t *from = base + (row.address[r] + col.address[0]) * static_cast<int64_t>(sizeof(T));
      for (int64_t c = 0; c < col.count; ++c)
        line[c] = load<T>(from + c * pitch * static_cast<int64_t>(sizeof(T)));
    } else {
      for (int64_t c = 0; c < col.count; ++c)
        line[c] = col.address[c] == outside
                      ? 0
                      : load<T>(base + (row.address[r] + col.address[c]) * static_cast<int64_t>(sizeof(T)));
    }
  }
}

template <typename T>
void Walk::writePlane(uint8_t *base, const double *from, int64_t stride) const {
  for (int64_t r = 0; r < row.count; ++r) {
    if (row.address[r] == outside)
      continue;
    for (int64_t c = 0; c < col.count; ++c) {
      if (col.address[c] == outside)
        continue;
      T value = static_cast<T>(from[r * stride + c]);
      std::memcpy(base + (row.address[r] + col.address[c]) * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
    }
  }
}

Error Walk::read(ArrayRef<Region> regions, double *re, double *im, int64_t stride) const {
  for (auto [plane, to] : {std::pair(&access.re, re), std::pair(&access.im, im)}) {
    if (!*plane) {
      for (int64_t r = 0; r < row.count; ++r)
        std::fill_n(to + r * stride, col.count, 0.0);
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
  for (const std::optional<focs::Plane> &plane : {access.re, access.im}) {
    if (!plane || !bytes)
      continue;
    // A tile that lies across the end of the own memory goes over the link as a whole.
    int64_t most = position.at(plane->offset) + row.most + col.most;
    bool own = plane->region == focs::scratchRegion && (most + 1) * size <= ownScratch;
    (own ? traffic.memory : traffic.link) += bytes;
  }
  return traffic;
}
