// The passes that the steps of two axes become.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_FRAMEPAIRING_H
#define LIB_KERNELS_FRAMEPAIRING_H

#include "lib/Kernels/FrameSteps.h"

namespace fourmix::kernels {

/// Electronic steps of both axes are one pass, and optical steps are; an axis that has none at the time is left alone
/// by the electronics and carried through by the optics. `extents`: of the array that the first pass reads.
std::vector<FramePass> pairSteps(const FrameDevice &device, std::array<std::vector<AxisStep>, 2> steps,
                                 std::array<int64_t, 2> extents);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_FRAMEPAIRING_H
