// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Cone.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

Cone::Cone(Value value, ConstantFacts &constants)
    : Cone(value, [&](NodeOp node) { return linearOperands(node, constants); }) {}

Cone::Cone(Value value, OperandsOf operandsOf) {
  // Cones end at nonlinear nodes, which a network has many of; the limit is for graphs that have none.
  constexpr size_t mostNodes = 96;
  SmallVector<Value> frontier = {value};
  Block *block = value.getParentBlock();
  while (nodes.size() < mostNodes) {
    if (frontier.size() == 1 && frontier[0] != value)
      cuts.push_back({frontier[0], nodes.size()});
    // The latest value goes first: no other can depend on what is later.
    auto isEarlier = [&](Value a, Value b) {
      Operation *opA = a.getDefiningOp(), *opB = b.getDefiningOp();
      bool inA = opA && opA->getBlock() == block, inB = opB && opB->getBlock() == block;
      return inA && inB ? opA->isBeforeInBlock(opB) : !inA && inB;
    };
    auto latest = std::max_element(frontier.begin(), frontier.end(), isEarlier);
    auto node = latest->getDefiningOp<NodeOp>();
    if (!node || node->getBlock() != block)
      return;
    std::optional<SmallVector<Value>> operands = operandsOf(node);
    if (!operands)
      return;
    nodes.push_back(node);
    llvm::erase_if(frontier, [&](Value other) { return other.getDefiningOp() == node; });
    for (Value operand : *operands)
      if (!llvm::is_contained(frontier, operand))
        frontier.push_back(operand);
  }
}

NodeOp Cone::firstTransform() const {
  for (NodeOp node : llvm::reverse(nodes))
    if (isTransform(node))
      return node;
  return {};
}

std::string describe(NodeOp node) {
  std::string text = "node ";
  if (node.getName())
    text += ("\"" + *node.getName() + "\" ").str();
  return text + "(" + node.getOpType().str() + ")";
}

} // namespace fourmix::onnx_to_mix
