// A profile as lib/Kernels plans by it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_DEVICE_FRAMEDEVICE_H
#define LIB_DEVICE_FRAMEDEVICE_H

#include "fourmix/Device/Profile.h"
#include "lib/Kernels/FramePlan.h"

namespace fourmix::device {

/// What plans of frames depend on. The host's numbers are taken for f32.
kernels::FrameDevice frameDevice(const Profile &profile);

} // namespace fourmix::device

#endif // LIB_DEVICE_FRAMEDEVICE_H
