// The matrix product of NumPy: vectors, matrices, and stacks of matrices that broadcast.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Emit.h"
#include "mlir/Dialect/Traits.h"

using namespace mlir;

namespace fourmix::lowering {

/// [B..., M, K] x [B..., K, N] where the leading dimensions broadcast: one contraction that reads each operand where
/// it stands.
static Value broadcastMatmul(Emit &e, Value lhs, Value rhs, Shape batch) {
  int64_t loops = batch.size() + 3, m = loops - 3, n = loops - 2, k = loops - 1;
  auto operand = [&](Value &value, int64_t row, int64_t column) {
    Shape shape = Emit::shapeOf(value);
    int64_t shift = static_cast<int64_t>(batch.size()) - (static_cast<int64_t>(shape.size()) - 2);
    SmallVector<int64_t> kept;
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i + 2 < static_cast<int64_t>(shape.size()); ++i) {
      if (shape[i] == 1)
        continue;
      kept.push_back(shape[i]);
      exprs.push_back(e.builder.getAffineDimExpr(shift + i));
    }
    kept.append({shape[shape.size() - 2], shape.back()});
    exprs.append({e.builder.getAffineDimExpr(row), e.builder.getAffineDimExpr(column)});
    value = e.reshape(value, kept);
    return AffineMap::get(loops, 0, exprs, e.builder.getContext());
  };
  SmallVector<int64_t> result(batch);
  result.append({Emit::shapeOf(lhs)[Emit::rankOf(lhs) - 2], Emit::shapeOf(rhs).back()});
  AffineMap lhsMap = operand(lhs, m, k), rhsMap = operand(rhs, k, n);
  AffineMap resultMap = e.builder.getMultiDimIdentityMap(loops).dropResult(k);
  return e.contract(lhs, rhs, {lhsMap, rhsMap, resultMap}, result);
}

Value matmulND(Emit &e, Value lhs, Value rhs) {
  SmallVector<int64_t> result;
  if (Emit::rankOf(lhs) == 0 || Emit::rankOf(rhs) == 0)
    return {};
  if (Emit::rankOf(lhs) == 1)
    lhs = e.unsqueeze(lhs, 0);
  else
    result.push_back(Emit::shapeOf(lhs)[Emit::rankOf(lhs) - 2]);
  if (Emit::rankOf(rhs) == 1)
    rhs = e.unsqueeze(rhs, 1);
  else
    result.push_back(Emit::shapeOf(rhs).back());
  Shape a = Emit::shapeOf(lhs), b = Emit::shapeOf(rhs);
  int64_t m = a[a.size() - 2], k = a.back(), columns = b.back();
  SmallVector<int64_t> batch;
  if (b[b.size() - 2] != k || !OpTrait::util::getBroadcastedShape(a.drop_back(2), b.drop_back(2), batch))
    return {};
  result.insert(result.begin(), batch.begin(), batch.end());
  if (product(result) == 0)
    return e.empty(result, Emit::elementOf(lhs));
  int64_t lhsBatch = product(a.drop_back(2)), rhsBatch = product(b.drop_back(2));
  Value value;
  if (rhsBatch == 1) // One right-hand side: the batch is more rows.
    value = e.matmul(e.reshape(lhs, {lhsBatch * m, k}), e.reshape(rhs, {k, columns}));
  else if (lhsBatch == product(batch) && rhsBatch == product(batch))
    value = e.matmul(e.reshape(lhs, {lhsBatch, m, k}), e.reshape(rhs, {rhsBatch, k, columns}));
  else
    value = broadcastMatmul(e, lhs, rhs, batch);
  return e.reshape(value, result);
}

} // namespace fourmix::lowering
