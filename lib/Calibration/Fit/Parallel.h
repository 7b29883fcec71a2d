// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CALIBRATION_FIT_PARALLEL_H
#define FOURMIX_LIB_CALIBRATION_FIT_PARALLEL_H

#include <cstdint>
#include <thread>
#include <vector>

namespace fourmix::calibration {

/// Calls body(thread, from, to) once per thread, for as many equal parts of [0, count).
template <typename Body>
void parallelParts(int threads, int64_t count, const Body &body) {
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; ++thread)
    others.emplace_back([&, thread] { body(thread, count * thread / threads, count * (thread + 1) / threads); });
  body(0, int64_t(0), count / threads);
  for (std::thread &other : others)
    other.join();
}

} // namespace fourmix::calibration

#endif // FOURMIX_LIB_CALIBRATION_FIT_PARALLEL_H
