// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/MathExtras.h"
#include <tuple>

namespace fourmix {
#define GEN_PASS_DEF_CPUPLANMEMORY
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;

namespace {

struct Buffer {
  memref::AllocOp alloc;
  int64_t first, last; // positions at main's top level
  int64_t bytes, offset = 0;
};

struct PlanMemory : fourmix::impl::CPUPlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal())
      return;
    Block &entry = main.getBody().front();
    DenseMap<Operation *, int64_t> position;
    for (auto [i, op] : llvm::enumerate(entry))
      position[&op] = i;

    SmallVector<Buffer> buffers;
    WalkResult walk = main.walk([&](memref::AllocOp alloc) {
      MemRefType type = alloc.getType();
      if (alloc->getBlock() != &entry || !type.hasStaticShape() || !type.getLayout().isIdentity()) {
        alloc.emitOpError("of type ") << type
                                      << " cannot be planned: it must be static, contiguous and outside of loops";
        return WalkResult::interrupt();
      }
      int64_t bytes = type.getNumElements() * elementBytes(type.getElementType());
      Buffer buffer{alloc, position[alloc], position[alloc], static_cast<int64_t>(llvm::alignTo(bytes, 64))};
      extend(buffer, alloc, entry, position);
      buffers.push_back(buffer);
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return signalPassFailure();
    int64_t arena = place(buffers);

    OpBuilder builder(&getContext());
    builder.setInsertionPointToStart(&entry);
    Location loc = main.getLoc();
    BlockArgument workspace = entry.insertArgument(0u, MemRefType::get({arena}, builder.getI8Type()), loc);
    for (Buffer &buffer : buffers) {
      builder.setInsertionPoint(buffer.alloc);
      Value offset = arith::ConstantIndexOp::create(builder, loc, buffer.offset);
      Value view = memref::ViewOp::create(builder, buffer.alloc.getLoc(), buffer.alloc.getType(), workspace, offset,
                                          ValueRange());
      buffer.alloc.replaceAllUsesWith(view);
      buffer.alloc.erase();
    }
    SmallVector<Type> types(main.getArgumentTypes());
    types.insert(types.begin(), workspace.getType());
    main.setType(builder.getFunctionType(types, {}));
    getOperation()->setAttr("fourmix.workspace_bytes", builder.getI64IntegerAttr(arena));
  }

  /// A buffer lives while it or anything derived from it is touched.
  static void extend(Buffer &buffer, Value value, Block &entry, const DenseMap<Operation *, int64_t> &position) {
    for (Operation *user : value.getUsers()) {
      int64_t at = position.lookup(entry.findAncestorOpInBlock(*user));
      buffer.first = std::min(buffer.first, at);
      buffer.last = std::max(buffer.last, at);
      for (Value result : user->getResults())
        if (isa<BaseMemRefType>(result.getType()))
          extend(buffer, result, entry, position);
    }
  }

  /// Gives every buffer the lowest place that no buffer living at the same time has; the largest choose first.
  static int64_t place(SmallVectorImpl<Buffer> &buffers) {
    SmallVector<Buffer *> order, placed;
    for (Buffer &buffer : buffers)
      order.push_back(&buffer);
    llvm::sort(order, [](Buffer *a, Buffer *b) { // by address in `buffers` last: the same plan every time
      return std::tuple(-a->bytes, a) < std::tuple(-b->bytes, b);
    });
    int64_t arena = 0;
    for (Buffer *buffer : order) {
      SmallVector<Buffer *> alive;
      for (Buffer *other : placed)
        if (other->first <= buffer->last && buffer->first <= other->last)
          alive.push_back(other);
      llvm::sort(alive, [](Buffer *a, Buffer *b) { return a->offset < b->offset; });
      for (Buffer *other : alive) {
        if (buffer->offset + buffer->bytes <= other->offset)
          break;
        buffer->offset = std::max(buffer->offset, other->offset + other->bytes);
      }
      placed.push_back(buffer);
      arena = std::max(arena, buffer->offset + buffer->bytes);
    }
    return arena;
  }
};

} // namespace
