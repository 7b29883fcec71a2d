// mix.global_filter: only the modes that are kept are computed, by products with matrices of cosines and sines. It
// needs no DFT operator, whose one-sided inverse runtimes lack.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Kernels/RootsOfUnity.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

namespace {

/// A tensor of complex numbers; `im` is null where it is zero.
struct Complex {
  Value re, im;
};

class FilterWriter {
public:
  FilterWriter(mix::GlobalFilterOp op, Emitter &nodes)
      : op(op), nodes(nodes), element(op.getInput().getType().getElementType()),
        rank(op.getInput().getType().getRank()) {}

  Value write() {
    ArrayRef<int64_t> axes = op.getAxes();
    SmallVector<int64_t> extents(op.getInput().getType().getShape());
    Complex value = {op.getInput(), Value()};
    for (size_t i = axes.size(); i-- > 0;)
      value = transform(value, i, extents[axes[i]], /*inverse=*/false);
    value = op.getChannel() ? mixChannels(value) : multiply(value, {op.getRe(), op.getIm()});
    for (size_t i = 0; i + 1 < axes.size(); ++i)
      value = transform(value, i, resultSize(i), /*inverse=*/true);
    return last(value);
  }

private:
  bool isLast(size_t i) { return i + 1 == op.getAxes().size(); }
  int64_t modes(size_t i) { return op.getRe().getType().getDimSize(op.getAxes()[i] + (op.getChannel() ? 1 : 0)); }
  int64_t resultSize(size_t i) { return cast<RankedTensorType>(op.getType()).getDimSize(op.getAxes()[i]); }
  /// The frequency of mode `r` of m.
  int64_t frequency(size_t i, int64_t r) { return isLast(i) || r < (modes(i) + 1) / 2 ? r : r - modes(i); }

  Value matrix(StringRef name, int64_t rows, int64_t columns, int64_t length, bool signedModes,
               llvm::function_ref<double(int64_t, int64_t)> number) {
    std::string key =
        llvm::formatv("filter {0} {1} {2} {3} {4} {5}", name, rows, columns, length, signedModes, element).str();
    return nodes.sharedConstant(key, [&] {
      std::vector<double> values;
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column)
          values.push_back(number(row, column));
      return makeConstant(RankedTensorType::get({rows, columns}, element), values, name);
    });
  }

  /// `value` with `axis` multiplied by the matrix [extent, new extent].
  Value along(Value value, int64_t axis, Value matrix) {
    if (!value)
      return {};
    if (axis == rank - 1)
      return nodes.create("MatMul", {value, matrix});
    SmallVector<int64_t> swap = llvm::to_vector(llvm::seq<int64_t>(rank));
    std::swap(swap[axis], swap[rank - 1]);
    Value product = nodes.create("MatMul", {nodes.transpose(value, swap), matrix});
    return nodes.transpose(product, swap);
  }

  Value combine(StringRef op, Value a, Value b) { return a && b ? nodes.create(op, {a, b}) : a; }

  /// (a + bi)(c + di) with any combination of tensors.
  Complex multiply(Complex x, Complex y) {
    auto product = [&](Value a, Value b) { return a && b ? nodes.create("Mul", {a, b}) : Value(); };
    Value re = combine("Sub", product(x.re, y.re), product(x.im, y.im));
    Value one = product(x.re, y.im), two = product(x.im, y.re);
    return {re, one && two ? combine("Add", one, two) : one ? one : two};
  }

  /// Between positions and the kept modes of axis number `i`, scaled by 1/length on the way back.
  Complex transform(Complex value, size_t i, int64_t positions, bool inverse) {
    int64_t axis = op.getAxes()[i], m = modes(i);
    int64_t length = inverse ? op.getInverseLengths()[i] : op.getLengths()[i];
    // A length below the extent cuts the input off; the rest is multiplied by zeros.
    auto root = [&](int64_t position, int64_t mode, bool cosine) {
      if (position >= length)
        return 0.0;
      kernels::Root root = kernels::rootOfUnity(position * frequency(i, mode), length); // exp(-i angle)
      double scale = inverse ? 1.0 / static_cast<double>(length) : 1.0;
      return scale * (cosine ? root.re : 0 - root.im);
    };
    int64_t rows = inverse ? m : positions, columns = inverse ? positions : m;
    auto part = [&](StringRef name, bool cosine) {
      return matrix(name, rows, columns, length, !isLast(i), [&](int64_t row, int64_t column) {
        return inverse ? root(column, row, cosine) : root(row, column, cosine);
      });
    };
    Value cosines = part(inverse ? "inverse_cosines" : "cosines", true);
    Value sines = part(inverse ? "inverse_sines" : "sines", false);
    // exp(-i a) = cos a - i sin a forward, the conjugate backward.
    Value reCos = along(value.re, axis, cosines), reSin = along(value.re, axis, sines);
    if (!value.im)
      return {reCos, reSin && !inverse ? nodes.create("Neg", reSin) : reSin};
    Value imCos = along(value.im, axis, cosines), imSin = along(value.im, axis, sines);
    return inverse ? Complex{combine("Sub", reCos, imSin), combine("Add", reSin, imCos)}
                   : Complex{combine("Add", reCos, imSin), combine("Sub", imCos, reSin)};
  }

  /// The inverse along the last of the axes, from half a spectrum to real numbers.
  Value last(Complex value) {
    size_t i = op.getAxes().size() - 1;
    int64_t length = op.getInverseLengths()[i], m = modes(i), size = resultSize(i);
    auto part = [&](StringRef name, bool cosine) {
      return matrix(name, m, size, length, false, [&](int64_t mode, int64_t position) {
        // Each coefficient but those that are their own mirror images stands for two.
        bool isAlone = mode == 0 || 2 * mode == length;
        kernels::Root root = kernels::rootOfUnity(position * mode, length);
        double scale = (isAlone ? 1.0 : 2.0) / static_cast<double>(length);
        return cosine ? scale * root.re : isAlone ? 0.0 : scale * root.im;
      });
    };
    Value re = along(value.re, op.getAxes()[i], part("half_cosines", true));
    return value.im ? combine("Add", re, along(value.im, op.getAxes()[i], part("half_sines", false))) : re;
  }

  /// Y[o] = sum over c of S[o, c] X[c], mode by mode.
  Complex mixChannels(Complex value) {
    int64_t channel = *op.getChannel();
    auto spread = [&](Value part) { return part ? nodes.unsqueeze(part, int64_t(0)) : Value(); };
    Complex product = multiply({spread(value.re), spread(value.im)}, {op.getRe(), op.getIm()});
    constexpr int64_t axesAreInputSince = 13;
    auto sum = [&](Value part) -> Value {
      if (!part)
        return {};
      NamedAttribute keep = nodes.attr("keepdims", int64_t(0));
      Value reduced = nodes.opset() >= axesAreInputSince
                          ? nodes.create("ReduceSum", {part, nodes.ints(channel + 1)}, keep)
                          : nodes.create("ReduceSum", part, {nodes.attr("axes", ArrayRef(channel + 1)), keep});
      // o is in front; it belongs where the channels were.
      SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(1, rank));
      order.insert(order.begin() + channel, 0);
      return nodes.transpose(reduced, order);
    };
    return {sum(product.re), sum(product.im)};
  }

  mix::GlobalFilterOp op;
  Emitter &nodes;
  Type element;
  int64_t rank;
};

} // namespace

static Results convertGlobalFilter(mix::GlobalFilterOp op, Emitter &nodes) { return {FilterWriter(op, nodes).write()}; }

void fourmix::mix_to_onnx::addGlobalFilterConversions(ConversionTable &table) {
  table.add<mix::GlobalFilterOp>(convertGlobalFilter);
}
