// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceFilter.h"
#include "fourmix/Support/Constants.h"
#include "lib/Device/FrameDevice.h"
#include "lib/Emit/Emit.h"
#include "lib/Kernels/Grid.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using kernels::FilterAxis;

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

namespace {

/// Taps below that share of their kernel's largest are what rounding a spectrum to f32 leaves of zeros.
constexpr double negligible = 3e-7;

/// The real kernels of a constant spectrum, [batches..., circles...] in the spectrum's order of axes; nothing where its
/// numbers are not known.
std::optional<kernels::ComplexGrid> kernelsOf(spectral::FilterOp op) {
  kernels::ComplexGrid grid{kernels::Extents(op.getSpectrumType().getShape()), {}, {}};
  for (auto [part, numbers] : {std::pair{op.getRe(), &grid.re}, {op.getIm(), &grid.im}})
    if (part) {
      ElementsAttr constant = matchConstant(part);
      std::optional<std::vector<double>> values = constant ? readDoubles(constant) : std::nullopt;
      if (!values)
        return std::nullopt;
      *numbers = std::move(*values);
    }
  return kernels::fromHalfSpectrum(std::move(grid), kernels::Extents(op.getAxes()), kernels::Extents(op.getLengths()));
}

/// Calls `visit` with each multi-index of `shape` and its number, in row-major order.
void forEach(ArrayRef<int64_t> shape, llvm::function_ref<void(ArrayRef<int64_t>, int64_t)> visit) {
  SmallVector<int64_t> strides = computeStrides(shape);
  for (int64_t i = 0, count = ShapedType::getNumElements(shape); i < count; ++i)
    visit(delinearize(i, strides), i);
}

class Placer {
public:
  Placer(spectral::FilterOp op, const device::Profile &profile) : op(op), profile(profile) {}

  FilterPlacement run(double bits) {
    Type element = op.getInputType().getElementType();
    if (!element.isF32() && !element.isF64())
      return {std::nullopt, "its elements are neither f32 nor f64"};
    if (!profile.hasFilter())
      return {std::nullopt, "its optics have no filter"};
    if (op.getAxes().size() > 2)
      return {std::nullopt, "it is along more than two axes"};
    placed.isDirect = profile.firesCorrelation();
    if (std::string reason = recombine(profile, bits, placed.recombination); !reason.empty())
      return {std::nullopt, reason};
    if (!placed.isDirect && placed.recombination.encodings.front().bias)
      return {std::nullopt, "its encoder shows no negative numbers, and a bias would be multiplied"};
    placed.parts = filterParts(profile.filterDomain);
    if (placed.parts.empty())
      return {std::nullopt, "its filter shows zeros and ones only"};
    if (static_cast<int64_t>(placed.parts.size()) > profile.filterSlots)
      return {std::nullopt, "its filter has fewer slots than a complex one has parts"};
    std::optional<kernels::ComplexGrid> grid = kernelsOf(op);
    if (!grid)
      return {std::nullopt, "its spectrum is not known before it runs"};
    findAxes(*grid);
    findDimensions();
    fillAperture();
    choosePair();
    plan();
    constexpr int64_t mostNumbers = int64_t(1) << 24;
    const auto &[rows, cols] = placed.plan.axes;
    if (placed.kernels * placed.plan.blocks() * rows.aperture * cols.aperture > mostNumbers)
      return {std::nullopt, llvm::formatv("it has {0} kernels of {1} blocks, more filters than are worth their memory",
                                          placed.kernels, placed.plan.blocks())
                                .str()};
    keepTaps(*grid);
    placed.first = std::move(placed.recombination);
    placed.recombination = {};
    if (bits > 0)
      placed.light = placed.lightOf(profile);
    if (std::string reason = recombine(profile, bits, placed.recombination, placed.light.passed); !reason.empty())
      return {std::nullopt, reason};
    makeSections();
    for (const FilterSection &section : placed.sections)
      if (section.reloaded.size() + section.shared.size() + section.resident.size() + loopsOfTiles() >
          optic::maxLoopDepth)
        return {std::nullopt, "its batch has too many dimensions"};
    return {std::move(placed), ""};
  }

private:
  /// Which taps along each axis some kernel has.
  void findAxes(const kernels::ComplexGrid &grid) {
    ArrayRef<int64_t> axes = op.getAxes();
    placed.input.assign(op.getInputType().getShape().begin(), op.getInputType().getShape().end());
    std::vector<double> largest(ShapedType::getNumElements(batchShape()), 0.0);
    std::array<std::vector<bool>, 2> used;
    for (auto [i, length] : llvm::enumerate(op.getLengths()))
      used[i].resize(length);
    auto visit = [&](auto change) {
      forEach(grid.shape, [&](ArrayRef<int64_t> index, int64_t number) {
        change(largest[kernelNumber(index)], std::abs(grid.re[number]), index);
      });
    };
    visit([](double &most, double tap, ArrayRef<int64_t>) { most = std::max(most, tap); });
    visit([&](double most, double tap, ArrayRef<int64_t> index) {
      if (tap > negligible * most)
        for (auto [i, axis] : llvm::enumerate(axes))
          used[i][index[axis]] = true;
    });
    filters[1] = FilterAxis::batch(1);
    for (auto [i, axis] : llvm::enumerate(axes)) {
      int64_t circle = op.getLengths()[i], extent = op.getInputType().getDimSize(axis);
      filters[i] = kernels::filterAxis(used[i], std::min(extent, circle), op.getOutputType().getDimSize(axis));
      if (needsPadding(filters[i], profile.rows) || needsPadding(filters[i], profile.cols))
        placed.input[axis] = filters[i].input = circle;
    }
  }

  /// The spectrum's shape with 1 along the filtered axes.
  SmallVector<int64_t> batchShape() {
    SmallVector<int64_t> shape(op.getSpectrumType().getShape());
    for (int64_t axis : op.getAxes())
      shape[axis] = 1;
    return shape;
  }
  int64_t kernelNumber(ArrayRef<int64_t> index) {
    int64_t number = 0;
    for (auto [axis, extent] : llvm::enumerate(batchShape()))
      number = number * extent + (extent == 1 ? 0 : index[axis]);
    return number;
  }

  /// Strides of all dimensions; those of batches joined where they lie one in the other.
  void findDimensions() {
    SmallVector<int64_t> in = placed.input, out(op.getOutputType().getShape()), of = batchShape();
    SmallVector<int64_t> inStrides = computeStrides(in), outStrides = computeStrides(out),
                         ofStrides = computeStrides(of);
    for (int64_t axis = 0, rank = in.size(); axis < rank; ++axis) {
      const auto *at = llvm::find(op.getAxes(), axis);
      if (at != op.getAxes().end()) {
        placed.axes[at - op.getAxes().begin()] = {out[axis], inStrides[axis], outStrides[axis], 0};
        continue;
      }
      if (out[axis] == 1)
        continue;
      FilterDimension dimension{out[axis], in[axis] == 1 ? 0 : inStrides[axis], outStrides[axis],
                                of[axis] == 1 ? 0 : ofStrides[axis]};
      auto &list = dimension.kernel ? varying : shared;
      auto contains = [&](int64_t outer, int64_t inner) { return outer == inner * dimension.extent; };
      if (!list.empty() && contains(list.back().input, dimension.input) &&
          contains(list.back().output, dimension.output) && contains(list.back().kernel, dimension.kernel))
        list.back() = {list.back().extent * dimension.extent, dimension.input, dimension.output, dimension.kernel};
      else
        list.push_back(dimension);
    }
    placed.kernels = ShapedType::getNumElements(of);
  }

  /// Frames have two axes: the largest batch fills the other one.
  void fillAperture() {
    auto *largest = llvm::max_element(shared, [](const auto &a, const auto &b) { return a.extent < b.extent; });
    if (op.getAxes().size() == 2 || largest == shared.end())
      return;
    placed.axes[1] = *largest;
    filters[1] = FilterAxis::batch(largest->extent);
    shared.erase(largest);
  }

  /// An encoder of complex numbers takes two real signals at once: one of each half of a dimension, where that saves
  /// the most. Of an odd number of signals the middle one is filtered twice.
  void choosePair() {
    if (placed.recombination.encodings.front().component != optic::Component::Complex)
      return;
    auto left = [](int64_t extent, int64_t side) {
      return static_cast<double>(llvm::divideCeil(llvm::divideCeil(extent, 2), side)) /
             static_cast<double>(llvm::divideCeil(extent, side));
    };
    FilterDimension *pair = nullptr;
    double least = 1;
    auto offer = [&](FilterDimension &dimension, int64_t side) {
      if (left(dimension.extent, side) < least) {
        pair = &dimension;
        least = left(dimension.extent, side);
      }
    };
    for (FilterDimension &dimension : shared)
      offer(dimension, 1);
    if (op.getAxes().size() == 1)
      offer(placed.axes[1], profile.cols);
    if (!pair)
      return;
    placed.isPaired = true;
    int64_t half = pair->extent / 2;
    placed.inputPair = half * pair->input;
    placed.outputPair = half * pair->output;
    pair->extent -= half;
    if (pair == &placed.axes[1])
      filters[1] = FilterAxis::batch(pair->extent);
  }

  /// Over tiles, and over what stands side by side.
  size_t loopsOfTiles() const {
    return (placed.plan.tiles(0) > 1) + (placed.plan.tiles(1) > 1) + (placed.plan.isShared() ? 2 : 0);
  }

  void plan() {
    kernels::FrameDevice device = device::frameDevice(profile);
    double points = static_cast<double>(profile.pixels());
    double frame = std::max({device.frameSeconds, points * device.multiplySeconds, 2 * points * device.pointSeconds});
    auto frames = [&](ArrayRef<FilterShot> shots, int64_t batch) {
      return static_cast<double>(countFrames(shots) * batch);
    };
    kernels::FilterWork work;
    placed.plan.axes = {}; // one block
    work.tileSeconds = frames(placed.shots(), countOf(shared) * countOf(varying)) * frame;
    if (!placed.isDirect)
      work.tileSeconds += frames(placed.firstShots(), countOf(shared) * countOf(varying, /*ofInput=*/true)) * frame;
    work.loadSeconds = std::max(profile.filterLoadSeconds, profile.linkIn > 0 ? 16 * points / profile.linkIn : 0.0);
    work.filters = placed.kernels * static_cast<int64_t>(placed.parts.size());
    work.slots = profile.filterSlots;
    // Loops over tiles, over what stands side by side, over kernels that do not fit into the slots.
    work.mayShare = shared.size() + varying.size() + 5 <= optic::maxLoopDepth;
    for (const FilterDimension &dimension : shared)
      work.batches.push_back(dimension.extent);
    work.signals = countOf(shared) * countOf(varying, /*ofInput=*/true);
    work.results = countOf(shared) * countOf(varying);
    work.copySeconds = 2 * device.pointSeconds; // read and written
    work.waitSeconds = static_cast<double>(countOf(shared)) * (device.latencySeconds + device.frameSeconds);
    placed.plan = kernels::planFilter(filters, {profile.rows, profile.cols}, work);
    if (profile.rows != profile.cols) {
      kernels::FilterPlan turned = kernels::planFilter({filters[1], filters[0]}, {profile.rows, profile.cols}, work);
      if (turned.seconds < placed.plan.seconds) {
        placed.plan = std::move(turned);
        placed.isTurned = true;
        std::swap(placed.axes[0], placed.axes[1]);
      }
    }
  }

  void keepTaps(const kernels::ComplexGrid &grid) {
    const auto &[rows, cols] = placed.plan.axes;
    std::array<const FilterAxis *, 2> axes{&rows.axis, &cols.axis};
    if (placed.isTurned)
      std::swap(axes[0], axes[1]); // of the filter
    placed.taps.assign(placed.kernels * rows.axis.taps * cols.axis.taps, 0.0);
    forEach(grid.shape, [&](ArrayRef<int64_t> index, int64_t number) {
      std::array<int64_t, 2> tap{};
      for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
        tap[i] = ((index[axis] - axes[i]->first) % axes[i]->circle + axes[i]->circle) % axes[i]->circle;
        if (tap[i] >= axes[i]->taps)
          return;
      }
      if (placed.isTurned)
        std::swap(tap[0], tap[1]);
      placed.taps[(kernelNumber(index) * rows.axis.taps + tap[0]) * cols.axis.taps + tap[1]] = grid.re[number];
    });
  }

  /// Cuts the batches into what is done in one go: pairs and what is left over, kernels that fit into the slots.
  void makeSections() {
    int64_t each = placed.plan.blocks() * static_cast<int64_t>(placed.parts.size());
    placed.isPreloaded = each * placed.kernels <= profile.filterSlots;
    placed.isLoadedByBlock = each > profile.filterSlots;
    placed.unit = {placed.plan.units, 0, 0, 0, 1};
    if (std::optional<size_t> batch = placed.plan.sharedBatch) {
      placed.unit = shared[*batch];
      shared.erase(shared.begin() + *batch);
    }
    FilterSection all;
    all.shared = shared;
    int64_t room = placed.isLoadedByBlock ? 0 : profile.filterSlots / each;
    size_t resident = varying.size();
    for (; resident > 0 && varying[resident - 1].extent <= room; --resident)
      room /= varying[resident - 1].extent;
    all.reloaded.assign(varying.begin(), varying.begin() + resident);
    all.resident.assign(varying.begin() + resident, varying.end());
    placed.sections.push_back(all);
    if (resident > 0 && room > 1) { // some of a dimension
      FilterSection &groups = placed.sections.front();
      FilterDimension split = groups.reloaded.pop_back_val();
      FilterSection rest = groups;
      groups.reloaded.push_back(split.every(room, split.extent / room));
      groups.resident.insert(groups.resident.begin(), split.every(1, room));
      if (int64_t left = split.extent % room) {
        rest.startAt(split, split.extent - left);
        rest.resident.insert(rest.resident.begin(), split.every(1, left));
        placed.sections.push_back(rest);
      }
    }
    if (placed.plan.isShared())
      shareFields();
  }

  /// Full fields, and one of what is left.
  void shareFields() {
    const kernels::FilterPlan &plan = placed.plan;
    SmallVector<FilterSection, 2> sections;
    for (FilterSection section : placed.sections) {
      int64_t full = plan.units / plan.unitsOfField(), left = plan.units % plan.unitsOfField();
      if (full > 0) {
        sections.push_back(section);
        sections.back().shared.push_back(placed.unit.every(plan.unitsOfField(), full));
        sections.back().units = plan.unitsOfField();
        sections.back().across = plan.axes[1].together;
      }
      if (left > 0) {
        section.startAt(placed.unit, plan.units - left);
        section.units = left;
        section.across = std::min(left, plan.axes[1].together);
        sections.push_back(section);
      }
    }
    placed.sections = std::move(sections);
  }

  spectral::FilterOp op;
  const device::Profile &profile;
  PlacedFilter placed;
  std::array<FilterAxis, 2> filters; // along the filtered axes; the second may be a batch
  SmallVector<FilterDimension, 2> shared, varying;
};

} // namespace

FilterPlacement spectral_to_optic::placeFilter(spectral::FilterOp op, const device::Profile &profile, double bits) {
  return Placer(op, profile).run(bits);
}

Value spectral_to_optic::padInput(OpBuilder &builder, spectral::FilterOp op, const PlacedFilter &placed) {
  lowering::Emit e(builder, op.getLoc());
  Value x = op.getInput();
  for (auto [axis, extent] : llvm::enumerate(placed.input)) {
    SmallVector<int64_t> shape(lowering::Emit::shapeOf(x));
    if (shape[axis] == extent)
      continue;
    shape[axis] = extent - shape[axis];
    x = e.concat({x, e.zeros(shape, lowering::Emit::elementOf(x))}, axis);
  }
  return x;
}
