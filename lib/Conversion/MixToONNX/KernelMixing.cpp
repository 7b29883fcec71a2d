// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KernelMixing.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

/// `value` with its axes in `order`.
static Value bring(Emitter &nodes, Value value, ArrayRef<int64_t> order) {
  return llvm::is_sorted(order) ? value : nodes.transpose(value, order);
}

/// A tensor of `shape` from its elements with the axes in `order`.
static Value putBack(Emitter &nodes, Value value, ArrayRef<int64_t> order, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> moved, back(order.size());
  for (auto [to, from] : llvm::enumerate(order)) {
    moved.push_back(shape[from]);
    back[from] = static_cast<int64_t>(to);
  }
  return bring(nodes, nodes.reshape(value, moved), back);
}

static double product(ArrayRef<int64_t> extents) { return static_cast<double>(ShapedType::getNumElements(extents)); }

Value KernelMixing::apply(Value x) {
  if (!x)
    return {};
  SmallVector<int64_t> result(shapeOf(x));
  for (auto [axis, size] : llvm::zip_equal(kernel.axes, kernel.sizes))
    result[axis] = size;

  // A Toeplitz matrix may walk on a longer circle: of twice the points, which suits an FFT.
  SmallVector<int64_t> &circles = kernel.circles;
  if (kernel.isToeplitz)
    circles[0] = nodes.fourierAsMatmul() ? circles[0] : 2 * kernel.sizes[0];
  Transforms transforms(nodes, shapeOf(x).size(), Modes::all(kernel.axes, circles));
  double leastCost = transforms.forwardCost(shapeOf(x), circles) + transforms.backwardCost(result, circles) +
                     transforms.forwardCost(shapeOf(kernel.weights), circles) + 3 * product(result);
  enum { ByTransforms, ByMatrix, ByConv } form = ByTransforms;
  if (nodes.fourierAsMatmul() && denseCost(x) < leastCost) {
    form = ByMatrix;
    leastCost = denseCost(x);
  }
  SmallVector<Support> support = findSupport();
  double taps = 1;
  for (const Support &along : support)
    taps *= static_cast<double>(along.taps.size());
  if (isShort(support, x) && 2 * taps * product(result) < leastCost)
    form = ByConv;
  return form == ByConv ? applyConv(x, support) : form == ByMatrix ? applyDense(x) : applyTransforms(x, transforms);
}

//===----------------------------------------------------------------------===//
// Transforms
//===----------------------------------------------------------------------===//

Value KernelMixing::applyTransforms(Value x, Transforms &transforms) {
  if (!factor.re)
    factor = transforms.factor(transforms.forward(kernel.weights, kernel.circles, kernel.origins), kernel.circles,
                               kernel.orientation == mix::Orientation::Correlation);
  Complex spectrum = transforms.forward(x, kernel.circles);
  return transforms.backward(transforms.multiply(spectrum, factor), kernel.circles, kernel.sizes);
}

//===----------------------------------------------------------------------===//
// The dense matrix
//===----------------------------------------------------------------------===//

double KernelMixing::denseCost(Value x) const {
  double matrix = 1, kernels = product(shapeOf(kernel.weights));
  for (auto [axis, size] : llvm::zip_equal(kernel.axes, kernel.sizes)) {
    matrix *= static_cast<double>(size) * static_cast<double>(shapeOf(x)[axis]);
    kernels /= static_cast<double>(shapeOf(kernel.weights)[axis]);
  }
  double lines = product(shapeOf(x));
  for (int64_t axis : kernel.axes)
    lines /= static_cast<double>(shapeOf(x)[axis]);
  // A constant matrix is gathered once.
  return 2 * lines * matrix + (matchConstant(kernel.weights) ? 0 : kernels * matrix);
}

/// Which tap meets which element, both counted in row-major order over the axes.
static Table torus(const Kernel &kernel, ArrayRef<int64_t> extents, ArrayRef<int64_t> taps) {
  int64_t rows = ShapedType::getNumElements(kernel.sizes), columns = ShapedType::getNumElements(extents);
  return Table(rows, columns, [&](int64_t to, int64_t from) {
    int64_t weight = 0, stride = 1;
    for (size_t axis = extents.size(); axis-- > 0;) {
      int64_t circle = kernel.circles[axis], at = from % extents[axis];
      int64_t tap = tapAt(to % kernel.sizes[axis], at, circle, taps[axis], kernel.origins[axis], kernel.orientation);
      if (tap < 0 || at >= circle)
        return int64_t(-1);
      weight += tap * stride;
      stride *= taps[axis];
      to /= kernel.sizes[axis];
      from /= extents[axis];
    }
    return weight;
  });
}

Value KernelMixing::applyDense(Value x) {
  Value weights = kernel.weights;
  if (!x || !weights)
    return {};
  SmallVector<int64_t> shape(shapeOf(x)), kernelShape(shapeOf(weights)), extents, taps;
  for (int64_t axis : kernel.axes) {
    extents.push_back(shape[axis]);
    taps.push_back(kernelShape[axis]);
  }
  // Columns of the product: an axis along which the kernel is the same, the last one that there is.
  int64_t column = -1, rank = static_cast<int64_t>(shape.size());
  SmallVector<int64_t> batch;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!isMixed(axis) && kernelShape[axis] == 1)
      column = axis;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!isMixed(axis) && axis != column)
      batch.push_back(axis);
  SmallVector<int64_t> order(batch);
  order.append(kernel.axes);
  if (column >= 0)
    order.push_back(column);

  auto fold = [&](Value value, ArrayRef<int64_t> sizes, ArrayRef<int64_t> tail) {
    SmallVector<int64_t> to;
    for (int64_t axis : batch)
      to.push_back(sizes[axis]);
    to.append(tail.begin(), tail.end());
    return nodes.reshape(bring(nodes, value, order), to);
  };
  Value matrices =
      asMatrices(nodes, fold(weights, kernelShape, {ShapedType::getNumElements(taps)}), torus(kernel, extents, taps));
  Value columns = fold(x, shape, {ShapedType::getNumElements(extents), column < 0 ? 1 : shape[column]});
  Value mixed = nodes.create("MatMul", {matrices, columns});
  for (auto [axis, size] : llvm::zip_equal(kernel.axes, kernel.sizes))
    shape[axis] = size;
  return putBack(nodes, mixed, order, shape);
}

//===----------------------------------------------------------------------===//
// A Conv
//===----------------------------------------------------------------------===//

/// For each tap along `axis` whether some weight there is not zero, or not known to be.
static llvm::BitVector findUsedTaps(Value weights, int64_t axis) {
  ArrayRef<int64_t> shape = shapeOf(weights);
  ElementsAttr constant = matchConstant(weights);
  std::optional<std::vector<double>> values = constant ? readDoubles(constant) : std::nullopt;
  llvm::BitVector used(shape[axis], !values);
  int64_t inner = ShapedType::getNumElements(shape.drop_front(axis + 1));
  for (size_t i = 0; values && i < values->size(); ++i)
    if ((*values)[i] != 0)
      used.set(static_cast<int64_t>(i) / inner % shape[axis]);
  return used;
}

SmallVector<KernelMixing::Support> KernelMixing::findSupport() const {
  SmallVector<Support> result;
  for (auto [i, axis] : llvm::enumerate(kernel.axes)) {
    int64_t taps = shapeOf(kernel.weights)[axis], origin = kernel.origins[i];
    llvm::BitVector used = findUsedTaps(kernel.weights, axis);
    // The longest run of zeros is left out; a kernel that goes all the way round may have it anywhere.
    bool goesRound = taps == kernel.circles[i] && !kernel.isToeplitz;
    int64_t first = 0, count = taps;
    if (used.none()) {
      first = origin, count = 1;
    } else if (goesRound) {
      int64_t longest = 0;
      for (int tap : used.set_bits()) {
        int64_t next = tap + 1;
        while (!used[next % taps])
          ++next;
        if (next - tap - 1 >= longest) {
          longest = next - tap - 1;
          first = next % taps;
        }
      }
      count = taps - longest;
    } else {
      first = used.find_first();
      count = used.find_last() + 1 - first;
    }
    if (kernel.isToeplitz) { // The element itself belongs to it, so that pads are not negative.
      int64_t end = std::max(first + count, origin + 1);
      first = std::min(first, origin);
      count = end - first;
    }
    Support along{first - origin, {}};
    for (int64_t t = 0; t < count; ++t)
      along.taps.push_back((first + t) % taps);
    if (kernel.orientation == mix::Orientation::Convolution) { // A Conv is a correlation.
      along.start = -(along.start + count - 1);
      std::reverse(along.taps.begin(), along.taps.end());
    }
    if (!kernel.isToeplitz && along.start > kernel.circles[i] / 2)
      along.start -= kernel.circles[i];
    result.push_back(std::move(along));
  }
  return result;
}

bool KernelMixing::isShort(ArrayRef<Support> support, Value x) const {
  constexpr size_t mostSpatialAxes = 3; // of Conv in runtimes
  bool isShorter = false;
  for (auto [i, axis] : llvm::enumerate(kernel.axes)) {
    int64_t extent = shapeOf(x)[axis], taps = static_cast<int64_t>(support[i].taps.size());
    isShorter |= taps < extent;
    // A Conv walks on the tensor's own circle, or on none.
    if (taps > extent || kernel.sizes[i] != extent || (!kernel.isToeplitz && kernel.circles[i] != extent))
      return false;
  }
  return isShorter && kernel.axes.size() <= mostSpatialAxes;
}

Value KernelMixing::applyConv(Value x, ArrayRef<Support> support) {
  SmallVector<int64_t> shape(shapeOf(x)), shared, varying;
  int64_t rank = static_cast<int64_t>(shape.size());
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!isMixed(axis))
      (shapeOf(kernel.weights)[axis] == 1 ? shared : varying).push_back(axis);
  Value weights = kernel.weights;
  for (auto [along, axis] : llvm::zip_equal(support, kernel.axes))
    if (!llvm::equal(along.taps, llvm::seq<int64_t>(0, shapeOf(weights)[axis])))
      weights = nodes.gather(weights, axis, along.taps);

  // [batch, channels, spatial..]; a kernel that is the same everywhere is repeated for the channels of some axis, for
  // depthwise convolutions are what runtimes know.
  int64_t channels = 1, repeated = 1;
  for (int64_t axis : varying)
    channels *= shape[axis];
  const auto *last = std::find_if(shared.rbegin(), shared.rend(), [&](int64_t axis) { return shape[axis] > 1; }).base();
  if (varying.empty() && last != shared.begin()) {
    varying.push_back(*std::prev(last));
    shared.erase(std::prev(last));
    channels = repeated = shape[varying[0]];
  }
  SmallVector<int64_t> order(shared), weightShape = {channels / repeated, 1}, images = {1, channels};
  order.append(varying);
  order.append(kernel.axes);
  for (int64_t axis : shared)
    images[0] *= shape[axis];
  for (auto [along, axis] : llvm::zip_equal(support, kernel.axes)) {
    weightShape.push_back(static_cast<int64_t>(along.taps.size()));
    images.push_back(shape[axis]);
  }
  weights = nodes.reshape(bring(nodes, weights, order), weightShape);
  if (repeated > 1) {
    weightShape[0] = channels;
    weights = nodes.create("Expand", {weights, nodes.ints(weightShape)});
  }
  Value value = nodes.reshape(bring(nodes, x, order), images);
  SmallVector<int64_t> before, after;
  for (auto [i, along] : llvm::enumerate(support)) {
    int64_t taps = static_cast<int64_t>(along.taps.size()), axis = static_cast<int64_t>(i) + 2;
    if (kernel.isToeplitz) {
      before.push_back(-along.start);
      after.push_back(along.start + taps - 1);
    } else if (value) {
      value = wrapAround(nodes, value, axis, along.start, images[axis] + taps - 1);
    }
  }
  SmallVector<NamedAttribute> attrs = {nodes.attr("group", channels)};
  before.append(after);
  if (!before.empty())
    attrs.push_back(nodes.attr("pads", ArrayRef<int64_t>(before)));
  return putBack(nodes, nodes.create("Conv", {value, weights}, attrs), order, shape);
}
