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
#include "FilterPlaces.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/FormatVariadic.h"
#include <map>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;

namespace {

using Dimensions = FilterPlaces::Dimensions;

class FilterBuilder {
public:
  FilterBuilder(OpBuilder &builder, Location loc, const PlacedFilter &placed, const device::Profile &profile,
                Value input, Value output)
      : w(builder, loc, profile), at(w, placed, profile, input, output), b(builder), loc(loc), placed(placed),
        profile(profile) {}

  void build(int64_t slotAt) {
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
      at.section = &placed.sections.front();
      if (at.hasGaps()) {
        at.makeScratch({}, /*hasSums=*/false);
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
    int64_t count = 1;
    for (const FilterDimension &dimension : at.section->resident)
      count *= dimension.extent;
    for (Key key : keys)
      makeFilter(key, w.linear(at.section->kernel, at.terms(&FilterDimension::kernel)), count);
    optic::BarrierOp::create(b, loc);
  }

  //===- Loops ------------------------------------------------------------===//

  class Scope {
  public:
    explicit Scope(FilterBuilder &builder) : builder(builder), scope(builder.w), size(builder.at.open.size()) {}
    ~Scope() { builder.at.open.truncate(size); }

  private:
    FilterBuilder &builder;
    ProgramWriter::Scope scope;
    size_t size;
  };

  void buildSection(const FilterSection &next) {
    at.section = &next;
    Scope scope(*this);
    at.enter(at.section->reloaded);
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
    for (const FilterDimension &dimension : at.section->resident)
      points *= dimension.extent;
    Dimensions inside = at.section->shared, outside;
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
    at.enter(outside);
    at.makeScratch(inside, sweeps.size() > 1);
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
    at.enter(at.section->shared);
    outerTiles = w.enter({placed.plan.tiles(0), 1, placed.plan.tiles(1), 1});
    at.makeScratch({}, /*hasSums=*/false);
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

  //===- Side by side -----------------------------------------------------===//

  /// Signals or tiles into their places in the field, or their results out of it. Rows of the grid are full but the
  /// last one.
  void copyUnits(bool isInput) {
    Location where = passLoc(isInput ? "brought together" : "taken apart");
    int64_t rows = at.section->units / at.section->across, left = at.section->units % at.section->across;
    for (auto [first, down, along] : {std::tuple(int64_t(0), rows, at.section->across), {rows, int64_t(1), left}}) {
      if (along == 0)
        continue;
      if (first > 0)
        optic::BarrierOp::create(b, loc); // there may be one tile of the electronics only
      Scope scope(*this);
      for (const FilterDimension &dimension : at.section->resident)
        if (!isInput || dimension.input)
          at.enter(dimension);
      FilterDimension row = placed.unit.every(at.section->across, down), col = placed.unit.every(1, along);
      at.enter(row);
      size_t loops = at.open.back().second;
      at.enter(col);
      Place there = at.outside(isInput, 0, outerTiles, row.every(first, 1));
      const FilterPlaces::Tiles &tiles = isInput ? at.fields : at.results;
      Place here{tiles.re, placed.isPaired ? tiles.im : Value(), {}, {}, at.offsetOf(tiles), {}};
      auto axis = [&](int i, int64_t count, int64_t base, int64_t limit, int64_t pitch) {
        const kernels::FilterTiling &tiling = placed.plan.axes[i];
        AffineMap start = w.linear(base * tiling.shift, {{loops + i, tiling.shift}});
        return optic::AxisAttr::get(b.getContext(), start, count, tiling.step, limit, pitch, false);
      };
      here.row = axis(0, there.row.getCount(), first, profile.rows, profile.cols);
      here.col = axis(1, there.col.getCount(), 0, profile.cols, 1);
      copy(isInput ? there : here, isInput ? here : there, where);
    }
  }

  /// Zeros where nothing will stand: a tile of none of the input's points.
  void clear() {
    Scope scope(*this);
    Location where = passLoc("cleared");
    for (const FilterDimension &dimension : at.section->resident)
      if (dimension.input)
        at.enter(dimension);
    Place to = at.unitsOf(at.fields, /*isInput=*/true);
    auto nowhere = [&](optic::AxisAttr like) {
      return optic::AxisAttr::get(b.getContext(), w.linear(1, {}), like.getCount(), 1, 1, 1, false);
    };
    Place from{at.input, placed.isPaired ? at.input : Value(), nowhere(to.row), nowhere(to.col), w.linear(0, {}), {}};
    copy(from, to, where);
  }

  void copy(const Place &from, const Place &to, Location where) {
    store(optic::LoadTileOp::create(b, where, from.re, from.im, from.row, from.col, from.offset, from.imOffset), to,
          where);
  }

  Value loadField(const Place &from, const Encoding &encoding, bool meanless, Location where) {
    return optic::LoadFieldOp::create(b, where, from.re, from.im, from.row, from.col, from.offset, encoding.component,
                                      encoding.bias, from.imOffset, encoding.digitAttr(b.getContext()), meanless);
  }
  void store(Value tile, const Place &to, Location where) {
    optic::StoreOp::create(b, where, tile, to.re, to.im, to.row, to.col, to.offset, to.imOffset);
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
    Location where = passLoc("transforms");
    at.enter(inside);
    for (const FilterDimension &dimension : at.section->resident)
      if (dimension.input)
        at.enter(dimension);
    size_t group = enterTiles();
    Value field, tile;
    const FilterShot *shown = nullptr;
    bool meanless = placed.recombination.removesMean;
    SmallVector<FilterShot> shots = placed.firstShots();
    for (const FilterShot &shot : shots) {
      if (!shown || !shot.hasFieldOf(*shown))
        field = loadField(at.source(block, group), shot.encoding, meanless, where);
      shown = &shot;
      Value capture = optic::FireOp::create(b, where, optic::Mode::FT, field, Value(), shot.detection.detect,
                                            shot.detection.reference, shot.encoding.repeat);
      tile = optic::ReadBackOp::create(b, where, capture, tile, false, false, shot.encoding.bias,
                                       shot.encoding.factor * shot.detection.factor, meanless);
    }
    store(tile, at.tile(at.spectra, group), where);
  }

  /// Products, or convolutions, added to what there is.
  void add(Dimensions inside, ArrayRef<FilterShot> sweep, bool isFirst, bool isLast, Location where) {
    Scope scope(*this);
    at.enter(inside);
    size_t group = enterTiles();
    at.enter(at.section->resident);
    Value field, tile;
    if (!isFirst) {
      Place from = at.tile(at.sums, group);
      tile = optic::LoadTileOp::create(b, where, from.re, placed.isPaired ? from.im : Value(), from.row, from.col,
                                       from.offset);
    }
    const FilterShot *shown = nullptr;
    // What is multiplied in the field's own plane keeps its mean.
    bool meanless = placed.isDirect && placed.recombination.removesMean;
    double scale = placed.isDirect ? 1 : 1 / static_cast<double>(profile.pixels());
    for (const FilterShot &shot : sweep) {
      if (!shown || !shot.hasFieldOf(*shown))
        field = loadField(placed.isDirect ? at.source(shot.block, group) : at.tile(at.spectra, group), shot.encoding,
                          meanless, where);
      shown = &shot;
      Value capture = optic::FireOp::create(b, where, placed.isDirect ? optic::Mode::Correlate4F : optic::Mode::MFT,
                                            field, filters[Key(shot.block, shot.part)], shot.detection.detect,
                                            shot.detection.reference, shot.encoding.repeat);
      std::complex<double> factor = shot.encoding.factor * placed.parts[shot.part].factor * shot.detection.factor;
      tile = optic::ReadBackOp::create(b, where, capture, tile, !placed.isDirect, !placed.isDirect, shot.encoding.bias,
                                       scale * factor, meanless);
    }
    Place to = isLast ? at.target(group) : at.tile(at.sums, group);
    if (!placed.isPaired)
      to.im = Value();
    store(tile, to, where);
  }

  ProgramWriter w;
  FilterPlaces at;
  OpBuilder &b;
  Location loc;
  const PlacedFilter &placed;
  const device::Profile &profile;
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
  FilterBuilder(b, loc, placed, profile, body.getArgument(0), body.getArgument(1)).build(slotAt);
  return program;
}
