// The two transforms of FNet's mixing, Y = Re(F_n x F_d) of a real x, together.
//
// Y is the transform of the even part of x, e[s,h] = (x[s,h] + x[-s,-h])/2, and the transform of e along h is Hermitian
// along s. So rows 0 .. n/2 of e are enough, and the second transform is one from a half spectrum to real numbers:
//   1. blocks of rows s: fold, rdft along h, coefficients transposed into blocks of columns k;
//   2. blocks of columns k: the inverse of rdft along s, straight into Y, and where all columns are wanted also in
//      reverse to Y[-t,-k] = Y[t,k].
// That is half of the work of the two transforms taken one by one, and a quarter of the complex one.
//
// What is folded is 2 e[s,-h] = x[-s,h] + x[s,-h]: its transform is conjugate, which the inverse along s wants, and the
// factor 1/2 is part of the last stage.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "lib/Conversion/SpectralToVector/Lines.h"
#include "lib/Conversion/SpectralToVector/Schedule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;
using Index = AffineIndex;

namespace {

class FoldedPair {
public:
  FoldedPair(FourierOpInterface rows, DftOp columns, PlanCache &plans, int64_t lanes, int64_t maxTasks)
      : rows(rows), columns(columns), element(cast<FloatType>(rows.getInputType().getElementType())),
        type(VectorType::get({lanes}, element)), lanes(lanes), maxTasks(maxTasks), n(columns.getLength()),
        d(rows.getLength()), rowCount(n / 2 + 1), columnCount(d / 2 + 1),
        columnBlocks(1 + llvm::divideCeil(columnCount - 1, lanes)),
        outer(rows.getInputType().getNumElements() / (n * d)), rowLines({outer, 1, rowCount}, 1, lanes),
        rowTable(plans.get(d, /*real=*/true, element)), columnTable(plans.get(n, /*real=*/true, element)) {}

  void run();

private:
  /// The first column of a block: 0 of block 0, which alone has column 0, then 1 + lanes, 1 + 2 lanes, ...; so all
  /// columns of all other blocks have mirror images.
  Value firstColumn(VectorEmitter &e, Value block);

  void emitRows(OpBuilder &builder, Value x, Value middle);
  void emitFold(VectorEmitter &e, const LineBlock &block, Value x, const VectorEmitter::Plane &to);
  void emitTransposed(VectorEmitter &e, const LineBlock &block, const Planes &from, Value middle);
  void emitColumns(OpBuilder &builder, Value middle, Value y);

  FourierOpInterface rows;
  DftOp columns;
  FloatType element;
  VectorType type;
  int64_t lanes, maxTasks;
  int64_t n, d, rowCount, columnCount, columnBlocks, outer;
  Lines rowLines;
  const PlanWithTable &rowTable, &columnTable;
};

Value FoldedPair::firstColumn(VectorEmitter &e, Value block) {
  OpBuilder &b = e.builder;
  Value shifted = arith::MulIOp::create(b, e.loc, block, e.materialize(lanes));
  Value skip = e.materialize(lanes - 1);
  Value first = arith::SubIOp::create(b, e.loc, arith::MaxUIOp::create(b, e.loc, shifted, skip), skip);
  return arith::MinUIOp::create(b, e.loc, first, e.materialize(columnCount - lanes));
}

/// x[-s,h] + x[s,-h] for `lanes` rows s, row h of `to` having the lanes.
void FoldedPair::emitFold(VectorEmitter &e, const LineBlock &block, Value x, const VectorEmitter::Plane &to) {
  SmallVector<VectorEmitter::Plane> straight, backward;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    Value back = e.materialize(block.first * Index(-1) + Index(n - lane)); // n - s, where row n is row 0
    if (lane == 0)
      back = arith::RemUIOp::create(e.builder, e.loc, back, e.materialize(n));
    Index top = block.outer * Index(n * d);
    straight.push_back({x, top + e.variable(back) * Index(d), 1});
    backward.push_back({x, top + (block.first + Index(lane)) * Index(d), 1});
  }
  auto emitSpan = [&](Index h, bool first) {
    std::vector<VectorEmitter::Value> sums;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      // Elements d - h of row s: from d on they wrap around, which only h = 0 needs.
      VectorEmitter::Value turned =
          first ? e.reverse(e.load(backward[lane], Index(d - lanes)), e.load(backward[lane], Index(0)))
                : e.reverse(e.load(backward[lane], Index(d - lanes + 1) + h * Index(-1)));
      sums.push_back(e.load(straight[lane], h) + turned);
    }
    for (auto [column, value] : llvm::enumerate(transpose(e, std::move(sums))))
      e.store(to, h + Index(column), value);
  };
  emitSpan(Index(0), /*first=*/true);
  e.loop(d / lanes - 1, [&](Index i) { emitSpan(i * Index(lanes) + Index(lanes), false); });
  if (d % lanes)
    emitSpan(Index(d - lanes), false);
}

/// Block b of `middle` is [rowCount, re and im, lanes]: the coefficients of the columns of block b.
void FoldedPair::emitTransposed(VectorEmitter &e, const LineBlock &block, const Planes &from, Value middle) {
  int64_t row = 2 * lanes;
  e.loop(columnBlocks, [&](Index number) {
    Index k = e.variable(firstColumn(e, e.materialize(number)));
    Index base =
        block.outer * Index(columnBlocks * rowCount * row) + block.first * Index(row) + number * Index(rowCount * row);
    for (const VectorEmitter::Plane &plane : {from.re, from.im}) {
      std::vector<VectorEmitter::Value> square;
      for (int64_t column = 0; column < lanes; ++column)
        square.push_back(e.load(plane, k + Index(column)));
      for (auto [lane, value] : llvm::enumerate(transpose(e, std::move(square))))
        e.store({middle, base, row}, Index(lane), value);
      base = base + Index(lanes);
    }
  });
}

void FoldedPair::emitRows(OpBuilder &builder, Value x, Value middle) {
  Location loc = rows.getLoc();
  Scratch scratch(element, lanes);
  WorkOffsets work(scratch, rowTable.plan.complex);
  int64_t spectrum = scratch.take(2 * columnCount);
  int64_t tasks = countTasks(columns, kernels::countRdft(rowTable.plan), rowLines.blocks, maxTasks);
  scratch.allocate(builder, loc, tasks);
  forEachBlock(builder, loc, type, rowTable.numbers, rowLines.blocks, tasks,
               [&](VectorEmitter &e, Index task, Index number) {
                 LineBlock block = locate(e, rowLines, e.materialize(number));
                 // The second work buffer is free until the first stage has read all of its input.
                 VectorEmitter::Plane folded = scratch.real(task, work.b);
                 emitFold(e, block, x, folded);
                 Planes coefficients = scratch.complex(task, spectrum);
                 kernels::emitRdft(e, rowTable.plan, folded, coefficients, work.get(scratch, task), /*mirrored=*/false);
                 emitTransposed(e, block, coefficients, middle);
               });
}

void FoldedPair::emitColumns(OpBuilder &builder, Value middle, Value y) {
  Location loc = columns.getLoc();
  Scratch scratch(element, lanes);
  WorkOffsets work(scratch, columnTable.plan.complex);
  int64_t blocks = outer * columnBlocks, width = columns.getOutputType().getShape().back();
  int64_t tasks = countTasks(columns, kernels::countIrdft(columnTable.plan), blocks, maxTasks);
  scratch.allocate(builder, loc, tasks);
  forEachBlock(builder, loc, type, columnTable.numbers, blocks, tasks, [&](VectorEmitter &e, Index task, Index number) {
    Index base = number * Index(rowCount * 2 * lanes), top;
    Planes in{{middle, base, 2 * lanes}, {middle, base + Index(lanes), 2 * lanes}};
    Value block = e.materialize(number);
    if (outer > 1) {
      Value divisor = e.materialize(columnBlocks);
      top = e.variable(arith::DivUIOp::create(builder, loc, block, divisor)) * Index(n * width);
      block = arith::RemUIOp::create(builder, loc, block, divisor);
    }
    Index first = e.variable(firstColumn(e, block));
    VectorEmitter::Plane out{y, top + first, width};
    if (width != columnCount) {
      Value hasImage =
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, block, e.materialize(0)).getResult();
      out.mirror = {top + Index(d - lanes + 1) + first * Index(-1), width, n, hasImage};
    }
    kernels::emitIrdft(e, columnTable.plan, in, out, work.get(scratch, task), 0.5);
  });
}

void FoldedPair::run() {
  OpBuilder builder(columns);
  Location loc = columns.getLoc();
  Value x = readFlat(builder, loc, rows.getRe());
  auto middleType = RankedTensorType::get({outer * columnBlocks, rowCount, 2, lanes}, element);
  Value middle = flatten(builder, loc, allocate(builder, loc, middleType));
  Value y = allocate(builder, loc, columns.getOutputType());
  emitRows(builder, x, middle);
  emitColumns(builder, middle, flatten(builder, loc, y));
  columns.getOutRe().replaceAllUsesWith(wrap(builder, loc, y));
  columns.erase();
  rows.erase();
}

} // namespace

bool fourmix::lowerFoldedPair(DftOp columns, PlanCache &plans, int64_t lanes, int64_t maxTasks) {
  auto rows = columns.getRe().getDefiningOp<FourierOpInterface>();
  if (!rows || rows.getIm() || rows.getDirection() != Direction::Forward || !columns.getIm() ||
      columns.getRe() != rows.getOutRe() || columns.getIm() != rows.getOutIm() ||
      rows->getBlock() != columns->getBlock() || rows.getPlan().value_or(fftLowering) != fftLowering)
    return false;
  if (columns.getDirection() != Direction::Forward || !columns.getOutIm().use_empty() ||
      columns.getOutRe().use_empty() || !rows.getOutRe().hasOneUse() || !rows.getOutIm().hasOneUse())
    return false;
  RankedTensorType input = rows.getInputType();
  int64_t rank = input.getRank(), n = columns.getLength(), d = rows.getLength();
  if (static_cast<int64_t>(rows.getAxis()) != rank - 1 || static_cast<int64_t>(columns.getAxis()) != rank - 2 ||
      input.getDimSize(rank - 1) != d || input.getDimSize(rank - 2) != n || input.getNumElements() == 0)
    return false;
  // Rows 0 .. n/2 and columns 1 .. d/2 are both lanes once, and must fill a quarter of a vector.
  int64_t few = llvm::bit_floor(static_cast<uint64_t>(std::min(n / 2 + 1, d / 2)));
  if (few < 4 || 4 * few < lanes)
    return false;
  FoldedPair(rows, columns, plans, std::min(lanes, few), maxTasks).run();
  return true;
}
