// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/FramePacking.h"
#include <algorithm>

namespace fourmix::kernels {

std::string whyNotPacked(const std::array<FrameTransform, 2> &transforms, const FrameDevice &device,
                         const FrameArrays &arrays) {
  if (arrays.packing == FramePacking::None)
    return "";
  bool isPair = arrays.packing == FramePacking::Pairs, isMirror = arrays.packing == FramePacking::Mirror;
  const FrameTransform &along = transforms[arrays.packedAxis], &other = transforms[1 - arrays.packedAxis];
  if (arrays.packing == FramePacking::Spectra)
    return arrays.isComplex && arrays.outputs == 1 ? ""
                                                   : "spectra of real signals are complex, and the signals are not";
  if (arrays.isComplex)
    return "complex signals have no room for another one";
  if (isMirror && (!along.length || (other.length && other.output != other.length)))
    return "the mirror image of a part is none";
  if (!isPair && !isMirror && (!along.length || along.length % 2 || along.input % 2))
    return "an axis of an odd length has no halves";
  if (int64_t needed = isPair ? 2 + arrays.outputs : 6; !isMirror && device.tiles < needed)
    return "taking signals apart needs " + std::to_string(needed) + " tiles of the electronics";
  return "";
}

std::array<FrameTransform, 2> packedTransforms(std::array<FrameTransform, 2> transforms, const FrameArrays &arrays) {
  if (!isComplexOfTwo(arrays.packing))
    return transforms;
  for (int axis : {0, 1}) {
    FrameTransform &transform = transforms[axis];
    if (arrays.packing == FramePacking::Halves && axis == arrays.packedAxis) {
      transform.length /= 2;
      transform.input /= 2;
    }
    if (transform.length)
      transform.output = transform.length;
  }
  return transforms;
}

bool mirrorLast(std::vector<FramePass> &passes, const std::array<FrameTransform, 2> &transforms,
                const FrameArrays &arrays) {
  FramePass &last = passes.back();
  FrameAxis &other = last.axes[1 - arrays.packedAxis];
  int64_t radix = last.axes[arrays.packedAxis].digitsOf;
  if (!radix || last.whole)
    return false;
  last.separates = FramePacking::Mirror;
  other.further = other.store;
  // Of r digits 0 and, where r is even, r/2 are their own image.
  last.rest = last.axes;
  FrameAxis &own = (*last.rest)[arrays.packedAxis], &along = last.axes[arrays.packedAxis];
  own.lanes = radix % 2 ? 1 : 2;
  along.lanes = (radix - 1) / 2;
  for (FrameCoordinates FrameAxis::*which : {&FrameAxis::load, &FrameAxis::store, &FrameAxis::further}) {
    (own.*which).perLane *= radix / 2;
    (along.*which).base += (along.*which).perLane;
  }
  if (!transforms[1 - arrays.packedAxis].length)
    return true; // a batch is no frequency
  FrameCoordinates &c = other.further;
  if (other.tiles() * other.count != c.limit)
    return false;
  c = {c.limit - c.base, -c.perGroup, -c.perLane, -c.step, c.limit, /*wrap=*/true};
  return true;
}

FramePass separation(const std::array<FrameTransform, 2> &transforms, const std::array<FrameTransform, 2> &packed,
                     const FrameDevice &device, const FrameArrays &arrays, FactorTable &table) {
  FramePass pass;
  pass.separates = arrays.packing;
  for (int axis : {0, 1}) {
    FrameAxis &along = pass.axes[axis];
    const FrameTransform &transform = transforms[axis];
    int64_t extent = packed[axis].output, wanted = std::min(extent, transform.output);
    along.count = std::min(wanted, device.tile[axis]);
    along.groups = ceilDiv(wanted, along.count);
    along.load = along.mirror = {0, along.count, 0, 1, extent, false};
    if (transform.length)
      along.mirror = {extent, -along.count, 0, -1, extent, /*wrap=*/true};
    along.store = along.further = {0, along.count, 0, 1, wanted, false};
    if (arrays.packing == FramePacking::Halves && axis == arrays.packedAxis) {
      along.further = {extent, along.count, 0, 1, transform.output, false};
      int64_t factors = along.groups * along.count; // those of the last tile's points that are not there, too
      int64_t at = table.append(factors, [&] {
        std::vector<Root> roots;
        for (int64_t k = 0; k < factors; ++k) {
          roots.push_back(rootOfUnity(k, transform.length));
          if (transform.inverse)
            roots.back().im = -roots.back().im;
        }
        return roots;
      });
      along.after = FrameFactors{at, along.count, 0, 1};
    }
  }
  return pass;
}

} // namespace fourmix::kernels
