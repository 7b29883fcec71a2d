// Times that add up exactly.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_TICKS_H
#define LIB_SIMULATOR_TICKS_H

#include <algorithm>
#include <cmath>

namespace fourmix::simulator {

/// Whole multiples of 2^-80 s, about 10^-24 s: what takes as long takes exactly as long later, so that loops come to
/// states that they have been in before. They reach for 4 million years.
__extension__ using Ticks = __int128;

inline constexpr int ticksExponent = 80;

/// Of one instruction, which takes less than 2^30 s.
inline Ticks toTicks(double seconds) {
  return static_cast<Ticks>(std::ldexp(std::clamp(seconds, 0.0, 0x1p30), ticksExponent));
}
inline double toSeconds(Ticks ticks) { return std::ldexp(static_cast<double>(ticks), -ticksExponent); }

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_TICKS_H
