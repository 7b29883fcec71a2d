// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/SpectralToVector/Lines.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"
#include <tuple>

using namespace mlir;

namespace fourmix {

using Index = AffineIndex;
using Plane = VectorEmitter::Plane;
using Values = std::vector<VectorEmitter::Value>;

Lines::Lines(ArrayRef<int64_t> shape, int64_t axis, int64_t maxLanes) {
  for (int64_t i = 0; i < axis; ++i)
    outer *= shape[i];
  for (int64_t i = axis + 1, e = shape.size(); i < e; ++i)
    inner *= shape[i];
  int64_t count = std::max<int64_t>(outer * inner, 1);
  lanes = std::min<int64_t>(maxLanes, llvm::bit_floor(static_cast<uint64_t>(count)));
  // A quarter of a vector that lies in memory is better than a whole one that must be gathered.
  int64_t narrow = std::min<int64_t>(lanes, llvm::bit_floor(static_cast<uint64_t>(std::max<int64_t>(inner, 1))));
  adjacent = inner > 1 && 4 * narrow >= lanes;
  if (adjacent)
    lanes = narrow;
  blocks = adjacent ? outer * llvm::divideCeil(inner, lanes) : llvm::divideCeil(outer * inner, lanes);
}

/// min(value, limit) where a block could reach beyond the end.
static Value clamp(VectorEmitter &e, Value value, int64_t limit, bool needed) {
  if (!needed)
    return value;
  return arith::MinUIOp::create(e.builder, e.loc, value, e.materialize(limit));
}

LineBlock locate(VectorEmitter &e, const Lines &lines, Value block) {
  OpBuilder &b = e.builder;
  if (!lines.adjacent) {
    Value first = arith::MulIOp::create(b, e.loc, block, e.materialize(lines.lanes));
    first = clamp(e, first, lines.outer * lines.inner - lines.lanes, lines.outer * lines.inner % lines.lanes != 0);
    return {Index(0), e.variable(first)};
  }
  int64_t perOuter = lines.blocks / lines.outer;
  Value outer, within = block;
  if (lines.outer > 1) {
    Value divisor = e.materialize(perOuter);
    outer = arith::DivUIOp::create(b, e.loc, block, divisor);
    within = arith::RemUIOp::create(b, e.loc, block, divisor);
  }
  Value first = arith::MulIOp::create(b, e.loc, within, e.materialize(lines.lanes));
  first = clamp(e, first, lines.inner - lines.lanes, lines.inner % lines.lanes != 0);
  Index outerIndex = outer ? e.variable(outer) : Index(0);
  return {outerIndex, e.variable(first)};
}

Plane rowsOf(const Lines &lines, const LineBlock &block, Value memref, int64_t extent) {
  if (!memref)
    return {};
  return {memref, block.outer * Index(extent * lines.inner) + block.first, lines.inner};
}

/// Calls `visit(first)` so that spans of `size` from each `first` on cover 0 .. count-1, count >= size; the last may
/// overlap.
static void forEachSpan(VectorEmitter &e, int64_t count, int64_t size, llvm::function_ref<void(Index)> visit) {
  e.loop(count / size, [&](Index i) { visit(i * Index(size)); });
  if (count % size)
    visit(Index(count - size));
}

/// Calls `visit(lane, offset)` for every lane, `offset` being where its line starts in a tensor with `extent` elements
/// along the axis.
static void forEachLane(VectorEmitter &e, const Lines &lines, const LineBlock &block, int64_t extent,
                        llvm::function_ref<void(Index, Index)> visit) {
  e.loop(lines.lanes, [&](Index lane) {
    Index line = block.first + lane;
    if (lines.inner == 1)
      return visit(lane, line * Index(extent));
    Value number = e.materialize(line), divisor = e.materialize(lines.inner);
    Index outer = e.variable(arith::DivUIOp::create(e.builder, e.loc, number, divisor));
    Index within = e.variable(arith::RemUIOp::create(e.builder, e.loc, number, divisor));
    visit(lane, outer * Index(extent * lines.inner) + within);
  });
}

void gather(VectorEmitter &e, const Lines &lines, const LineBlock &block, Value memref, int64_t extent, int64_t count,
            const Plane &plane) {
  if (!memref)
    return;
  if (lines.inner > 1 || count < lines.lanes)
    return forEachLane(e, lines, block, extent, [&](Index lane, Index offset) {
      e.loop(count, [&](Index n) {
        Value element = e.loadElement({memref, offset, 0}, n * Index(lines.inner));
        e.storeElement(plane, n * Index(plane.step) + lane, element);
      });
    });
  forEachSpan(e, count, lines.lanes, [&](Index n) {
    Values rows;
    for (int64_t lane = 0; lane < lines.lanes; ++lane)
      rows.push_back(e.load({memref, (block.first + Index(lane)) * Index(extent), 1}, n));
    for (auto [column, value] : llvm::enumerate(transpose(e, std::move(rows))))
      e.store(plane, n + Index(column), value);
  });
}

void scatter(VectorEmitter &e, const Lines &lines, const LineBlock &block, Value memref, int64_t extent,
             const Plane &plane) {
  if (!memref)
    return;
  if (lines.inner > 1 || extent < lines.lanes)
    return forEachLane(e, lines, block, extent, [&](Index lane, Index offset) {
      e.loop(extent, [&](Index n) {
        Value element = e.loadElement(plane, n * Index(plane.step) + lane);
        e.storeElement({memref, offset, 0}, n * Index(lines.inner), element);
      });
    });
  forEachSpan(e, extent, lines.lanes, [&](Index n) {
    Values columns;
    for (int64_t column = 0; column < lines.lanes; ++column)
      columns.push_back(e.load(plane, n + Index(column)));
    for (auto [lane, value] : llvm::enumerate(transpose(e, std::move(columns))))
      e.store({memref, (block.first + Index(lane)) * Index(extent), 1}, n, value);
  });
}

//===-- Transposition ------------------------------------------------------------------------------------------===//

/// Elements of `a` and `b` (numbered from the vector's length on), in groups of `unit`, chosen by pick(group) -> group.
static VectorEmitter::Value shuffle(VectorEmitter &e, VectorEmitter::Value a, VectorEmitter::Value b, int64_t unit,
                                    llvm::function_ref<int64_t(int64_t)> pick) {
  int64_t lanes = e.type.getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t group = 0; group < lanes / unit; ++group)
    for (int64_t i = 0; i < unit; ++i)
      mask.push_back(pick(group) * unit + i);
  return {&e, vector::ShuffleOp::create(e.builder, e.loc, a.value, b.value, mask)};
}

Values transpose(VectorEmitter &e, Values rows) {
  int64_t lanes = rows.size();
  if (lanes == 1)
    return rows;
  // Within groups of 128 bits: interleave single elements of two rows, then pairs (unpcklps, unpcklpd).
  int64_t group = std::min<int64_t>(lanes, 128 / e.type.getElementTypeBitWidth());
  auto interleave = [&](VectorEmitter::Value a, VectorEmitter::Value b, int64_t unit, bool high) {
    int64_t units = group / unit;
    return shuffle(e, a, b, unit, [&](int64_t g) {
      return g / units * units + g % units / 2 + (high ? units / 2 : 0) + (g % 2 ? lanes / unit : 0);
    });
  };
  for (int64_t i = 0; i < lanes && group == 2; i += 2)
    std::tie(rows[i], rows[i + 1]) =
        std::pair(interleave(rows[i], rows[i + 1], 1, false), interleave(rows[i], rows[i + 1], 1, true));
  for (int64_t i = 0; i < lanes && group == 4; i += 4) {
    auto low01 = interleave(rows[i], rows[i + 1], 1, false), high01 = interleave(rows[i], rows[i + 1], 1, true);
    auto low23 = interleave(rows[i + 2], rows[i + 3], 1, false), high23 = interleave(rows[i + 2], rows[i + 3], 1, true);
    rows[i] = interleave(low01, low23, 2, false);
    rows[i + 1] = interleave(low01, low23, 2, true);
    rows[i + 2] = interleave(high01, high23, 2, false);
    rows[i + 3] = interleave(high01, high23, 2, true);
  }
  // Between groups: even groups of two rows into one, odd ones into the other (vperm2f128, vshuff32x4).
  for (int64_t span = group; span < lanes; span *= 2) {
    Values next(lanes);
    int64_t groups = lanes / group;
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & span)
        continue;
      for (int64_t odd : {0, 1})
        next[odd ? i + span : i] = shuffle(e, rows[i], rows[i + span], group, [&](int64_t g) {
          int64_t half = groups / 2;
          return 2 * (g % half) + odd + (g / half) * groups;
        });
    }
    rows = std::move(next);
  }
  return rows;
}

} // namespace fourmix
