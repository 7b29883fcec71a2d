// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace fourmix {
#define GEN_PASS_DEF_CPUBINDBUFFERS
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;

namespace {

constexpr int64_t alignment = 64;

MemRefType bufferOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return MemRefType::get(tensor.getShape(), tensor.getElementType());
}

struct BindBuffers : fourmix::impl::CPUBindBuffersBase<BindBuffers> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal()) {
      getOperation().emitError("module has no function main to compile");
      return signalPassFailure();
    }
    for (Type type : llvm::concat<const Type>(main.getArgumentTypes(), main.getResultTypes()))
      if (auto tensor = dyn_cast<RankedTensorType>(type); !tensor || !tensor.hasStaticShape()) {
        main.emitError("main takes and gives ranked tensors of static shape, but found ") << type;
        return signalPassFailure();
      }
    OpBuilder builder(&getContext());
    getOperation()->setAttr("fourmix.inputs", describe(builder, main, main.getArgumentTypes(), /*results=*/false));
    getOperation()->setAttr("fourmix.outputs", describe(builder, main, main.getResultTypes(), /*results=*/true));
    bind(builder, main);
  }

  /// {name, type} of every argument or result, the type as the file has it.
  ArrayAttr describe(OpBuilder &builder, func::FuncOp main, ArrayRef<Type> types, bool results) {
    SmallVector<Attribute> descriptions;
    for (auto [i, declared] : llvm::enumerate(types)) {
      Type type = declared;
      DictionaryAttr attrs = results ? main.getResultAttrDict(i) : main.getArgAttrDict(i);
      auto name = attrs ? attrs.getAs<StringAttr>("onnx.name") : StringAttr();
      if (!name)
        name = builder.getStringAttr((results ? "output" : "input") + Twine(i));
      if (attrs && attrs.contains("fourmix.boolean"))
        type = cast<RankedTensorType>(type).clone(builder.getI1Type());
      // linalg knows no unsigned integers, the caller does.
      auto onnxType = attrs ? attrs.getAs<TypeAttr>("onnx.type") : TypeAttr();
      Type onnxElement = onnxType ? getElementTypeOrSelf(onnxType.getValue()) : Type();
      if (onnxElement && onnxElement.isUnsignedInteger(getElementTypeOrSelf(type).getIntOrFloatBitWidth()))
        type = cast<RankedTensorType>(type).clone(onnxElement);
      descriptions.push_back(builder.getDictionaryAttr(
          {builder.getNamedAttr("name", name), builder.getNamedAttr("type", TypeAttr::get(type))}));
    }
    return builder.getArrayAttr(descriptions);
  }

  void bind(OpBuilder &builder, func::FuncOp main) {
    Location loc = main.getLoc();
    Block &entry = main.getBody().front();
    builder.setInsertionPointToStart(&entry);
    SmallVector<Type> types;
    unsigned inputs = main.getNumArguments();
    for (unsigned i = 0; i < inputs; ++i) {
      BlockArgument argument = entry.getArgument(i);
      Type tensor = argument.getType();
      argument.setType(bufferOf(tensor));
      types.push_back(argument.getType());
      auto value = bufferization::ToTensorOp::create(builder, loc, tensor, argument, /*restrict=*/true);
      argument.replaceAllUsesExcept(value, value);
    }
    auto returnOp = cast<func::ReturnOp>(entry.getTerminator());
    builder.setInsertionPoint(returnOp);
    for (Value result : returnOp.getOperands()) {
      types.push_back(bufferOf(result.getType()));
      BlockArgument out = entry.addArgument(types.back(), loc);
      bufferization::MaterializeInDestinationOp::create(builder, loc, /*result=*/Type(), result, out,
                                                        /*restrict=*/true, /*writable=*/true);
    }
    returnOp->setOperands({});

    // The weights come last here, since their size is known only now; cpu-outline-tasks gives them their slot.
    Type byte = builder.getI8Type();
    int64_t bytes = 0;
    SmallVector<Attribute> placed;
    llvm::MapVector<Attribute, int64_t> offsets;
    SmallVector<arith::ConstantOp> constants;
    main.walk([&](arith::ConstantOp op) {
      if (!isa<RankedTensorType>(op.getType()))
        return;
      if (op.use_empty()) // packed: bufferization would make a global of it, and LLVM IR would carry its bytes
        op.erase();
      else
        constants.push_back(op);
    });
    for (arith::ConstantOp op : constants) {
      auto type = cast<RankedTensorType>(op.getType());
      auto [entry, isNew] = offsets.insert({op.getValue(), bytes});
      if (!isNew)
        continue;
      placed.push_back(builder.getDictionaryAttr({builder.getNamedAttr("value", op.getValue()),
                                                  builder.getNamedAttr("offset", builder.getI64IntegerAttr(bytes))}));
      bytes +=
          llvm::alignTo(std::max<int64_t>(type.getNumElements() * elementBytes(type.getElementType()), 1), alignment);
    }
    BlockArgument weights = entry.insertArgument(0u, MemRefType::get({bytes}, byte), loc);
    types.insert(types.begin(), weights.getType());
    for (arith::ConstantOp op : constants) {
      builder.setInsertionPoint(op);
      Value offset = arith::ConstantIndexOp::create(builder, loc, offsets[op.getValue()]);
      Value view = memref::ViewOp::create(builder, op.getLoc(), bufferOf(op.getType()), weights, offset, ValueRange());
      Value tensor = bufferization::ToTensorOp::create(builder, op.getLoc(), op.getType(), view, /*restrict=*/true);
      op.replaceAllUsesWith(tensor);
      op.erase();
    }
    main.setAllArgAttrs(ArrayRef<DictionaryAttr>());
    main.setAllResultAttrs(ArrayRef<DictionaryAttr>());
    main.setType(builder.getFunctionType(types, {}));
    getOperation()->setAttr("fourmix.weights", builder.getArrayAttr(placed));
    getOperation()->setAttr("fourmix.weights_bytes", builder.getI64IntegerAttr(bytes));
  }
};

} // namespace
