// Projections: one matrix product with the matrix written out, or a product of spectra, whichever is cheaper.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "Spectra.h"
#include "fourmix/Support/Constants.h"
#include "lib/Emit/Einsum.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_spectral;
using mix::ProjectionKind;
using mix::ProjectionOp;

namespace {

/// Matrix products run nearer to the machine's peak than short transforms: so many of their operations cost as much as
/// one of a transform.
constexpr double productSpeed = 8;

/// True if spectra are cheaper than the product with the k x d matrix of each head.
bool isFastBySpectra(ProjectionOp op) {
  double k = static_cast<double>(op.getInput().getType().getShape().back());
  double d = static_cast<double>(cast<ShapedType>(op.getType()).getShape().back());
  double heads = static_cast<double>(op.getHeads()), product = 2 * heads * k * d / productSpeed;
  if (op.isCircular()) {
    SmallVector<int64_t> circle = op.getCircle();
    return (1 + heads) * costOfTransform(circle) + 3 * heads * k < product;
  }
  ArrayRef<int64_t> shape = op.getKernelShape(); // block rows, block columns, block
  double rows = static_cast<double>(shape[0]), columns = static_cast<double>(shape[1]);
  return (columns + heads * rows) * costOfTransform(shape[2]) +
             4 * heads * rows * columns * static_cast<double>(shape[2]) <
         product;
}

/// The matrices of all heads side by side, [k, heads * d], that a token is multiplied by from the left.
std::optional<std::vector<double>> writeOut(ProjectionOp op) {
  ElementsAttr constant = matchConstant(op.getWeight());
  std::optional<std::vector<double>> weights = constant ? readDoubles(constant) : std::nullopt;
  if (!weights)
    return std::nullopt;
  int64_t heads = op.getHeads(), k = op.getInput().getType().getShape().back();
  int64_t d = cast<ShapedType>(op.getType()).getShape().back(), columns = heads * d;
  ArrayRef<int64_t> shape = op.getKernelShape();
  kernels::CircularKernel kernel;
  kernel.convolution = op.getOrientation() == mix::Orientation::Convolution;
  bool isBlocks = op.getKind() == ProjectionKind::BlockCirculant;
  if (isBlocks) {
    kernel.grid = kernel.taps = {shape[2]};
    kernel.origin = {0};
  } else {
    SmallVector<int64_t> circle = op.getCircle(), origin = op.getOrigins();
    kernel.grid.assign(circle.begin(), circle.end());
    kernel.taps = kernels::Extents(shape);
    kernel.origin.assign(origin.begin(), origin.end());
  }
  int64_t block = kernels::countPositions(kernel.grid), taps = kernels::countPositions(kernel.taps);
  std::vector<double> matrix(k * columns);
  for (int64_t head = 0; head < heads; ++head)
    for (int64_t p = 0; p < d / block; ++p)
      for (int64_t q = 0; q < k / block; ++q) {
        int64_t at = ((head * (d / block) + p) * (k / block) + q) * taps;
        std::vector<double> square =
            kernels::expandCirculant(kernel.grid, kernels::unrollKernel(kernel, weights->data() + at));
        for (int64_t i = 0; i < block; ++i)
          for (int64_t j = 0; j < block; ++j)
            matrix[(q * block + j) * columns + head * d + p * block + i] = square[i * block + j];
      }
  return matrix;
}

SmallVector<int64_t> allAxes(int64_t first, int64_t count) {
  return llvm::to_vector(llvm::seq<int64_t>(first, first + count));
}

Value lowerDense(Emit &e, ProjectionOp op, Value x, Value w, Shape shape) {
  // Tokens on the left, heads and outputs side by side on the right: one product.
  int64_t k = Emit::shapeOf(x).back(), columns = ShapedType::getNumElements(Emit::shapeOf(w)) / k;
  Value matrix = e.transpose(e.reshape(w, {columns, k}), {1, 0});
  Value tokens = e.reshape(x, {ShapedType::getNumElements(Emit::shapeOf(x)) / k, k});
  return e.reshape(e.matmul(tokens, matrix), shape);
}

Value lowerCircular(Emit &e, ProjectionOp op, Value x, Value w, Shape shape) {
  SmallVector<int64_t> circle = op.getCircle(), origin = op.getOrigins();
  int64_t heads = op.getHeads(), tokens = ShapedType::getNumElements(Emit::shapeOf(x)) / Emit::shapeOf(x).back();
  // [tokens, 1, circle] and [1, heads, taps]
  SmallVector<int64_t> signal = {tokens, 1}, kernel = {1, heads}, result = {tokens, heads};
  signal.append(circle);
  llvm::append_range(kernel, op.getKernelShape());
  result.append(circle);
  Value y = filter(e, e.reshape(x, signal), e.reshape(w, kernel), allAxes(2, circle.size()), circle, origin,
                   *op.getOrientation(), result);
  return e.reshape(y, shape);
}

/// `sums`: as filters that add up the columns, where the kernels are known.
Value lowerBlocks(Emit &e, ProjectionOp op, Value x, Value w, Shape shape, bool sums) {
  ArrayRef<int64_t> kernel = op.getKernelShape();
  int64_t heads = op.getHeads(), rows = kernel[0], columns = kernel[1], block = kernel[2];
  int64_t tokens = ShapedType::getNumElements(Emit::shapeOf(x)) / (columns * block);
  if (sums) {
    Spectrum each =
        kernelSpectrum(e, e.reshape(w, {1, heads * rows, columns, block}), 3, block, 0, *op.getOrientation());
    if (Value y = lowering::filterSum(e, e.reshape(x, {tokens, 1, columns, block}), each, 2, 3, block,
                                      {tokens, heads * rows, 1, block}))
      return e.reshape(y, shape);
  }
  Spectrum signal = transform(e, e.reshape(x, {tokens, columns, block}), 2, block);
  Spectrum weights = kernelSpectrum(e, e.reshape(w, {heads * rows, columns, block}), 2, block, 0, *op.getOrientation());
  auto sum = [&](Value a, Value b) { return lowering::einsum(e, "tcf,rcf->trf", {a, b}); };
  auto combine = [&](Value a, Value b, bool minus) {
    return e.elementwise(
        SmallVector<int64_t>(Emit::shapeOf(a)), Emit::elementOf(a), {a, b},
        [&](lowering::Scalars &s, ValueRange v) { return minus ? s.sub(v[0], v[1]) : s.add(v[0], v[1]); });
  };
  Value re = combine(sum(signal.re, weights.re), sum(signal.im, weights.im), /*minus=*/true);
  Value im = combine(sum(signal.im, weights.re), sum(signal.re, weights.im), /*minus=*/false);
  return e.reshape(transformBack(e, {re, im}, 2, block, block), shape);
}

/// mix.projection
///   => linalg.matmul with the matrices of all heads, written out, or
///   => rdft of the tokens, product with the spectrum of the kernels, irdft
struct ConvertProjection : OpConversionPattern<ProjectionOp> {
  ConvertProjection(MLIRContext *context, bool spectra) : OpConversionPattern(context), spectra(spectra) {}

  LogicalResult matchAndRewrite(ProjectionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    if (!type.hasStaticShape() || !op.getInput().getType().hasStaticShape())
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Emit e(rewriter, op.getLoc());
    Value x = adaptor.getInput(), w = adaptor.getWeight();
    if (op.getKind() == ProjectionKind::Dense) {
      rewriter.replaceOp(op, lowerDense(e, op, x, w, type.getShape()));
      return success();
    }
    if (!wantsSpectra(op, spectra) && !isFastBySpectra(op))
      if (std::optional<std::vector<double>> matrix = writeOut(op)) {
        int64_t k = op.getInput().getType().getShape().back();
        int64_t columns = static_cast<int64_t>(matrix->size()) / k;
        Value constant =
            e.constant(makeConstant(RankedTensorType::get({k, columns}, type.getElementType()), *matrix, "projection"));
        Value tokens = e.reshape(x, {ShapedType::getNumElements(Emit::shapeOf(x)) / k, k});
        rewriter.replaceOp(op, e.reshape(e.matmul(tokens, constant), type.getShape()));
        return success();
      }
    Value y = op.isCircular() ? lowerCircular(e, op, x, w, type.getShape())
                              : lowerBlocks(e, op, x, w, type.getShape(), wantsSpectra(op, spectra));
    rewriter.replaceOp(op, y);
    return success();
  }

  bool spectra;
};

} // namespace

void mix_to_spectral::populateProjectionPatterns(RewritePatternSet &patterns, bool spectra) {
  patterns.add<ConvertProjection>(patterns.getContext(), spectra);
}
