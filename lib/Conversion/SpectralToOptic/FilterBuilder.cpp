// From a placed filter to a device program.
//
// Where the optics do not convolve, a pass of transforms leaves the spectra of all tiles in scratch, and the next one
// multiplies them and transforms again, which gives the result backwards. Captures of more blocks than
// go into one loop are added up in scratch, sweep by sweep.
//
// What stands side by side in a field is brought there before, through the electronics, into scratch that is read as
// one tile, and its results are taken from such a tile.
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
    if (placed.plan.isShared()) { // the first fields are the largest ones
      section = &placed.sections.front();
      if (hasGaps()) {
        makeScratch({});
        clear();
        optic::BarrierOp::create(b, loc);
      }
    }
    for (const FilterSection &next : placed.sections)
      buildSection(next);
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
      const auto &[rows, cols] = placed.plan.axes;
      auto type = RankedTensorType::get({placed.kernels, rows.aperture, cols.aperture, 2}, element);
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
    if (placed.plan.isShared())
      return buildFields();
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

  /// Fields of what stands side by side, one after the other.
  void buildFields() {
    enter(section->shared);
    outerTiles = w.enter({placed.plan.tiles(0), 1, placed.plan.tiles(1), 1});
    makeScratch({});
    auto barrier = [&] { optic::BarrierOp::create(b, loc); };
    copyUnits(/*isInput=*/true);
    barrier();
    if (!placed.isDirect) {
      transform({}, 0);
      barrier();
    }
    SmallVector<FilterShot> shots = placed.shots();
    add({}, shots, /*isFirst=*/true, /*isLast=*/true, passLoc("fields"));
    barrier();
    copyUnits(/*isInput=*/false);
    barrier();
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
    int64_t at = 0, pixels = sides().first * sides().second;
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
    if (placed.plan.isShared()) {
      fields = make(true);
      results = make(false);
    }
    if (!placed.isDirect)
      spectra = make(true);
    if (sweepsOf(placed.shots()).size() > 1)
      sums = make(false);
  }
  std::pair<int64_t, int64_t> sides() const {
    if (placed.plan.isShared())
      return {profile.rows, profile.cols};
    return {placed.plan.axes[0].tiles * profile.rows, placed.plan.axes[1].tiles * profile.cols};
  }

  /// Where a tile lies: planes, axes, offsets.
  struct Place {
    Value re, im;
    optic::AxisAttr row, col;
    AffineMap offset, imOffset;
  };

  /// The sum of what the open loops over batches add, by a stride of their dimensions.
  SmallVector<ProgramWriter::Term> terms(int64_t FilterDimension::*stride) const {
    SmallVector<ProgramWriter::Term> terms;
    for (auto [dimension, loop] : open)
      terms.emplace_back(loop, dimension->*stride);
    return terms;
  }

  AffineMap offsetOf(const Tiles &tiles) const {
    SmallVector<ProgramWriter::Term> terms;
    for (auto [dimension, stride] : tiles.strides)
      for (auto [opened, loop] : open)
        if (opened == dimension)
          terms.emplace_back(loop, stride);
    return w.linear(0, terms);
  }

  /// The whole aperture's tile.
  Place placeOf(const Tiles &tiles, size_t group) {
    auto axis = [&](int64_t count, int64_t number, int64_t pitch, size_t loop) {
      FrameAxis pass;
      pass.count = count;
      return w.axis(pass, {0, number > 1 ? count : 0, 0, 1, count * number, false}, pitch, loop);
    };
    auto [rows, cols] = sides();
    return {tiles.re,
            tiles.im,
            axis(profile.rows, rows / profile.rows, cols, group),
            axis(profile.cols, cols / profile.cols, 1, group + 2),
            offsetOf(tiles),
            {}};
  }

  /// As much of it as what stands side by side takes: its points, or its results.
  Place placeOfUnits(const Tiles &tiles, bool isInput) {
    std::array<int64_t, 2> units = unitsOfGrid();
    auto axis = [&](int i, int64_t limit, int64_t pitch) {
      const kernels::FilterTiling &tiling = placed.plan.axes[i];
      int64_t points = isInput ? tiling.points() : tiling.valid;
      int64_t count = (units[i] - 1) * tiling.shift + (points - 1) * tiling.step + 1;
      return optic::AxisAttr::get(b.getContext(), w.linear(0, {}), count, 1, limit, pitch, false);
    };
    return {tiles.re,
            placed.isPaired ? tiles.im : Value(),
            axis(0, profile.rows, profile.cols),
            axis(1, profile.cols, 1),
            offsetOf(tiles),
            {}};
  }

  Place placeOf(Value memory, bool isInput, int64_t block, size_t group, const FilterDimension &start = {0}) {
    auto stride = isInput ? &FilterDimension::input : &FilterDimension::output;
    int64_t base = (isInput ? section->input : section->output) + start.*stride;
    int64_t pair = isInput ? placed.inputPair : placed.outputPair;
    auto axis = [&](size_t i, size_t loop) {
      const kernels::FilterTiling &tiling = placed.plan.axes[i];
      FrameAxis pass = tiling.pass(i == 0 ? block / placed.plan.axes[1].blocks : block % placed.plan.axes[1].blocks);
      if (!isInput)
        pass.count = tiling.valid;
      const kernels::FrameCoordinates &c = isInput ? pass.load : pass.store;
      if (placed.plan.sharedAxis != i)
        return w.axis(pass, c, placed.axes[i].*stride, loop);
      SmallVector<ProgramWriter::Term> moves = terms(&FilterDimension::tile);
      for (auto &[loop, tiles] : moves)
        tiles *= c.perGroup;
      AffineMap at = w.linear(c.base + (section->tile + start.tile) * c.perGroup, moves);
      return optic::AxisAttr::get(b.getContext(), at, pass.count, c.step, c.limit, placed.axes[i].*stride, c.wrap);
    };
    Place place{
        memory, placed.isPaired ? memory : Value(), axis(0, group), axis(1, group + 2), w.linear(base, terms(stride)),
        {}};
    if (placed.isPaired)
      place.imOffset = w.linear(base + pair, terms(stride));
    return place;
  }

  /// What the optics are shown, and where their results go.
  Place sourceOf(int64_t block, size_t group) {
    return placed.plan.isShared() ? placeOfUnits(fields, /*isInput=*/true)
                                  : placeOf(input, /*isInput=*/true, block, group);
  }
  Place targetOf(size_t group) {
    return placed.plan.isShared() ? placeOfUnits(results, /*isInput=*/false)
                                  : placeOf(output, /*isInput=*/false, 0, group);
  }

  //===- Side by side -----------------------------------------------------===//

  std::array<int64_t, 2> unitsOfGrid() const {
    return {(section->units + section->across - 1) / section->across, section->across};
  }

  bool hasGaps() const {
    bool result = section->units % section->across != 0;
    for (auto [tiling, units] : llvm::zip_equal(placed.plan.axes, unitsOfGrid()))
      result |= tiling.points() > 1 && units < tiling.step;
    return result;
  }

  /// Signals or tiles into their places in the field, or their results out of it. Rows of the grid are full but the
  /// last one.
  void copyUnits(bool isInput) {
    Location at = passLoc(isInput ? "brought together" : "taken apart");
    int64_t rows = section->units / section->across, left = section->units % section->across;
    for (auto [first, down, along] : {std::tuple(int64_t(0), rows, section->across), {rows, int64_t(1), left}}) {
      if (along == 0)
        continue;
      if (first > 0)
        optic::BarrierOp::create(b, loc); // there may be one tile of the electronics only
      Scope scope(*this);
      for (const FilterDimension &dimension : section->resident)
        if (!isInput || dimension.input)
          enter(dimension);
      FilterDimension row = placed.unit.every(section->across, down), col = placed.unit.every(1, along);
      enter(row);
      size_t loops = open.back().second;
      enter(col);
      Place there = placeOf(isInput ? input : output, isInput, 0, outerTiles, row.every(first, 1));
      const Tiles &tiles = isInput ? fields : results;
      Place here{tiles.re, placed.isPaired ? tiles.im : Value(), {}, {}, offsetOf(tiles), {}};
      auto axis = [&](int i, int64_t count, int64_t base, int64_t limit, int64_t pitch) {
        const kernels::FilterTiling &tiling = placed.plan.axes[i];
        AffineMap start = w.linear(base * tiling.shift, {{loops + i, tiling.shift}});
        return optic::AxisAttr::get(b.getContext(), start, count, tiling.step, limit, pitch, false);
      };
      here.row = axis(0, there.row.getCount(), first, profile.rows, profile.cols);
      here.col = axis(1, there.col.getCount(), 0, profile.cols, 1);
      copy(isInput ? there : here, isInput ? here : there, at);
    }
  }

  /// Zeros where nothing will stand: a tile of none of the input's points.
  void clear() {
    Scope scope(*this);
    Location at = passLoc("cleared");
    for (const FilterDimension &dimension : section->resident)
      if (dimension.input)
        enter(dimension);
    Place to = placeOfUnits(fields, /*isInput=*/true);
    auto nowhere = [&](optic::AxisAttr like) {
      return optic::AxisAttr::get(b.getContext(), w.linear(1, {}), like.getCount(), 1, 1, 1, false);
    };
    Place from{input, placed.isPaired ? input : Value(), nowhere(to.row), nowhere(to.col), w.linear(0, {}), {}};
    copy(from, to, at);
  }

  void copy(const Place &from, const Place &to, Location at) {
    store(optic::LoadTileOp::create(b, at, from.re, from.im, from.row, from.col, from.offset, from.imOffset), to, at);
  }

  Value loadField(const Place &from, const Encoding &encoding, bool meanless, Location at) {
    return optic::LoadFieldOp::create(b, at, from.re, from.im, from.row, from.col, from.offset, encoding.component,
                                      encoding.bias, from.imOffset, encoding.digitAttr(b.getContext()), meanless);
  }
  void store(Value tile, const Place &to, Location at) {
    optic::StoreOp::create(b, at, tile, to.re, to.im, to.row, to.col, to.offset, to.imOffset);
  }

  size_t enterTiles() {
    if (placed.plan.isShared())
      return outerTiles; // of which this is the inside
    return w.enter({placed.plan.axes[0].tiles, 1, placed.plan.axes[1].tiles, 1});
  }

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
        field = loadField(sourceOf(block, group), shot.encoding, meanless, at);
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
        field = loadField(placed.isDirect ? sourceOf(shot.block, group) : placeOf(spectra, group), shot.encoding,
                          meanless, at);
      shown = &shot;
      Value capture = optic::FireOp::create(b, at, placed.isDirect ? optic::Mode::Correlate4F : optic::Mode::MFT, field,
                                            filters[Key(shot.block, shot.part)], shot.detection.detect,
                                            shot.detection.reference, shot.encoding.repeat);
      std::complex<double> factor = shot.encoding.factor * placed.parts[shot.part].factor * shot.detection.factor;
      tile = optic::ReadBackOp::create(b, at, capture, tile, !placed.isDirect, !placed.isDirect, shot.encoding.bias,
                                       scale * factor, meanless);
    }
    Place to = isLast ? targetOf(group) : placeOf(sums, group);
    if (!placed.isPaired)
      to.im = Value();
    store(tile, to, at);
  }

  ProgramWriter w;
  OpBuilder &b;
  Location loc;
  const PlacedFilter &placed;
  const device::Profile &profile;
  Value input, output;
  const FilterSection *section = nullptr;
  SmallVector<std::pair<const FilterDimension *, size_t>> open; // loops over batches, with their numbers
  Tiles spectra, sums, fields, results;
  size_t outerTiles = 0; // loops over tiles, where others stand side by side
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
