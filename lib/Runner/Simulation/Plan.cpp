// fourmix-sim --plan: from which decompositions a transform's is chosen.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PlanFilter.h"
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
using kernels::FramePacking;
using kernels::FramePlanResult;
using kernels::FrameTransform;
using spectral_to_optic::Recombination;

namespace {

/// What --plan asks for: "512x768", "121,batch=11", "512x768,batch=8,real", "512x768,batch=8,spectra".
struct Question {
  SmallVector<int64_t> lengths; // one or two
  int64_t batch = 1;
  bool isReal = false;    // the input; of the output both parts are wanted
  bool isSpectra = false; // of real signals: of the output the real part is wanted

  std::string text() const {
    std::string text = std::to_string(lengths.front());
    if (lengths.size() == 2)
      text += " x " + std::to_string(lengths.back());
    return text + (batch == 1 ? "" : ", batch of " + std::to_string(batch)) +
           (isReal      ? ", real"
            : isSpectra ? ", spectra"
                        : "");
  }
};

constexpr int64_t longest = 1 << 16;

Expected<Question> parseQuestion(StringRef text) {
  auto isExtent = [](StringRef number, int64_t &value) {
    return !number.getAsInteger(10, value) && value >= 1 && value <= longest;
  };
  Question question;
  SmallVector<StringRef> parts, numbers;
  text.split(parts, ',');
  parts.front().split(numbers, 'x');
  bool isRight = numbers.size() <= 2;
  for (StringRef number : numbers)
    isRight &= isExtent(number, question.lengths.emplace_back());
  ArrayRef<StringRef> rest = ArrayRef(parts).drop_front();
  if (!rest.empty() && rest.front().starts_with("batch=")) {
    isRight &= isExtent(rest.front().drop_front(strlen("batch=")), question.batch);
    rest = rest.drop_front();
  }
  question.isReal = rest == ArrayRef<StringRef>{"real"};
  question.isSpectra = rest == ArrayRef<StringRef>{"spectra"};
  isRight &= rest.empty() || question.isReal || question.isSpectra;
  if (!isRight)
    return createStringError("--plan: expected LENGTH[xLENGTH][,batch=COUNT][,real|,spectra] of numbers from 1 to " +
                             Twine(longest) + ", but found '" + text + "'");
  return question;
}

struct Candidate {
  FramePlanResult result;
  int64_t frames = 0; // of all arrays
};

/// All that planFrames looks at, and with it how an axis alone may lie on the aperture, and what may be packed.
class Candidates {
public:
  Candidates(const Question &question, const kernels::FrameDevice &device, const Recombination &parts)
      : device(device), isPair(question.lengths.size() == 2) {
    arrays.isComplex = !question.isReal;
    arrays.outputs = question.isSpectra ? 1 : 2;
    arrays.count = isPair ? question.batch : 1;
    arrays.framesOfReal = parts.frames(/*isComplex=*/false);
    arrays.framesOfComplex = parts.frames(/*isComplex=*/true);
  }

  Expected<std::vector<Candidate>> list(const Question &question) {
    auto whole = [](int64_t length) { return FrameTransform{length, length, length, false}; };
    std::array<FrameTransform, 2> transforms{whole(question.lengths.front()),
                                             isPair ? whole(question.lengths.back())
                                                    : FrameTransform::batch(question.batch)};
    add(transforms);
    if (question.isReal) {
      for (FramePacking packing : {FramePacking::Mirror, FramePacking::Halves}) {
        arrays.packing = packing;
        add(transforms);
        if (isPair)
          add(transforms, 1);
      }
    }
    if (question.batch > 1 && (question.isReal || question.isSpectra)) {
      arrays.packing = question.isReal ? FramePacking::Pairs : FramePacking::Spectra;
      (isPair ? arrays.count : transforms[1].input) = (question.batch + 1) / 2;
      transforms[1].output = isPair ? transforms[1].output : transforms[1].input;
      add(transforms);
    }
    if (candidates.empty())
      return createStringError("--plan: " + reason);
    return std::move(candidates);
  }

private:
  void add(std::array<FrameTransform, 2> transforms, int64_t packedAxis = 0) {
    arrays.packedAxis = packedAxis;
    // Where the sides differ it matters which axis lies along which.
    int ways = device.aperture[0] != device.aperture[1] || device.tile[0] != device.tile[1] ? 2 : 1;
    for (int way = 0; way < ways; ++way) {
      if (way == 1) {
        std::swap(transforms[0], transforms[1]);
        arrays.packedAxis = 1 - packedAxis;
      }
      kernels::FrameChoices choices = frameChoices(transforms, device, arrays);
      if (reason.empty())
        reason = choices.reason;
      for (const kernels::FrameChoice &row : choices.axes[0])
        for (const kernels::FrameChoice &col : choices.axes[1]) {
          Candidate candidate{planFrames(transforms, device, {row, col}, arrays, /*withTable=*/false)};
          if (candidate.result.plan)
            candidate.frames = candidate.result.plan->frames() * arrays.count;
          candidates.push_back(std::move(candidate));
        }
    }
  }

  const kernels::FrameDevice &device;
  bool isPair;
  kernels::FrameArrays arrays;
  std::vector<Candidate> candidates;
  std::string reason;
};

} // namespace

Error fourmix::describePlan(const std::string &transform, const std::string &deviceName, raw_ostream &out) {
  Expected<device::Profile> profile = device::loadProfile(deviceName);
  if (!profile)
    return profile.takeError();
  if (StringRef filter = transform; filter.consume_front("filter:"))
    return describeFilterPlan(filter, *profile, out);
  Expected<Question> question = parseQuestion(transform);
  if (!question)
    return question.takeError();
  spectral_to_optic::Recombination parts;
  std::string reason = recombine(*profile, 0, parts);
  if (!profile->firesTransform())
    reason = "its optics have no plain Fourier transform";
  if (!reason.empty())
    return createStringError("--plan: " + profile->name + " takes no transform: " + reason);
  const kernels::FrameDevice device = device::frameDevice(*profile);
  Expected<std::vector<Candidate>> candidates = Candidates(*question, device, parts).list(*question);
  if (!candidates)
    return candidates.takeError();
  // As planFrames: the fastest, of equal ones the first.
  auto isFaster = [](const Candidate &x, const Candidate &y) {
    const auto &a = x.result.plan, &b = y.result.plan;
    return a && (!b || a->seconds < b->seconds);
  };
  std::vector<Candidate> sorted;
  for (Candidate &candidate : *candidates)
    sorted.insert(upper_bound(sorted, candidate, isFaster), std::move(candidate));
  if (!sorted.front().result.plan)
    return createStringError("--plan: none of " + Twine(sorted.size()) + " decompositions is possible on " +
                             profile->name + ": " + sorted.front().result.reason);
  out << formatv("{0} on {1}, aperture {2} x {3}", question->text(), profile->name, profile->rows, profile->cols);
  if (profile->engines > 1)
    out << formatv(", {0} engines", profile->engines);
  if (size_t captures = parts.encodings.size() * parts.detections.size(); captures > 1)
    out << formatv(", {0} captures to a frame", captures);
  out << "\n  " << formatv("{0,10} {1,8} {2,10}  {3,-11}  {4}\n", "frames", "table", "time", "bound by", "recipe");
  static constexpr const char *bounds[] = {"frames", "electronics", "memory", "links"};
  bool isChosen = true;
  for (const Candidate &candidate : sorted) {
    if (!candidate.result.plan)
      break;
    const kernels::FramePlan &plan = *candidate.result.plan;
    auto most = std::max_element(plan.decided.begin(), plan.decided.end()) - plan.decided.begin();
    out << (std::exchange(isChosen, false) ? "* " : "  ")
        << formatv("{0,10} {1,8} {2,10}  {3,-11}  {4}\n", candidate.frames, plan.tableEntries,
                   quantity(plan.seconds, "s"), bounds[most], plan.recipe);
  }
  if (auto refused = count_if(sorted, [](const Candidate &candidate) { return !candidate.result.plan; }))
    out << formatv("  {0} more are not possible: {1}\n", refused, sorted.back().result.reason);
  return Error::success();
}
