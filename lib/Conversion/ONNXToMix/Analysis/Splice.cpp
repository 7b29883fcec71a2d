// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Splice.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

bool onnx_to_mix::isReshapeNode(NodeOp node) { return node && (regroupsAxes(node) || node.is("Identity")); }

Value onnx_to_mix::reshapeTo(onnx::NodeBuilder &nodes, Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  RankedTensorType wanted = type.clone(shape);
  ElementsAttr constant = matchConstant(value);
  if (auto dense = dyn_cast_or_null<DenseElementsAttr>(constant))
    return nodes.constant(dense.reshape(wanted));
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(constant))
    return nodes.constant(DenseResourceElementsAttr::get(wanted, resource.getRawHandle()));
  return nodes.reshape(value, shape);
}

Value onnx_to_mix::beforeReshapes(Value value, int64_t extent) {
  Value best = value;
  for (auto node = value.getDefiningOp<NodeOp>(); isReshapeNode(node); node = value.getDefiningOp<NodeOp>()) {
    value = node.getInput(0);
    std::optional<ArrayRef<int64_t>> shape = staticShape(value);
    if (!shape || shape->empty())
      break;
    if (shape->back() == extent)
      best = value;
  }
  return best;
}

void onnx_to_mix::replaceThroughReshapes(onnx::NodeBuilder &nodes, Value old, Value value) {
  SmallVector<Operation *> users(old.getUsers());
  bool onlyReshapes = !users.empty() && llvm::all_of(users, [&](Operation *user) {
    auto node = dyn_cast<NodeOp>(user);
    return node && isReshapeNode(node) && node.getInput(0) == old && staticShape(node.getResult(0)) &&
           node->getNumResults() == 1;
  });
  if (!onlyReshapes) {
    Value same = reshapeTo(nodes, value, *staticShape(old));
    onnx::passNameOn(old, same);
    old.replaceAllUsesWith(same);
    eraseDead(old.getDefiningOp());
    return;
  }
  for (Operation *user : users) {
    Value result = user->getResult(0);
    Value same = reshapeTo(nodes, value, *staticShape(result));
    onnx::passNameOn(result, same);
    result.replaceAllUsesWith(same);
    eraseDead(user); // The last one takes the producer of `old` with it.
  }
}
