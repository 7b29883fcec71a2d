// Linalg ops on buffers to tasks of loops over vectors.
//
// One dimension of the iteration space becomes the lanes of vectors: a parallel one along which every result is
// contiguous, or else a reduction along which the results do not move, whose partial results are combined after the
// loop. A remainder is one narrower vector, since every extent is static. What the body computes from uniform values
// alone stays scalar. Where no dimension qualifies the loops are scalar.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/CPU/GenericEmitter.h"
#include "lib/CPU/Tasks.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace fourmix::cpu {

namespace {
/// How an operand moves when the lane dimension advances by one.
enum class Lane { Invariant, Contiguous, Strided };
} // namespace

static Lane laneOf(AffineMap map, MemRefType type, unsigned dim) {
  Lane lane = Lane::Invariant;
  MLIRContext *context = map.getContext();
  AffineExpr next = getAffineDimExpr(dim, context) + 1;
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(dim))
      continue;
    AffineExpr step =
        simplifyAffineExpr(expr.replace(getAffineDimExpr(dim, context), next) - expr, map.getNumDims(), 0);
    bool unit = step == getAffineConstantExpr(1, context) && i + 1 == map.getNumResults() && type.isLastDimUnitStride();
    if (!unit || lane != Lane::Invariant)
      return Lane::Strided;
    lane = Lane::Contiguous;
  }
  return lane;
}

static bool isElementwise(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) && op->getNumRegions() == 0;
}

Operation *GenericEmitter::combiner(unsigned i) {
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), i, combiners) || combiners.size() != 1)
    return nullptr;
  return arith::getNeutralElement(combiners[0]) ? combiners[0] : nullptr;
}

/// A higher score is a better lane dimension; negative: none at all.
int64_t GenericEmitter::score(unsigned dim, int64_t width) {
  if (extents[dim] < 2)
    return -1;
  for (auto [i, init] : llvm::enumerate(op.getDpsInitsMutable())) {
    auto type = cast<MemRefType>(init.get().getType());
    Lane lane = laneOf(maps[init.getOperandNumber()], type, dim);
    if (lane != (isParallel(dim) ? Lane::Contiguous : Lane::Invariant))
      return -1;
    if (!isParallel(dim) && !combiner(i))
      return -1;
  }
  int64_t points = std::min(extents[dim], width) * 4;
  for (OpOperand *input : op.getDpsInputOperands())
    if (auto type = dyn_cast<MemRefType>(input->get().getType()))
      if (laneOf(maps[input->getOperandNumber()], type, dim) == Lane::Strided)
        points -= width * 3;
  return std::max<int64_t>(points, 0);
}

void GenericEmitter::chooseLanes(int64_t width) {
  for (Operation &bodyOp : op.getBody()->without_terminator())
    if (!isElementwise(&bodyOp) && !isa<linalg::IndexOp, memref::LoadOp, arith::ConstantOp>(bodyOp))
      return;
  int64_t best = 0;
  for (unsigned dim = 0; dim < extents.size(); ++dim)
    if (int64_t points = score(dim, width); points > best) {
      best = points;
      lanes = dim;
      vectorWidth = width;
    }
}

int64_t GenericEmitter::bodyCost() {
  int64_t cost = 1;
  for (Operation &bodyOp : op.getBody()->without_terminator())
    cost += isa<math::MathDialect>(bodyOp.getDialect()) ? 16 : 1;
  return cost;
}

LogicalResult GenericEmitter::emit(OpBuilder &b) {
  if (llvm::any_of(extents, ShapedType::isDynamic))
    return op.emitOpError("has a dynamic extent, which no earlier phase should have left");
  if (llvm::is_contained(extents, 0))
    return success();
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()))
      return op.emitOpError("is still on tensors");

  // Tasks cover the first parallel dimensions, linearised, until there is enough to share out.
  SmallVector<unsigned> shared, nested;
  int64_t items = 1, inner = bodyCost();
  for (unsigned dim = 0; dim < extents.size(); ++dim) {
    if (lanes != dim && isParallel(dim) && extents[dim] > 1 && items < 64)
      shared.push_back(dim), items *= extents[dim];
    else if (lanes != dim && isParallel(dim))
      nested.push_back(dim), inner *= extents[dim];
    else
      inner *= lanes == dim ? llvm::divideCeil(extents[dim], vectorWidth) : extents[dim];
  }
  bool splitLanes = shared.empty() && lanes && isParallel(*lanes) && !lanesReduce() && extents[*lanes] > vectorWidth;
  if (splitLanes) { // one long row: the tasks share its vectors
    int64_t blocks = extents[*lanes] / vectorWidth, rest = extents[*lanes] % vectorWidth;
    int64_t cost = std::max<int64_t>(inner / blocks, 1);
    emitTasks(b, loc, blocks, cost, [&](OpBuilder &task, Value begin, Value end) {
      emitFor(task, loc, begin, end, 1, [&](OpBuilder &loop, Value block) {
        ivs[*lanes] = arith::MulIOp::create(loop, loc, block, arith::ConstantIndexOp::create(loop, loc, vectorWidth));
        emitBlock(loop, vectorWidth);
      });
      if (rest) { // the last task has it
        Value last = arith::CmpIOp::create(task, loc, arith::CmpIPredicate::eq, end,
                                           arith::ConstantIndexOp::create(task, loc, blocks));
        auto guard = scf::IfOp::create(task, loc, last, /*withElseRegion=*/false);
        OpBuilder then = guard.getThenBodyBuilder();
        ivs[*lanes] = arith::ConstantIndexOp::create(then, loc, blocks * vectorWidth);
        emitBlock(then, rest);
      }
    });
    return success();
  }
  emitTasks(b, loc, items, inner, [&](OpBuilder &task, Value begin, Value end) {
    emitFor(task, loc, begin, end, 1, [&](OpBuilder &loop, Value item) {
      for (auto [i, dim] : llvm::enumerate(llvm::reverse(shared))) {
        if (i + 1 == shared.size()) {
          ivs[dim] = item;
          break;
        }
        Value extent = arith::ConstantIndexOp::create(loop, loc, extents[dim]);
        ivs[dim] = arith::RemUIOp::create(loop, loc, item, extent);
        item = arith::DivUIOp::create(loop, loc, item, extent);
      }
      emitParallelDims(loop, nested);
    });
  });
  return success();
}

void GenericEmitter::emitParallelDims(OpBuilder &b, ArrayRef<unsigned> dims) {
  if (dims.empty())
    return lanesReduce() ? emitLaneReduction(b) : emitLaneBlocks(b);
  emitCarryingFor(b, loc, 0, extents[dims[0]], 1, {}, [&](OpBuilder &loop, Value iv, ValueRange) {
    ivs[dims[0]] = iv;
    emitParallelDims(loop, dims.drop_front());
    return SmallVector<Value>();
  });
}

/// Whole vectors along the lane dimension, then one narrower vector for the remainder.
void GenericEmitter::emitLaneBlocks(OpBuilder &b) {
  if (!lanes)
    return emitBlock(b, 0);
  int64_t extent = extents[*lanes], whole = extent - extent % vectorWidth;
  emitCarryingFor(b, loc, 0, whole, vectorWidth, {}, [&](OpBuilder &loop, Value iv, ValueRange) {
    ivs[*lanes] = iv;
    emitBlock(loop, vectorWidth);
    return SmallVector<Value>();
  });
  if (whole == extent)
    return;
  ivs[*lanes] = arith::ConstantIndexOp::create(b, loc, whole);
  emitBlock(b, extent - whole);
}

/// One vector (width > 0) or scalar (width 0) of results: all reductions inside.
void GenericEmitter::emitBlock(OpBuilder &b, int64_t width) {
  SmallVector<unsigned> reductions;
  for (unsigned dim = 0; dim < extents.size(); ++dim)
    if (!isParallel(dim))
      reductions.push_back(dim);
  SmallVector<Value> values;
  for (OpOperand &init : op.getDpsInitsMutable())
    values.push_back(op.payloadUsesValueFromOperand(&init) ? load(b, init.getOperandNumber(), width) : Value());
  if (reductions.empty()) {
    values = emitBody(b, width, values);
  } else {
    for (auto [i, value] : llvm::enumerate(values))
      if (!value)
        value = load(b, op.getNumDpsInputs() + i, width);
    values = emitReductionDims(b, reductions, width, values);
  }
  for (auto [i, value] : llvm::enumerate(values))
    store(b, op.getNumDpsInputs() + i, value, width);
}

SmallVector<Value> GenericEmitter::emitReductionDims(OpBuilder &b, ArrayRef<unsigned> dims, int64_t width,
                                                     ValueRange accumulators) {
  if (dims.empty())
    return emitBody(b, width, accumulators);
  return emitCarryingFor(b, loc, 0, extents[dims[0]], 1, accumulators,
                         [&](OpBuilder &loop, Value iv, ValueRange carried) {
                           ivs[dims[0]] = iv;
                           return emitReductionDims(loop, dims.drop_front(), width, carried);
                         });
}

/// The lanes themselves are reduced: vectors of partial results, combined at the end with the initial value.
void GenericEmitter::emitLaneReduction(OpBuilder &b) {
  SmallVector<unsigned> outer;
  for (unsigned dim = 0; dim < extents.size(); ++dim)
    if (!isParallel(dim) && dim != *lanes)
      outer.push_back(dim);
  SmallVector<Operation *> combiners;
  for (unsigned i = 0, e = op.getNumDpsInits(); i < e; ++i)
    combiners.push_back(combiner(i));

  auto sweep = [&](int64_t from, int64_t to, int64_t width) {
    SmallVector<Value> partial;
    for (auto [i, init] : llvm::enumerate(op.getDpsInits())) {
      Type element = cast<MemRefType>(init.getType()).getElementType();
      TypedAttr neutral = *arith::getNeutralElement(combiners[i]);
      auto type = VectorType::get({width}, element);
      partial.push_back(arith::ConstantOp::create(b, loc, type, DenseElementsAttr::get(type, Attribute(neutral))));
    }
    std::function<SmallVector<Value>(OpBuilder &, ArrayRef<unsigned>, ValueRange)> nest =
        [&](OpBuilder &inner, ArrayRef<unsigned> dims, ValueRange carried) {
          bool innermost = dims.empty();
          unsigned dim = innermost ? *lanes : dims[0];
          return emitCarryingFor(inner, loc, innermost ? from : 0, innermost ? to : extents[dim], innermost ? width : 1,
                                 carried, [&](OpBuilder &loop, Value iv, ValueRange values) -> SmallVector<Value> {
                                   ivs[dim] = iv;
                                   if (innermost)
                                     return emitBody(loop, width, values);
                                   return nest(loop, dims.drop_front(), values);
                                 });
        };
    return nest(b, outer, partial);
  };
  int64_t extent = extents[*lanes], whole = extent - extent % vectorWidth;
  SmallVector<Value> results;
  for (unsigned i = 0, e = op.getNumDpsInits(); i < e; ++i)
    results.push_back(load(b, op.getNumDpsInputs() + i, 0));
  auto fold = [&](int64_t from, int64_t to, int64_t width) {
    for (auto [i, partial] : llvm::enumerate(sweep(from, to, width))) {
      vector::CombiningKind kind = *linalg::getCombinerOpKind(combiners[i]);
      Value scalar = vector::ReductionOp::create(b, loc, kind, partial, arith::FastMathFlags::reassoc);
      results[i] = combine(b, combiners[i], results[i], scalar);
    }
  };
  if (whole)
    fold(0, whole, vectorWidth);
  if (whole != extent)
    fold(whole, extent, extent - whole);
  for (auto [i, value] : llvm::enumerate(results))
    store(b, op.getNumDpsInputs() + i, value, 0);
}

Value GenericEmitter::combine(OpBuilder &b, Operation *combiner, Value a, Value c) {
  OperationState state(loc, combiner->getName(), {a, c}, {a.getType()}, combiner->getAttrs());
  return b.create(state)->getResult(0);
}

SmallVector<Value> GenericEmitter::indices(OpBuilder &b, AffineMap map, Value laneIndex) {
  SmallVector<Value> dims(ivs);
  for (auto [dim, iv] : llvm::enumerate(dims)) {
    if (lanes == dim && laneIndex)
      iv = laneIndex;
    if (!iv)
      iv = arith::ConstantIndexOp::create(b, loc, 0);
  }
  SmallVector<Value> result;
  for (AffineExpr expr : map.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      result.push_back(dims[dim.getPosition()]);
    else
      result.push_back(affine::AffineApplyOp::create(b, loc, AffineMap::get(map.getNumDims(), 0, expr), dims));
  return result;
}

/// The value of an operand at the current indices: a vector of `width` lanes, or a scalar where it does not move.
Value GenericEmitter::load(OpBuilder &b, unsigned operand, int64_t width) {
  Value source = op->getOperand(operand);
  auto type = dyn_cast<MemRefType>(source.getType());
  if (!type)
    return source;
  AffineMap map = maps[operand];
  Lane lane = width ? laneOf(map, type, *lanes) : Lane::Invariant;
  if (lane == Lane::Contiguous)
    return vector::LoadOp::create(b, loc, VectorType::get({width}, type.getElementType()), source, indices(b, map, {}));
  if (lane == Lane::Invariant)
    return memref::LoadOp::create(b, loc, source, indices(b, map, {}));
  SmallVector<Value> elements;
  for (int64_t i = 0; i < width; ++i) {
    Value index = arith::AddIOp::create(b, loc, ivs[*lanes], arith::ConstantIndexOp::create(b, loc, i));
    elements.push_back(memref::LoadOp::create(b, loc, source, indices(b, map, index)));
  }
  return vector::FromElementsOp::create(b, loc, VectorType::get({width}, type.getElementType()), elements);
}

void GenericEmitter::store(OpBuilder &b, unsigned operand, Value value, int64_t width) {
  Value target = op->getOperand(operand);
  SmallVector<Value> at = indices(b, maps[operand], {});
  if (width)
    vector::StoreOp::create(b, loc, widen(b, value, width), target, at);
  else
    memref::StoreOp::create(b, loc, value, target, at);
}

Value GenericEmitter::widen(OpBuilder &b, Value value, int64_t width) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(b, loc, VectorType::get({width}, value.getType()), value);
}

SmallVector<Value> GenericEmitter::emitBody(OpBuilder &b, int64_t width, ValueRange accumulators) {
  IRMapping mapping;
  for (OpOperand *input : op.getDpsInputOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(input);
    if (!argument.use_empty())
      mapping.map(argument, load(b, input->getOperandNumber(), width));
  }
  for (auto [argument, value] : llvm::zip(op.getRegionOutputArgs(), accumulators))
    if (value)
      mapping.map(argument, value);
  for (Operation &bodyOp : op.getBody()->without_terminator()) {
    if (Value value = emitOp(b, bodyOp, mapping, width))
      mapping.map(bodyOp.getResult(0), value);
    else
      b.clone(bodyOp, mapping); // scalar code only: chooseLanes saw to it
  }
  SmallVector<Value> results;
  for (Value yielded : op.getBody()->getTerminator()->getOperands()) {
    Value value = mapping.lookupOrDefault(yielded);
    // What a loop carries is a vector throughout.
    results.push_back(width && !accumulators.empty() ? widen(b, value, width) : value);
  }
  return results;
}

Value GenericEmitter::emitOp(OpBuilder &b, Operation &bodyOp, IRMapping &mapping, int64_t width) {
  if (auto index = dyn_cast<linalg::IndexOp>(bodyOp)) {
    unsigned dim = index.getDim();
    Value iv = ivs[dim] ? ivs[dim] : Value(arith::ConstantIndexOp::create(b, loc, 0));
    if (!width || lanes != dim)
      return iv;
    auto type = VectorType::get({width}, b.getIndexType());
    return arith::AddIOp::create(b, loc, vector::BroadcastOp::create(b, loc, type, iv),
                                 vector::StepOp::create(b, loc, type));
  }
  if (!width)
    return {};
  if (auto load = dyn_cast<memref::LoadOp>(bodyOp))
    return emitBodyLoad(b, load, mapping, width);
  SmallVector<Value> operands;
  for (Value operand : bodyOp.getOperands())
    operands.push_back(mapping.lookupOrDefault(operand));
  bool uniform = llvm::none_of(operands, [](Value v) { return isa<VectorType>(v.getType()); });
  Type type = bodyOp.getResult(0).getType();
  if (!uniform) {
    for (Value &operand : operands)
      operand = widen(b, operand, width);
    type = VectorType::get({width}, type);
  }
  Operation *clone = bodyOp.cloneWithoutRegions(mapping);
  clone->setOperands(operands);
  clone->getResult(0).setType(type);
  b.insert(clone);
  return clone->getResult(0);
}

/// A load whose address the body computes: contiguous where only its last index is the lane, else lane by lane.
Value GenericEmitter::emitBodyLoad(OpBuilder &b, memref::LoadOp load, IRMapping &mapping, int64_t width) {
  Value source = load.getMemRef();
  SmallVector<Value> at;
  for (Value index : load.getIndices())
    at.push_back(mapping.lookupOrDefault(index));
  auto isVector = [](Value v) { return isa<VectorType>(v.getType()); };
  if (llvm::none_of(at, isVector))
    return memref::LoadOp::create(b, loc, source, at);
  auto type = VectorType::get({width}, load.getMemRefType().getElementType());
  auto lane = load.getIndices().back().getDefiningOp<linalg::IndexOp>();
  if (lane && lane.getDim() == *lanes && load.getMemRefType().isLastDimUnitStride() &&
      llvm::none_of(ArrayRef(at).drop_back(), isVector)) {
    at.back() = ivs[*lanes];
    return vector::LoadOp::create(b, loc, type, source, at);
  }
  SmallVector<Value> elements;
  for (int64_t i = 0; i < width; ++i) {
    SmallVector<Value> scalar;
    for (Value index : at)
      scalar.push_back(isVector(index) ? Value(vector::ExtractOp::create(b, loc, index, i)) : index);
    elements.push_back(memref::LoadOp::create(b, loc, source, scalar));
  }
  return vector::FromElementsOp::create(b, loc, type, elements);
}

} // namespace fourmix::cpu
