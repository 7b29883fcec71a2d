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

/// The fastest way to lay a transform into frames: which axis lies along which side of the aperture, and which real
/// signals are packed.
class LayoutSearch {
public:
  LayoutSearch(DeviceTransform &transform, const device::Profile &profile, const PlacedTransform &plain)
      : device(device::frameDevice(profile)), plain(plain) {
    arrays.isComplex = static_cast<bool>(transform.im());
    arrays.outputs = transform.givesRe() + transform.givesIm();
    arrays.framesOfReal = plain.recombination.frames(/*isComplex=*/false);
    arrays.framesOfComplex = plain.recombination.frames(/*isComplex=*/true);
  }

  Placement run(const std::array<FrameTransform, 2> &transforms) {
    consider(plain, transforms);
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
  const PlacedTransform &plain;
  kernels::FrameArrays arrays;
  Placement best;
};

} // namespace

Placement fourmix::spectral_to_optic::place(DeviceTransform &transform, const device::Profile &profile, double bits) {
  PlacedTransform placed;
  if (!profile.firesTransform())
    return {std::nullopt, "its optics have no plain Fourier transform"};
  if (std::string reason = recombine(profile, bits, placed.recombination); !reason.empty())
    return {std::nullopt, reason};
  ArrayRef<int64_t> in = transform.inputType().getShape(), out = transform.outputType().getShape();
  SmallVector<int64_t> inStrides = stridesOf(in), outStrides = stridesOf(out);
  // Neighbouring dimensions that are batches in both tensors are one.
  for (int64_t i = 0, rank = in.size(); i < rank; ++i) {
    if (llvm::any_of(transform.axes, [&](const TransformedAxis &axis) { return axis.axis == i; }) || in[i] == 1)
      continue;
    auto &batches = placed.batches;
    if (!batches.empty() && batches.back().input == in[i] * inStrides[i] &&
        batches.back().output == in[i] * outStrides[i])
      batches.back() = {batches.back().extent * in[i], inStrides[i], outStrides[i]};
    else
      batches.push_back({in[i], inStrides[i], outStrides[i]});
  }
  std::array<FrameTransform, 2> transforms;
  for (auto [i, axis] : llvm::enumerate(transform.axes)) {
    transforms[i] = axis.transform;
    placed.axes[i] = {in[axis.axis], inStrides[axis.axis], outStrides[axis.axis]};
  }
  if (transform.axes.size() == 1) {
    // Frames have two axes: the largest batch fills the other one.
    auto *largest = llvm::max_element(placed.batches, [](const auto &a, const auto &b) { return a.extent < b.extent; });
    if (largest != placed.batches.end()) {
      placed.axes[1] = *largest;
      placed.batches.erase(largest);
    }
    transforms[1] = FrameTransform::batch(placed.axes[1].extent);
  }
  if (placed.batches.size() + 4 > optic::maxLoopDepth)
    return {std::nullopt, "its batch has too many dimensions"};
  return LayoutSearch(transform, profile, placed).run(transforms);
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
