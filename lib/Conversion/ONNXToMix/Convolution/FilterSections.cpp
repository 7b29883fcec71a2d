// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FilterSections.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;
using namespace fourmix;
using onnx::NodeOp;

namespace fourmix::onnx_to_mix {

bool isTransformNode(NodeOp node) { return node.is("DFT"); }
bool isInverse(NodeOp node) { return node.getInt("inverse", 0) != 0; }

bool isKnown(Value value, int depth) {
  if (matchConstant(value) || value.getDefiningOp<onnx::NoneOp>())
    return true;
  auto node = value.getDefiningOp<NodeOp>();
  return node && depth > 0 && !node.getInputs().empty() && node.getNumRegions() == 0 &&
         llvm::all_of(node.getInputs(), [&](Value input) { return isKnown(input, depth - 1); });
}

std::optional<SmallVector<Value>> filterOperands(NodeOp node, bool bilinear) {
  if (movesElements(node)) {
    SmallVector<Value> operands = movedOperands(node);
    llvm::erase_if(operands, [](Value value) { return isKnown(value); });
    return operands.empty() ? std::nullopt : std::optional(operands);
  }
  if (!node.getDomain().empty() || node.getNumRegions() != 0 || node->getNumResults() != 1 ||
      !staticShape(node.getResult(0)) || !isa<FloatType>(getElementTypeOrSelf(node.getResult(0))))
    return std::nullopt;
  SmallVector<Value> inputs(node.getInputs());
  bool isProduct = node.is("Mul") || node.is("Div") || node.is("MatMul") || node.is("Einsum");
  if (node.is("DFT") || node.is("ReduceSum"))
    inputs.resize(std::min<size_t>(inputs.size(), 1));
  else if (node.is("ScatterND") && inputs.size() == 3 && matchConstant(inputs[1]))
    inputs = {inputs[0], inputs[2]};
  else if (!isProduct && !node.is("Add") && !node.is("Sub") && !node.is("Sum") && !node.is("Neg"))
    return std::nullopt;
  if (node.is("Div") && !matchConstant(inputs[1]))
    return std::nullopt;
  llvm::erase_if(inputs, [](Value value) { return isKnown(value); });
  if (inputs.empty() || !llvm::all_of(inputs, [](Value value) { return staticShape(value).has_value(); }))
    return std::nullopt;
  if (isProduct && inputs.size() > 1 && !(bilinear && !node.is("Div") && inputs.size() == 2))
    return std::nullopt;
  return inputs;
}

SmallVector<Section> findSections(Value value, SmallVector<NodeOp> &nodes) {
  constexpr size_t mostNodes = 96;
  SmallVector<Section> sections;
  SmallVector<Value> frontier = {value};
  Block *block = value.getParentBlock();
  while (nodes.size() < mostNodes) {
    if (frontier.size() <= 2 && frontier[0] != value)
      sections.push_back({frontier, nodes.size()});
    auto position = [&](Value v) { return v.getDefiningOp() && v.getDefiningOp()->getBlock() == block; };
    auto latest = std::max_element(frontier.begin(), frontier.end(), [&](Value a, Value b) {
      return position(a) && position(b) ? a.getDefiningOp()->isBeforeInBlock(b.getDefiningOp())
                                        : !position(a) && position(b);
    });
    auto node = position(*latest) ? latest->getDefiningOp<NodeOp>() : NodeOp();
    std::optional<SmallVector<Value>> operands = node ? filterOperands(node, /*bilinear=*/true) : std::nullopt;
    if (!operands)
      break;
    nodes.push_back(node);
    llvm::erase_if(frontier, [&](Value other) { return other.getDefiningOp() == node; });
    for (Value operand : *operands)
      if (!llvm::is_contained(frontier, operand))
        frontier.push_back(operand);
  }
  return sections;
}

std::function<std::optional<Numbers>(const Numbers &)> mapBetween(Value source, Value value) {
  return [=](const Numbers &x) -> std::optional<Numbers> {
    Evaluation evaluation;
    evaluation.set(source, x);
    const Numbers *y = evaluation.get(value);
    return y ? std::optional(*y) : std::nullopt;
  };
}

} // namespace fourmix::onnx_to_mix
