// Forms, and the nodes that move and add; the nodes that multiply stand in ProductNodes.cpp.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProductForm.h"
#include "ProductNodes.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

// A form that is larger than that is no layer of a network; the limits keep the analysis cheap.
constexpr size_t mostTerms = 8, mostFactors = 6, mostNodes = 64;

bool ProductFactor::has(Dim dim) const { return llvm::is_contained(flatten(axes), dim); }
bool ProductForm::has(Dim dim) const { return llvm::is_contained(flatten(layout), dim); }

static bool touches(const ProductTerm &term, Dim dim) {
  return llvm::any_of(term.factors, [&](const ProductFactor &factor) { return factor.has(dim); }) ||
         llvm::any_of(term.windows, [&](Window w) { return w.out == dim || w.in == dim || w.tap == dim; });
}

ProductForm ProductAnalysis::get(Value value, int constants) {
  MaybeForm form = find(value, constants, /*summed=*/false);
  return form ? *form : ProductForm();
}

ProductAnalysis::MaybeForm ProductAnalysis::find(Value value, int constants, bool summed) {
  std::optional<ArrayRef<int64_t>> shape = staticShape(value);
  if (!shape)
    return std::nullopt;
  auto node = value.getDefiningOp<NodeOp>();
  size_t known = nodes.size();
  if (weighing && isa_and_nonnull<mix::ToeplitzOp>(value.getDefiningOp()))
    if (MaybeForm form = distances(value.getDefiningOp()))
      return form;
  if (weighing && weighing->leaves.contains(node))
    node = {};
  if (node && node->getNumResults() == 1 && node.getDomain().empty() && known < mostNodes &&
      isa<FloatType>(getElementTypeOrSelf(value))) {
    nodes.insert(node);
    MaybeForm form = compute(node, constants, summed);
    // A node that contradicts its types is not looked through.
    if (form && extentsOf(dims, form->layout) == *shape && form->terms.size() <= mostTerms &&
        llvm::all_of(form->terms, [](const ProductTerm &term) { return term.factors.size() <= mostFactors; }))
      return form;
    while (nodes.size() > known)
      nodes.pop_back();
  }
  ProductForm leaf;
  leaf.layout = dims.createAxes(*shape);
  leaf.terms.push_back({1, {{value, matchConstant(value), leaf.layout}}, {}});
  return leaf;
}

ProductAnalysis::MaybeForm ProductAnalysis::compute(NodeOp node, int constants, bool summed) {
  if (weighing)
    if (MaybeForm form = weigh(node, constants, summed))
      return form;
  if (keepsElements(node))
    return view(node, constants, summed);
  if (node.is("Transpose"))
    return transpose(node, constants, summed);
  if (node.is("Expand"))
    return broadcast(node, constants, summed);
  if (std::optional<ScaledOperand> scaled = matchScale(node)) {
    MaybeForm form = find(scaled->tensor, constants, summed);
    if (!form || scaled->factor == 0 || !std::isfinite(scaled->factor))
      return std::nullopt;
    for (ProductTerm &term : form->terms)
      term.scale *= scaled->factor;
    return form;
  }
  if (node.is("Add") || node.is("Sub") || node.is("Sum"))
    return add(node, constants);
  if (node.is("ReduceSum"))
    return reduceSum(node, constants);
  if (node.is("Conv"))
    return convolution(node, constants);
  return product(node, constants, summed);
}

bool ProductAnalysis::split(MutableArrayRef<ProductForm *> forms, Dim dim, int64_t outer, DimList &parts) {
  parts = {dims.create(outer), dims.create(dims.extent(dim) / outer)};
  for (ProductForm *form : forms) {
    for (ProductTerm &term : form->terms) {
      for (Window window : term.windows)
        if (window.in == dim || window.out == dim || window.tap == dim)
          return false;
      for (ProductFactor &factor : term.factors)
        substitute(factor.axes, dim, parts);
    }
    substitute(form->layout, dim, parts);
  }
  return true;
}

static void rename(MutableArrayRef<ProductForm *> forms, Dim from, Dim to) {
  for (ProductForm *form : forms) {
    substitute(form->layout, from, to);
    for (ProductTerm &term : form->terms) {
      for (ProductFactor &factor : term.factors)
        substitute(factor.axes, from, to);
      for (Window &window : term.windows)
        for (Dim *dim : {&window.in, &window.out, &window.tap})
          *dim = *dim == from ? to : *dim;
    }
  }
}

bool ProductAnalysis::unify(MutableArrayRef<ProductForm *> forms, ArrayRef<Dim> a, ArrayRef<Dim> b) {
  Axes both = {DimList(a), DimList(b)};
  for (size_t i = 0; i < std::min(both[0].size(), both[1].size());) {
    Dim x = both[0][i], y = both[1][i];
    int64_t extentX = dims.extent(x), extentY = dims.extent(y);
    if (x == y) {
      ++i;
    } else if (extentX == extentY) {
      rename(forms, y, x);
      substitute(both, y, x);
    } else {
      Dim longer = extentX > extentY ? x : y;
      int64_t shorter = std::min(extentX, extentY);
      DimList parts;
      if (dims.extent(longer) % shorter != 0 || !split(forms, longer, shorter, parts))
        return false;
      substitute(both, longer, parts);
    }
  }
  return both[0] == both[1];
}

bool ProductAnalysis::reshape(ProductForm &form, ArrayRef<int64_t> shape) {
  ProductForm *forms[] = {&form};
  Axes order = {flatten(form.layout)}, result;
  size_t next = 0;
  for (int64_t extent : shape) {
    DimList axis;
    for (int64_t rest = extent; rest > 1;) {
      if (next == order[0].size())
        return false;
      Dim dim = order[0][next];
      int64_t present = dims.extent(dim);
      if (rest % present == 0) {
        axis.push_back(dim);
        rest /= present;
        ++next;
        continue;
      }
      DimList parts;
      if (present % rest != 0 || !split(forms, dim, rest, parts))
        return false;
      substitute(order, dim, parts);
    }
    result.push_back(axis);
  }
  form.layout = result;
  return next == order[0].size();
}

ProductAnalysis::MaybeForm ProductAnalysis::view(NodeOp node, int constants, bool summed) {
  MaybeForm form = find(node.getInput(0), constants, summed);
  if (!form || getElementTypeOrSelf(node.getInput(0)) != getElementTypeOrSelf(node.getResult(0)) ||
      !reshape(*form, *staticShape(node.getResult(0))))
    return std::nullopt;
  return form;
}

ProductAnalysis::MaybeForm ProductAnalysis::transpose(NodeOp node, int constants, bool summed) {
  MaybeForm form = find(node.getInput(0), constants, summed);
  if (!form)
    return std::nullopt;
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, form->layout.size())));
  if (auto given = node.getInts("perm"))
    permutation = *given;
  if (!isPermutationVector(permutation) || permutation.size() != form->layout.size())
    return std::nullopt;
  Axes moved;
  for (int64_t axis : permutation)
    moved.push_back(form->layout[axis]);
  form->layout = moved;
  return form;
}

ProductAnalysis::MaybeForm ProductAnalysis::broadcast(NodeOp node, int constants, bool summed) {
  MaybeForm form = find(node.getInput(0), constants, summed);
  ArrayRef<int64_t> shape = *staticShape(node.getResult(0));
  if (!form || form->layout.size() > shape.size())
    return std::nullopt;
  form->layout.insert(form->layout.begin(), shape.size() - form->layout.size(), {});
  for (auto [axis, extent] : llvm::zip(form->layout, shape))
    if (axis.empty() && extent > 1)
      axis.push_back(dims.create(extent)); // No factor has it: the value is constant along it.
  return form;
}

ProductAnalysis::MaybeForm ProductAnalysis::add(NodeOp node, int constants) {
  auto isWorthIt = [&](Value input) {
    Multiplication kind = classify(input);
    return kind == Multiplication::Tensors || (kind == Multiplication::Constant && constants > 0 && [&] {
             return llvm::any_of(node.getInputs(), [](Value other) {
               return classify(other) == Multiplication::None && isConstantView(other);
             });
           }());
  };
  bool hasNumber = weighing && weighing->sumsNumbers &&
                   llvm::any_of(node.getInputs(), [](Value input) { return readSplat(input).has_value(); });
  if (!hasNumber && llvm::none_of(node.getInputs(), isWorthIt))
    return std::nullopt;
  std::vector<ProductForm> forms;
  SmallVector<ProductForm *> pointers;
  for (Value input : node.getInputs()) {
    MaybeForm form = find(input, constants, /*summed=*/false);
    if (!form)
      return std::nullopt;
    forms.push_back(std::move(*form));
  }
  for (ProductForm &form : forms)
    pointers.push_back(&form);
  size_t rank = staticShape(node.getResult(0))->size();
  for (ProductForm &form : forms)
    form.layout.insert(form.layout.begin(), rank - std::min(rank, form.layout.size()), {});
  ProductForm sum;
  for (size_t axis = 0; axis < rank; ++axis) {
    const ProductForm *widest = nullptr; // An axis of extent 1 broadcasts.
    for (ProductForm &form : forms) {
      if (form.layout[axis].empty())
        continue;
      if (widest && !unify(pointers, widest->layout[axis], form.layout[axis]))
        return std::nullopt;
      widest = widest ? widest : &form;
    }
  }
  for (size_t axis = 0; axis < rank; ++axis) {
    auto widest = llvm::find_if(forms, [&](const ProductForm &form) { return !form.layout[axis].empty(); });
    sum.layout.push_back(widest == forms.end() ? DimList() : widest->layout[axis]);
  }
  for (auto [i, form] : llvm::enumerate(forms))
    for (ProductTerm &term : form.terms) {
      term.scale *= i > 0 && node.is("Sub") ? -1 : 1;
      sum.terms.push_back(std::move(term));
    }
  return sum;
}

ProductAnalysis::MaybeForm ProductAnalysis::contract(std::vector<ProductForm> forms, const Equation &equation) {
  SmallVector<ProductForm *> pointers;
  for (ProductForm &form : forms)
    pointers.push_back(&form);
  llvm::SmallDenseMap<int, std::pair<size_t, size_t>> axes; // of a label: operand, axis
  for (auto [i, labels] : llvm::enumerate(equation.operands)) {
    if (labels.size() != forms[i].layout.size())
      return std::nullopt;
    for (auto [axis, label] : llvm::enumerate(labels)) {
      if (forms[i].layout[axis].empty())
        continue;
      auto [known, isNew] = axes.try_emplace(label, i, axis);
      auto [operand, first] = known->second;
      if (!isNew && !unify(pointers, forms[operand].layout[first], forms[i].layout[axis]))
        return std::nullopt;
    }
  }
  ProductForm result;
  for (int label : equation.result) {
    auto known = axes.find(label);
    result.layout.push_back(known == axes.end() ? DimList() : forms[known->second.first].layout[known->second.second]);
  }
  llvm::SmallSetVector<Dim, 8> summed;
  for (const ProductForm &form : forms)
    for (Dim dim : flatten(form.layout))
      if (!result.has(dim))
        summed.insert(dim);
  result.terms.emplace_back();
  for (const ProductForm &form : forms) {
    std::vector<ProductTerm> products;
    for (const ProductTerm &left : result.terms)
      for (const ProductTerm &right : form.terms) {
        ProductTerm product = left;
        product.scale *= right.scale;
        llvm::append_range(product.factors, right.factors);
        llvm::append_range(product.windows, right.windows);
        products.push_back(std::move(product));
      }
    result.terms = std::move(products);
    if (result.terms.size() > mostTerms)
      return std::nullopt;
  }
  for (ProductTerm &term : result.terms)
    for (Dim dim : summed)
      if (!touches(term, dim)) // The sum of equals.
        term.scale *= static_cast<double>(dims.extent(dim));
  return result;
}

bool ProductAnalysis::expand(ProductForm &form, size_t term, size_t factor, int constants) {
  size_t known = nodes.size();
  MaybeForm inner = find(form.terms[term].factors[factor].value, constants, /*summed=*/false);
  if (!inner || nodes.size() == known)
    return false;
  ProductForm *forms[] = {&form, &*inner};
  for (size_t axis = 0; axis < inner->layout.size(); ++axis)
    if (!unify(forms, form.terms[term].factors[factor].axes[axis], inner->layout[axis]))
      return false;
  ProductTerm outer = form.terms[term];
  Axes given = outer.factors[factor].axes;
  outer.factors.erase(outer.factors.begin() + factor);
  form.terms.erase(form.terms.begin() + term);
  for (ProductTerm &product : inner->terms) {
    ProductTerm whole = outer;
    whole.scale *= product.scale;
    whole.factors.insert(whole.factors.begin() + factor, product.factors.begin(), product.factors.end());
    llvm::append_range(whole.windows, product.windows);
    for (Dim dim : flatten(given))
      if (!form.has(dim) && !touches(whole, dim))
        whole.scale *= static_cast<double>(dims.extent(dim));
    form.terms.insert(form.terms.begin() + term, std::move(whole));
  }
  return true;
}

std::optional<std::vector<double>> readArranged(const ProductFactor &factor, ArrayRef<Dim> order,
                                                const DimTable &dims) {
  std::optional<std::vector<double>> numbers = factor.constant ? readDoubles(factor.constant) : std::nullopt;
  DimList from = flatten(factor.axes);
  if (!numbers || from == order)
    return numbers;
  SmallVector<int64_t> strides(order.size()), extents;
  int64_t stride = 1;
  for (Dim dim : llvm::reverse(from)) {
    strides[llvm::find(order, dim) - order.begin()] = stride;
    stride *= dims.extent(dim);
  }
  for (Dim dim : order)
    extents.push_back(dims.extent(dim));
  std::vector<double> arranged;
  arranged.reserve(numbers->size());
  SmallVector<int64_t> index(order.size(), 0);
  for (size_t i = 0; i < numbers->size(); ++i) {
    arranged.push_back((*numbers)[std::inner_product(index.begin(), index.end(), strides.begin(), int64_t(0))]);
    for (auto axis = static_cast<int64_t>(order.size()) - 1; axis >= 0 && ++index[axis] == extents[axis]; --axis)
      index[axis] = 0;
  }
  return arranged;
}

Value arrange(onnx::NodeBuilder &nodes, Value value, const Axes &axes, ArrayRef<DimList> groups, const DimTable &dims) {
  auto reshape = [&](Value from, ArrayRef<int64_t> shape) {
    return *staticShape(from) == shape ? from : nodes.reshape(from, shape);
  };
  DimList from = flatten(axes), to = flatten(groups);
  if (from != to) {
    SmallVector<int64_t> extents, permutation;
    for (Dim dim : from)
      extents.push_back(dims.extent(dim));
    for (Dim dim : to)
      permutation.push_back(llvm::find(from, dim) - from.begin());
    value = nodes.transpose(reshape(value, extents), permutation);
  }
  return reshape(value, extentsOf(dims, Axes(groups)));
}

} // namespace fourmix::onnx_to_mix
