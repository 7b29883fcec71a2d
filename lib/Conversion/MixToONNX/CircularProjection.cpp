// Circular projections as a Conv behind a wrap: Pad in its mode wrap, which opset 19 brought, Slice and Concat before
// it. So a kernel stays as small as it is, and whoever reads the file sees what it was.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

static int64_t wrapIndex(int64_t i, int64_t n) { return ((i % n) + n) % n; }

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value mix_to_onnx::wrapAround(Emitter &nodes, Value value, int64_t axis, int64_t start, int64_t count) {
  constexpr int64_t wrapSince = 19;
  int64_t n = typeOf(value).getDimSize(axis), rank = typeOf(value).getRank(), before = -start,
          after = start + count - n;
  if (before == 0 && after == 0)
    return value;
  if (nodes.opset() >= wrapSince && before >= 0 && after >= 0 && before <= n && after <= n) {
    SmallVector<int64_t> pads(2 * rank, 0);
    pads[axis] = before;
    pads[axis + rank] = after;
    return nodes.create("Pad", {value, nodes.ints(pads)}, nodes.attr("mode", "wrap"));
  }
  SmallVector<Value> runs;
  while (count > 0) {
    int64_t first = wrapIndex(start, n), length = std::min(n - first, count);
    runs.push_back(length == n ? value : nodes.slice(value, axis, first, first + length));
    start += length;
    count -= length;
  }
  return runs.size() == 1 ? runs[0] : nodes.create("Concat", runs, nodes.attr("axis", axis));
}

/// The kernel read backwards along its last `axes` axes.
static Value flip(Emitter &nodes, Value kernel, size_t axes) {
  RankedTensorType type = typeOf(kernel);
  for (int64_t axis = type.getRank() - static_cast<int64_t>(axes); axis < type.getRank(); ++axis) {
    SmallVector<int64_t> backwards = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, type.getDimSize(axis))));
    kernel = kernel ? nodes.gather(kernel, axis, backwards) : kernel;
  }
  return kernel;
}

Value fourmix::mix_to_onnx::convertCircularProjection(mix::ProjectionOp op, Emitter &nodes) {
  ArrayRef<int64_t> result = typeOf(op.getOutput()).getShape();
  SmallVector<int64_t> circle = op.getCircle(), origin = op.getOrigins(), taps(op.getKernelShape());
  int64_t heads = op.getHeads(), hidden = ShapedType::getNumElements(circle);
  SmallVector<int64_t> lines = {op.getInput().getType().getNumElements() / hidden, 1}, kernel = {heads, 1};
  lines.append(circle);
  kernel.append(taps);
  Value weight = op.getWeight();
  if (op.getOrientation() == mix::Orientation::Convolution) { // A Conv is a correlation.
    weight = flip(nodes, weight, taps.size());
    for (auto [first, extent] : llvm::zip_equal(origin, taps))
      first = extent - 1 - first;
  }
  Value value = nodes.reshape(op.getInput(), lines);
  for (auto [a, n] : llvm::enumerate(circle))
    value = value ? wrapAround(nodes, value, static_cast<int64_t>(a) + 2, -origin[a], n + taps[a] - 1) : value;
  Value convolved = nodes.create("Conv", {value, nodes.reshape(weight, kernel)});
  return convolved ? nodes.reshape(convolved, result) : convolved;
}
