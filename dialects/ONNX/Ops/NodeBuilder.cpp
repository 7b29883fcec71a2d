// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Ops/Inference.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;

namespace fourmix::onnx {

NodeOp NodeBuilder::createTyped(StringRef op, ValueRange inputs, TypeRange types, ArrayRef<NamedAttribute> attrs) {
  if (llvm::any_of(inputs, [](Value input) { return !input; }))
    return {};
  return NodeOp::create(builder, loc, types, builder.getStringAttr(op), builder.getStringAttr(""),
                        builder.getI64IntegerAttr(version), inputs, /*name=*/StringAttr(), /*output_names=*/ArrayAttr(),
                        builder.getDictionaryAttr(attrs), /*graph_names=*/ArrayAttr(), /*metadata=*/DictionaryAttr(),
                        /*overload=*/StringAttr(), /*doc=*/StringAttr(), /*graphsCount=*/0);
}

NodeOp NodeBuilder::createNode(StringRef op, ValueRange inputs, unsigned results, ArrayRef<NamedAttribute> attrs) {
  NodeOp node = createTyped(op, inputs, SmallVector<Type>(results, UnknownType::get(builder.getContext())), attrs);
  if (!node)
    return {};
  const OpRow *row = OpTable::get().lookup(node);
  if (!row)
    node.emitNodeError() << "expected an operator of this opset, found none of that name";
  if (!row || failed(inferTypes(node, *row))) {
    node.erase();
    return {};
  }
  return node;
}

Value NodeBuilder::create(StringRef op, ValueRange inputs, ArrayRef<NamedAttribute> attrs) {
  NodeOp node = createNode(op, inputs, 1, attrs);
  return node ? node.getResult(0) : Value();
}

Value NodeBuilder::ints(ArrayRef<int64_t> values) { return constant(makeInts(builder.getContext(), values)); }

Value NodeBuilder::integer(int64_t value) {
  return constant(DenseElementsAttr::get(RankedTensorType::get({}, builder.getI64Type()), value));
}

Value NodeBuilder::number(double value, Type element) {
  return constant(makeConstant(RankedTensorType::get({}, element), ArrayRef<double>(value), "number"));
}

NamedAttribute NodeBuilder::attr(StringRef name, int64_t value) {
  return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
}

NamedAttribute NodeBuilder::attr(StringRef name, ArrayRef<int64_t> values) {
  return builder.getNamedAttr(name, builder.getI64ArrayAttr(values));
}

NamedAttribute NodeBuilder::attr(StringRef name, StringRef value) {
  return builder.getNamedAttr(name, builder.getStringAttr(value));
}

NamedAttribute NodeBuilder::realAttr(StringRef name, double value) {
  return builder.getNamedAttr(name, builder.getF32FloatAttr(static_cast<float>(value)));
}

Value NodeBuilder::withInts(StringRef op, Value value, StringRef name, ArrayRef<int64_t> values, int64_t since) {
  if (version >= since)
    return value ? create(op, {value, ints(values)}) : Value();
  return create(op, value, attr(name, values));
}

Value NodeBuilder::unsqueeze(Value value, ArrayRef<int64_t> axes) {
  return withInts("Unsqueeze", value, "axes", axes, 13);
}

Value NodeBuilder::squeeze(Value value, ArrayRef<int64_t> axes) { return withInts("Squeeze", value, "axes", axes, 13); }

Value NodeBuilder::reshape(Value value, ArrayRef<int64_t> shape) {
  return withInts("Reshape", value, "shape", shape, 5);
}

Value NodeBuilder::transpose(Value value, ArrayRef<int64_t> permutation) {
  return create("Transpose", value, attr("perm", permutation));
}

Value NodeBuilder::slice(Value value, int64_t axis, int64_t start, int64_t end) {
  if (!value)
    return {};
  if (version >= 10)
    return create("Slice", {value, ints(start), ints(end), ints(axis)});
  return create("Slice", value,
                {attr("axes", ArrayRef(axis)), attr("ends", ArrayRef(end)), attr("starts", ArrayRef(start))});
}

SmallVector<Value> NodeBuilder::split(Value value, int64_t axis, ArrayRef<int64_t> sizes) {
  NodeOp node;
  if (value && version >= 13)
    node = createNode("Split", {value, ints(sizes)}, sizes.size(), attr("axis", axis));
  else
    node = createNode("Split", value, sizes.size(), {attr("axis", axis), attr("split", sizes)});
  return node ? SmallVector<Value>(node.getResults()) : SmallVector<Value>(sizes.size());
}

//===-- Names -------------------------------------------------------------===//

StringRef nameOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast_or_null<ConstantOp>(op))
    return constant.getName().value_or("");
  unsigned i = op ? cast<OpResult>(value).getResultNumber() : 0;
  ArrayAttr names;
  if (auto node = dyn_cast_or_null<NodeOp>(op))
    names = node.getOutputNamesAttr();
  if (op && !names)
    names = op->getAttrOfType<ArrayAttr>("onnx.output_names");
  auto name = names && i < names.size() ? dyn_cast<StringAttr>(names[i]) : StringAttr();
  return name ? name.getValue() : StringRef();
}

void passNameOn(Value from, Value to) {
  StringRef name = nameOf(from);
  Operation *op = to ? to.getDefiningOp() : nullptr;
  if (name.empty() || !op || !nameOf(to).empty())
    return;
  Builder builder(op->getContext());
  StringAttr attr = builder.getStringAttr(name);
  if (auto constant = dyn_cast<ConstantOp>(op))
    return constant.setNameAttr(attr);
  auto node = dyn_cast<NodeOp>(op);
  if (node && node->getNumResults() == 1)
    return node.setOutputNamesAttr(builder.getArrayAttr(attr));
  if (node && node.getOutputNamesAttr()) // its own names stay
    return;
  SmallVector<Attribute> names(op->getNumResults(), builder.getStringAttr(""));
  for (OpResult result : op->getResults())
    names[result.getResultNumber()] = builder.getStringAttr(nameOf(result));
  names[cast<OpResult>(to).getResultNumber()] = attr;
  op->setAttr("onnx.output_names", builder.getArrayAttr(names));
}

} // namespace fourmix::onnx
