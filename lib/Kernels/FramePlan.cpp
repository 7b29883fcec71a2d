// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/FramePlan.h"
#include "lib/Kernels/FrameSteps.h"
#include <algorithm>

namespace fourmix::kernels {

int64_t FramePlan::frames() const {
  int64_t count = 0;
  for (const FramePass &pass : passes)
    count += pass.optical ? pass.tiles() : 0;
  return count;
}

namespace {

/// Pairs the steps of the two axes.
class Pairing {
public:
  Pairing(const FrameDevice &device, std::array<std::vector<AxisStep>, 2> steps, std::array<int64_t, 2> extents)
      : device(device), steps(std::move(steps)), extents(extents) {}

  std::vector<FramePass> run() {
    while (hasStep(0) || hasStep(1)) {
      FramePass pass;
      pass.optical = !isElectronic(0) && !isElectronic(1);
      std::array<bool, 2> taken{};
      for (int axis : {0, 1})
        if (hasStep(axis) && peek(axis).optical == pass.optical) {
          pass.axes[axis] = peek(axis).axis;
          taken[axis] = true;
          ++next[axis];
        }
      for (int axis : {0, 1}) {
        if (!taken[axis])
          pass.axes[axis] = pass.optical ? carry(axis, pass.scale) : keep(axis);
        extents[axis] = pass.axes[axis].store.limit;
      }
      passes.push_back(pass);
    }
    return std::move(passes);
  }

private:
  bool hasStep(int axis) const { return next[axis] < steps[axis].size(); }
  const AxisStep &peek(int axis) const { return steps[axis][next[axis]]; }
  bool isElectronic(int axis) const { return hasStep(axis) && !peek(axis).optical; }

  /// Tiles of neighbouring points that an electronic pass leaves alone.
  FrameAxis keep(int axis) const {
    FrameAxis kept;
    int64_t extent = extents[axis];
    kept.count = std::min(extent, device.tile[axis]);
    kept.groups = ceilDiv(extent, kept.count);
    kept.load = kept.store = {0, kept.count, 0, 1, extent, false};
    return kept;
  }

  /// An axis without a stage in an optical pass. FT o FT = N * reversal, so two such passes in a row cost a reversal;
  /// the last one, where their number is odd, is undone by the electronics, if they have the radices for it.
  FrameAxis carry(int axis, double &scale) {
    FrameAxis carried;
    int64_t aperture = device.aperture[axis], extent = extents[axis];
    carried.count = aperture;
    carried.groups = ceilDiv(extent, aperture);
    carried.load = carried.store = {0, aperture, 0, 1, extent, false};
    if (pending[axis]) {
      carried.reversed = true;
      carried.store.limit = *pending[axis];
      pending[axis].reset();
      scale /= static_cast<double>(aperture);
    } else if (opticalLeft(1 - axis)) {
      pending[axis] = extent;
      carried.store.limit = carried.groups * aperture; // all of a tile's frequencies
    } else if (splitElectronic(aperture, device.tile[axis], device.radices)) {
      carried.electronic = aperture;
      carried.inverse = true;
      scale /= static_cast<double>(aperture);
    } else { // One line in a frame: the transform of a single point is that point, everywhere.
      carried.count = 1;
      carried.groups = extent;
      carried.load = carried.store = {0, 1, 0, 1, extent, false};
    }
    return carried;
  }

  bool opticalLeft(int axis) const {
    return std::any_of(steps[axis].begin() + next[axis], steps[axis].end(),
                       [](const AxisStep &s) { return s.optical; });
  }

  const FrameDevice &device;
  std::array<std::vector<AxisStep>, 2> steps;
  std::array<int64_t, 2> extents;
  std::array<size_t, 2> next{};
  std::array<std::optional<int64_t>, 2> pending; // extents of an axis that is carried and not yet back
  std::vector<FramePass> passes;
};

/// What is transformed in the device: of a packed axis half the points, and of all axes the whole spectrum.
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

/// Makes the last pass of a mirrored plan one that stores twice. `store`: where the mirrored axis ends; false where
/// that is not the last pass, or the other axis cannot be reversed there.
bool mirrorLast(std::vector<FramePass> &passes, const FrameCoordinates &store,
                const std::array<FrameTransform, 2> &transforms, const FrameArrays &arrays) {
  FramePass &last = passes.back();
  FrameAxis &other = last.axes[1 - arrays.packedAxis];
  const FrameCoordinates end = last.axes[arrays.packedAxis].store;
  bool isLast = last.axes[arrays.packedAxis].lanes > 1 && end.perGroup == store.perGroup && end.step == store.step;
  if (!isLast)
    return false;
  last.separates = FramePacking::Mirror;
  other.further = other.store;
  // Of r digits 0 and, where r is even, r/2 are their own image.
  int64_t radix = std::abs(end.perGroup);
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

/// The last pass of packed signals. `packed`: the transforms that went before.
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

std::string describe(const FrameTransform &transform, const AxisStages &stages, int64_t cyclic, int64_t aperture) {
  if (transform.length == 0)
    return "batch of " + std::to_string(transform.input);
  std::string text = std::to_string(transform.length) + " = ";
  if (cyclic != transform.length)
    text += "Bluestein " + std::to_string(cyclic) + " = ";
  std::string separator;
  for (int64_t i = 0; i < stages.optical; ++i, separator = " * ")
    text += separator + std::to_string(aperture);
  for (int64_t radix : stages.electronic) {
    text += separator + std::to_string(radix) + "e";
    separator = " * ";
  }
  return text;
}

FramePlanResult refuse(std::string reason) { return {std::nullopt, std::move(reason)}; }

} // namespace

bool FramePlan::isLarge() const {
  return std::any_of(passes.begin(), passes.end(),
                     [](const FramePass &pass) { return pass.extents()[0] * pass.extents()[1] >= int64_t(1) << 16; });
}

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
      std::optional<AxisStages> split =
          splitStages(cyclic, choice[axis].optical, device.aperture[axis], device.tile[axis], device.radices);
      if (!split)
        return refuse(std::to_string(cyclic) + " is not " + std::to_string(choice[axis].optical) +
                      " times the aperture's " + std::to_string(device.aperture[axis]) +
                      " and radices of the electronics");
      // Chirp and spectrum, before either is computed.
      if (cyclic != transform.length && 2 * cyclic > device.tableEntries)
        return refuse("it needs more than " + std::to_string(2 * cyclic) + " table entries, and the device has " +
                      std::to_string(device.tableEntries));
      stages = *split;
      bool isMirrored = arrays.packing == FramePacking::Mirror && axis == arrays.packedAxis;
      if (isMirrored && (cyclic != transform.length || stages.optical + stages.electronic.size() < 2))
        return refuse("an axis with less than two stages has no half of the first");
      if (isMirrored && (stages.electronic.empty() ? device.aperture[axis] : stages.electronic.back()) < 3)
        return refuse("a first stage of two points has no mirror image");
      steps[axis] = planAxis(transform, stages, cyclic, device.aperture[axis], device.tile[axis], isMirrored, table);
    }
    if (axis)
      plan.recipe += ", ";
    if (arrays.packing == FramePacking::Halves && axis == arrays.packedAxis)
      plan.recipe += std::to_string(wanted[axis].length) + " = 2 halves of ";
    plan.recipe += describe(transform, stages, choice[axis].cyclic, device.aperture[axis]);
  }
  if (arrays.packing == FramePacking::Pairs)
    plan.recipe += ", 2 real signals in one";
  if (arrays.packing == FramePacking::Mirror)
    plan.recipe += ", half of " + std::to_string(wanted[arrays.packedAxis].length) + " mirrored";
  FrameCoordinates lastStep;
  if (arrays.packing == FramePacking::Mirror)
    lastStep = steps[arrays.packedAxis].back().axis.store;
  plan.passes = Pairing(device, std::move(steps), {transforms[0].input, transforms[1].input}).run();
  if (plan.frames() == 0)
    return refuse("no axis goes through the optics");
  // The inverse transform's 1/N.
  for (const FrameTransform &transform : wanted)
    if (transform.length && transform.inverse)
      plan.passes.back().scale /= static_cast<double>(transform.length);
  if (isComplexOfTwo(arrays.packing))
    plan.passes.push_back(separation(wanted, transforms, device, arrays, table));
  if (arrays.packing == FramePacking::Mirror && !mirrorLast(plan.passes, lastStep, wanted, arrays))
    return refuse("the mirrored axis does not end in the last pass, or the other one does not end in whole tiles");
  plan.table = std::move(table.entries);
  plan.tableEntries = table.size;
  if (plan.tableEntries > device.tableEntries)
    return refuse("it needs " + std::to_string(plan.tableEntries) + " table entries, and the device has " +
                  std::to_string(device.tableEntries));
  foretell(plan, device, arrays);
  return {std::move(plan), ""};
}

namespace {

/// What an axis could be: its own length where that has a factor of the aperture, or convolutions that have; or a
/// length that the electronics alone take, in frames of the other axis.
std::vector<FrameChoice> choicesOf(const FrameTransform &transform, int64_t aperture, int64_t largest,
                                   const FrameDevice &device) {
  if (transform.length == 0)
    return {{0, 0}};
  std::vector<FrameChoice> choices;
  auto offer = [&](int64_t cyclic, int64_t optical) {
    if (!splitStages(cyclic, optical, aperture, largest, device.radices))
      return false;
    choices.push_back({optical, cyclic});
    return true;
  };
  int64_t optical = 1;
  for (int64_t power = aperture; aperture > 1 && transform.length % power == 0; power *= aperture)
    offer(transform.length, optical++);
  if (transform.length > 1)
    offer(transform.length, 0);
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
  if (arrays.packing != FramePacking::None) {
    bool isPair = arrays.packing == FramePacking::Pairs, isMirror = arrays.packing == FramePacking::Mirror;
    const FrameTransform &along = wanted[arrays.packedAxis], &other = wanted[1 - arrays.packedAxis];
    if (arrays.isComplex)
      choices.reason = "complex signals have no room for another one";
    else if (isMirror && (!along.length || (other.length && other.output != other.length)))
      choices.reason = "the mirror image of a part is none";
    else if (!isPair && !isMirror && (!along.length || along.length % 2 || along.input % 2))
      choices.reason = "an axis of an odd length has no halves";
    else if (int64_t needed = isPair ? 2 + arrays.outputs : 6; !isMirror && device.tiles < needed)
      choices.reason = "taking signals apart needs " + std::to_string(needed) + " tiles of the electronics";
    if (!choices.reason.empty())
      return choices;
  }
  const std::array<FrameTransform, 2> transforms = packedTransforms(wanted, arrays);
  for (int axis : {0, 1}) {
    const FrameTransform &transform = transforms[axis];
    if (transform.input < 1 || transform.output < 1 || (transform.length && transform.output > transform.length))
      choices.reason = "an axis of " + std::to_string(transform.input) + " points with " +
                       std::to_string(transform.output) + " coefficients";
    else if (transform.length && transform.inverse && transform.output != transform.length)
      choices.reason = "an inverse transform of which a part is kept";
    else
      choices.axes[axis] = choicesOf(transform, device.aperture[axis], device.tile[axis], device);
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
    return refuse(choices.reason);
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
  return best ? planFrames(transforms, device, *best, arrays) : refuse(reason);
}

} // namespace fourmix::kernels
