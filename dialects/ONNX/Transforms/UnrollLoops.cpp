// Loop and Scan, iteration by iteration.
//
// A loop that is being taken apart carries, behind its own operands, the values that its iterations so far gave to the
// scan outputs, and as an attribute how many iterations there were.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Transforms/ControlFlow.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

// More iterations than this would make a network that nobody wants to compile.
constexpr int64_t maxIterations = 4096, maxNodes = 1 << 18;
constexpr StringLiteral iterationsAttr = "onnx.iterations";

/// The only element of a constant, or nullopt.
std::optional<int64_t> knownInteger(Value value) {
  ElementsAttr constant = value ? matchConstant(value) : ElementsAttr();
  std::optional<SmallVector<int64_t>> ints;
  if (constant && constant.getShapedType().getNumElements() == 1)
    ints = readInts(constant);
  return ints ? std::optional<int64_t>(ints->front()) : std::nullopt;
}

int64_t iterationsOf(NodeOp loop) {
  auto count = loop->getAttrOfType<IntegerAttr>(iterationsAttr);
  return count ? count.getInt() : 0;
}

/// What Loop and Scan have in common, apart.
struct Iteration {
  NodeOp loop;
  Block *body;
  int64_t done;
  unsigned firstState; // the operand
  unsigned states, scans, ownOperands;
  unsigned firstYield; // of the body's terminator: the first state

  bool hasOperands() { return static_cast<int64_t>(loop.getInputs().size()) == ownOperands + done * scans; }

  ValueRange state() { return loop.getInputs().slice(firstState, states); }
  /// What iteration `i` gave to scan output `k`.
  Value scanned(int64_t i, unsigned k) { return loop.getInputs()[ownOperands + i * scans + k]; }
};

/// Copies the body in front of the loop, its arguments replaced, and hands its results to the loop.
FailureOr<Operation *> peel(Iteration &it, ArrayRef<Value> arguments) {
  NodeOp loop = it.loop;
  int64_t size = std::distance(it.body->begin(), it.body->end());
  if (it.done >= maxIterations || it.done * size > maxNodes)
    return loop.emitNodeError() << "more than " << it.done << " iterations of " << size
                                << " nodes are too many to be unrolled";
  OpBuilder builder(loop);
  Operation *before = loop->getPrevNode();
  IRMapping mapping;
  for (auto [argument, value] : llvm::zip(it.body->getArguments(), arguments))
    mapping.map(argument, value);
  std::string prefix = (loop.getName().value_or(loop.getOpType()) + "/" + Twine(it.done) + "/").str();
  auto renamed = [&](StringRef name) { return builder.getStringAttr(name.empty() ? name.str() : prefix + name.str()); };
  for (Operation &op : it.body->without_terminator())
    builder.clone(op, mapping)->walk([&](NodeOp node) {
      if (node.getName())
        node.setNameAttr(renamed(*node.getName()));
      if (ArrayAttr names = node.getOutputNamesAttr())
        node.setOutputNamesAttr(builder.getArrayAttr(llvm::map_to_vector(
            names.getAsRange<StringAttr>(), [&](StringAttr name) -> Attribute { return renamed(name.getValue()); })));
    });
  SmallVector<Value> operands(loop.getInputs()), results;
  for (Value result : it.body->getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(result));
  if (it.firstYield == 1) // Loop: whether it goes on
    operands[1] = results[0];
  for (unsigned i = 0; i < it.states; ++i)
    operands[it.firstState + i] = results[it.firstYield + i];
  operands.append(results.begin() + it.firstYield + it.states, results.end());
  loop.getInputsMutable().assign(operands);
  loop->setAttr(iterationsAttr, builder.getI64IntegerAttr(it.done + 1));
  return before ? before->getNextNode() : &loop->getBlock()->front();
}

/// Replaces the loop by its last states and, for each scan output, what the iterations gave along `axisOf`.
FailureOr<Operation *> finish(Iteration &it, llvm::function_ref<int64_t(unsigned)> axisOf,
                              llvm::function_ref<bool(unsigned)> isReversed) {
  NodeOp loop = it.loop;
  OpBuilder builder(loop);
  NodeBuilder nodes(builder, loop.getLoc(), loop.getVersion());
  Operation *before = loop->getPrevNode();
  SmallVector<Value> results(it.state());
  for (unsigned k = 0; k < it.scans; ++k) {
    Value output = loop.getResult(it.states + k);
    if (output.use_empty()) {
      results.push_back({});
      continue;
    }
    if (it.done == 0)
      return loop.emitNodeError() << "runs for no iteration: the shape of output " << it.states + k << " is not known";
    SmallVector<Value> parts;
    for (int64_t i = 0; i < it.done; ++i) {
      Value part = it.scanned(isReversed(k) ? it.done - 1 - i : i, k);
      auto type = dyn_cast<RankedTensorType>(part.getType());
      if (!type) // an error has been reported where it comes from
        return failure();
      int64_t axis = axisOf(k), rank = type.getRank() + 1;
      parts.push_back(nodes.unsqueeze(part, axis < 0 ? axis + rank : axis));
    }
    int64_t axis = axisOf(k);
    Value joined = nodes.create("Concat", parts, nodes.attr("axis", axis));
    if (!joined)
      return failure();
    results.push_back(joined);
  }
  Operation *next = before ? before->getNextNode() : &loop->getBlock()->front();
  for (auto [output, result] : llvm::zip(loop.getResults(), results))
    if (result)
      output.replaceAllUsesWith(result);
  if (next == loop)
    next = loop->getNextNode();
  loop.erase();
  return next;
}

/// M, condition, states; the body takes iteration, condition, states and gives condition, states, scan outputs.
FailureOr<Operation *> peelLoopNode(NodeOp loop, Block *body) {
  unsigned arguments = body->getNumArguments(), yields = body->getTerminator()->getNumOperands();
  Iteration it{loop, body, iterationsOf(loop), 2, arguments - 2, yields - (arguments - 1), arguments, 1};
  if (arguments < 2 || yields + 1 < arguments || loop.getNumResults() != it.states + it.scans || !it.hasOperands())
    return loop.emitNodeError() << "expected a body with " << loop.getInputs().size() << " inputs and "
                                << loop.getNumResults() + 1 << " outputs, found " << arguments << " and " << yields;
  Value trip = loop.getInput(0), condition = loop.getInput(1);
  std::optional<int64_t> count = knownInteger(trip), goesOn = knownInteger(condition);
  if (trip && !count)
    return loop.emitNodeError() << "expected a constant for input 0 (M), found a value that depends on the data"
                                << Inference::bindHint(trip);
  if ((goesOn && !*goesOn) || (count && it.done >= *count))
    return finish(it, [](unsigned) { return 0; }, [](unsigned) { return false; });
  if (condition && !goesOn)
    return loop.emitNodeError() << "whether iteration " << it.done << " takes place depends on the data"
                                << Inference::bindHint(condition);
  OpBuilder builder(loop);
  NodeBuilder nodes(builder, loop.getLoc(), loop.getVersion());
  auto boolean = RankedTensorType::get({}, builder.getI1Type());
  SmallVector<Value> values{nodes.integer(it.done), nodes.constant(DenseElementsAttr::get(boolean, true))};
  llvm::append_range(values, it.state());
  return peel(it, values);
}

/// States, scan inputs; the body takes states and one element of each scan input, and gives states, scan outputs.
FailureOr<Operation *> peelScanNode(NodeOp scan, Block *body) {
  if (scan.getVersion() < 9)
    return scan.emitNodeError() << "expected opset 9 or later, found Scan of opset " << scan.getVersion();
  int64_t inputs = scan.getInt("num_scan_inputs", 0);
  unsigned arguments = body->getNumArguments(), yields = body->getTerminator()->getNumOperands();
  if (inputs < 1 || inputs > arguments || yields + inputs < arguments)
    return scan.emitNodeError() << "expected num_scan_inputs between 1 and " << arguments << ", found " << inputs;
  unsigned states = arguments - inputs;
  Iteration it{scan, body, iterationsOf(scan), 0, states, yields - states, arguments, 0};
  if (scan.getNumResults() != yields || !it.hasOperands())
    return scan.emitNodeError() << "expected a body with " << scan.getInputs().size() << " inputs and "
                                << scan.getNumResults() << " outputs, found " << arguments << " and " << yields;
  auto listed = [&](StringRef name, unsigned i) {
    std::optional<SmallVector<int64_t>> all = scan.getInts(name);
    return all && i < all->size() ? (*all)[i] : 0;
  };
  std::optional<int64_t> count;
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < inputs; ++i) {
    auto type = dyn_cast<RankedTensorType>(scan.getInputs()[states + i].getType());
    if (!type) // an error has been reported where it comes from
      return failure();
    int64_t axis = listed("scan_input_axes", i), rank = type.getRank();
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank)
      return scan.emitNodeError() << "axis " << listed("scan_input_axes", i) << " is out of range for rank " << rank;
    if (count && *count != type.getDimSize(axis))
      return scan.emitNodeError() << "scan inputs of lengths " << *count << " and " << type.getDimSize(axis);
    count = type.getDimSize(axis);
    axes.push_back(axis);
  }
  if (it.done >= *count)
    return finish(
        it, [&](unsigned k) { return listed("scan_output_axes", k); },
        [&](unsigned k) { return listed("scan_output_directions", k) != 0; });
  OpBuilder builder(scan);
  NodeBuilder nodes(builder, scan.getLoc(), scan.getVersion());
  SmallVector<Value> values(it.state());
  for (int64_t i = 0; i < inputs; ++i) {
    int64_t at = listed("scan_input_directions", i) ? *count - 1 - it.done : it.done;
    Value element =
        nodes.create("Gather", {scan.getInputs()[states + i], nodes.integer(at)}, nodes.attr("axis", axes[i]));
    if (!element)
      return failure();
    values.push_back(element);
  }
  return peel(it, values);
}

} // namespace

FailureOr<Operation *> peelLoop(NodeOp loop) {
  if (loop.getGraphs().size() != 1)
    return loop.emitNodeError() << "expected a body, found " << loop.getGraphs().size() << " subgraphs";
  Block *body = &loop.getGraphs().front().front();
  return loop.is("Loop") ? peelLoopNode(loop, body) : peelScanNode(loop, body);
}

} // namespace fourmix::onnx
