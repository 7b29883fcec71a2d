// ConvertSpectralToVector: Fourier transforms as loops over vectors.
//
// One transform becomes one parallel loop over tasks, each a loop over blocks of lines (Lines.h). A block is: rows in
// (in place where lines are adjacent in memory, else gathered into scratch), the stages of the plan (lib/Kernels/Dft.h,
// emitted by VectorEmitter) through scratch, rows out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/SpectralToVector/Lines.h"
#include "lib/Kernels/Cost.h"
#include "lib/Kernels/Dft.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTSPECTRALTOVECTOR
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;
using kernels::ComplexPlane;
using Planes = ComplexPlane<VectorEmitter>;
using Work = kernels::Work<VectorEmitter>;

namespace {

/// A plan and the memref with its numbers, shared by all transforms of a function that use it.
struct PlanWithTable {
  kernels::RdftPlan plan;
  Value numbers;
};

/// Makes each plan of a function once, with its table at the function's start.
class PlanCache {
public:
  PlanCache(func::FuncOp function, int64_t vectorBytes) : function(function), options{vectorBytes >= 64 ? 8 : 4} {}

  /// The plan of a complex transform in `.complex`, or, with `real`, that of a real one.
  const PlanWithTable &get(int64_t length, bool real, FloatType element) {
    std::unique_ptr<PlanWithTable> &entry = entries[{length, real, element.getWidth()}];
    if (entry)
      return *entry;
    entry = std::make_unique<PlanWithTable>();
    if (real)
      entry->plan = kernels::planRdft(length, options);
    else
      entry->plan = {length, kernels::planDft(length, options)};
    std::vector<double> numbers = entry->plan.complex.table;
    if (numbers.empty())
      numbers.push_back(0);
    OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
    auto type = RankedTensorType::get({static_cast<int64_t>(numbers.size())}, element);
    std::string name = (real ? "rdft" : "dft") + std::to_string(length) + "_table";
    Value tensor =
        arith::ConstantOp::create(builder, function.getLoc(), makeConstant(type, ArrayRef<double>(numbers), name));
    auto memref = MemRefType::get(type.getShape(), element);
    entry->numbers = bufferization::ToBufferOp::create(builder, function.getLoc(), memref, tensor, /*read_only=*/true);
    return *entry;
  }

private:
  func::FuncOp function;
  kernels::PlanOptions options;
  std::map<std::tuple<int64_t, bool, unsigned>, std::unique_ptr<PlanWithTable>> entries;
};

/// Rows of scratch of one task, handed out one region after the other.
class Scratch {
public:
  explicit Scratch(int64_t lanes) : lanes(lanes) {}

  /// The offset, in elements, of `rows` rows.
  int64_t take(int64_t rows) {
    int64_t offset = size;
    size += rows * lanes;
    return offset;
  }
  int64_t size = 0;

private:
  int64_t lanes;
};

/// One transform on its way to loops.
class TransformLowering {
public:
  TransformLowering(FourierOpInterface op, PlanCache &plans, int64_t lanes, int64_t maxTasks)
      : op(op), input(op.getInputType()), output(op.getOutputType()), element(cast<FloatType>(input.getElementType())),
        lines(input.getShape(), op.getAxis(), lanes), scratch(lines.lanes), builder(op), loc(op.getLoc()),
        maxTasks(maxTasks) {
    half = isa<RdftOp>(op);
    inverseHalf = isa<IrdftOp>(op);
    bool inverse = op.getDirection() == Direction::Inverse;
    // A real signal of even length needs half the work, also where all coefficients are wanted.
    mirrored = isa<DftOp>(op) && !op.getIm() && !inverse && op.getLength() % 2 == 0;
    real = half || inverseHalf || mirrored;
    table = &plans.get(op.getLength(), real, element);
  }

  void run();

private:
  void planScratch();
  int64_t countTasks();
  void emitBlock(VectorEmitter &e, const LineBlock &block, const AffineIndex &task);
  void emitTransform(VectorEmitter &e, const Planes &in, const Planes &out, const Work &work);
  /// `rows` rows at `offset` of the task's scratch: complex ones keep re and im side by side.
  VectorEmitter::Plane realRows(const AffineIndex &task, int64_t offset) const;
  Planes complexRows(const AffineIndex &task, int64_t offset) const;
  Value flatten(Value memref);
  void emitTask(Value task, int64_t tasks);

  FourierOpInterface op;
  RankedTensorType input, output;
  FloatType element;
  Lines lines;
  Scratch scratch;
  OpBuilder builder;
  Location loc;
  int64_t maxTasks;
  const PlanWithTable *table = nullptr;
  bool real, half, inverseHalf, mirrored;

  // Offsets in the scratch of a task; -1: not needed.
  int64_t workA = 0, workB = 0, fold = 0, rowsIn = -1, rowsOut = -1;
  Value re, im, outRe, outIm, scratchMemref;
};

void TransformLowering::planScratch() {
  const kernels::DftPlan &plan = table->plan.complex;
  workA = scratch.take(2 * plan.workRows());
  workB = scratch.take(2 * plan.workRows());
  fold = scratch.take(2 * plan.foldRows());
  bool pads = !inverseHalf && op.getInputExtent() < op.getLength();
  if (!lines.adjacent || pads)
    rowsIn = scratch.take((op.getIm() ? 2 : 1) * (inverseHalf ? op.getInputExtent() : op.getLength()));
  if (!lines.adjacent)
    rowsOut = scratch.take((outRe && outIm ? 2 : 1) * op.getOutputExtent());
}

/// Tasks of at least about 20 microseconds.
int64_t TransformLowering::countTasks() {
  if (!isa<FunctionOpInterface>(op->getParentOp()))
    return 1;
  kernels::Cost cost = inverseHalf ? kernels::countIrdft(table->plan)
                       : real      ? kernels::countRdft(table->plan, mirrored)
                                   : kernels::countDft(table->plan.complex, !op.getIm(), !outIm);
  constexpr double nanosecondsPerVector = 0.2;
  double work = static_cast<double>(cost.flops() + cost.loads + cost.stores) * lines.blocks * nanosecondsPerVector;
  int64_t tasks = std::clamp<int64_t>(static_cast<int64_t>(work / 20e3), 1, std::min(maxTasks, lines.blocks));
  return llvm::divideCeil(lines.blocks, llvm::divideCeil(lines.blocks, tasks)); // no task without a block
}

VectorEmitter::Plane TransformLowering::realRows(const AffineIndex &task, int64_t offset) const {
  return {scratchMemref, task * AffineIndex(scratch.size) + AffineIndex(offset), lines.lanes};
}

Planes TransformLowering::complexRows(const AffineIndex &task, int64_t offset) const {
  VectorEmitter::Plane rows = realRows(task, offset), next = realRows(task, offset + lines.lanes);
  rows.step = next.step = 2 * lines.lanes;
  return {rows, next};
}

void TransformLowering::emitTransform(VectorEmitter &e, const Planes &in, const Planes &out, const Work &work) {
  const kernels::RdftPlan &plan = table->plan;
  if (inverseHalf)
    kernels::emitIrdft(e, plan, in, out.re, work, 1.0 / static_cast<double>(plan.length));
  else if (real)
    kernels::emitRdft(e, plan, in.re, out, work, mirrored);
  else if (op.getDirection() == Direction::Inverse)
    kernels::emitDft(e, plan.complex, kernels::exchange(in), kernels::exchange(out), work,
                     1.0 / static_cast<double>(plan.length));
  else
    kernels::emitDft(e, plan.complex, in, out, work);
}

void TransformLowering::emitBlock(VectorEmitter &e, const LineBlock &block, const AffineIndex &task) {
  Work work{complexRows(task, workA), complexRows(task, workB), complexRows(task, fold)};
  int64_t extent = op.getInputExtent();
  int64_t wanted = inverseHalf ? extent : op.getLength(), present = std::min<int64_t>(extent, wanted);
  Planes in{rowsOf(lines, block, re, extent), rowsOf(lines, block, im, extent)};
  if (rowsIn >= 0) {
    Planes rows = im ? complexRows(task, rowsIn) : Planes{realRows(task, rowsIn), {}};
    if (lines.adjacent)
      e.loop(present, [&](AffineIndex n) { kernels::store(e, rows, n, kernels::load(e, in, n)); });
    else
      gather(e, lines, block, re, extent, present, rows.re), gather(e, lines, block, im, extent, present, rows.im);
    e.loop(wanted - present, [&](AffineIndex n) {
      kernels::store(e, rows, n + AffineIndex(present), kernels::Complex<VectorEmitter::Value>());
    });
    in = rows;
  }
  int64_t extentOut = op.getOutputExtent();
  Planes out{rowsOf(lines, block, outRe, extentOut), rowsOf(lines, block, outIm, extentOut)};
  if (rowsOut >= 0) {
    out = outRe && outIm ? complexRows(task, rowsOut) : Planes{realRows(task, rowsOut), realRows(task, rowsOut)};
    if (!outRe)
      out.re = {};
    if (!outIm)
      out.im = {};
  }
  emitTransform(e, in, out, work);
  if (rowsOut >= 0) {
    scatter(e, lines, block, outRe, extentOut, out.re);
    scatter(e, lines, block, outIm, extentOut, out.im);
  }
}

void TransformLowering::emitTask(Value task, int64_t tasks) {
  VectorEmitter e(builder, loc, element, lines.lanes, table->numbers);
  AffineIndex taskIndex = task ? e.variable(task) : AffineIndex(0);
  int64_t chunk = llvm::divideCeil(lines.blocks, tasks);
  Value begin = e.materialize(taskIndex * AffineIndex(chunk));
  Value end = e.materialize(taskIndex * AffineIndex(chunk) + AffineIndex(chunk));
  if (lines.blocks % chunk)
    end = arith::MinUIOp::create(builder, loc, end, e.materialize(lines.blocks));
  e.loop(begin, end, [&](AffineIndex block) { emitBlock(e, locate(e, lines, e.materialize(block)), taskIndex); });
}

Value TransformLowering::flatten(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  if (type.getRank() == 1)
    return memref;
  ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return memref::CollapseShapeOp::create(builder, loc, memref, ArrayRef<ReassociationIndices>{all});
}

void TransformLowering::run() {
  auto read = [&](Value tensor) -> Value {
    if (!tensor)
      return {};
    auto type = MemRefType::get(input.getShape(), element);
    return flatten(bufferization::ToBufferOp::create(builder, loc, type, tensor, /*read_only=*/true));
  };
  re = read(op.getRe());
  im = read(op.getIm());
  SmallVector<std::pair<Value, Value>> results; // tensor, its buffer
  auto write = [&](Value tensor) -> Value {
    if (!tensor || tensor.use_empty())
      return {};
    auto type = MemRefType::get(output.getShape(), element);
    Value buffer = memref::AllocOp::create(builder, loc, type, builder.getI64IntegerAttr(64));
    results.emplace_back(tensor, buffer);
    return flatten(buffer);
  };
  outRe = write(op.getOutRe());
  outIm = write(op.getOutIm());
  if (!results.empty() && input.getNumElements() != 0) {
    planScratch();
    int64_t tasks = countTasks();
    auto type = MemRefType::get({tasks, scratch.size}, element);
    scratchMemref = flatten(memref::AllocOp::create(builder, loc, type, builder.getI64IntegerAttr(64)));
    if (tasks == 1) {
      emitTask({}, 1);
    } else {
      Value zero = arith::ConstantIndexOp::create(builder, loc, 0),
            one = arith::ConstantIndexOp::create(builder, loc, 1);
      Value count = arith::ConstantIndexOp::create(builder, loc, tasks);
      auto parallel = scf::ParallelOp::create(builder, loc, zero, count, one);
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(parallel.getBody()->getTerminator());
      emitTask(parallel.getInductionVars()[0], tasks);
    }
  }
  for (auto [tensor, buffer] : results)
    tensor.replaceAllUsesWith(bufferization::ToTensorOp::create(builder, loc, output, buffer, /*restrict=*/true,
                                                                /*writable=*/true));
  op->erase();
}

struct ConvertSpectralToVector : fourmix::impl::ConvertSpectralToVectorBase<ConvertSpectralToVector> {
  using ConvertSpectralToVectorBase::ConvertSpectralToVectorBase;

  void runOnOperation() override {
    if (vectorWidth < 1 || !llvm::isPowerOf2_64(vectorWidth) || maxTasks < 1) {
      emitError(getOperation().getLoc()) << "vector-width must be a power of two and max-tasks positive, but they are "
                                         << vectorWidth << " and " << maxTasks;
      return signalPassFailure();
    }
    SmallVector<FourierOpInterface> ops;
    bool failed = false;
    getOperation().walk([&](FourierOpInterface op) {
      if (op.getPlan().value_or(spectral::Lowering::Fft) != spectral::Lowering::Fft)
        return;
      Type element = op.getInputType().getElementType();
      if (!op.getInputType().hasStaticShape() || !(element.isF32() || element.isF64())) {
        op.emitOpError("can be lowered to vectors for static shapes of f32 or f64 only, but has ") << op.getInputType();
        failed = true;
      }
      ops.push_back(op);
    });
    if (failed)
      return signalPassFailure();
    PlanCache plans(getOperation(), vectorWidth * 4);
    for (FourierOpInterface op : ops) {
      unsigned bits = op.getInputType().getElementTypeBitWidth();
      TransformLowering(op, plans, std::max<int64_t>(vectorWidth * 32 / bits, 1), maxTasks).run();
    }
  }
};

} // namespace
