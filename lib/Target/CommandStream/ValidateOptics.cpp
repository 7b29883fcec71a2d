// Rules V401 to V409: what encoder, optics and detector of the device can do.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Validator.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include <cmath>

namespace fourmix::focs {
namespace {
using device::DetectMode;
using device::Domain;
using llvm::Twine;

/// How many constants of one instruction are looked at.
constexpr uint64_t mostConstants = 1 << 20;
/// Of the digits of a number without its sign: exact in a double, and far beyond what light can do.
constexpr unsigned mostDigitBits = 32;

/// The numbers that an instruction loads from the constants, of all iterations.
struct Constants {
  double least = HUGE_VAL, leastPositive = HUGE_VAL, greatest = -HUGE_VAL;

  void add(double value) {
    least = std::isnan(value) ? -HUGE_VAL : std::min(least, value);
    greatest = std::max(greatest, value);
    if (value > 0)
      leastPositive = std::min(leastPositive, value);
  }
  /// What is not inside reads as zero, which every domain has.
  static std::optional<Constants> of(const Code &code, size_t instruction, const Access &access, const Plane &plane,
                                     Report &report) {
    Code::Loops trips = code.tripsOf(instruction);
    auto distinct = [&](const AxisAccess &axis) { // from there on a circle's elements come again
      return axis.wrap && !access.joined ? static_cast<uint32_t>(std::clamp<int64_t>(axis.limit, 1, axis.count))
                                         : axis.count;
    };
    uint32_t rows = distinct(access.row), cols = distinct(access.col);
    Wide count = Wide(rows) * cols;
    for (uint32_t trip : trips)
      count = std::min<Wide>(count * trip, mostConstants + 1);
    if (plane.region != constantRegion || count > mostConstants || !report.spendOnConstants(count, code, instruction))
      return std::nullopt;
    Constants result;
    std::array<int64_t, maxLoopDepth> iteration{};
    auto at = [&](const Linear &linear) {
      Wide value = linear.base;
      for (size_t i = 0; i < trips.size(); ++i)
        value += Wide(linear.step[i]) * iteration[i];
      return value;
    };
    auto coordinate = [&](const AxisAccess &axis, uint32_t t) { return at(axis.start) + Wide(t) * axis.step; };
    auto around = [](const AxisAccess &axis, Wide at) {
      return axis.limit > 0 ? (at % axis.limit + axis.limit) % axis.limit : at;
    };
    auto addressOf = [&](const AxisAccess &axis, Wide at) -> std::optional<Wide> {
      return at < 0 || at >= axis.limit ? std::nullopt : std::optional<Wide>(at * axis.pitch);
    };
    auto address = [&](uint32_t r, uint32_t c) -> std::optional<Wide> {
      Wide y = coordinate(access.row, r), x = coordinate(access.col, c);
      if (access.joined)
        return addressOf(access.col, around(access.row, y + x));
      std::optional<Wide> row = addressOf(access.row, access.row.wrap ? around(access.row, y) : y);
      std::optional<Wide> col = addressOf(access.col, access.col.wrap ? around(access.col, x) : x);
      return row && col ? std::optional<Wide>(*row + *col) : std::nullopt;
    };
    for (size_t loop = 0; loop < maxLoopDepth;) {
      for (uint32_t r = 0; r < rows; ++r)
        for (uint32_t c = 0; c < cols; ++c)
          if (std::optional<Wide> inside = address(r, c))
            result.add(read(code.stream.constants, access.type, at(plane.offset) + *inside));
      for (loop = 0; loop < trips.size() && ++iteration[loop] == trips[loop]; ++loop)
        iteration[loop] = 0;
      if (loop == trips.size())
        break;
    }
    return result;
  }

private:
  /// Zero where there is nothing, which is V304's.
  static double read(llvm::ArrayRef<uint8_t> constants, ElementType type, Wide element) {
    using namespace llvm::support;
    Wide size = byteSize(type);
    if (element < 0 || (element + 1) * size > Wide(constants.size()))
      return 0;
    const uint8_t *from = &constants[static_cast<size_t>(element * size)];
    return type == ElementType::F32 ? llvm::bit_cast<float>(endian::read32le(from))
                                    : llvm::bit_cast<double>(endian::read64le(from));
  }
};

struct OpticsCheck {
  const Code &code;
  size_t at;
  Report &report;
  const device::Profile &profile = code.profile;

  void fail(const char *rule, const Twine &message) const { report.add(rule, code, at, message); }
  static bool isComplex(Domain domain) { return domain == Domain::Complex || domain == Domain::Ideal; }

  void operator()(const LoadField &i) const {
    if (i.digit)
      checkDigit(*i.digit);
    if (isComplex(profile.encodeDomain))
      return;
    if (i.component == Component::Complex && i.from.im)
      fail("V405", "expected one component of a complex number, which is all that the encoder can show, found both");
    if (profile.encodeDomain != Domain::Real && !i.bias && !isPart(i.component) && (i.removeMean || !isNonNegative(i)))
      fail("V406", "expected a bias or a part, since the encoder shows no negative numbers, found none");
  }
  void checkDigit(const Digit &digit) const {
    bool isUnsigned = profile.encodeDomain == Domain::NonNegative || profile.encodeDomain == Domain::Binary;
    unsigned least = isUnsigned ? 1 : 2, most = profile.encodeBits ? profile.encodeBits : mostDigitBits;
    if (digit.index >= digit.count)
      fail("V409", "expected a digit below " + Twine(unsigned(digit.count)) + ", which are all, found " +
                       Twine(unsigned(digit.index)));
    if (digit.bits < least || digit.bits > most)
      fail("V409", "expected digits of " + Twine(least) + " to " + Twine(most) +
                       " bits, which the encoder can show, found " + Twine(unsigned(digit.bits)));
    else if (digit.count * (digit.bits + 1 - least) > mostDigitBits)
      fail("V409", "expected at most " + Twine(mostDigitBits) + " bits in all digits, found " +
                       Twine(digit.count * (digit.bits + 1 - least)));
  }
  /// Of constants that are nowhere negative.
  bool isNonNegative(const LoadField &i) const {
    const std::optional<Plane> &plane = isImaginary(i.component) ? i.from.im : i.from.re;
    if (!plane)
      return true;
    std::optional<Constants> constants = Constants::of(code, at, i.from, *plane, report);
    return constants && constants->least >= 0;
  }
  void operator()(const LoadFilter &i) const {
    if (!isComplex(profile.filterDomain) && i.from.im)
      fail("V407", "expected real factors, which are all that the filter can show, found an imaginary part");
    if (isComplex(profile.filterDomain) || profile.filterDomain == Domain::Real || !i.from.re)
      return;
    std::optional<Constants> constants = Constants::of(code, at, i.from, *i.from.re, report);
    if (!constants)
      fail("V408", "expected at most " + Twine(mostConstants) +
                       " factors, and from the constants, to see that none is negative, found others");
    else if (!(constants->least >= 0))
      fail("V408", "expected factors of zero or more, found one of " + Twine(std::to_string(constants->least)));
    else if (profile.filterDomain == Domain::Binary && constants->leastPositive < constants->greatest)
      fail("V408", "expected factors that are zero or one number, found " +
                       Twine(std::to_string(constants->leastPositive)) + " and " +
                       Twine(std::to_string(constants->greatest)));
  }
  bool fires(FireMode mode) const {
    switch (mode) {
    case FireMode::FT:
      return profile.firesTransform();
    case FireMode::MFT:
      return profile.firesProduct();
    case FireMode::Correlate4F:
      return profile.firesCorrelation();
    }
    return false;
  }
  bool detects(Detect detect) const {
    switch (profile.detect) {
    case DetectMode::IQ:
      return detect != Detect::Intensity;
    case DetectMode::Quadrature:
      return detect == Detect::I || detect == Detect::Q;
    case DetectMode::Intensity:
      return detect == Detect::Intensity;
    case DetectMode::Ideal:
      return true;
    }
    return false;
  }
  void operator()(const Fire &i) const {
    if (!fires(i.mode))
      fail("V401", Twine("expected a mode that the device has, found ") + namesOf(i.mode)[size_t(i.mode)]);
    if (!detects(i.detect))
      fail("V402", Twine("expected what the detector can be asked for, found ") + namesOf(i.detect)[size_t(i.detect)]);
    if (i.gain != automaticGain && i.gain >= profile.gainSteps)
      fail("V403", "expected a gain code below " + Twine(profile.gainSteps) + ", found " + Twine(unsigned(i.gain)));
    if (i.reference > 4 || (i.reference && i.detect != Detect::Intensity))
      fail("V404", "expected a reference of 0 to 4, and 0 where quadratures are detected, found " +
                       Twine(unsigned(i.reference)));
    else if (i.reference && !(profile.referenceAmplitude > 0))
      fail("V404", "expected no reference, since the device has none, found " + Twine(unsigned(i.reference)));
  }
  template <typename Other>
  void operator()(const Other &) const {}
};

} // namespace

void checkOptics(const Code &code, Report &report) {
  for (size_t i = 0; i < code.instructions.size(); ++i)
    std::visit(OpticsCheck{code, i, report}, code.instructions[i].body);
}

} // namespace fourmix::focs
