// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/FramePlan.h"
#include "lib/Kernels/FramePacking.h"
#include "lib/Kernels/FramePairing.h"
#include <algorithm>

namespace fourmix::kernels {

int64_t FramePlan::frames() const {
  int64_t count = 0;
  for (const FramePass &pass : passes)
    count += pass.optical ? pass.tiles() : 0;
  return count;
}

bool FramePlan::isLarge() const {
  return std::any_of(passes.begin(), passes.end(),
                     [](const FramePass &pass) { return pass.extents()[0] * pass.extents()[1] >= int64_t(1) << 16; });
}

namespace {

/// Stages with factors between them have a `*`, without a `x`.
std::string describe(const FrameTransform &transform, const AxisStages &stages, int64_t cyclic) {
  if (transform.length == 0)
    return "batch of " + std::to_string(transform.input);
  std::string text = std::to_string(transform.length) + " = ";
  if (cyclic != transform.length)
    text += "Bluestein " + std::to_string(cyclic) + " = ";
  std::string separator;
  for (int64_t i = 0; i < stages.optical; ++i, separator = " * ")
    text += separator + (stages.whole ? std::to_string(stages.aperture[0]) + " x " + std::to_string(stages.aperture[1])
                                      : std::to_string(stages.opticalRadix));
  if (stages.isCoprime)
    separator = " x ";
  for (int64_t radix : stages.electronic) {
    text += separator + std::to_string(radix) + "e";
    separator = " * ";
  }
  return text + (stages.whole || stages.isCoprime ? " Good-Thomas" : "");
}

FramePlanResult refuse(std::string reason) { return {std::nullopt, std::move(reason)}; }

} // namespace

FramePlanResult planFrames(const std::array<FrameTransform, 2> &wanted, const FrameDevice &device,
                           const std::array<FrameChoice, 2> &choice, const FrameArrays &arrays, bool withTable) {
  FramePlan plan;
  FactorTable table(withTable);
  const std::array<FrameTransform, 2> transforms = packedTransforms(wanted, arrays);
  std::array<std::vector<AxisStep>, 2> steps;
  for (int axis : {0, 1}) {
    const FrameTransform &transform = transforms[axis];
    AxisStages stages;
    if (transform.length) {
      int64_t cyclic = choice[axis].cyclic;
      if (cyclic != transform.length && cyclic < 2 * transform.length - 1)
        return refuse("a convolution of " + std::to_string(cyclic) + " points is too short for a transform of " +
                      std::to_string(transform.length));
      bool isMirrored = arrays.packing == FramePacking::Mirror && axis == arrays.packedAxis;
      std::optional<AxisStages> split = splitStages(transform, choice[axis], axis, device, isMirrored);
      if (!split)
        return refuse(std::to_string(cyclic) + " is not " + std::to_string(choice[axis].optical) +
                      " times the aperture's " + std::to_string(device.aperture[axis]) +
                      " and radices of the electronics");
      // Chirp and spectrum, before either is computed.
      if (cyclic != transform.length && 2 * cyclic > device.tableEntries)
        return refuse("it needs more than " + std::to_string(2 * cyclic) + " table entries, and the device has " +
                      std::to_string(device.tableEntries));
      stages = *split;
      if (isMirrored && (cyclic != transform.length || stages.optical + stages.electronic.size() < 2))
        return refuse("an axis with less than two stages has no half of the first");
      if (isMirrored && (stages.electronic.empty() ? stages.opticalRadix : stages.electronic.back()) < 3)
        return refuse("a first stage of two points has no mirror image");
      steps[axis] = planAxis(transform, stages, cyclic, device.tile[axis], isMirrored, table);
    }
    if (axis)
      plan.recipe += ", ";
    if (arrays.packing == FramePacking::Halves && axis == arrays.packedAxis)
      plan.recipe += std::to_string(wanted[axis].length) + " = 2 halves of ";
    plan.recipe += describe(transform, stages, choice[axis].cyclic);
  }
  if (arrays.packing == FramePacking::Pairs)
    plan.recipe += ", 2 real signals in one";
  if (arrays.packing == FramePacking::Spectra)
    plan.recipe += ", 2 spectra of real signals in one";
  if (arrays.packing == FramePacking::Mirror)
    plan.recipe += ", half of " + std::to_string(wanted[arrays.packedAxis].length) + " mirrored";
  plan.passes = pairSteps(device, std::move(steps), {transforms[0].input, transforms[1].input});
  if (plan.frames() == 0)
    return refuse("no axis goes through the optics");
  // The inverse transform's 1/N.
  for (const FrameTransform &transform : wanted)
    if (transform.length && transform.inverse)
      plan.passes.back().scale /= static_cast<double>(transform.length);
  if (isComplexOfTwo(arrays.packing))
    plan.passes.push_back(separation(wanted, transforms, device, arrays, table));
  if (arrays.packing == FramePacking::Mirror && !mirrorLast(plan.passes, wanted, arrays))
    return refuse("the mirrored axis does not end in the last pass, or the other one does not end in whole tiles");
  plan.table = std::move(table.entries);
  plan.tableEntries = table.size;
  if (plan.tableEntries > device.tableEntries)
    return refuse("it needs " + std::to_string(plan.tableEntries) + " table entries, and the device has " +
                  std::to_string(device.tableEntries));
  foretell(plan, device, arrays);
  return {std::move(plan), ""};
}

} // namespace fourmix::kernels
