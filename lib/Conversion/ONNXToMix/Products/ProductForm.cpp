// Forms, and the nodes that move and add; the nodes that multiply stand in ProductNodes.cpp.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProductForm.h"
#include "ProductNodes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

// A form that is larger than that is no layer of a network; the limits keep the analysis cheap.
constexpr size_t mostTerms = 8, mostFactors = 6, mostNodes = 64;

bool ProductFactor::has(Atom atom) const { return llvm::is_contained(flatten(axes), atom); }
bool ProductForm::has(Atom atom) const { return llvm::is_contained(flatten(layout), atom); }

static bool touches(const ProductTerm &term, Atom atom) {
  return llvm::any_of(term.factors, [&](const ProductFactor &factor) { return factor.has(atom); }) ||
         llvm::any_of(term.windows, [&](Window w) { return w.out == atom || w.in == atom || w.tap == atom; });
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
  if (node && node->getNumResults() == 1 && node.getDomain().empty() && known < mostNodes &&
      isa<FloatType>(getElementTypeOrSelf(value))) {
    nodes.insert(node);
    MaybeForm form = compute(node, constants, summed);
    // A node that contradicts its types is not looked through.
    if (form && atoms.shape(form->layout) == *shape && form->terms.size() <= mostTerms &&
        llvm::all_of(form->terms, [](const ProductTerm &term) { return term.factors.size() <= mostFactors; }))
      return form;
    while (nodes.size() > known)
      nodes.pop_back();
  }
  ProductForm leaf;
  leaf.layout = atoms.freshLayout(*shape);
  leaf.terms.push_back({1, {{value, matchConstant(value), leaf.layout}}, {}});
  return leaf;
}

ProductAnalysis::MaybeForm ProductAnalysis::compute(NodeOp node, int constants, bool summed) {
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

bool ProductAnalysis::split(MutableArrayRef<ProductForm *> forms, Atom atom, int64_t outer, Axis &parts) {
  parts = {atoms.fresh(outer), atoms.fresh(atoms.extent(atom) / outer)};
  for (ProductForm *form : forms) {
    for (ProductTerm &term : form->terms) {
      for (Window window : term.windows)
        if (window.in == atom || window.out == atom || window.tap == atom)
          return false;
      for (ProductFactor &factor : term.factors)
        substitute(factor.axes, atom, parts);
    }
    substitute(form->layout, atom, parts);
  }
  return true;
}

static void rename(MutableArrayRef<ProductForm *> forms, Atom from, Atom to) {
  for (ProductForm *form : forms) {
    substitute(form->layout, from, to);
    for (ProductTerm &term : form->terms) {
      for (ProductFactor &factor : term.factors)
        substitute(factor.axes, from, to);
      for (Window &window : term.windows)
        for (Atom *atom : {&window.in, &window.out, &window.tap})
          *atom = *atom == from ? to : *atom;
    }
  }
}

bool ProductAnalysis::unify(MutableArrayRef<ProductForm *> forms, ArrayRef<Atom> a, ArrayRef<Atom> b) {
  Layout both = {Axis(a), Axis(b)};
  for (size_t i = 0; i < std::min(both[0].size(), both[1].size());) {
    Atom x = both[0][i], y = both[1][i];
    int64_t extentX = atoms.extent(x), extentY = atoms.extent(y);
    if (x == y) {
      ++i;
    } else if (extentX == extentY) {
      rename(forms, y, x);
      substitute(both, y, x);
    } else {
      Atom longer = extentX > extentY ? x : y;
      int64_t shorter = std::min(extentX, extentY);
      Axis parts;
      if (atoms.extent(longer) % shorter != 0 || !split(forms, longer, shorter, parts))
        return false;
      substitute(both, longer, parts);
    }
  }
  return both[0] == both[1];
}

bool ProductAnalysis::reshape(ProductForm &form, ArrayRef<int64_t> shape) {
  ProductForm *forms[] = {&form};
  Layout order = {flatten(form.layout)}, result;
  size_t next = 0;
  for (int64_t extent : shape) {
    Axis axis;
    for (int64_t rest = extent; rest > 1;) {
      if (next == order[0].size())
        return false;
      Atom atom = order[0][next];
      int64_t present = atoms.extent(atom);
      if (rest % present == 0) {
        axis.push_back(atom);
        rest /= present;
        ++next;
        continue;
      }
      Axis parts;
      if (present % rest != 0 || !split(forms, atom, rest, parts))
        return false;
      substitute(order, atom, parts);
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
  Layout moved;
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
      axis.push_back(atoms.fresh(extent)); // No factor has it: the value is constant along it.
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
  if (llvm::none_of(node.getInputs(), isWorthIt))
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
    sum.layout.push_back(widest == forms.end() ? Axis() : widest->layout[axis]);
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
    result.layout.push_back(known == axes.end() ? Axis() : forms[known->second.first].layout[known->second.second]);
  }
  llvm::SmallSetVector<Atom, 8> summed;
  for (const ProductForm &form : forms)
    for (Atom atom : flatten(form.layout))
      if (!result.has(atom))
        summed.insert(atom);
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
    for (Atom atom : summed)
      if (!touches(term, atom)) // The sum of equals.
        term.scale *= static_cast<double>(atoms.extent(atom));
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
  Layout given = outer.factors[factor].axes;
  outer.factors.erase(outer.factors.begin() + factor);
  form.terms.erase(form.terms.begin() + term);
  for (ProductTerm &product : inner->terms) {
    ProductTerm whole = outer;
    whole.scale *= product.scale;
    whole.factors.insert(whole.factors.begin() + factor, product.factors.begin(), product.factors.end());
    llvm::append_range(whole.windows, product.windows);
    for (Atom atom : flatten(given))
      if (!form.has(atom) && !touches(whole, atom))
        whole.scale *= static_cast<double>(atoms.extent(atom));
    form.terms.insert(form.terms.begin() + term, std::move(whole));
  }
  return true;
}

std::optional<std::vector<double>> readArranged(const ProductFactor &factor, ArrayRef<Atom> order, const Atoms &atoms) {
  std::optional<std::vector<double>> numbers = factor.constant ? readDoubles(factor.constant) : std::nullopt;
  Axis from = flatten(factor.axes);
  if (!numbers || from == order)
    return numbers;
  SmallVector<int64_t> strides(order.size()), extents;
  int64_t stride = 1;
  for (Atom atom : llvm::reverse(from)) {
    strides[llvm::find(order, atom) - order.begin()] = stride;
    stride *= atoms.extent(atom);
  }
  for (Atom atom : order)
    extents.push_back(atoms.extent(atom));
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

Value arrange(onnx::NodeBuilder &nodes, Value value, const Layout &axes, ArrayRef<Axis> groups, const Atoms &atoms) {
  auto reshape = [&](Value from, ArrayRef<int64_t> shape) {
    return *staticShape(from) == shape ? from : nodes.reshape(from, shape);
  };
  Axis from = flatten(axes), to = flatten(groups);
  if (from != to) {
    SmallVector<int64_t> extents, permutation;
    for (Atom atom : from)
      extents.push_back(atoms.extent(atom));
    for (Atom atom : to)
      permutation.push_back(llvm::find(from, atom) - from.begin());
    value = nodes.transpose(reshape(value, extents), permutation);
  }
  return reshape(value, atoms.shape(Layout(groups)));
}

} // namespace fourmix::onnx_to_mix
