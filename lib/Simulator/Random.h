// Random numbers that are the same everywhere.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_RANDOM_H
#define LIB_SIMULATOR_RANDOM_H

#include <bit>
#include <cmath>
#include <cstdint>

namespace fourmix::simulator {

/// xoshiro256++ (Blackman and Vigna, 2021), seeded by splitmix64; normal numbers by Marsaglia's polar method.
class Random {
public:
  explicit Random(uint64_t seed) {
    for (uint64_t &word : state) {
      seed += 0x9e3779b97f4a7c15;
      uint64_t z = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      word = z ^ (z >> 31);
    }
  }

  double normal() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    for (;;) {
      double u = uniform(), v = uniform(), s = u * u + v * v;
      if (s >= 1 || s == 0)
        continue;
      double factor = std::sqrt(-2 * std::log(s) / s);
      spare = v * factor;
      hasSpare = true;
      return u * factor;
    }
  }

private:
  uint64_t next() {
    uint64_t result = std::rotl(state[0] + state[3], 23) + state[0], t = state[1] << 17;
    state[2] ^= state[0], state[3] ^= state[1], state[1] ^= state[2], state[0] ^= state[3];
    state[2] ^= t, state[3] = std::rotl(state[3], 45);
    return result;
  }
  /// In [-1, 1).
  double uniform() { return static_cast<double>(static_cast<int64_t>(next()) >> 11) * 0x1p-52; }

  uint64_t state[4];
  double spare = 0;
  bool hasSpare = false;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_RANDOM_H
