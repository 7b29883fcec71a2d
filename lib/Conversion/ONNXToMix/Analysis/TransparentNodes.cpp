// Which nodes are linear in which operands.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LinearAnalysis.h"
#include "TrigMatrix.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/StringSwitch.h"
#include <cstring>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

std::optional<ArrayRef<int64_t>> staticShape(Value value) {
  auto type = dyn_cast_or_null<RankedTensorType>(value ? value.getType() : Type());
  if (!type || !type.hasStaticShape() || type.getNumElements() == 0)
    return std::nullopt;
  return type.getShape();
}

std::shared_ptr<const AxisMap> ConstantFacts::matrix(ElementsAttr constant, bool transposed) {
  auto [entry, isNew] = matrices.try_emplace({constant.getAsOpaquePointer(), transposed});
  if (!isNew)
    return entry->second;
  ArrayRef<int64_t> shape = constant.getShapedType().getShape();
  if (shape.size() < 2 || llvm::any_of(shape.drop_back(2), [](int64_t extent) { return extent != 1; }))
    return nullptr;
  int64_t rows = shape[shape.size() - 2], columns = shape.back();
  auto match = [&](llvm::function_ref<double(int64_t)> at) {
    if (transposed)
      return matchTrigMatrix(columns, rows, [&](int64_t r, int64_t j) { return at(j * columns + r); });
    return matchTrigMatrix(rows, columns, [&](int64_t r, int64_t j) { return at(r * columns + j); });
  };
  std::optional<AxisMap> map;
  if (constant.getElementType().isF32()) { // Read in place: most matrices are weights and end at the first entries.
    std::vector<char> scratch;
    std::optional<ArrayRef<char>> bytes = readBytes(constant, scratch);
    if (bytes && static_cast<int64_t>(bytes->size()) == rows * columns * 4)
      map = match([&](int64_t i) {
        float value;
        std::memcpy(&value, bytes->data() + 4 * i, 4);
        return static_cast<double>(value);
      });
  } else if (isa<FloatType>(constant.getElementType())) {
    if (std::optional<std::vector<double>> values = readDoubles(constant))
      map = match([&](int64_t i) { return (*values)[i]; });
  }
  if (map)
    entry->second = std::make_shared<const AxisMap>(std::move(*map));
  return entry->second;
}

bool ConstantFacts::isZero(ElementsAttr constant) {
  if (!isa<FloatType>(constant.getElementType()))
    return false;
  if (auto splat = dyn_cast<SplatElementsAttr>(constant))
    return splat.getSplatValue<APFloat>().isZero();
  auto [entry, isNew] = zeros.try_emplace(constant.getAsOpaquePointer(), false);
  if (isNew) {
    std::vector<char> scratch;
    std::optional<ArrayRef<char>> bytes = readBytes(constant, scratch);
    entry->second = bytes && !bytes->empty() && bytes->front() == 0 &&
                    std::memcmp(bytes->data(), bytes->data() + 1, bytes->size() - 1) == 0;
  }
  return entry->second;
}

/// Follows `value` through nodes that give zeros where they take zeros, not further than zeros are far from their use.
static bool isKnownZero(Value value, ConstantFacts &constants, int steps) {
  if (ElementsAttr constant = matchConstant(value))
    return constants.isZero(constant);
  auto node = value ? value.getDefiningOp<NodeOp>() : NodeOp();
  if (!node || !node.getDomain().empty() || steps == 0 || !isa<FloatType>(getElementTypeOrSelf(value)))
    return false;
  if (node.is("ConstantOfShape")) {
    auto fill = dyn_cast_or_null<ElementsAttr>(node.getNodeAttr("value"));
    return !fill || constants.isZero(fill);
  }
  if (regroupsAxes(node) || node.is("Expand") || node.is("Identity") || node.is("Transpose") || node.is("Slice") ||
      node.is("Cast")) // The rest is shapes, axes.
    return isKnownZero(node.getInput(0), constants, steps - 1);
  return false;
}

bool isKnownZero(Value value, ConstantFacts &constants) { return isKnownZero(value, constants, /*steps=*/8); }

/// The matrix operand of a product with a recognised constant: which operand is data, or nullopt.
static std::optional<unsigned> dataOperandOfProduct(NodeOp node, ConstantFacts &constants) {
  if (node.getInputs().size() < 2)
    return std::nullopt;
  ElementsAttr left = matchConstant(node.getInput(0)), right = matchConstant(node.getInput(1));
  if (static_cast<bool>(left) == static_cast<bool>(right))
    return std::nullopt;
  // x D applies the transpose of D to the last axis; Gemm's attributes exchange the roles.
  bool isGemm = node.is("Gemm");
  bool transposed = isGemm && node.getInt(left ? "transA" : "transB", 0) != 0;
  if (left)
    return constants.matrix(left, transposed) ? std::optional<unsigned>(1) : std::nullopt;
  return constants.matrix(right, !transposed) ? std::optional<unsigned>(0) : std::nullopt;
}

bool isTransform(NodeOp node) {
  return node.is("DFT") || node.is("MatMul") || node.is("Gemm") || (node.is("Einsum") && node.getInputs().size() > 1);
}

std::optional<SmallVector<Value>> linearOperands(NodeOp node, ConstantFacts &constants) {
  if (!node.getDomain().empty() || node.getNumRegions() != 0 || node.getInputs().empty() || !node.getInput(0))
    return std::nullopt;
  for (Value result : node.getResults())
    if (!staticShape(result) || !isa<FloatType>(getElementTypeOrSelf(result)))
      return std::nullopt;
  SmallVector<Value> data;
  auto isFirst = llvm::StringSwitch<bool>(node.getOpType())
                     .Cases({"Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose", "Slice", "Split",
                             "Gather", "Pad", "Expand", "DFT", "Neg"},
                            true)
                     .Default(false);
  if (isFirst) {
    data.push_back(node.getInput(0));
  } else if (node.is("Cast")) {
    if (node.getInput(0).getType() != node.getResult(0).getType())
      return std::nullopt;
    data.push_back(node.getInput(0));
  } else if (node.is("Add") || node.is("Sub") || node.is("Concat") || node.is("Sum")) {
    data.append(node.getInputs().begin(), node.getInputs().end());
  } else if (node.is("Mul") || node.is("Div")) {
    bool leftConstant = static_cast<bool>(matchConstant(node.getInput(0)));
    bool rightConstant = static_cast<bool>(matchConstant(node.getInput(1)));
    if (leftConstant == rightConstant || (leftConstant && node.is("Div")))
      return std::nullopt;
    data.push_back(node.getInput(leftConstant ? 1 : 0));
  } else if (node.is("MatMul") || node.is("Gemm")) {
    std::optional<unsigned> operand = dataOperandOfProduct(node, constants);
    if (!operand || (node.getInput(2) && !isKnownZero(node.getInput(2), constants)))
      return std::nullopt;
    data.push_back(node.getInput(*operand));
  } else if (node.is("Einsum")) {
    for (Value input : node.getInputs()) {
      ElementsAttr constant = matchConstant(input);
      if (!constant)
        data.push_back(input);
      else if (!constants.matrix(constant, false) && !constants.matrix(constant, true))
        return std::nullopt;
    }
    if (data.size() != 1)
      return std::nullopt;
  } else {
    return std::nullopt;
  }
  llvm::erase_if(data, [&](Value value) { return isKnownZero(value, constants); });
  // A constant that is not zero makes the value affine, not linear.
  if (data.empty() || llvm::any_of(data, [](Value value) { return matchConstant(value) || !staticShape(value); }))
    return std::nullopt;
  return data;
}

} // namespace fourmix::onnx_to_mix
