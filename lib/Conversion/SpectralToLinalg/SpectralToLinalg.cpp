// Transforms as products with dense DFT matrices, in real arithmetic and with the symmetry of cosine and sine used on
// both sides: of N^2 entries only the quarter n, k <= N/2 is ever multiplied.
//
// With h = N/2, m = (N-1)/2 (rounded down), e[n] = x[n] + x[N-n] and o[n] = x[n] - x[N-n] for 1 <= n <= m, e[0] = x[0],
// e[N/2] = x[N/2], and w = exp(-2 pi i / N):
//   C(x)[k] = sum_{n <= h} e[n] Re w^(kn),  S(x)[k] = sum_{1 <= n <= m} o[n] Im w^(kn),  0 <= k <= h,
//   dft forward: re[k] = C(re) - S(im), im[k] = C(im) + S(re); at N-k the other sign of S.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/Tensors.h"
#include "lib/Kernels/RootsOfUnity.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <map>
#include <tuple>

namespace fourmix {
#define GEN_PASS_DEF_CONVERTSPECTRALTOLINALG
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;

namespace {

/// What stands in a matrix: rows n = first .. first+rows-1, columns k = 0 .. columns-1 (or transposed).
struct MatrixKey {
  bool sine, inverse, doubled, transposed;
  int64_t length, first, rows, columns;
  Type element;

  auto tuple() const {
    return std::tuple(sine, inverse, doubled, transposed, length, first, rows, columns, element.getAsOpaquePointer());
  }
  bool operator<(const MatrixKey &other) const { return tuple() < other.tuple(); }
};

/// The constants of a module: one for each matrix, however many transforms use it.
class Matrices {
public:
  ElementsAttr get(const MatrixKey &key) {
    ElementsAttr &matrix = matrices[key];
    if (!matrix)
      matrix = make(key);
    return matrix;
  }

private:
  static ElementsAttr make(const MatrixKey &key) {
    std::vector<double> values(key.rows * key.columns);
    for (int64_t row = 0; row < key.rows; ++row)
      for (int64_t k = 0; k < key.columns; ++k) {
        int64_t n = key.first + row;
        kernels::Root root = kernels::rootOfUnity((n * k) % key.length, key.length);
        double value = key.sine ? root.im : root.re;
        if (key.inverse)
          value /= static_cast<double>(key.length);
        if (key.doubled && n != 0 && 2 * n != key.length)
          value *= 2;
        values[key.transposed ? k * key.rows + row : row * key.columns + k] = value;
      }
    SmallVector<int64_t> shape = {key.rows, key.columns};
    if (key.transposed)
      std::swap(shape[0], shape[1]);
    return makeConstant(RankedTensorType::get(shape, key.element), values,
                        (key.sine ? "dft_sin_" : "dft_cos_") + std::to_string(key.length));
  }

  std::map<MatrixKey, ElementsAttr> matrices;
};

/// Emits one transform.
class DenseTransform {
public:
  DenseTransform(OpBuilder &builder, FourierOpInterface op, Matrices &matrices)
      : b(builder), loc(op.getLoc()), op(op), matrices(matrices), axis(op.getAxis()), length(op.getLength()),
        half(length / 2), pairs((length - 1) / 2), inverse(op.getDirection() == Direction::Inverse) {}

  /// Replaces the results that are used.
  void run() {
    Value re = op.getRe(), im = op.getIm();
    if (isa<RdftOp>(op)) {
      replace(op.getOutRe(), [&] { return cosines(re); });
      replace(op.getOutIm(), [&] { return orZeros(sines(re)); });
    } else if (isa<IrdftOp>(op)) {
      replace(op.getOutRe(), [&] { return unfold(cosines(re), im ? sines(im) : Value(), /*minus=*/false); });
    } else {
      replace(op.getOutRe(), [&] { return unfold(cosines(re), im ? sines(im) : Value(), /*minus=*/!inverse); });
      replace(op.getOutIm(), [&] { return unfold(im ? cosines(im) : Value(), sines(re), /*minus=*/inverse); });
    }
  }

private:
  static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

  template <typename F>
  void replace(Value result, F compute) {
    if (!result.use_empty())
      result.replaceAllUsesWith(compute());
  }

  RankedTensorType halfType() {
    return op.getInputType().clone(withExtent(op.getInputType().getShape(), axis, half + 1));
  }

  Value orZeros(Value value) { return value ? value : createZeros(b, loc, halfType()); }

  /// C(x) along the axis.
  Value cosines(Value x) {
    if (isa<IrdftOp>(op))
      return multiply(x, /*sine=*/false, 0);
    return multiply(evenPart(x), /*sine=*/false, 0);
  }

  /// S(x) along the axis, or null where it has no terms.
  Value sines(Value x) {
    Value odd = isa<IrdftOp>(op) ? sliceRows(x, pairs) : oddPart(x);
    return odd ? multiply(odd, /*sine=*/true, 1) : Value();
  }

  /// Elements 1 .. count of every line, or null where there are none.
  Value sliceRows(Value x, int64_t count) { return count > 0 ? sliceAxis(b, loc, x, axis, 1, count) : Value(); }

  /// The part of a line that is read, with zeros up to N if more than its lower half is there.
  Value signal(Value x) {
    int64_t extent = typeOf(x).getDimSize(axis);
    return extent <= half + 1 ? x : fitAxis(b, loc, x, axis, length);
  }

  /// x[n] combined with x[N-n] for 1 <= n <= m, put at `at` of `dest`.
  template <typename Op>
  Value fold(Value x, Value dest, int64_t at) {
    SmallVector<int64_t> to(typeOf(x).getRank(), 0);
    to[axis] = at;
    Reflected lower{sliceAxis(b, loc, x, axis, 1, pairs), {}};
    Reflected upper{sliceAxis(b, loc, x, axis, length - pairs, pairs), {axis}};
    return insertElementwise(b, loc, {lower, upper}, dest, to, [](OpBuilder &body, Location at, ValueRange elements) {
      return Op::create(body, at, elements[0], elements[1]).getResult();
    });
  }

  /// e[0 .. h], or what there is of it.
  Value evenPart(Value x) {
    x = signal(x);
    int64_t extent = typeOf(x).getDimSize(axis);
    if (extent <= half + 1)
      return x;
    if (pairs == 0)
      return sliceAxis(b, loc, x, axis, 0, half + 1);
    Value even = emptyLike(x, half + 1);
    SmallVector<int64_t> at(typeOf(x).getRank(), 0);
    even = insertAt(b, loc, sliceAxis(b, loc, x, axis, 0, 1), even, at);
    at[axis] = half;
    if (half > pairs)
      even = insertAt(b, loc, sliceAxis(b, loc, x, axis, half, 1), even, at);
    return fold<arith::AddFOp>(x, even, 1);
  }

  /// o[1 .. m], or what there is of it; null where there is nothing.
  Value oddPart(Value x) {
    x = signal(x);
    int64_t extent = typeOf(x).getDimSize(axis);
    if (extent <= half + 1 || pairs == 0)
      return sliceRows(x, std::min(extent - 1, pairs));
    return fold<arith::SubFOp>(x, emptyLike(x, pairs), 0);
  }

  /// No values yet: the shape of `x` with another extent along the axis.
  Value emptyLike(Value x, int64_t extent) {
    RankedTensorType type = typeOf(x);
    return tensor::EmptyOp::create(b, loc, withExtent(type.getShape(), axis, extent), type.getElementType());
  }

  /// The product of every line of `x` (rows n = first ..) with cosines or sines; the axis then has k = 0 .. h.
  Value multiply(Value x, bool sine, int64_t first) {
    RankedTensorType type = typeOf(x);
    ArrayRef<int64_t> shape = type.getShape();
    int64_t rows = shape[axis], columns = half + 1;
    int64_t outer = ShapedType::getNumElements(shape.take_front(axis));
    int64_t inner = ShapedType::getNumElements(shape.drop_front(axis + 1));
    bool last = inner == 1;
    MatrixKey key{sine, inverse, isa<IrdftOp>(op), !last, length, first, rows, columns, type.getElementType()};
    ElementsAttr values = matrices.get(key);
    Value matrix = arith::ConstantOp::create(b, loc, cast<TypedAttr>(values));
    SmallVector<int64_t> result = withExtent(shape, axis, columns);
    Value product;
    if (last) {
      product = zeros({outer, columns}, type);
      product = linalg::MatmulOp::create(b, loc, product.getType(),
                                         ValueRange{reshape(b, loc, x, {outer, rows}), matrix}, product)
                    .getResult(0);
    } else if (outer == 1) {
      product = zeros({columns, inner}, type);
      product = linalg::MatmulOp::create(b, loc, product.getType(),
                                         ValueRange{matrix, reshape(b, loc, x, {rows, inner})}, product)
                    .getResult(0);
    } else {
      product = multiplyBatch(matrix, reshape(b, loc, x, {outer, rows, inner}), zeros({outer, columns, inner}, type));
    }
    return reshape(b, loc, product, result);
  }

  /// matrix [M, K] times x [B, K, N] for each of B.
  Value multiplyBatch(Value matrix, Value x, Value init) {
    AffineExpr batch, row, column, k;
    bindDims(b.getContext(), batch, row, column, k);
    SmallVector<AffineMap> maps = AffineMap::inferFromExprList(
        ArrayRef<ArrayRef<AffineExpr>>{{row, k}, {batch, k, column}, {batch, row, column}}, b.getContext());
    SmallVector<utils::IteratorType> iterators(3, utils::IteratorType::parallel);
    iterators.push_back(utils::IteratorType::reduction);
    return linalg::GenericOp::create(b, loc, init.getType(), ValueRange{matrix, x}, init, maps, iterators,
                                     [](OpBuilder &body, Location at, ValueRange elements) {
                                       Value product = arith::MulFOp::create(body, at, elements[0], elements[1]);
                                       Value sum = arith::AddFOp::create(body, at, elements[2], product);
                                       linalg::YieldOp::create(body, at, sum);
                                     })
        .getResult(0);
  }

  Value zeros(ArrayRef<int64_t> shape, RankedTensorType like) {
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(like.getElementType()));
    Value empty = tensor::EmptyOp::create(b, loc, shape, like.getElementType());
    return linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  }

  /// All N coefficients (or samples): even + odd at k, even - odd at N-k; the signs the other way round if `minus`. Of
  /// the two parts one may be null, which is zero.
  Value unfold(Value even, Value odd, bool minus) {
    RankedTensorType type = op.getOutputType();
    if (!even && !odd)
      return createZeros(b, loc, type);
    Value full = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    SmallVector<int64_t> to(type.getRank(), 0);
    full = insertSum(even, odd, minus, /*reversed=*/false, full, to);
    if (pairs == 0)
      return full;
    to[axis] = half + 1;
    auto upper = [&](Value part) { return part ? sliceAxis(b, loc, part, axis, 1, pairs) : Value(); };
    return insertSum(upper(even), upper(odd), !minus, /*reversed=*/true, full, to);
  }

  /// `dest` with even + odd, or even - odd, put at `to`.
  Value insertSum(Value even, Value odd, bool minus, bool reversed, Value dest, ArrayRef<int64_t> to) {
    SmallVector<Reflected, 2> parts;
    for (Value part : {even, odd})
      if (part)
        parts.push_back({part, reversed ? SmallVector<int64_t>{axis} : SmallVector<int64_t>{}});
    return insertElementwise(b, loc, parts, dest, to, [&](OpBuilder &body, Location at, ValueRange x) -> Value {
      if (!even)
        return minus ? Value(arith::NegFOp::create(body, at, x[0])) : x[0];
      if (!odd)
        return x[0];
      return minus ? Value(arith::SubFOp::create(body, at, x[0], x[1]))
                   : Value(arith::AddFOp::create(body, at, x[0], x[1]));
    });
  }

  OpBuilder &b;
  Location loc;
  FourierOpInterface op;
  Matrices &matrices;
  int64_t axis, length, half, pairs;
  bool inverse;
};

/// After it no transform with plan = matmul is left; others are as they were.
struct ConvertSpectralToLinalg : fourmix::impl::ConvertSpectralToLinalgBase<ConvertSpectralToLinalg> {
  void runOnOperation() override {
    SmallVector<FourierOpInterface> transforms;
    getOperation()->walk([&](FourierOpInterface op) {
      if (op.getPlan() == matmulLowering)
        transforms.push_back(op);
    });
    Matrices matrices;
    for (FourierOpInterface op : transforms) {
      if (!op.getInputType().hasStaticShape()) {
        op.emitOpError("cannot become matrix products: its shape ") << op.getInputType() << " is not static";
        return signalPassFailure();
      }
      OpBuilder builder(op);
      DenseTransform(builder, op, matrices).run();
      op.erase();
    }
  }
};

} // namespace
