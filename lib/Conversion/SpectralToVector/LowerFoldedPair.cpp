// The two transforms of FNet's mixing, Y = Re(F_n x F_d) of a real x, together.
//
// Y is the transform of the even part of x, e[s,h] = (x[s,h] + x[-s,-h])/2, and the transform of e along h is Hermitian
// along s. So rows 0 .. n/2 of e are enough, and the second transform is one from a half spectrum to real numbers:
//   1. blocks of rows s: fold, rdft along h, coefficients transposed into blocks of columns k;
//   2. blocks of columns k: the inverse of rdft along s, straight into Y.
// That is half of the work of the two transforms taken one by one, and a quarter of the complex one.
//
// What is folded is 2 e[s,-h] = x[-s,h] + x[s,-h]: its transform is conjugate, which the inverse along s wants, and the
// factor 1/2 is part of the last stage.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/SpectralToVector/Lines.h"
#include "lib/Conversion/SpectralToVector/Schedule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;
using Index = AffineIndex;

namespace {

class FoldedPair {
public:
  FoldedPair(RdftOp rows, DftOp columns, PlanCache &plans, int64_t lanes, int64_t maxTasks)
      : rows(rows), columns(columns), element(cast<FloatType>(rows.getInputType().getElementType())),
        type(VectorType::get({lanes}, element)), lanes(lanes), maxTasks(maxTasks), n(columns.getLength()),
        d(rows.getLength()), rowCount(n / 2 + 1), columnCount(d / 2 + 1),
        outer(rows.getInputType().getNumElements() / (n * d)), rowLines({outer, 1, rowCount}, 1, lanes),
        columnLines({outer, n, columnCount}, 1, lanes), rowTable(plans.get(d, /*real=*/true, element)),
        columnTable(plans.get(n, /*real=*/true, element)) {}

  void run();

private:
  void emitRows(OpBuilder &builder, Value x, Value middle);
  void emitFold(VectorEmitter &e, const LineBlock &block, Value x, const VectorEmitter::Plane &to);
  void emitTransposed(VectorEmitter &e, const LineBlock &block, const Planes &from, Value middle);
  void emitColumns(OpBuilder &builder, Value middle, Value y);

  RdftOp rows;
  DftOp columns;
  FloatType element;
  VectorType type;
  int64_t lanes, maxTasks;
  int64_t n, d, rowCount, columnCount, outer;
  Lines rowLines, columnLines;
  const PlanWithTable &rowTable, &columnTable;
};

/// The elements of `value` in reverse; with `first`, shifted up by one and `first` put in front.
VectorEmitter::Value reverse(VectorEmitter &e, VectorEmitter::Value value, VectorEmitter::Value first = {}) {
  int64_t lanes = e.type.getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t i = 0; i < lanes; ++i)
    mask.push_back(!first.value ? lanes - 1 - i : i == 0 ? 0 : 2 * lanes - i);
  Value a = first.value ? first.value : value.value;
  return {&e, vector::ShuffleOp::create(e.builder, e.loc, a, value.value, mask)};
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
          first ? reverse(e, e.load(backward[lane], Index(d - lanes)), e.load(backward[lane], Index(0)))
                : reverse(e, e.load(backward[lane], Index(d - lanes + 1) + h * Index(-1)));
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

/// Block b of `middle` is [rowCount, re and im, lanes]: the coefficients of the columns of block b of columnLines.
void FoldedPair::emitTransposed(VectorEmitter &e, const LineBlock &block, const Planes &from, Value middle) {
  int64_t row = 2 * lanes, blocks = columnLines.blocks / outer;
  auto emitSquare = [&](Index number, Index k) {
    Index base =
        block.outer * Index(blocks * rowCount * row) + number * Index(rowCount * row) + block.first * Index(row);
    for (const VectorEmitter::Plane &plane : {from.re, from.im}) {
      std::vector<VectorEmitter::Value> square;
      for (int64_t column = 0; column < lanes; ++column)
        square.push_back(e.load(plane, k + Index(column)));
      for (auto [lane, value] : llvm::enumerate(transpose(e, std::move(square))))
        e.store({middle, base, row}, Index(lane), value);
      base = base + Index(lanes);
    }
  };
  e.loop(columnCount / lanes, [&](Index number) { emitSquare(number, number * Index(lanes)); });
  if (columnCount % lanes)
    emitSquare(Index(blocks - 1), Index(columnCount - lanes));
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
  int64_t tasks = countTasks(columns, kernels::countIrdft(columnTable.plan), columnLines.blocks, maxTasks);
  scratch.allocate(builder, loc, tasks);
  forEachBlock(builder, loc, type, columnTable.numbers, columnLines.blocks, tasks,
               [&](VectorEmitter &e, Index task, Index number) {
                 Index base = number * Index(rowCount * 2 * lanes);
                 Planes in{{middle, base, 2 * lanes}, {middle, base + Index(lanes), 2 * lanes}};
                 LineBlock block = locate(e, columnLines, e.materialize(number));
                 kernels::emitIrdft(e, columnTable.plan, in, rowsOf(columnLines, block, y, n), work.get(scratch, task),
                                    0.5);
               });
}

void FoldedPair::run() {
  OpBuilder builder(columns);
  Location loc = columns.getLoc();
  Value x = readFlat(builder, loc, rows.getRe());
  auto middleType = RankedTensorType::get({columnLines.blocks, rowCount, 2, lanes}, element);
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
  auto rows = columns.getRe().getDefiningOp<RdftOp>();
  if (!rows || columns.getIm() != rows.getOutIm() || columns.getRe() != rows.getOutRe() ||
      columns.getDirection() != Direction::Forward || !columns.getOutIm().use_empty() ||
      columns.getOutRe().use_empty() || rows->getBlock() != columns->getBlock() ||
      rows.getPlan().value_or(Lowering::Fft) != Lowering::Fft)
    return false;
  if (!rows.getOutRe().hasOneUse() || !rows.getOutIm().hasOneUse())
    return false;
  RankedTensorType input = rows.getInputType();
  int64_t rank = input.getRank(), n = columns.getLength(), d = rows.getLength();
  if (static_cast<int64_t>(rows.getAxis()) != rank - 1 || static_cast<int64_t>(columns.getAxis()) != rank - 2 ||
      input.getDimSize(rank - 1) != d || input.getDimSize(rank - 2) != n || input.getNumElements() == 0)
    return false;
  // Rows and columns are both lanes once, and half of them must fill a vector, or nearly.
  int64_t few = llvm::bit_floor(static_cast<uint64_t>(std::min(n, d) / 2 + 1));
  if (few < 4 || 4 * few < lanes)
    return false;
  FoldedPair(rows, columns, plans, std::min(lanes, few), maxTasks).run();
  return true;
}
