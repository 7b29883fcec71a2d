// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceTransform.h"

using namespace mlir;
using namespace fourmix::spectral;
using namespace fourmix::spectral_to_optic;

static void add(DeviceTransform &transform, FourierOpInterface op) {
  TransformedAxis axis{
      op.getAxis(),
      {op.getLength(), op.getInputExtent(), op.getOutputExtent(), op.getDirection() == Direction::Inverse}};
  if (isa<IrdftOp>(op))
    transform.halfAxis = op.getAxis();
  transform.ops.push_back(op);
  transform.axes.push_back(axis);
  llvm::sort(transform.axes, [](const auto &a, const auto &b) { return a.axis < b.axis; });
}

DeviceTransform fourmix::spectral_to_optic::transformOf(FourierOpInterface op) {
  DeviceTransform transform;
  add(transform, op);
  return transform;
}

std::optional<DeviceTransform> fourmix::spectral_to_optic::pairOf(FourierOpInterface op, StringRef plan) {
  if (!op.getOutIm() || op.getOutRe().use_empty())
    return std::nullopt;
  auto next = dyn_cast<FourierOpInterface>(*op.getOutRe().getUsers().begin());
  if (!next || next.getPlan() != plan || next.getRe() != op.getOutRe() || next.getIm() != op.getOutIm() ||
      next.getAxis() == op.getAxis())
    return std::nullopt;
  for (Value result : op->getResults())
    if (!llvm::all_of(result.getUsers(), [&](Operation *user) { return user == next; }))
      return std::nullopt;
  DeviceTransform transform = transformOf(op);
  add(transform, next);
  return transform;
}
