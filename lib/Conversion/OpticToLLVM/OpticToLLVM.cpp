// Launches become calls of the device's driver, by way of the entry (lib/CPU/Emission/Entry.c).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTOPTICTOLLVM
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;

namespace {

struct OpticToLLVM : fourmix::impl::ConvertOpticToLLVMBase<OpticToLLVM> {
  void runOnOperation() override {
    // A program's number is its place in the module, as in the command stream.
    llvm::StringMap<int64_t> numbers;
    SmallVector<optic::ProgramOp> programs(getOperation().getOps<optic::ProgramOp>());
    for (auto [i, program] : llvm::enumerate(programs))
      numbers[program.getSymName()] = i;
    SmallVector<optic::LaunchOp> launches;
    getOperation().walk([&](optic::LaunchOp launch) { launches.push_back(launch); });
    for (optic::LaunchOp launch : launches)
      if (failed(lower(launch, numbers)))
        return signalPassFailure();
    for (optic::ProgramOp program : programs)
      program.erase();
  }

  LogicalResult lower(optic::LaunchOp launch, const llvm::StringMap<int64_t> &numbers) {
    auto function = launch->getParentOfType<func::FuncOp>();
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    if (launch->getNumResults() || !function || function.getArgumentTypes() != ArrayRef<Type>{pointer})
      return launch.emitOpError("expected to stand on buffers in a function of the frame");
    OpBuilder b(launch);
    Location loc = launch.getLoc();
    Type word = b.getI64Type();
    SmallVector<Value> buffers(launch.getIns());
    llvm::append_range(buffers, launch.getOuts());
    Value table;
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&function.getBody().front()); // the entry block keeps each alloca static
      Value count = LLVM::ConstantOp::create(b, loc, word, static_cast<int64_t>(buffers.size()));
      table = LLVM::AllocaOp::create(b, loc, pointer, pointer, count);
    }
    for (auto [i, buffer] : llvm::enumerate(buffers)) {
      auto type = cast<MemRefType>(buffer.getType());
      auto [strides, offset] = type.getStridesAndOffset();
      Value start = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, buffer);
      Value address = arith::IndexCastOp::create(b, loc, word, start);
      if (ShapedType::isDynamic(offset))
        return launch.emitOpError("expected buffers of static layout, but found ") << type;
      if (offset) {
        int64_t bytes = offset * type.getElementTypeBitWidth() / 8;
        address = arith::AddIOp::create(b, loc, address, arith::ConstantIntOp::create(b, loc, word, bytes));
      }
      Value slot =
          LLVM::GEPOp::create(b, loc, pointer, pointer, table, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      LLVM::StoreOp::create(b, loc, LLVM::IntToPtrOp::create(b, loc, pointer, address), slot);
    }
    Value program = LLVM::ConstantOp::create(b, loc, word, numbers.lookup(launch.getProgram()));
    Value count = LLVM::ConstantOp::create(b, loc, word, static_cast<int64_t>(buffers.size()));
    func::CallOp::create(b, loc, entryOf(loc, pointer, word),
                         ValueRange{function.getArgument(0), program, table, count});
    launch.erase();
    return success();
  }

  func::FuncOp entryOf(Location loc, Type pointer, Type word) {
    constexpr StringLiteral name = "fourmix_entry_launch";
    if (auto known = getOperation().lookupSymbol<func::FuncOp>(name))
      return known;
    OpBuilder b = OpBuilder::atBlockEnd(getOperation().getBody());
    auto entry = func::FuncOp::create(b, loc, name, b.getFunctionType({pointer, word, pointer, word}, {}));
    entry.setPrivate();
    return entry;
  }
};

} // namespace
