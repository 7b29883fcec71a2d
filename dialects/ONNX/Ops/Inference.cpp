// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/IR/OpsetHistory.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace fourmix::onnx {

// A result that would need more than this is a mistake in the file, not a tensor.
static constexpr int64_t maxElements = int64_t(1) << 34;
// What folding reads and writes at most.
static constexpr int64_t maxFoldInput = int64_t(1) << 24;
static constexpr int64_t maxFoldOutput = int64_t(1) << 20;

Type elementTypeOf(MLIRContext *context, int64_t dataType) {
  Type type = elementType(context, dataType);
  return isa_and_nonnull<StringType>(type) ? Type() : type;
}

//===-- Inference ---------------------------------------------------------===//

std::string Inference::bindHint(Value value) {
  SmallVector<Value> worklist{value};
  llvm::SmallSetVector<StringRef, 4> names;
  llvm::DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!next || !seen.insert(next).second)
      continue;
    if (Operation *producer = next.getDefiningOp()) {
      if (producer->getNumRegions() != 0)
        return {};
      llvm::append_range(worklist, producer->getOperands());
      continue;
    }
    auto argument = cast<BlockArgument>(next);
    auto main = dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
    auto name = main ? main.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name") : StringAttr();
    if (!name)
      return {};
    names.insert(name.getValue());
  }
  std::string hint;
  for (StringRef name : names)
    hint += ((hint.empty() ? "; known to the compiler with --bind " : " --bind ") + name + "=@x.npy").str();
  return hint;
}

FailureOr<Shape> Inference::ints(unsigned i, StringRef what) {
  ElementsAttr constant = matchConstant(node.getInput(i));
  if (!constant) {
    error() << "expected a constant for input " << i << " (" << what << "), found a value that depends on the data"
            << bindHint(node.getInput(i));
    return failure();
  }
  std::optional<SmallVector<int64_t>> values;
  if (constant.getShapedType().getNumElements() <= maxFoldInput)
    values = readInts(constant);
  if (!values) {
    error() << "expected readable integers for input " << i << " (" << what << "), found " << constant.getType();
    return failure();
  }
  return Shape(*values);
}

FailureOr<int64_t> Inference::scalar(unsigned i, StringRef what) {
  FailureOr<Shape> values = ints(i, what);
  if (failed(values))
    return failure();
  if (values->size() != 1) {
    error() << "expected one element for input " << i << " (" << what << "), found " << values->size();
    return failure();
  }
  return values->front();
}

FailureOr<std::vector<double>> Inference::numbers(unsigned i, StringRef what) {
  ElementsAttr constant = matchConstant(node.getInput(i));
  std::optional<std::vector<double>> values;
  if (constant && constant.getShapedType().getNumElements() <= maxFoldInput)
    values = readDoubles(constant);
  if (!values) {
    error() << "expected constant numbers for input " << i << " (" << what << "), found " << type(i)
            << (constant ? std::string() : " that depends on the data" + bindHint(node.getInput(i)));
    return failure();
  }
  return *values;
}

FailureOr<double> Inference::number(unsigned i, StringRef what) {
  FailureOr<std::vector<double>> values = numbers(i, what);
  if (failed(values))
    return failure();
  if (values->size() != 1) {
    error() << "expected one number for input " << i << " (" << what << "), found " << type(i);
    return failure();
  }
  return values->front();
}

FailureOr<int64_t> Inference::axis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) {
    error() << "axis " << axis << " is out of range for rank " << rank;
    return failure();
  }
  return axis < 0 ? axis + rank : axis;
}

FailureOr<Shape> Inference::axes(ArrayRef<int64_t> given, int64_t rank) {
  Shape result;
  for (int64_t value : given) {
    FailureOr<int64_t> one = axis(value, rank);
    if (failed(one))
      return failure();
    if (llvm::is_contained(result, *one)) {
      error() << "axis " << value << " is given twice";
      return failure();
    }
    result.push_back(*one);
  }
  return result;
}

FailureOr<std::optional<Shape>> Inference::intsOf(StringRef name, unsigned i) {
  if (std::optional<SmallVector<int64_t>> values = node.getInts(name))
    return std::optional<Shape>(*values);
  if (!has(i))
    return std::optional<Shape>();
  FailureOr<Shape> values = ints(i, name);
  if (failed(values))
    return failure();
  return std::optional<Shape>(*values);
}

FailureOr<Shape> Inference::broadcast(unsigned from, unsigned to) {
  Shape result;
  for (unsigned i = from; i < to; ++i) {
    std::optional<Shape> next = broadcastShapes(result, shape(i));
    if (!next) {
      error() << "input " << i << " of shape " << formatShape(shape(i)) << " does not broadcast with shape "
              << formatShape(result);
      return failure();
    }
    result = *next;
  }
  return result;
}

LogicalResult Inference::expectRank(unsigned i, int64_t expected) {
  if (rank(i) == expected)
    return success();
  return error() << "expected rank " << expected << " for input " << i << ", found " << type(i);
}

LogicalResult Inference::expectMinRank(unsigned i, int64_t expected) {
  if (rank(i) >= expected)
    return success();
  return error() << "expected rank " << expected << " or more for input " << i << ", found " << type(i);
}

LogicalResult Inference::result(unsigned i, ArrayRef<int64_t> shape, Type element) {
  for (int64_t dim : shape)
    if (dim < 0)
      return error() << "result " << i << " would have the negative dim " << dim << " in shape " << formatShape(shape);
  std::optional<int64_t> count = elementCount(shape);
  if (!count || *count > maxElements)
    return error() << "result " << i << " of shape " << formatShape(shape) << " is too large (limit " << maxElements
                   << " elements)";
  if (!RankedTensorType::isValidElementType(element))
    return error() << "expected tensor elements for result " << i << ", found " << element;
  if (node.hasOutput(i))
    node.getResult(i).setType(RankedTensorType::get(shape, element));
  return success();
}

LogicalResult inferTypes(NodeOp node, const OpRow &row) {
  for (auto [i, input] : llvm::enumerate(node.getInputs())) {
    if (isa<AbsentType>(input.getType()))
      continue;
    auto type = dyn_cast<RankedTensorType>(input.getType());
    if (!type || !type.hasStaticShape())
      return node.emitNodeError() << "expected tensors of static shape, found " << input.getType() << " for input "
                                  << i;
  }
  for (unsigned i = 0; i < row.requiredInputs; ++i)
    if (!node.getInput(i))
      return node.emitNodeError() << "expected " << row.requiredInputs << " inputs or more, found "
                                  << (i < node.getInputs().size() ? "input " : "") << i
                                  << (i < node.getInputs().size() ? " absent" : "");
  if (failed(checkInputs(node)))
    return failure();
  Inference inference(node);
  return row.infer(inference);
}

//===-- Folding -----------------------------------------------------------===//

Folding::Folding(NodeOp node) : Inference(node), values(node.getNumResults()), cache(node.getInputs().size()) {}

ElementsAttr Folding::constant(unsigned i) { return matchConstant(node.getInput(i)); }

const FoldTensor *Folding::input(unsigned i) {
  if (!has(i))
    return nullptr;
  if (!cache[i]) {
    ElementsAttr attr = constant(i);
    if (!attr || attr.getShapedType().getNumElements() > maxFoldInput)
      return nullptr;
    cache[i] = FoldTensor::read(attr);
  }
  return cache[i] ? &*cache[i] : nullptr;
}

RankedTensorType Folding::resultType(unsigned i) { return cast<RankedTensorType>(node.getResult(i).getType()); }

bool Folding::set(unsigned i, ElementsAttr value) {
  if (node.hasOutput(i)) {
    if (!value || value.getType() != node.getResult(i).getType())
      return false;
    values[i] = value;
  }
  return true;
}

bool Folding::set(unsigned i, const FoldTensor &value) {
  if (!node.hasOutput(i))
    return true;
  auto names = node.getOutputNames();
  StringRef hint = names && i < names->size() ? cast<StringAttr>((*names)[i]).getValue() : StringRef();
  return set(i, value.toAttr(hint));
}

std::optional<SmallVector<ElementsAttr>> evaluate(NodeOp node, const OpRow &row) {
  // Folds compute from the first result's type on; a node without it is dead anyway.
  if (!row.fold || !node.hasOutput(0))
    return std::nullopt;
  for (Value result : node.getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (isa<AbsentType>(result.getType()))
      continue;
    if (!type || !type.hasStaticShape())
      return std::nullopt;
    if (!(row.flags & OpRow::FoldsAnySize) && type.getNumElements() > maxFoldOutput)
      return std::nullopt;
  }
  if (!(row.flags & OpRow::FoldsTypes))
    for (auto [i, input] : llvm::enumerate(node.getInputs()))
      if (node.getInput(i) && !matchConstant(input))
        return std::nullopt;
  Folding folding(node);
  if (!row.fold(folding))
    return std::nullopt;
  for (auto [i, value] : llvm::enumerate(folding.results()))
    if (!value && node.hasOutput(i))
      return std::nullopt;
  return SmallVector<ElementsAttr>(folding.results());
}

ElementsAttr reshapeConstant(ElementsAttr constant, RankedTensorType type) {
  if (auto dense = dyn_cast<DenseElementsAttr>(constant))
    return dense.reshape(type);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return {};
}

} // namespace fourmix::onnx
