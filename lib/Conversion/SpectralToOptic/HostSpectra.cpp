// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HostSpectra.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using lowering::Emit;
using lowering::Scalars;

/// Factors of the coefficients of a half spectrum, `scale` for those that stand for themselves.
static Value coefficientFactors(Emit &e, DeviceTransform &transform, double scale) {
  RankedTensorType type = transform.inputType();
  int64_t axis = transform.halfAxis, extent = type.getDimSize(axis), length = 0;
  for (const TransformedAxis &transformed : transform.axes)
    if (transformed.axis == axis)
      length = transformed.transform.length;
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[axis] = extent;
  SmallVector<Attribute> factors;
  for (int64_t k = 0; k < extent; ++k)
    factors.push_back(e.builder.getFloatAttr(type.getElementType(), k == 0 || 2 * k == length ? scale : 2 * scale));
  return e.constant(DenseElementsAttr::get(RankedTensorType::get(shape, type.getElementType()), factors));
}

/// `part` times what its coefficients count.
static Value weigh(Emit &e, DeviceTransform &transform, Value part, double scale) {
  Type type = Emit::elementOf(part);
  if (transform.halfAxis < 0)
    return e.elementwise(Emit::shapeOf(part), type, part,
                         [&](Scalars &s, ValueRange x) { return s.mul(x[0], s.constant(type, scale)); });
  return e.elementwise(Emit::shapeOf(part), type, {part, coefficientFactors(e, transform, scale)},
                       [](Scalars &s, ValueRange x) { return s.mul(x[0], x[1]); });
}

/// Re(F A) = F Ha with Ha[k] = (A[k] + conj A[-k]) / 2, whose transform is real, and so is that of Hb: F (Ha + i Hb)
/// has the one's in its real part and the other's in its imaginary part. With S = (A + iB) / 2 and D = (A - iB) / 2
/// that is Z[k] = S[k] + conj D[-k].
static std::pair<Value, Value> packSpectra(Emit &e, DeviceTransform &transform, const PlacedTransform &placed, Value re,
                                           Value im) {
  int64_t paired = placed.pairedDimension, rank = placed.packedShape.size();
  SmallVector<int64_t> extents;
  SmallVector<bool> isTransformed;
  ArrayRef<int64_t> in = transform.inputType().getShape();
  for (int64_t i = 0, end = in.size(); i < end; ++i) {
    bool isAxis = llvm::any_of(transform.axes, [&](const TransformedAxis &axis) { return axis.axis == i; });
    if (isAxis || isTransformed.empty() || isTransformed.back()) {
      extents.push_back(in[i]);
      isTransformed.push_back(isAxis);
    } else {
      extents.back() *= in[i];
    }
  }
  int64_t count = placed.packedShape[paired], half = extents[paired] / 2; // of an odd number one is in both
  auto partsOf = [&](Value part) {
    part = e.reshape(weigh(e, transform, part, 0.5), extents);
    return std::pair(e.sliceAxis(part, paired, 0, count), e.sliceAxis(part, paired, half, count));
  };
  auto [aRe, bRe] = partsOf(re);
  auto [aIm, bIm] = partsOf(im);
  auto sum = [&](Value x, Value y) {
    return e.elementwise(Emit::shapeOf(x), Emit::elementOf(x), {x, y},
                         [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
  };
  auto difference = [&](Value x, Value y) {
    return e.elementwise(Emit::shapeOf(x), Emit::elementOf(x), {x, y},
                         [](Scalars &s, ValueRange v) { return s.sub(v[0], v[1]); });
  };
  // As many points as the transform has, and the same backwards.
  auto whole = [&](Value part, bool backwards) {
    for (int64_t i = 0; i < rank; ++i) {
      if (!isTransformed[i])
        continue;
      int64_t length = placed.packedShape[i], extent = Emit::shapeOf(part)[i];
      if (extent > length)
        part = e.sliceAxis(part, i, 0, length);
      if (extent < length) {
        SmallVector<int64_t> shape(Emit::shapeOf(part));
        shape[i] = length - extent;
        part = e.concat({part, e.zeros(shape, Emit::elementOf(part))}, i);
      }
      if (!backwards)
        continue;
      SmallVector<int64_t> indices;
      for (int64_t k = 0; k < length; ++k)
        indices.push_back((length - k) % length);
      part = e.take(part, i, indices);
    }
    return part;
  };
  Value zRe = sum(whole(difference(aRe, bIm), false), whole(sum(aRe, bIm), true));
  Value zIm = difference(whole(sum(aIm, bRe), false), whole(difference(aIm, bRe), true));
  return {zRe, zIm};
}

SmallVector<Value> fourmix::spectral_to_optic::launchInputs(Emit &e, DeviceTransform &transform,
                                                            const PlacedTransform &placed, Value re, Value im) {
  if (placed.packing == kernels::FramePacking::Spectra) {
    auto [zRe, zIm] = packSpectra(e, transform, placed, re, im);
    return {zRe, zIm};
  }
  SmallVector<Value> ins;
  for (Value part : {re, im})
    if (part)
      ins.push_back(transform.halfAxis < 0 ? part : weigh(e, transform, part, 1));
  return ins;
}
