// Ops that rearrange: the elements stay, only their places change.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// Reshape, Flatten, Squeeze, Unsqueeze: the result's shape says all.
LogicalResult lowerReshape(NodeLowering &n) {
  if (Emit::typeOf(n.input(0)).getNumElements() != n.resultType().getNumElements())
    return n.node.emitNodeError() << Emit::typeOf(n.input(0)) << " cannot be reshaped to " << n.resultType();
  return n.set(n.reshape(n.input(0), n.resultShape()));
}

LogicalResult lowerIdentity(NodeLowering &n) { return n.set(n.input(0)); }

/// Inference: the data as they are, the mask all true.
LogicalResult lowerDropout(NodeLowering &n) {
  if (n.input(2)) {
    FailureOr<std::optional<SmallVector<int64_t>>> training = n.constantInts(2);
    if (failed(training) || (*training)->front() != 0)
      return n.node.emitNodeError() << "only inference is supported, training_mode must be constant false";
  }
  n.set(0, n.input(0));
  if (n.node.hasOutput(1))
    n.set(1, n.splat(n.resultShape(1), n.resultType(1).getElementType(), 1));
  return success();
}

LogicalResult lowerTranspose(NodeLowering &n) {
  int64_t rank = Emit::rankOf(n.input(0));
  std::optional<SmallVector<int64_t>> given = n.node.getInts("perm");
  SmallVector<int64_t> permutation;
  if (given) {
    FailureOr<SmallVector<int64_t>> normal = n.axes(*given, rank);
    if (failed(normal))
      return failure();
    permutation = *normal;
  } else {
    for (int64_t i = rank - 1; i >= 0; --i)
      permutation.push_back(i);
  }
  if (static_cast<int64_t>(permutation.size()) != rank || !isPermutationVector(permutation))
    return n.node.emitNodeError() << "perm must be a permutation of " << rank << " dimensions";
  return n.set(n.transpose(n.input(0), permutation));
}

LogicalResult lowerExpand(NodeLowering &n) { return n.set(n.broadcast(n.input(0), n.resultShape())); }

/// [a, b] -> [1, a, 1, b] -> [r, a, s, b] -> [r*a, s*b]
LogicalResult lowerTile(NodeLowering &n) {
  if (Emit::rankOf(n.input(0)) != n.resultType().getRank())
    return n.node.emitNodeError() << Emit::typeOf(n.input(0)) << " cannot be tiled to " << n.resultType();
  SmallVector<int64_t> split, repeated;
  for (auto [from, to] : llvm::zip(Emit::shapeOf(n.input(0)), n.resultShape())) {
    split.append({1, from});
    repeated.append({from == 0 ? 1 : to / from, from});
  }
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(n.resultShape(), n.resultType().getElementType()));
  return n.set(n.reshape(n.broadcast(n.reshape(n.input(0), split), repeated), n.resultShape()));
}

LogicalResult lowerConcat(NodeLowering &n) {
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 1), n.resultType().getRank());
  if (failed(axis))
    return failure();
  return n.set(n.concat(n.inputs, *axis));
}

LogicalResult lowerSplit(NodeLowering &n) {
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 0), Emit::rankOf(n.input(0)));
  if (failed(axis))
    return failure();
  int64_t offset = 0;
  for (unsigned i = 0, e = n.node.getNumResults(); i < e; ++i) {
    int64_t size;
    if (n.node.hasOutput(i)) {
      size = n.resultShape(i)[*axis];
      n.set(i, n.sliceAxis(n.input(0), *axis, offset, size));
    } else { // An output nobody named has no type: its size is in `split`, or that of its first sibling.
      FailureOr<std::optional<SmallVector<int64_t>>> sizes = n.constantInts(1, "split");
      if (failed(sizes))
        return failure();
      int64_t count = std::max<int64_t>(1, n.node.getInt("num_outputs", e)), total = Emit::shapeOf(n.input(0))[*axis];
      size = *sizes && i < (*sizes)->size() ? (**sizes)[i] : (total + count - 1) / count;
    }
    offset += size;
  }
  return success();
}

/// [b, c, h*k, w*k] from [b, k*k*c, h, w]
LogicalResult lowerDepthToSpace(NodeLowering &n) {
  Shape in = Emit::shapeOf(n.input(0));
  int64_t k = n.node.getInt("blocksize", 1);
  if (in.size() != 4 || k <= 0 || in[1] % (k * k) != 0)
    return n.node.emitNodeError() << "blocksize " << k << " does not fit " << Emit::typeOf(n.input(0));
  int64_t c = in[1] / (k * k);
  bool depthFirst = n.node.getString("mode", "DCR") == "DCR";
  Value split = depthFirst ? n.reshape(n.input(0), {in[0], k, k, c, in[2], in[3]})
                           : n.reshape(n.input(0), {in[0], c, k, k, in[2], in[3]});
  Value moved = depthFirst ? n.transpose(split, {0, 3, 4, 1, 5, 2}) : n.transpose(split, {0, 1, 4, 2, 5, 3});
  return n.set(n.reshape(moved, n.resultShape()));
}

LogicalResult lowerSpaceToDepth(NodeLowering &n) {
  Shape in = Emit::shapeOf(n.input(0));
  int64_t k = n.node.getInt("blocksize", 1);
  if (in.size() != 4 || k <= 0 || in[2] % k != 0 || in[3] % k != 0)
    return n.node.emitNodeError() << "blocksize " << k << " does not fit " << Emit::typeOf(n.input(0));
  Value split = n.reshape(n.input(0), {in[0], in[1], in[2] / k, k, in[3] / k, k});
  bool depthFirst = n.node.getString("mode", "DCR") == "DCR";
  Value moved = depthFirst ? n.transpose(split, {0, 3, 5, 1, 2, 4}) : n.transpose(split, {0, 1, 3, 5, 2, 4});
  return n.set(n.reshape(moved, n.resultShape()));
}

} // namespace

void addShapeRows(LoweringTable &table) {
  for (StringRef op : {"Reshape", "Flatten", "Squeeze", "Unsqueeze"})
    table.add(op, 1, lowerReshape);
  table.add("Identity", 1, lowerIdentity);
  table.add("Dropout", 1, lowerDropout);
  table.add("Transpose", 1, lowerTranspose);
  table.add("Expand", 8, lowerExpand);
  table.add("Tile", 6, lowerTile);
  table.add("Concat", 1, lowerConcat);
  table.add("Split", 1, lowerSplit);
  table.add("DepthToSpace", 1, lowerDepthToSpace);
  table.add("SpaceToDepth", 1, lowerSpaceToDepth);
}

} // namespace fourmix::lowering
