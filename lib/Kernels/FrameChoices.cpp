// From which decompositions a transform's is chosen.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/FramePacking.h"
#include <algorithm>
#include <numeric>

namespace fourmix::kernels {
namespace {

/// What an axis could be: its own length where that has a factor of the aperture, or convolutions that have; or a
/// length that the electronics alone take, in frames of the other axis.
std::vector<FrameChoice> choicesOf(const FrameTransform &transform, int axis, const FrameDevice &device,
                                   bool isMirrored) {
  if (transform.length == 0)
    return {{0, 0}};
  std::vector<FrameChoice> choices;
  int64_t aperture = device.aperture[axis], optical = 1;
  auto offer = [&](int64_t cyclic, int64_t optical, bool whole = false) {
    FrameChoice choice{optical, cyclic, whole};
    if (!splitStages(transform, choice, axis, device, isMirrored))
      return false;
    choices.push_back(choice);
    return true;
  };
  for (int64_t power = aperture; aperture > 1 && transform.length % power == 0; power *= aperture)
    offer(transform.length, optical++);
  if (transform.length > 1)
    offer(transform.length, 0);
  if (auto [p, q] = device.aperture; p > 1 && q > 1 && std::gcd(p, q) == 1 && !isMirrored)
    offer(transform.length, 1, /*whole=*/true);
  int64_t least = 2 * transform.length - 1;
  optical = 1;
  for (int64_t power = aperture; aperture > 1; power *= aperture, ++optical) {
    // Of each number of optical stages the two shortest convolutions: a longer one may have fewer electronic stages.
    int found = 0;
    for (int64_t cyclic = ceilDiv(least, power) * power; found < 2 && cyclic <= 4 * std::max(least, power);
         cyclic += power)
      found += offer(cyclic, optical);
    if (power >= least)
      break;
  }
  return choices;
}

} // namespace

FrameChoices frameChoices(const std::array<FrameTransform, 2> &wanted, const FrameDevice &device,
                          const FrameArrays &arrays) {
  FrameChoices choices;
  choices.reason = whyNotPacked(wanted, device, arrays);
  if (!choices.reason.empty())
    return choices;
  const std::array<FrameTransform, 2> transforms = packedTransforms(wanted, arrays);
  for (int axis : {0, 1}) {
    const FrameTransform &transform = transforms[axis];
    if (transform.input < 1 || transform.output < 1 || (transform.length && transform.output > transform.length))
      choices.reason = "an axis of " + std::to_string(transform.input) + " points with " +
                       std::to_string(transform.output) + " coefficients";
    else if (transform.length && transform.inverse && transform.output != transform.length)
      choices.reason = "an inverse transform of which a part is kept";
    else
      choices.axes[axis] =
          choicesOf(transform, axis, device, arrays.packing == FramePacking::Mirror && axis == arrays.packedAxis);
    if (choices.axes[axis].empty() && choices.reason.empty())
      choices.reason = "no convolution for a transform of " + std::to_string(transform.length) +
                       " points has only radices of the device";
    if (choices.axes[axis].empty())
      break;
  }
  return choices;
}

FramePlanResult planFrames(const std::array<FrameTransform, 2> &transforms, const FrameDevice &device,
                           const FrameArrays &arrays) {
  FrameChoices choices = frameChoices(transforms, device, arrays);
  if (!choices.reason.empty())
    return {std::nullopt, choices.reason};
  std::string reason = "nothing is transformed";
  std::optional<std::array<FrameChoice, 2>> best;
  double least = 0;
  for (const FrameChoice &row : choices.axes[0])
    for (const FrameChoice &col : choices.axes[1]) {
      FramePlanResult candidate = planFrames(transforms, device, {row, col}, arrays, /*withTable=*/false);
      if (!candidate.plan) {
        reason = candidate.reason;
      } else if (!best || candidate.plan->seconds < least) {
        best = {row, col};
        least = candidate.plan->seconds;
      }
    }
  return best ? planFrames(transforms, device, *best, arrays) : FramePlanResult{std::nullopt, reason};
}

} // namespace fourmix::kernels
