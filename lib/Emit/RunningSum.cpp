// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Emit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace fourmix::lowering {

constexpr int64_t chunkLength = 32;

/// As a masked reduction: parallel, at the price of n^2 additions.
static Value sumByPairs(Emit &e, Value x, int64_t axis, RunningSum kind) {
  Shape shape = Emit::shapeOf(x);
  int64_t rank = shape.size();
  Type type = Emit::elementOf(x);
  SmallVector<AffineExpr> from;
  for (int64_t i = 0; i < rank; ++i)
    from.push_back(e.builder.getAffineDimExpr(i == axis ? rank : i));
  AffineMap fromMap = AffineMap::get(rank + 1, 0, from, e.builder.getContext());
  AffineMap toMap = e.builder.getMultiDimIdentityMap(rank + 1).dropResult(rank);
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Value init = e.zeros(shape, type);
  auto op = linalg::GenericOp::create(
      e.builder, e.loc, TypeRange{init.getType()}, ValueRange{x}, ValueRange{init}, {fromMap, toMap}, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        Scalars s(nested, loc, false);
        Value i = s.make<linalg::IndexOp>(axis), j = s.make<linalg::IndexOp>(rank);
        if (kind.reverse)
          std::swap(i, j);
        Value counts =
            s.make<arith::CmpIOp>(kind.exclusive ? arith::CmpIPredicate::slt : arith::CmpIPredicate::sle, j, i);
        linalg::YieldOp::create(nested, loc, s.add(args[1], s.select(counts, args[0], s.constant(type, 0))));
      });
  return op.getResult(0);
}

Value runningSum(Emit &e, Value x, int64_t axis, RunningSum kind) {
  SmallVector<int64_t> shape(Emit::shapeOf(x));
  int64_t length = shape[axis], chunks = llvm::divideCeil(length, chunkLength);
  if (chunks <= 2)
    return sumByPairs(e, x, axis, kind);
  if (int64_t missing = chunks * chunkLength - length) {
    SmallVector<int64_t> rest = shape;
    rest[axis] = missing;
    x = e.concat({x, e.zeros(rest, Emit::elementOf(x))}, axis);
  }
  // [..., chunks, chunkLength, ...]
  SmallVector<int64_t> split = shape, whole = shape;
  whole[axis] = chunks * chunkLength;
  split[axis] = chunks;
  split.insert(split.begin() + axis + 1, chunkLength);
  x = e.reshape(x, split);
  Type type = Emit::elementOf(x);
  Scalars s(e.builder, e.loc, false);
  Value totals = e.reduce(x, axis + 1, s.constant(type, 0), [](Scalars &s, ValueRange v) { return s.add(v[1], v[0]); });
  Value others = e.unsqueeze(runningSum(e, totals, axis, {/*exclusive=*/true, kind.reverse}), axis + 1);
  Value sums = e.elementwise(split, type, {sumByPairs(e, x, axis + 1, kind), others},
                             [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
  return e.sliceAxis(e.reshape(sums, whole), axis, 0, length);
}

} // namespace fourmix::lowering
