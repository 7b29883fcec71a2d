// The door from a typed ONNX graph to linalg on tensors.
//
// One driver for all operators: it walks the graph in order, looks each node up in the table and lets the row build
// what computes the node. The old graph stays untouched beside the new values until the end, so that rows can ask the
// node for its ONNX types (linalg knows no unsigned integers). Every op that a row builds carries the node's location.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Conversion/Passes.h"
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTONNXTOLINALG
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::lowering;

namespace fourmix::lowering {

const LoweringRow *LoweringTable::find(onnx::NodeOp node) const {
  StringRef domain = node.getDomain() == "ai.onnx" ? StringRef() : node.getDomain();
  auto versions = rows.find((domain + ":" + node.getOpType()).str());
  if (versions == rows.end())
    return nullptr;
  auto next = versions->second.upper_bound(node.getVersion());
  return next == versions->second.begin() ? nullptr : &std::prev(next)->second;
}

const LoweringTable &loweringTable() {
  static const LoweringTable table = [] {
    LoweringTable table;
    addElementwiseRows(table);
    addActivationRows(table);
    addShapeRows(table);
    addSliceRows(table);
    addGeneratorRows(table);
    addMatrixRows(table);
    addEinsumRows(table);
    addConvolutionRows(table);
    addReduceRows(table);
    addNormalizeRows(table);
    addGatherRows(table);
    addScatterRows(table);
    addPoolRows(table);
    addLossRows(table);
    addResizeRows(table);
    addQuantizeRows(table);
    addSelectRows(table);
    addSampleRows(table);
    addRecurrentRows(table);
    addDeterminantRows(table);
    addNGramRows(table);
    addTrainingRows(table);
    addRotaryRows(table);
    addLinearAttentionRows(table);
    return table;
  }();
  return table;
}

FailureOr<int64_t> NodeLowering::axis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= std::max<int64_t>(rank, 1))
    return node.emitNodeError() << "axis " << axis << " lies outside of [" << -rank << ", " << rank - 1 << ']';
  return axis < 0 ? axis + rank : axis;
}

FailureOr<SmallVector<int64_t>> NodeLowering::axes(ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<int64_t> normal;
  for (int64_t each : axes) {
    FailureOr<int64_t> one = axis(each, rank);
    if (failed(one))
      return failure();
    normal.push_back(*one);
  }
  return normal;
}

FailureOr<std::optional<SmallVector<int64_t>>> NodeLowering::constantInts(unsigned i) {
  std::optional<SmallVector<int64_t>> values;
  if (!input(i))
    return values;
  if (ElementsAttr constant = matchConstant(input(i)))
    values = readInts(constant);
  if (!values)
    return node.emitNodeError() << "input #" << i << " must be a constant of integers";
  return values;
}

FailureOr<std::optional<SmallVector<int64_t>>> NodeLowering::constantInts(unsigned i, StringRef attribute) {
  if (std::optional<SmallVector<int64_t>> ints = node.getInts(attribute))
    return ints;
  return constantInts(i);
}

} // namespace fourmix::lowering

namespace {

/// All nodes that no row lowers, in one error.
LogicalResult checkSupported(ModuleOp module) {
  using Operator = std::tuple<StringRef, StringRef, int64_t>;
  llvm::MapVector<Operator, SmallVector<onnx::NodeOp>> unsupported;
  size_t count = 0;
  module.walk([&](onnx::NodeOp node) {
    if (loweringTable().find(node) || node.is("If"))
      return;
    unsupported[{node.getDomain(), node.getOpType(), static_cast<int64_t>(node.getVersion())}].push_back(node);
    ++count;
  });
  if (count == 0)
    return success();
  InFlightDiagnostic error = module.emitError()
                             << count << (count == 1 ? " node has" : " nodes have") << " no lowering to linalg:";
  for (auto &[key, nodes] : unsupported) {
    auto [domain, op, version] = key;
    error << "\n  " << op << ", domain " << (domain.empty() ? "ai.onnx" : domain) << ", version " << version << ", "
          << nodes.size() << (nodes.size() == 1 ? " node: " : " nodes: ");
    constexpr size_t shown = 8;
    llvm::interleaveComma(ArrayRef(nodes).take_front(shown), error,
                          [&](onnx::NodeOp node) { error << '"' << node.getName().value_or(StringRef()) << '"'; });
    if (nodes.size() > shown)
      error << ", ...";
  }
  return error;
}

/// Every value that the graph computes with must be a static ranked tensor of numbers.
LogicalResult checkTyped(onnx::NodeOp node) {
  auto isLowered = [](Type type) {
    if (isa<onnx::AbsentType>(type))
      return true;
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.hasStaticShape() && tensor.getElementType().isIntOrFloat();
  };
  for (auto [i, type] : llvm::enumerate(node->getOperandTypes()))
    if (!isLowered(type))
      return node.emitNodeError() << "input #" << i << " must be a tensor of numbers with a static shape, found "
                                  << type;
  for (auto [i, type] : llvm::enumerate(node->getResultTypes()))
    if (!isLowered(type))
      return node.emitNodeError() << "output #" << i << " must be a tensor of numbers with a static shape, found "
                                  << type;
  return success();
}

class FunctionLowering {
public:
  explicit FunctionLowering(func::FuncOp function) : function(function), builder(function.getContext()) {}

  LogicalResult run() {
    dropSignsOfArguments();
    for (Operation &op : llvm::make_early_inc_range(function.getBody().front()))
      if (failed(lower(&op)))
        return failure();
    finish();
    return success();
  }

private:
  /// Arguments become signless; a stand-in keeps the ONNX type for the nodes that ask for it.
  void dropSignsOfArguments() {
    for (BlockArgument argument : function.getArguments()) {
      Type type = signless(argument.getType());
      if (type == argument.getType())
        continue;
      builder.setInsertionPointToStart(&function.getBody().front());
      Value standIn =
          UnrealizedConversionCastOp::create(builder, argument.getLoc(), argument.getType(), argument).getResult(0);
      argument.replaceAllUsesExcept(standIn, standIn.getDefiningOp());
      function.setArgAttr(argument.getArgNumber(), "onnx.type", TypeAttr::get(argument.getType()));
      argument.setType(type);
      values.map(standIn, argument);
      old.push_back(standIn.getDefiningOp());
    }
  }

  LogicalResult lower(Operation *op) {
    builder.setInsertionPoint(op);
    return lowerHere(op);
  }

  LogicalResult lowerHere(Operation *op) {
    if (auto constant = dyn_cast<onnx::ConstantOp>(op)) {
      values.map(constant.getResult(), Emit(builder, constant.getLoc()).constant(constant.getValue()));
      old.push_back(op);
    } else if (isa<onnx::NoneOp>(op)) {
      old.push_back(op);
    } else if (auto node = dyn_cast<onnx::NodeOp>(op)) {
      old.push_back(op);
      return lowerNode(node);
    }
    return success();
  }

  LogicalResult lowerNode(onnx::NodeOp node) {
    if (failed(checkTyped(node)))
      return failure();
    SmallVector<Value> inputs;
    for (unsigned i = 0, e = node.getInputs().size(); i < e; ++i)
      inputs.push_back(node.getInput(i) ? values.lookupOrDefault(node.getInput(i)) : Value());
    if (node.is("If"))
      return lowerIf(node, inputs[0]);
    NodeLowering lowering(builder, node, std::move(inputs));
    const LoweringRow *row = loweringTable().find(node);
    for (unsigned i = 0; i < row->requiredInputs; ++i)
      if (!lowering.input(i))
        return node.emitNodeError() << "input #" << i << " is missing";
    if (failed(row->lower(lowering)))
      return failure();
    for (unsigned i = 0, e = node.getNumResults(); i < e; ++i) {
      if (!node.hasOutput(i))
        continue;
      Value result = lowering.results[i];
      if (!result)
        return node.emitNodeError() << "output #" << i << " of type " << lowering.resultType(i)
                                    << " does not follow from these inputs";
      if (result.getType() != lowering.resultType(i))
        return node.emitNodeError() << "output #" << i << " was inferred as " << lowering.resultType(i)
                                    << ", but the lowering computes " << result.getType();
      values.map(node->getResult(i), result);
    }
    return success();
  }

  /// Both branches, and of each result the one that the condition picks: no operator has effects.
  LogicalResult lowerIf(onnx::NodeOp node, Value condition) {
    if (!condition || !Emit::elementOf(condition).isInteger(1) || Emit::typeOf(condition).getNumElements() != 1)
      return node.emitNodeError() << "expected one boolean as condition";
    SmallVector<Value> branches[2];
    ArrayAttr names = node.getGraphNamesAttr();
    for (auto [name, region] : llvm::zip(names.getAsRange<StringAttr>(), node.getGraphs())) {
      Block &body = region.front();
      for (Operation &op : llvm::make_early_inc_range(body.without_terminator())) {
        size_t before = old.size();
        if (failed(lowerHere(&op)))
          return failure();
        old.truncate(before); // goes with the If
      }
      for (Value result : body.getTerminator()->getOperands())
        branches[name.getValue() == "else_branch"].push_back(values.lookupOrDefault(result));
    }
    Emit emit(builder, node.getLoc());
    for (unsigned i = 0; i < node.getNumResults(); ++i) {
      if (!node.hasOutput(i))
        continue;
      if (branches[0].size() <= i || branches[1].size() <= i || branches[0][i].getType() != branches[1][i].getType())
        return node.emitNodeError() << "expected one type for output " << i << " of both branches";
      Value first = branches[0][i];
      values.map(node->getResult(i),
                 emit.elementwise(Emit::shapeOf(first), Emit::elementOf(first),
                                  {emit.reshape(condition, {}), first, branches[1][i]},
                                  [](Scalars &s, ValueRange x) { return s.select(x[0], x[1], x[2]); }));
    }
    return success();
  }

  /// Hands the new values to the ops that are no ONNX nodes, and drops the old graph.
  void finish() {
    for (Operation *op : old)
      for (Value result : op->getResults())
        if (Value value = values.lookupOrNull(result))
          result.replaceUsesWithIf(value, [](OpOperand &use) { return !isa<onnx::NodeOp>(use.getOwner()); });
    for (Operation *op : llvm::reverse(old))
      op->erase();
    Operation *terminator = function.getBody().front().getTerminator();
    for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
      if (type != terminator->getOperand(i).getType())
        function.setResultAttr(i, "onnx.type", TypeAttr::get(type));
    function.setFunctionType(
        FunctionType::get(function.getContext(), function.getBody().getArgumentTypes(), terminator->getOperandTypes()));
    // Constants that were only asked for their values at compile time, and what the rows built in vain.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  func::FuncOp function;
  OpBuilder builder;
  IRMapping values;
  SmallVector<Operation *> old;
};

struct ConvertONNXToLinalg : fourmix::impl::ConvertONNXToLinalgBase<ConvertONNXToLinalg> {
  void runOnOperation() override {
    if (failed(checkSupported(getOperation())))
      return signalPassFailure();
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(FunctionLowering(function).run()))
        return signalPassFailure();
  }
};

} // namespace
