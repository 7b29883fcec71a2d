// DFT nodes, and products with constant matrices of cosines and sines.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LinearAnalysis.h"
#include "dialects/ONNX/Ops/Equation.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

/// Why a transform along `axis` cannot be applied to `form`.
static std::string describeObstacle(const SeparableForm &form, int64_t axis) {
  if (form.layout[axis].size() != 1)
    return "axis " + llvm::itostr(axis) + " joins several axes of the source";
  for (const Term &term : form.terms) {
    const AxisMap &map = *term.maps[form.layout[axis].front()];
    if (matchPrefix(map))
      continue;
    if (llvm::any_of(map, [](const Row &row) { return row.isTransformed(); }))
      return "axis " + llvm::itostr(axis) + " is transformed twice";
    bool inOrder = true;
    for (auto [i, row] : llvm::enumerate(map))
      inOrder &= row.kind == Row::Zero || row.index == static_cast<int64_t>(i);
    return "its input is " + std::string(inOrder ? "multiplied by a window" : "permuted or cut") + " along axis " +
           llvm::itostr(axis);
  }
  return "its input has no separable form";
}

std::optional<TransformNode> readTransform(NodeOp node) {
  std::optional<ArrayRef<int64_t>> shape = staticShape(node.getInput(0));
  if (!shape || shape->empty())
    return std::nullopt;
  int64_t rank = shape->size();
  auto readScalar = [](Value input) -> std::optional<int64_t> {
    auto values = readIntegers(input);
    return values && values->size() == 1 ? std::optional(values->front()) : std::nullopt;
  };
  // Version 17 has the axis as an attribute, by default the first signal axis; version 20 as an input, by default the
  // last one. https://onnx.ai/onnx/operators/onnx__DFT.html
  std::optional<int64_t> axis = node.getInt("axis", 1);
  if (node.getVersion() >= 20)
    axis = node.getInput(2) ? readScalar(node.getInput(2)) : -2;
  if (axis && *axis < 0)
    axis = *axis + rank;
  if (!axis || *axis < 0 || *axis >= rank - 1 || shape->back() > 2)
    return std::nullopt;
  bool inverse = node.getInt("inverse", 0) != 0, onesided = node.getInt("onesided", 0) != 0;
  int64_t extent = (*shape)[*axis];
  std::optional<int64_t> length = inverse && onesided ? 2 * (extent - 1) : extent;
  if (Value input = node.getInput(1))
    length = readScalar(input);
  // Half a spectrum of complex input is against the standard.
  if (!length || *length < 1 || (onesided && (shape->back() == 1) == inverse))
    return std::nullopt;
  return TransformNode{*axis, *length, inverse, onesided};
}

LinearAnalysis::MaybeForm LinearAnalysis::dft(NodeOp node) {
  std::optional<TransformNode> transform = readTransform(node);
  // No mixing contains the inverse of a real transform.
  if (!transform || (transform->onesided && transform->inverse))
    return std::nullopt;
  const SeparableForm *input = get(node.getInput(0));
  if (!input || input->isZero())
    return std::nullopt;
  SeparableForm form = *input;
  int64_t complexAxis = staticShape(node.getInput(0))->size() - 1;
  if (form.dft(transform->axis, transform->length, transform->inverse, transform->onesided, complexAxis))
    return form;
  obstacles.push_back({node, describeObstacle(*input, transform->axis)});
  return std::nullopt;
}

bool LinearAnalysis::multiplyAxis(NodeOp node, SeparableForm &form, int64_t axis, const AxisMap &matrix) {
  SeparableForm before = form;
  if (form.mapAxis(axis, matrix.size(), [&](const AxisMap &map, Term &) { return compose(matrix, map); }))
    return true;
  obstacles.push_back({node, describeObstacle(before, axis)});
  return false;
}

LinearAnalysis::MaybeForm LinearAnalysis::matMul(NodeOp node) {
  ElementsAttr left = matchConstant(node.getInput(0));
  Value data = node.getInput(left ? 1 : 0);
  std::shared_ptr<const AxisMap> matrix =
      left ? constants.matrix(left, false) : constants.matrix(matchConstant(node.getInput(1)), true);
  int64_t rank = staticShape(data)->size();
  MaybeForm form = copy(data);
  if (!matrix || !form || form->isZero() || rank < 2 ||
      static_cast<int64_t>(staticShape(node.getResult(0))->size()) != rank)
    return std::nullopt;
  return multiplyAxis(node, *form, left ? rank - 2 : rank - 1, *matrix) ? form : std::nullopt;
}

LinearAnalysis::MaybeForm LinearAnalysis::gemm(NodeOp node) {
  ElementsAttr left = matchConstant(node.getInput(0));
  ElementsAttr constant = left ? left : matchConstant(node.getInput(1));
  bool transA = node.getInt("transA", 0) != 0, transB = node.getInt("transB", 0) != 0;
  std::shared_ptr<const AxisMap> matrix = constants.matrix(constant, left ? transA : !transB);
  MaybeForm form = copy(node.getInput(left ? 1 : 0));
  if (!matrix || !form || form->isZero())
    return std::nullopt;
  if (left ? transB : transA)
    form->transpose({1, 0});
  form->multiply(node.getFloat("alpha", 1));
  return multiplyAxis(node, *form, left ? 0 : 1, *matrix) ? form : std::nullopt;
}

/// The letters of one operand, an ellipsis spelled as capital placeholders from the right.
static std::optional<std::string> expandSubscripts(StringRef subscripts, int64_t ellipsisRank) {
  auto [before, after] = subscripts.split("...");
  bool hasEllipsis = before.size() != subscripts.size();
  std::string letters = before.str();
  if (hasEllipsis) {
    for (int64_t i = 0; i < ellipsisRank; ++i)
      letters += static_cast<char>(1 + i); // No letter of an equation.
    letters += after.str();
  }
  llvm::SmallVector<char> sorted(letters.begin(), letters.end());
  llvm::sort(sorted);
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    return std::nullopt; // A diagonal.
  return letters;
}

LinearAnalysis::MaybeForm LinearAnalysis::einsum(NodeOp node) {
  onnx::Equation equation(node);
  if (!equation.output || equation.inputs.size() != node.getInputs().size())
    return std::nullopt;
  MaybeForm form;
  std::string letters;
  SmallVector<std::pair<StringRef, ElementsAttr>> factors;
  int64_t ellipsisRank = 0;
  for (auto [term, input] : llvm::zip(equation.inputs, node.getInputs())) {
    StringRef text = term;
    if (ElementsAttr constant = matchConstant(input)) {
      if (text.size() != 2 || constant.getShapedType().getRank() != 2)
        return std::nullopt;
      factors.push_back({text, constant});
      continue;
    }
    form = copy(input);
    if (text.contains("..."))
      ellipsisRank = static_cast<int64_t>(staticShape(input)->size()) - static_cast<int64_t>(text.size() - 3);
    std::optional<std::string> expanded = expandSubscripts(text, ellipsisRank);
    if (!form || form->isZero() || !expanded || expanded->size() != form->layout.size())
      return std::nullopt;
    letters = *expanded;
  }
  std::optional<std::string> output = expandSubscripts(*equation.output, ellipsisRank);
  if (!form || !output)
    return std::nullopt;
  // Each matrix replaces one letter by another; matrices may follow one another along one axis.
  bool progress = true;
  while (!factors.empty() && progress) {
    progress = false;
    for (auto [i, factor] : llvm::enumerate(factors)) {
      auto [text, constant] = factor;
      bool firstIsOld = letters.find(text[0]) != std::string::npos;
      bool secondIsOld = letters.find(text[1]) != std::string::npos;
      if (firstIsOld == secondIsOld)
        continue;
      char old = text[firstIsOld ? 0 : 1], fresh = text[firstIsOld ? 1 : 0];
      std::shared_ptr<const AxisMap> matrix = constants.matrix(constant, /*transposed=*/firstIsOld);
      size_t axis = letters.find(old);
      if (StringRef(equation.text).count(old) != 2 || !matrix || !multiplyAxis(node, *form, axis, *matrix))
        return std::nullopt;
      letters[axis] = fresh;
      factors.erase(factors.begin() + i);
      progress = true;
      break;
    }
  }
  if (!factors.empty() || letters.size() != output->size())
    return std::nullopt;
  SmallVector<int64_t> permutation;
  for (char letter : *output) {
    size_t axis = letters.find(letter);
    if (axis == std::string::npos)
      return std::nullopt;
    permutation.push_back(axis);
  }
  form->transpose(permutation);
  return form;
}

} // namespace fourmix::onnx_to_mix
