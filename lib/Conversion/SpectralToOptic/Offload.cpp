// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Offload.h"
#include "dialects/Optic/Transforms/Passes.h"
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/Conversion/OpticToCommandStream.h"
#include "fourmix/Simulator/Simulator.h"
#include "fourmix/Support/Units.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;

FailureOr<Expense> fourmix::spectral_to_optic::deviceExpense(optic::ProgramOp program, const device::Profile &profile) {
  OwningOpRef<ModuleOp> alone = ModuleOp::create(program.getLoc());
  auto copy = program.clone();
  alone->push_back(copy);
  if (failed(optic::scheduleProgram(copy, profile)))
    return failure();
  FailureOr<focs::CommandStream> stream = buildCommandStream(*alone, profile);
  if (failed(stream))
    return failure();
  if (llvm::Error error = simulator::predict(*stream, profile))
    return program.emitError(llvm::toString(std::move(error)));
  const focs::Prediction &counted = stream->programs.front().prediction;
  double launch = profile.hostLaunchSeconds;
  return Expense{counted.seconds + launch, counted.joules + launch * profile.hostPower};
}

//===----------------------------------------------------------------------===//
// What is compared
//===----------------------------------------------------------------------===//

llvm::Expected<Offload> Offload::create(StringRef name, StringRef timesPath, const device::Profile &profile) {
  Offload offload;
  offload.name = name.str();
  offload.profile = &profile;
  if (name == "time")
    offload.measure = Time;
  else if (name == "energy")
    offload.measure = Energy;
  else if (name != "all")
    return llvm::createStringError("offload: expected all, time or energy, but found '" + name + "'");
  if (!timesPath.empty()) {
    llvm::Expected<device::HostTimes> times = device::readHostTimes(timesPath);
    if (!times)
      return times.takeError();
    offload.times = std::move(*times);
  }
  // Not everything may have been measured.
  StringRef missing = profile.hostFlops <= 0                                ? "transform_flops"
                      : offload.measure == Energy && profile.hostPower <= 0 ? "power"
                                                                            : "";
  if (offload.measure != All && !missing.empty())
    return llvm::createStringError("offload=" + name + ": expected a figure host." + missing + " in profile '" +
                                   profile.name + "', found none");
  return offload;
}

Offload::HostExpense Offload::ofSeconds(double seconds, HostExpense::Origin origin) const {
  return {{seconds, seconds * profile->hostPower}, origin};
}

Offload::HostExpense Offload::hostExpense(DeviceTransform &transform) const {
  if (std::optional<double> measured = times.find(describeWork(transform)))
    return ofSeconds(*measured, HostExpense::Measured);
  const spectral::Lowering *fft = spectral::findLowering(spectral::fftLowering);
  double operations = 0;
  for (spectral::FourierOpInterface op : transform.ops)
    operations += fft->cost(cast<spectral::PlannableOpInterface>(op.getOperation())).value_or(0);
  return ofSeconds(operations / profile->hostFlops, HostExpense::Counted);
}

Offload::HostExpense Offload::hostExpense(spectral::FilterOp op) const {
  std::optional<double> measured = times.find(describeWork(op));
  return measured ? ofSeconds(*measured, HostExpense::Measured) : HostExpense();
}

void Offload::add(HostExpense &sum, const HostExpense &part) {
  sum += part;
  sum.origin = sum.origin == HostExpense::Unknown ? part.origin : std::min(sum.origin, part.origin);
}

std::string Offload::text(const Expense &e) { return quantity(e.seconds, "s") + " and " + quantity(e.joules, "J"); }

static StringRef provenanceOf(const device::Profile &profile, const std::string &key) {
  auto origin = profile.origins.find(key);
  return device::nameOf(origin == profile.origins.end() ? device::Provenance::Assumed : origin->second.provenance);
}

Offload::Comparison Offload::compare(const Expense &onDevice, const HostExpense &onHost) const {
  std::string seconds = onHost.origin == HostExpense::Measured
                            ? "measured" + (times.cpu.empty() ? "" : " on " + times.cpu)
                            : llvm::formatv("at {0} of FFT code, {1}", quantity(profile->hostFlops, "flop/s"),
                                            provenanceOf(*profile, "host.transform_flops"))
                                  .str();
  std::string watts =
      llvm::formatv("at {0}, {1}", quantity(profile->hostPower, "W"), provenanceOf(*profile, "host.power")).str();
  Comparison result;
  result.figures = llvm::formatv("{0}, on the host {1} ({2}) and {3} ({4})", text(onDevice),
                                 quantity(onHost.seconds, "s"), seconds, quantity(onHost.joules, "J"), watts)
                       .str();
  if (!isLess(onDevice, onHost))
    result.reason = llvm::formatv("the host needs less {0}: ", name).str();
  return result;
}

//===----------------------------------------------------------------------===//
// Descriptions
//===----------------------------------------------------------------------===//

static std::string typeText(RankedTensorType type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (int64_t extent : type.getShape())
    os << extent << 'x';
  os << type.getElementType();
  return text;
}

std::string fourmix::spectral_to_optic::describeWork(DeviceTransform &transform) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << typeText(transform.inputType()) << " -> " << typeText(transform.outputType());
  for (spectral::FourierOpInterface op : transform.ops)
    os << ", " << op->getName() << ' ' << stringifyDirection(op.getDirection()) << ' ' << op.getLength() << " along "
       << op.getAxis();
  os << ", re" << (transform.im() ? " im" : "") << " to" << (transform.givesRe() ? " re" : "")
     << (transform.givesIm() ? " im" : "");
  return text;
}

std::string fourmix::spectral_to_optic::describeWork(spectral::FilterOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << typeText(op.getInputType()) << " -> " << typeText(op.getOutputType()) << ", " << op->getName() << " around ";
  llvm::interleave(op.getLengths(), os, "x");
  os << " along ";
  llvm::interleave(op.getAxes(), os, ", ");
  os << ", spectrum " << typeText(op.getSpectrumType()) << (op.getIm() ? " re im" : " re");
  return text;
}
