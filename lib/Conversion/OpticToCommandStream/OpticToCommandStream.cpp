// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Conversion/OpticToCommandStream.h"
#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fourmix;

namespace {

focs::Linear linear(AffineMap map) {
  focs::Linear result;
  SmallVector<int64_t> coefficients = *optic::linearCoefficients(map); // verified
  result.base = coefficients.front();
  llvm::copy(llvm::drop_begin(coefficients), result.step.begin());
  return result;
}

focs::AxisAccess axisAccess(optic::AxisAttr axis) {
  return {
      linear(axis.getStart()), axis.getStep(), axis.getLimit(), axis.getPitch(), static_cast<uint32_t>(axis.getCount()),
      axis.getWrap()};
}

focs::ElementType elementType(Type type) { return type.isF64() ? focs::ElementType::F64 : focs::ElementType::F32; }

/// Constants of all programs: equal ones lie there once.
class Constants {
public:
  explicit Constants(std::vector<uint8_t> &bytes) : bytes(bytes) {}

  /// An array of complex numbers among the constants: all real parts, then all imaginary ones.
  struct Array {
    focs::ElementType type;
    int64_t re, im; // offsets in elements
    bool isReal;    // imaginary parts are all zero, and not there
  };
  /// `keepsZeros`: imaginary parts are there in any case.
  const Array &add(ElementsAttr values, bool keepsZeros) {
    auto [known, isNew] = arrays.try_emplace(values);
    if (isNew)
      known->second =
          values.getElementType().isF64() ? append<double>(values, keepsZeros) : append<float>(values, keepsZeros);
    return known->second;
  }

private:
  template <typename T>
  Array append(ElementsAttr values, bool keepsZeros) {
    std::vector<double> numbers = *readDoubles(values);
    size_t count = numbers.size() / 2;
    Array array{elementType(values.getElementType()), 0, 0, !keepsZeros};
    for (size_t i = 0; i < count && array.isReal; ++i)
      array.isReal = numbers[2 * i + 1] == 0;
    size_t at = llvm::alignTo<sizeof(double)>(bytes.size());
    bytes.resize(at + (array.isReal ? 1 : 2) * count * sizeof(T));
    for (size_t part = 0; part < (array.isReal ? 1 : 2); ++part)
      for (size_t i = 0; i < count; ++i) {
        auto value = static_cast<T>(numbers[2 * i + part]);
        std::memcpy(&bytes[at + (part * count + i) * sizeof(T)], &value, sizeof(T));
      }
    array.re = static_cast<int64_t>(at / sizeof(T));
    array.im = array.re + static_cast<int64_t>(count);
    return array;
  }

  std::vector<uint8_t> &bytes;
  llvm::DenseMap<Attribute, Array> arrays;
};

class ProgramEmitter {
public:
  ProgramEmitter(optic::ProgramOp op, Constants &constants, const device::Profile &profile)
      : op(op), constants(constants), profile(profile) {}

  FailureOr<focs::Program> emit() {
    program.name = op.getSymName().str();
    for (auto [i, argument] : llvm::enumerate(op.getMemories())) {
      auto type = cast<optic::MemoryType>(argument.getType());
      program.bindings.push_back({cast<StringAttr>(op.getNames()[i]).str(), elementType(type.getElementType()),
                                  i >= op.getInputs(), std::vector<int64_t>(type.getShape())});
    }
    if (!op.getTokens())
      return op.emitOpError("expected tokens: run optic-schedule first");
    llvm::copy(*op.getTokens(), program.tokens.begin());
    program.prediction.frames = op.getFrames().value_or(0);
    if (op.getRecipe())
      debugEntry(op.getRecipe()->str());
    if (failed(emitBody(op.getBody().front())))
      return failure();
    program.preload.push_back({0, 0, focs::End{}});
    program.main.push_back({0, 0, focs::End{}});
    return std::move(program);
  }

private:
  uint32_t debugEntry(std::string name) {
    for (auto [i, known] : llvm::enumerate(program.debug))
      if (known == name)
        return i;
    program.debug.push_back(std::move(name));
    return program.debug.size() - 1;
  }

  LogicalResult emitBody(Block &block) {
    for (Operation &inner : block)
      if (failed(emitOp(&inner)))
        return failure();
    return success();
  }

  LogicalResult emitOp(Operation *inner) {
    return TypeSwitch<Operation *, LogicalResult>(inner)
        .Case([&](optic::LoopOp loop) {
          mark(loop);
          program.main.push_back({0, 0, focs::Loop{static_cast<uint32_t>(loop.getTrip())}});
          if (failed(emitBody(loop.getBody().front())))
            return failure();
          program.main.push_back({0, 0, focs::EndLoop{}});
          return success();
        })
        .Case([&](optic::BarrierOp) {
          program.main.push_back({0, 0, focs::Barrier{}});
          return success();
        })
        .Case([&](optic::ScratchOp scratch) {
          program.scratchBytes =
              std::max<uint64_t>(program.scratchBytes, scratch.getAt() + scratch.getMemory().getType().getNumBytes());
          return success();
        })
        .Case([&](optic::TableOp table) {
          int64_t entries = cast<ShapedType>(table.getValues().getShapedType()).getDimSize(0);
          const Constants::Array &array = constants.add(table.getValues(), /*keepsZeros=*/true);
          focs::LoadTable load{static_cast<uint32_t>(table.getAt()), static_cast<uint32_t>(entries), array.type,
                               plane(focs::constantRegion, array.re), plane(focs::constantRegion, array.im)};
          program.preload.push_back({0, 0, load});
          return success();
        })
        .Case([&](optic::FilterOp filter) { return load(filter); })
        .Case([&](optic::LoadFieldOp load) {
          std::optional<focs::Digit> digit;
          if (optic::DigitAttr attr = load.getDigitAttr())
            digit = {static_cast<uint8_t>(attr.getIndex()), static_cast<uint8_t>(attr.getCount()),
                     static_cast<uint8_t>(attr.getBits())};
          return add(load, focs::LoadField{slotOf(load), static_cast<focs::Component>(load.getComponent()),
                                           load.getBias(), accessOf(load), digit, load.getMeanless()});
        })
        .Case([&](optic::LoadTileOp load) { return add(load, focs::LoadAccumulator{slotOf(load), accessOf(load)}); })
        .Case([&](optic::StoreOp store) { return add(store, focs::Store{slotOf(store.getTile()), accessOf(store)}); })
        .Case([&](optic::FireOp fire) {
          focs::Fire instruction;
          instruction.mode = static_cast<focs::FireMode>(fire.getMode());
          instruction.field = slotOf(fire.getField());
          if (fire.getFilter())
            instruction.filter = slotOf(fire.getFilter());
          instruction.capture = slotOf(fire.getCapture());
          instruction.detect = static_cast<focs::Detect>(fire.getDetect());
          instruction.reference = static_cast<uint8_t>(fire.getReference());
          instruction.repeat = static_cast<uint16_t>(fire.getRepeat());
          return add(fire, instruction);
        })
        .Case([&](optic::ReadBackOp back) {
          focs::ReadBack instruction;
          instruction.capture = slotOf(back.getCapture());
          instruction.accumulator = slotOf(back.getTile());
          instruction.accumulate = static_cast<bool>(back.getOnto());
          instruction.reversedRows = back.getReversedRows();
          instruction.reversedCols = back.getReversedCols();
          instruction.removeBias = back.getRemoveBias();
          instruction.addMean = back.getAddMean();
          instruction.re = back.getRe().convertToDouble();
          instruction.im = back.getIm().convertToDouble();
          return add(back, instruction);
        })
        .Case([&](optic::TwiddleOp twiddle) {
          focs::Twiddle instruction{slotOf(twiddle.getTile()), factors(twiddle.getRow(), twiddle.getRowFactors()),
                                    factors(twiddle.getCol(), twiddle.getColFactors()),
                                    twiddle.getScale().convertToDouble()};
          return add(twiddle, instruction);
        })
        .Case([&](optic::ElectronicDftOp dft) {
          return add(dft, focs::ElectronicDft{slotOf(dft.getTile()), static_cast<focs::TileAxis>(dft.getAxis()),
                                              static_cast<uint32_t>(dft.getLength()), dft.getInverse()});
        })
        .Case([&](optic::CombineOp combine) {
          focs::Elementwise instruction;
          instruction.to = slotOf(combine.getTile());
          instruction.a = slotOf(combine.getA());
          instruction.b = slotOf(combine.getB());
          instruction.conjugateA = combine.getConjA();
          instruction.conjugateB = combine.getConjB();
          instruction.alphaRe = combine.getAlphaRe().convertToDouble();
          instruction.alphaIm = combine.getAlphaIm().convertToDouble();
          instruction.betaRe = combine.getBetaRe().convertToDouble();
          instruction.betaIm = combine.getBetaIm().convertToDouble();
          return add(combine, instruction);
        })
        .Default([](Operation *other) { return other->emitOpError("is no instruction of the device"); });
  }

  /// An instruction for each slot: in the preload, or here, where the filters do not fit all at once.
  LogicalResult load(optic::FilterOp filter) {
    ArrayRef<int64_t> shape = cast<ShapedType>(filter.getValues().getShapedType()).getShape().take_back(3);
    const Constants::Array &array = constants.add(filter.getValues(), /*keepsZeros=*/false);
    int64_t points = shape[0] * shape[1];
    focs::Linear first;
    if (filter.getFirst())
      first = linear(*filter.getFirst());
    focs::Slot slot = slotOf(filter.getFilter());
    for (int64_t i = 0; i < filter.getNumSlots(); ++i) {
      focs::LoadFilter load;
      load.filter = {static_cast<uint16_t>(slot.first + i), 1};
      load.from.type = array.type;
      auto across = [](int64_t extent, int64_t pitch, int64_t aperture) { // repeated where it is smaller
        return focs::AxisAccess{{}, 1, extent, pitch, static_cast<uint32_t>(aperture), extent < aperture};
      };
      load.from.row = across(shape[0], shape[1], profile.rows);
      load.from.col = across(shape[1], 1, profile.cols);
      focs::Plane re{focs::constantRegion, first};
      re.offset.base = array.re + (first.base + i) * points;
      for (int64_t &step : re.offset.step)
        step *= points;
      load.from.re = re;
      if (!array.isReal) {
        load.from.im = re;
        load.from.im->offset.base += array.im - array.re;
      }
      (filter.getFirst() ? program.main : program.preload).push_back({0, 0, load});
    }
    return success();
  }

  static focs::Plane plane(uint8_t region, int64_t offset) {
    focs::Linear at;
    at.base = offset;
    return {region, at};
  }

  /// The name of the location, as an entry of the debug table, where it is not in force already: that of what is in the
  /// loops, which has the pass in it, before that of the loops, which is the layer alone.
  void mark(Operation *inner) {
    NameLoc name;
    for (Operation *in = inner; in;) {
      if (auto own = dyn_cast<NameLoc>(in->getLoc()))
        name = own;
      auto loop = dyn_cast<optic::LoopOp>(in);
      in = loop && !loop.getBody().front().empty() ? &loop.getBody().front().front() : nullptr;
    }
    if (!name)
      return;
    uint32_t entry = debugEntry(name.getName().str());
    if (marked != entry)
      program.main.push_back({0, 0, focs::Mark{entry}});
    marked = entry;
  }

  template <typename Op, typename Body>
  LogicalResult add(Op inner, Body body) {
    auto mask = [](std::optional<uint32_t> bits) { return bits.value_or(0); };
    program.main.push_back({mask(inner.getWait()), mask(inner.getSignal()), body});
    return success();
  }

  /// The slot of a tile: of the op that made it.
  focs::Slot slotOf(Value tile) {
    Operation *maker = tile.getDefiningOp();
    while (true) {
      if (auto slot = maker->getAttrOfType<optic::SlotAttr>("slot"))
        return {static_cast<uint16_t>(slot.getFirst()), static_cast<uint16_t>(slot.getRotate())};
      Value before = optic::tileInPlace(maker);
      if (!before)
        return {}; // filters without a slot: the first
      maker = before.getDefiningOp();
    }
  }

  focs::Plane planeOf(Value memory, AffineMap offset) {
    focs::Plane plane{0, linear(offset)};
    if (auto argument = dyn_cast<BlockArgument>(memory)) {
      plane.region = focs::firstBinding + argument.getArgNumber();
      return plane;
    }
    auto scratch = memory.getDefiningOp<optic::ScratchOp>();
    plane.region = focs::scratchRegion;
    plane.offset.base += scratch.getAt() / focs::byteSize(elementType(scratch.getMemory().getType().getElementType()));
    return plane;
  }

  template <typename Op>
  focs::Access accessOf(Op inner) {
    focs::Access access;
    Value any = inner.getRe() ? inner.getRe() : inner.getIm();
    access.type = elementType(cast<optic::MemoryType>(any.getType()).getElementType());
    access.row = axisAccess(inner.getRow());
    access.col = axisAccess(inner.getCol());
    access.joined = inner.getJoined();
    if (inner.getRe())
      access.re = planeOf(inner.getRe(), inner.getOffset());
    if (inner.getIm())
      access.im = planeOf(inner.getIm(), inner.getImOffset().value_or(inner.getOffset()));
    return access;
  }

  static std::optional<focs::Factors> factors(Value table, std::optional<optic::FactorsAttr> attr) {
    if (!table)
      return std::nullopt;
    focs::Factors factors{linear(attr->getStart()), attr->getStep(), false};
    factors.offset.base += table.getDefiningOp<optic::TableOp>().getAt();
    return factors;
  }

  optic::ProgramOp op;
  Constants &constants;
  const device::Profile &profile;
  focs::Program program;
  std::optional<uint32_t> marked;
};

} // namespace

FailureOr<focs::CommandStream> fourmix::buildCommandStream(ModuleOp module, const device::Profile &profile) {
  focs::CommandStream stream;
  stream.profile = profile.text;
  Constants constants(stream.constants);
  for (auto op : module.getOps<optic::ProgramOp>()) {
    FailureOr<focs::Program> program = ProgramEmitter(op, constants, profile).emit();
    if (failed(program))
      return failure();
    stream.programs.push_back(std::move(*program));
  }
  return stream;
}
