// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Device/FrameDevice.h"

using namespace fourmix;
using namespace fourmix::device;

kernels::FrameDevice device::frameDevice(const Profile &profile) {
  auto perSecond = [](double rate) { return rate > 0 ? 1 / rate : 0; };
  kernels::FrameDevice view;
  view.aperture = {profile.rows, profile.cols};
  view.tile = {profile.accumulatorRows, profile.accumulatorCols};
  view.radices = profile.radices;
  view.tableEntries = profile.tableEntries;
  view.tiles = profile.accumulatorTiles;
  view.frameSeconds = perSecond(profile.frameHz * static_cast<double>(profile.engines));
  view.latencySeconds = profile.latencySeconds;
  view.multiplySeconds = perSecond(profile.clockHz * profile.multipliersPerCycle);
  double pointBytes = profile.doublePrecision ? 16 : 8;
  view.pointSeconds = perSecond(profile.memoryBandwidth) * pointBytes;
  view.scratchPoints = static_cast<double>(profile.scratchBytes) / pointBytes;
  view.linkIn = 4 * perSecond(profile.linkIn);
  view.linkOut = 4 * perSecond(profile.linkOut);
  return view;
}
