// Matrix products on buffers: a register tile that stays in registers over the whole of K.
//
// Loops, outermost first: tasks over (outer dims, panel of columns, block of rows), rows by tile, k. A block of rows
// meets one panel of B, which stays in the second-level cache meanwhile; A is read a scalar at a time and broadcast,
// which is free beside the multiply-adds.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "lib/CPU/Contraction.h"
#include "lib/CPU/Tasks.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

namespace fourmix {
#define GEN_PASS_DEF_CPULOWERMATMUL
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix::cpu;

namespace {

class MatmulEmitter {
public:
  MatmulEmitter(linalg::LinalgOp op, const Contraction &parts, int64_t vectorWidth, int64_t vectorRegisters)
      : op(op), loc(op.getLoc()), parts(parts), width(vectorWidth), extents(op.getStaticLoopRanges()),
        maps(op.getIndexingMapsArray()), tileRows(vectorRegisters >= 32 ? 8 : 4), dims(extents.size()) {}

  /// True if B is packed in panels of ours, or row-major along n.
  bool canEmit();
  void emit(OpBuilder &b, bool fromZero);

private:
  using Widths = SmallVector<int64_t>; // the vectors that make up a row of the tile

  void emitRows(OpBuilder &b, Value begin, Value end, Value isLast, const Widths &widths);
  void emitTile(OpBuilder &b, Value row, int64_t rows, const Widths &widths);
  SmallVector<Value> indices(OpBuilder &b, AffineMap map, ArrayRef<Value> at);
  Value offset(OpBuilder &b, Value base, int64_t by);

  linalg::LinalgOp op;
  Location loc;
  Contraction parts;
  int64_t width;
  SmallVector<int64_t> extents;
  SmallVector<AffineMap> maps;
  int64_t tileRows;
  bool packed = false, fromZero = false;
  SmallVector<Value> dims; // current indices; n is the first column of the panel
  Value panel;
};

bool MatmulEmitter::canEmit() {
  AffineMap b = maps[parts.b];
  auto type = cast<MemRefType>(op->getOperand(parts.b).getType());
  packed = b == panelMap(extents.size(), parts.n, parts.k, panelVectors * width, op->getContext());
  auto cType = cast<MemRefType>(op->getOperand(2).getType());
  if (!cType.isLastDimUnitStride() || !type.isLastDimUnitStride())
    return false;
  return packed || (b.isProjectedPermutation() && b.getDimPosition(b.getNumResults() - 1) == parts.n);
}

Value MatmulEmitter::offset(OpBuilder &b, Value base, int64_t by) {
  if (!by)
    return base;
  return arith::AddIOp::create(b, loc, base, arith::ConstantIndexOp::create(b, loc, by));
}

SmallVector<Value> MatmulEmitter::indices(OpBuilder &b, AffineMap map, ArrayRef<Value> at) {
  SmallVector<Value> result;
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    result.push_back(at[map.getDimPosition(i)]);
  return result;
}

void MatmulEmitter::emit(OpBuilder &b, bool startFromZero) {
  fromZero = startFromZero;
  int64_t P = panelVectors * width, N = extents[parts.n], K = extents[parts.k];
  int64_t M = parts.m ? extents[*parts.m] : 1;
  int64_t panels = llvm::divideCeil(N, P);
  int64_t blockRows = std::min<int64_t>(llvm::alignTo(M, tileRows), 16 * tileRows);
  int64_t blocks = llvm::divideCeil(M, blockRows);
  SmallVector<unsigned> outer;
  int64_t items = panels * blocks;
  for (unsigned dim = 0; dim < extents.size(); ++dim)
    if (dim != parts.n && dim != parts.k && parts.m != dim) {
      outer.push_back(dim);
      items *= extents[dim];
    }
  int64_t cost = std::min(blockRows, M) * K * std::min(P, N) / width;

  emitTasks(b, loc, items, cost, [&](OpBuilder &task, Value begin, Value end) {
    emitFor(task, loc, begin, end, 1, [&](OpBuilder &body, Value item) {
      auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(body, loc, value); };
      auto digit = [&](int64_t extent) -> Value { // the next digit of the item number
        if (extent == 1)
          return constant(0);
        Value base = constant(extent);
        Value result = arith::RemUIOp::create(body, loc, item, base);
        item = arith::DivUIOp::create(body, loc, item, base);
        return result;
      };
      Value block = digit(blocks);
      panel = digit(panels);
      for (unsigned dim : llvm::reverse(outer))
        dims[dim] = digit(extents[dim]);
      dims[parts.n] = arith::MulIOp::create(body, loc, panel, constant(P));

      Value rowBegin = arith::MulIOp::create(body, loc, block, constant(blockRows));
      Value rowEnd = offset(body, rowBegin, blockRows);
      if (M % blockRows)
        rowEnd = arith::MinSIOp::create(body, loc, rowEnd, constant(M - M % tileRows));
      Value isLast;
      if (M % tileRows)
        isLast = arith::CmpIOp::create(body, loc, arith::CmpIPredicate::eq, block, constant(blocks - 1));

      Widths whole(panelVectors, width), rest;
      for (int64_t left = N % P; left > 0; left -= width)
        rest.push_back(std::min(left, width));
      if (rest.empty())
        return emitRows(body, rowBegin, rowEnd, isLast, whole);
      if (panels == 1)
        return emitRows(body, rowBegin, rowEnd, isLast, rest);
      Value isWhole = arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult, panel, constant(panels - 1));
      auto choice = scf::IfOp::create(body, loc, isWhole, /*withElseRegion=*/true);
      OpBuilder then = choice.getThenBodyBuilder(), otherwise = choice.getElseBodyBuilder();
      emitRows(then, rowBegin, rowEnd, isLast, whole);
      emitRows(otherwise, rowBegin, rowEnd, isLast, rest);
    });
  });
}

/// Whole tiles of rows in [begin, end), then, in the last block, the rows that are left of M.
void MatmulEmitter::emitRows(OpBuilder &b, Value begin, Value end, Value isLast, const Widths &widths) {
  int64_t M = parts.m ? extents[*parts.m] : 1;
  if (M >= tileRows)
    emitFor(b, loc, begin, end, tileRows, [&](OpBuilder &loop, Value row) { emitTile(loop, row, tileRows, widths); });
  if (!isLast)
    return;
  int64_t left = M % tileRows;
  auto guard = scf::IfOp::create(b, loc, isLast, /*withElseRegion=*/false);
  OpBuilder then = guard.getThenBodyBuilder();
  emitTile(then, arith::ConstantIndexOp::create(then, loc, M - left), left, widths);
}

void MatmulEmitter::emitTile(OpBuilder &b, Value row, int64_t rows, const Widths &widths) {
  Value aSource = op->getOperand(parts.a), bSource = op->getOperand(parts.b), c = op->getOperand(2);
  int64_t K = extents[parts.k];
  auto at = [&](OpBuilder &builder, int64_t r, int64_t column, Value k) {
    SmallVector<Value> index(dims);
    if (parts.m)
      index[*parts.m] = offset(builder, row, r);
    index[parts.n] = offset(builder, dims[parts.n], column);
    index[parts.k] = k;
    return index;
  };
  auto vectorOf = [&](int64_t lanes) { return VectorType::get({lanes}, b.getF32Type()); };

  SmallVector<Value> sums;
  for (int64_t r = 0; r < rows; ++r)
    for (auto [j, lanes] : llvm::enumerate(widths)) {
      VectorType type = vectorOf(lanes);
      if (fromZero)
        sums.push_back(arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type)));
      else
        sums.push_back(vector::LoadOp::create(b, loc, type, c, indices(b, maps[2], at(b, r, j * width, {}))));
    }

  auto step = [&](OpBuilder &body, Value k, ValueRange carried) {
    SmallVector<Value> columns, result;
    for (auto [j, lanes] : llvm::enumerate(widths)) {
      SmallVector<Value> index =
          packed ? SmallVector<Value>{panel, k, arith::ConstantIndexOp::create(body, loc, j * width)}
                 : indices(body, maps[parts.b], at(body, 0, j * width, k));
      columns.push_back(vector::LoadOp::create(body, loc, vectorOf(lanes), bSource, index));
    }
    for (int64_t r = 0; r < rows; ++r) {
      Value scalar = memref::LoadOp::create(body, loc, aSource, indices(body, maps[parts.a], at(body, r, 0, k)));
      for (auto [j, lanes] : llvm::enumerate(widths)) {
        Value factor = vector::BroadcastOp::create(body, loc, vectorOf(lanes), scalar);
        // Contracted to a fused multiply-add where the target has one.
        auto contract = arith::FastMathFlags::contract;
        Value product = arith::MulFOp::create(body, loc, factor, columns[j], contract);
        result.push_back(arith::AddFOp::create(body, loc, product, carried[r * widths.size() + j], contract));
      }
    }
    return result;
  };
  // k by fours: the loop overhead and the index arithmetic are then hidden.
  constexpr int64_t unroll = 4;
  int64_t whole = K - K % unroll;
  sums = emitCarryingFor(b, loc, 0, whole, unroll, sums, [&](OpBuilder &body, Value k, ValueRange carried) {
    SmallVector<Value> values(carried);
    for (int64_t u = 0; u < unroll; ++u)
      values = step(body, offset(body, k, u), values);
    return values;
  });
  sums = emitCarryingFor(b, loc, whole, K, 1, sums, step);
  for (int64_t r = 0; r < rows; ++r)
    for (auto [j, lanes] : llvm::enumerate(widths))
      vector::StoreOp::create(b, loc, sums[r * widths.size() + j], c, indices(b, maps[2], at(b, r, j * width, {})));
}

/// The op that fills the product's result with zero and is read by nothing else before the product, or null.
linalg::FillOp zeroFillBefore(linalg::LinalgOp op) {
  for (Operation *before = op->getPrevNode(); before; before = before->getPrevNode()) {
    auto fill = dyn_cast<linalg::FillOp>(before);
    if (fill && fill.getOutputs()[0] == op->getOperand(2))
      return matchPattern(fill.getInputs()[0], m_AnyZeroFloat()) ? fill : linalg::FillOp();
    // Buffers do not alias unless one is a view of the other; anything but plain allocation ends the search.
    if (!isa<memref::AllocOp, arith::ConstantOp, linalg::FillOp>(before))
      return {};
  }
  return {};
}

struct LowerMatmul : fourmix::impl::CPULowerMatmulBase<LowerMatmul> {
  using CPULowerMatmulBase::CPULowerMatmulBase;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> products;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics() && matchContraction(op))
        products.push_back(op);
    });
    for (linalg::LinalgOp op : products) {
      MatmulEmitter emitter(op, *matchContraction(op), vectorWidth, vectorRegisters);
      if (!emitter.canEmit())
        continue; // the loops of cpu-lower-generic compute it, too
      linalg::FillOp fill = zeroFillBefore(op);
      OpBuilder builder(op);
      emitter.emit(builder, /*fromZero=*/static_cast<bool>(fill));
      if (fill)
        fill.erase();
      op.erase();
    }
  }
};

} // namespace
