// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SequenceMean.h"
#include "dialects/Spectral/IR/Lowerings.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using lowering::Emit;
using lowering::Scalars;

SequenceMean::SequenceMean(Emit &e, DeviceTransform &transform, Value &re, Value &im) : e(e), transform(transform) {
  const TransformedAxis &first = transform.axes.front();
  int64_t length = first.transform.length;
  if (first.transform.inverse || first.axis == transform.halfAxis || first.transform.input != length || length == 1)
    return;
  axis = first.axis;
  auto takeOut = [&](Value &part) {
    if (!part)
      return Value();
    SmallVector<int64_t> shape(Emit::shapeOf(part));
    Type type = Emit::elementOf(part);
    Scalars s(e.builder, e.loc, false);
    Value sum = e.reduce(part, axis, s.constant(type, 0), [](Scalars &s, ValueRange x) { return s.add(x[1], x[0]); });
    sum = lowering::keepDims(e, sum, shape, axis);
    Value mean = e.elementwise(Emit::shapeOf(sum), type, sum, [&](Scalars &s, ValueRange x) {
      return s.div(x[0], s.constant(type, static_cast<double>(length)));
    });
    part = e.elementwise(shape, type, {part, mean}, [](Scalars &s, ValueRange x) { return s.sub(x[0], x[1]); });
    return sum;
  };
  sumRe = takeOut(re);
  sumIm = takeOut(im);
}

void SequenceMean::addBack(Value &re, Value &im) {
  if (axis < 0)
    return;
  // Along its own axis a constant transforms to its sum and zeros; along the other one the host transforms it.
  StringAttr plan = e.builder.getStringAttr(spectral::fftLowering);
  for (spectral::FourierOpInterface op : transform.ops) {
    if (op.getAxis() == axis)
      continue;
    Operation *along;
    if (isa<spectral::RdftOp>(op))
      along = spectral::RdftOp::create(e.builder, e.loc, sumRe, op.getAxis(), op.getLength(), plan);
    else if (isa<spectral::IrdftOp>(op))
      along = spectral::IrdftOp::create(e.builder, e.loc, sumRe, sumIm, op.getAxis(), op.getLength(), plan);
    else
      along = spectral::DftOp::create(e.builder, e.loc, op.getDirection(), sumRe, sumIm, op.getAxis(), op.getLength(),
                                      plan);
    sumRe = along->getResult(0);
    sumIm = along->getNumResults() > 1 ? along->getResult(1) : Value();
  }
  re = addToFirst(re, sumRe);
  im = addToFirst(im, sumIm);
}

Value SequenceMean::addToFirst(Value part, Value sum) {
  if (!part || !sum)
    return part;
  SmallVector<int64_t> shape(Emit::shapeOf(part));
  shape[axis] = 1;
  Value first = e.elementwise(shape, Emit::elementOf(part), {e.sliceAxis(part, axis, 0, 1), sum},
                              [](Scalars &s, ValueRange x) { return s.add(x[0], x[1]); });
  SmallVector<OpFoldResult> offsets(shape.size(), e.builder.getIndexAttr(0)),
      strides(shape.size(), e.builder.getIndexAttr(1)), sizes = getAsIndexOpFoldResult(e.builder.getContext(), shape);
  return tensor::InsertSliceOp::create(e.builder, e.loc, first, part, offsets, sizes, strides);
}
