// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/SpectralToVector/Schedule.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace fourmix {

const PlanWithTable &PlanCache::get(int64_t length, bool real, FloatType element) {
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
  entry->numbers = readFlat(builder, function.getLoc(), tensor);
  return *entry;
}

void Scratch::allocate(OpBuilder &builder, Location loc, int64_t tasks) {
  memref = flatten(builder, loc, fourmix::allocate(builder, loc, RankedTensorType::get({tasks, size}, element)));
}

VectorEmitter::Plane Scratch::real(const AffineIndex &task, int64_t offset) const {
  return {memref, task * AffineIndex(size) + AffineIndex(offset), lanes};
}

Planes Scratch::complex(const AffineIndex &task, int64_t offset) const {
  VectorEmitter::Plane re = real(task, offset), im = real(task, offset + lanes);
  re.step = im.step = 2 * lanes;
  return {re, im};
}

int64_t countTasks(Operation *op, const kernels::Cost &cost, int64_t blocks, int64_t maxTasks) {
  if (!isa<FunctionOpInterface>(op->getParentOp()))
    return 1;
  constexpr double nanosecondsPerVector = 0.2, nanosecondsPerTask = 20e3;
  double work = static_cast<double>(cost.flops() + cost.loads + cost.stores) * blocks * nanosecondsPerVector;
  int64_t tasks = std::clamp<int64_t>(static_cast<int64_t>(work / nanosecondsPerTask), 1, std::min(maxTasks, blocks));
  return llvm::divideCeil(blocks, llvm::divideCeil(blocks, tasks)); // no task without a block
}

void forEachBlock(OpBuilder &builder, Location loc, VectorType type, Value numbers, int64_t blocks, int64_t tasks,
                  llvm::function_ref<void(VectorEmitter &, AffineIndex, AffineIndex)> body) {
  auto emitTask = [&](Value task) {
    VectorEmitter e(builder, loc, type, numbers);
    AffineIndex index = task ? e.variable(task) : AffineIndex(0);
    int64_t chunk = llvm::divideCeil(blocks, tasks);
    Value begin = e.materialize(index * AffineIndex(chunk));
    Value end = e.materialize(index * AffineIndex(chunk) + AffineIndex(chunk));
    if (blocks % chunk)
      end = arith::MinUIOp::create(builder, loc, end, e.materialize(blocks));
    e.loop(begin, end, [&](AffineIndex block) { body(e, index, block); });
  };
  if (tasks == 1)
    return emitTask({});
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0), one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value count = arith::ConstantIndexOp::create(builder, loc, tasks);
  auto parallel = scf::ParallelOp::create(builder, loc, zero, count, one);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(parallel.getBody()->getTerminator());
  emitTask(parallel.getInductionVars()[0]);
}

Value flatten(OpBuilder &builder, Location loc, Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  if (type.getRank() == 1)
    return memref;
  ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return memref::CollapseShapeOp::create(builder, loc, memref, ArrayRef<ReassociationIndices>{all});
}

Value readFlat(OpBuilder &builder, Location loc, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  auto buffer = MemRefType::get(type.getShape(), type.getElementType());
  return flatten(builder, loc, bufferization::ToBufferOp::create(builder, loc, buffer, tensor, /*read_only=*/true));
}

Value allocate(OpBuilder &builder, Location loc, RankedTensorType type) {
  auto buffer = MemRefType::get(type.getShape(), type.getElementType());
  return memref::AllocOp::create(builder, loc, buffer, builder.getI64IntegerAttr(64));
}

Value wrap(OpBuilder &builder, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  auto tensor = RankedTensorType::get(type.getShape(), type.getElementType());
  return bufferization::ToTensorOp::create(builder, loc, tensor, buffer, /*restrict=*/true, /*writable=*/true);
}

} // namespace fourmix
