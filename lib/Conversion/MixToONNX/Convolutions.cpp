// Mixings and projections whose matrix is made of a few weights: the weights are gathered into the matrix, which is
// then multiplied. A runtime folds the Gather of constant weights away.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

namespace {

/// Which weight stands at each place of a matrix, or -1 for zero.
struct Table {
  int64_t rows, columns;
  std::vector<int64_t> weights;

  Table(int64_t rows, int64_t columns, llvm::function_ref<int64_t(int64_t, int64_t)> weight)
      : rows(rows), columns(columns) {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        weights.push_back(weight(row, column));
  }
};

ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

/// `weights` [.., m] as matrices [.., rows, columns].
Value asMatrices(Emitter &nodes, Value weights, Table table) {
  if (!weights)
    return {};
  SmallVector<int64_t> shape(shapeOf(weights));
  int64_t last = shape.size() - 1, count = shape.back();
  if (llvm::is_contained(table.weights, -1)) {
    shape.back() = 1;
    auto type = RankedTensorType::get(shape, cast<RankedTensorType>(weights.getType()).getElementType());
    Value zero = nodes.constant(makeConstant(type, std::vector<double>(type.getNumElements(), 0.0), "zero"));
    weights = nodes.create("Concat", {weights, zero}, nodes.attr("axis", last));
    for (int64_t &weight : table.weights)
      weight = weight < 0 ? count : weight;
  }
  auto type = RankedTensorType::get({table.rows, table.columns}, nodes.builder.getI64Type());
  const char *raw = reinterpret_cast<const char *>(table.weights.data());
  ArrayRef<char> bytes(raw, table.weights.size() * sizeof(int64_t));
  // Layers of one shape share the table.
  std::string key = llvm::formatv("table {0} {1} ", table.rows, table.columns).str();
  key.append(bytes.begin(), bytes.end());
  Value constant = nodes.sharedConstant(key, [&] { return makeConstant(type, bytes, "indices"); });
  return nodes.create("Gather", {weights, constant}, nodes.attr("axis", last));
}

int64_t wrap(int64_t value, int64_t modulus) { return ((value % modulus) + modulus) % modulus; }

/// The tap at which a kernel on a circle meets element `from` of the input for element `to` of the result; -1 where it
/// does not.
int64_t tapAt(int64_t to, int64_t from, int64_t extent, int64_t taps, int64_t origin, mix::Orientation orientation) {
  int64_t difference = orientation == mix::Orientation::Correlation ? from - to : to - from;
  int64_t tap = wrap(difference + origin, extent);
  return tap < taps ? tap : -1;
}

/// The same on a torus, all of it in row-major order.
Table torus(ArrayRef<int64_t> extents, ArrayRef<int64_t> taps, ArrayRef<int64_t> origins,
            mix::Orientation orientation) {
  int64_t count = ShapedType::getNumElements(extents);
  return Table(count, count, [&](int64_t to, int64_t from) {
    int64_t weight = 0, stride = 1;
    for (size_t axis = extents.size(); axis-- > 0;) {
      int64_t extent = extents[axis];
      int64_t tap = tapAt(to % extent, from % extent, extent, taps[axis], origins[axis], orientation);
      if (tap < 0)
        return int64_t(-1);
      weight += tap * stride;
      stride *= taps[axis];
      to /= extent;
      from /= extent;
    }
    return weight;
  });
}

//===----------------------------------------------------------------------===//
// Over axes of the input
//===----------------------------------------------------------------------===//

/// Multiplies `input` along `axes` by the matrices that `table` makes of `kernel`, which has the rank of the input and
/// extent 1 or the input's along the other axes.
Value multiplyAlong(Emitter &nodes, Value input, Value kernel, ArrayRef<int64_t> axes, const Table &table) {
  if (!input || !kernel)
    return {};
  SmallVector<int64_t> shape(shapeOf(input)), kernelShape(shapeOf(kernel));
  // Columns of the product: an axis along which the kernel is the same, the last one that there is.
  int64_t column = -1;
  SmallVector<int64_t> batch;
  for (int64_t axis = 0, rank = shape.size(); axis < rank; ++axis)
    if (!llvm::is_contained(axes, axis) && kernelShape[axis] == 1)
      column = axis;
  for (int64_t axis = 0, rank = shape.size(); axis < rank; ++axis)
    if (!llvm::is_contained(axes, axis) && axis != column)
      batch.push_back(axis);
  SmallVector<int64_t> order(batch);
  order.append(axes.begin(), axes.end());
  if (column >= 0)
    order.push_back(column);

  auto fold = [&](Value value, ArrayRef<int64_t> sizes, ArrayRef<int64_t> tail) {
    SmallVector<int64_t> to;
    for (int64_t axis : batch)
      to.push_back(sizes[axis]);
    to.append(tail.begin(), tail.end());
    return nodes.reshape(llvm::is_sorted(order) ? value : nodes.transpose(value, order), to);
  };
  int64_t taps = 1;
  for (int64_t axis : axes)
    taps *= kernelShape[axis];
  Value matrices = asMatrices(nodes, fold(kernel, kernelShape, {taps}), table);
  Value columns = fold(input, shape, {table.columns, column < 0 ? 1 : shape[column]});
  if (!matrices || !columns)
    return {};
  Value product = nodes.create("MatMul", {matrices, columns});
  if (!product)
    return {};
  SmallVector<int64_t> moved, back(order.size());
  for (auto [to, from] : llvm::enumerate(order)) {
    moved.push_back(shape[from]);
    back[from] = to;
  }
  product = nodes.reshape(product, moved);
  return llvm::is_sorted(order) ? product : nodes.transpose(product, back);
}

Results convertCirculant(mix::CirculantOp op, Emitter &nodes) {
  SmallVector<int64_t> extents, taps;
  for (int64_t axis : op.getAxes()) {
    extents.push_back(op.getInput().getType().getDimSize(axis));
    taps.push_back(op.getKernel().getType().getDimSize(axis));
  }
  Table table = torus(extents, taps, op.getOrigins(), op.getOrientation());
  return {multiplyAlong(nodes, op.getInput(), op.getKernel(), op.getAxes(), table)};
}

/// One weight per difference of positions.
Table differences(int64_t n) {
  return Table(n, n, [&](int64_t to, int64_t from) { return from - to + n - 1; });
}

Results convertToeplitz(mix::ToeplitzOp op, Emitter &nodes) {
  int64_t axis = op.getAxis(), n = op.getInput().getType().getDimSize(axis);
  return {multiplyAlong(nodes, op.getInput(), op.getKernel(), axis, differences(n))};
}

/// The mean of g x under the kernel: both sums, and their quotient.
Results convertGated(mix::GatedOp op, Emitter &nodes) {
  int64_t axis = op.getAxis(), n = op.getInput().getType().getDimSize(axis);
  Table table = op.isCircular() ? torus(n, n, int64_t(0), mix::Orientation::Correlation) : differences(n);
  // Along an axis where the gates do not vary, their sum has to vary with the kernel.
  SmallVector<int64_t> shape(shapeOf(op.getGates()));
  for (auto [size, kernel] : llvm::zip(shape, shapeOf(op.getKernel())))
    size = size == 1 ? kernel : size;
  shape[axis] = n;
  Value gates = op.getGates();
  if (ArrayRef(shape) != shapeOf(gates))
    gates = nodes.create("Expand", {gates, nodes.ints(shape)});
  Value values = nodes.create("Mul", {op.getInput(), op.getGates()});
  Value above = multiplyAlong(nodes, values, op.getKernel(), axis, table);
  Value below = multiplyAlong(nodes, gates, op.getKernel(), axis, table);
  return {above && below ? nodes.create("Div", {above, below}) : Value()};
}

//===----------------------------------------------------------------------===//
// mix.projection
//===----------------------------------------------------------------------===//

Table projectionTable(mix::ProjectionOp op, int64_t k) {
  ArrayRef<int64_t> kernel = op.getKernelShape();
  // Transposed: a row per element of the input.
  if (op.getKind() == mix::ProjectionKind::Dense)
    return Table(k, kernel[0], [&](int64_t from, int64_t to) { return to * k + from; });
  int64_t block = kernel[2], blocks = kernel[1];
  return Table(k, kernel[0] * block, [&](int64_t from, int64_t to) {
    int64_t tap = tapAt(to % block, from % block, block, block, 0, *op.getOrientation());
    return ((to / block) * blocks + from / block) * block + tap;
  });
}

/// One MatMul with the matrices of all heads side by side, unless it is a Conv.
Results convertProjection(mix::ProjectionOp op, Emitter &nodes) {
  if (op.isCircular())
    return {convertCircularProjection(op, nodes)};
  auto type = cast<RankedTensorType>(op.getType());
  int64_t k = op.getInput().getType().getShape().back(), heads = op.getHeads(), d = type.getShape().back();
  Value matrices;
  if (op.getKind() == mix::ProjectionKind::Dense) {
    matrices = nodes.reshape(op.getWeight(), {heads * d, k});
    matrices = nodes.transpose(matrices, {1, 0});
  } else {
    int64_t taps = ShapedType::getNumElements(op.getKernelShape());
    matrices = asMatrices(nodes, nodes.reshape(op.getWeight(), {heads, taps}), projectionTable(op, k));
    matrices = nodes.reshape(nodes.transpose(matrices, {1, 0, 2}), {k, heads * d});
  }
  Value result = matrices ? nodes.create("MatMul", {op.getInput(), matrices}) : Value();
  return {op.hasHeads() ? nodes.reshape(result, type.getShape()) : result};
}

} // namespace

void fourmix::mix_to_onnx::addConvolutionConversions(ConversionTable &table) {
  table.add<mix::CirculantOp>(convertCirculant);
  table.add<mix::ToeplitzOp>(convertToeplitz);
  table.add<mix::GatedOp>(convertGated);
  table.add<mix::ProjectionOp>(convertProjection);
}
