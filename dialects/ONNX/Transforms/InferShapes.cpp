// Static types for every value, and constants for what can be computed now: one forward walk through the op table.
//
// The walk itself knows no operator but those of control flow: a constant condition picks the branch of an If, loops
// are unrolled, sequences and fused operators dissolve (ControlFlow.h), calls of model-local functions are replaced by
// their bodies. No greedy driver: what no row folds stays exactly as it came.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/IR/OpTable.h"
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Transforms/ControlFlow.h"
#include "dialects/ONNX/Transforms/InlineFunctions.h"
#include "dialects/ONNX/Transforms/InputShapes.h"
#include "dialects/ONNX/Transforms/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace fourmix::onnx {
#define GEN_PASS_DEF_ONNXINFERSHAPES
#include "dialects/ONNX/Transforms/Passes.h.inc"

namespace {

class Walk {
public:
  LogicalResult run(func::FuncOp main);

private:
  void walkBlock(Block &block);
  /// Types, folds or replaces `node`; returns the operation to go on with.
  Operation *visit(NodeOp node);
  LogicalResult infer(NodeOp node, const OpRow &row);
  bool fold(NodeOp node, const OpRow &row);
  /// Replaces an If whose condition is constant; the first operation of the branch, or null if it has to stay.
  Operation *takeBranch(NodeOp node);
  /// Erases `op`, which nothing uses, and what then nothing uses any more of what it used.
  void eraseWithProducers(Operation *op);

  const OpTable &table = OpTable::get();
  SmallVector<NodeOp> unsupported;
  SmallVector<NodeOp> sequences; // that nodes build
  bool bad = false;
};

/// Everything outside of `op` that it or its regions use.
void collectProducers(Operation *op, SmallVectorImpl<Operation *> &producers) {
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (Operation *producer = operand.getDefiningOp(); producer && !op->isAncestor(producer))
        producers.push_back(producer);
  });
}

void Walk::eraseWithProducers(Operation *op) {
  SmallVector<Operation *> worklist;
  collectProducers(op, worklist);
  op->erase();
  // An operation may stand in the list more than once, so its death is noted.
  llvm::SmallPtrSet<Operation *, 8> erased;
  while (!worklist.empty()) {
    Operation *producer = worklist.pop_back_val();
    if (erased.contains(producer) || !isa<NodeOp, ConstantOp, NoneOp>(producer) || !producer->use_empty())
      continue;
    collectProducers(producer, worklist);
    erased.insert(producer);
    producer->erase();
  }
}

/// True where both types are tensors and no sizes make the declared one the inferred one.
bool contradicts(Type declared, Type inferred) {
  auto declaredTensor = dyn_cast<RankedTensorType>(declared);
  auto tensor = dyn_cast<RankedTensorType>(inferred);
  if (!declaredTensor || !tensor)
    return false;
  if (declaredTensor.getElementType() != tensor.getElementType() || declaredTensor.getRank() != tensor.getRank())
    return true;
  for (auto [expected, dim] : llvm::zip(declaredTensor.getShape(), tensor.getShape()))
    if (!ShapedType::isDynamic(expected) && expected != dim)
      return true;
  return false;
}

/// Exporters annotate inner values, sometimes wrongly: worth a word, no more.
void checkDeclared(NodeOp node) {
  auto declared = node->getAttrOfType<ArrayAttr>("onnx.value_info");
  for (unsigned i = 0; declared && i < node.getNumResults() && i < declared.size(); ++i) {
    auto notes = dyn_cast<DictionaryAttr>(declared[i]);
    auto type = notes ? notes.getAs<TypeAttr>("type") : TypeAttr();
    if (type && contradicts(type.getValue(), node.getResult(i).getType()))
      node.emitWarning() << "output " << i << " of this " << node.getOpType() << " is declared as " << type.getValue()
                         << " but is " << node.getResult(i).getType() << "; the declaration is ignored";
  }
}

LogicalResult Walk::infer(NodeOp node, const OpRow &row) {
  if (failed(inferTypes(node, row)))
    return failure();
  checkDeclared(node);
  return success();
}

bool Walk::fold(NodeOp node, const OpRow &row) {
  std::optional<SmallVector<ElementsAttr>> values = evaluate(node, row);
  if (!values)
    return false;
  OpBuilder builder(node);
  auto names = node.getOutputNames();
  for (auto [i, value] : llvm::enumerate(*values)) {
    Value result = node.getResult(i);
    if (result.use_empty())
      continue;
    auto name = names && i < names->size() ? cast<StringAttr>((*names)[i]) : StringAttr();
    result.replaceAllUsesWith(ConstantOp::create(builder, node.getLoc(), value, name));
  }
  eraseWithProducers(node);
  return true;
}

Operation *Walk::takeBranch(NodeOp node) {
  ElementsAttr condition = matchConstant(node.getInput(0));
  std::optional<SmallVector<int64_t>> value;
  if (condition && condition.getShapedType().getNumElements() == 1)
    value = readInts(condition);
  auto names = node.getGraphNames();
  if (!value || !names || names->size() != node.getGraphs().size())
    return nullptr;
  StringRef wanted = value->front() ? "then_branch" : "else_branch";
  for (auto [name, region] : llvm::zip(names->getAsRange<StringAttr>(), node.getGraphs())) {
    if (name.getValue() != wanted || region.empty() || region.front().getNumArguments() != 0)
      continue;
    Block &branch = region.front();
    Operation *yield = branch.getTerminator();
    if (yield->getNumOperands() != node.getNumResults())
      return nullptr;
    for (auto [result, operand] : llvm::zip(node.getResults(), yield->getOperands()))
      result.replaceAllUsesWith(operand);
    yield->erase();
    Operation *first = branch.empty() ? node->getNextNode() : &branch.front();
    node->getBlock()->getOperations().splice(node->getIterator(), branch.getOperations());
    eraseWithProducers(node);
    return first;
  }
  return nullptr;
}

Operation *Walk::visit(NodeOp node) {
  Operation *next = node->getNextNode();
  if (node.is("If"))
    if (Operation *first = takeBranch(node))
      return first;
  FailureOr<Operation *> dissolved = !node.getDomain().empty()            ? dissolveFusion(node)
                                     : node.is("Loop") || node.is("Scan") ? peelLoop(node)
                                                                          : dissolveSequence(node);
  if (failed(dissolved)) {
    bad = true;
    return next;
  }
  if (*dissolved)
    return *dissolved;
  if (buildsSequence(node)) {
    sequences.push_back(node);
    return next;
  }
  const OpRow *row = table.lookup(node);
  if (!row) {
    unsupported.push_back(node);
    return next;
  }
  if (node.is("If"))
    for (Region &region : node.getGraphs())
      for (Block &block : region)
        walkBlock(block);
  // What came from a node without a row, or with an error, has been reported there.
  auto isUnknown = [](Value value) { return isa<UnknownType>(value.getType()); };
  if (llvm::any_of(node.getInputs(), isUnknown))
    return next;
  if (failed(infer(node, *row)))
    bad = true;
  else
    fold(node, *row);
  return next;
}

void Walk::walkBlock(Block &block) {
  Operation *op = block.empty() ? nullptr : &block.front();
  while (op) {
    if (auto node = dyn_cast<NodeOp>(op))
      op = visit(node);
    else
      op = op->getNextNode();
  }
}

LogicalResult Walk::run(func::FuncOp main) {
  walkBlock(main.getBody().front());
  for (NodeOp node : llvm::reverse(sequences)) {
    if (node->use_empty())
      node.erase();
    else if (!bad) // else what takes from it has said why it cannot
      unsupported.push_back(node);
  }
  reportUnsupported(main, unsupported);
  Block &body = main.getBody().front();
  main.setFunctionType(
      FunctionType::get(main.getContext(), body.getArgumentTypes(), body.getTerminator()->getOperandTypes()));
  return success(!bad && unsupported.empty());
}

struct InferShapes : impl::ONNXInferShapesBase<InferShapes> {
  using ONNXInferShapesBase::ONNXInferShapesBase;
  void runOnOperation() override {
    SmallVector<std::string> given(shapes.begin(), shapes.end());
    if (failed(inferShapes(getOperation(), given)))
      signalPassFailure();
  }
};

} // namespace

LogicalResult inferShapes(ModuleOp module, ArrayRef<std::string> shapes) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal() || !main.getBody().hasOneBlock())
    return module.emitError("expected a function @main of one block");
  if (failed(applyInputShapes(main, shapes)) || failed(requireStaticInputs(main)) ||
      failed(inlineFunctions(module, main)))
    return failure();
  return Walk().run(main);
}

} // namespace fourmix::onnx
