// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Spectra.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace fourmix::lowering {

using spectral::Direction;

Spectrum transform(Emit &e, Value x, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths) {
  auto first = spectral::RdftOp::create(e.builder, e.loc, x, axes.back(), lengths.back(), nullptr);
  Spectrum result{first.getOutRe(), first.getOutIm()};
  for (size_t i = axes.size() - 1; i-- > 0;) {
    auto next = spectral::DftOp::create(e.builder, e.loc, Direction::Forward, result.re, result.im, axes[i], lengths[i],
                                        nullptr);
    result = {next.getOutRe(), next.getOutIm()};
  }
  return result;
}

Value transformBack(Emit &e, Spectrum x, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths, ArrayRef<int64_t> kept) {
  // Each axis is cut as soon as it is there.
  auto cut = [&](Value part, size_t i) {
    return kept[i] == lengths[i] ? part : e.sliceAxis(part, axes[i], 0, kept[i]);
  };
  for (size_t i = 0; i + 1 < axes.size(); ++i) {
    auto next = spectral::DftOp::create(e.builder, e.loc, Direction::Inverse, x.re, x.im, axes[i], lengths[i], nullptr);
    x = {cut(next.getOutRe(), i), cut(next.getOutIm(), i)};
  }
  auto last = spectral::IrdftOp::create(e.builder, e.loc, x.re, x.im, axes.back(), lengths.back(), nullptr);
  return cut(last.getOutRe(), axes.size() - 1);
}

Spectrum multiply(Emit &e, Spectrum a, Spectrum b, Shape shape, bool conjugate) {
  Type type = Emit::elementOf(a.re);
  auto product = [&](Value x, Value y) {
    return e.elementwise(shape, type, {x, y}, [](Scalars &s, ValueRange v) { return s.mul(v[0], v[1]); });
  };
  if (!a.im && !b.im)
    return {product(a.re, b.re), {}};
  if (!b.im)
    return {product(a.re, b.re), product(a.im, b.re)};
  if (!a.im) {
    Value im = product(a.re, b.im);
    if (conjugate)
      im = e.elementwise(shape, type, im, [](Scalars &s, ValueRange v) { return s.neg(v[0]); });
    return {product(a.re, b.re), im};
  }
  SmallVector<Value> parts = {a.re, a.im, b.re, b.im};
  Value re = e.elementwise(shape, type, parts, [&](Scalars &s, ValueRange v) {
    Value x = s.mul(v[0], v[2]), y = s.mul(v[1], v[3]);
    return conjugate ? s.add(x, y) : s.sub(x, y);
  });
  Value im = e.elementwise(shape, type, parts, [&](Scalars &s, ValueRange v) {
    Value x = s.mul(v[1], v[2]), y = s.mul(v[0], v[3]);
    return conjugate ? s.sub(x, y) : s.add(x, y);
  });
  return {re, im};
}

Value expandFilter(RewriterBase &rewriter, spectral::FilterOp op, std::optional<StringRef> plan) {
  rewriter.setInsertionPoint(op);
  Emit e(rewriter, op.getLoc());
  ArrayRef<int64_t> axes = op.getAxes(), lengths = op.getLengths();
  Operation *before = op->getPrevNode();
  SmallVector<int64_t> product(op.getOutputType().getShape()), kept;
  for (int64_t axis : axes) {
    kept.push_back(product[axis]);
    product[axis] = op.getSpectrumType().getDimSize(axis);
  }
  Spectrum x = transform(e, op.getInput(), axes, lengths);
  Spectrum y = multiply(e, x, {op.getRe(), op.getIm()}, product, /*conjugate=*/false);
  Value result = transformBack(e, y, axes, lengths, kept);
  if (plan)
    for (Operation *made = op->getPrevNode(); made != before; made = made->getPrevNode())
      if (auto plannable = dyn_cast<spectral::PlannableOpInterface>(made))
        plannable.setPlan(plan);
  rewriter.replaceOp(op, result);
  return result;
}

} // namespace fourmix::lowering
