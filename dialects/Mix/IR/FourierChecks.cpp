// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FourierChecks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace fourmix::mix {

LogicalResult verifyMixedAxes(Operation *op, IntegerAttr sequence, IntegerAttr hidden) {
  int64_t rank = cast<RankedTensorType>(op->getOperand(0).getType()).getRank();
  if (!sequence && !hidden)
    return op->emitOpError("expected an axis 'sequence' or 'hidden', found neither");
  for (auto [name, attr] : {std::pair("sequence", sequence), std::pair("hidden", hidden)})
    if (attr && (attr.getInt() < 0 || attr.getInt() >= rank))
      return op->emitOpError() << "axis '" << name << "' is " << attr.getInt() << ", but the input has rank " << rank;
  if (sequence && hidden && sequence.getInt() == hidden.getInt())
    return op->emitOpError() << "axes 'sequence' and 'hidden' must differ, but both are " << sequence.getInt();
  return success();
}

SmallVector<int64_t> listMixedAxes(std::optional<int64_t> sequence, std::optional<int64_t> hidden) {
  SmallVector<int64_t> axes;
  for (std::optional<int64_t> axis : {sequence, hidden})
    if (axis)
      axes.push_back(*axis);
  llvm::sort(axes);
  return axes;
}

double countTransformFlops(RankedTensorType type, ArrayRef<int64_t> axes) {
  double flops = 0;
  for (int64_t axis : axes) {
    int64_t extent = type.getDimSize(axis);
    flops += fourierFlops(extent) / 2 * static_cast<double>(type.getNumElements() / std::max<int64_t>(1, extent));
  }
  return flops;
}

bool haveExtentOne(ShapedType type, ArrayRef<int64_t> axes) {
  return llvm::all_of(axes, [&](int64_t axis) { return type.getDimSize(axis) == 1; });
}

std::optional<Scaled> matchScaled(Value value) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  DenseElementsAttr constant;
  if (!product || cast<ShapedType>(value.getType()).getElementTypeBitWidth() < 32)
    return std::nullopt;
  for (auto [tensor, factor] : {std::pair(product.getLhs(), product.getRhs()), {product.getRhs(), product.getLhs()}})
    if (matchPattern(factor, m_Constant(&constant)) && constant.isSplat())
      return Scaled{tensor, constant.getSplatValue<APFloat>().convertToDouble()};
  return std::nullopt;
}

DenseElementsAttr getSplat(ShapedType type, double value) {
  return DenseElementsAttr::get(type, cast<Attribute>(FloatAttr::get(type.getElementType(), value)));
}

} // namespace fourmix::mix
