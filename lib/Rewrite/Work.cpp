// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Rewrite/Work.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::rewrite {
namespace {

/// The node's result is its first operand under another type, or it would be if the network were trained.
bool renamesElements(Operation *op) {
  static const llvm::StringSet<> names = {"Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"};
  auto node = dyn_cast<NodeOp>(op);
  return node && node.getDomain().empty() && names.contains(node.getOpType()) && node.getInput(0);
}

/// The node reads of its first operand as much as it writes, however large that is.
bool readsSomeRows(Operation *op) {
  static const llvm::StringSet<> names = {"Gather", "GatherElements", "GatherND", "Slice"};
  auto node = dyn_cast<NodeOp>(op);
  return node && node.getDomain().empty() && names.contains(node.getOpType());
}

/// The tensor that holds the elements of `value`.
Value storageOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!renamesElements(op) || value != op->getResult(0))
      break;
    value = op->getOperand(0);
  }
  return value;
}

int64_t bytesOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() || !tensor.getElementType().isIntOrFloat())
    return 0;
  return tensor.getNumElements() * elementBytes(tensor.getElementType());
}

bool holdsParameters(ElementsAttr constant) {
  constexpr unsigned quantised = 8;
  Type element = constant.getElementType();
  bool isNumber = isa<FloatType>(element) ||
                  (isa<IntegerType>(element) && !element.isInteger(1) && element.getIntOrFloatBitWidth() <= quantised);
  return isNumber && constant.getNumElements() > 1;
}

/// What a set of operations touches, each thing once.
class Sum {
public:
  explicit Sum(const WorkCounter &facts) : facts(facts) {}

  void add(Operation *op) {
    if (isa<onnx::ConstantOp, onnx::NoneOp>(op) || op->hasTrait<OpTrait::IsTerminator>())
      return;
    bool computedBefore = op->getNumResults() && llvm::all_of(op->getResults(), [&](Value result) {
                            return facts.isConstant(result) || isa<onnx::AbsentType>(result.getType());
                          });
    if (computedBefore)
      return;
    if (std::optional<double> flops = countFlops(op)) {
      work.flops += *flops;
    } else {
      auto node = dyn_cast<NodeOp>(op);
      ++work.uncounted[(node ? node.getOpType() : op->getName().getStringRef()).str()];
    }
    auto mixing = dyn_cast<mix::MixingOpInterface>(op);
    for (Value operand : mixing ? mixing.getParameters() : SmallVector<Value>(op->getOperands()))
      addParameters(operand);
    for (auto [index, operand] : llvm::enumerate(op->getOperands()))
      if (index > 0 || !readsSomeRows(op))
        addBytes(storageOf(operand));
    if (!renamesElements(op))
      for (Value result : op->getResults())
        addBytes(result);
    for (Region &region : op->getRegions()) // of a branch or a loop; what it takes from around it is touched here, too
      for (Block &block : region)
        for (Operation &inner : block)
          add(&inner);
  }

  Work work;

private:
  /// The constants that `value`, which depends on constants alone, is made of.
  void addParameters(Value value) {
    SmallVector<Value> list = {value};
    while (!list.empty()) {
      Value next = list.pop_back_val();
      if (!facts.isConstant(next) || !parameters.insert(next.getAsOpaquePointer()).second)
        continue;
      ElementsAttr constant = matchConstant(next);
      if (!constant) {
        llvm::append_range(list, next.getDefiningOp()->getOperands());
        continue;
      }
      // One weight may stand in several constants; equal small constants are different weights all the same.
      bool isKnown =
          isa<DenseResourceElementsAttr>(constant) && !parameters.insert(constant.getAsOpaquePointer()).second;
      if (holdsParameters(constant) && !isKnown)
        work.parameters += constant.getNumElements();
    }
  }

  void addBytes(Value value) {
    if (tensors.insert(value).second)
      work.bytes += bytesOf(value.getType());
  }

  const WorkCounter &facts;
  llvm::DenseSet<const void *> parameters;
  llvm::DenseSet<Value> tensors;
};

} // namespace

WorkCounter::WorkCounter(func::FuncOp func) : body(&func.getBody()) {
  func.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<onnx::ConstantOp>(op)) {
      constants.insert(op->getResult(0));
      return;
    }
    auto known = [&](Value operand) { return isa<onnx::AbsentType>(operand.getType()) || constants.contains(operand); };
    if (auto node = dyn_cast<NodeOp>(op))
      // A random number is no constant, though nothing is needed to draw it.
      if (node.getGraphs().empty() && !node.getOpType().starts_with("Random") && node.getOpType() != "Bernoulli" &&
          node.getOpType() != "Multinomial" && llvm::all_of(node.getInputs(), known))
        constants.insert_range(node->getResults());
  });
}

Work WorkCounter::count(ArrayRef<Operation *> ops) const {
  Sum sum(*this);
  for (Operation *op : ops)
    sum.add(op);
  return std::move(sum.work);
}

Work WorkCounter::count() const {
  SmallVector<Operation *> ops;
  for (Block &block : *body)
    for (Operation &op : block)
      ops.push_back(&op);
  return count(ops);
}

} // namespace fourmix::rewrite
