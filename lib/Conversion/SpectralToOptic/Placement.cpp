// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Placement.h"
#include "lib/Device/FrameDevice.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using kernels::FramePacking;
using kernels::FramePass;
using kernels::FramePlanResult;
using kernels::FrameTransform;

namespace {

/// Row-major strides.
SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

/// The dimensions of both tensors: transformed axes, and of what lies between them, batches, one each.
struct Dimensions {
  SmallVector<int64_t, 4> extents, output, transform; // of the input; strides in the output; number of the axis or -1

  explicit Dimensions(DeviceTransform &of) {
    ArrayRef<int64_t> in = of.inputType().getShape(), out = of.outputType().getShape();
    SmallVector<int64_t> strides = stridesOf(out);
    for (int64_t i = 0, rank = in.size(); i < rank; ++i) {
      auto *axis = llvm::find_if(of.axes, [&](const TransformedAxis &axis) { return axis.axis == i; });
      bool isBatch = axis == of.axes.end();
      if (isBatch && !transform.empty() && transform.back() < 0) {
        extents.back() *= in[i];
        output.back() = strides[i];
        continue;
      }
      extents.push_back(in[i]);
      output.push_back(strides[i]);
      transform.push_back(isBatch ? -1 : axis - of.axes.begin());
    }
  }

  /// Lays them along the axes of the device's array, which frames have two of: beside a single one the largest batch.
  void layInto(PlacedTransform &placed, std::array<FrameTransform, 2> &transforms) const {
    SmallVector<int64_t> strides = stridesOf(extents);
    for (auto [i, axis] : llvm::enumerate(transform)) {
      PlacedTransform::Dimension dimension{extents[i], strides[i], output[i]};
      if (axis >= 0)
        placed.axes[axis] = dimension;
      else if (dimension.extent > 1)
        placed.batches.push_back(dimension);
    }
    if (llvm::is_contained(transform, 1))
      return;
    auto *largest = llvm::max_element(placed.batches, [](const auto &a, const auto &b) { return a.extent < b.extent; });
    if (largest != placed.batches.end()) {
      placed.axes[1] = *largest;
      placed.batches.erase(largest);
    }
    transforms[1] = FrameTransform::batch(placed.axes[1].extent);
  }
};

/// The fastest way to lay a transform into frames: which axis lies along which side of the aperture, and which real
/// signals are packed.
class LayoutSearch {
public:
  LayoutSearch(DeviceTransform &transform, const device::Profile &profile, const Recombination &recombination)
      : device(device::frameDevice(profile)), dimensions(transform) {
    plain.recombination = recombination;
    for (auto [i, axis] : llvm::enumerate(transform.axes))
      transforms[i] = axis.transform;
    arrays.isComplex = static_cast<bool>(transform.im());
    arrays.outputs = transform.givesRe() + transform.givesIm();
    isRealWanted = !transform.givesIm();
    arrays.framesOfReal = plain.recombination.frames(/*isComplex=*/false);
    arrays.framesOfComplex = plain.recombination.frames(/*isComplex=*/true);
  }

  Placement run() {
    PlacedTransform empty = plain;
    std::array<FrameTransform, 2> whole = transforms;
    dimensions.layInto(plain, transforms);
    consider(plain, transforms);
    if (arrays.isComplex && isRealWanted)
      for (size_t i = 0; i < dimensions.extents.size(); ++i)
        if (dimensions.transform[i] < 0 && dimensions.extents[i] > 1)
          considerSpectra(i, empty, whole);
    if (!arrays.isComplex) {
      for (size_t i = 0; i < plain.batches.size(); ++i) {
        PlacedTransform packed = plain;
        considerPair(packed, packed.batches[i], transforms);
      }
      for (int axis : {0, 1}) {
        PlacedTransform packed = plain;
        std::array<FrameTransform, 2> halved = transforms;
        if (transforms[axis].length == 0) {
          halved[axis] = FrameTransform::batch((transforms[axis].input + 1) / 2);
          considerPair(packed, packed.axes[axis], halved);
          continue;
        }
        packed.packing = FramePacking::Mirror;
        consider(packed, transforms, axis);
        packed.packing = FramePacking::Halves;
        packed.inputShift = packed.axes[axis].input;
        packed.axes[axis].input *= 2;
        consider(packed, transforms, axis);
      }
    }
    return std::move(best);
  }

private:
  /// Spectra of which the real parts of the transforms are wanted: the device is given the whole ones of pairs.
  void considerSpectra(size_t paired, PlacedTransform packed, std::array<FrameTransform, 2> whole) {
    Dimensions given = dimensions;
    int64_t half = given.extents[paired] / 2;
    given.extents[paired] -= half;
    for (auto [extent, axis] : llvm::zip_equal(given.extents, given.transform))
      if (axis >= 0)
        extent = whole[axis].input = whole[axis].length;
    packed.packing = FramePacking::Spectra;
    packed.outputShift = half * given.output[paired];
    packed.packedShape = given.extents;
    packed.pairedDimension = static_cast<int64_t>(paired);
    given.layInto(packed, whole);
    consider(packed, whole);
  }

  void considerPair(PlacedTransform &packed, PlacedTransform::Dimension &dimension,
                    const std::array<FrameTransform, 2> &transforms) {
    if (dimension.extent < 2)
      return;
    int64_t half = dimension.extent / 2;
    packed.packing = FramePacking::Pairs;
    packed.inputShift = half * dimension.input;
    packed.outputShift = half * dimension.output;
    dimension.extent -= half;
    consider(packed, transforms);
  }

  void consider(const PlacedTransform &layout, const std::array<FrameTransform, 2> &transforms, int packedAxis = 0) {
    arrays.count = layout.batch();
    arrays.packing = layout.packing;
    arrays.packedAxis = packedAxis;
    take(layout, planFrames(transforms, device, arrays));
    if (device.aperture[0] == device.aperture[1] && device.tile[0] == device.tile[1])
      return;
    arrays.packedAxis = 1 - packedAxis;
    PlacedTransform turned = layout;
    std::swap(turned.axes[0], turned.axes[1]);
    take(turned, planFrames({transforms[1], transforms[0]}, device, arrays));
  }

  void take(const PlacedTransform &layout, FramePlanResult planned) {
    if (planned.plan && (!best.transform || planned.plan->seconds < best.transform->plan.seconds)) {
      best.transform = layout;
      best.transform->plan = std::move(*planned.plan);
    }
    if (best.reason.empty()) // of the first
      best.reason = planned.reason;
  }

  kernels::FrameDevice device;
  Dimensions dimensions;
  std::array<FrameTransform, 2> transforms;
  PlacedTransform plain;
  kernels::FrameArrays arrays;
  bool isRealWanted = false; // and nothing else
  Placement best;
};

} // namespace

Placement fourmix::spectral_to_optic::place(DeviceTransform &transform, const device::Profile &profile, double bits) {
  Recombination recombination;
  if (!profile.firesTransform())
    return {std::nullopt, "its optics have no plain Fourier transform"};
  if (std::string reason = recombine(profile, bits, recombination); !reason.empty())
    return {std::nullopt, reason};
  return LayoutSearch(transform, profile, recombination).run();
}

int64_t PlacedTransform::frames(bool isComplex) const {
  int64_t count = 0;
  isComplex |= kernels::isComplexOfTwo(packing);
  for (const FramePass &pass : plan.passes) {
    if (pass.optical)
      count += pass.tiles() * recombination.frames(isComplex);
    isComplex = true; // whatever a pass leaves is
  }
  return count * batch();
}
