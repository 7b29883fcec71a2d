// The nodes that are looked through where the weights of a mean are sought: what divides, what masks pairs of
// positions, what sums the positions up to one.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProductForm.h"
#include "ProductNodes.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

/// a / b and 1 / b, where b is no number.
static bool isQuotient(NodeOp node) {
  if (!node || !node.getDomain().empty())
    return false;
  if (node.is("Reciprocal"))
    return true;
  return node.is("Div") && staticShape(node.getInput(1)) && !matchConstant(node.getInput(1));
}

/// The quotient behind views that may be looked through; others are remembered.
bool ProductAnalysis::meetsQuotient(Value value) {
  auto node = value ? behindViews(value, /*scales=*/true).getDefiningOp<NodeOp>() : NodeOp();
  if (!isQuotient(node))
    return false;
  if (node == weighing->quotient)
    return true;
  quotients.insert(node);
  return false;
}

ProductAnalysis::MaybeForm ProductAnalysis::quotient(NodeOp node, int constants, bool summed) {
  Value above = node.is("Div") ? node.getInput(0) : Value(), below = node.getInput(node.is("Div") ? 1 : 0);
  if (!below || !staticShape(below))
    return std::nullopt;
  ProductForm inverse;
  inverse.layout = dims.createAxes(*staticShape(below));
  inverse.terms.push_back({1, {{below, {}, inverse.layout, ProductFactor::Reciprocal}}, {}});
  std::optional<double> number = above ? readSplat(above) : 1.0;
  if (number && *staticShape(node.getResult(0)) == *staticShape(below)) {
    inverse.terms[0].scale = *number;
    return inverse;
  }
  MaybeForm form = above ? find(above, constants, summed) : std::nullopt;
  std::optional<Equation> equation = broadcastEquation(node);
  if (!form || !equation)
    return std::nullopt;
  return contract({std::move(*form), std::move(inverse)}, *equation);
}

/// The sum over `axis` of the form times `pairs`, which get the new dimension of that axis and the one that is summed.
ProductAnalysis::MaybeForm ProductAnalysis::withPairs(ProductForm form, size_t axis, ProductFactor pairs) {
  if (axis >= form.layout.size() || form.layout[axis].size() != 1)
    return std::nullopt;
  Dim from = form.layout[axis][0], to = dims.create(dims.extent(from));
  if (pairs.kind == ProductFactor::Triangle)
    pairs.axes = {{to}, {from}};
  else
    pairs.axes[axis] = {to, from};
  form.layout[axis] = {to};
  for (ProductTerm &term : form.terms)
    term.factors.push_back(pairs);
  return form;
}

ProductAnalysis::MaybeForm ProductAnalysis::distances(Operation *op) {
  auto toeplitz = cast<mix::ToeplitzOp>(op);
  nodes.insert(op);
  MaybeForm form = find(toeplitz.getInput(), 0, /*summed=*/true);
  if (!form)
    return std::nullopt;
  ProductFactor pairs{toeplitz.getResult(), {}, form->layout, ProductFactor::Distances};
  for (auto [axis, extent] : llvm::enumerate(toeplitz.getKernel().getType().getShape()))
    if (extent == 1)
      pairs.axes[axis] = {};
  return withPairs(std::move(*form), toeplitz.getAxis(), pairs);
}

/// `value` times 0 or 1, or whatever a constant mask says.
ProductAnalysis::MaybeForm ProductAnalysis::masked(Value value, Value mask, bool trueIsSeen, int constants) {
  ElementsAttr elements = mask ? matchConstant(mask) : ElementsAttr();
  if (!elements || !staticShape(value) || readSplat(mask) || classify(value) != Multiplication::Tensors)
    return std::nullopt;
  auto type = cast<RankedTensorType>(elements.getShapedType());
  if (type.getElementType().isInteger(1)) {
    std::optional<SmallVector<int64_t>> marks = readInts(elements);
    if (!marks)
      return std::nullopt;
    std::vector<double> numbers;
    for (int64_t mark : *marks)
      numbers.push_back((mark != 0) == trueIsSeen ? 1 : 0);
    elements = makeConstant(type.clone(Float32Type::get(type.getContext())), numbers, "mask");
  }
  MaybeForm form = find(value, constants, /*summed=*/false);
  size_t rank = type.getRank(), from = staticShape(value)->size();
  if (!form || rank > from)
    return std::nullopt;
  ProductForm weights;
  weights.layout = dims.createAxes(type.getShape());
  weights.terms.push_back({1, {{mask, elements, weights.layout}}, {}});
  Equation equation;
  for (size_t axis = 0; axis < from; ++axis)
    equation.result.push_back(static_cast<int>(axis));
  equation.operands = {equation.result, SmallVector<int>(ArrayRef(equation.result).take_back(rank))};
  return contract({std::move(*form), std::move(weights)}, equation);
}

ProductAnalysis::MaybeForm ProductAnalysis::weigh(NodeOp node, int constants, bool summed) {
  if (isQuotient(node)) {
    if (node == weighing->quotient)
      return quotient(node, constants, summed);
    quotients.insert(node);
    return std::nullopt;
  }
  auto isAbsent = [&](unsigned i) { return !node.getInput(i) || !isa<ShapedType>(node.getInput(i).getType()); };
  if (node.is("CumSum")) {
    std::optional<SmallVector<int64_t>> axis = readIntegers(node.getInput(1));
    if (!axis || axis->size() != 1 || node.getInt("exclusive", 0) || node.getInt("reverse", 0))
      return std::nullopt;
    MaybeForm form = find(node.getInput(0), constants, /*summed=*/true);
    if (!form)
      return std::nullopt;
    int64_t place = axis->front() < 0 ? axis->front() + static_cast<int64_t>(form->layout.size()) : axis->front();
    return place < 0 ? std::nullopt : withPairs(std::move(*form), place, {{}, {}, {}, ProductFactor::Triangle});
  }
  if (node.is("Trilu")) {
    std::optional<SmallVector<int64_t>> diagonal =
        isAbsent(1) ? SmallVector<int64_t>{0} : readIntegers(node.getInput(1));
    MaybeForm form = staticShape(node.getInput(0)) && classify(node.getInput(0)) == Multiplication::Tensors &&
                             diagonal && diagonal->size() == 1 && diagonal->front() == 0
                         ? find(node.getInput(0), constants, /*summed=*/false)
                         : std::nullopt;
    if (!form || form->layout.size() < 2)
      return std::nullopt;
    DimList rows = form->layout[form->layout.size() - 2], columns = form->layout.back();
    if (rows.size() != 1 || columns.size() != 1)
      return std::nullopt;
    if (node.getInt("upper", 1)) // Rows are keys.
      std::swap(rows, columns);
    for (ProductTerm &term : form->terms)
      term.factors.push_back({{}, {}, {rows, columns}, ProductFactor::Triangle});
    return form;
  }
  if (node.is("Where") && staticShape(node.getInput(1)) && staticShape(node.getInput(2)))
    for (unsigned i : {1, 2})
      if (readSplat(node.getInput(3 - i)) == 0.0 && staticShape(node.getInput(i)) == staticShape(node.getResult(0)))
        return masked(node.getInput(i), node.getInput(0), i == 1, constants);
  if (node.is("Mul"))
    for (unsigned i : {0, 1})
      if (staticShape(node.getInput(i)) == staticShape(node.getResult(0)))
        if (MaybeForm form = masked(node.getInput(i), node.getInput(1 - i), true, constants))
          return form;
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
