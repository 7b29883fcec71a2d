// The report for terminals.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Simulation.h"
#include "fourmix/Support/Units.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulation;

static std::string percent(double part, double whole) {
  return whole > 0 ? formatv("{0:F1} %", 100 * part / whole).str() : "0 %";
}

/// "12 (8 to detect parts of numbers, ...)".
static std::string framesText(const simulator::Usage &usage) {
  std::string causes;
  auto add = [&](uint64_t count, const char *cause) {
    if (count)
      causes += (causes.empty() ? " (" : ", ") + std::to_string(count) + " " + cause;
  };
  add(usage.partialFields, "of fields that show a part of their numbers");
  add(usage.partialDetects, "that detect a part of their numbers");
  add(usage.repeats, "for averages");
  add(usage.reruns, "again after saturation");
  return std::to_string(usage.frames) + causes + (causes.empty() ? "" : ")");
}

/// Whether the compiler foretold what happened.
static void writePrediction(const Simulation &s, raw_ostream &os) {
  const focs::Prediction &p = s.code->prediction;
  if (p == focs::Prediction()) {
    os << "predicted   nothing\n";
    return;
  }
  os << formatv("predicted   {0} frames, {1}, {2}", p.frames, quantity(p.seconds, "s"), quantity(p.joules, "J"));
  uint64_t frames = s.usage.frames - s.usage.reruns;
  // Where a program before has overwritten what the preload wrote, it ran again.
  auto takes = [&](double seconds) { return std::abs(seconds - s.usage.seconds) <= 1e-6 * s.usage.seconds; };
  if (p.frames != frames || !(s.usage.reruns || takes(p.seconds) || takes(p.seconds + s.preload.seconds)))
    os << ": it came otherwise\n";
  else
    os << (s.usage.reruns || takes(p.seconds) ? ": as it came\n" : ": as it came, with the preload again\n");
}

static void writeProgram(const Simulation &s, raw_ostream &os) {
  const device::Profile &profile = *s.profile;
  const simulator::Usage &usage = s.usage;
  os << formatv("program     '{0}' on {1}, mode {2}", s.program, profile.name, s.mode);
  if (s.mode == "noisy")
    os << ", seed " << s.seed;
  if (s.launches > 1)
    os << "; one of " << s.launches << " launches";
  os << (s.randomInputs ? "; inputs are random\n" : "\n");
  os << "frames      " << framesText(usage) << "\n";
  os << formatv("aperture    {0} x {1}, {2} of the pixels used\n", profile.rows, profile.cols,
                percent(usage.utilisation(profile), 1));
  os << "time        " << quantity(usage.seconds, "s");
  std::vector<Resource> resources = s.resources();
  if (usage.seconds > 0)
    os << ", bound by " << resources[0].name;
  os << "\n";
  for (const Resource &resource : resources)
    if (resource.seconds > 0)
      os << formatv("  {0,-22} {1,10}  {2,8}\n", resource.name, quantity(resource.seconds, "s"),
                    percent(resource.seconds, usage.seconds));
  os << formatv("bytes       {0} in, {1} out, {2} in the own memory\n", quantity(usage.bytesIn, "B"),
                quantity(usage.bytesOut, "B"), quantity(usage.memoryBytes, "B"));
  os << formatv("electronics {0} complex multiplications\n", withPrefix(static_cast<double>(usage.multiplications)));
  if (usage.frames)
    os << formatv(
        "light is the bottleneck at links of {0} in and {1} out, {2} of the own memory, {3}multiplications/s\n",
        quantity(s.neededIn(), "B/s"), quantity(s.neededOut(), "B/s"), quantity(s.neededMemory(), "B/s"),
        withPrefix(s.neededMultiplications()));
  os << "energy      " << quantity(usage.totalJoules(), "J") << "\n";
  for (const EnergyShare &share : s.energy())
    if (share.joules > 0)
      os << formatv("  {0,-22} {1,10}  {2,8}  {3}{4}{5}\n", share.component, quantity(share.joules, "J"),
                    percent(share.joules, usage.totalJoules()), nameOf(share.origin.provenance),
                    share.origin.note.empty() ? "" : ": ", share.origin.note);
  if (s.preload.seconds > 0)
    os << formatv("preload     {0}, {1} in, once\n", quantity(s.preload.seconds, "s"),
                  quantity(s.preload.bytesIn, "B"));
  writePrediction(s, os);
  if (s.breakEven)
    os << "CPU         " << cpuText(s) << "\n";
  if (s.mode == "quant" || s.mode == "noisy")
    os << "saturated   " << usage.saturated << " detector elements stayed so\n";
  for (const Accuracy &accuracy : s.accuracy) {
    os << formatv("output      '{0}' {1}: ", accuracy.name, accuracy.type);
    if (accuracy.isExact())
      os << "equal to that of an exact run\n";
    else
      os << formatv("SNR {0:F1} dB, {1:F1} effective bits, max error {2:e2}, rms {3:e2}\n", accuracy.snr,
                    accuracy.bits(), accuracy.maxError, accuracy.rmsError);
  }
  bool isFirst = true, hasSnr = !s.fidelity.empty();
  auto decibels = [](double snr) { return std::isfinite(snr) ? formatv("{0:F1} dB", snr).str() : "-"; };
  auto bits = [](double snr) { return std::isfinite(snr) ? formatv("{0:F1}", effectiveBits(snr)).str() : "-"; };
  for (auto [mark, used] : enumerate(s.byMark)) {
    if (Simulation::isIdle(used))
      continue;
    if (std::exchange(isFirst, false))
      os << formatv("{0,12} {1,10} {2,10} {3,10} {4,10}{5}  layer\n", "frames", "time", "energy", "in", "out",
                    hasSnr ? "  saturated    its SNR  bits  SNR so far" : "");
    std::string snr;
    if (hasSnr) {
      const simulator::Fidelity &f = s.fidelity[mark];
      snr = formatv(" {0,10} {1,10} {2,5} {3,11}", used.saturated, decibels(f.localSnr()), bits(f.localSnr()),
                    decibels(f.snr()));
    }
    os << formatv("{0,12} {1,10} {2,10} {3,10} {4,10}{5}  {6}\n", used.frames, quantity(used.seconds, "s"),
                  quantity(used.totalJoules(), "J"), quantity(used.bytesIn, "B"), quantity(used.bytesOut, "B"), snr,
                  s.markName(mark));
  }
}

void simulation::writeText(ArrayRef<Simulation> simulations, raw_ostream &os) {
  for (const Simulation &simulation : simulations) {
    writeProgram(simulation, os);
    if (simulations.size() > 1)
      os << "\n";
  }
  if (simulations.size() == 1 && simulations[0].launches == 1)
    return;
  Total total(simulations);
  os << formatv("together    {0} launches of {1} programs one after the other: {2} frames, {3}, {4}", total.launches,
                simulations.size(), total.usage.frames, quantity(total.usage.seconds, "s"),
                quantity(total.usage.totalJoules(), "J"));
  if (total.cpuSeconds > 0)
    os << formatv("; CPU {0}", quantity(total.cpuSeconds, "s"));
  os << "\n";
}
