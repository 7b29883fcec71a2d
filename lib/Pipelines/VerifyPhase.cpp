// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Pipelines/Passes.h"
#include "fourmix/Pipelines/Pipelines.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringExtras.h"

namespace fourmix {
#define GEN_PASS_DEF_VERIFYPHASE
#include "fourmix/Pipelines/Passes.h.inc"
} // namespace fourmix

using namespace mlir;

namespace {

ArrayRef<StringRef> dialectsAfter(fourmix::Phase phase) {
  using fourmix::Phase;
  static const StringRef import[] = {"builtin", "func", "onnx"};
  static const StringRef raise[] = {"builtin", "func", "onnx", "mix"};
  static const StringRef spectral[] = {"builtin", "func", "spectral", "linalg", "tensor", "arith", "math", "scf"};
  static const StringRef optic[] = {"builtin", "func", "spectral", "linalg", "tensor", "arith", "math", "scf", "optic"};
  static const StringRef cpu[] = {"builtin", "func", "scf", "memref", "vector", "arith", "math", "affine", "llvm"};
  static const StringRef llvm[] = {"builtin", "llvm"};
  switch (phase) {
  case Phase::Import:
    return import;
  case Phase::Raise:
  case Phase::Rewrite:
    return raise;
  case Phase::Spectral:
  case Phase::Plan:
    return spectral;
  case Phase::Optic:
    return optic;
  case Phase::CPU:
    return cpu;
  case Phase::LLVM:
    return llvm;
  }
  return {};
}

/// A ranked tensor of static shape, or one of the dialect types that are not tensors at all (none).
bool isSettled(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.hasStaticShape();
  return !isa<TensorType, fourmix::onnx::UnknownType>(type);
}

struct VerifyPhase : fourmix::impl::VerifyPhaseBase<VerifyPhase> {
  using VerifyPhaseBase::VerifyPhaseBase;

  void runOnOperation() override {
    std::optional<fourmix::Phase> after = fourmix::phaseNamed(phase);
    if (!after) {
      getOperation().emitError("there is no phase '") << phase << "'";
      return signalPassFailure();
    }
    WalkResult walk = getOperation().walk<WalkOrder::PreOrder>(
        [&](Operation *op) { return failed(verifyOp(op, *after)) ? WalkResult::interrupt() : WalkResult::advance(); });
    if (walk.wasInterrupted() || failed(verifyModule(*after)))
      signalPassFailure();
  }

  LogicalResult verifyOp(Operation *op, fourmix::Phase after) {
    ArrayRef<StringRef> dialects = dialectsAfter(after);
    StringRef dialect = op->getName().getDialectNamespace();
    if (!llvm::is_contained(dialects, dialect))
      return error(op) << "expected only the dialects " << llvm::join(dialects, ", ") << ", but found "
                       << op->getName();
    if (after == fourmix::Phase::Import)
      return verifyWeight(op);
    if (after != fourmix::Phase::CPU && after != fourmix::Phase::LLVM)
      for (Value result : op->getResults())
        if (!isSettled(result.getType()))
          return error(op) << "expected a ranked tensor of static shape, but found " << result.getType();
    if (after == fourmix::Phase::Plan && dialect == "spectral" && !op->getInherentAttr("plan").value_or(nullptr))
      return error(op) << "expected a plan, but found none";
    if (after == fourmix::Phase::CPU) {
      for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes()))
        if (isa<TensorType>(type))
          return error(op) << "expected no tensor, but found " << type;
      if (isa<memref::AllocOp>(op))
        return error(op) << "expected every buffer in the arena, but found memref.alloc";
      if (isa<memref::GlobalOp>(op))
        return error(op) << "expected every constant in the weights, but found memref.global";
    }
    return success();
  }

  LogicalResult verifyWeight(Operation *op) {
    constexpr int64_t inlineElements = 16;
    for (NamedAttribute attr : op->getAttrs())
      if (auto elements = dyn_cast<DenseElementsAttr>(attr.getValue()))
        if (elements.getNumElements() > inlineElements && !isa<DenseStringElementsAttr>(elements))
          return error(op) << "expected a reference into the parameter store, but found " << elements.getNumElements()
                           << " elements in the text";
    return success();
  }

  /// Two layers of one number could not be told apart by reports.
  LogicalResult verifyLayers() {
    llvm::DenseSet<int64_t> seen;
    WalkResult walk = getOperation().walk([&](Operation *op) -> WalkResult {
      auto number = op->getAttrOfType<IntegerAttr>("mix.layer");
      if (!number || seen.insert(number.getInt()).second)
        return WalkResult::advance();
      return error(op) << "expected one operation of layer " << number.getInt() << ", but found a second one";
    });
    return failure(walk.wasInterrupted());
  }

  LogicalResult verifyModule(fourmix::Phase after) {
    ModuleOp module = getOperation();
    if (after == fourmix::Phase::Rewrite)
      return verifyLayers();
    if (after != fourmix::Phase::CPU)
      return success();
    for (StringRef name :
         {"fourmix.workspace_bytes", "fourmix.weights", "fourmix.weights_bytes", "fourmix.inputs", "fourmix.outputs"})
      if (!module->hasAttr(name))
        return error(module) << "expected the attribute " << name << ", but found none";
    auto main = module.lookupSymbol<func::FuncOp>("main");
    auto takesFrame = [](FunctionType type) {
      return type.getNumInputs() == 1 && isa<LLVM::LLVMPointerType>(type.getInput(0)) && type.getNumResults() == 0;
    };
    if (!main)
      return error(module) << "expected a function main, but found none";
    if (!takesFrame(main.getFunctionType()))
      return error(module) << "expected main of type '(!llvm.ptr) -> ()', but found " << main.getFunctionType();
    return success();
  }

  InFlightDiagnostic error(Operation *op) {
    InFlightDiagnostic diagnostic = op->emitError("after phase '");
    diagnostic << phase << "'";
    if (!added.empty())
      diagnostic << " and '" << added << "'";
    diagnostic << ": ";
    return diagnostic;
  }
};

} // namespace
