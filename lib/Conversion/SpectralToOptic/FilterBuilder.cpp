// From a placed filter to a device program.
//
// Where the optics do not convolve, a pass of transforms leaves the spectra of all tiles in scratch, and the next one
// multiplies them and transforms again, which gives the result backwards. Captures of more blocks than
// go into one loop are added up in scratch, sweep by sweep.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceFilter.h"
#include "ProgramWriter.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/FormatVariadic.h"
#include <map>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using kernels::FrameAxis;
using kernels::FrameCoordinates;

namespace {

using Dimensions = ArrayRef<FilterDimension>;

class FilterBuilder {
public:
  FilterBuilder(OpBuilder &builder, Location loc, const PlacedFilter &placed, const device::Profile &profile)
      : w(builder, loc, profile), b(builder), loc(loc), placed(placed), profile(profile) {}

  void build(Value x, Value y, int64_t slotAt) {
    input = x;
    output = y;
    if (placed.isPreloaded)
      for (int64_t block = 0; block < placed.plan.blocks(); ++block)
        for (size_t part = 0; part < placed.parts.size(); ++part) {
          optic::FilterOp filter = makeFilter({block, part}, AffineMap(), 0);
          if (slotAt >= 0) {
            filter.setSlotAttr(optic::SlotAttr::get(b.getContext(), slotAt, filter.getNumSlots()));
            slotAt += filter.getNumSlots();
          }
        }
    for (const FilterSection &section : placed.sections)
      buildSection(section);
  }

private:
  using Key = std::pair<int64_t, size_t>; // block and part

  //===- Filters ----------------------------------------------------------===//

  optic::FilterOp makeFilter(Key key, AffineMap first, int64_t count) {
    ElementsAttr &bank = banks[key];
    if (!bank) {
      std::vector<double> numbers = placed.spectra(key.first);
      for (size_t i = 0; i < numbers.size(); i += 2) {
        std::complex<double> part = placed.parts[key.second].of({numbers[i], numbers[i + 1]});
        numbers[i] = part.real();
        numbers[i + 1] = part.imag();
      }
      Type element = profile.doublePrecision ? Type(b.getF64Type()) : Type(b.getF32Type());
      auto type = RankedTensorType::get({placed.kernels, profile.rows, profile.cols, 2}, element);
      bank = makeConstant(type, ArrayRef<double>(numbers), nameOf(loc) + ".filter");
    }
    auto filter = optic::FilterOp::create(b, loc, optic::FilterType::get(b.getContext()), bank,
                                          first ? AffineMapAttr::get(first) : AffineMapAttr(),
                                          first ? b.getI64IntegerAttr(count) : IntegerAttr(), nullptr);
    filters[key] = filter;
    return filter;
  }

  /// Loads filters here, between barriers.
  void load(ArrayRef<Key> keys) {
    SmallVector<ProgramWriter::Term> terms;
    for (auto [dimension, loop] : open)
      terms.emplace_back(loop, dimension->kernel);
    int64_t count = 1;
    for (const FilterDimension &dimension : section->resident)
      count *= dimension.extent;
    for (Key key : keys)
      makeFilter(key, w.linear(section->kernel, terms), count);
    optic::BarrierOp::create(b, loc);
  }

  //===- Loops ------------------------------------------------------------===//

  void enter(Dimensions dimensions) {
    for (const FilterDimension &dimension : dimensions)
      open.emplace_back(&dimension, w.enter(dimension.extent));
  }

  class Scope {
  public:
    explicit Scope(FilterBuilder &builder) : builder(builder), scope(builder.w), size(builder.open.size()) {}
    ~Scope() { builder.open.truncate(size); }

  private:
    FilterBuilder &builder;
    ProgramWriter::Scope scope;
    size_t size;
  };

  void buildSection(const FilterSection &next) {
    section = &next;
    Scope scope(*this);
    enter(section->reloaded);
    if (!placed.isPreloaded && !placed.isLoadedByBlock) {
      SmallVector<Key> keys;
      for (int64_t block = 0; block < placed.plan.blocks(); ++block)
        for (size_t part = 0; part < placed.parts.size(); ++part)
          keys.push_back({block, part});
      load(keys);
    }
    // Small batches run within a pass; of large ones scratch holds a part.
    constexpr int64_t largePoints = 1 << 16;
    int64_t points = placed.plan.tiles() * profile.pixels();
    for (const FilterDimension &dimension : section->resident)
      points *= dimension.extent;
    Dimensions inside = section->shared, outside;
    int64_t kept = 0;
    while (!inside.empty() && points <= largePoints && kept < static_cast<int64_t>(inside.size()))
      points *= inside[inside.size() - ++kept].extent;
    if (points > largePoints && kept > 0)
      --kept;
    SmallVector<FilterShot> shots = placed.shots();
    SmallVector<ArrayRef<FilterShot>> sweeps = sweepsOf(shots);
    if (placed.isDirect && sweeps.size() == 1)
      kept = static_cast<int64_t>(inside.size()); // no scratch
    outside = inside.drop_back(kept);
    inside = inside.take_back(kept);
    enter(outside);
    makeScratch(inside);
    for (auto [i, sweep] : llvm::enumerate(sweeps)) {
      if (!placed.isDirect) {
        transform(inside, sweep.front().block);
        optic::BarrierOp::create(b, loc);
      }
      if (placed.isLoadedByBlock) {
        SmallVector<Key> keys;
        for (size_t part = 0; part < placed.parts.size(); ++part)
          keys.push_back({sweep.front().block, part});
        load(keys);
      }
      add(inside, sweep, i == 0, i + 1 == sweeps.size(),
          passLoc(llvm::formatv("sweep {0} of {1}", i + 1, sweeps.size()).str()));
      optic::BarrierOp::create(b, loc); // the next one reads what this one wrote
    }
  }

  Location passLoc(const std::string &what) {
    return NameLoc::get(b.getStringAttr(llvm::formatv("{0}: {1}, {2} tiles of {3} x {4}", nameOf(loc), what,
                                                      placed.plan.tiles(), profile.rows, profile.cols)
                                            .str()),
                        loc);
  }

  /// Some blocks at once, or one where something comes before it.
  SmallVector<ArrayRef<FilterShot>> sweepsOf(ArrayRef<FilterShot> shots) const {
    constexpr int64_t mostShots = 32;
    int64_t each = static_cast<int64_t>(shots.size()) / placed.plan.blocks();
    bool isAlone = !placed.isDirect || placed.isLoadedByBlock;
    int64_t count = each * (isAlone ? 1 : std::max<int64_t>(1, mostShots / each));
    SmallVector<ArrayRef<FilterShot>> sweeps;
    for (; !shots.empty(); shots = shots.drop_front(sweeps.back().size()))
      sweeps.push_back(shots.take_front(count));
    return sweeps;
  }

  //===- Arrays -----------------------------------------------------------===//

  /// Tiles side by side, for each iteration of the loops inside that it depends on.
  struct Tiles {
    Value re, im;
    SmallVector<std::pair<const FilterDimension *, int64_t>> strides;
  };

  void makeScratch(Dimensions inside) {
    int64_t at = 0, pixels = placed.plan.tiles() * profile.pixels();
    auto make = [&](bool ofInput) {
      Tiles tiles;
      int64_t stride = pixels;
      SmallVector<const FilterDimension *> dimensions;
      for (const FilterDimension &dimension : inside)
        dimensions.push_back(&dimension);
      for (const FilterDimension &dimension : section->resident)
        if (!ofInput || dimension.input)
          dimensions.push_back(&dimension);
      for (const FilterDimension *dimension : llvm::reverse(dimensions)) {
        tiles.strides.emplace_back(dimension, stride);
        stride *= dimension->extent;
      }
      auto [rows, cols] = sides();
      std::tie(tiles.re, tiles.im) = w.scratch({stride / pixels, rows, cols}, at);
      at += 2 * w.planeBytes(stride);
      return tiles;
    };
    if (!placed.isDirect)
      spectra = make(true);
    if (sweepsOf(placed.shots()).size() > 1)
      sums = make(false);
  }
  std::pair<int64_t, int64_t> sides() const {
    return {placed.plan.axes[0].tiles * profile.rows, placed.plan.axes[1].tiles * profile.cols};
  }

  /// Where a tile lies: planes, axes, offsets.
  struct Place {
    Value re, im;
    optic::AxisAttr row, col;
    AffineMap offset, imOffset;
  };

  Place placeOf(const Tiles &tiles, size_t group) {
    SmallVector<ProgramWriter::Term> terms;
    for (auto [dimension, stride] : tiles.strides)
      for (auto [opened, loop] : open)
        if (opened == dimension)
          terms.emplace_back(loop, stride);
    auto axis = [&](int i, int64_t pitch, size_t loop) {
      FrameAxis pass = placed.plan.axes[i].pass(0);
      int64_t count = pass.count = placed.plan.axes[i].aperture;
      return w.axis(pass, {0, count, 0, 1, count * pass.groups, false}, pitch, loop);
    };
    return {tiles.re, tiles.im, axis(0, sides().second, group), axis(1, 1, group + 2), w.linear(0, terms), {}};
  }

  Place placeOf(Value memory, bool isInput, int64_t block, size_t group) {
    int64_t base = isInput ? section->input : section->output;
    int64_t pair = isInput ? placed.inputPair : placed.outputPair;
    SmallVector<ProgramWriter::Term> terms;
    for (auto [dimension, loop] : open)
      terms.emplace_back(loop, isInput ? dimension->input : dimension->output);
    auto axis = [&](int i, size_t loop) {
      const kernels::FilterTiling &tiling = placed.plan.axes[i];
      FrameAxis pass = tiling.pass(i == 0 ? block / placed.plan.axes[1].blocks : block % placed.plan.axes[1].blocks);
      if (!isInput)
        pass.count = tiling.valid;
      const FilterDimension &dimension = placed.axes[i];
      return w.axis(pass, isInput ? pass.load : pass.store, isInput ? dimension.input : dimension.output, loop);
    };
    Place place{memory, placed.isPaired ? memory : Value(), axis(0, group), axis(1, group + 2), w.linear(base, terms),
                {}};
    if (placed.isPaired)
      place.imOffset = w.linear(base + pair, terms);
    return place;
  }

  Value loadField(const Place &from, const Encoding &encoding, bool meanless, Location at) {
    return optic::LoadFieldOp::create(b, at, from.re, from.im, from.row, from.col, from.offset, encoding.component,
                                      encoding.bias, from.imOffset, encoding.digitAttr(b.getContext()), meanless);
  }
  void store(Value tile, const Place &to, Location at) {
    optic::StoreOp::create(b, at, tile, to.re, to.im, to.row, to.col, to.offset, to.imOffset);
  }

  size_t enterTiles() { return w.enter({placed.plan.axes[0].tiles, 1, placed.plan.axes[1].tiles, 1}); }

  //===- Passes -----------------------------------------------------------===//

  /// The spectra of all tiles of the input.
  void transform(Dimensions inside, int64_t block) {
    Scope scope(*this);
    Location at = passLoc("transforms");
    enter(inside);
    for (const FilterDimension &dimension : section->resident)
      if (dimension.input)
        enter(dimension);
    size_t group = enterTiles();
    Value field, tile;
    const FilterShot *shown = nullptr;
    bool meanless = placed.recombination.removesMean;
    SmallVector<FilterShot> shots = placed.firstShots();
    for (const FilterShot &shot : shots) {
      if (!shown || !shot.hasFieldOf(*shown))
        field = loadField(placeOf(input, /*isInput=*/true, block, group), shot.encoding, meanless, at);
      shown = &shot;
      Value capture = optic::FireOp::create(b, at, optic::Mode::FT, field, Value(), shot.detection.detect,
                                            shot.detection.reference, shot.encoding.repeat);
      tile = optic::ReadBackOp::create(b, at, capture, tile, false, false, shot.encoding.bias,
                                       shot.encoding.factor * shot.detection.factor, meanless);
    }
    store(tile, placeOf(spectra, group), at);
  }

  /// Products, or convolutions, added to what there is.
  void add(Dimensions inside, ArrayRef<FilterShot> sweep, bool isFirst, bool isLast, Location at) {
    Scope scope(*this);
    enter(inside);
    size_t group = enterTiles();
    enter(section->resident);
    Value field, tile;
    if (!isFirst) {
      Place from = placeOf(sums, group);
      tile = optic::LoadTileOp::create(b, at, from.re, placed.isPaired ? from.im : Value(), from.row, from.col,
                                       from.offset);
    }
    const FilterShot *shown = nullptr;
    // What is multiplied in the field's own plane keeps its mean.
    bool meanless = placed.isDirect && placed.recombination.removesMean;
    double scale = placed.isDirect ? 1 : 1 / static_cast<double>(profile.pixels());
    for (const FilterShot &shot : sweep) {
      if (!shown || !shot.hasFieldOf(*shown))
        field =
            loadField(placed.isDirect ? placeOf(input, /*isInput=*/true, shot.block, group) : placeOf(spectra, group),
                      shot.encoding, meanless, at);
      shown = &shot;
      Value capture = optic::FireOp::create(b, at, placed.isDirect ? optic::Mode::Correlate4F : optic::Mode::MFT, field,
                                            filters[Key(shot.block, shot.part)], shot.detection.detect,
                                            shot.detection.reference, shot.encoding.repeat);
      std::complex<double> factor = shot.encoding.factor * placed.parts[shot.part].factor * shot.detection.factor;
      tile = optic::ReadBackOp::create(b, at, capture, tile, !placed.isDirect, !placed.isDirect, shot.encoding.bias,
                                       scale * factor, meanless);
    }
    if (isLast)
      store(tile, placeOf(output, /*isInput=*/false, 0, group), at);
    else {
      Place to = placeOf(sums, group);
      if (!placed.isPaired)
        to.im = Value();
      store(tile, to, at);
    }
  }

  ProgramWriter w;
  OpBuilder &b;
  Location loc;
  const PlacedFilter &placed;
  const device::Profile &profile;
  Value input, output;
  const FilterSection *section = nullptr;
  SmallVector<std::pair<const FilterDimension *, size_t>> open; // loops over batches, with their numbers
  Tiles spectra, sums;
  std::map<Key, ElementsAttr> banks;
  std::map<Key, Value> filters;
};

} // namespace

optic::ProgramOp spectral_to_optic::buildFilterProgram(OpBuilder &b, Location loc, StringRef name,
                                                       RankedTensorType input, RankedTensorType output,
                                                       const PlacedFilter &placed, const device::Profile &profile,
                                                       int64_t slotAt) {
  optic::ProgramOp program =
      createProgram(b, loc, name, Binding{"x", input}, Binding{"y", output}, placed.frames(), placed.plan.recipe);
  Block &body = program.getBody().front();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&body);
  FilterBuilder(b, loc, placed, profile).build(body.getArgument(0), body.getArgument(1), slotAt);
  return program;
}
