// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Projections.h"
#include "Sublayer.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;
using onnx::NodeOp;

static bool isProductWithMatrix(NodeOp node) {
  return (node.is("MatMul") || node.is("Gemm") || node.is("Einsum")) && node.getInputs().size() > 1 &&
         (matchConstant(node.getInput(0)) || matchConstant(node.getInput(1)));
}

llvm::MapVector<Operation *, std::optional<int64_t>> rewrite::findProjections(func::FuncOp function, bool everywhere) {
  llvm::MapVector<Operation *, std::optional<int64_t>> found;
  for (AttentionLayer layer : attentionLayers(function))
    if (SublayerAnalysis analysis = analyseSublayer(layer.attention); analysis.sublayer)
      for (const DenseProjection &projection : analysis.sublayer->projections)
        found.insert({projection.op, layer.number});
  if (everywhere)
    function.walk([&](NodeOp node) {
      if (isProductWithMatrix(node))
        found.insert({node, std::nullopt});
    });
  return found;
}

std::string rewrite::statisticsKey(Value tensor, StringRef what) {
  std::string name;
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    if (auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()))
      if (auto given = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name"))
        name = given.str();
  } else {
    name = onnx::nameOf(tensor).str();
  }
  return name.empty() ? name : name + "." + what.str();
}
