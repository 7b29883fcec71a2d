// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/KernelChecks.h"
#include <numeric>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix;

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

LogicalResult mix::checkLike(Operation *op, RankedTensorType input, StringRef name, RankedTensorType other,
                             bool sameRank) {
  if (input.getElementType() != other.getElementType())
    return op->emitOpError() << name << " has elements of " << other.getElementType() << ", the input of "
                             << input.getElementType();
  if (sameRank && input.getRank() != other.getRank())
    return op->emitOpError() << name << " has rank " << other.getRank() << ", the input " << input.getRank();
  return success();
}

LogicalResult mix::checkAxes(Operation *op, ArrayRef<int64_t> axes, int64_t rank) {
  if (axes.empty())
    return op->emitOpError() << "expected at least one axis";
  int64_t previous = -1;
  for (int64_t axis : axes) {
    if (axis < 0 || axis >= rank)
      return op->emitOpError() << "axis " << axis << " is out of range, the input has rank " << rank;
    if (axis <= previous)
      return op->emitOpError() << "axes must be in ascending order and distinct, but " << axis << " follows "
                               << previous;
    previous = axis;
  }
  return success();
}

LogicalResult mix::checkStatic(Operation *op, RankedTensorType type, int64_t axis) {
  if (type.isDynamicDim(axis))
    return op->emitOpError() << "axis " << axis << " of the input is mixed and must have a static extent";
  return success();
}

LogicalResult mix::checkExtent(Operation *op, StringRef name, int64_t axis, int64_t found, ArrayRef<int64_t> expected) {
  if (ShapedType::isDynamic(found) || llvm::is_contained(expected, found) ||
      llvm::any_of(expected, ShapedType::isDynamic))
    return success();
  InFlightDiagnostic error = op->emitOpError()
                             << name << " has " << found << " elements along axis " << axis << ", expected ";
  llvm::interleave(llvm::SmallSetVector<int64_t, 2>(expected.begin(), expected.end()), error, " or ");
  return error;
}

LogicalResult mix::checkTaps(Operation *op, int64_t taps, int64_t extent, int64_t origin) {
  if (taps < 1 || taps > extent)
    return op->emitOpError() << "the kernel has " << taps << " taps, expected 1 to " << extent;
  if (origin < 0 || origin >= extent)
    return op->emitOpError() << "origin is " << origin << ", expected 0 to " << extent - 1;
  return success();
}

double mix::roundTripFlops(ArrayRef<int64_t> extents) {
  int64_t points = std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>());
  return fourierFlops(points) + 3.0 * static_cast<double>(points);
}

/// The extents of `axes`.
static SmallVector<int64_t> pick(RankedTensorType type, ArrayRef<int64_t> axes) {
  return llvm::map_to_vector(axes, [&](int64_t axis) { return type.getDimSize(axis); });
}

/// Operations of transforms of `extents` along the lines of the tensor, there and back.
static double filterFlops(RankedTensorType type, ArrayRef<int64_t> axes, ArrayRef<int64_t> extents) {
  double lines = static_cast<double>(type.getNumElements());
  for (int64_t axis : axes)
    lines /= static_cast<double>(type.getDimSize(axis));
  return lines * roundTripFlops(extents);
}

//===----------------------------------------------------------------------===//
// mix.circulant
//===----------------------------------------------------------------------===//

SmallVector<int64_t> CirculantOp::getOrigins() {
  return getOrigin() ? SmallVector<int64_t>(*getOrigin()) : SmallVector<int64_t>(getAxes().size(), 0);
}

LogicalResult CirculantOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult CirculantOp::verify() {
  RankedTensorType input = getInput().getType(), kernel = getKernel().getType();
  if (failed(checkLike(*this, input, "the kernel", kernel)) || // circulant_c1
      failed(checkAxes(*this, getAxes(), input.getRank())))    // circulant_c2
    return failure();
  if (getOrigin() && getOrigin()->size() != getAxes().size()) // circulant_c5
    return emitOpError() << "origin has " << getOrigin()->size() << " entries, expected one for each of "
                         << getAxes().size() << " axes";
  SmallVector<int64_t> origins = getOrigins();
  for (int64_t axis = 0; axis < input.getRank(); ++axis) {
    int64_t extent = input.getDimSize(axis), taps = kernel.getDimSize(axis);
    const auto *mixed = llvm::find(getAxes(), axis);
    if (mixed == getAxes().end()) {
      if (failed(checkExtent(*this, "the kernel", axis, taps, {1, extent}))) // circulant_c3
        return failure();
    } else if (failed(checkStatic(*this, input, axis)) || failed(checkStatic(*this, kernel, axis)) ||
               failed(checkTaps(*this, taps, extent, origins[mixed - getAxes().begin()]))) { // circulant_c4
      return failure();
    }
  }
  return success();
}

Value CirculantOp::getMixed() { return getInput(); }
SmallVector<int64_t> CirculantOp::getMixedAxes() { return SmallVector<int64_t>(getAxes()); }
bool CirculantOp::isLinear() { return true; }
bool CirculantOp::isConvolution() { return true; }
SmallVector<Value> CirculantOp::getParameters() { return {getKernel()}; }
double CirculantOp::getFlops() {
  RankedTensorType type = getInput().getType();
  double taps = 1;
  for (int64_t axis : getAxes())
    taps *= static_cast<double>(getKernel().getType().getDimSize(axis));
  return std::min(2 * taps * static_cast<double>(type.getNumElements()),
                  filterFlops(type, getAxes(), pick(type, getAxes())));
}

//===----------------------------------------------------------------------===//
// mix.toeplitz
//===----------------------------------------------------------------------===//

LogicalResult ToeplitzOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult ToeplitzOp::verify() {
  RankedTensorType input = getInput().getType(), kernel = getKernel().getType();
  int64_t mixed = getAxis();
  if (failed(checkLike(*this, input, "the kernel", kernel)) || // toeplitz_c1
      failed(checkAxes(*this, mixed, input.getRank())) ||      // toeplitz_c2
      failed(checkStatic(*this, input, mixed)))
    return failure();
  for (int64_t axis = 0; axis < input.getRank(); ++axis) { // toeplitz_c3
    int64_t extent = input.getDimSize(axis), found = kernel.getDimSize(axis);
    if (axis == mixed ? failed(checkExtent(*this, "the kernel", axis, found, {2 * extent - 1}))
                      : failed(checkExtent(*this, "the kernel", axis, found, {1, extent})))
      return failure();
  }
  return success();
}

Value ToeplitzOp::getMixed() { return getInput(); }
SmallVector<int64_t> ToeplitzOp::getMixedAxes() { return {static_cast<int64_t>(getAxis())}; }
bool ToeplitzOp::isLinear() { return true; }
bool ToeplitzOp::isConvolution() { return true; }
SmallVector<Value> ToeplitzOp::getParameters() { return {getKernel()}; }
double ToeplitzOp::getFlops() {
  RankedTensorType type = getInput().getType();
  int64_t n = type.getDimSize(getAxis());
  return std::min(2.0 * static_cast<double>(n) * static_cast<double>(type.getNumElements()),
                  filterFlops(type, getMixedAxes(), 2 * n));
}

//===----------------------------------------------------------------------===//
// mix.gated
//===----------------------------------------------------------------------===//

LogicalResult GatedOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult GatedOp::verify() {
  RankedTensorType input = getInput().getType(), gates = getGates().getType(), kernel = getKernel().getType();
  int64_t mixed = getAxis();
  if (failed(checkLike(*this, input, "the tensor of gates", gates)) || // gated_c1
      failed(checkLike(*this, input, "the kernel", kernel)) ||         // gated_c1
      failed(checkAxes(*this, mixed, input.getRank())) ||              // gated_c2
      failed(checkStatic(*this, input, mixed)) || failed(checkStatic(*this, kernel, mixed)))
    return failure();
  for (int64_t axis = 0; axis < input.getRank(); ++axis) { // gated_c3
    int64_t extent = input.getDimSize(axis);
    SmallVector<int64_t> forGates = {1, extent}, forKernel = {1, extent};
    if (axis == mixed) {
      forGates = {extent};
      forKernel = {extent, 2 * extent - 1};
    }
    if (failed(checkExtent(*this, "the tensor of gates", axis, gates.getDimSize(axis), forGates)) ||
        failed(checkExtent(*this, "the kernel", axis, kernel.getDimSize(axis), forKernel)))
      return failure();
  }
  return success();
}

Value GatedOp::getMixed() { return getInput(); }
SmallVector<int64_t> GatedOp::getMixedAxes() { return {static_cast<int64_t>(getAxis())}; }
bool GatedOp::isLinear() { return true; }
// The denominator depends on the position, so the weight of a pair does not depend on its difference alone.
bool GatedOp::isConvolution() { return false; }
SmallVector<Value> GatedOp::getParameters() { return {getKernel()}; }
double GatedOp::getFlops() {
  RankedTensorType type = getInput().getType(), gates = getGates().getType();
  int64_t n = type.getDimSize(getAxis()), points = isCircular() ? n : 2 * n;
  return filterFlops(type, getMixedAxes(), points) + filterFlops(gates, getMixedAxes(), points) +
         2.0 * static_cast<double>(type.getNumElements());
}
