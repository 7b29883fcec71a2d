// example_split: a lowering from outside. A transform of even length N is two of length N/2 (Danielson and Lanczos,
// 1942):
//
//   X[k] = E[k] + w^k O[k],  X[k + N/2] = E[k] - w^k O[k],  0 <= k < N/2,  w = exp(-2 pi i / N),
//
// with E and O the transforms of the even and odd elements. The halves have no plan, so the compiler's own code takes
// them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>
#include <numbers>

using namespace mlir;
using namespace fourmix::spectral;

/// Textbook operations, 5 N log2 N per line and 10 N/2 to combine. Nothing where the signal is cut or padded, or odd.
static std::optional<double> cost(PlannableOpInterface plannable) {
  auto op = dyn_cast<DftOp>(*plannable);
  if (!op || !op.getRe().getType().hasStaticShape())
    return std::nullopt;
  auto length = static_cast<int64_t>(op.getLength());
  if (length % 2 || op.getRe().getType().getDimSize(op.getAxis()) != length)
    return std::nullopt;
  return static_cast<double>(op.getRe().getType().getNumElements()) * (5 * std::log2(length) + 5);
}

/// cos or -+sin of 2 pi k / N for 0 <= k < N/2.
static Value makeTwiddles(OpBuilder &builder, DftOp op, bool sine) {
  int64_t half = op.getLength() / 2;
  std::vector<double> numbers(half);
  for (int64_t k = 0; k < half; ++k) {
    double angle = std::numbers::pi * static_cast<double>(k) / static_cast<double>(half);
    numbers[k] = !sine ? std::cos(angle) : op.getDirection() == Direction::Forward ? -std::sin(angle) : std::sin(angle);
  }
  auto type = RankedTensorType::get({half}, op.getRe().getType().getElementType());
  auto constant = cast<TypedAttr>(fourmix::makeConstant(type, numbers, "example_split"));
  return arith::ConstantOp::create(builder, op.getLoc(), constant);
}

static LogicalResult lower(RewriterBase &b, PlannableOpInterface plannable) {
  auto op = cast<DftOp>(*plannable);
  Location loc = op.getLoc();
  int64_t axis = op.getAxis(), half = op.getLength() / 2, rank = op.getRe().getType().getRank();
  bool inverse = op.getDirection() == Direction::Inverse;
  SmallVector<OpFoldResult> zeros(rank, b.getIndexAttr(0)), ones(rank, b.getIndexAttr(1)), steps(ones), sizes;
  for (int64_t extent : op.getRe().getType().getShape())
    sizes.push_back(b.getIndexAttr(extent));
  sizes[axis] = b.getIndexAttr(half);
  steps[axis] = b.getIndexAttr(2);

  SmallVector<Value> inputs; // the parts of E, then those of O
  for (int64_t first : {0, 1}) {
    SmallVector<OpFoldResult> offsets(zeros);
    offsets[axis] = b.getIndexAttr(first);
    auto every = [&](Value x) -> Value {
      return x ? tensor::ExtractSliceOp::create(b, loc, x, offsets, sizes, steps).getResult() : Value();
    };
    auto part =
        DftOp::create(b, loc, op.getDirection(), every(op.getRe()), every(op.getIm()), axis, half, StringAttr());
    inputs.append({part.getOutRe(), part.getOutIm()});
  }
  inputs.append({makeTwiddles(b, op, false), makeTwiddles(b, op, true)});

  auto type = cast<RankedTensorType>(inputs[0].getType());
  AffineMap all = b.getMultiDimIdentityMap(rank), along = AffineMap::get(rank, 0, b.getAffineDimExpr(axis));
  SmallVector<AffineMap> maps(10, all);
  maps[4] = maps[5] = along;
  Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  auto halves = linalg::GenericOp::create(
      b, loc, SmallVector<Type>(4, type), inputs, SmallVector<Value>(4, empty), maps,
      SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel),
      [&](OpBuilder &b, Location loc, ValueRange x) {
        auto mul = [&](Value p, Value q) { return arith::MulFOp::create(b, loc, p, q).getResult(); };
        auto add = [&](Value p, Value q) { return arith::AddFOp::create(b, loc, p, q).getResult(); };
        auto sub = [&](Value p, Value q) { return arith::SubFOp::create(b, loc, p, q).getResult(); };
        Value re = sub(mul(x[4], x[2]), mul(x[5], x[3])), im = add(mul(x[4], x[3]), mul(x[5], x[2]));
        SmallVector<Value> out = {add(x[0], re), add(x[1], im), sub(x[0], re), sub(x[1], im)};
        if (inverse) { // each half has divided by N/2
          Value factor = arith::ConstantOp::create(b, loc, b.getFloatAttr(x[0].getType(), 0.5));
          for (Value &value : out)
            value = mul(value, factor);
        }
        linalg::YieldOp::create(b, loc, out);
      });

  SmallVector<Value> results;
  for (int part : {0, 1}) {
    Value whole = tensor::EmptyOp::create(b, loc, op.getOutRe().getType().getShape(), type.getElementType());
    for (int upper : {0, 1}) {
      SmallVector<OpFoldResult> offsets(zeros);
      offsets[axis] = b.getIndexAttr(upper * half);
      whole = tensor::InsertSliceOp::create(b, loc, halves.getResult(2 * upper + part), whole, offsets, sizes, ones);
    }
    results.push_back(whole);
  }
  b.replaceOp(op, results);
  return success();
}

namespace example {
void registerSplitTransform() { registerLowering({"example_split", cost, lower}); }
} // namespace example
