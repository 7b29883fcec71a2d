// mix.lambda to products, and its kernel to whichever is cheapest: a convolution, a table, transforms.
//
// A kernel that reaches over g positions of n is g n multiplications per pair of key and value, done by a convolution;
// as a table it is n n of them in one large matrix product, but takes n n numbers per key; by transforms it is
// n log n. So few neighbours are a convolution, a small grid is a table, and a large one with a far reach is
// transformed.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Emit/Convolution.h"
#include "lib/Emit/Einsum.h"
#include "lib/Emit/Spectra.h"
#include "lib/Kernels/RootsOfUnity.h"
#include <cmath>
#include <complex>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::lowering;

namespace {

/// A kernel over a grid, without what no position reaches: extents of 2 g - 1 see everything.
struct Reach {
  Value kernel;                               // [k, u, extents...]
  std::optional<std::vector<double>> numbers; // of the kernel, where it is a constant
  SmallVector<int64_t> grid, extents;         // per axis of the grid
  SmallVector<int64_t> points;                // of a transform in which nothing wraps around

  int64_t rank() const { return grid.size(); }
};

/// The least length from `least` on whose only prime factors are 2, 3 and 5.
int64_t smoothLength(int64_t least) {
  for (int64_t length = least;; ++length) {
    int64_t rest = length;
    for (int64_t factor : {2, 3, 5})
      while (rest % factor == 0)
        rest /= factor;
    if (rest == 1)
      return length;
  }
}

/// Visits the multi-indices of `shape` in row-major order.
void forEach(Shape shape, llvm::function_ref<void(Shape)> visit) {
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t i = 0, count = product(shape); i < count; ++i) {
    visit(index);
    for (int64_t axis = static_cast<int64_t>(shape.size()) - 1; axis >= 0 && ++index[axis] == shape[axis]; --axis)
      index[axis] = 0;
  }
}

Reach cropToReach(Emit &e, mix::LambdaOp op, Value kernel) {
  Reach reach = {kernel, {}, SmallVector<int64_t>(op.getGrid()), SmallVector<int64_t>(op.getKernelExtents()), {}};
  if (ElementsAttr constant = matchConstant(kernel))
    reach.numbers = readDoubles(constant);
  SmallVector<int64_t> whole(Emit::shapeOf(kernel)), offsets(whole.size(), 0), sizes = whole;
  for (auto [i, grid] : llvm::enumerate(reach.grid)) {
    int64_t seen = std::min(reach.extents[i], 2 * grid - 1);
    offsets[2 + i] = (reach.extents[i] - seen) / 2;
    sizes[2 + i] = reach.extents[i] = seen;
    reach.points.push_back(smoothLength(grid + seen / 2));
  }
  if (sizes == whole)
    return reach;
  reach.kernel = e.slice(kernel, offsets, sizes, SmallVector<int64_t>(sizes.size(), 1));
  if (reach.numbers) {
    std::vector<double> kept;
    forEach(sizes, [&](Shape index) {
      int64_t from = 0;
      for (auto [axis, i] : llvm::enumerate(index))
        from = from * whole[axis] + offsets[axis] + i;
      kept.push_back((*reach.numbers)[from]);
    });
    reach.numbers = std::move(kept);
  }
  return reach;
}

/// P [b, v, k, n] of a table [u, m, k, n].
Value positionByTable(Emit &e, Value values, Value table) { return einsum(e, "buvm,umkn->bvkn", {values, table}); }

/// The kernel of `reach` as a table [u, m, k, n]; null if its numbers are not known.
Value spreadKernel(Emit &e, const Reach &reach) {
  if (!reach.numbers)
    return {};
  Shape shape = Emit::shapeOf(reach.kernel);
  int64_t keys = shape[0], depth = shape[1], taps = product(reach.extents), n = product(reach.grid);
  std::vector<double> table(depth * n * keys * n, 0.0);
  int64_t to = 0, from = 0;
  forEach(reach.grid, [&](Shape query) {
    from = 0;
    forEach(reach.grid, [&](Shape context) {
      int64_t tap = 0;
      bool inside = true;
      for (int64_t axis = 0; axis < reach.rank(); ++axis) {
        int64_t extent = reach.extents[axis], at = context[axis] - query[axis] + extent / 2;
        inside &= at >= 0 && at < extent;
        tap = tap * extent + at;
      }
      for (int64_t k = 0; inside && k < keys; ++k)
        for (int64_t u = 0; u < depth; ++u)
          table[((u * n + from) * keys + k) * n + to] = (*reach.numbers)[(k * depth + u) * taps + tap];
      ++from;
    });
    ++to;
  });
  return e.constant(
      makeConstant(RankedTensorType::get({depth, n, keys, n}, Emit::elementOf(reach.kernel)), table, "lambda_table"));
}

/// P [b, v, k, n]: every value channel is an image of u channels, filtered by the same k filters.
Value positionByConvolution(Emit &e, Value values, const Reach &reach) {
  Shape v = Emit::shapeOf(values), w = Emit::shapeOf(reach.kernel);
  SmallVector<int64_t> images = {v[0], v[1], v[2]}, filters = {w[0], w[1], 1}, out = {v[0], w[0], v[2]};
  llvm::append_range(images, reach.grid);
  llvm::append_range(filters, reach.extents);
  llvm::append_range(out, reach.grid);
  ConvolutionGeometry geometry;
  geometry.rank = 1 + reach.rank();
  geometry.kernel.assign(filters.begin() + 2, filters.end());
  geometry.strides.assign(geometry.rank, 1);
  geometry.dilations.assign(geometry.rank, 1);
  for (int64_t extent : geometry.kernel)
    geometry.padsBegin.push_back(extent / 2);
  geometry.padsEnd = geometry.padsBegin;
  Value filtered =
      convolution(e, e.reshape(values, images), e.reshape(reach.kernel, filters), geometry, /*groups=*/1, out);
  return e.reshape(filtered, {v[0], w[0], v[2], product(reach.grid)});
}

/// The spectrum [k, u, points..., last/2 + 1] of the filter that convolves as the kernel correlates, in double; null
/// if the kernel's numbers are not known.
Spectrum kernelSpectrum(Emit &e, const Reach &reach) {
  if (!reach.numbers)
    return {};
  SmallVector<int64_t> shape(Emit::shapeOf(reach.kernel));
  std::vector<std::complex<double>> data(reach.numbers->begin(), reach.numbers->end());
  // Axis by axis: X[f] = sum over t of kernel[t] exp(-2 pi i f (c - t) / points), c the kernel's middle.
  for (int64_t axis = 0; axis < reach.rank(); ++axis) {
    int64_t taps = reach.extents[axis], points = reach.points[axis], middle = taps / 2;
    int64_t bins = axis + 1 == reach.rank() ? points / 2 + 1 : points;
    std::vector<std::complex<double>> circle;
    for (int64_t i = 0; i < points; ++i) {
      kernels::Root root = kernels::rootOfUnity(i, points);
      circle.emplace_back(root.re, root.im);
    }
    int64_t outer = product(ArrayRef(shape).take_front(2 + axis)),
            inner = product(ArrayRef(shape).drop_front(3 + axis));
    std::vector<std::complex<double>> next(outer * bins * inner);
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t f = 0; f < bins; ++f)
        for (int64_t t = 0; t < taps; ++t) {
          std::complex<double> root = circle[f * (middle - t + points) % points];
          for (int64_t i = 0; i < inner; ++i)
            next[(o * bins + f) * inner + i] += data[(o * taps + t) * inner + i] * root;
        }
    data = std::move(next);
    shape[2 + axis] = bins;
  }
  std::vector<double> re, im;
  for (std::complex<double> number : data) {
    re.push_back(number.real());
    im.push_back(number.imag());
  }
  auto type = RankedTensorType::get(shape, Emit::elementOf(reach.kernel));
  return {e.constant(makeConstant(type, re, "lambda_spectrum_re")),
          e.constant(makeConstant(type, im, "lambda_spectrum_im"))};
}

/// P [b, k, v, n] by the spectrum of the kernel: a filter, where there is no sum over u, or `sums` are filters as well.
Value positionByTransforms(Emit &e, Value values, const Reach &reach, Spectrum filter, bool sums) {
  Shape v = Emit::shapeOf(values);
  int64_t depth = v[1], keys = Emit::shapeOf(filter.re)[0];
  SmallVector<int64_t> images = {v[0], v[1], v[2]}, out = {v[0], keys, v[2]};
  llvm::append_range(images, reach.grid);
  llvm::append_range(out, reach.grid);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(3, 3 + reach.rank()));
  Type type = Emit::elementOf(values);
  SmallVector<int64_t> bins(Emit::shapeOf(filter.re).drop_front(2)), one = {keys, 1};
  llvm::append_range(one, bins);
  auto filterAt = [&](Value part, int64_t u) { return e.reshape(e.sliceAxis(part, 1, u, 1), one); };
  Value image = e.reshape(values, images);
  if (depth == 1) {
    one.insert(one.begin(), 1);
    auto back =
        spectral::FilterOp::create(e.builder, e.loc, RankedTensorType::get(out, type), image, e.reshape(filter.re, one),
                                   e.reshape(filter.im, one), axes, reach.points, nullptr);
    return e.reshape(back, {v[0], keys, v[2], product(reach.grid)});
  }
  if (sums && reach.rank() == 1) {
    int64_t points = reach.grid[0], bin = bins[0];
    auto matrices = [&](Value part) { return e.reshape(part, {1, keys, depth, 1, bin}); };
    if (Value y =
            filterSum(e, e.reshape(values, {v[0], 1, depth, v[2], points}), {matrices(filter.re), matrices(filter.im)},
                      2, 4, reach.points, {v[0], keys, 1, v[2], points}))
      return e.reshape(y, {v[0], keys, v[2], points});
  }
  Spectrum spectrum = transform(e, image, axes, reach.points);
  // Sum over u of the products, one pass over the result per u; axes [b, k, v, f...].
  SmallVector<int64_t> shape = {v[0], keys, v[2]};
  llvm::append_range(shape, bins);
  Spectrum sum;
  for (int64_t u = 0; u < depth; ++u) {
    SmallVector<Value> inputs = {e.sliceAxis(spectrum.re, 1, u, 1), e.sliceAxis(spectrum.im, 1, u, 1),
                                 filterAt(filter.re, u), filterAt(filter.im, u)};
    auto accumulate = [&](Value before, llvm::function_ref<Value(Scalars &, ValueRange)> body) {
      SmallVector<Value> all = inputs;
      if (before)
        all.push_back(before);
      return e.elementwise(shape, type, all, [&](Scalars &s, ValueRange x) {
        Value term = body(s, x);
        return before ? s.add(x.back(), term) : term;
      });
    };
    sum = {accumulate(sum.re, [](Scalars &s, ValueRange x) { return s.sub(s.mul(x[0], x[2]), s.mul(x[1], x[3])); }),
           accumulate(sum.im, [](Scalars &s, ValueRange x) { return s.add(s.mul(x[0], x[3]), s.mul(x[1], x[2])); })};
  }
  return e.reshape(transformBack(e, sum, axes, reach.points, reach.grid), {v[0], keys, v[2], product(reach.grid)});
}

/// A position lambda and the order of its axes.
struct Position {
  Value value;
  StringRef axes;
};

Position positionByKernel(Emit &e, mix::LambdaOp op, Value values, Value kernel, bool spectra) {
  Reach reach = cropToReach(e, op, kernel);
  mix::LambdaOp::Sizes s = op.getSizes();
  auto n = static_cast<double>(s.queries), pairs = static_cast<double>(s.key * s.value * s.batch);
  double points = static_cast<double>(product(reach.points)), logs = std::log2(points);
  double lines = static_cast<double>(s.batch * s.value * (s.depth + s.key));
  // In multiply-adds of a matrix product; transforms and products of spectra run at a fraction of its rate.
  double direct = 1.5 * pairs * n * static_cast<double>(s.depth * product(reach.extents));
  double dense = pairs * n * n * static_cast<double>(s.depth);
  double fast = spectra ? 0 : 3 * (1.25 * lines * points * logs + 1.5 * pairs * points * static_cast<double>(s.depth));
  constexpr double mostTableElements = 1 << 20;
  bool fits = n * n * static_cast<double>(s.key * s.depth) <= mostTableElements;
  if (fits && dense <= std::min(direct, fast))
    if (Value table = spreadKernel(e, reach))
      return {positionByTable(e, values, table), "bvkn"};
  if (fast < direct)
    if (Spectrum filter = kernelSpectrum(e, reach); filter.re)
      return {positionByTransforms(e, values, reach, filter, spectra), "bkvn"};
  return {positionByConvolution(e, values, reach), "bkvn"};
}

/// mix.lambda => softmax, the content lambda, the position lambda, their sum applied to the queries.
struct ConvertLambda : OpConversionPattern<mix::LambdaOp> {
  ConvertLambda(MLIRContext *context, bool spectra) : OpConversionPattern(context), spectra(spectra) {}
  LogicalResult matchAndRewrite(mix::LambdaOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    for (Type type : op->getOperandTypes())
      if (!cast<ShapedType>(type).hasStaticShape() || cast<ShapedType>(type).getNumElements() == 0)
        return rewriter.notifyMatchFailure(op, "a shape is dynamic or empty");
    Emit e(rewriter, op.getLoc());
    mix::LambdaOp::Sizes s = op.getSizes();
    Value values = adaptor.getValues();
    Position lambda = {{}, "bkv"};
    if (adaptor.getTable())
      lambda = {positionByTable(e, values, e.transpose(adaptor.getTable(), {3, 1, 2, 0})), "bvkn"};
    else if (adaptor.getKernel())
      lambda = positionByKernel(e, op, values, adaptor.getKernel(), mix_to_spectral::wantsSpectra(op, spectra));
    // What does not depend on the query's position is added to what does.
    auto extent = [&](char axis) {
      return axis == 'b' ? s.batch : axis == 'k' ? s.key : axis == 'v' ? s.value : s.queries;
    };
    SmallVector<int64_t> shape = llvm::map_to_vector(lambda.axes, extent);
    auto addTerm = [&](Value term, StringRef axes) {
      SmallVector<int64_t> permutation, aligned;
      for (char axis : lambda.axes) {
        size_t from = axes.find(axis);
        if (from != StringRef::npos)
          permutation.push_back(from);
        aligned.push_back(from != StringRef::npos ? extent(axis) : 1);
      }
      term = e.reshape(e.transpose(term, permutation), aligned);
      SmallVector<Value> inputs = {term};
      if (lambda.value)
        inputs.push_back(lambda.value);
      lambda.value = e.elementwise(shape, Emit::elementOf(values), inputs,
                                   [](Scalars &s, ValueRange x) { return x.size() == 2 ? s.add(x[0], x[1]) : x[0]; });
    };
    if (adaptor.getKeys())
      addTerm(einsum(e, "bukm,buvm->bkv", {softmax(e, adaptor.getKeys(), 3), values}), "bkv");
    if (adaptor.getBias())
      addTerm(adaptor.getBias(), "k");
    rewriter.replaceOp(op, einsum(e, ("bhkn," + lambda.axes + "->bhvn").str(), {adaptor.getQueries(), lambda.value}));
    return success();
  }

  bool spectra;
};
} // namespace

void fourmix::mix_to_spectral::populateLambdaPatterns(RewritePatternSet &patterns, bool spectra) {
  patterns.add<ConvertLambda>(patterns.getContext(), spectra);
}
