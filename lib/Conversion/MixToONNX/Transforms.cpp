// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Transforms.h"
#include "fourmix/Support/Constants.h"
#include "lib/Kernels/RootsOfUnity.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

static Type elementOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

Modes Modes::all(ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths) {
  Modes all{SmallVector<int64_t>(axes), SmallVector<int64_t>(lengths)};
  all.counts.back() = lengths.back() / 2 + 1;
  return all;
}

/// How many coefficients of a transform of `length` points number `mode` of half a spectrum stands for.
static double multiplicity(int64_t mode, int64_t length) { return mode == 0 || 2 * mode == length ? 1 : 2; }

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Value Transforms::combine(StringRef op, Value a, Value b) { return a && b ? nodes.create(op, {a, b}) : a; }

Complex Transforms::product(Complex x, Complex y, llvm::function_ref<Value(Value, Value)> times) {
  Value re = combine("Sub", times(x.re, y.re), times(x.im, y.im));
  Value one = times(x.re, y.im), two = times(x.im, y.re);
  return {re, one && two ? combine("Add", one, two) : one ? one : two};
}

Complex Transforms::multiply(Complex x, Complex y) {
  return product(x, y, [&](Value a, Value b) { return a && b ? nodes.create("Mul", {a, b}) : Value(); });
}

Complex Transforms::multiplyMatrices(Complex x, Complex s, int64_t channel) {
  // Axis i of x is letter i, o is the one behind them. Axes along which s is the same are left out of it.
  auto letter = [](int64_t axis) { return static_cast<char>('a' + axis); };
  std::string ofX, ofS(1, letter(rank)), ofY;
  SmallVector<int64_t> shape = {shapeOf(s.re)[0]};
  for (int64_t axis = 0; axis < rank; ++axis) {
    ofX += letter(axis);
    ofY += letter(axis == channel ? rank : axis);
    if (int64_t extent = shapeOf(s.re)[axis + 1]; extent > 1 || axis == channel) {
      ofS += letter(axis);
      shape.push_back(extent);
    }
  }
  constexpr int64_t einsumSince = 12;
  if (nodes.opset() < einsumSince) {
    SmallVector<int64_t> back; // o to the place of the channel that is summed over
    for (int64_t axis = 0; axis < rank; ++axis)
      back.push_back(axis < channel ? axis + 1 : axis == channel ? 0 : axis);
    return product(x, s, [&](Value a, Value b) -> Value {
      if (!a || !b)
        return {};
      Value terms = nodes.create("Mul", {nodes.unsqueeze(a, {0}), b});
      SmallVector<NamedAttribute> attrs{nodes.attr("axes", ArrayRef<int64_t>{channel + 1}),
                                        nodes.attr("keepdims", int64_t(0))};
      return nodes.transpose(nodes.create("ReduceSum", {terms}, attrs), back);
    });
  }
  auto fold = [&](Value part) { return part ? nodes.reshape(part, shape) : Value(); };
  auto sum = [&](Value a, Value b) {
    return a && b ? nodes.create("Einsum", {a, b}, nodes.attr("equation", ofX + "," + ofS + "->" + ofY)) : Value();
  };
  return product(x, {fold(s.re), fold(s.im)}, sum);
}

Complex Transforms::factor(Complex spectrum, ArrayRef<int64_t> lengths, bool conjugate) {
  if (nodes.fourierAsMatmul()) { // The matrix of the last inverse has the weights.
    if (conjugate && spectrum.im)
      spectrum.im = nodes.create("Neg", spectrum.im);
    return spectrum;
  }
  int64_t length = lengths.back(), count = modes.counts.back();
  auto weigh = [&](Value part, double sign) -> Value {
    if (!part || (count == 1 && sign > 0))
      return part;
    Type element = elementOf(part);
    std::string key =
        llvm::formatv("multiplicity {0} {1} {2} {3} {4}", count, length, rank - modes.axes.back(), sign, element).str();
    Value weights = nodes.sharedConstant(key, [&] {
      SmallVector<int64_t> shape(rank - modes.axes.back(), 1); // Broadcast from the right.
      shape[0] = count;
      std::vector<double> values;
      for (int64_t mode = 0; mode < count; ++mode)
        values.push_back(sign * multiplicity(mode, length));
      return makeConstant(RankedTensorType::get(shape, element), values, "multiplicity");
    });
    return nodes.create("Mul", {part, weights});
  };
  return {weigh(spectrum.re, 1), weigh(spectrum.im, conjugate ? -1 : 1)};
}

//===----------------------------------------------------------------------===//
// DFT nodes
//===----------------------------------------------------------------------===//

/// `x` with `count` zeros behind its elements along `axis`.
static Value padWithZeros(Emitter &nodes, Value x, int64_t axis, int64_t count) {
  if (!x || count == 0)
    return x;
  size_t rank = shapeOf(x).size();
  SmallVector<int64_t> pads(2 * rank, 0);
  pads[rank + axis] = count;
  return nodes.create("Pad", {x, nodes.ints(pads)});
}

static Value slice(Emitter &nodes, Value x, int64_t axis, int64_t start, int64_t end) {
  return !x || (start == 0 && end == shapeOf(x)[axis]) ? x : nodes.slice(x, axis, start, end);
}

/// Elements [0, lower) and, from the end, `upper` more, with zeros between them so that there are `length`.
static Value joinEnds(Emitter &nodes, Value x, int64_t axis, int64_t lower, int64_t upper, int64_t length) {
  if (!x)
    return {};
  int64_t extent = shapeOf(x)[axis];
  Value front = padWithZeros(nodes, slice(nodes, x, axis, 0, lower), axis, length - lower - upper);
  return upper == 0
             ? front
             : nodes.create("Concat", {front, slice(nodes, x, axis, extent - upper, extent)}, nodes.attr("axis", axis));
}

Complex Transforms::forwardByDft(Value x, ArrayRef<int64_t> lengths, ArrayRef<int64_t> origins) {
  for (size_t i = 0; i < origins.size() && x; ++i) {
    int64_t axis = modes.axes[i], origin = origins[i], taps = shapeOf(x)[axis];
    if (origin == 0)
      continue;
    Value front = padWithZeros(nodes, slice(nodes, x, axis, origin, taps), axis, lengths[i] - taps);
    x = nodes.create("Concat", {front, slice(nodes, x, axis, 0, origin)}, nodes.attr("axis", axis));
  }
  Value value = x ? nodes.unsqueeze(x, rank) : x;
  for (size_t i = modes.axes.size(); i-- > 0;) {
    int64_t axis = modes.axes[i], count = modes.counts[i], all = modes.isLast(i) ? lengths[i] / 2 + 1 : lengths[i];
    value = nodes.dft(value, axis, modes.isLast(i) ? Emitter::Dft::HalfForward : Emitter::Dft::Forward, lengths[i]);
    if (count < all)
      value = modes.isLast(i) ? slice(nodes, value, axis, 0, count)
                              : joinEnds(nodes, value, axis, (count + 1) / 2, count / 2, count);
  }
  return {nodes.part(value, 0), nodes.part(value, 1)};
}

Value Transforms::backwardByDft(Complex y, ArrayRef<int64_t> lengths, ArrayRef<int64_t> sizes) {
  Value re = y.re ? nodes.unsqueeze(y.re, rank) : Value(), im = y.im ? nodes.unsqueeze(y.im, rank) : Value();
  Value value = nodes.create("Concat", {re, im}, nodes.attr("axis", rank));
  for (auto [i, axis] : llvm::enumerate(modes.axes)) {
    int64_t count = modes.counts[i];
    // Behind the modes of the last axis the DFT itself puts zeros.
    if (!modes.isLast(i) && count < lengths[i])
      value = joinEnds(nodes, value, axis, (count + 1) / 2, count / 2, lengths[i]);
    value = nodes.dft(value, axis, Emitter::Dft::Inverse, lengths[i]);
    if (modes.isLast(i))
      value = nodes.part(value, 0);
    value = slice(nodes, value, axis, 0, sizes[i]);
  }
  return value;
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

Complex Transforms::matrix(StringRef name, size_t i, int64_t rows, int64_t columns, int64_t length, Type element,
                           llvm::function_ref<std::complex<double>(int64_t, int64_t)> number) {
  auto part = [&](StringRef function, bool cosine) {
    std::string key =
        llvm::formatv("{0} {1} {2} {3} {4} {5} {6}", name, function, rows, columns, length, modes.isLast(i), element)
            .str();
    return nodes.sharedConstant(key, [&] {
      std::vector<double> values;
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column)
          values.push_back(cosine ? number(row, column).real() : number(row, column).imag());
      return makeConstant(RankedTensorType::get({rows, columns}, element), values, (name + "_" + function).str());
    });
  };
  return {part("cosines", true), part("sines", false)};
}

Value Transforms::multiplyAxis(Value value, int64_t axis, Value matrix) {
  if (!value)
    return {};
  if (axis == rank - 1)
    return nodes.create("MatMul", {value, matrix});
  SmallVector<int64_t> swap = llvm::to_vector(llvm::seq<int64_t>(rank));
  std::swap(swap[axis], swap[rank - 1]);
  return nodes.transpose(nodes.create("MatMul", {nodes.transpose(value, swap), matrix}), swap);
}

Complex Transforms::multiplyAxis(Complex value, int64_t axis, Complex matrix) {
  return product(value, matrix, [&](Value part, Value other) { return multiplyAxis(part, axis, other); });
}

/// exp(-i angle) for the angle 2 pi position frequency / length.
static std::complex<double> root(int64_t position, int64_t frequency, int64_t length) {
  kernels::Root root = kernels::rootOfUnity(position * frequency, length);
  return {root.re, root.im};
}

Complex Transforms::forward(Value x, ArrayRef<int64_t> lengths, ArrayRef<int64_t> origins) {
  if (!x || !nodes.fourierAsMatmul())
    return forwardByDft(x, lengths, origins);
  Complex value = {x, Value()};
  for (size_t i = modes.axes.size(); i-- > 0;) {
    int64_t length = lengths[i], origin = origins.empty() ? 0 : origins[i], extent = shapeOf(x)[modes.axes[i]];
    std::string name = origin == 0 ? "forward" : llvm::formatv("forward_{0}", origin).str();
    Complex roots = matrix(name, i, extent, modes.counts[i], length, elementOf(x), [&](int64_t at, int64_t mode) {
      // What is cut off is multiplied by zeros.
      return at < length ? root(at - origin, modes.frequency(i, mode), length) : 0.0;
    });
    value = multiplyAxis(value, modes.axes[i], roots);
  }
  return value;
}

Value Transforms::backwardByMatmul(Complex y, ArrayRef<int64_t> lengths, ArrayRef<int64_t> sizes) {
  if (!y.re)
    return {};
  Type element = elementOf(y.re);
  for (auto [i, axis] : llvm::enumerate(modes.axes)) {
    int64_t length = lengths[i];
    Complex roots = matrix("backward", i, modes.counts[i], sizes[i], length, element, [&](int64_t mode, int64_t at) {
      double weight = modes.isLast(i) ? multiplicity(mode, length) : 1;
      return std::conj(root(at, modes.frequency(i, mode), length)) * (weight / static_cast<double>(length));
    });
    if (modes.isLast(i)) // The real part alone.
      return combine("Sub", multiplyAxis(y.re, axis, roots.re), multiplyAxis(y.im, axis, roots.im));
    y = multiplyAxis(y, axis, roots);
  }
  return {};
}

Value Transforms::backward(Complex product, ArrayRef<int64_t> lengths, ArrayRef<int64_t> sizes) {
  return nodes.fourierAsMatmul() ? backwardByMatmul(product, lengths, sizes) : backwardByDft(product, lengths, sizes);
}

//===----------------------------------------------------------------------===//
// What they cost
//===----------------------------------------------------------------------===//

/// Flops of one complex FFT; other lengths than powers of two are a little more, which decides nothing here.
static double fftCost(int64_t length) {
  double n = static_cast<double>(length);
  return 5 * n * std::log2(std::max(n, 2.0));
}

double Transforms::forwardCost(ArrayRef<int64_t> shape, ArrayRef<int64_t> lengths) const {
  double cost = 0, elements = static_cast<double>(ShapedType::getNumElements(shape));
  for (size_t i = modes.axes.size(); i-- > 0;) {
    auto lines = elements / static_cast<double>(shape[modes.axes[i]]), count = static_cast<double>(modes.counts[i]);
    double products = modes.isLast(i) ? 2 : 4; // of real or complex numbers with cosines and sines
    cost += nodes.fourierAsMatmul() ? 2 * products * elements * count
                                    : lines * fftCost(lengths[i]) / (modes.isLast(i) ? 2 : 1);
    elements = lines * count;
  }
  return cost;
}

double Transforms::backwardCost(ArrayRef<int64_t> shape, ArrayRef<int64_t> lengths) const {
  double cost = 0, elements = static_cast<double>(ShapedType::getNumElements(shape));
  // From the result backwards.
  for (size_t i = modes.axes.size(); i-- > 0;) {
    auto lines = elements / static_cast<double>(shape[modes.axes[i]]), count = static_cast<double>(modes.counts[i]);
    double products = modes.isLast(i) ? 2 : 4;
    cost += nodes.fourierAsMatmul() ? 2 * products * elements * count : lines * fftCost(lengths[i]);
    elements = lines * count;
  }
  return cost;
}
