// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SoftmaxForm.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

static NodeOp producer(Value value) { return value ? value.getDefiningOp<NodeOp>() : NodeOp(); }

std::optional<SmallVector<int64_t>> reducedAxes(NodeOp node) {
  int64_t rank = staticShape(node.getInput(0))->size();
  std::optional<SmallVector<int64_t>> axes = node.getInts("axes");
  if (!axes && node.getInput(1)) {
    ElementsAttr constant = matchConstant(node.getInput(1));
    axes = constant ? readInts(constant) : std::nullopt;
    if (!axes)
      return std::nullopt;
  }
  if (!axes || axes->empty()) {
    if (node.getInt("noop_with_empty_axes", 0))
      return std::nullopt;
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  }
  for (int64_t &axis : *axes)
    axis = axis < 0 ? axis + rank : axis;
  llvm::sort(*axes);
  return axes->front() >= 0 && axes->back() < rank ? axes : std::nullopt;
}

std::optional<View> matchDivisor(NodeOp node, const View &dividend, DimTable &dims) {
  if (!node || !node.getDomain().empty() || node->getNumResults() != 1 ||
      node.getResult(0).getType() != dividend.value.getType())
    return std::nullopt;
  auto broadcast = [&](Value value) -> std::optional<View> {
    ArrayRef<int64_t> shape = *staticShape(dividend.value);
    if (!value || !staticShape(value) || staticShape(value)->size() > shape.size())
      return std::nullopt;
    return View{value, alignBroadcast(dims.resolve(dividend.axes), *staticShape(value), shape)};
  };
  if (node.is("Div"))
    return node.getInput(0) == dividend.value ? broadcast(node.getInput(1)) : std::nullopt;
  if (!node.is("Mul"))
    return std::nullopt;
  std::optional<View> factor = broadcast(node.getInput(node.getInput(0) == dividend.value ? 1 : 0));
  if (!factor)
    return std::nullopt;
  View inverse = traceViews(*factor, dims);
  NodeOp reciprocal = producer(inverse.value);
  if (reciprocal && reciprocal.is("Reciprocal") && staticShape(reciprocal.getInput(0)))
    return View{reciprocal.getInput(0), inverse.axes};
  if (reciprocal && reciprocal.is("Div") && readSplat(reciprocal.getInput(0)) == 1.0 &&
      staticShape(reciprocal.getInput(1)) == staticShape(inverse.value))
    return View{reciprocal.getInput(1), inverse.axes};
  return std::nullopt;
}

namespace {

/// The values along which a softmax runs, all of one shape, and what is added to them per row.
class Rows {
public:
  explicit Rows(ArrayRef<int64_t> shape) : whole(dims.createAxes(shape)), shape(shape) {}
  DimTable dims;
  Axes whole;

  /// A value plus or minus tensors, each of which is broadcast to it.
  struct Shifted {
    struct Shift {
      View view;
      bool isNegative;
    };
    Value base;
    SmallVector<Shift> shifts;
  };

  /// The reduction of which `at` is a view: of a tensor of the whole shape, along which axes.
  struct Reduction {
    Value of;
    SmallVector<int64_t> axes;
  };
  std::optional<Reduction> matchReduction(View at, StringRef op) {
    at = traceViews(at, dims);
    NodeOp node = producer(at.value);
    if (!node || !node.is(op) || !staticShape(node.getInput(0)) || *staticShape(node.getInput(0)) != shape)
      return std::nullopt;
    std::optional<SmallVector<int64_t>> reduced = reducedAxes(node);
    if (!reduced)
      return std::nullopt;
    Axes expected;
    for (auto [axis, list] : llvm::enumerate(whole)) {
      bool isReduced = llvm::is_contained(*reduced, static_cast<int64_t>(axis));
      if (!isReduced || node.getInt("keepdims", 1))
        expected.push_back(isReduced ? DimList() : list);
    }
    if (dims.resolve(at.axes) != dims.resolve(expected))
      return std::nullopt;
    return Reduction{node.getInput(0), *reduced};
  }

  /// `value` as it is broadcast to the whole; nullopt if it does not.
  std::optional<View> broadcast(Value value) {
    if (!value || !staticShape(value) || staticShape(value)->size() > shape.size())
      return std::nullopt;
    return View{value, alignBroadcast(dims.resolve(whole), *staticShape(value), shape)};
  }

  /// Takes away levels of `value` that are subtracted from it or added and are the same along `axes`; for no axes,
  /// along any.
  Shifted strip(Value value, ArrayRef<int64_t> axes) {
    Shifted result{value, {}};
    for (NodeOp node = producer(value); node && (node.is("Add") || node.is("Sub")); node = producer(result.base)) {
      bool isStripped = false;
      for (unsigned i : {0, 1}) {
        Value base = node.getInput(i);
        std::optional<View> other = broadcast(node.getInput(1 - i));
        if (!base || (i == 1 && node.is("Sub")) || base.getType() != result.base.getType() || !other ||
            !isShared(*other, axes))
          continue;
        SmallVector<Shifted::Shift> shifts;
        collect(*other, node.is("Sub"), shifts);
        if (!llvm::all_of(shifts, [&](const auto &shift) { return isLevel(shift.view.value, base); }))
          continue;
        result.shifts.append(shifts);
        result.base = base;
        isStripped = true;
        break;
      }
      if (!isStripped)
        break;
    }
    return result;
  }

  /// True if both are the same up to the order of what is added.
  bool isSame(const Shifted &a, const Shifted &b) {
    return a.base == b.base && a.shifts.size() == b.shifts.size() &&
           llvm::all_of(a.shifts, [&](const auto &shift) { return count(a, shift) == count(b, shift); });
  }

  Stabiliser stabiliser(const Shifted &shifted, ArrayRef<int64_t> axes) {
    if (shifted.shifts.empty())
      return Stabiliser::None;
    if (shifted.shifts.size() > 1 || !shifted.shifts[0].isNegative)
      return Stabiliser::Other;
    View at = shifted.shifts[0].view;
    std::optional<Reduction> maximum = matchReduction({unguarded(at.value), at.axes}, "ReduceMax");
    bool isMaximum = maximum && maximum->of == shifted.base && ArrayRef(maximum->axes) == axes;
    return isMaximum ? Stabiliser::Maximum : Stabiliser::Other;
  }

private:
  /// The maximum in Where(is infinite, 0, maximum), which is PyTorch's and lets rows of -inf pass.
  static Value unguarded(Value value) {
    NodeOp where = producer(value);
    if (where && where.is("Where"))
      for (unsigned i : {1, 2})
        if (readSplat(where.getInput(3 - i)) == 0.0 && staticShape(where.getInput(i)) == staticShape(value))
          return where.getInput(i);
    return value;
  }

  static bool isSum(Value value) {
    NodeOp node = producer(value);
    while (node && isView(node))
      node = producer(node.getInput(0));
    return node && node.is("ReduceSum");
  }

  /// True if the shift is as large as what it is subtracted from: a maximum, or a logarithm of sums.
  /// Anything else may be a mask of whole rows, which does not cancel where it absorbs the scores.
  static bool isLevel(Value shift, Value base) {
    NodeOp node = producer(unguarded(shift));
    if (!node)
      return false;
    if (node.is("Log"))
      return isSum(node.getInput(0));
    if (node.is("ReduceLogSumExp"))
      return true;
    return node.is("ReduceMax") && node.getInput(0) == base;
  }

  /// True if the tensor is the same along the axes (along some axis, where none are given).
  bool isShared(const View &view, ArrayRef<int64_t> axes) {
    DimList own = flatten(dims.resolve(view.axes));
    auto has = [&](int64_t axis) {
      return llvm::any_of(dims.resolve(whole[axis]), [&](Dim dim) { return llvm::is_contained(own, dim); });
    };
    if (!axes.empty())
      return llvm::none_of(axes, has);
    return own.size() < flatten(dims.resolve(whole)).size();
  }

  void collect(View at, bool isNegative, SmallVectorImpl<Shifted::Shift> &shifts) {
    at = traceViews(at, dims);
    NodeOp node = producer(at.value);
    if (node && (node.is("Add") || node.is("Sub")) && staticShape(node.getInput(0)) && staticShape(node.getInput(1))) {
      for (unsigned i : {0, 1}) {
        Axes own = alignBroadcast(dims.resolve(at.axes), *staticShape(node.getInput(i)), *staticShape(at.value));
        collect({node.getInput(i), own}, isNegative != (i == 1 && node.is("Sub")), shifts);
      }
      return;
    }
    if (node && node.is("Neg"))
      return collect({node.getInput(0), at.axes}, !isNegative, shifts);
    shifts.push_back({at, isNegative});
  }

  int64_t count(const Shifted &in, const Shifted::Shift &shift) {
    return llvm::count_if(in.shifts, [&](const Shifted::Shift &other) {
      return other.isNegative == shift.isNegative && other.view.value == shift.view.value &&
             dims.resolve(other.view.axes) == dims.resolve(shift.view.axes);
    });
  }

  ArrayRef<int64_t> shape;
};

/// exp(x - log sum exp x), the logarithm one node or in pieces.
std::optional<SoftmaxForm> matchLogarithm(NodeOp exp) {
  Rows rows(*staticShape(exp.getResult(0)));
  Rows::Shifted all = rows.strip(exp.getInput(0), {});
  for (auto [i, shift] : llvm::enumerate(all.shifts)) {
    NodeOp node = producer(shift.view.value);
    if (!node || !shift.isNegative)
      continue;
    std::optional<Rows::Reduction> sum;
    Value terms;
    if (node.is("ReduceLogSumExp")) {
      sum = rows.matchReduction(shift.view, "ReduceLogSumExp");
      terms = sum ? sum->of : Value();
    } else if (node.is("Log")) {
      sum = rows.matchReduction({node.getInput(0), shift.view.axes}, "ReduceSum");
      NodeOp power = sum ? producer(sum->of) : NodeOp();
      terms = power && power.is("Exp") ? power.getInput(0) : Value();
    }
    if (!terms || terms.getType() != exp.getResult(0).getType())
      continue;
    Rows::Shifted above = rows.strip(exp.getInput(0), sum->axes), below = rows.strip(terms, sum->axes);
    auto logarithm = llvm::find_if(
        above.shifts, [&](const auto &own) { return own.view.value == shift.view.value && own.isNegative; });
    if (logarithm == above.shifts.end())
      continue;
    above.shifts.erase(logarithm);
    if (!rows.isSame(above, below))
      continue;
    Stabiliser stabiliser = rows.stabiliser(below, sum->axes);
    // x - max - log sum exp(x - max) is as LogSoftmax has it; a logarithm of it all absorbs log n.
    bool isSplit = stabiliser == Stabiliser::Maximum && producer(exp.getInput(0)).is("Sub") &&
                   producer(exp.getInput(0)).getInput(0) != below.base;
    return SoftmaxForm{exp, below.base, sum->axes, isSplit ? stabiliser : Stabiliser::Other};
  }
  return std::nullopt;
}

std::optional<SoftmaxForm> matchSoftmaxNode(NodeOp node) {
  int64_t rank = staticShape(node.getInput(0))->size(), axis = node.getInt("axis", node.getVersion() < 13 ? 1 : -1);
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis >= rank)
    return std::nullopt;
  SoftmaxForm form{node, node.getInput(0), {axis}};
  if (node.getVersion() < 13) // All axes from this one on are one.
    form.axes = llvm::to_vector(llvm::seq<int64_t>(axis, rank));
  Rows rows(*staticShape(node.getInput(0)));
  form.scores = rows.strip(form.scores, form.axes).base;
  return form;
}

/// exp / sum of exp, or exp * (1 / sum of exp)
std::optional<SoftmaxForm> matchQuotient(NodeOp node) {
  for (Value operand : node.getInputs()) {
    NodeOp power = producer(operand);
    if (!power || !power.is("Exp") || !staticShape(operand))
      continue;
    Rows rows(*staticShape(operand));
    std::optional<View> sum = matchDivisor(node, {operand, rows.whole}, rows.dims);
    std::optional<Rows::Reduction> reduction = sum ? rows.matchReduction(*sum, "ReduceSum") : std::nullopt;
    if (!reduction || reduction->of != operand)
      continue;
    SoftmaxForm form = matchPowers(power, reduction->axes);
    form.node = node;
    return form;
  }
  return std::nullopt;
}
} // namespace

SoftmaxForm matchPowers(NodeOp exp, ArrayRef<int64_t> axes) {
  Rows rows(*staticShape(exp.getResult(0)));
  Rows::Shifted shifted = rows.strip(exp.getInput(0), axes);
  return {exp, shifted.base, SmallVector<int64_t>(axes), rows.stabiliser(shifted, axes)};
}

bool isNormalised(NodeOp exp) {
  return matchSoftmax(exp) || llvm::any_of(exp->getUsers(), [](Operation *user) {
           auto node = dyn_cast<NodeOp>(user);
           return node && (node.is("Div") || node.is("Mul")) && matchSoftmax(node);
         });
}

std::optional<SoftmaxForm> matchSoftmax(NodeOp node) {
  if (!node.getDomain().empty() || node->getNumResults() != 1 || !staticShape(node.getInput(0)) ||
      !staticShape(node.getResult(0)) || !isa<FloatType>(getElementTypeOrSelf(node.getResult(0))))
    return std::nullopt;
  // All forms keep the shape.
  if (*staticShape(node.getInput(0)) != *staticShape(node.getResult(0)) && !node.is("Mul"))
    return std::nullopt;
  if (node.is("Softmax"))
    return matchSoftmaxNode(node);
  if (node.is("Div") || node.is("Mul"))
    return matchQuotient(node);
  if (!node.is("Exp"))
    return std::nullopt;
  NodeOp logarithm = producer(node.getInput(0));
  if (!logarithm || !logarithm.is("LogSoftmax"))
    return matchLogarithm(node);
  if (staticShape(logarithm.getInput(0)) != staticShape(node.getResult(0)))
    return std::nullopt;
  std::optional<SoftmaxForm> form = matchSoftmaxNode(logarithm);
  if (form)
    form->node = node;
  return form;
}

} // namespace fourmix::onnx_to_mix
