// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HiddenAxis.h"
#include "ProductNodes.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// The axis of `to` that has the elements of axis `axis` of `from` in the same order, both row-major, if there is one.
std::optional<int64_t> followReshape(ArrayRef<int64_t> from, ArrayRef<int64_t> to, int64_t axis) {
  int64_t inner = 1, seen = 1;
  for (int64_t extent : from.drop_front(axis + 1))
    inner *= extent;
  for (auto at = static_cast<int64_t>(to.size()) - 1; at >= 0; --at) {
    if (seen == inner && to[at] == from[axis])
      return at;
    seen *= to[at];
  }
  return std::nullopt;
}

/// Where axis `axis` of the input is after a reduction that drops axes, if it is still there.
std::optional<int64_t> dropReduced(NodeOp node, int64_t axis, int64_t rank) {
  auto reduced = node.getInts("axes");
  if (Value given = node.getInput(1)) {
    ElementsAttr constant = matchConstant(given);
    reduced = constant ? readInts(constant) : std::nullopt;
  }
  if (!reduced)
    return std::nullopt;
  int64_t before = 0;
  for (int64_t each : *reduced) {
    each += each < 0 ? rank : 0;
    if (each == axis)
      return std::nullopt;
    before += each < axis;
  }
  return axis - before;
}

} // namespace

HiddenAxis onnx_to_mix::hiddenAxis(Value value, int steps) {
  int64_t rank = staticShape(value)->size(), last = rank - 1;
  Operation *op = value.getDefiningOp();
  HiddenAxis guess{last, false};
  auto follow = [&](Value from) { return staticShape(from) ? hiddenAxis(from, steps - 1) : HiddenAxis{last, false}; };
  if (!op || steps == 0)
    return guess;
  if (auto mixing = dyn_cast<mix::MixingOpInterface>(op))
    return staticShape(mixing.getMixed())->size() == static_cast<size_t>(rank) ? follow(mixing.getMixed()) : guess;
  auto node = dyn_cast<NodeOp>(op);
  if (!node || !node.getDomain().empty() || node.getInputs().empty() || !staticShape(node.getInput(0)))
    return guess;
  Value input = node.getInput(0);
  ArrayRef<int64_t> from = *staticShape(input);
  auto fromRank = static_cast<int64_t>(from.size());
  auto moved = [&](HiddenAxis before, std::optional<int64_t> axis) {
    return axis ? HiddenAxis{*axis, before.isKnown} : guess;
  };
  StringRef kind = node.getOpType();
  if (kind == "Conv" || kind == "ConvTranspose" || kind == "BatchNormalization" || kind == "InstanceNormalization" ||
      kind == "GroupNormalization" || kind.ends_with("Pool"))
    return {std::min<int64_t>(1, last), true};
  if (kind.ends_with("LayerNormalization") || kind == "RMSNormalization")
    return {last, true};
  if (kind == "Transpose") {
    HiddenAxis before = follow(input);
    auto permutation = node.getInts("perm");
    if (!permutation)
      return moved(before, last - before.axis);
    return moved(before, std::min<int64_t>(llvm::find(*permutation, before.axis) - permutation->begin(), last));
  }
  if (keepsElements(node)) {
    HiddenAxis before = follow(input);
    return moved(before, followReshape(from, *staticShape(value), before.axis));
  }
  if (kind.starts_with("Reduce")) {
    HiddenAxis before = follow(input);
    return fromRank == rank ? before : moved(before, dropReduced(node, before.axis, fromRank));
  }
  if (kind == "MatMul")
    for (unsigned data : {0u, 1u})
      if (isConstantView(node.getInput(1 - data)) && staticShape(node.getInput(data)) &&
          staticShape(node.getInput(data))->size() == static_cast<size_t>(rank))
        return follow(node.getInput(data));
  if (kind == "STFT") // [batch, frames, bins, parts]
    return {std::min<int64_t>(2, last), true};
  if (kind == "Gather" && fromRank == rank + 1 && !isConstantView(input)) { // One index of an axis.
    HiddenAxis before = follow(input);
    int64_t dropped = node.getInt("axis", 0);
    dropped += dropped < 0 ? fromRank : 0;
    return before.axis == dropped ? guess : moved(before, before.axis - (before.axis > dropped));
  }
  if (kind == "Gather" && isConstantView(input)) // A table of embeddings.
    return {last, true};
  if (kind == "MatMul" || kind == "Gemm" || kind == "Einsum")
    return guess;
  // What keeps the number of axes keeps their order.
  for (Value each : node.getInputs())
    if (staticShape(each) && staticShape(each)->size() == static_cast<size_t>(rank) && !isConstantView(each))
      return follow(each);
  return guess;
}
