// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Opset.h"
#include "dialects/ONNX/IR/ONNX.h"

using namespace mlir;

int64_t fourmix::onnx::opsetOf(ModuleOp module) {
  if (auto imports = module->getAttrOfType<DictionaryAttr>("onnx.opset_imports"))
    if (auto version = imports.getAs<IntegerAttr>("ai.onnx"))
      return version.getInt();
  int64_t opset = 0;
  module.walk([&](NodeOp node) {
    if (node.getDomain().empty())
      opset = std::max<int64_t>(opset, node.getVersion());
  });
  return opset;
}
