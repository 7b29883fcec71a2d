// fourmix-sim --plan=filter:...: which tiles and blocks a convolution could be cut into.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PlanFilter.h"
#include "fourmix/Support/Units.h"
#include "lib/Conversion/SpectralToOptic/Recombination.h"
#include "lib/Device/FrameDevice.h"
#include "lib/Kernels/FilterPlan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace fourmix;
using kernels::FilterAxis;

namespace {

/// "224x224,k3x3", "64,k64,circular,batch=8": one axis or two; a tap in the middle of the kernel meets the result's
/// place.
struct Question {
  std::array<FilterAxis, 2> axes;
  int64_t batch = 1;
  std::string text;
};

Expected<Question> parseQuestion(StringRef text) {
  constexpr int64_t longest = 1 << 16;
  Question question{{FilterAxis::batch(1), FilterAxis::batch(1)}, 1, ""};
  SmallVector<StringRef, 4> words, extents, taps;
  text.split(words, ',');
  words.front().split(extents, 'x');
  bool isRight = words.size() >= 2 && words[1].consume_front("k") && extents.size() <= 2, isCircular = false;
  for (StringRef word : ArrayRef(words).drop_front(std::min<size_t>(words.size(), 2)))
    if (word.consume_front("batch="))
      isRight &= !word.getAsInteger(10, question.batch) && question.batch >= 1 && question.batch <= longest;
    else
      isRight &= std::exchange(isCircular, word == "circular") != (word == "circular");
  if (isRight)
    words[1].split(taps, 'x');
  isRight &= taps.size() == extents.size();
  for (size_t i = 0; isRight && i < extents.size(); ++i) {
    int64_t extent = 0, count = 0;
    isRight = !extents[i].getAsInteger(10, extent) && !taps[i].getAsInteger(10, count) && extent >= 1 &&
              extent <= longest && count >= 1 && count <= (isCircular ? extent : longest);
    question.axes[i] = {isCircular ? extent : 0, extent, extent, -(count / 2), count};
  }
  if (!isRight)
    return createStringError(
        "--plan: expected filter:LENGTH[xLENGTH],kTAPS[xTAPS][,circular][,batch=COUNT] of numbers from 1 to " +
        Twine(longest) + ", around a circle no more taps than points, but found 'filter:" + text + "'");
  question.text = join(extents, " x ") + " by " + join(taps, " x ") + " taps" + (isCircular ? ", circular" : "");
  if (question.batch > 1)
    question.text += ", batch of " + std::to_string(question.batch);
  return question;
}

} // namespace

Error fourmix::describeFilterPlan(StringRef text, const device::Profile &profile, raw_ostream &out) {
  Expected<Question> question = parseQuestion(text);
  if (!question)
    return question.takeError();
  spectral_to_optic::Recombination fields;
  std::string reason = profile.hasFilter() ? recombine(profile, 0, fields) : "its optics have no filter";
  auto parts = static_cast<int64_t>(spectral_to_optic::filterParts(profile.filterDomain).size());
  if (reason.empty() && !parts)
    reason = "its filter shows zeros and ones only";
  if (!reason.empty())
    return createStringError("--plan: " + profile.name + " takes no filter: " + reason);
  // A tile is one capture or more of its convolution, or of its transform and then of a product's.
  int64_t captures = fields.frames(/*isComplex=*/true), frames = captures * parts;
  if (!profile.firesCorrelation())
    frames += captures;
  kernels::FrameDevice device = device::frameDevice(profile);
  auto points = static_cast<double>(profile.pixels());
  kernels::FilterWork work;
  int64_t pairs = divideCeil(question->batch, 2);
  work.batches = {pairs};
  work.signals = work.results = pairs;
  work.copySeconds = 2 * device.pointSeconds;
  work.waitSeconds = static_cast<double>(pairs) * (device.latencySeconds + device.frameSeconds);
  work.tileSeconds = static_cast<double>(frames * pairs) *
                     std::max({device.frameSeconds, points * device.multiplySeconds, 2 * points * device.pointSeconds});
  work.loadSeconds = profile.filterLoadSeconds;
  work.filters = parts;
  work.slots = profile.filterSlots;
  std::vector<kernels::FilterPlan> plans = kernels::filterPlans(question->axes, {profile.rows, profile.cols}, work);

  out << formatv("filter of {0} on {1}, aperture {2} x {3}, {4} to a tile of two real signals\n", question->text,
                 profile.name, profile.rows, profile.cols,
                 frames == 1 ? "a frame" : formatv("{0} frames", frames).str());
  out << "  " << formatv("{0,8} {1,8} {2,10} {3,10}  {4}\n", "tiles", "blocks", "frames", "time", "recipe");
  constexpr size_t most = 8;
  for (auto [i, plan] : enumerate(ArrayRef(plans).take_front(most)))
    out << (i == 0 ? "* " : "  ")
        << formatv("{0,8} {1,8} {2,10} {3,10}  {4}\n", plan.tiles(), plan.blocks(),
                   plan.frames() * frames * (plan.sharedBatch ? 1 : pairs), quantity(plan.seconds, "s"), plan.recipe);
  if (plans.size() > most)
    out << formatv("  {0} more are slower\n", plans.size() - most);
  return Error::success();
}
