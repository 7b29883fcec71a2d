// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/OpsetHistory.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace fourmix::onnx {

namespace {
struct Change {
  int64_t since;
  bool upSafe, downSafe;
  uint64_t types;
  StringRef attributes; // separated by blanks
  StringRef inputs;     // a letter each
};

#define NEWEST(opset)
#define CHANGE(op, since, up, down, types, attributes, inputs) {op, {since, up, down, types, attributes, inputs}},
const std::pair<const char *, Change> changes[] = {
#include "dialects/ONNX/IR/OpsetHistory.inc"
};
#undef NEWEST
#undef CHANGE

/// The changes of an operator, oldest first.
ArrayRef<Change> historyOf(StringRef op) {
  static const llvm::StringMap<SmallVector<Change>> all = [] {
    llvm::StringMap<SmallVector<Change>> map;
    for (const auto &[name, change] : changes)
      map[name].push_back(change);
    return map;
  }();
  auto known = all.find(op);
  return known == all.end() ? ArrayRef<Change>() : ArrayRef<Change>(known->second);
}

/// True if all tensors of `node` have element types of the mask.
bool hasOnlyTypes(NodeOp node, uint64_t mask) {
  auto isAllowed = [&](Type type) {
    if (isa<AbsentType, UnknownType>(type))
      return true;
    auto tensor = dyn_cast<TensorType>(type);
    return tensor && (mask >> dataType(tensor.getElementType()) & 1);
  };
  return llvm::all_of(node->getOperandTypes(), isAllowed) && llvm::all_of(node->getResultTypes(), isAllowed);
}

bool usesAny(NodeOp node, StringRef attributes) {
  SmallVector<StringRef> names;
  attributes.split(names, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  return llvm::any_of(names, [&](StringRef name) { return node.getNodeAttr(name) != nullptr; });
}
} // namespace

LogicalResult checkInputs(NodeOp node) {
  if (!node.getDomain().empty())
    return success();
  const Change *current = nullptr;
  for (const Change &change : historyOf(node.getOpType()))
    if (change.since <= node.getVersion())
      current = &change;
  if (!current)
    return success();
  StringRef letters = current->inputs;
  bool repeats = letters.consume_back("*");
  if (node.getInputs().size() > letters.size() && !repeats)
    return node.emitNodeError() << "expected " << letters.size() << " inputs or fewer, found "
                                << node.getInputs().size();
  llvm::SmallDenseMap<char, Type> elements;
  for (auto [i, input] : llvm::enumerate(node.getInputs())) {
    char letter = i < letters.size() ? letters[i] : letters.back();
    auto tensor = dyn_cast<TensorType>(input.getType());
    if (letter == '.' || !tensor)
      continue;
    Type &element = elements.try_emplace(letter, tensor.getElementType()).first->second;
    if (element != tensor.getElementType())
      return node.emitNodeError() << "expected one element type for all operands, found " << element << " and "
                                  << tensor.getElementType() << " (input " << i << ")";
  }
  return success();
}

int64_t newestOpset() {
#define NEWEST(opset) constexpr int64_t newest = opset;
#define CHANGE(op, since, up, down, types, attributes, inputs)
#include "dialects/ONNX/IR/OpsetHistory.inc"
#undef NEWEST
#undef CHANGE
  return newest;
}

int64_t irVersionFor(int64_t opset) {
  static const std::pair<int64_t, int64_t> firsts[] = {{1, 3},  {9, 4},   {10, 5},  {11, 6},  {12, 7},  {15, 8},
                                                       {19, 9}, {21, 10}, {23, 11}, {24, 12}, {25, 13}, {28, 14}};
  int64_t version = firsts[0].second;
  for (auto [first, ir] : firsts)
    if (opset >= first)
      version = ir;
  return version;
}

int64_t changedBetween(NodeOp node, int64_t opset) {
  int64_t own = node.getVersion();
  if (own == opset || !node.getDomain().empty())
    return 0;
  ArrayRef<Change> history = historyOf(node.getOpType());
  if (history.empty() || history.front().since > std::min(own, opset))
    return history.empty() ? std::max(own, opset) : history.front().since;
  uint64_t types = ~uint64_t(0);
  for (const Change &change : history)
    if (change.since <= opset)
      types = change.types;
  for (const Change &change : history) {
    if (change.since <= std::min(own, opset) || change.since > std::max(own, opset))
      continue;
    bool isSame =
        own < opset ? change.upSafe : change.downSafe && hasOnlyTypes(node, types) && !usesAny(node, change.attributes);
    if (!isSame)
      return change.since;
  }
  return 0;
}

} // namespace fourmix::onnx
