// One transform: rows in (in place where lines are adjacent in memory, else gathered into scratch), the stages of the
// plan through scratch, rows out; block after block.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/SpectralToVector/Lines.h"
#include "lib/Conversion/SpectralToVector/Schedule.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;

namespace {

class TransformLowering {
public:
  TransformLowering(FourierOpInterface op, PlanCache &plans, int64_t lanes, int64_t maxTasks)
      : op(op), input(op.getInputType()), element(cast<FloatType>(input.getElementType())),
        lines(input.getShape(), op.getAxis(), lanes), scratch(element, lines.lanes), maxTasks(maxTasks) {
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
  kernels::Cost cost();
  void emitBlock(VectorEmitter &e, const LineBlock &block, const AffineIndex &task, const WorkOffsets &work);
  void emitTransform(VectorEmitter &e, const Planes &in, const Planes &out, const Work &work);

  FourierOpInterface op;
  RankedTensorType input;
  FloatType element;
  Lines lines;
  Scratch scratch;
  int64_t maxTasks;
  const PlanWithTable *table = nullptr;
  bool real, half, inverseHalf, mirrored;
  int64_t rowsIn = -1, rowsOut = -1; // offsets in scratch; -1: rows are read and written in place
  Value re, im, outRe, outIm;
};

kernels::Cost TransformLowering::cost() {
  if (inverseHalf)
    return kernels::countIrdft(table->plan);
  return real ? kernels::countRdft(table->plan, mirrored) : kernels::countDft(table->plan.complex, !im, !outIm);
}

void TransformLowering::emitTransform(VectorEmitter &e, const Planes &in, const Planes &out, const Work &work) {
  const kernels::RdftPlan &plan = table->plan;
  double scale = 1.0 / static_cast<double>(plan.length);
  if (inverseHalf)
    kernels::emitIrdft(e, plan, in, out.re, work, scale);
  else if (real)
    kernels::emitRdft(e, plan, in.re, out, work, mirrored);
  else if (op.getDirection() == Direction::Inverse)
    kernels::emitDft(e, plan.complex, kernels::exchange(in), kernels::exchange(out), work, scale);
  else
    kernels::emitDft(e, plan.complex, in, out, work);
}

void TransformLowering::emitBlock(VectorEmitter &e, const LineBlock &block, const AffineIndex &task,
                                  const WorkOffsets &work) {
  int64_t extent = op.getInputExtent();
  int64_t wanted = inverseHalf ? extent : op.getLength(), present = std::min<int64_t>(extent, wanted);
  Planes in{rowsOf(lines, block, re, extent), rowsOf(lines, block, im, extent)};
  if (rowsIn >= 0) {
    Planes rows = im ? scratch.complex(task, rowsIn) : Planes{scratch.real(task, rowsIn), {}};
    if (lines.adjacent) {
      e.loop(present, [&](AffineIndex n) { kernels::store(e, rows, n, kernels::load(e, in, n)); });
    } else {
      gather(e, lines, block, re, extent, present, rows.re);
      gather(e, lines, block, im, extent, present, rows.im);
    }
    e.loop(wanted - present, [&](AffineIndex n) {
      kernels::store(e, rows, n + AffineIndex(present), kernels::Complex<VectorEmitter::Value>());
    });
    in = rows;
  }
  int64_t extentOut = op.getOutputExtent();
  Planes out{rowsOf(lines, block, outRe, extentOut), rowsOf(lines, block, outIm, extentOut)};
  if (rowsOut >= 0) {
    Planes rows = outRe && outIm ? scratch.complex(task, rowsOut)
                                 : Planes{scratch.real(task, rowsOut), scratch.real(task, rowsOut)};
    out = {outRe ? rows.re : VectorEmitter::Plane(), outIm ? rows.im : VectorEmitter::Plane()};
  }
  emitTransform(e, in, out, work.get(scratch, task));
  if (rowsOut >= 0) {
    scatter(e, lines, block, outRe, extentOut, out.re);
    scatter(e, lines, block, outIm, extentOut, out.im);
  }
}

void TransformLowering::run() {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  re = readFlat(builder, loc, op.getRe());
  im = op.getIm() ? readFlat(builder, loc, op.getIm()) : Value();
  SmallVector<std::pair<Value, Value>> results; // tensor, its buffer
  auto write = [&](Value tensor) -> Value {
    if (!tensor || tensor.use_empty())
      return {};
    results.emplace_back(tensor, allocate(builder, loc, op.getOutputType()));
    return flatten(builder, loc, results.back().second);
  };
  outRe = write(op.getOutRe());
  outIm = write(op.getOutIm());
  if (!results.empty() && input.getNumElements() != 0) {
    WorkOffsets work(scratch, table->plan.complex);
    bool pads = !inverseHalf && op.getInputExtent() < op.getLength();
    if (!lines.adjacent || pads)
      rowsIn = scratch.take((im ? 2 : 1) * (inverseHalf ? op.getInputExtent() : op.getLength()));
    if (!lines.adjacent)
      rowsOut = scratch.take((outRe && outIm ? 2 : 1) * op.getOutputExtent());
    int64_t tasks = countTasks(op, cost(), lines.blocks, maxTasks);
    scratch.allocate(builder, loc, tasks);
    forEachBlock(builder, loc, VectorType::get({lines.lanes}, element), table->numbers, lines.blocks, tasks,
                 [&](VectorEmitter &e, AffineIndex task, AffineIndex block) {
                   emitBlock(e, locate(e, lines, e.materialize(block)), task, work);
                 });
  }
  for (auto [tensor, buffer] : results)
    tensor.replaceAllUsesWith(wrap(builder, loc, buffer));
  op->erase();
}

} // namespace

void fourmix::lowerTransform(FourierOpInterface op, PlanCache &plans, int64_t lanes, int64_t maxTasks) {
  TransformLowering(op, plans, lanes, maxTasks).run();
}
