// Det: elimination with row exchange, one column after the other, for all matrices of a batch at once.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

// The columns are written out.
constexpr int64_t mostColumns = 128;

LogicalResult lowerDet(NodeLowering &n) {
  Value x = n.input(0);
  Shape shape = Emit::shapeOf(x);
  int64_t size = shape.back(), batch = product(shape.drop_back(2));
  if (size > mostColumns)
    return n.node.emitNodeError() << "expected at most " << mostColumns << " columns, found " << size;
  Type type = Emit::elementOf(x);
  MLIRContext *context = n.builder.getContext();
  SmallVector<int64_t> each{batch, size, size};
  Value result = n.splat({batch}, type, 1), matrix = n.reshape(x, each);
  if (batch == 0 || size == 0)
    return n.set(n.reshape(result, n.resultShape()));
  auto loop = [&](int64_t i) { return getAffineDimExpr(i, context); };
  AffineMap ofBatch = AffineMap::get(3, 0, loop(0), context), ofRow = AffineMap::get(3, 0, {loop(0), loop(1)}, context),
            ofColumn = AffineMap::get(3, 0, {loop(0), loop(2)}, context),
            identity = n.builder.getMultiDimIdentityMap(3);
  for (int64_t k = 0; k < size; ++k) {
    auto column = [&](int64_t first, int64_t count) {
      return n.reshape(n.sliceAxis(n.sliceAxis(matrix, 1, first, count), 2, k, 1), {batch, count});
    };
    // The row whose element of column k is the largest comes to place k.
    Value below = column(k, size - k);
    Value sizes = n.elementwise({batch, size - k}, type, below, [](Scalars &s, ValueRange v) { return s.abs(v[0]); });
    Value chosen = argumentOf(n, sizes, 1, /*greatest=*/true, /*last=*/false);
    matrix = n.map(each, type, chosen, ofBatch, [&](Scalars &s, ValueRange v) {
      Value row = s.make<linalg::IndexOp>(1), here = arith::ConstantIndexOp::create(s.builder, s.loc, k);
      Value other = s.make<arith::AddIOp>(s.make<arith::IndexCastOp>(s.builder.getIndexType(), v[0]), here);
      auto is = [&](Value a, Value b) { return s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, a, b); };
      Value from = s.select(is(row, here), other, s.select(is(row, other), here, row));
      return s.make<tensor::ExtractOp>(matrix,
                                       ValueRange{s.make<linalg::IndexOp>(0), from, s.make<linalg::IndexOp>(2)});
    });
    Value pivot = n.reshape(n.sliceAxis(n.sliceAxis(matrix, 1, k, 1), 2, k, 1), {batch});
    result = n.elementwise({batch}, type, {result, pivot, chosen}, [&](Scalars &s, ValueRange v) {
      Value next = s.mul(v[0], v[1]);
      return s.select(s.eq(v[2], s.constant(v[2].getType(), 0)), next, s.neg(next));
    });
    if (k + 1 == size)
      break;
    Value pivotRow = n.reshape(n.sliceAxis(matrix, 1, k, 1), {batch, size});
    matrix = n.map(each, type, {matrix, column(0, size), pivotRow, pivot}, {identity, ofRow, ofColumn, ofBatch},
                   [&](Scalars &s, ValueRange v) {
                     Value row = s.make<linalg::IndexOp>(1), here = arith::ConstantIndexOp::create(s.builder, s.loc, k);
                     Value zero = s.constant(type, 0), isZero = s.eq(v[3], zero);
                     Value factor = s.select(isZero, zero, s.div(v[1], s.select(isZero, s.constant(type, 1), v[3])));
                     Value changes = s.make<arith::CmpIOp>(arith::CmpIPredicate::sgt, row, here);
                     return s.select(changes, s.sub(v[0], s.mul(factor, v[2])), v[0]);
                   });
  }
  return n.set(n.reshape(result, n.resultShape()));
}

} // namespace

void addDeterminantRows(LoweringTable &table) { table.add("Det", 11, lowerDet); }

} // namespace fourmix::lowering
