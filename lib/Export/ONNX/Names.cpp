// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Names.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace fourmix::exporter {

StringRef inputName(Block &block, unsigned i) {
  if (auto function = dyn_cast<func::FuncOp>(block.getParentOp())) {
    auto name = function.getArgAttrOfType<StringAttr>(i, "onnx.name");
    return name ? name.getValue() : StringRef();
  }
  auto yield = dyn_cast<onnx::YieldOp>(block.back());
  ArrayAttr names = yield ? yield.getInputNamesAttr() : ArrayAttr();
  return names && i < names.size() ? cast<StringAttr>(names[i]).getValue() : StringRef();
}

StringRef outputName(Block &block, unsigned i) {
  if (auto function = dyn_cast<func::FuncOp>(block.getParentOp())) {
    auto name = function.getResultAttrOfType<StringAttr>(i, "onnx.name");
    return name ? name.getValue() : StringRef();
  }
  auto yield = dyn_cast<onnx::YieldOp>(block.back());
  ArrayAttr names = yield ? yield.getOutputNamesAttr() : ArrayAttr();
  return names && i < names.size() ? cast<StringAttr>(names[i]).getValue() : StringRef();
}

/// The file may declare a shape for a name that nothing bears any more: a new value must not come under it.
static void collectDeclared(Operation *op, llvm::StringSet<> &taken) {
  if (auto declared = op->getAttrOfType<DictionaryAttr>("onnx.value_info"))
    for (NamedAttribute value : declared)
      taken.insert(value.getName());
}

Names::Names(func::FuncOp function) {
  collectDeclared(function, taken);
  collect(function.front());
  assign(function.front(), {});
}

StringRef Names::of(Value value) const {
  auto known = names.find(value);
  return known == names.end() ? StringRef() : known->second;
}

void Names::collect(Block &block) {
  for (unsigned i = 0; i < block.getNumArguments(); ++i)
    taken.insert(inputName(block, i));
  for (unsigned i = 0; i < block.back().getNumOperands(); ++i)
    taken.insert(outputName(block, i));
  for (Operation &op : block) {
    collectDeclared(&op, taken);
    for (Value result : op.getResults())
      taken.insert(onnx::nameOf(result));
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        collect(inner);
  }
}

std::string Names::fresh(StringRef base) {
  std::string name = base.str();
  while (!taken.insert(name).second)
    name = (base + "_" + Twine(++counters[base])).str();
  return name;
}

/// What a value without a name is called after.
static std::string baseOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast_or_null<onnx::ConstantOp>(op)) {
    auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue());
    return resource ? resource.getRawHandle().getKey().str() : "constant";
  }
  auto node = dyn_cast_or_null<onnx::NodeOp>(op);
  if (!node)
    return "input";
  std::string base = node.getName() && !node.getName()->empty() ? node.getName()->str() : node.getOpType().lower();
  return base + "_output_" + std::to_string(cast<OpResult>(value).getResultNumber());
}

void Names::give(Value value, StringRef wanted, StringRef base, llvm::StringSet<> &used) {
  names[value] = !wanted.empty() && used.insert(wanted).second ? wanted.str() : fresh(base);
}

void Names::assign(Block &block, llvm::StringSet<> used) {
  bool isMain = isa<func::FuncOp>(block.getParentOp());
  for (BlockArgument argument : block.getArguments())
    give(argument, inputName(block, argument.getArgNumber()), "input", used);
  Operation &terminator = block.back();
  for (auto [i, value] : llvm::enumerate(terminator.getOperands())) {
    StringRef name = outputName(block, i);
    // The outputs of a function are known by name, those of a subgraph by position.
    bool isOurs = value.getDefiningOp() && value.getParentBlock() == &block && !names.contains(value);
    if (!name.empty() && isOurs && (isMain || !used.contains(name)))
      give(value, name, name, used);
    else if (isMain)
      used.insert(name); // for the Identity that will compute it
  }
  for (Operation &op : block) {
    for (Value result : op.getResults())
      if (!isa<onnx::AbsentType>(result.getType()) && !names.contains(result))
        give(result, onnx::nameOf(result), baseOf(result), used);
    for (Region &region : op.getRegions()) {
      llvm::StringSet<> captured;
      SetVector<Value> above;
      getUsedValuesDefinedAbove(region, above);
      for (Value value : above)
        captured.insert(of(value));
      for (Block &inner : region)
        assign(inner, captured);
    }
  }
}

} // namespace fourmix::exporter
