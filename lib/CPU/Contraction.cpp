// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/CPU/Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace fourmix::cpu {

/// True if the body is `yield(c + a * b)`.
static bool isMultiplyAdd(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  auto add = body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add)
    return false;
  Value product = add.getLhs() == body->getArgument(2) ? add.getRhs() : add.getLhs();
  if (add.getLhs() != body->getArgument(2) && add.getRhs() != body->getArgument(2))
    return false;
  auto mul = product.getDefiningOp<arith::MulFOp>();
  if (!mul)
    return false;
  Value a = body->getArgument(0), b = body->getArgument(1);
  return (mul.getLhs() == a && mul.getRhs() == b) || (mul.getLhs() == b && mul.getRhs() == a);
}

std::optional<Contraction> matchContraction(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op.getNumReductionLoops() != 1 || !isMultiplyAdd(op))
    return std::nullopt;
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    if (!type || !type.getElementType().isF32() || !type.hasStaticShape())
      return std::nullopt;
  }
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap c = maps[2];
  if (!c.isProjectedPermutation() || c.getNumResults() == 0)
    return std::nullopt;

  Contraction parts;
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  parts.k = reductions[0];
  parts.n = c.getDimPosition(c.getNumResults() - 1);
  bool moves0 = maps[0].isFunctionOfDim(parts.n), moves1 = maps[1].isFunctionOfDim(parts.n);
  if (moves0 == moves1)
    return std::nullopt;
  parts.b = moves0 ? 0 : 1;
  parts.a = 1 - parts.b;
  if (!maps[parts.a].isProjectedPermutation() || !maps[parts.a].isFunctionOfDim(parts.k) ||
      !maps[parts.b].isFunctionOfDim(parts.k))
    return std::nullopt;
  for (unsigned i = c.getNumResults() - 1; i-- > 0;) {
    unsigned dim = c.getDimPosition(i);
    if (!maps[parts.b].isFunctionOfDim(dim) && maps[parts.a].isFunctionOfDim(dim)) {
      parts.m = dim;
      break;
    }
  }
  return parts;
}

AffineMap panelMap(unsigned loops, unsigned n, unsigned k, int64_t panel, MLIRContext *context) {
  AffineExpr column = getAffineDimExpr(n, context), row = getAffineDimExpr(k, context);
  return AffineMap::get(loops, 0, {column.floorDiv(panel), row, column % panel}, context);
}

} // namespace fourmix::cpu
