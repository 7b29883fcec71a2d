// What a plan costs, counted from the text that computes it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_COST_H
#define LIB_KERNELS_COST_H

#include "lib/Kernels/DftPlan.h"

namespace fourmix::kernels {

/// Per transform of one vector: real additions and multiplications (a fused pair counts as two), reals moved between
/// memory and registers, and numbers read from the table.
struct Cost {
  int64_t additions = 0, multiplications = 0, loads = 0, stores = 0, tableLoads = 0;

  int64_t flops() const { return additions + multiplications; }
};

/// `realInput`: no imaginary plane is given; `realOutput`: only the real plane of the result is wanted.
Cost countDft(const DftPlan &plan, bool realInput = false, bool realOutput = false);
Cost countRdft(const RdftPlan &plan, bool mirrored = false);
Cost countIrdft(const RdftPlan &plan);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_COST_H
