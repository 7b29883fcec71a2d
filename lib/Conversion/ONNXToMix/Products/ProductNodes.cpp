// The nodes that multiply: products as equations, convolutions as windows.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProductNodes.h"
#include "ProductForm.h"
#include "dialects/ONNX/Ops/Equation.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/SoftmaxForm.h"
#include "lib/Conversion/ONNXToMix/Analysis/Splice.h"
#include "lib/Conversion/ONNXToMix/Analysis/SpreadKernel.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

bool keepsElements(NodeOp node) { return isReshapeNode(node) || node.is("Cast"); }

Value behindViews(Value value, bool scales) {
  for (int steps = 0; steps < 16; ++steps) {
    auto node = value.getDefiningOp<NodeOp>();
    if (!node || !node.getDomain().empty())
      break;
    std::optional<ScaledOperand> scaled = scales ? matchScale(node) : std::nullopt;
    if (!scaled && !keepsElements(node) && !node.is("Transpose") && !node.is("Expand"))
      break;
    Value next = scaled ? scaled->tensor : node.getInput(0);
    if (!next)
      break;
    value = next;
  }
  return value;
}

bool isConstantView(Value value) { return static_cast<bool>(matchConstant(behindViews(value, /*scales=*/false))); }

static Multiplication classifyNode(NodeOp node) {
  int tensors = 0, constants = 0;
  for (Value input : node.getInputs().take_front(node.is("Conv") || node.is("Gemm") ? 2 : node.getInputs().size()))
    ++(isConstantView(input) ? constants : tensors);
  return tensors > 1 ? Multiplication::Tensors : constants > 0 ? Multiplication::Constant : Multiplication::None;
}

Multiplication classify(Value value) {
  auto node = behindViews(value, /*scales=*/true).getDefiningOp<NodeOp>();
  if (!node || !node.getDomain().empty())
    return Multiplication::None;
  if (node.is("ReduceSum")) {
    auto product = behindViews(node.getInput(0), /*scales=*/true).getDefiningOp<NodeOp>();
    return product && product.is("Mul") ? classifyNode(product) : Multiplication::None;
  }
  if (node.is("MatMul") || node.is("Gemm") || node.is("Einsum") || node.is("Conv"))
    return classifyNode(node);
  if (node.is("Add") || node.is("Sub") || node.is("Sum"))
    for (Value input : node.getInputs()) {
      auto inner = behindViews(input, /*scales=*/true).getDefiningOp<NodeOp>();
      if (inner && (inner.is("MatMul") || inner.is("Einsum") || inner.is("ReduceSum")) &&
          classify(input) == Multiplication::Tensors)
        return Multiplication::Tensors;
    }
  return Multiplication::None;
}

static std::optional<ProductAnalysis::Equation> equationOfEinsum(NodeOp node) {
  onnx::Equation written(node);
  if (written.inputs.size() != node.getInputs().size())
    return std::nullopt;
  constexpr int dots = 256; // Labels of the axes behind an ellipsis, from the right.
  auto read = [](StringRef term, int64_t ellipsis) -> std::optional<SmallVector<int>> {
    SmallVector<int> labels;
    auto [before, after] = term.split("...");
    bool hasDots = term.contains("...");
    for (char letter : before)
      labels.push_back(letter);
    for (int64_t i = hasDots ? ellipsis : 0; i > 0; --i)
      labels.push_back(dots + static_cast<int>(i));
    for (char letter : after)
      labels.push_back(letter);
    SmallVector<int> sorted = labels;
    llvm::sort(sorted);
    if (ellipsis < 0 || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
      return std::nullopt; // A diagonal.
    return labels;
  };
  ProductAnalysis::Equation equation;
  int64_t widest = 0;
  SmallVector<int> once, all;
  for (auto [text, input] : llvm::zip(written.inputs, node.getInputs())) {
    StringRef term = text;
    int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
    int64_t hidden = term.contains("...") ? rank - (static_cast<int64_t>(term.size()) - 3) : 0;
    auto labels = read(term, hidden);
    if (!labels)
      return std::nullopt;
    widest = std::max(widest, hidden);
    llvm::append_range(all, *labels);
    equation.operands.push_back(std::move(*labels));
  }
  if (written.output) {
    auto labels = read(*written.output, widest);
    if (!labels)
      return std::nullopt;
    equation.result = std::move(*labels);
    return equation;
  }
  // Without an arrow: what stands behind dots, then letters that stand once, in their order.
  for (int64_t i = widest; i > 0; --i)
    equation.result.push_back(dots + static_cast<int>(i));
  llvm::sort(all);
  for (int letter : all)
    if (letter < dots && llvm::count(all, letter) == 1)
      equation.result.push_back(letter);
  return equation;
}

/// Element by element.
std::optional<ProductAnalysis::Equation> ProductAnalysis::broadcastEquation(NodeOp node) {
  Equation equation;
  size_t rank = 0;
  for (Value input : node.getInputs().take_front(2)) {
    if (!staticShape(input))
      return std::nullopt;
    SmallVector<int> &labels = equation.operands.emplace_back();
    for (size_t i = staticShape(input)->size(); i > 0; --i)
      labels.push_back(static_cast<int>(i)); // From the right, as broadcasting counts.
    rank = std::max(rank, labels.size());
  }
  for (size_t i = rank; i > 0; --i)
    equation.result.push_back(static_cast<int>(i));
  return equation;
}

std::optional<ProductAnalysis::Equation> ProductAnalysis::equationOf(NodeOp node) {
  for (Value input : node.getInputs())
    if (!staticShape(input))
      return std::nullopt;
  if (node.is("Einsum"))
    return equationOfEinsum(node);
  if (node.getInputs().size() < 2)
    return std::nullopt;
  int64_t a = staticShape(node.getInput(0))->size(), b = staticShape(node.getInput(1))->size();
  Equation equation;
  enum : int { Row = -1, Column = -2, Inner = -3 };
  auto batch = [](SmallVector<int> &labels, int64_t rank) { // From the right, as broadcasting counts.
    for (int64_t i = rank; i > 0; --i)
      labels.push_back(static_cast<int>(i));
  };
  equation.operands.resize(2);
  if (node.is("Mul"))
    return broadcastEquation(node);
  if (node.is("Gemm")) {
    equation.operands[0] = {Row, Inner};
    equation.operands[1] = {Inner, Column};
    for (auto [name, labels] : {std::pair("transA", &equation.operands[0]), {"transB", &equation.operands[1]}})
      if (node.getInt(name, 0) != 0)
        std::swap((*labels)[0], (*labels)[1]);
    equation.result = {Row, Column};
    return equation;
  }
  if (!node.is("MatMul") || a < 2 || b < 2)
    return std::nullopt;
  batch(equation.operands[0], a - 2);
  batch(equation.operands[1], b - 2);
  batch(equation.result, std::max(a, b) - 2);
  equation.operands[0].append({Row, Inner});
  equation.operands[1].append({Inner, Column});
  equation.result.append({Row, Column});
  return equation;
}

ProductAnalysis::MaybeForm ProductAnalysis::product(NodeOp node, int constants, bool summed) {
  bool isMul = node.is("Mul");
  if (isMul && matchSoftmax(node)) // powers times the reciprocal of their sum: one tensor
    return std::nullopt;
  bool isSum = summed || (weighing && isMul && (meetsQuotient(node.getInput(0)) || meetsQuotient(node.getInput(1))));
  if (!(isMul && isSum) && !node.is("MatMul") && !node.is("Gemm") && !node.is("Einsum"))
    return std::nullopt;
  if (node.is("Gemm") && node.getInput(2)) {
    if (!isZeroConstant(node.getInput(2)))
      return std::nullopt;
  }
  Multiplication kind = classifyNode(node);
  if (kind == Multiplication::None || (kind == Multiplication::Constant && constants == 0))
    return std::nullopt;
  std::optional<Equation> equation = equationOf(node);
  if (!equation)
    return std::nullopt;
  std::vector<ProductForm> forms;
  for (Value input : node.getInputs().take_front(equation->operands.size())) {
    // Where weights are sought, factors may be products themselves.
    MaybeForm form = find(input, kind == Multiplication::Constant ? constants - 1 : constants, isMul && !weighing);
    if (!form)
      return std::nullopt;
    forms.push_back(std::move(*form));
  }
  MaybeForm form = contract(std::move(forms), *equation);
  if (form && node.is("Gemm"))
    for (ProductTerm &term : form->terms)
      term.scale *= node.getFloat("alpha", 1);
  return form;
}

ProductAnalysis::MaybeForm ProductAnalysis::reduceSum(NodeOp node, int constants) {
  Value input = node.getInput(0);
  Multiplication kind = classify(node.getResult(0));
  if (!input || !staticShape(input) ||
      (!weighing && (kind == Multiplication::None || (kind == Multiplication::Constant && constants == 0))))
    return std::nullopt;
  int64_t rank = staticShape(input)->size();
  auto axes = node.getInts("axes");
  if (Value given = node.getInput(1)) {
    ElementsAttr constant = matchConstant(given);
    axes = constant ? readInts(constant) : std::nullopt;
  }
  if (!axes || axes->empty())
    return std::nullopt;
  llvm::SmallDenseSet<int64_t> reduced;
  for (int64_t axis : *axes)
    reduced.insert(axis < 0 ? axis + rank : axis);
  MaybeForm form = find(input, constants, /*summed=*/true);
  if (!form)
    return std::nullopt;
  Equation equation;
  equation.operands.emplace_back();
  for (int64_t axis = 0; axis < rank; ++axis) {
    int label = static_cast<int>(axis);
    equation.operands[0].push_back(label);
    if (!reduced.contains(axis))
      equation.result.push_back(label);
    else if (node.getInt("keepdims", 1) != 0)
      equation.result.push_back(-1);
  }
  return contract({std::move(*form)}, equation);
}

namespace {
/// A convolution that windows can express, and what is convolved.
struct Filter {
  Value input;
  SmallVector<bool> isWindow; // per spatial axis
  SmallVector<int64_t> dilations;
};

/// Empty with a reason, or without one where the node contradicts its types.
std::optional<Filter> readFilter(NodeOp node, std::string &reason) {
  Filter filter = {node.getInput(0), {}, {}};
  ArrayRef<int64_t> in = *staticShape(filter.input), weights = *staticShape(node.getInput(1));
  ArrayRef<int64_t> out = *staticShape(node.getResult(0));
  size_t rank = in.size() - 2;
  SmallVector<int64_t> ones(rank, 1), none(2 * rank, 0);
  auto strides = node.getInts("strides").value_or(ones), dilations = node.getInts("dilations").value_or(ones);
  auto pads = node.getInts("pads").value_or(none);
  StringRef automatic = node.getString("auto_pad", "NOTSET");
  if (weights.size() != in.size() || out.size() != in.size() || strides.size() != rank || dilations.size() != rank ||
      pads.size() != 2 * rank)
    return std::nullopt;
  if (automatic != "NOTSET")
    pads = none;
  // Zeros put around the input by a node of their own.
  if (auto pad = filter.input.getDefiningOp<NodeOp>(); pad && pad.is("Pad") && !pad.getInput(3)) {
    ElementsAttr given = pad.getInput(1) ? matchConstant(pad.getInput(1)) : ElementsAttr();
    auto around = given ? readInts(given) : std::nullopt;
    bool isZero =
        pad.getString("mode", "constant") == "constant" && (!pad.getInput(2) || isZeroConstant(pad.getInput(2)));
    if (isZero && around && around->size() == 2 * in.size() && staticShape(pad.getInput(0)) && around->data()[0] == 0 &&
        (*around)[1] == 0 && (*around)[in.size()] == 0 && (*around)[in.size() + 1] == 0) {
      for (size_t i = 0; i < rank; ++i) {
        pads[i] += (*around)[2 + i];
        pads[rank + i] += (*around)[in.size() + 2 + i];
      }
      filter.input = pad.getInput(0);
      in = *staticShape(filter.input);
    }
  }
  for (size_t i = 0; i < rank; ++i) {
    int64_t extent = (weights[2 + i] - 1) * dilations[i] + 1, total = extent - 1;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      pads[i] += automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      pads[rank + i] += total - (automatic == "SAME_UPPER" ? total / 2 : total - total / 2);
    }
    if (strides[i] != 1)
      reason = "its stride is not 1";
    else if (extent % 2 == 0)
      reason = "its kernel has the even extent " + llvm::itostr(extent);
    else if (pads[i] != total / 2 || pads[rank + i] != total / 2)
      reason = "its kernel of extent " + llvm::itostr(extent) + " is not centred: it is padded by " +
               llvm::itostr(pads[i]) + " and " + llvm::itostr(pads[rank + i]);
    if (!reason.empty() || out[2 + i] != in[2 + i])
      return std::nullopt;
    filter.isWindow.push_back(extent > 1);
    filter.dilations.push_back(dilations[i]);
  }
  return filter;
}

/// The first of `groups` equal parts of a constant, if they are equal.
ElementsAttr firstOfEqual(ElementsAttr constant, int64_t groups) {
  std::optional<std::vector<double>> numbers = readDoubles(constant);
  if (!numbers)
    return {};
  size_t size = numbers->size() / groups;
  for (size_t i = size; i < numbers->size(); ++i)
    if ((*numbers)[i] != (*numbers)[i - size])
      return {};
  numbers->resize(size);
  SmallVector<int64_t> shape(constant.getShapedType().getShape());
  shape[0] /= groups;
  return makeConstant(RankedTensorType::get(shape, constant.getElementType()), *numbers, "kernel");
}
} // namespace

ProductAnalysis::MaybeForm ProductAnalysis::convolution(NodeOp node, int constants) {
  Value weights = node.getInput(1);
  ElementsAttr kernel = weights ? matchConstant(weights) : ElementsAttr();
  if (constants == 0 || !kernel || !staticShape(node.getInput(0)) || !staticShape(weights) ||
      staticShape(node.getInput(0))->size() < 3)
    return std::nullopt;
  std::string reason;
  std::optional<Filter> filter = readFilter(node, reason);
  if (!filter) {
    if (!reason.empty())
      obstacles.push_back({node, reason});
    return std::nullopt;
  }
  kernel = spreadKernel(kernel, filter->dilations);
  if (!kernel)
    return std::nullopt;
  MaybeForm input = find(filter->input, constants - 1, /*summed=*/false);
  // Every group is an image of its own, filtered alike.
  int64_t groups = node.getInt("group", 1);
  SmallVector<int64_t> shape(*staticShape(filter->input)), out(*staticShape(node.getResult(0)));
  if (!input || groups < 1 || shape[1] % groups != 0 || out[1] % groups != 0)
    return std::nullopt;
  ElementsAttr bias = node.getInput(2) ? matchConstant(node.getInput(2)) : ElementsAttr();
  if (groups > 1) {
    kernel = firstOfEqual(kernel, groups);
    bias = bias ? firstOfEqual(bias, groups) : bias;
    if (!kernel || (node.getInput(2) && !bias)) {
      obstacles.push_back({node, "its groups have different weights"});
      return std::nullopt;
    }
  }
  shape[1] /= groups;
  shape.insert(shape.begin() + 1, groups);
  if (!reshape(*input, shape))
    return std::nullopt;
  ProductForm filters;
  filters.layout = dims.createAxes(kernel.getShapedType().getShape());
  filters.terms.push_back({1, {{weights, kernel, filters.layout}}, {}});
  // x[b, g, c, at...] w[m, c, tap...] -> [b, g, m, at...], at standing for out or in.
  enum : int { Batch, Group, Channel, Filters, Position = 16, Tap = 32 };
  Equation equation;
  equation.operands = {{Batch, Group, Channel}, {Filters, Channel}};
  equation.result = {Batch, Group, Filters};
  for (auto [i, isWindow] : llvm::enumerate(filter->isWindow)) {
    int axis = static_cast<int>(i);
    equation.operands[0].push_back(Position + axis);
    equation.operands[1].push_back(Tap + axis);
    equation.result.push_back(isWindow ? -1 : Position + axis);
  }
  SmallVector<DimList> positions(ArrayRef(input->layout).drop_front(3)), taps(ArrayRef(filters.layout).drop_front(2));
  MaybeForm form = contract({std::move(*input), std::move(filters)}, equation);
  if (!form)
    return std::nullopt;
  for (auto [i, isWindow] : llvm::enumerate(filter->isWindow)) {
    if (!isWindow)
      continue;
    if (positions[i].size() != 1 || taps[i].size() != 1)
      return std::nullopt;
    Window window = {dims.create(dims.product(positions[i])), positions[i][0], taps[i][0]};
    for (ProductTerm &term : form->terms) {
      bool isFree = llvm::none_of(term.windows, [&](Window w) { return w.out == window.in || w.in == window.in; });
      // What is constant up to the edge is not so after zeros were put around it.
      if (!isFree || llvm::none_of(term.factors, [&](const ProductFactor &factor) { return factor.has(window.in); }))
        return std::nullopt;
      term.windows.push_back(window);
    }
    form->layout[3 + i] = {window.out};
  }
  if (node.getInput(2) && !isZeroConstant(node.getInput(2)))
    form->terms.push_back({1, {{node.getInput(2), bias, {form->layout[2]}}}, {}});
  return reshape(*form, out) ? form : std::nullopt;
}

} // namespace fourmix::onnx_to_mix
