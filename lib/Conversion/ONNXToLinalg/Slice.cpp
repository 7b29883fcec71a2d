// Slice and Pad: index arithmetic that is done at compile time.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

LogicalResult lowerSlice(NodeLowering &n) {
  Shape shape = Emit::shapeOf(n.input(0));
  int64_t rank = shape.size();
  FailureOr<std::optional<SmallVector<int64_t>>> starts = n.constantInts(1, "starts");
  FailureOr<std::optional<SmallVector<int64_t>>> axes = n.constantInts(3, "axes");
  FailureOr<std::optional<SmallVector<int64_t>>> steps = n.constantInts(4);
  if (failed(starts) || failed(axes) || failed(steps))
    return failure();
  if (!*starts)
    return n.node.emitNodeError() << "starts are missing";
  if ((*axes && (*axes)->size() != (*starts)->size()) || (*steps && (*steps)->size() != (*starts)->size()))
    return n.node.emitNodeError() << "starts, axes and steps must have the same length";
  if (*steps && llvm::is_contained(**steps, 0))
    return n.node.emitNodeError() << "a step of 0 selects nothing";
  SmallVector<int64_t> which;
  for (int64_t i = 0, e = (*starts)->size(); i < e; ++i)
    which.push_back(*axes ? (**axes)[i] : i);
  FailureOr<SmallVector<int64_t>> normal = n.axes(which, rank);
  if (failed(normal))
    return failure();
  SmallVector<int64_t> offsets(rank, 0), sizes(n.resultShape()), strides(rank, 1);
  for (auto [i, axis] : llvm::enumerate(*normal)) {
    int64_t dim = shape[axis], start = (**starts)[i];
    strides[axis] = *steps ? (**steps)[i] : 1;
    if (start < 0)
      start = std::max<int64_t>(start + dim, 0); // INT64_MIN too: dim >= 0, so the sum does not overflow.
    offsets[axis] = std::min(start, strides[axis] < 0 ? dim - 1 : dim);
  }
  return n.set(n.slice(n.input(0), offsets, sizes, strides));
}

/// Which element of [0, size) stands at `position` of the axis that pads extend on both sides.
int64_t padSource(StringRef mode, int64_t position, int64_t size) {
  if (mode == "edge")
    return std::clamp<int64_t>(position, 0, size - 1);
  auto modulo = [](int64_t a, int64_t b) { return (a % b + b) % b; };
  if (mode == "wrap")
    return modulo(position, size);
  if (size == 1) // reflect
    return 0;
  int64_t period = 2 * (size - 1), inside = modulo(position, period);
  return inside < size ? inside : period - inside;
}

LogicalResult lowerPad(NodeLowering &n) {
  Value value = n.input(0);
  Shape shape = Emit::shapeOf(value);
  int64_t rank = shape.size();
  StringRef mode = n.node.getString("mode", "constant");
  FailureOr<std::optional<SmallVector<int64_t>>> pads = n.constantInts(1, "pads");
  FailureOr<std::optional<SmallVector<int64_t>>> given = n.constantInts(3);
  if (failed(pads) || failed(given))
    return failure();
  SmallVector<int64_t> which = *given ? **given : llvm::to_vector(llvm::seq<int64_t>(0, rank));
  FailureOr<SmallVector<int64_t>> axes = n.axes(which, rank);
  if (failed(axes))
    return failure();
  if (!*pads || (*pads)->size() != 2 * axes->size())
    return n.node.emitNodeError() << "pads must hold " << 2 * axes->size() << " integers";
  SmallVector<int64_t> before(rank, 0);
  for (auto [i, axis] : llvm::enumerate(*axes))
    before[axis] = (**pads)[i];

  if (mode == "edge" || mode == "reflect" || mode == "wrap") {
    if (Emit::typeOf(value).getNumElements() == 0 && n.resultType().getNumElements() != 0)
      return n.node.emitNodeError() << "mode '" << mode << "' has no element of " << Emit::typeOf(value)
                                    << " to repeat";
    for (int64_t axis = 0; axis < rank; ++axis) {
      SmallVector<int64_t> indices;
      for (int64_t i = 0; i < n.resultShape()[axis]; ++i)
        indices.push_back(padSource(mode, i - before[axis], shape[axis]));
      value = n.take(value, axis, indices);
    }
    return n.set(value);
  }
  if (mode != "constant")
    return n.node.emitNodeError() << "mode '" << mode << "' is not supported";

  // Where pads are negative, what they cut off first.
  SmallVector<int64_t> from(rank), at(rank), count(rank), ones(rank, 1);
  for (int64_t i = 0; i < rank; ++i) {
    from[i] = std::max<int64_t>(0, -before[i]);
    at[i] = std::max<int64_t>(0, before[i]);
    count[i] = std::max<int64_t>(0, std::min(shape[i] - from[i], n.resultShape()[i] - at[i]));
  }
  Type type = n.resultType().getElementType();
  Value fill;
  if (n.input(2)) {
    TypedAttr uniform;
    if (isUniform(matchConstant(n.input(2)), uniform))
      fill = arith::ConstantOp::create(n.builder, n.loc, uniform);
    else
      fill = tensor::ExtractOp::create(n.builder, n.loc, n.reshape(n.input(2), {}), ValueRange{});
  } else {
    fill = Scalars(n.builder, n.loc, false).constant(type, n.node.getFloat("value", 0));
  }
  Value result = n.fill(n.resultShape(), fill);
  if (product(count) == 0)
    return n.set(result);
  Value inner = n.slice(value, from, count, ones);
  SmallVector<OpFoldResult> offsets, sizes, strides(rank, n.builder.getIndexAttr(1));
  for (int64_t i = 0; i < rank; ++i) {
    offsets.push_back(n.builder.getIndexAttr(at[i]));
    sizes.push_back(n.builder.getIndexAttr(count[i]));
  }
  return n.set(tensor::InsertSliceOp::create(n.builder, n.loc, inner, result, offsets, sizes, strides));
}

} // namespace

void addSliceRows(LoweringTable &table) {
  table.add("Slice", 1, lowerSlice);
  table.add("Pad", 2, lowerPad);
}

} // namespace fourmix::lowering
