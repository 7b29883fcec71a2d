// Model-local functions dissolve where they are called: a call takes precedence over an operator of the same name.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Transforms/InlineFunctions.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

// Calls that call twice what calls twice … grow without bound; no real model comes near.
constexpr int64_t maxInlined = 1 << 20;

class Inliner {
public:
  Inliner(ModuleOp module) {
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr("onnx.op_type") && !function.isExternal() && function.getBody().hasOneBlock())
        functions[function.getSymName()] = function;
  }
  LogicalResult inlineInto(Block &block);
  void eraseFunctions() {
    for (auto &entry : functions)
      entry.second.erase();
  }

private:
  func::FuncOp callee(NodeOp node) {
    return functions.lookup(functionSymbol(node.getDomain(), node.getOpType(), node.getOverload().value_or("")));
  }
  FailureOr<Operation *> inlineCall(NodeOp call, func::FuncOp function);

  llvm::StringMap<func::FuncOp> functions;
  SmallVector<func::FuncOp> stack;
  int64_t inlined = 0;
};

/// The value that the call gives to the function's attribute of a reference, or null.
Attribute resolve(RefAttr reference, NodeOp call, func::FuncOp function) {
  if (Attribute given = call.getNodeAttr(reference.getName()))
    return given;
  auto defaults = function->getAttrOfType<DictionaryAttr>("onnx.attribute_defaults");
  return defaults ? defaults.get(reference.getName()) : Attribute();
}

/// Renames `node`, a copy of a node of `function`, and replaces its references.
LogicalResult adapt(NodeOp node, NodeOp call, func::FuncOp function, const std::string &prefix) {
  MLIRContext *context = node.getContext();
  auto rename = [&](StringRef name) {
    return StringAttr::get(context, name.empty() ? name.str() : prefix + name.str());
  };
  if (node.getName())
    node.setNameAttr(rename(*node.getName()));
  if (auto names = node.getOutputNames()) {
    SmallVector<Attribute> renamed;
    for (StringAttr name : names->getAsRange<StringAttr>())
      renamed.push_back(rename(name.getValue()));
    node.setOutputNamesAttr(ArrayAttr::get(context, renamed));
  }
  NamedAttrList attributes;
  for (NamedAttribute attribute : node.getNodeAttrs()) {
    Attribute value = attribute.getValue();
    if (auto reference = dyn_cast<RefAttr>(value)) {
      if (reference.getKind().getValue().starts_with("graph"))
        return node.emitNodeError() << "attribute \"" << attribute.getName().getValue()
                                    << "\" refers to a subgraph of the call, which is not supported";
      value = resolve(reference, call, function);
    }
    if (value)
      attributes.push_back({attribute.getName(), value});
  }
  node.setNodeAttrsAttr(attributes.getDictionary(context));
  return success();
}

/// Returns the operation to go on with: the body's first one, since it may hold calls too.
FailureOr<Operation *> Inliner::inlineCall(NodeOp call, func::FuncOp function) {
  Block &body = function.getBody().front();
  Operation *terminator = body.getTerminator();
  if (call.getInputs().size() > body.getNumArguments() || call.getNumResults() > terminator->getNumOperands())
    return call.emitNodeError() << "expected at most " << body.getNumArguments() << " inputs and "
                                << terminator->getNumOperands() << " outputs (function " << function.getSymName()
                                << "), found " << call.getInputs().size() << " and " << call.getNumResults();
  auto names = call.getOutputNames();
  std::string prefix = call.getName().value_or("").str();
  if (prefix.empty() && names && !names->empty())
    prefix = cast<StringAttr>((*names)[0]).getValue().str();
  prefix = (prefix.empty() ? call.getOpType().str() : prefix) + "/";

  OpBuilder builder(call);
  IRMapping mapping;
  for (BlockArgument argument : body.getArguments()) {
    unsigned i = argument.getArgNumber();
    if (i < call.getInputs().size())
      mapping.map(argument, call.getInputs()[i]);
    else if (!argument.use_empty())
      mapping.map(argument, NoneOp::create(builder, call.getLoc()).getResult());
  }
  Operation *previous = call->getPrevNode();
  for (Operation &op : body.without_terminator()) {
    Operation *copy = builder.clone(op, mapping);
    WalkResult adapted = copy->walk([&](NodeOp node) {
      ++inlined;
      return failed(adapt(node, call, function, prefix)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (adapted.wasInterrupted())
      return failure();
  }
  if (inlined > maxInlined)
    return call.emitNodeError() << "the calls of functions expand to more than " << maxInlined << " nodes";
  for (auto [result, value] : llvm::zip(call.getResults(), terminator->getOperands()))
    result.replaceAllUsesWith(mapping.lookup(value));
  // The values that the call names keep their names.
  for (unsigned i = 0; names && i < call.getNumResults(); ++i) {
    auto result = dyn_cast<OpResult>(mapping.lookup(terminator->getOperand(i)));
    auto node = result ? dyn_cast<NodeOp>(result.getOwner()) : NodeOp();
    if (!node || !node.getOutputNames() || !call.hasOutput(i) || terminator->getOperand(i).getParentBlock() != &body ||
        isa<BlockArgument>(terminator->getOperand(i)))
      continue;
    SmallVector<Attribute> own(node.getOutputNames()->getValue());
    own[result.getResultNumber()] = (*names)[i];
    node.setOutputNamesAttr(builder.getArrayAttr(own));
  }
  Block *block = call->getBlock();
  call.erase();
  return previous ? previous->getNextNode() : &block->front();
}

LogicalResult Inliner::inlineInto(Block &block) {
  Operation *op = block.empty() ? nullptr : &block.front();
  // Where the bodies of the calls that `op` comes from end; the stack of functions has one entry for each.
  SmallVector<Operation *> ends;
  while (op) {
    while (!ends.empty() && ends.back() == op) {
      ends.pop_back();
      stack.pop_back();
    }
    auto node = dyn_cast<NodeOp>(op);
    func::FuncOp function = node ? callee(node) : func::FuncOp();
    if (!function) {
      for (Region &region : op->getRegions())
        for (Block &inner : region)
          if (failed(inlineInto(inner)))
            return failure();
      op = op->getNextNode();
      continue;
    }
    if (llvm::is_contained(stack, function))
      return node.emitNodeError() << "function " << function.getSymName() << " calls itself";
    stack.push_back(function);
    ends.push_back(op->getNextNode());
    FailureOr<Operation *> next = inlineCall(node, function);
    if (failed(next))
      return failure();
    op = *next;
  }
  for (size_t i = 0; i < ends.size(); ++i)
    stack.pop_back();
  return success();
}

} // namespace

LogicalResult inlineFunctions(ModuleOp module, func::FuncOp main) {
  Inliner inliner(module);
  if (failed(inliner.inlineInto(main.getBody().front())))
    return failure();
  inliner.eraseFunctions();
  return success();
}

} // namespace fourmix::onnx
