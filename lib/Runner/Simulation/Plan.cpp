// fourmix-sim --plan: from which decompositions a transform's is chosen.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Device/Profile.h"
#include "fourmix/Runner/Simulate.h"
#include "fourmix/Support/Units.h"
#include "lib/Conversion/SpectralToOptic/Recombination.h"
#include "lib/Device/FrameDevice.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace fourmix;
using kernels::FramePlanResult;
using kernels::FrameTransform;

namespace {

/// What --plan asks for: "512x768", "121,batch=11".
struct Question {
  SmallVector<int64_t> lengths; // one or two
  int64_t batch = 1;

  std::string text() const {
    std::string text = std::to_string(lengths.front());
    if (lengths.size() == 2)
      text += " x " + std::to_string(lengths.back());
    return batch == 1 ? text : text + ", batch of " + std::to_string(batch);
  }
};

constexpr int64_t longest = 1 << 16;

Expected<Question> parseQuestion(StringRef text) {
  auto isExtent = [](StringRef number, int64_t &value) {
    return !number.getAsInteger(10, value) && value >= 1 && value <= longest;
  };
  Question question;
  auto [lengths, rest] = text.split(',');
  SmallVector<StringRef> numbers;
  lengths.split(numbers, 'x');
  bool isRight = numbers.size() <= 2;
  for (StringRef number : numbers)
    isRight &= isExtent(number, question.lengths.emplace_back());
  if (!rest.empty() || text.ends_with(","))
    isRight &= rest.consume_front("batch=") && isExtent(rest, question.batch);
  if (!isRight)
    return createStringError("--plan: expected LENGTH[xLENGTH][,batch=COUNT] of numbers from 1 to " + Twine(longest) +
                             ", but found '" + text + "'");
  return question;
}

/// All that planFrames looks at, and with it how an axis alone may lie on the aperture.
Expected<std::vector<FramePlanResult>> candidatesOf(const Question &question, const kernels::FrameDevice &device) {
  auto whole = [](int64_t length) { return FrameTransform{length, length, length, false}; };
  std::array<FrameTransform, 2> transforms{whole(question.lengths.front()),
                                           question.lengths.size() == 2 ? whole(question.lengths.back())
                                                                        : FrameTransform::batch(question.batch)};
  std::vector<FramePlanResult> candidates;
  std::string reason;
  // Where the sides differ it matters which axis lies along which.
  int ways = device.aperture[0] != device.aperture[1] || device.tile[0] != device.tile[1] ? 2 : 1;
  for (int way = 0; way < ways; ++way) {
    if (way == 1)
      std::swap(transforms[0], transforms[1]);
    kernels::FrameChoices choices = frameChoices(transforms, device);
    if (reason.empty())
      reason = choices.reason;
    for (const kernels::FrameChoice &row : choices.axes[0])
      for (const kernels::FrameChoice &col : choices.axes[1])
        candidates.push_back(planFrames(transforms, device, {row, col}, {}, /*withTable=*/false));
  }
  if (candidates.empty())
    return createStringError("--plan: " + reason);
  return candidates;
}

} // namespace

Error fourmix::describePlan(const std::string &transform, const std::string &device, raw_ostream &out) {
  Expected<Question> question = parseQuestion(transform);
  if (!question)
    return question.takeError();
  Expected<device::Profile> profile = device::loadProfile(device);
  if (!profile)
    return profile.takeError();
  spectral_to_optic::Recombination parts;
  std::string reason = recombine(*profile, 0, parts);
  if (!profile->firesTransform())
    reason = "its optics have no plain Fourier transform";
  if (!reason.empty())
    return createStringError("--plan: " + profile->name + " takes no transform: " + reason);
  Expected<std::vector<FramePlanResult>> candidates = candidatesOf(*question, device::frameDevice(*profile));
  if (!candidates)
    return candidates.takeError();
  // As planFrames: the fastest, of equal ones the first.
  auto isFaster = [](const FramePlanResult &a, const FramePlanResult &b) {
    return a.plan && (!b.plan || a.plan->seconds < b.plan->seconds);
  };
  std::vector<FramePlanResult> sorted;
  for (FramePlanResult &candidate : *candidates)
    sorted.insert(upper_bound(sorted, candidate, isFaster), std::move(candidate));
  if (!sorted.front().plan)
    return createStringError("--plan: none of " + Twine(sorted.size()) + " decompositions is possible on " +
                             profile->name + ": " + sorted.front().reason);
  int64_t batch = question->lengths.size() == 2 ? question->batch : 1;
  out << formatv("{0} on {1}, aperture {2} x {3}", question->text(), profile->name, profile->rows, profile->cols);
  if (profile->engines > 1)
    out << formatv(", {0} engines", profile->engines);
  if (size_t captures = parts.encodings.size() * parts.detections.size(); captures > 1)
    out << formatv(", {0} captures to a frame", captures);
  out << "\n  " << formatv("{0,10} {1,8} {2,10}  {3,-11}  {4}\n", "frames", "table", "time", "bound by", "recipe");
  static constexpr const char *bounds[] = {"frames", "electronics", "memory", "links"};
  bool isChosen = true;
  for (const FramePlanResult &candidate : sorted) {
    if (!candidate.plan)
      break;
    const kernels::FramePlan &plan = *candidate.plan;
    auto most = std::max_element(plan.decided.begin(), plan.decided.end()) - plan.decided.begin();
    out << (std::exchange(isChosen, false) ? "* " : "  ")
        << formatv("{0,10} {1,8} {2,10}  {3,-11}  {4}\n", plan.frames() * batch, plan.tableEntries,
                   quantity(plan.seconds * static_cast<double>(batch), "s"), bounds[most], plan.recipe);
  }
  if (auto refused = count_if(sorted, [](const FramePlanResult &candidate) { return !candidate.plan; }))
    out << formatv("  {0} more are not possible: {1}\n", refused, sorted.back().reason);
  return Error::success();
}
