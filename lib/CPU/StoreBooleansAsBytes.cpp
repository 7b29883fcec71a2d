// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace fourmix {
#define GEN_PASS_DEF_CPUSTOREBOOLEANSASBYTES
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;

namespace {

bool isBoolean(Type type) { return type.isInteger(1); }

Type asBytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && isBoolean(tensor.getElementType()) ? tensor.clone(IntegerType::get(type.getContext(), 8)) : type;
}

struct StoreBooleansAsBytes : fourmix::impl::CPUStoreBooleansAsBytesBase<StoreBooleansAsBytes> {
  void runOnOperation() override {
    Type byte = IntegerType::get(&getContext(), 8);
    SmallVector<Operation *> ops;
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); }); // operands before users
    for (Operation *op : ops) {
      if (auto function = dyn_cast<func::FuncOp>(op)) {
        rewriteSignature(function);
        continue;
      }
      OpBuilder builder(op);
      bool yieldsTensors = llvm::any_of(op->getResultTypes(), [](Type type) { return asBytes(type) != type; });
      if (auto constant = dyn_cast<arith::ConstantOp>(op); constant && yieldsTensors) {
        std::vector<char> scratch;
        auto bytes = fourmix::readBytes(cast<ElementsAttr>(constant.getValue()), scratch);
        if (!bytes) {
          op->emitOpError("has no bytes: the parameter store is missing");
          return signalPassFailure();
        }
        auto type = cast<RankedTensorType>(asBytes(constant.getType()));
        constant.setValueAttr(cast<TypedAttr>(fourmix::makeConstant(type, *bytes, "mask")));
      }
      if (isa<linalg::LinalgOp>(op))
        rewriteBody(op, byte);
      for (Value result : op->getResults())
        result.setType(asBytes(result.getType()));
      // A scalar read out of a tensor is a byte now; whoever wants the boolean truncates it.
      if (auto extract = dyn_cast<tensor::ExtractOp>(op); extract && isBoolean(extract.getType())) {
        extract.getResult().setType(byte);
        builder.setInsertionPointAfter(op);
        auto trunc = arith::TruncIOp::create(builder, op->getLoc(), builder.getI1Type(), extract.getResult());
        extract.getResult().replaceAllUsesExcept(trunc.getResult(), trunc);
      }
      if (auto elements = dyn_cast<tensor::FromElementsOp>(op); elements && yieldsTensors)
        for (OpOperand &operand : op->getOpOperands())
          operand.set(arith::ExtUIOp::create(builder, op->getLoc(), byte, operand.get()));
      if (auto pad = dyn_cast<tensor::PadOp>(op); pad && yieldsTensors)
        extendYield(pad.getBody()->getTerminator(), 0, byte);
    }
  }

  void rewriteSignature(func::FuncOp function) {
    auto convert = [](ArrayRef<Type> types) { return llvm::map_to_vector(types, asBytes); };
    FunctionType type = function.getFunctionType();
    // What the file says of an input or output stays what it is: a boolean.
    for (auto [i, input] : llvm::enumerate(type.getInputs()))
      if (asBytes(input) != input)
        function.setArgAttr(i, "fourmix.boolean", UnitAttr::get(&getContext()));
    for (auto [i, result] : llvm::enumerate(type.getResults()))
      if (asBytes(result) != result)
        function.setResultAttr(i, "fourmix.boolean", UnitAttr::get(&getContext()));
    function.setType(FunctionType::get(&getContext(), convert(type.getInputs()), convert(type.getResults())));
    if (!function.isExternal())
      for (BlockArgument argument : function.getArguments())
        argument.setType(asBytes(argument.getType()));
  }

  /// The body's arguments become bytes, truncated where they are used; what it yields is extended.
  void rewriteBody(Operation *op, Type byte) {
    Block *body = &op->getRegion(0).front();
    OpBuilder builder = OpBuilder::atBlockBegin(body);
    for (auto [operand, argument] : llvm::zip(op->getOperands(), body->getArguments())) {
      // Operands were converted before their users: the operand says what the argument must become.
      Type element = getElementTypeOrSelf(operand.getType());
      if (!isBoolean(argument.getType()) || !isa<RankedTensorType>(operand.getType()) || isBoolean(element))
        continue;
      argument.setType(byte);
      if (argument.use_empty())
        continue;
      auto trunc = arith::TruncIOp::create(builder, op->getLoc(), builder.getI1Type(), argument);
      argument.replaceAllUsesExcept(trunc.getResult(), trunc);
    }
    for (unsigned i = 0, e = op->getNumResults(); i < e; ++i)
      if (asBytes(op->getResult(i).getType()) != op->getResult(i).getType())
        extendYield(body->getTerminator(), i, byte);
  }

  void extendYield(Operation *yield, unsigned i, Type byte) {
    OpBuilder builder(yield);
    if (isBoolean(yield->getOperand(i).getType()))
      yield->setOperand(i, arith::ExtUIOp::create(builder, yield->getLoc(), byte, yield->getOperand(i)));
  }
};

} // namespace
