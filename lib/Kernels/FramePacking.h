// Real signals that share the frames of complex ones: what is transformed then, and what takes them apart.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_FRAMEPACKING_H
#define LIB_KERNELS_FRAMEPACKING_H

#include "lib/Kernels/FrameSteps.h"

namespace fourmix::kernels {

/// Why signals cannot be packed so; empty where they can.
std::string whyNotPacked(const std::array<FrameTransform, 2> &transforms, const FrameDevice &device,
                         const FrameArrays &arrays);

/// What is transformed in the device: of a packed axis half the points, and of all axes the whole spectrum.
std::array<FrameTransform, 2> packedTransforms(std::array<FrameTransform, 2> transforms, const FrameArrays &arrays);

/// Makes the last pass of a mirrored plan one that stores twice. False where the mirrored axis does not end there, or
/// the other axis cannot be reversed there.
bool mirrorLast(std::vector<FramePass> &passes, const std::array<FrameTransform, 2> &transforms,
                const FrameArrays &arrays);

/// The last pass of packed signals. `packed`: the transforms that went before.
FramePass separation(const std::array<FrameTransform, 2> &transforms, const std::array<FrameTransform, 2> &packed,
                     const FrameDevice &device, const FrameArrays &arrays, FactorTable &table);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_FRAMEPACKING_H
