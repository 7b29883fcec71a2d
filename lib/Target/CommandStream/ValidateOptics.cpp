// Rules V401 to V407: what encoder, optics and detector of the device can do.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Validator.h"

namespace fourmix::focs {
namespace {
using device::DetectMode;
using device::Domain;
using llvm::Twine;

struct OpticsCheck {
  const Code &code;
  size_t at;
  Report &report;
  const device::Profile &profile = code.profile;

  void fail(const char *rule, const Twine &message) const { report.add(rule, code, at, message); }
  static bool isComplex(Domain domain) { return domain == Domain::Complex || domain == Domain::Ideal; }

  void operator()(const LoadField &i) const {
    if (isComplex(profile.encodeDomain))
      return;
    if (i.component == Component::Complex && i.from.im)
      fail("V405", "expected one component of a complex number, which is all that the encoder can show, found both");
    if (profile.encodeDomain != Domain::Real && !i.bias)
      fail("V406", "expected a bias, since the encoder shows no negative numbers, found none");
  }
  void operator()(const LoadFilter &i) const {
    if (!isComplex(profile.filterDomain) && i.from.im)
      fail("V407", "expected real factors, which are all that the filter can show, found an imaginary part");
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
