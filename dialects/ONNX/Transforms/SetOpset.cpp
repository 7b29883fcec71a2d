// One opset of ai.onnx for a whole graph, so that it can be written to a file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/IR/OpsetHistory.h"
#include "dialects/ONNX/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace fourmix::onnx {
#define GEN_PASS_DEF_ONNXSETOPSET
#include "dialects/ONNX/Transforms/Passes.h.inc"

namespace {
struct SetOpset : impl::ONNXSetOpsetBase<SetOpset> {
  using ONNXSetOpsetBase::ONNXSetOpsetBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto imports = module->getAttrOfType<DictionaryAttr>("onnx.opset_imports");
    if (!imports)
      return; // from no file: its nodes say what they are of
    int64_t wanted = opset;
    if (wanted < 0 || wanted > newestOpset()) {
      module.emitError("expected an opset from 1 to ") << newestOpset() << ", found " << wanted;
      return signalPassFailure();
    }
    auto own = imports.getAs<IntegerAttr>("ai.onnx");
    if (!wanted && own)
      wanted = own.getInt();
    for (auto function : module.getOps<func::FuncOp>())
      if (failed(stamp(function, wanted)))
        return signalPassFailure();

    if (auto main = module.lookupSymbol<func::FuncOp>("main")) {
      separateNames(main.getBody());
      forgetOldConstants(main);
    }
    NamedAttrList list(imports);
    if (wanted)
      list.set("ai.onnx", IntegerAttr::get(IntegerType::get(&getContext(), 64), wanted));
    importUsedDomains(list);
    module->setAttr("onnx.opset_imports", list.getDictionary(&getContext()));
    raiseIRVersion(opset ? irVersionFor(wanted) : 0);
  }

private:
  /// Every node of ai.onnx at the opset, or one error for the first that would mean something else. Without an opset of
  /// the user's own, functions keep theirs.
  LogicalResult stamp(func::FuncOp function, int64_t wanted) {
    bool isFunction = function->hasAttr("onnx.op_type");
    if (!wanted || (isFunction && !opset))
      return success();
    WalkResult walk = function.walk([&](NodeOp node) {
      if (!node.getDomain().empty() || node->hasAttr("onnx.initializer"))
        return WalkResult::advance();
      if (int64_t changed = changedBetween(node, wanted)) {
        node.emitNodeError() << "expected a node that means the same at opset " << wanted
                             << ", found a change at opset " << changed
                             << "; nodes that were not raised are not converted";
        return WalkResult::interrupt();
      }
      node.setVersion(wanted);
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return failure();
    auto imports = function->getAttrOfType<DictionaryAttr>("onnx.opset_imports");
    if (isFunction && imports && imports.get("ai.onnx")) {
      NamedAttrList list(imports);
      list.set("ai.onnx", IntegerAttr::get(IntegerType::get(&getContext(), 64), wanted));
      function->setAttr("onnx.opset_imports", list.getDictionary(&getContext()));
    }
    return success();
  }

  /// Runtimes want the nodes of a graph to have different names; a branch that replaced its If may have brought others.
  void separateNames(Region &graph) {
    llvm::StringSet<> taken;
    for (auto node : graph.getOps<NodeOp>()) {
      for (Region &inner : node.getGraphs())
        separateNames(inner);
      std::string base = node.getName().value_or("").str(), name = base;
      if (base.empty())
        continue;
      for (unsigned i = 1; !taken.insert(name).second; ++i)
        name = base + "_" + std::to_string(i);
      if (name != base)
        node.setName(name);
    }
  }

  /// What the file declares about constants that passes replaced, be it by others of the same name, holds no more.
  void forgetOldConstants(func::FuncOp main) {
    auto declared = main->getAttrOfType<DictionaryAttr>("onnx.value_info");
    if (!declared)
      return;
    llvm::StringMap<Type> present;
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      if (auto name = main.getArgAttrOfType<StringAttr>(i, "onnx.name"))
        present[name] = main.getArgument(i).getType();
    for (auto constant : main.getBody().getOps<ConstantOp>())
      present[constant.getName().value_or("")] = constant.getType();
    NamedAttrList kept;
    for (NamedAttribute entry : declared) {
      auto known = present.find(entry.getName());
      auto notes = dyn_cast<DictionaryAttr>(entry.getValue());
      auto type = notes ? notes.getAs<TypeAttr>("type") : TypeAttr();
      auto tensor = type ? dyn_cast<RankedTensorType>(type.getValue()) : RankedTensorType();
      auto actual = known == present.end() ? RankedTensorType() : dyn_cast<RankedTensorType>(known->second);
      bool contradicts =
          tensor && actual &&
          (tensor.getElementType() != actual.getElementType() || failed(verifyCompatibleShape(tensor, actual)));
      if (known != present.end() && !contradicts)
        kept.push_back(entry);
    }
    main->setAttr("onnx.value_info", kept.getDictionary(&getContext()));
  }

  /// Nodes that came with a model-local function may be of a domain that only the function imported.
  void importUsedDomains(NamedAttrList &imports) {
    llvm::StringSet<> local;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (auto domain = function->getAttrOfType<StringAttr>("onnx.domain"))
        local.insert(domain.getValue());
    if (auto main = getOperation().lookupSymbol<func::FuncOp>("main"))
      main.walk([&](NodeOp node) {
        if (!node.getDomain().empty() && !local.contains(node.getDomain()) && !imports.get(node.getDomain()))
          imports.set(node.getDomain(), node.getVersionAttr());
      });
  }

  /// Before IR version 4 every initializer had to be an input, too; folded and new constants are not.
  void raiseIRVersion(int64_t least) {
    ModuleOp module = getOperation();
    module.walk([&](ConstantOp constant) {
      if (!constant->hasAttr("onnx.input"))
        least = std::max<int64_t>(least, 4);
    });
    auto version = module->getAttrOfType<IntegerAttr>("onnx.ir_version");
    if (version && version.getInt() < least)
      module->setAttr("onnx.ir_version", IntegerAttr::get(version.getType(), least));
  }
};
} // namespace
} // namespace fourmix::onnx
