// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProgramBuilder.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using kernels::FrameAxis;
using kernels::FrameCoordinates;
using kernels::FrameFactors;
using kernels::FramePacking;
using kernels::FramePass;

namespace {

class ProgramBuilder {
public:
  ProgramBuilder(OpBuilder &builder, Location loc, const PlacedTransform &placed, const device::Profile &profile)
      : w(builder, loc, profile), b(builder), loc(loc), placed(placed) {
    // Small transforms run batch by batch within a pass.
    isBatchOutside = placed.plan.isLarge();
  }

  void build(Array input, Array output, int64_t tableAt) {
    if (!placed.plan.table.empty())
      table = makeTable(tableAt);
    SmallVector<Array> between = makeScratch();
    ProgramWriter::Scope scope(w);
    SmallVector<int64_t> batchTrips;
    for (const PlacedTransform::Dimension &dimension : placed.batches)
      batchTrips.push_back(dimension.extent);
    if (isBatchOutside)
      firstBatch = w.enter(batchTrips);
    size_t count = placed.plan.passes.size();
    for (size_t i = 0; i < count; ++i) {
      const FramePass &pass = placed.plan.passes[i];
      const Array &from = i == 0 ? input : between[i - 1], &to = i + 1 == count ? output : between[i];
      Location passLoc = NameLoc::get(
          b.getStringAttr(llvm::formatv("{0}: pass {1} of {2}, {3} tiles of {4} x {5}", nameOf(loc), i + 1, count,
                                        pass.optical                               ? "frames,"
                                        : !kernels::isComplexOfTwo(pass.separates) ? "electronic,"
                                                                                   : "taken apart,",
                                        pass.axes[0].count, pass.axes[1].count)
                              .str()),
          loc);
      {
        ProgramWriter::Scope inner(w);
        if (!isBatchOutside)
          firstBatch = w.enter(batchTrips);
        buildPass(pass, from, to, passLoc);
      }
      if (pass.rest) {
        optic::BarrierOp::create(b, loc);
        ProgramWriter::Scope inner(w);
        if (!isBatchOutside)
          firstBatch = w.enter(batchTrips);
        FramePass rest = pass;
        rest.axes = *pass.rest;
        rest.separates = FramePacking::None;
        buildPass(rest, from, to, passLoc);
      }
      // The next pass reads what this one wrote.
      optic::BarrierOp::create(b, loc);
    }
  }

private:
  Value makeTable(int64_t at) {
    SmallVector<double> numbers;
    for (const kernels::Root &root : placed.plan.table)
      numbers.append({root.re, root.im});
    auto type = RankedTensorType::get({static_cast<int64_t>(placed.plan.table.size()), 2}, b.getF64Type());
    return optic::TableOp::create(b, loc, optic::TableType::get(b.getContext()),
                                  makeConstant(type, ArrayRef<double>(numbers), nameOf(loc) + ".factors"), at);
  }

  /// What passes leave for each other, in two buffers by turns.
  SmallVector<Array> makeScratch() {
    SmallVector<int64_t, 2> bytes(2, 0);
    int64_t batch = isBatchOutside ? 1 : placed.batch();
    SmallVector<Array> arrays;
    ArrayRef<FramePass> passes(placed.plan.passes);
    auto sizeOf = [&](const FramePass &pass) { return w.planeBytes(batch * pass.extents()[0] * pass.extents()[1]); };
    for (auto [i, pass] : llvm::enumerate(passes.drop_back()))
      bytes[i % 2] = std::max<int64_t>(bytes[i % 2], 2 * sizeOf(pass));
    for (auto [i, pass] : llvm::enumerate(passes.drop_back())) {
      std::array<int64_t, 2> extents = pass.extents();
      Array array;
      std::tie(array.re, array.im) = w.scratch({batch, extents[0], extents[1]}, i % 2 ? bytes[0] : 0);
      array.pitch = {extents[1], 1};
      // Batches lie one after the other, the last dimension closest.
      int64_t stride = isBatchOutside ? 0 : extents[0] * extents[1];
      array.batchStrides.assign(placed.batches.size(), 0);
      for (size_t d = placed.batches.size(); d-- > 0; stride *= placed.batches[d].extent)
        array.batchStrides[d] = stride;
      arrays.push_back(std::move(array));
    }
    return arrays;
  }

  optic::FactorsAttr factorsAttr(const std::optional<FrameFactors> &f, size_t group) {
    if (!f)
      return nullptr;
    return optic::FactorsAttr::get(b.getContext(), w.linear(f->offset, {{group, f->perGroup}, {group + 1, f->perLane}}),
                                   f->step);
  }

  Value multiply(Value tile, const std::optional<FrameFactors> &row, const std::optional<FrameFactors> &col,
                 double scale, std::array<size_t, 2> group, Location at) {
    if (!row && !col && scale == 1)
      return tile;
    optic::FactorsAttr rows = factorsAttr(row, group[0]), cols = factorsAttr(col, group[1]);
    return optic::TwiddleOp::create(b, at, tile, row ? table : Value(), rows, col ? table : Value(), cols, scale);
  }

  void buildPass(const FramePass &pass, const Array &from, const Array &to, Location at) {
    const auto &[rows, cols] = pass.axes;
    size_t first = w.enter({rows.groups, rows.lanes, cols.groups, cols.lanes});
    std::array<size_t, 2> group{first, first + 2};
    if (kernels::isComplexOfTwo(pass.separates))
      return separate(pass, from, to, group, at);
    Access load = access(pass, &FrameAxis::load, from, group);
    Value tile;
    if (pass.optical) {
      const Recombination &recombination = placed.recombination;
      for (const Encoding &encoding : recombination.encodingsOf(static_cast<bool>(from.im))) {
        Value field = optic::LoadFieldOp::create(
            b, at, from.re, from.im, load.row, load.col, load.offset, encoding.component, encoding.bias, load.imOffset,
            encoding.digitAttr(b.getContext()), recombination.removesMean, load.joined);
        for (const Detection &detection : recombination.detections) {
          Value capture = optic::FireOp::create(b, at, optic::Mode::FT, field, Value(), detection.detect,
                                                detection.reference, encoding.repeat);
          tile = optic::ReadBackOp::create(b, at, capture, tile, rows.reversed, cols.reversed, encoding.bias,
                                           encoding.factor * detection.factor * pass.scale, recombination.removesMean);
        }
      }
    } else {
      tile = loadTile(load, from, at);
      tile = multiply(tile, rows.before, cols.before, 1, group, at);
    }
    for (auto [axis, name] : {std::pair{&rows, optic::TileAxis::Row}, {&cols, optic::TileAxis::Col}})
      if (axis->electronic > 1)
        tile = optic::ElectronicDftOp::create(b, at, tile, name, axis->electronic, axis->inverse);
    double scale = pass.optical ? 1 : pass.scale; // read back with it
    tile = multiply(tile, rows.after, cols.after, scale, group, at);
    store(tile, pass, to, group, at);
    if (pass.separates != FramePacking::Mirror)
      return;
    Array part = to;
    part.im = Value();
    if (part.re)
      store(tile, pass, part, group, at, &FrameAxis::further);
    if (!to.im)
      return;
    tile = multiply(tile, std::nullopt, std::nullopt, -1, group, at); // the conjugate
    part = to;
    part.re = Value();
    store(tile, pass, part, group, at, &FrameAxis::further);
  }

  struct Access {
    optic::AxisAttr row, col;
    AffineMap offset, imOffset;
    bool joined;
  };
  using Coordinates = FrameCoordinates FrameAxis::*;
  Access access(const FramePass &pass, Coordinates which, const Array &array, std::array<size_t, 2> group) {
    std::array<optic::AxisAttr, 2> attrs;
    for (int axis : {0, 1}) {
      FrameAxis along = pass.axes[axis];
      if (along.stored && which != &FrameAxis::load)
        along.count = along.stored;
      attrs[axis] = w.axis(along, along.*which, array.pitch[pass.whole.value_or(axis)], group[axis]);
    }
    SmallVector<ProgramWriter::Term> terms;
    for (auto [d, stride] : llvm::enumerate(array.batchStrides))
      terms.emplace_back(firstBatch + d, stride);
    if (pass.whole) // line by line of the other axis
      terms.emplace_back(group[1], array.pitch[1 - *pass.whole]);
    return {attrs[0], attrs[1], w.linear(0, terms), array.imShift ? w.linear(array.imShift, terms) : AffineMap(),
            pass.whole.has_value()};
  }

  Value loadTile(const Access &access, const Array &from, Location at) {
    return optic::LoadTileOp::create(b, at, from.re, from.im, access.row, access.col, access.offset, access.imOffset,
                                     access.joined);
  }

  void store(Value tile, const FramePass &pass, const Array &to, std::array<size_t, 2> group, Location at,
             Coordinates where = &FrameAxis::store) {
    Access a = access(pass, where, to, group);
    optic::StoreOp::create(b, at, tile, to.re, to.im, a.row, a.col, a.offset, a.imOffset, a.joined);
  }

  /// Real signals that were transformed as one.
  void separate(const FramePass &pass, const Array &from, const Array &to, std::array<size_t, 2> group, Location at) {
    constexpr std::complex<double> half = 0.5, halfI(0, 0.5);
    auto load = [&](Coordinates which) { return loadTile(access(pass, which, from, group), from, at); };
    auto combine = [&](std::complex<double> alpha, Value x, std::complex<double> beta, Value y,
                       bool conjugate = false) {
      return optic::CombineOp::create(b, at, alpha, x, beta, y, conjugate);
    };
    Value z = load(&FrameAxis::load), mirror = load(&FrameAxis::mirror);
    if (pass.separates == FramePacking::Pairs) {
      // Re X1 + i Re X2 is the even part of Z, Im X1 + i Im X2 its odd part over i: a part of the output is one tile.
      for (auto [memory, alpha, beta] : {std::tuple{to.re, half, half}, {to.im, -halfI, halfI}})
        if (memory) {
          Array signals = to;
          signals.re = signals.im = memory;
          signals.imShift = placed.outputShift;
          store(combine(alpha, z, beta, mirror), pass, signals, group, at);
        }
      return;
    }
    const auto &[rows, cols] = pass.axes;
    Value even = combine(half, z, half, mirror, /*conjugate=*/true);
    Value odd = combine(-halfI, z, halfI, mirror, /*conjugate=*/true);
    odd = multiply(odd, rows.after, cols.after, 1, group, at);
    store(combine(1, even, 1, odd), pass, to, group, at);
    store(combine(1, even, -1, odd), pass, to, group, at, &FrameAxis::further);
  }

  ProgramWriter w;
  OpBuilder &b;
  Location loc;
  const PlacedTransform &placed;
  bool isBatchOutside = false;
  size_t firstBatch = 0; // the number of the outermost loop over batches
  Value table;
};

} // namespace

optic::ProgramOp fourmix::spectral_to_optic::buildProgram(OpBuilder &b, Location loc, StringRef name,
                                                          DeviceTransform &transform, const PlacedTransform &placed,
                                                          const device::Profile &profile, int64_t tableAt) {
  RankedTensorType type = transform.inputType();
  if (!placed.packedShape.empty())
    type = type.clone(placed.packedShape);
  SmallVector<Binding, 2> inputs{{"re", type}}, outputs;
  if (transform.im())
    inputs.push_back({"im", type});
  if (transform.givesRe())
    outputs.push_back({"out_re", transform.outputType()});
  if (transform.givesIm())
    outputs.push_back({"out_im", transform.outputType()});
  optic::ProgramOp program = createProgram(b, loc, name, inputs, outputs,
                                           placed.frames(static_cast<bool>(transform.im())), placed.plan.recipe);
  Block &body = program.getBody().front();
  auto argument = [&, next = 0u](bool isThere) mutable { return isThere ? body.getArgument(next++) : Value(); };
  Array input, output;
  input.re = argument(true);
  input.im = argument(static_cast<bool>(transform.im()));
  output.re = argument(transform.givesRe());
  output.im = argument(transform.givesIm());
  for (int axis : {0, 1}) {
    input.pitch[axis] = placed.axes[axis].input;
    output.pitch[axis] = placed.axes[axis].output;
  }
  for (const PlacedTransform::Dimension &dimension : placed.batches) {
    input.batchStrides.push_back(dimension.input);
    output.batchStrides.push_back(dimension.output);
  }
  if (kernels::isComplexOfTwo(placed.packing)) {
    input.im = input.re;
    input.imShift = placed.inputShift;
  }
  if (placed.packing == FramePacking::Spectra) {
    output.im = output.re;
    output.imShift = placed.outputShift;
  }
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&body);
  ProgramBuilder(b, loc, placed, profile).build(input, output, tableAt);
  return program;
}
