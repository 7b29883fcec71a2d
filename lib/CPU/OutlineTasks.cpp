// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

namespace fourmix {
#define GEN_PASS_DEF_CPUOUTLINETASKS
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;

namespace {

/// Slots of the frame; inputs and outputs follow.
enum FrameSlot { workspaceSlot, weightsSlot, parallelSlot, contextSlot, driverSlot, statusSlot, firstBufferSlot };

/// Emits what main and the tasks do with pointers.
class PointerBuilder {
public:
  PointerBuilder(MLIRContext *context)
      : pointer(LLVM::LLVMPointerType::get(context)), word(IntegerType::get(context, 64)) {}

  Value loadSlot(OpBuilder &b, Location loc, Value array, int64_t slot, Type type) {
    return LLVM::LoadOp::create(b, loc, type, address(b, loc, array, slot));
  }
  void storeSlot(OpBuilder &b, Location loc, Value array, int64_t slot, Value value) {
    LLVM::StoreOp::create(b, loc, value, address(b, loc, array, slot));
  }

  /// The memref of a static type whose aligned pointer is `base`: its descriptor, spelled out.
  Value memrefAt(OpBuilder &b, Location loc, Value base, MemRefType type) {
    auto [strides, offset] = type.getStridesAndOffset();
    auto array = LLVM::LLVMArrayType::get(word, std::max<int64_t>(type.getRank(), 1));
    SmallVector<Type> fields = {pointer, pointer, word};
    if (type.getRank())
      fields.append({array, array});
    Value descriptor = LLVM::PoisonOp::create(b, loc, LLVM::LLVMStructType::getLiteral(b.getContext(), fields));
    auto insert = [&](Value value, ArrayRef<int64_t> at) {
      descriptor = LLVM::InsertValueOp::create(b, loc, descriptor, value, at);
    };
    auto constant = [&](int64_t value) -> Value { return LLVM::ConstantOp::create(b, loc, word, value); };
    insert(base, {0});
    insert(base, {1});
    insert(constant(offset), {2});
    for (int64_t i = 0; i < type.getRank(); ++i) {
      insert(constant(type.getDimSize(i)), {3, i});
      insert(constant(strides[i]), {4, i});
    }
    return UnrealizedConversionCastOp::create(b, loc, type, descriptor).getResult(0);
  }

  Value pointerOf(OpBuilder &b, Location loc, Value memref) {
    Value index = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
    Value integer = arith::IndexCastOp::create(b, loc, word, index);
    return LLVM::IntToPtrOp::create(b, loc, pointer, integer);
  }

  LLVM::LLVMPointerType pointer;
  IntegerType word;

private:
  Value address(OpBuilder &b, Location loc, Value array, int64_t slot) {
    return LLVM::GEPOp::create(b, loc, pointer, word, array, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(slot)});
  }
};

/// The node that an op came from: the first name in its location.
std::string layerName(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName().str();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (std::string name = layerName(part); !name.empty())
        return name;
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return layerName(call.getCallee());
  return {};
}

/// Can the closure hold this value in one slot?
bool isCapturable(Type type) {
  if (auto memref = dyn_cast<MemRefType>(type)) {
    int64_t offset;
    SmallVector<int64_t> strides;
    return memref.hasStaticShape() && succeeded(memref.getStridesAndOffset(strides, offset)) &&
           !ShapedType::isDynamic(offset) && llvm::none_of(strides, ShapedType::isDynamic);
  }
  return type.isIndex();
}

struct OutlineTasks : fourmix::impl::CPUOutlineTasksBase<OutlineTasks> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal())
      return;
    PointerBuilder pointers(&getContext());
    SmallVector<scf::ParallelOp> regions;
    for (auto op : main.getBody().front().getOps<scf::ParallelOp>())
      regions.push_back(op);
    bindFrame(main, pointers);
    func::FuncOp runner = regions.empty() ? func::FuncOp() : makeRunner(pointers);
    Value frame = main.getArgument(0);
    for (scf::ParallelOp region : regions)
      if (isRegion(region))
        outline(region, frame, runner, pointers);
    getOperation()->setAttr("fourmix.regions", ArrayAttr::get(&getContext(), called));
  }

  static bool isRegion(scf::ParallelOp op) {
    return op.getNumLoops() == 1 && op.getInitVals().empty() && matchPattern(op.getLowerBound()[0], m_Zero()) &&
           matchPattern(op.getStep()[0], m_One()) && matchPattern(op.getUpperBound()[0], m_Constant());
  }

  /// main(workspace, weights, buffers…) on memrefs becomes main(frame).
  void bindFrame(func::FuncOp main, PointerBuilder &pointers) {
    Block &entry = main.getBody().front();
    Location loc = main.getLoc();
    BlockArgument frame = entry.insertArgument(0u, pointers.pointer, loc);
    OpBuilder b = OpBuilder::atBlockBegin(&entry);
    unsigned buffers = entry.getNumArguments() - 1;
    for (unsigned i = 0; i < buffers; ++i) {
      BlockArgument argument = entry.getArgument(i + 1);
      int64_t slot = i < 2 ? static_cast<int64_t>(i) : firstBufferSlot + i - 2;
      if (argument.use_empty())
        continue;
      Value base = pointers.loadSlot(b, loc, frame, slot, pointers.pointer);
      argument.replaceAllUsesWith(pointers.memrefAt(b, loc, base, cast<MemRefType>(argument.getType())));
    }
    entry.eraseArguments(1, buffers);
    main.setType(b.getFunctionType({pointers.pointer}, {}));
  }

  /// run_tasks(frame, task, closure, n): the caller's parallel function, or a plain loop where there is none.
  func::FuncOp makeRunner(PointerBuilder &pointers) {
    OpBuilder b = OpBuilder::atBlockEnd(getOperation().getBody());
    Location loc = getOperation().getLoc();
    Type ptr = pointers.pointer, word = pointers.word;
    auto runner = func::FuncOp::create(b, loc, "run_tasks", b.getFunctionType({ptr, ptr, ptr, word}, {}));
    runner.setPrivate();
    b.setInsertionPointToStart(runner.addEntryBlock());
    Value frame = runner.getArgument(0), task = runner.getArgument(1);
    Value closure = runner.getArgument(2), count = runner.getArgument(3);
    Value parallel = pointers.loadSlot(b, loc, frame, parallelSlot, ptr);
    Value null = LLVM::ZeroOp::create(b, loc, ptr);
    Value given = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, parallel, null);
    Value one = arith::ConstantIntOp::create(b, loc, word, 1);
    auto choice = scf::IfOp::create(b, loc, given, /*withElseRegion=*/true);
    OpBuilder then = choice.getThenBodyBuilder(), otherwise = choice.getElseBodyBuilder();
    auto none = LLVM::LLVMVoidType::get(&getContext());
    Value context = pointers.loadSlot(then, loc, frame, contextSlot, ptr);
    LLVM::CallOp::create(then, loc, LLVM::LLVMFunctionType::get(none, {ptr, ptr, ptr, word}),
                         ValueRange{parallel, context, task, closure, count});
    Value zero = arith::ConstantIntOp::create(otherwise, loc, word, 0);
    auto loop = scf::ForOp::create(otherwise, loc, zero, count, one);
    OpBuilder body = OpBuilder::atBlockBegin(loop.getBody());
    LLVM::CallOp::create(body, loc, LLVM::LLVMFunctionType::get(none, {ptr, word}),
                         ValueRange{task, closure, loop.getInductionVar()});
    func::ReturnOp::create(b, loc);
    return runner;
  }

  void outline(scf::ParallelOp region, Value frame, func::FuncOp runner, PointerBuilder &pointers) {
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(region.getRegion(), captured);
    SmallVector<Value> slots;
    for (Value value : captured) {
      if (matchPattern(value, m_Constant()))
        continue;
      if (!isCapturable(value.getType()))
        return; // stays where it is, and runs serially
      slots.push_back(value);
    }
    Location loc = region.getLoc();
    func::FuncOp task = makeTask(region, captured, pointers);

    OpBuilder b(region);
    Value closure;
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointAfterValue(frame); // the entry block keeps each alloca static
      auto words = static_cast<int64_t>(std::max<size_t>(slots.size(), 1));
      Value size = LLVM::ConstantOp::create(b, loc, pointers.word, words);
      closure = LLVM::AllocaOp::create(b, loc, pointers.pointer, pointers.word, size);
    }
    for (auto [i, value] : llvm::enumerate(slots)) {
      Value word = isa<MemRefType>(value.getType()) ? pointers.pointerOf(b, loc, value)
                                                    : Value(arith::IndexCastOp::create(b, loc, pointers.word, value));
      pointers.storeSlot(b, loc, closure, i, word);
    }
    Value symbol = func::ConstantOp::create(b, loc, task.getFunctionType(), SymbolRefAttr::get(task));
    Value address = UnrealizedConversionCastOp::create(b, loc, pointers.pointer, symbol).getResult(0);
    Value count = arith::IndexCastOp::create(b, loc, pointers.word, region.getUpperBound()[0]);
    func::CallOp::create(b, loc, runner, ValueRange{frame, address, closure, count});
    called.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("name", b.getStringAttr(layerName(loc))), b.getNamedAttr("task", SymbolRefAttr::get(task))}));
    region.erase();
  }

  /// The function task(closure, i) of a region, or an equal one made before.
  func::FuncOp makeTask(scf::ParallelOp region, const llvm::SetVector<Value> &captured, PointerBuilder &pointers) {
    Location loc = region.getLoc();
    OpBuilder b = OpBuilder::atBlockEnd(getOperation().getBody());
    std::string name = "task_" + std::to_string(taskCount);
    auto task = func::FuncOp::create(b, loc, name, b.getFunctionType({pointers.pointer, pointers.word}, {}));
    task.setPrivate();
    b.setInsertionPointToStart(task.addEntryBlock());
    IRMapping mapping;
    int64_t slot = 0;
    for (Value value : captured) {
      if (matchPattern(value, m_Constant())) {
        b.clone(*value.getDefiningOp(), mapping);
      } else if (auto type = dyn_cast<MemRefType>(value.getType())) {
        Value base = pointers.loadSlot(b, loc, task.getArgument(0), slot++, pointers.pointer);
        mapping.map(value, pointers.memrefAt(b, loc, base, type));
      } else {
        Value word = pointers.loadSlot(b, loc, task.getArgument(0), slot++, pointers.word);
        mapping.map(value, arith::IndexCastOp::create(b, loc, b.getIndexType(), word).getResult());
      }
    }
    Value i = arith::IndexCastOp::create(b, loc, b.getIndexType(), task.getArgument(1));
    mapping.map(region.getInductionVars()[0], i);
    for (Operation &op : region.getBody()->without_terminator())
      b.clone(op, mapping);
    func::ReturnOp::create(b, loc);

    SmallVector<func::FuncOp> &alike = tasks[hashOf(task)];
    for (func::FuncOp known : alike)
      if (OperationEquivalence::isRegionEquivalentTo(&known.getBody(), &task.getBody(),
                                                     OperationEquivalence::IgnoreLocations)) {
        task.erase();
        return known;
      }
    alike.push_back(task);
    ++taskCount;
    return task;
  }

  /// Equal bodies have equal hashes; what the operands are is left to the comparison.
  static llvm::hash_code hashOf(func::FuncOp task) {
    llvm::hash_code hash = 0;
    task.getBody().walk([&](Operation *op) {
      hash = llvm::hash_combine(hash, OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue,
                                                                        OperationEquivalence::ignoreHashValue,
                                                                        OperationEquivalence::IgnoreLocations));
    });
    return hash;
  }

  DenseMap<size_t, SmallVector<func::FuncOp>> tasks; // by the hash of their bodies
  size_t taskCount = 0;
  SmallVector<Attribute> called; // for profiles: each call's layer and task, in order
};

} // namespace
