// Loops that are compiled for several CPUs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_VECTORS_H
#define LIB_SIMULATOR_VECTORS_H

namespace fourmix::simulator {

#if defined(__x86_64__) && defined(__GNUC__)
template <typename F>
__attribute__((flatten, target("avx2"))) void withAvx2(F f) {
  f();
}
/// Vectors as long, but twice the registers: a butterfly of radix 11 has 22 numbers.
template <typename F>
__attribute__((flatten, target("avx2,avx512f,avx512vl"))) void withAvx512(F f) {
  f();
}
template <typename F>
__attribute__((flatten)) void withBaseline(F f) {
  f();
}
/// Calls f, which is worth vectors, compiled for this CPU. Without fused operations (CMakeLists.txt): the
/// numbers are the same on all CPUs.
template <typename F>
void vectorised(F f) {
  static const bool hasAvx2 = __builtin_cpu_supports("avx2");
  static const bool hasAvx512 = hasAvx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
  hasAvx512 ? withAvx512(f) : hasAvx2 ? withAvx2(f) : withBaseline(f);
}
#else
template <typename F>
void vectorised(F f) {
  f();
}
#endif

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_VECTORS_H
