// Convolutions over the tokens, and filters: real transforms, a product of spectra, and back; few taps one by one.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "Spectra.h"
#include "fourmix/Support/Constants.h"
#include "lib/Emit/Einsum.h"
#include "lib/Kernels/Grid.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_spectral;
using lowering::Scalars;

namespace {

bool isStatic(Operation *op) {
  auto isStaticType = [](Type type) { return cast<RankedTensorType>(type).hasStaticShape(); };
  return llvm::all_of(op->getOperandTypes(), isStaticType) && llvm::all_of(op->getResultTypes(), isStaticType);
}

/// A circular correlation or convolution tap by tap, over x with as much of its other end put before and behind it as
/// the taps reach.
Value tapByTap(Emit &e, Value x, Value kernel, ArrayRef<int64_t> axes, ArrayRef<int64_t> origins,
               mix::Orientation orientation, Shape shape) {
  int64_t rank = shape.size(), loops = rank + axes.size();
  bool isConvolution = orientation == mix::Orientation::Convolution;
  SmallVector<AffineExpr> reads, weights;
  for (int64_t i = 0; i < rank; ++i)
    reads.push_back(e.builder.getAffineDimExpr(i));
  SmallVector<AffineExpr> kernelReads = reads;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    int64_t n = shape[axis], taps = Emit::shapeOf(kernel)[axis];
    // Element i + j of the widened axis meets tap j; a convolution goes through its taps from the last to the first.
    int64_t first = isConvolution ? origins[i] - (taps - 1) : -origins[i];
    auto around = [&](int64_t at) { return ((first + at) % n + n) % n; };
    x = e.take(x, axis, llvm::map_to_vector(llvm::seq<int64_t>(0, n + taps - 1), around));
    if (isConvolution)
      kernel = e.take(kernel, axis, llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, taps))));
    kernelReads[axis] = e.builder.getAffineDimExpr(rank + i);
    reads[axis] = reads[axis] + kernelReads[axis];
  }
  // An axis along which the kernel is shared is not an axis of the kernel.
  SmallVector<int64_t> kept;
  for (int64_t i = 0; i < rank; ++i)
    if (Emit::shapeOf(kernel)[i] != 1 || llvm::is_contained(axes, i)) {
      kept.push_back(Emit::shapeOf(kernel)[i]);
      weights.push_back(kernelReads[i]);
    }
  MLIRContext *context = e.builder.getContext();
  AffineMap writes = AffineMap::getMultiDimIdentityMap(loops, context).getMajorSubMap(rank);
  return e.contract(x, e.reshape(kernel, kept),
                    {AffineMap::get(loops, 0, reads, context), AffineMap::get(loops, 0, weights, context), writes},
                    shape);
}

/// mix.circulant => a product of spectra, or a sum over the taps where those are so few that it takes fewer operations.
struct ConvertCirculant : OpConversionPattern<mix::CirculantOp> {
  ConvertCirculant(MLIRContext *context, bool spectra) : OpConversionPattern(context), spectra(spectra) {}
  LogicalResult matchAndRewrite(mix::CirculantOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isStatic(op))
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Emit e(rewriter, op.getLoc());
    SmallVector<int64_t> shape(cast<RankedTensorType>(op.getType()).getShape());
    SmallVector<int64_t> circle = llvm::map_to_vector(op.getAxes(), [&](int64_t axis) { return shape[axis]; });
    int64_t points = lowering::product(circle), taps = 1;
    for (int64_t axis : op.getAxes())
      taps *= op.getKernel().getType().getDimSize(axis);
    // Two real transforms of all points, against a multiplication and an addition per tap.
    if (!wantsSpectra(op, spectra) && 2 * static_cast<double>(taps * points) <= mix::fourierFlops(points)) {
      rewriter.replaceOp(op, tapByTap(e, adaptor.getInput(), adaptor.getKernel(), op.getAxes(), op.getOrigins(),
                                      op.getOrientation(), shape));
      return success();
    }
    rewriter.replaceOp(op, filter(e, adaptor.getInput(), adaptor.getKernel(), op.getAxes(), circle, op.getOrigins(),
                                  op.getOrientation(), shape));
    return success();
  }

  bool spectra;
};

struct ConvertToeplitz : OpConversionPattern<mix::ToeplitzOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(mix::ToeplitzOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isStatic(op))
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Emit e(rewriter, op.getLoc());
    rewriter.replaceOp(op, toeplitz(e, adaptor.getInput(), adaptor.getKernel(), op.getAxis(),
                                    cast<RankedTensorType>(op.getType()).getShape()));
    return success();
  }
};

/// Element r of a filter's axis of `modes` elements is frequency r, or r - modes in the upper half.
SmallVector<int64_t> frequencies(int64_t modes, int64_t length) {
  SmallVector<int64_t> result;
  for (int64_t r = 0; r < modes; ++r)
    result.push_back(2 * r < modes + (modes & 1) ? r : length - modes + r);
  return result;
}

/// Zeros between the modes of the lower and the upper half, so that the axis has `length` frequencies.
Value spread(Emit &e, Value x, int64_t axis, int64_t length, bool isHalf) {
  SmallVector<int64_t> shape(Emit::shapeOf(x));
  int64_t modes = shape[axis], lower = isHalf ? modes : (modes + 1) / 2;
  if (modes == length)
    return x;
  shape[axis] = length - modes;
  SmallVector<Value> parts = {e.sliceAxis(x, axis, 0, lower), e.zeros(shape, Emit::elementOf(x))};
  if (lower < modes)
    parts.push_back(e.sliceAxis(x, axis, lower, modes - lower));
  return e.concat(parts, axis);
}

/// The whole spectrum of a filter; of one that has some modes of it only with `spread`, and where their numbers are
/// known.
std::optional<Spectrum> wholeSpectrum(Emit &e, Spectrum modes, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths,
                                      bool spread) {
  auto whole = [&](size_t i) { return i + 1 == axes.size() ? lengths[i] / 2 + 1 : lengths[i]; };
  auto isWhole = [&](size_t i) { return Emit::shapeOf(modes.re)[axes[i]] == whole(i); };
  if (llvm::all_of(llvm::seq<size_t>(0, axes.size()), isWhole))
    return modes;
  if (!spread)
    return std::nullopt;
  std::optional<kernels::ComplexGrid> grid = lowering::numbersOf(modes);
  if (!grid)
    return std::nullopt;
  return lowering::constantSpectrum(e, kernels::spreadModes(*grid, kernels::Extents(axes), kernels::Extents(lengths)),
                                    Emit::elementOf(modes.re), "spectrum");
}

/// Y[o] = sum over c of S[o, c] X[c] along axis `channel` of x as one filter, which goes around the channels as well:
/// for devices, whose filters have two axes. Null where it has more, or the numbers are not known.
Value filterMatrices(Emit &e, Value x, Spectrum matrices, int64_t channel, ArrayRef<int64_t> axes,
                     ArrayRef<int64_t> lengths, Shape shape) {
  if (axes.size() != 1)
    return {};
  SmallVector<int64_t> inner = llvm::map_to_vector(axes, [](int64_t axis) { return axis + 1; });
  std::optional<Spectrum> whole = wholeSpectrum(e, matrices, inner, lengths, /*spread=*/true);
  if (!whole)
    return {};
  int64_t outputs = shape[channel], rank = shape.size();
  SmallVector<int64_t> one(shape);
  one[channel] = 1;
  one.insert(one.begin(), outputs);
  Value y = lowering::filterSum(e, e.unsqueeze(x, 0), *whole, channel + 1, inner, lengths, one);
  if (!y)
    return {};
  one.erase(one.begin() + channel + 1);
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(1, rank));
  order.insert(order.begin() + channel, 0);
  return e.transpose(e.reshape(y, one), order);
}

/// mix.global_filter => spectral.filter, where all modes are there or may be as well, of matrices of one axis for a
/// device; else rdft, the modes that are
/// kept, product with the spectrum, zeros for the others, irdft, crop.
struct ConvertGlobalFilter : OpConversionPattern<mix::GlobalFilterOp> {
  ConvertGlobalFilter(MLIRContext *context, bool spectra) : OpConversionPattern(context), spectra(spectra) {}
  LogicalResult matchAndRewrite(mix::GlobalFilterOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isStatic(op))
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Emit e(rewriter, op.getLoc());
    auto type = cast<RankedTensorType>(op.getType());
    ArrayRef<int64_t> axes = op.getAxes(), lengths = op.getLengths(), inverse = op.getInverseLengths();
    bool hasChannel = op.getChannel().has_value();
    if (!hasChannel && lengths == inverse)
      if (std::optional<Spectrum> whole = wholeSpectrum(e, {adaptor.getRe(), adaptor.getIm()}, axes, lengths,
                                                        /*spread=*/wantsSpectra(op, spectra))) {
        rewriter.replaceOp(op, filter(e, adaptor.getInput(), *whole, axes, lengths, type.getShape()));
        return success();
      }
    if (hasChannel && lengths == inverse && wantsSpectra(op, spectra))
      if (Value y = filterMatrices(e, adaptor.getInput(), {adaptor.getRe(), adaptor.getIm()}, *op.getChannel(), axes,
                                   lengths, type.getShape())) {
        rewriter.replaceOp(op, y);
        return success();
      }
    auto modesOf = [&](int64_t axis) { return Emit::shapeOf(adaptor.getRe())[axis + hasChannel]; };
    auto eachPart = [](Spectrum x, function_ref<Value(Value)> change) {
      return Spectrum{change(x.re), x.im ? change(x.im) : Value()};
    };

    Spectrum x = transform(e, adaptor.getInput(), axes, lengths);
    for (auto [i, axis] : llvm::enumerate(axes)) {
      bool isHalf = i + 1 == axes.size();
      SmallVector<int64_t> kept =
          isHalf ? llvm::to_vector(llvm::seq<int64_t>(0, modesOf(axis))) : frequencies(modesOf(axis), lengths[i]);
      if (static_cast<int64_t>(kept.size()) != Emit::shapeOf(x.re)[axis])
        x = eachPart(x, [&](Value part) { return e.take(part, axis, kept); });
    }

    Spectrum filter{adaptor.getRe(), adaptor.getIm()}, y;
    SmallVector<int64_t> product(type.getShape());
    for (int64_t axis : axes)
      product[axis] = modesOf(axis);
    if (!hasChannel)
      y = multiply(e, x, filter, product, /*conjugate=*/false);
    else
      y = multiplyMatrices(e, x, filter, *op.getChannel(), product);

    for (auto [i, axis] : llvm::enumerate(axes)) {
      bool isHalf = i + 1 == axes.size();
      int64_t all = isHalf ? inverse[i] / 2 + 1 : inverse[i];
      y = eachPart(y, [&](Value part) { return spread(e, part, axis, all, isHalf); });
    }
    SmallVector<int64_t> kept = llvm::map_to_vector(axes, [&](int64_t axis) { return type.getDimSize(axis); });
    rewriter.replaceOp(op, transformBack(e, y, axes, inverse, kept));
    return success();
  }

  /// Y[o] = sum over c of S[o, c] X[c] along axis `channel` of x, for every mode.
  static Spectrum multiplyMatrices(Emit &e, Spectrum x, Spectrum filter, int64_t channel, Shape shape) {
    int64_t rank = shape.size();
    lowering::Labels ofX, ofFilter = {'z'}, ofY;
    for (int64_t i = 0; i < rank; ++i) {
      ofX.push_back('a' + i);
      ofFilter.push_back('a' + i);
      ofY.push_back(i == channel ? 'z' : 'a' + i);
    }
    auto sum = [&](Value a, Value b) { return lowering::einsum(e, ValueRange{a, b}, {ofX, ofFilter}, ofY, shape); };
    auto combine = [&](Value a, Value b, bool minus) {
      return e.elementwise(shape, Emit::elementOf(a), {a, b},
                           [&](Scalars &s, ValueRange v) { return minus ? s.sub(v[0], v[1]) : s.add(v[0], v[1]); });
    };
    if (!filter.im)
      return {sum(x.re, filter.re), sum(x.im, filter.re)};
    return {combine(sum(x.re, filter.re), sum(x.im, filter.im), /*minus=*/true),
            combine(sum(x.re, filter.im), sum(x.im, filter.re), /*minus=*/false)};
  }

  bool spectra;
};

} // namespace

void mix_to_spectral::populateFilterPatterns(RewritePatternSet &patterns, bool spectra) {
  patterns.add<ConvertCirculant, ConvertGlobalFilter>(patterns.getContext(), spectra);
  patterns.add<ConvertToeplitz>(patterns.getContext());
}
