// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Emit.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace fourmix::lowering {

Value keepDims(Emit &e, Value value, Shape shape, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> kept(shape);
  for (int64_t axis : axes)
    kept[axis] = 1;
  return e.reshape(value, kept);
}

Value softmax(Emit &e, Value x, int64_t axis, bool logarithm) {
  Type type = Emit::elementOf(x);
  Shape shape = Emit::shapeOf(x);
  if (shape.empty()) // A scalar is its own maximum.
    return e.reshape(softmax(e, e.reshape(x, 1), 0, logarithm), {});
  Scalars s(e.builder, e.loc, false);
  auto add = [](Scalars &s, ValueRange x) { return s.add(x.back(), x[0]); };
  Value most =
      e.reduce(x, axis, s.limit(type, /*negative=*/true), [](Scalars &s, ValueRange x) { return s.max(x[1], x[0]); });
  most = keepDims(e, most, shape, axis);
  if (!logarithm) {
    Value powers = e.elementwise(shape, type, {x, most},
                                 [](Scalars &s, ValueRange x) { return s.make<math::ExpOp>(s.sub(x[0], x[1])); });
    Value sum = keepDims(e, e.reduce(powers, axis, s.constant(type, 0), add), shape, axis);
    return e.elementwise(shape, type, {powers, sum}, [](Scalars &s, ValueRange x) { return s.div(x[0], x[1]); });
  }
  Value sum = e.reduce(
      x, axis, s.constant(type, 0),
      [](Scalars &s, ValueRange x) { return s.add(x[2], s.make<math::ExpOp>(s.sub(x[0], x[1]))); }, most);
  Value logs =
      e.elementwise(Emit::shapeOf(sum), type, sum, [](Scalars &s, ValueRange x) { return s.make<math::LogOp>(x[0]); });
  return e.elementwise(shape, type, {x, most, keepDims(e, logs, shape, axis)},
                       [](Scalars &s, ValueRange x) { return s.sub(s.sub(x[0], x[1]), x[2]); });
}

} // namespace fourmix::lowering
