// The door back: every op of mix becomes standard operators of ONNX, all other nodes stay as they are.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/Opset.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/EraseDead.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTMIXTOONNX
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

const ConversionTable &ConversionTable::get() {
  static const ConversionTable table = [] {
    ConversionTable all;
    addAttentionConversions(all);
    addConvolutionConversions(all);
    addCosineConversions(all);
    addFourierConversions(all);
    addGlobalFilterConversions(all);
    addLayerConversions(all);
    addProjectionConversions(all);
    return all;
  }();
  return table;
}

const ConversionTable::Conversion *ConversionTable::lookup(Operation *op) const {
  auto found = conversions.find(op->getName().getStringRef());
  return found == conversions.end() ? nullptr : &found->second;
}

Value SharedConstants::get(onnx::NodeBuilder &nodes, StringRef key, llvm::function_ref<ElementsAttr()> make) {
  Value &value = values[key];
  if (value)
    return value;
  OpBuilder::InsertionGuard guard(nodes.builder);
  auto function = nodes.builder.getInsertionBlock()->getParentOp();
  while (!isa<func::FuncOp>(function))
    function = function->getParentOp();
  nodes.builder.setInsertionPointToStart(&cast<func::FuncOp>(function).front());
  return value = nodes.constant(make());
}

Value Emitter::gather(Value value, int64_t axis, ArrayRef<int64_t> indices) {
  return value ? create("Gather", {value, ints(indices)}, attr("axis", axis)) : Value();
}

Value Emitter::dft(Value value, int64_t axis, Dft direction, int64_t length) {
  constexpr int64_t axisIsInputSince = 20;
  if (!value)
    return {};
  SmallVector<Value> inputs = {value};
  if (length != 0 && length != shapeOf(value)[axis])
    inputs.push_back(integer(length));
  SmallVector<NamedAttribute> attrs;
  if (direction == Dft::HalfForward)
    attrs.push_back(attr("onesided", 1));
  if (direction == Dft::Inverse)
    attrs.push_back(attr("inverse", 1));
  if (opset() >= axisIsInputSince) {
    if (inputs.size() == 1)
      inputs.push_back(none());
    inputs.push_back(integer(axis));
  } else {
    attrs.push_back(attr("axis", axis));
  }
  return create("DFT", inputs, attrs);
}

Value Emitter::part(Value complex, int64_t index) {
  if (!complex)
    return {};
  auto last = static_cast<int64_t>(shapeOf(complex).size()) - 1;
  return create("Gather", {complex, integer(index)}, attr("axis", last));
}

/// The nodes that `op` becomes have names made from that of its result, or of the node it was raised at; none of those
/// that are `taken`, since ONNX Runtime wants names to be unique.
static void nameNodes(Operation *before, Operation *op, llvm::StringSet<> &taken) {
  StringRef name = op->getNumResults() ? onnx::nameOf(op->getResult(0)) : StringRef();
  if (auto loc = op->getLoc()->findInstanceOf<NameLoc>(); loc && name.empty())
    name = loc.getName().getValue();
  if (name.empty())
    return;
  for (Operation *made = before ? before->getNextNode() : &op->getBlock()->front(); made != op;
       made = made->getNextNode())
    if (auto node = dyn_cast<onnx::NodeOp>(made); node && !node.getName()) {
      std::string base = (name + "/" + node.getOpType()).str(), unique = base;
      for (unsigned i = 1; !taken.insert(unique).second; ++i)
        unique = base + "_" + std::to_string(i);
      node.setName(unique);
    }
}

namespace {
struct ConvertMixToONNX : fourmix::impl::ConvertMixToONNXBase<ConvertMixToONNX> {
  using ConvertMixToONNXBase::ConvertMixToONNXBase;

  LogicalResult convert(Operation *op, int64_t opset, SharedConstants &shared) {
    const ConversionTable::Conversion *conversion = ConversionTable::get().lookup(op);
    if (!conversion)
      return op->emitOpError("has no form in ONNX");
    for (TypeRange types : {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
      for (Type type : types)
        if (!cast<ShapedType>(type).hasStaticShape())
          return op->emitOpError("expected static shapes, found ") << type;
    OpBuilder builder(op);
    Emitter nodes(builder, op->getLoc(), opset, fourier == "matmul", shared);
    Operation *before = op->getPrevNode();
    Results results = (*conversion)(op, nodes);
    if (llvm::any_of(results, [](Value value) { return !value; }))
      return failure();
    for (auto [old, result] : llvm::zip(op->getResults(), results)) {
      if (old.getType() != result.getType())
        return op->emitOpError("of type ") << old.getType() << " would become " << result.getType();
      onnx::passNameOn(old, result);
    }
    nameNodes(before, op, nodeNames);
    op->replaceAllUsesWith(results);
    // A spectrum whose kernel is written instead.
    SetVector<Operation *> producers;
    for (Value operand : op->getOperands())
      if (Operation *producer = operand.getDefiningOp())
        producers.insert(producer);
    op->erase();
    for (Operation *producer : producers)
      eraseDead(producer, llvm::IsaPred<onnx::ConstantOp>);
    return success();
  }

  void runOnOperation() override {
    if (fourier != "dft" && fourier != "matmul") {
      getOperation().emitError("expected dft or matmul as the form of Fourier transforms, found '") << fourier << "'";
      return signalPassFailure();
    }
    SmallVector<std::pair<Operation *, func::FuncOp>> ops;
    getOperation().walk([&](func::FuncOp function) {
      function.walk([&](Operation *op) {
        if (isa_and_nonnull<mix::MixDialect>(op->getDialect()))
          ops.emplace_back(op, function);
      });
    });
    int64_t version = opset ? int64_t(opset) : onnx::opsetOf(getOperation());
    if (!ops.empty() && version < 1) {
      getOperation().emitError("expected an opset for the operators of ai.onnx, found none: no node has one");
      return signalPassFailure();
    }
    getOperation().walk([&](onnx::NodeOp node) { nodeNames.insert(node.getName().value_or("")); });
    llvm::DenseMap<Operation *, SharedConstants> shared;
    for (auto [op, function] : ops)
      if (failed(convert(op, version, shared[function])))
        return signalPassFailure();
  }

private:
  llvm::StringSet<> nodeNames;
};
} // namespace
