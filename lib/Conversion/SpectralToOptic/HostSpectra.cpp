// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostSpectra.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using lowering::Emit;
using lowering::Scalars;

//===----------------------------------------------------------------------===//
// One spectrum
//===----------------------------------------------------------------------===//

/// The coefficients of a half spectrum, those that stand for two twice.
static Value doubleCoefficients(Emit &e, DeviceTransform &transform, Value part) {
  auto type = cast<RankedTensorType>(part.getType());
  int64_t axis = transform.halfAxis, extent = type.getDimSize(axis), length = 0;
  for (const TransformedAxis &transformed : transform.axes)
    if (transformed.axis == axis)
      length = transformed.transform.length;
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[axis] = extent;
  SmallVector<Attribute> factors;
  for (int64_t k = 0; k < extent; ++k)
    factors.push_back(e.builder.getFloatAttr(type.getElementType(), k == 0 || 2 * k == length ? 1 : 2));
  Value constant = e.constant(DenseElementsAttr::get(RankedTensorType::get(shape, type.getElementType()), factors));
  return e.elementwise(type.getShape(), type.getElementType(), {part, constant},
                       [](Scalars &s, ValueRange v) { return s.mul(v[0], v[1]); });
}

//===----------------------------------------------------------------------===//
// Two in one
//===----------------------------------------------------------------------===//

namespace {

/// Coefficients along one dimension, and of which of the input's they are made: those of the same indices k, and those
/// of -k, where these are there. A coefficient that stands for two counts twice.
struct Stretch {
  int64_t start = 0, size = 1;
  bool hasOwn = true, hasMirror = true;
  double factor = 1;
};

SmallVector<Stretch, 4> stretchesOf(int64_t extent, int64_t length, bool isHalf) {
  int64_t there = std::min(extent, length);
  SmallVector<int64_t, 4> ends{1, there, length - there + 1, length};
  llvm::sort(ends);
  SmallVector<Stretch, 4> stretches;
  int64_t start = 0;
  for (int64_t end : ends) {
    if (end == start)
      continue;
    bool standsForTwo = isHalf && start != 0 && 2 * start != length;
    stretches.push_back(
        {start, end - start, start < there, (length - start) % length < there, standsForTwo ? 2.0 : 1.0});
    start = end;
  }
  return stretches;
}

/// Re(F A) = F Ha with Ha[k] = (A[k] + conj A[-k]) / 2, whose transform is real, and so is that of Hb: F (Ha + i Hb)
/// has the one's in its real part and the other's in its imaginary part. That is Z[k] = ((A + iB)[k] + conj (A -
/// iB)[-k]) / 2, each number of which is written once.
class SpectrumPacking {
public:
  SpectrumPacking(Emit &e, DeviceTransform &transform, const PlacedTransform &placed, Value re, Value im)
      : e(e), placed(placed) {
    ArrayRef<int64_t> in = transform.inputType().getShape();
    for (int64_t i = 0, end = in.size(); i < end; ++i) {
      bool isAxis = llvm::any_of(transform.axes, [&](const TransformedAxis &axis) { return axis.axis == i; });
      if (!isAxis && !isTransformed.empty() && !isTransformed.back()) {
        extents.back() *= in[i];
        continue;
      }
      extents.push_back(in[i]);
      isTransformed.push_back(isAxis);
      isHalf.push_back(i == transform.halfAxis);
    }
    this->re = e.reshape(re, extents);
    this->im = e.reshape(im, extents);
  }

  SmallVector<Value> run() {
    Type type = Emit::elementOf(re);
    Value zRe = e.empty(placed.packedShape, type), zIm = e.empty(placed.packedShape, type);
    // All products of the dimensions' stretches.
    SmallVector<SmallVector<Stretch, 4>> stretches;
    for (auto [i, length] : llvm::enumerate(placed.packedShape))
      stretches.push_back(isTransformed[i] ? stretchesOf(extents[i], length, isHalf[i])
                                           : SmallVector<Stretch, 4>{{0, length}});
    SmallVector<size_t> at(stretches.size(), 0);
    while (true) {
      SmallVector<Stretch> piece;
      for (auto [i, which] : llvm::enumerate(at))
        piece.push_back(stretches[i][which]);
      zRe = insert(piece, {re, im}, {1, -1, 1, 1}, zRe);
      zIm = insert(piece, {im, re}, {1, 1, -1, 1}, zIm);
      size_t next = 0;
      while (next < at.size() && ++at[next] == stretches[next].size())
        at[next++] = 0;
      if (next == at.size())
        return {zRe, zIm};
    }
  }

private:
  /// The elements of `part` that a piece is made of, of the first signal or the second, at index k or -k: those of a
  /// slice, walked backwards along what is mirrored.
  std::pair<Value, AffineMap> elementsOf(Value part, ArrayRef<Stretch> piece, bool isSecond, bool isMirrored) {
    SmallVector<int64_t> offsets, sizes, steps(piece.size(), 1);
    SmallVector<AffineExpr> exprs;
    for (auto [i, stretch] : llvm::enumerate(piece)) {
      AffineExpr d = e.builder.getAffineDimExpr(i);
      int64_t length = placed.packedShape[i], offset = stretch.start;
      if (static_cast<int64_t>(i) == placed.pairedDimension) // of an odd number one is in both
        offset += isSecond ? extents[i] / 2 : 0;
      if (isMirrored && isTransformed[i]) {
        offset = (length - stretch.start) % length - (stretch.size - 1);
        d = stretch.size == 1 ? d : stretch.size - 1 - d;
      }
      offsets.push_back(offset);
      sizes.push_back(stretch.size);
      exprs.push_back(d);
    }
    return {e.slice(part, offsets, sizes, steps), AffineMap::get(piece.size(), 0, exprs, e.builder.getContext())};
  }

  /// signs[0] x1[k] + signs[1] y2[k] + signs[2] x1[-k] + signs[3] y2[-k], halved, of the parts x of the first signal
  /// and y of the second.
  Value insert(ArrayRef<Stretch> piece, std::array<Value, 2> parts, std::array<double, 4> signs, Value into) {
    SmallVector<int64_t> shape;
    SmallVector<OpFoldResult> offsets, strides(piece.size(), e.builder.getIndexAttr(1));
    bool hasOwn = true, hasMirror = true;
    double factor = 0.5;
    for (const Stretch &stretch : piece) {
      shape.push_back(stretch.size);
      offsets.push_back(e.builder.getIndexAttr(stretch.start));
      hasOwn &= stretch.hasOwn;
      hasMirror &= stretch.hasMirror;
      factor *= stretch.factor;
    }
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    SmallVector<double> coefficients;
    for (bool isMirrored : {false, true})
      for (bool isSecond : {false, true})
        if (isMirrored ? hasMirror : hasOwn) {
          auto [elements, map] = elementsOf(parts[isSecond], piece, isSecond, isMirrored);
          inputs.push_back(elements);
          maps.push_back(map);
          coefficients.push_back(factor * signs[2 * isMirrored + isSecond]);
        }
    Type type = Emit::elementOf(into);
    Value made =
        inputs.empty() ? e.zeros(shape, type) : e.map(shape, type, inputs, maps, [&](Scalars &s, ValueRange x) {
          Value sum;
          for (auto [value, coefficient] : llvm::zip(x, coefficients)) {
            Value term = s.mul(value, s.constant(type, coefficient));
            sum = sum ? s.add(sum, term) : term;
          }
          return sum;
        });
    return tensor::InsertSliceOp::create(e.builder, e.loc, made, into, offsets,
                                         getAsIndexOpFoldResult(e.builder.getContext(), shape), strides);
  }

  Emit &e;
  const PlacedTransform &placed;
  Value re, im;
  SmallVector<int64_t> extents; // of the input, batches between axes being one dimension
  SmallVector<bool> isTransformed, isHalf;
};

} // namespace

SmallVector<Value> fourmix::spectral_to_optic::launchInputs(Emit &e, DeviceTransform &transform,
                                                            const PlacedTransform &placed, Value re, Value im) {
  if (placed.packing == kernels::FramePacking::Spectra)
    return SpectrumPacking(e, transform, placed, re, im).run();
  SmallVector<Value> ins;
  for (Value part : {re, im})
    if (part)
      ins.push_back(transform.halfAxis < 0 ? part : doubleCoefficients(e, transform, part));
  return ins;
}
