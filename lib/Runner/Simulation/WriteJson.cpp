// The report for programs. Numbers that are none (an SNR without errors) are null.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Simulation.h"
#include "llvm/Support/JSON.h"
#include <cmath>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulation;
using json::OStream;

static json::Value number(double value) { return std::isfinite(value) ? json::Value(value) : json::Value(nullptr); }
static json::Value text(StringRef value) { return json::isUTF8(value) ? value.str() : json::fixUTF8(value); }

static void writeUsage(OStream &j, const simulator::Usage &usage) {
  j.attribute("frames", usage.frames);
  j.attribute("reruns", usage.reruns);
  j.attribute("repeats", usage.repeats);
  j.attribute("partialFields", usage.partialFields);
  j.attribute("partialDetects", usage.partialDetects);
  j.attribute("saturated", usage.saturated);
  j.attribute("filterLoads", usage.filterLoads);
  j.attribute("bytesIn", usage.bytesIn);
  j.attribute("bytesOut", usage.bytesOut);
  j.attribute("memoryBytes", usage.memoryBytes);
  j.attribute("multiplications", usage.multiplications);
  j.attribute("seconds", number(usage.seconds));
  j.attribute("joules", number(usage.totalJoules()));
}

static void writeProgram(OStream &j, const Simulation &s) {
  j.attribute("stream", text(s.file));
  j.attribute("program", text(s.program));
  j.attribute("mode", s.mode);
  j.attribute("seed", s.seed);
  j.attribute("randomInputs", s.randomInputs);
  j.attribute("launches", s.launches);
  j.attributeObject("device", [&] {
    j.attribute("name", text(s.profile->name));
    j.attribute("rows", s.profile->rows);
    j.attribute("cols", s.profile->cols);
    j.attribute("engines", s.profile->engines);
  });
  j.attributeObject("usage", [&] {
    writeUsage(j, s.usage);
    j.attribute("utilisation", number(s.usage.utilisation(*s.profile)));
  });
  j.attributeObject("preload", [&] { writeUsage(j, s.preload); });
  j.attributeObject("predicted", [&] {
    j.attribute("frames", s.code->prediction.frames);
    j.attribute("seconds", number(s.code->prediction.seconds));
    j.attribute("joules", number(s.code->prediction.joules));
  });
  j.attribute("bound", s.usage.seconds > 0 ? json::Value(s.resources()[0].name) : json::Value(nullptr));
  j.attributeObject("busySeconds", [&] {
    for (const Resource &resource : s.resources())
      j.attribute(resource.name, number(resource.seconds));
  });
  j.attributeObject("lightIsTheBottleneckAt", [&] {
    j.attribute("linkInBytesPerSecond", number(s.neededIn()));
    j.attribute("linkOutBytesPerSecond", number(s.neededOut()));
    j.attribute("memoryBytesPerSecond", number(s.neededMemory()));
    j.attribute("multiplicationsPerSecond", number(s.neededMultiplications()));
  });
  j.attributeArray("energy", [&] {
    for (const EnergyShare &share : s.energy())
      j.object([&] {
        j.attribute("component", text(share.component));
        j.attribute("joules", number(share.joules));
        j.attribute("figure", text(share.key));
        j.attribute("from", nameOf(share.origin.provenance));
        j.attribute("note", text(share.origin.note));
      });
  });
  if (const std::optional<BreakEven> &b = s.breakEven)
    j.attributeObject("cpu", [&] {
      j.attribute("name", text(b->cpu));
      j.attribute("seconds", b->cpuSeconds);
      j.attribute("deviceWins", b->wins);
      j.attribute("breakEvenAtTimesTheLinks", b->linkFactor > 0 ? json::Value(b->linkFactor) : json::Value(nullptr));
      j.attribute("breakEvenAtLaunches", b->launches ? json::Value(b->launches) : json::Value(nullptr));
      j.attribute("deviceSecondsWithoutLinks", b->unlimitedSeconds);
      j.attribute("boundWithoutLinks", b->unlimitedBound);
    });
  j.attributeArray("outputs", [&] {
    for (const Accuracy &accuracy : s.accuracy)
      j.object([&] {
        j.attribute("name", text(accuracy.name));
        j.attribute("type", accuracy.type);
        j.attribute("snr", number(accuracy.snr));
        j.attribute("effectiveBits", number(accuracy.bits()));
        j.attribute("maxError", number(accuracy.maxError));
        j.attribute("rmsError", number(accuracy.rmsError));
        j.attribute("maxExact", number(accuracy.maxExact));
      });
  });
  j.attributeArray("layers", [&] {
    for (auto [mark, used] : enumerate(s.byMark))
      j.object([&] {
        j.attribute("name", text(s.markName(mark)));
        writeUsage(j, used);
        if (s.fidelity.empty())
          return;
        const simulator::Fidelity &f = s.fidelity[mark];
        j.attribute("numbers", f.numbers);
        j.attribute("snr", number(f.localSnr()));
        j.attribute("effectiveBits", number(effectiveBits(f.localSnr())));
        j.attribute("snrSoFar", number(f.snr()));
      });
  });
  j.attributeObject("figures", [&] {
    for (const auto &[key, origin] : s.profile->origins)
      j.attributeObject(key, [&] {
        j.attribute("from", nameOf(origin.provenance));
        j.attribute("note", text(origin.note));
      });
  });
}

void simulation::writeJson(ArrayRef<Simulation> simulations, raw_ostream &os) {
  OStream j(os, 2);
  j.object([&] {
    if (simulations.size() == 1)
      return writeProgram(j, simulations[0]);
    j.attribute("stream", text(simulations[0].file));
    j.attributeArray("programs", [&] {
      for (const Simulation &simulation : simulations)
        j.object([&] { writeProgram(j, simulation); });
    });
    Total total(simulations);
    j.attributeObject("together", [&] {
      j.attribute("launches", total.launches);
      writeUsage(j, total.usage);
      if (total.cpuSeconds > 0)
        j.attribute("cpuSeconds", total.cpuSeconds);
    });
  });
  os << "\n";
}
