// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/KernelChecks.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix;

LogicalResult GlobalFilterOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  auto spectrum = dyn_cast<RankedTensorType>(adaptor.getRe().getType());
  if (!input || !spectrum)
    return emitOptionalError(location, "'mix.global_filter' op expected ranked tensors");
  ArrayRef<int64_t> axes = adaptor.getAxes();
  ArrayRef<int64_t> points = adaptor.getResampled() ? *adaptor.getResampled() : adaptor.getLengths();
  SmallVector<int64_t> shape(input.getShape());
  if (failed(verifyLists(location, input.getRank(), adaptor.getAxes(), adaptor.getLengths(), adaptor.getResampled(),
                         adaptor.getSizes())))
    return failure();
  for (auto [i, axis] : llvm::enumerate(axes)) {
    if (adaptor.getSizes())
      shape[axis] = (*adaptor.getSizes())[i];
    else if (!ShapedType::isDynamic(shape[axis]))
      shape[axis] = std::min(shape[axis], points[i]);
  }
  if (std::optional<uint64_t> channel = adaptor.getChannel()) {
    if (*channel >= static_cast<uint64_t>(input.getRank()) || spectrum.getRank() < 1)
      return emitOptionalError(location, "'mix.global_filter' op channel ", static_cast<int64_t>(*channel),
                               " is out of range, the input has rank ", input.getRank());
    shape[*channel] = spectrum.getDimSize(0);
  }
  types.push_back(input.clone(shape));
  return success();
}

LogicalResult GlobalFilterOp::verifyLists(std::optional<Location> location, int64_t rank, ArrayRef<int64_t> axes,
                                          ArrayRef<int64_t> lengths, std::optional<ArrayRef<int64_t>> resampled,
                                          std::optional<ArrayRef<int64_t>> sizes) {
  int64_t previous = -1; // global_filter_c2
  for (int64_t axis : axes) {
    if (axis <= previous || axis >= rank)
      return emitOptionalError(location, "'mix.global_filter' op axes must be ascending and below the input's rank ",
                               rank, ", but found ", axis);
    previous = axis;
  }
  if (axes.empty())
    return emitOptionalError(location, "'mix.global_filter' op expected at least one axis");
  auto check = [&](StringRef name, ArrayRef<int64_t> list) -> LogicalResult { // global_filter_c3
    if (list.size() == axes.size() && llvm::all_of(list, [](int64_t entry) { return entry > 0; }))
      return success();
    return emitOptionalError(location, "'mix.global_filter' op expected ", name,
                             " to have one positive entry for each "
                             "of ",
                             axes.size(), " axes");
  };
  if (failed(check("lengths", lengths)) || (resampled && failed(check("resampled", *resampled))) ||
      (sizes && failed(check("sizes", *sizes))))
    return failure();
  return success();
}

LogicalResult GlobalFilterOp::verify() {
  RankedTensorType input = getInput().getType(), spectrum = getRe().getType();
  if (failed(checkLike(*this, input, "the spectrum", spectrum, /*sameRank=*/false))) // global_filter_c1
    return failure();
  if (getIm() && getIm().getType() != spectrum)
    return emitOpError() << "the imaginary part of the spectrum has type " << getIm().getType() << ", the real part "
                         << spectrum;
  bool hasChannel = getChannel().has_value();
  int64_t channel = hasChannel ? static_cast<int64_t>(*getChannel()) : -1;
  if (hasChannel && llvm::is_contained(getAxes(), channel)) // global_filter_c2
    return emitOpError() << "channel " << channel << " is one of the axes";
  if (spectrum.getRank() != input.getRank() + hasChannel) // global_filter_c4
    return emitOpError() << "the spectrum has rank " << spectrum.getRank() << ", expected "
                         << input.getRank() + hasChannel;
  for (int64_t axis = 0; axis < input.getRank(); ++axis) {
    int64_t extent = input.getDimSize(axis), found = spectrum.getDimSize(axis + hasChannel);
    const auto *mixed = llvm::find(getAxes(), axis);
    if (mixed == getAxes().end()) { // global_filter_c5
      SmallVector<int64_t> allowed = {extent};
      if (axis != channel)
        allowed.push_back(1);
      if (failed(checkExtent(*this, "the spectrum", axis + hasChannel, found, allowed)))
        return failure();
      continue;
    }
    size_t i = mixed - getAxes().begin();
    int64_t points = getInverseLengths()[i], modes = std::min(getLengths()[i], points);
    if (i + 1 == getAxes().size())
      modes = modes / 2 + 1;
    if (failed(checkStatic(*this, input, axis))) // global_filter_c6
      return failure();
    if (found < 1 || found > modes)
      return emitOpError() << "the spectrum has " << found << " modes along axis " << axis << ", expected 1 to "
                           << modes;
    if (getSizes() && (*getSizes())[i] > points)
      return emitOpError() << "size " << (*getSizes())[i] << " along axis " << axis << " is larger than the inverse "
                           << "transform of " << points << " points";
  }
  return success();
}

Value GlobalFilterOp::getMixed() { return getInput(); }
SmallVector<int64_t> GlobalFilterOp::getMixedAxes() { return SmallVector<int64_t>(getAxes()); }
bool GlobalFilterOp::isLinear() { return true; }
bool GlobalFilterOp::isConvolution() { return !getResampled() || *getResampled() == getLengths(); }
SmallVector<Value> GlobalFilterOp::getParameters() {
  SmallVector<Value> parameters = {getRe()};
  if (getIm())
    parameters.push_back(getIm());
  return parameters;
}

double GlobalFilterOp::getFlops() {
  auto lines = [&](RankedTensorType type) {
    double count = static_cast<double>(type.getNumElements());
    for (int64_t axis : getAxes())
      count /= static_cast<double>(type.getDimSize(axis));
    return count;
  };
  auto points = [](ArrayRef<int64_t> lengths) { return ShapedType::getNumElements(lengths); };
  double modes = 1, from = lines(getInput().getType()), to = lines(cast<RankedTensorType>(getOutput().getType()));
  bool hasChannel = getChannel().has_value();
  for (int64_t axis : getAxes())
    modes *= static_cast<double>(getRe().getType().getDimSize(axis + hasChannel));
  double perMode = hasChannel ? 8 * from * static_cast<double>(getRe().getType().getDimSize(0)) : 6 * to;
  return from * fourierFlops(points(getLengths())) / 2 + to * fourierFlops(points(getInverseLengths())) / 2 +
         modes * perMode;
}
