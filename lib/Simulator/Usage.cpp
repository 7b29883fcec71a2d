// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Simulator/Simulator.h"
#include <algorithm>
#include <cmath>

using namespace fourmix;
using namespace fourmix::simulator;

Usage &Usage::operator+=(const Usage &other) {
  frames += other.frames, reruns += other.reruns, repeats += other.repeats;
  partialFields += other.partialFields, partialDetects += other.partialDetects, saturated += other.saturated;
  filterLoads += other.filterLoads, bytesIn += other.bytesIn, bytesOut += other.bytesOut;
  memoryBytes += other.memoryBytes, multiplications += other.multiplications, usefulPixels += other.usefulPixels;
  seconds += other.seconds;
  for (size_t queue = 0; queue < busy.size(); ++queue)
    busy[queue] += other.busy[queue];
  linkInSeconds += other.linkInSeconds, linkOutSeconds += other.linkOutSeconds;
  memorySeconds += other.memorySeconds;
  for (const auto &[component, value] : other.joules)
    joules[component] += value;
  return *this;
}

Fidelity &Fidelity::operator+=(const Fidelity &other) {
  numbers += other.numbers, power += other.power, error += other.error;
  localPower += other.localPower, localError += other.localError;
  return *this;
}
double Fidelity::snr() const { return 10 * std::log10(power / error); }
double Fidelity::localSnr() const { return 10 * std::log10(localPower / localError); }

double Usage::totalJoules() const {
  double sum = 0;
  for (const auto &[component, value] : joules)
    sum += value;
  return sum;
}

double Usage::utilisation(const device::Profile &profile) const {
  return frames ? static_cast<double>(usefulPixels) / (static_cast<double>(frames) * profile.pixels()) : 0;
}

std::pair<std::string, double> Usage::bottleneck() const {
  // A link before the queue that waits for it.
  std::pair<std::string, double> all[] = {
      {"link in", linkInSeconds}, {"link out", linkOutSeconds}, {"own memory", memorySeconds},
      {"optics", busy[2]},        {"electronics", busy[3]},     {"load", busy[1]},
      {"store", busy[4]}};
  return *std::max_element(std::begin(all), std::end(all), [](auto &a, auto &b) { return a.second < b.second; });
}
