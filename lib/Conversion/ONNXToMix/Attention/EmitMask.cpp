// Masks become the operands of mix.attention: one boolean tensor, one of floats, as they broadcast to the scores.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionMask.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

namespace {
class MaskEmitter {
public:
  MaskEmitter(onnx::NodeBuilder &nodes, const DimTable &dims, const Roles &roles, Type element)
      : nodes(nodes), dims(dims), roles(resolve(roles, dims)), element(element) {}

  /// The tensor as it broadcasts to the scores.
  Value place(const MaskTensor &tensor) {
    if (tensor.constant)
      return placeConstant(tensor);
    Axes own = tensor.view.axes;
    ArrayRef<int64_t> shape = *staticShape(tensor.view.value);
    if (broadcastsAsMask(roles, own, shape))
      return tensor.view.value;
    std::optional<Rearrangement> by = Rearrangement::plan(dims, shape, own, maskAxes(roles, own));
    return by ? by->emit(nodes, tensor.view.value) : Value();
  }

  Value seen(ArrayRef<MaskTensor> tensors) {
    Value all;
    for (const MaskTensor &tensor : tensors) {
      Value one = place(tensor);
      if (!tensor.trueIsSeen)
        one = nodes.create("Not", one);
      all = all ? nodes.create("And", {all, one}) : one;
    }
    return all;
  }

  Value sum(ArrayRef<Summand> summands) {
    Value all;
    for (const Summand &summand : summands) {
      Value one;
      if (summand.fill) {
        one = nodes.create("Where",
                           {seen(summand.tensors), nodes.number(0, element), nodes.number(*summand.fill, element)});
      } else {
        const MaskTensor &tensor = summand.tensors.front();
        one = place(tensor);
        if (one && getElementTypeOrSelf(one) != element)
          one = castTo(one);
        if (tensor.factor != 1)
          one = nodes.create("Mul", {one, nodes.number(tensor.factor, element)});
      }
      all = all ? nodes.create("Add", {all, one}) : one;
    }
    return all;
  }

private:
  Value castTo(Value value) {
    auto type = cast<RankedTensorType>(value.getType()).clone(element);
    int64_t code = element.isF64() ? 11 : element.isF32() ? 1 : element.isF16() ? 10 : 16;
    onnx::NodeOp node = nodes.createTyped("Cast", value, TypeRange(Type(type)), nodes.attr("to", code));
    return node ? node.getResult(0) : Value();
  }

  Value placeConstant(const MaskTensor &tensor) {
    Axes own = tensor.view.axes, axes = maskAxes(roles, own);
    auto type = RankedTensorType::get(extentsOf(dims, axes), tensor.constant.getElementType());
    if (dims.product(flatten(axes)) != dims.product(flatten(own))) { // It knows some of the batch dimensions only.
      Value value = nodes.constant(tensor.constant);
      std::optional<Rearrangement> by =
          Rearrangement::plan(dims, tensor.constant.getShapedType().getShape(), own, axes);
      return by ? by->emit(nodes, value) : Value();
    }
    if (type.getElementType().isInteger(1)) {
      std::optional<SmallVector<int64_t>> values = readInts(tensor.constant);
      std::vector<char> bytes;
      for (int64_t value : rearrange<int64_t>(dims, *values, own, axes))
        bytes.push_back(static_cast<char>(value));
      return nodes.constant(makeConstant(type, bytes, "mask"));
    }
    std::optional<std::vector<double>> values = readDoubles(tensor.constant);
    std::vector<double> moved = rearrange<double>(dims, *values, own, axes);
    return nodes.constant(makeConstant(type.clone(element), moved, "bias"));
  }

  onnx::NodeBuilder &nodes;
  const DimTable &dims;
  Roles roles;
  Type element;
};
} // namespace

std::optional<MaskValues> emitMask(onnx::NodeBuilder &nodes, const Roles &roles, const MaskForm &mask, Type element) {
  MaskEmitter emitter(nodes, mask.dims, roles, element);
  MaskValues values{emitter.seen(mask.seen), emitter.sum(mask.added)};
  if ((!mask.seen.empty() && !values.mask) || (!mask.added.empty() && !values.bias))
    return std::nullopt;
  return values;
}

} // namespace fourmix::onnx_to_mix
