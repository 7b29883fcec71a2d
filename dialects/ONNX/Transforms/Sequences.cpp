// Sequences of tensors, element by element: what is put in is known, so taking out is only a matter of names.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Transforms/ControlFlow.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

using Elements = SmallVector<Value>;

/// The constant position of input `i` in a sequence of `size`, counted from the end where negative; `otherwise` where
/// it is absent. An error where it depends on data or lies outside.
FailureOr<int64_t> positionOf(NodeOp node, unsigned i, int64_t size, int64_t otherwise) {
  Value value = node.getInput(i);
  if (!value)
    return otherwise;
  ElementsAttr constant = matchConstant(value);
  std::optional<SmallVector<int64_t>> ints = constant ? readInts(constant) : std::nullopt;
  if (!ints || ints->size() != 1) {
    node.emitNodeError() << "expected a constant for input " << i << " (position), found a value that depends on the "
                         << "data" << Inference::bindHint(value);
    return failure();
  }
  int64_t position = ints->front() < 0 ? ints->front() + size : ints->front();
  if (position < 0 || position > otherwise) {
    node.emitNodeError() << "position " << ints->front() << " lies outside of a sequence of " << size;
    return failure();
  }
  return position;
}

/// The elements of `sequence`; nullopt where they are not known, failure after an error.
FailureOr<std::optional<Elements>> elementsOf(Value sequence) {
  auto node = sequence ? sequence.getDefiningOp<NodeOp>() : NodeOp();
  if (!node)
    return std::optional<Elements>();
  if (node.is("SequenceEmpty"))
    return std::optional<Elements>(Elements());
  if (node.is("SequenceConstruct"))
    return std::optional<Elements>(Elements(node.getInputs()));
  if (node.is("Identity"))
    return elementsOf(node.getInput(0));
  bool inserts = node.is("SequenceInsert");
  if (!inserts && !node.is("SequenceErase"))
    return std::optional<Elements>();
  FailureOr<std::optional<Elements>> elements = elementsOf(node.getInput(0));
  if (failed(elements) || !*elements)
    return elements;
  int64_t size = (*elements)->size();
  FailureOr<int64_t> at = positionOf(node, inserts ? 2 : 1, size, inserts ? size : size - 1);
  if (failed(at))
    return failure();
  if (inserts)
    (*elements)->insert((*elements)->begin() + *at, node.getInput(1));
  else
    (*elements)->erase((*elements)->begin() + *at);
  return elements;
}

/// Split and SequenceConstruct in the place of SplitToSequence.
Value splitToSequence(NodeOp node, NodeBuilder &nodes) {
  auto type = dyn_cast<RankedTensorType>(node.getInput(0).getType());
  if (!type || !type.hasStaticShape())
    return {};
  int64_t axis = node.getInt("axis", 0), rank = type.getRank();
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank) {
    node.emitNodeError() << "axis " << node.getInt("axis", 0) << " is out of range for rank " << rank;
    return {};
  }
  int64_t dim = type.getDimSize(axis);
  SmallVector<int64_t> sizes(dim, 1);
  if (Value given = node.getInput(1)) {
    ElementsAttr constant = matchConstant(given);
    std::optional<SmallVector<int64_t>> ints = constant ? readInts(constant) : std::nullopt;
    if (!ints) {
      node.emitNodeError() << "expected a constant for input 1 (split), found a value that depends on the data"
                           << Inference::bindHint(given);
      return {};
    }
    sizes = *ints;
    if (constant.getShapedType().getRank() == 0) { // chunks of one size, the last one smaller
      if (sizes.front() < 1) {
        node.emitNodeError() << "expected a split of 1 or more, found " << sizes.front();
        return {};
      }
      int64_t chunk = sizes.front();
      sizes.clear();
      for (int64_t start = 0; start < dim; start += chunk)
        sizes.push_back(std::min(chunk, dim - start));
    }
  }
  Elements parts = nodes.split(node.getInput(0), axis, sizes);
  if (!node.getInput(1) && !node.getInt("keepdims", 1))
    for (Value &part : parts)
      part = part ? nodes.squeeze(part, axis) : Value();
  if (llvm::is_contained(parts, Value()))
    return {};
  return nodes.createTyped("SequenceConstruct", parts, UnknownType::get(node.getContext())).getResult(0);
}

} // namespace

bool buildsSequence(NodeOp node) {
  return node.is("SequenceConstruct") || node.is("SequenceEmpty") || node.is("SequenceInsert") ||
         node.is("SequenceErase");
}

FailureOr<Operation *> dissolveSequence(NodeOp node) {
  bool splits = node.is("SplitToSequence");
  if (!splits && !node.is("SequenceAt") && !node.is("SequenceLength") && !node.is("ConcatFromSequence"))
    return static_cast<Operation *>(nullptr);
  OpBuilder builder(node);
  NodeBuilder nodes(builder, node.getLoc(), node.getVersion());
  Operation *before = node->getPrevNode();
  Value result;
  if (splits) {
    result = splitToSequence(node, nodes);
  } else {
    FailureOr<std::optional<Elements>> elements = elementsOf(node.getInput(0));
    if (failed(elements))
      return failure();
    if (!*elements) // reported as unsupported where it comes from
      return static_cast<Operation *>(nullptr);
    int64_t size = (*elements)->size();
    if (node.is("SequenceLength")) {
      result = nodes.integer(size);
    } else if (node.is("SequenceAt")) {
      FailureOr<int64_t> at = positionOf(node, 1, size, size - 1);
      if (failed(at))
        return failure();
      result = (**elements)[*at];
    } else {
      if (node.getInt("new_axis", 0))
        for (Value &element : **elements) {
          auto type = dyn_cast<RankedTensorType>(element.getType());
          int64_t axis = node.getInt("axis", 0);
          element = type ? nodes.unsqueeze(element, axis < 0 ? axis + type.getRank() + 1 : axis) : Value();
        }
      if (size == 0)
        return node.emitNodeError() << "expected elements to concatenate, found an empty sequence";
      result = nodes.create("Concat", **elements, nodes.attr("axis", node.getInt("axis", 0)));
    }
  }
  if (!result)
    return failure();
  Operation *next = before ? before->getNextNode() : &node->getBlock()->front();
  passNameOn(node.getResult(0), result);
  node.getResult(0).replaceAllUsesWith(result);
  if (next == node)
    next = node->getNextNode();
  node.erase();
  return next;
}

} // namespace fourmix::onnx
