// Operations that move, add and scale elements; the transforms stand in Transforms.cpp.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LinearAnalysis.h"
#include "fourmix/Support/Constants.h"
#include <limits>
#include <numeric>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

std::optional<SmallVector<int64_t>> readIntegers(Value value) {
  ElementsAttr constant = matchConstant(value);
  return constant ? readInts(constant) : std::nullopt;
}

static std::optional<int64_t> normaliseAxis(int64_t axis, int64_t rank) {
  if (axis < 0)
    axis += rank;
  return axis >= 0 && axis < rank ? std::optional<int64_t>(axis) : std::nullopt;
}

/// True if the axes of the form have the extents that the type says. A node that contradicts its types is a leaf.
static bool hasShape(const SeparableForm &form, ArrayRef<int64_t> shape) {
  if (form.isZero() || form.layout.size() != shape.size())
    return form.isZero();
  return llvm::all_of(llvm::zip(form.layout, shape), [&](auto pair) {
    auto &[axis, extent] = pair;
    int64_t product = 1;
    for (int factor : axis)
      product *= form.factors[factor].extent;
    return product == extent;
  });
}

const SeparableForm *LinearAnalysis::get(Value value) {
  auto known = forms.find(value);
  if (known != forms.end())
    return known->second.get();
  MaybeForm form = compute(value);
  // A mixing has two terms, one that is put together from parts a few more; sums of many are something else.
  constexpr size_t mostTerms = 64;
  if (form && (form->terms.size() > mostTerms || !hasShape(*form, *staticShape(value))))
    form.reset();
  std::unique_ptr<SeparableForm> &slot = forms[value];
  if (form)
    slot = std::make_unique<SeparableForm>(std::move(*form));
  return slot.get();
}

LinearAnalysis::MaybeForm LinearAnalysis::copy(Value value) {
  const SeparableForm *form = get(value);
  return form ? MaybeForm(*form) : std::nullopt;
}

LinearAnalysis::MaybeForm LinearAnalysis::compute(Value value) {
  std::optional<ArrayRef<int64_t>> shape = staticShape(value);
  if (!shape)
    return std::nullopt;
  if (value == source)
    return SeparableForm::identity(*shape);
  if (isKnownZero(value, constants))
    return SeparableForm::zero(shape->size());
  auto node = value.getDefiningOp<NodeOp>();
  if (!node || !linearOperands(node, constants))
    return std::nullopt;
  return compute(node, cast<OpResult>(value).getResultNumber());
}

bool regroupsAxes(NodeOp node) {
  return node.is("Reshape") || node.is("Squeeze") || node.is("Unsqueeze") || node.is("Flatten");
}

static bool isReshape(NodeOp node) { return regroupsAxes(node) || node.is("Identity") || node.is("Cast"); }

LinearAnalysis::MaybeForm LinearAnalysis::compute(NodeOp node, unsigned result) {
  if (isReshape(node))
    return reshape(node.getResult(0));
  if (node.is("Neg")) {
    MaybeForm form = copy(node.getInput(0));
    if (form)
      form->multiply(-1);
    return form;
  }
  if (node.is("Add") || node.is("Sum"))
    return addOrSubtract(node, 1);
  if (node.is("Sub"))
    return addOrSubtract(node, -1);
  if (node.is("Mul") || node.is("Div"))
    return scale(node);
  if (node.is("Concat"))
    return concat(node);
  if (node.is("Slice"))
    return slice(node);
  if (node.is("Split"))
    return split(node, result);
  if (node.is("Gather"))
    return gather(node);
  if (node.is("Pad"))
    return pad(node);
  if (node.is("Expand"))
    return expand(node);
  if (node.is("Transpose"))
    return transpose(node);
  if (node.is("DFT"))
    return dft(node);
  if (node.is("MatMul"))
    return matMul(node);
  if (node.is("Gemm"))
    return gemm(node);
  if (node.is("Einsum"))
    return einsum(node);
  return std::nullopt;
}

LinearAnalysis::MaybeForm LinearAnalysis::reshape(Value value) {
  // A chain of reshapes is one reshape, whatever lies between: an axis may be split and joined again.
  Value root = value;
  while (root != source) {
    auto node = root.getDefiningOp<NodeOp>();
    if (!node || !linearOperands(node, constants) || !isReshape(node))
      break;
    root = node.getInput(0);
  }
  MaybeForm form = copy(root);
  if (!form || form->isZero())
    return form;
  if (*staticShape(root) != *staticShape(value) && !form->reshape(*staticShape(value)))
    return std::nullopt;
  return form;
}

LinearAnalysis::MaybeForm LinearAnalysis::addOrSubtract(NodeOp node, double sign) {
  ArrayRef<int64_t> shape = *staticShape(node.getResult(0));
  MaybeForm sum = SeparableForm::zero(shape.size());
  for (auto [i, input] : llvm::enumerate(node.getInputs())) {
    const SeparableForm *form = get(input);
    if (!form)
      return std::nullopt;
    if (form->isZero())
      continue;
    if (*staticShape(input) != shape || !sum->add(*form, i == 0 ? 1 : sign))
      return std::nullopt;
  }
  return sum;
}

LinearAnalysis::MaybeForm LinearAnalysis::scale(NodeOp node) {
  ElementsAttr constant = matchConstant(node.getInput(1));
  Value data = node.getInput(0);
  if (!constant) {
    constant = matchConstant(node.getInput(0));
    data = node.getInput(1);
  }
  ArrayRef<int64_t> factors = constant.getShapedType().getShape(), shape = *staticShape(data);
  if (*staticShape(node.getResult(0)) != shape)
    return std::nullopt;
  std::optional<int64_t> axis;
  for (auto [i, extent] : llvm::enumerate(factors)) {
    if (extent == 1)
      continue;
    if (axis)
      return std::nullopt; // A mask over several axes.
    axis = static_cast<int64_t>(i + shape.size() - factors.size());
  }
  std::optional<std::vector<double>> values = readDoubles(constant);
  MaybeForm form = copy(data);
  if (!values || values->empty() || !form)
    return std::nullopt;
  for (double &value : *values) {
    value = node.is("Div") ? 1 / value : value;
    if (!std::isfinite(value))
      return std::nullopt;
  }
  if (!axis || llvm::all_equal(*values)) {
    form->multiply(values->front());
    return form;
  }
  if (form->isZero())
    return form;
  bool ok = form->mapAxis(*axis, shape[*axis], [&](const AxisMap &map, Term &) -> std::optional<AxisMap> {
    AxisMap scaled;
    for (auto [row, factor] : llvm::zip(map, *values))
      scaled.push_back(row.times(factor));
    return scaled;
  });
  return ok ? form : std::nullopt;
}

LinearAnalysis::MaybeForm LinearAnalysis::concat(NodeOp node) {
  std::optional<int64_t> axis = normaliseAxis(node.getInt("axis", 0), staticShape(node.getResult(0))->size());
  SmallVector<SeparableForm> parts;
  SmallVector<int64_t> extents;
  for (Value input : node.getInputs()) {
    MaybeForm form = copy(input);
    if (!form || !axis)
      return std::nullopt;
    parts.push_back(std::move(*form));
    extents.push_back((*staticShape(input))[*axis]);
  }
  return SeparableForm::concat(parts, extents, *axis);
}

LinearAnalysis::MaybeForm LinearAnalysis::slice(NodeOp node) {
  ArrayRef<int64_t> shape = *staticShape(node.getInput(0));
  int64_t rank = shape.size();
  auto starts = readIntegers(node.getInput(1)), ends = readIntegers(node.getInput(2));
  if (!starts || !ends || starts->size() != ends->size())
    return std::nullopt;
  SmallVector<int64_t> axes(starts->size()), steps(starts->size(), 1);
  std::iota(axes.begin(), axes.end(), 0);
  auto readOptional = [&](unsigned input, SmallVector<int64_t> &into) {
    if (!node.getInput(input))
      return true;
    auto values = readIntegers(node.getInput(input));
    if (!values || values->size() != starts->size())
      return false;
    into = *values;
    return true;
  };
  MaybeForm form = copy(node.getInput(0));
  if (!readOptional(3, axes) || !readOptional(4, steps) || !form)
    return std::nullopt;
  for (auto [i, rawAxis] : llvm::enumerate(axes)) {
    std::optional<int64_t> axis = normaliseAxis(rawAxis, rank);
    int64_t step = steps[i];
    if (!axis || step == 0)
      return std::nullopt;
    int64_t extent = shape[*axis];
    auto clamp = [&](int64_t bound, int64_t low, int64_t high) {
      if (bound < 0)
        bound = bound < -extent ? -1 - extent : bound + extent;
      return std::clamp(bound, low, high);
    };
    int64_t start = step > 0 ? clamp((*starts)[i], 0, extent) : clamp((*starts)[i], 0, extent - 1);
    int64_t end = step > 0 ? clamp((*ends)[i], 0, extent) : clamp((*ends)[i], -1, extent - 1);
    SmallVector<int64_t> indices;
    for (int64_t j = start; step > 0 ? j < end : j > end; j += step)
      indices.push_back(j);
    if (indices.empty() || (!form->isZero() && !form->select(*axis, indices)))
      return std::nullopt;
  }
  return form;
}

LinearAnalysis::MaybeForm LinearAnalysis::split(NodeOp node, unsigned result) {
  std::optional<int64_t> axis = normaliseAxis(node.getInt("axis", 0), staticShape(node.getInput(0))->size());
  MaybeForm form = copy(node.getInput(0));
  if (!axis || !form || form->isZero())
    return std::nullopt;
  int64_t offset = 0;
  for (unsigned i = 0; i < result; ++i)
    offset += (*staticShape(node.getResult(i)))[*axis];
  SmallVector<int64_t> indices((*staticShape(node.getResult(result)))[*axis]);
  std::iota(indices.begin(), indices.end(), offset);
  return form->select(*axis, indices) ? form : std::nullopt;
}

LinearAnalysis::MaybeForm LinearAnalysis::gather(NodeOp node) {
  ArrayRef<int64_t> shape = *staticShape(node.getInput(0));
  std::optional<int64_t> axis = normaliseAxis(node.getInt("axis", 0), shape.size());
  auto indices = readIntegers(node.getInput(1));
  MaybeForm form = copy(node.getInput(0));
  if (!axis || !indices || !form || form->isZero())
    return std::nullopt;
  size_t indexRank = staticShape(node.getInput(1))->size();
  if (indexRank > 1)
    return std::nullopt;
  for (int64_t &index : *indices) {
    std::optional<int64_t> wrapped = normaliseAxis(index, shape[*axis]);
    if (!wrapped)
      return std::nullopt;
    index = *wrapped;
  }
  if (!form->select(*axis, *indices))
    return std::nullopt;
  if (indexRank == 0)
    form->layout.erase(form->layout.begin() + *axis);
  return form;
}

LinearAnalysis::MaybeForm LinearAnalysis::pad(NodeOp node) {
  ArrayRef<int64_t> shape = *staticShape(node.getInput(0));
  int64_t rank = shape.size();
  auto pads = readIntegers(node.getInput(1));
  MaybeForm form = copy(node.getInput(0));
  // Reflecting and wrapping modes are left as they are: no mixing contains them.
  if (!pads || !form || node.getString("mode", "constant") != "constant" ||
      (node.getInput(2) && !isKnownZero(node.getInput(2), constants)))
    return std::nullopt;
  SmallVector<int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (node.getInput(3)) {
    auto given = readIntegers(node.getInput(3));
    if (!given)
      return std::nullopt;
    axes = *given;
  }
  if (pads->size() != 2 * axes.size() || form->isZero())
    return std::nullopt;
  for (auto [i, rawAxis] : llvm::enumerate(axes)) {
    std::optional<int64_t> axis = normaliseAxis(rawAxis, rank);
    int64_t before = (*pads)[i], after = (*pads)[i + axes.size()];
    if (!axis)
      return std::nullopt;
    if (before == 0 && after == 0)
      continue;
    SmallVector<int64_t> indices;
    for (int64_t j = -before; j < shape[*axis] + after; ++j)
      indices.push_back(j >= 0 && j < shape[*axis] ? j : -1);
    if (indices.empty() || !form->select(*axis, indices))
      return std::nullopt;
  }
  return form;
}

LinearAnalysis::MaybeForm LinearAnalysis::expand(NodeOp node) {
  ArrayRef<int64_t> from = *staticShape(node.getInput(0)), to = *staticShape(node.getResult(0));
  MaybeForm form = copy(node.getInput(0));
  if (!form || to.size() < from.size() || form->isZero())
    return std::nullopt;
  form->layout.insert(form->layout.begin(), to.size() - from.size(), {});
  for (auto [axis, extent] : llvm::enumerate(to)) {
    int64_t leading = to.size() - from.size();
    int64_t old = static_cast<int64_t>(axis) < leading ? 1 : from[axis - leading];
    if (old != extent && !form->select(axis, SmallVector<int64_t>(extent, 0)))
      return std::nullopt;
  }
  return form;
}

LinearAnalysis::MaybeForm LinearAnalysis::transpose(NodeOp node) {
  int64_t rank = staticShape(node.getInput(0))->size();
  SmallVector<int64_t> permutation(rank);
  for (int64_t i = 0; i < rank; ++i)
    permutation[i] = rank - 1 - i;
  if (auto given = node.getInts("perm"))
    permutation = *given;
  MaybeForm form = copy(node.getInput(0));
  if (!form || static_cast<int64_t>(permutation.size()) != rank ||
      llvm::any_of(permutation, [&](int64_t axis) { return axis < 0 || axis >= rank; }) || form->isZero())
    return std::nullopt;
  form->transpose(permutation);
  return form;
}

} // namespace fourmix::onnx_to_mix
