// Transforms and filters whose plan is `optic` become launches of device programs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceFilter.h"
#include "HostCode.h"
#include "HostSpectra.h"
#include "Offload.h"
#include "ProgramBuilder.h"
#include "SequenceMean.h"
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Units.h"
#include "lib/Emit/Spectra.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTSPECTRALTOOPTIC
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using spectral::FourierOpInterface;
using spectral::opticLowering;

namespace {

struct SpectralToOptic : fourmix::impl::ConvertSpectralToOpticBase<SpectralToOptic> {
  using ConvertSpectralToOpticBase::ConvertSpectralToOpticBase;

  /// Equal transforms are planned once and share a program.
  struct Known {
    Placement placement;
    optic::ProgramOp program;
    std::string figures; // of device and host, where they were compared
    Expense expense;     // of whichever computes it
  };

  void runOnOperation() override {
    SmallVector<spectral::PlannableOpInterface> planned = plannedOps<spectral::PlannableOpInterface>();
    if (planned.empty())
      return;
    llvm::Expected<device::Profile> loaded = device::loadProfile(device);
    if (!loaded) {
      getOperation().emitError(llvm::toString(loaded.takeError()));
      return signalPassFailure();
    }
    profile = std::move(*loaded);
    llvm::Expected<Offload> asked = Offload::create(offload, hostTimes, profile);
    if (!asked) {
      getOperation().emitError(llvm::toString(asked.takeError()));
      return signalPassFailure();
    }
    choice.emplace(std::move(*asked));
    // What is refused of filters is transforms.
    for (auto op : plannedOps<spectral::FilterOp>())
      if (failed(convertFilter(op)))
        return signalPassFailure();
    DenseSet<Operation *> done;
    for (FourierOpInterface op : plannedOps<FourierOpInterface>())
      if (!done.contains(op) && failed(convert(op, done)))
        return signalPassFailure();
    noteExpense();
  }

  /// Tells who asks for it what all of this takes, and why the device takes no more of it (fourmix.note_expense).
  void noteExpense() {
    if (!getOperation()->hasAttr("fourmix.note_expense"))
      return;
    Builder b(&getContext());
    NamedAttribute facts[] = {b.getNamedAttr("joules", b.getF64FloatAttr(expense.joules)),
                              b.getNamedAttr("refused", b.getStringAttr(refused)),
                              b.getNamedAttr("seconds", b.getF64FloatAttr(expense.seconds))};
    getOperation()->setAttr("fourmix.expense", b.getDictionaryAttr(facts));
  }

  void noteRefusal(const std::string &reason) {
    if (refused.empty())
      refused = reason;
  }

  template <typename Op>
  SmallVector<Op> plannedOps() {
    SmallVector<Op> planned;
    getOperation().walk([&](Op op) {
      if (op.getPlan() == opticLowering)
        planned.push_back(op);
    });
    return planned;
  }

  LogicalResult convertFilter(spectral::FilterOp op) {
    Location loc = op.getLoc();
    if (op.getOutput().use_empty()) {
      op.erase();
      return success();
    }
    FilterPlacement placement = placeFilter(op, profile, bits);
    optic::ProgramOp program;
    std::string figures;
    int64_t filterBefore = filterEnd;
    if (placement.filter) {
      program = programOf(op, *placement.filter);
      FailureOr<Expense> onDevice = deviceExpense(program, profile);
      FailureOr<OtherWays> others = otherWays(op);
      if (failed(onDevice) || failed(others))
        return failure();
      if (others->device && choice->isLess(*others->device, *onDevice))
        placement.reason =
            "transforms take less, " + Offload::text(*others->device) + " to " + Offload::text(*onDevice);
      else if (!choice->takesAll()) {
        keepHostCode(getOperation(), op.getOperation(), describeWork(op));
        figures = compare(*onDevice, others->host, placement.reason);
        if (placement.reason.empty())
          expense += *onDevice;
      }
    }
    if (!placement.reason.empty()) {
      noteRefusal(placement.reason);
      if (program)
        program.erase();
      filterEnd = filterBefore;
      remark::missed(loc, remark::RemarkOpts::name("placement").category("spectral-to-optic"))
          << llvm::formatv("{0} of {1} points is not placed on {2} as it is: {3}", op->getName(),
                           shapeText(op.getLengths()), profile.name, placement.reason)
                 .str();
      IRRewriter b(op);
      lowering::expandFilter(b, op, opticLowering);
      return success();
    }
    const PlacedFilter &placed = *placement.filter;
    keepHostCode(getOperation(), op.getOperation(), describeWork(op), program);
    IRRewriter b(op);
    Value x = padInput(b, op, placed);
    RankedTensorType type = op.getOutputType();
    Value y = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    b.replaceOpWithNewOp<optic::LaunchOp>(op, type, program.getSymName(), x, y);
    remark::passed(loc, remark::RemarkOpts::name("placement").category("spectral-to-optic"))
        << llvm::formatv("placed on {0}: {1} frames; {2} of {3}{4}{5}", profile.name, placed.frames(),
                         placed.kernels == 1 ? "a filter" : llvm::formatv("{0} filters", placed.kernels).str(),
                         placed.plan.recipe, figures.empty() ? "" : "; ", figures)
               .str();
    sayPrecision(loc, placed.note());
    return success();
  }

  optic::ProgramOp programOf(spectral::FilterOp op, const PlacedFilter &placed) {
    // As long as there is room, programs have filters of their own, which are loaded once.
    int64_t slotAt = -1;
    if (placed.isPreloaded) {
      int64_t slots = placed.kernels * placed.plan.blocks() * static_cast<int64_t>(placed.parts.size());
      slotAt = filterEnd + slots <= profile.filterSlots ? filterEnd : 0;
      filterEnd = slotAt + slots;
    }
    OpBuilder end = OpBuilder::atBlockEnd(getOperation().getBody());
    auto input = RankedTensorType::get(placed.input, op.getInputType().getElementType());
    return buildFilterProgram(end, op.getLoc(), unusedName("filter_" + shapeText(op.getLengths())), input,
                              op.getOutputType(), placed, profile, slotAt);
  }

  /// What a filter's transforms take: on the device, where it takes all of them, and on the host.
  struct OtherWays {
    std::optional<Expense> device;
    Offload::HostExpense host;
  };
  FailureOr<OtherWays> otherWays(spectral::FilterOp op) {
    IRRewriter b(op);
    auto copy = cast<spectral::FilterOp>(b.clone(*op));
    Operation *before = copy->getPrevNode();
    op.getOutput().replaceAllUsesWith(copy.getOutput()); // transforms ask what of them is read
    Value result = lowering::expandFilter(b, copy, opticLowering);
    SmallVector<Operation *> made;
    for (Operation *next = op->getPrevNode(); next != before; next = next->getPrevNode())
      made.push_back(next); // the last first
    OtherWays ways{Expense(), choice->hostExpense(op)};
    bool isMeasured = ways.host.origin == Offload::HostExpense::Measured;
    DenseSet<Operation *> seen;
    bool hasFailed = false;
    for (Operation *next : llvm::reverse(made)) {
      auto part = dyn_cast<FourierOpInterface>(next);
      if (!part || seen.contains(part))
        continue;
      std::optional<DeviceTransform> pair = pairOf(part, opticLowering);
      DeviceTransform transform = pair ? std::move(*pair) : transformOf(part);
      for (FourierOpInterface each : transform.ops)
        seen.insert(each);
      if (!isMeasured)
        Offload::add(ways.host, choice->hostExpense(transform));
      Placement placement = ways.device ? placeOrSay(transform) : Placement();
      if (!placement.transform) {
        ways.device.reset();
        continue;
      }
      OpBuilder end = OpBuilder::atBlockEnd(getOperation().getBody());
      optic::ProgramOp program = buildProgram(end, op.getLoc(), unusedName("transform"), transform,
                                              *placement.transform, profile, /*tableAt=*/0);
      FailureOr<Expense> expense = deviceExpense(program, profile);
      program.erase();
      if (succeeded(expense))
        *ways.device += *expense;
      hasFailed |= failed(expense);
    }
    result.replaceAllUsesWith(op.getOutput());
    for (Operation *next : made)
      b.eraseOp(next);
    if (hasFailed)
      return failure();
    return ways;
  }

  /// The figures of device and host, and a reason against the device where its are not less.
  std::string compare(const Expense &onDevice, const Offload::HostExpense &onHost, std::string &reason) {
    Offload::Comparison comparison = choice->compare(onDevice, onHost);
    if (!comparison.reason.empty())
      reason = comparison.reason + comparison.figures;
    return comparison.figures;
  }

  static void sayPrecision(Location loc, const std::string &note) {
    if (!note.empty())
      remark::analysis(loc, remark::RemarkOpts::name("precision").category("spectral-to-optic")) << note;
  }

  static std::string shapeText(ArrayRef<int64_t> lengths) {
    return llvm::join(llvm::map_range(lengths, [](int64_t length) { return std::to_string(length); }), "x");
  }

  std::string unusedName(const std::string &stem) {
    std::string name = stem;
    for (int64_t number = 1; getOperation().lookupSymbol(name); ++number)
      name = stem + "_" + std::to_string(number);
    return name;
  }

  LogicalResult convert(FourierOpInterface op, DenseSet<Operation *> &done) {
    std::optional<DeviceTransform> pair = pairOf(op, opticLowering);
    DeviceTransform transform = pair ? std::move(*pair) : transformOf(op);
    FailureOr<Known *> known = knownOf(transform);
    if (succeeded(known) && !(*known)->placement.transform && pair) { // one after the other
      if (!(*known)->figures.empty())
        sayMissed(transform, **known);
      transform = transformOf(op);
      known = knownOf(transform);
    }
    if (failed(known))
      return failure();
    expense += (*known)->expense;
    if (!(*known)->placement.transform) {
      op.setPlan(spectral::fftLowering);
      sayMissed(transform, **known);
      return success();
    }
    for (FourierOpInterface part : transform.ops)
      done.insert(part);
    replace(transform, **known);
    return success();
  }

  void sayMissed(DeviceTransform &transform, const Known &known) {
    noteRefusal(known.placement.reason);
    FourierOpInterface op = transform.ops.front();
    std::string lengths = std::to_string(op.getLength());
    if (transform.ops.size() == 2)
      lengths += " and then " + std::to_string(transform.ops.back().getLength());
    remark::missed(op->getLoc(), remark::RemarkOpts::name("placement").category("spectral-to-optic"))
        << llvm::formatv("{0} of {1} points is not placed on {2}: {3}", op->getName(), lengths, profile.name,
                         known.placement.reason)
               .str();
  }

  /// Where time or energy decides, a transform that costs less on the host is not placed.
  LogicalResult compare(DeviceTransform &transform, Known &known) {
    int64_t tableBefore = tableEnd;
    programOf(transform, known);
    FailureOr<Expense> onDevice = deviceExpense(known.program, profile);
    if (failed(onDevice))
      return failure();
    keepHostCode(getOperation(), llvm::to_vector_of<Operation *>(transform.ops), describeWork(transform));
    std::string reason;
    known.figures = compare(*onDevice, choice->hostExpense(transform), reason);
    if (reason.empty()) {
      known.expense = *onDevice;
      return success();
    }
    known.program.erase();
    known.program = nullptr;
    tableEnd = tableBefore;
    known.placement = {std::nullopt, llvm::formatv("the host needs less {0}: {1} frames of {2} take {3}", offload,
                                                   known.placement.transform->frames(static_cast<bool>(transform.im())),
                                                   known.placement.transform->plan.recipe, known.figures)
                                         .str()};
    return success();
  }

  Placement placeOrSay(DeviceTransform &transform) {
    Type element = transform.inputType().getElementType();
    if (!element.isF32() && !element.isF64())
      return {std::nullopt, "its elements are neither f32 nor f64"};
    return place(transform, profile, bits);
  }

  void replace(DeviceTransform &transform, Known &known) {
    const PlacedTransform &placed = *known.placement.transform;
    FourierOpInterface last = transform.ops.back();
    Location loc = last->getLoc();
    OpBuilder b(last);
    lowering::Emit e(b, loc);
    Value re = transform.re(), im = transform.im();
    std::optional<SequenceMean> mean;
    if (placed.recombination.removesMean)
      mean.emplace(e, transform, re, im);
    SmallVector<Value> ins = launchInputs(e, transform, placed, re, im);
    RankedTensorType type = transform.outputType();
    SmallVector<Value> outs;
    for (bool isRead : {transform.givesRe(), transform.givesIm()})
      if (isRead)
        outs.push_back(tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType()));
    if (!outs.empty()) {
      StringRef program = programOf(transform, known);
      keepHostCode(getOperation(), llvm::to_vector_of<Operation *>(transform.ops), describeWork(transform),
                   known.program);
      auto launch = optic::LaunchOp::create(b, loc, SmallVector<Type>(outs.size(), type), program, ins, outs);
      Value outRe = transform.givesRe() ? launch.getResult(0) : Value();
      Value outIm = transform.givesIm() ? launch.getResults().back() : Value();
      if (mean)
        mean->addBack(outRe, outIm);
      if (outRe)
        last.getOutRe().replaceAllUsesWith(outRe);
      if (outIm)
        last.getOutIm().replaceAllUsesWith(outIm);
      remark::passed(loc, remark::RemarkOpts::name("placement").category("spectral-to-optic"))
          << llvm::formatv("placed on {0}: {1} frames; {2}{3}{4}", profile.name,
                           placed.frames(static_cast<bool>(transform.im())), placed.plan.recipe,
                           known.figures.empty() ? "" : "; ", known.figures)
                 .str();
      sayPrecision(loc, placed.recombination.note);
    }
    for (FourierOpInterface op : llvm::reverse(transform.ops))
      op->erase();
  }

  FailureOr<Known *> knownOf(DeviceTransform &transform) {
    auto [entry, isNew] = transforms.try_emplace(describeWork(transform));
    Known &known = entry->second;
    if (isNew) {
      known.placement = placeOrSay(transform);
      if (!choice->takesAll())
        known.expense = choice->hostExpense(transform);
      if (known.placement.transform && !choice->takesAll() && failed(compare(transform, known)))
        return failure();
    }
    return &known;
  }

  StringRef programOf(DeviceTransform &transform, Known &known) {
    if (known.program)
      return known.program.getSymName();
    const PlacedTransform &placed = *known.placement.transform;
    OpBuilder b = OpBuilder::atBlockEnd(getOperation().getBody());
    std::string name;
    for (const TransformedAxis &axis : transform.axes)
      name += (name.empty() ? "dft_" : "x") + std::to_string(axis.transform.length);
    name = unusedName(name);
    // As long as there is room, programs have factors of their own, which are loaded once.
    auto entries = static_cast<int64_t>(placed.plan.table.size());
    int64_t tableAt = tableEnd + entries <= profile.tableEntries ? tableEnd : 0;
    tableEnd = tableAt + entries;
    known.program = buildProgram(b, transform.ops.back()->getLoc(), name, transform, placed, profile, tableAt);
    return known.program.getSymName();
  }

  device::Profile profile;
  std::optional<Offload> choice;
  llvm::StringMap<Known> transforms; // by what they compute
  Expense expense;                   // of device and host together
  std::string refused;               // why, of what was refused first
  int64_t tableEnd = 0, filterEnd = 0;
};

} // namespace
