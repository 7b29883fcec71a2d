// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/CPU/Tasks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace fourmix::cpu {

static Value indexConstant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

void emitTasks(OpBuilder &builder, Location loc, int64_t items, int64_t operationsPerItem,
               llvm::function_ref<void(OpBuilder &, Value, Value)> body) {
  constexpr int64_t mostTasks = 64, leastOperations = 1 << 15;
  int64_t wanted = llvm::divideCeil(items * std::max<int64_t>(operationsPerItem, 1), leastOperations);
  int64_t tasks = std::clamp<int64_t>(wanted, 1, std::min(mostTasks, items));
  int64_t itemsPerTask = llvm::divideCeil(items, tasks);
  tasks = llvm::divideCeil(items, itemsPerTask);

  Value zero = indexConstant(builder, loc, 0), one = indexConstant(builder, loc, 1);
  Value count = indexConstant(builder, loc, tasks);
  scf::ParallelOp::create(builder, loc, ValueRange{zero}, ValueRange{count}, ValueRange{one},
                          [&](OpBuilder &b, Location, ValueRange ivs) {
                            Value begin = arith::MulIOp::create(b, loc, ivs[0], indexConstant(b, loc, itemsPerTask));
                            Value end = arith::AddIOp::create(b, loc, begin, indexConstant(b, loc, itemsPerTask));
                            if (items % itemsPerTask)
                              end = arith::MinSIOp::create(b, loc, end, indexConstant(b, loc, items));
                            body(b, begin, end);
                          });
}

void emitFor(OpBuilder &builder, Location loc, Value begin, Value end, int64_t step,
             llvm::function_ref<void(OpBuilder &, Value)> body) {
  auto loop = scf::ForOp::create(builder, loc, begin, end, indexConstant(builder, loc, step));
  OpBuilder inner = OpBuilder::atBlockBegin(loop.getBody());
  body(inner, loop.getInductionVar());
}

SmallVector<Value> emitCarryingFor(OpBuilder &builder, Location loc, int64_t begin, int64_t end, int64_t step,
                                   ValueRange values,
                                   llvm::function_ref<SmallVector<Value>(OpBuilder &, Value, ValueRange)> body) {
  if (begin >= end)
    return llvm::to_vector(values);
  Value first = indexConstant(builder, loc, begin);
  if (end - begin <= step)
    return body(builder, first, values);
  auto loop =
      scf::ForOp::create(builder, loc, first, indexConstant(builder, loc, end), indexConstant(builder, loc, step),
                         values, [&](OpBuilder &b, Location, Value iv, ValueRange carried) {
                           scf::YieldOp::create(b, loc, body(b, iv, carried));
                         });
  return SmallVector<Value>(loop.getResults());
}

} // namespace fourmix::cpu
