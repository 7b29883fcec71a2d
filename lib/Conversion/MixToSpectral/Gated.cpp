// mix.gated: products with the weights by position written out as matrices, or transforms, whichever is cheaper.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "Spectra.h"
#include "fourmix/Support/Constants.h"
#include "lib/Emit/Einsum.h"
#include "lib/Kernels/KernelRange.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_spectral;
using lowering::Labels;
using lowering::Scalars;

namespace {

/// The matrices of a kernel, M[i, j] = c[(j - i) mod n] or c[j - i + n - 1], one for each of its elements along the
/// other axes that has more than one.
struct Matrices {
  std::vector<double> numbers; // [.., i, j]
  SmallVector<int64_t> shape;
  Labels labels; // of the other axes, by their number
};

/// Numbers of all matrices together, at most: 16 MB.
constexpr int64_t mostNumbers = int64_t(1) << 22;

/// So many operations of a product with a matrix take as long as one of the transforms, which run over many channels at
/// once. Measured with heads of 32 channels, one thread, AVX-512: 2.0 to 3.2 for 24 to 256 tokens, circular and not; 64
/// tokens around the circle take 9 us by transforms and 16 us by matrices, 64 without wrap 20 and 16 us.
constexpr double speedOfProducts = 2.7;

class GatedLowering {
public:
  GatedLowering(Emit &e, mix::GatedOp op, mix::GatedOp::Adaptor in, bool spectra)
      : e(e), op(op), in(in), type(cast<RankedTensorType>(op.getType())), axis(op.getAxis()), n(type.getDimSize(axis)),
        spectra(spectra) {}

  /// The mixing of gates * values over that of the gates.
  Value run() {
    // Where gates and kernel are the same for all channels, so is the denominator.
    SmallVector<int64_t> weights;
    for (auto [gate, tap] : llvm::zip(op.getGates().getType().getShape(), op.getKernel().getType().getShape()))
      weights.push_back(std::max(gate, tap));
    weights[axis] = n;
    Value gated = binary(in.getInput(), in.getGates(), /*divide=*/false);
    if (std::optional<Matrices> matrices = chooseMatrices())
      return binary(multiply(*matrices, gated, type.getShape()), multiply(*matrices, in.getGates(), weights),
                    /*divide=*/true);
    return binary(filtered(gated, type.getShape()), filtered(in.getGates(), weights), /*divide=*/true);
  }

private:
  Value binary(Value a, Value b, bool divide) {
    return e.elementwise(type.getShape(), type.getElementType(), {a, b},
                         [&](Scalars &s, ValueRange v) { return divide ? s.div(v[0], v[1]) : s.mul(v[0], v[1]); });
  }

  Value filtered(Value x, Shape shape) {
    if (op.isCircular())
      return filter(e, x, in.getKernel(), axis, n, 0, mix::Orientation::Correlation, shape);
    return toeplitz(e, x, in.getKernel(), axis, shape);
  }

  /// The matrices, if products with them are what to do: they are cheaper, or transforms are too rough.
  std::optional<Matrices> chooseMatrices() {
    ElementsAttr constant = matchConstant(in.getKernel());
    std::optional<std::vector<double>> numbers = constant ? readDoubles(constant) : std::nullopt;
    Shape kernel = op.getKernel().getType().getShape();
    bool isByChannel = axis + 1 != type.getRank() && kernel.back() != 1; // a matrix for each column: no product
    int64_t taps = kernel[axis];
    if (!numbers || isByChannel || lowering::product(kernel) / taps * n * n > mostNumbers)
      return std::nullopt;
    double product = 2 * static_cast<double>(n * n) / speedOfProducts;
    double transforms = 2 * costOfTransform(op.isCircular() ? n : 2 * n) + 3 * static_cast<double>(taps);
    bool isRough = kernels::hasWideRange(*numbers, taps, lowering::product(kernel.drop_front(axis + 1)));
    if ((spectra || product >= transforms) && !isRough)
      return std::nullopt;

    Matrices matrices;
    int64_t inner = 1, count = lowering::product(kernel) / taps;
    for (int64_t i = 0; i < type.getRank(); ++i) {
      if (i > axis)
        inner *= kernel[i];
      if (i == axis || kernel[i] == 1)
        continue;
      matrices.shape.push_back(kernel[i]);
      matrices.labels.push_back('a' + i);
    }
    matrices.shape.append({n, n});
    for (int64_t each = 0; each < count; ++each)
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j) {
          int64_t tap = op.isCircular() ? (j - i + n) % n : j - i + n - 1;
          matrices.numbers.push_back((*numbers)[(each / inner * taps + tap) * inner + each % inner]);
        }
    return matrices;
  }

  /// y[.., i, ..] = sum over j of M[.., i, j] x[.., j, ..]. Columns of the product are the innermost elements of x, or,
  /// where it has one, the positions i.
  Value multiply(const Matrices &matrices, Value x, Shape shape) {
    constexpr lowering::Label position = 'y', seen = 'z';
    int64_t rank = shape.size();
    Labels ofX, ofY;
    for (int64_t i = 0; i < rank; ++i) {
      ofX.push_back(i == axis ? seen : 'a' + i);
      ofY.push_back(i == axis ? position : 'a' + i);
    }
    Labels ofMatrices = matrices.labels;
    ofMatrices.append({position, seen});
    auto type = RankedTensorType::get(matrices.shape, Emit::elementOf(x));
    Value m = e.constant(makeConstant(type, matrices.numbers, "weights_by_position"));
    if (shape.back() != 1 && axis + 1 != rank)
      return lowering::einsum(e, ValueRange{m, x}, {ofMatrices, ofX}, ofY, shape);
    SmallVector<int64_t> permutation = llvm::to_vector(llvm::seq<int64_t>(0, rank)), last, back(rank);
    permutation.erase(permutation.begin() + axis);
    permutation.push_back(axis);
    Labels positionLast;
    for (auto [to, from] : llvm::enumerate(permutation)) {
      last.push_back(shape[from]);
      positionLast.push_back(ofY[from]);
      back[from] = static_cast<int64_t>(to);
    }
    SmallVector<int64_t> swap = llvm::to_vector(llvm::seq<int64_t>(0, matrices.shape.size()));
    std::swap(swap[swap.size() - 1], swap[swap.size() - 2]);
    std::swap(ofMatrices[swap.size() - 1], ofMatrices[swap.size() - 2]);
    Value y = lowering::einsum(e, ValueRange{x, e.transpose(m, swap)}, {ofX, ofMatrices}, positionLast, last);
    return e.transpose(y, back);
  }

  Emit &e;
  mix::GatedOp op;
  mix::GatedOp::Adaptor in;
  RankedTensorType type;
  int64_t axis, n;
  bool spectra;
};

struct ConvertGated : OpConversionPattern<mix::GatedOp> {
  ConvertGated(MLIRContext *context, bool spectra) : OpConversionPattern(context), spectra(spectra) {}
  LogicalResult matchAndRewrite(mix::GatedOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto isStatic = [](Type type) { return cast<RankedTensorType>(type).hasStaticShape(); };
    if (!llvm::all_of(op->getOperandTypes(), isStatic))
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Emit e(rewriter, op.getLoc());
    rewriter.replaceOp(op, GatedLowering(e, op, adaptor, wantsSpectra(op, spectra)).run());
    return success();
  }

  bool spectra;
};

} // namespace

void mix_to_spectral::populateGatedPatterns(RewritePatternSet &patterns, bool spectra) {
  patterns.add<ConvertGated>(patterns.getContext(), spectra);
}
