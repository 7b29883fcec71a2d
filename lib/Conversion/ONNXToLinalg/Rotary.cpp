// RotaryEmbedding: pairs of features turned by an angle that depends on the position.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// The rows of `cache` [positions, half] that `ids` [batch, sequence] names.
Value rowsOf(NodeLowering &n, Value cache, Value ids) {
  Shape table = Emit::shapeOf(cache), places = Emit::shapeOf(ids);
  AffineMap where = n.builder.getMultiDimIdentityMap(3).dropResult(2);
  return n.map({places[0], places[1], table[1]}, Emit::elementOf(cache), ids, where, [&](Scalars &s, ValueRange x) {
    return s.make<tensor::ExtractOp>(cache, ValueRange{s.safeIndex(x[0], table[0]), s.make<linalg::IndexOp>(2)});
  });
}

/// (a, b) becomes (a cos - b sin, a sin + b cos), where a and b are the two halves of the first rotary_embedding_dim
/// features, or with `interleaved` neighbours; the features behind stay.
LogicalResult lowerRotaryEmbedding(NodeLowering &n) {
  Value x = n.input(0);
  SmallVector<int64_t> shape(n.resultShape());
  bool flat = shape.size() == 3;
  int64_t heads = n.node.getInt("num_heads", 0);
  if (flat) // [batch, sequence, heads, size], else [batch, heads, sequence, size]
    x = n.reshape(x, {shape[0], shape[1], heads, shape[2] / heads});
  SmallVector<int64_t> full(Emit::shapeOf(x));
  int64_t size = full[3], sequence = full[flat ? 1 : 2], rotated = n.node.getInt("rotary_embedding_dim", 0);
  rotated = rotated ? rotated : size;
  int64_t half = rotated / 2;
  Type type = Emit::elementOf(x);
  SmallVector<Value> angles;
  for (unsigned i : {1, 2}) {
    Value cache = n.input(3) ? rowsOf(n, n.input(i), n.input(3)) : n.input(i);
    if (Emit::shapeOf(cache) != Shape({full[0], sequence, half}))
      return n.node.emitNodeError() << "expected " << half << " angles for each of " << full[0] << "x" << sequence
                                    << " positions, found " << Emit::typeOf(n.input(i));
    angles.push_back(n.reshape(cache, flat ? SmallVector<int64_t>{full[0], sequence, 1, half}
                                           : SmallVector<int64_t>{full[0], 1, sequence, half}));
  }
  Value turning = n.sliceAxis(x, 3, 0, rotated), a, b;
  SmallVector<int64_t> part(full), pairs(full);
  part[3] = half;
  pairs[3] = half;
  pairs.push_back(1);
  bool interleaved = n.node.getInt("interleaved", 0);
  if (interleaved) {
    SmallVector<int64_t> split(part);
    split.push_back(2);
    Value paired = n.reshape(turning, split);
    a = n.reshape(n.sliceAxis(paired, 4, 0, 1), part);
    b = n.reshape(n.sliceAxis(paired, 4, 1, 1), part);
  } else {
    a = n.sliceAxis(turning, 3, 0, half);
    b = n.sliceAxis(turning, 3, half, half);
  }
  auto turn = [&](bool first) {
    return n.elementwise(part, type, {a, b, angles[0], angles[1]}, [&](Scalars &s, ValueRange v) {
      return first ? s.sub(s.mul(v[0], v[2]), s.mul(v[1], v[3])) : s.add(s.mul(v[0], v[3]), s.mul(v[1], v[2]));
    });
  };
  Value re = turn(true), im = turn(false), result;
  if (interleaved) {
    part[3] = rotated;
    result = n.reshape(n.concat({n.reshape(re, pairs), n.reshape(im, pairs)}, 4), part);
  } else {
    result = n.concat({re, im}, 3);
  }
  if (rotated < size)
    result = n.concat({result, n.sliceAxis(x, 3, rotated, size - rotated)}, 3);
  return n.set(n.reshape(result, shape));
}

} // namespace

void addRotaryRows(LoweringTable &table) { table.add("RotaryEmbedding", 23, lowerRotaryEmbedding, 3); }

} // namespace fourmix::lowering
