// Reductions and scans along axes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;

namespace fourmix::onnx {
namespace {

Type i64(Inference &op) { return IntegerType::get(op.node.getContext(), 64); }

//===-- Reduce* -----------------------------------------------------------===//

/// The axes that are reduced; none where an empty list means that nothing is.
FailureOr<Shape> reducedAxes(Inference &op) {
  FailureOr<std::optional<Shape>> given = op.intsOf("axes", 1);
  if (failed(given))
    return failure();
  if (*given && !(*given)->empty())
    return op.axes(**given, op.rank(0));
  Shape all;
  if (!op.node.getInt("noop_with_empty_axes", 0)) {
    all.resize(op.rank(0));
    std::iota(all.begin(), all.end(), 0);
  }
  return all;
}

LogicalResult inferReduce(Inference &op) {
  FailureOr<Shape> axes = reducedAxes(op);
  if (failed(axes))
    return failure();
  Shape shape;
  bool keep = op.node.getInt("keepdims", 1);
  for (auto [i, dim] : llvm::enumerate(op.shape(0))) {
    if (!llvm::is_contained(*axes, static_cast<int64_t>(i)))
      shape.push_back(dim);
    else if (keep)
      shape.push_back(1);
  }
  return op.result(shape, op.element(0));
}

/// For each element of a tensor of shape `from` the position of its sum when `axes` are reduced.
std::vector<int64_t> reducedPositions(ArrayRef<int64_t> from, ArrayRef<int64_t> axes) {
  Shape kept(from);
  for (int64_t axis : axes)
    kept[axis] = 1;
  return broadcastPositions(kept, from);
}

bool foldReduce(Folding &op) {
  FailureOr<Shape> axes = reducedAxes(op);
  const FoldTensor *x = op.input(0);
  if (failed(axes) || !x || op.element(0).isInteger(1))
    return false;
  StringRef kind = op.node.getOpType();
  kind.consume_front("Reduce");
  std::vector<int64_t> at = reducedPositions(x->shape, *axes);
  FoldTensor result = op.zeros();
  int64_t count = 1;
  for (int64_t axis : *axes)
    count *= x->shape[axis];
  if (!x->isReal()) {
    // Exact integers; the kinds with roots and logarithms are left alone.
    bool sum = kind == "Sum", product = kind == "Prod", max = kind == "Max", min = kind == "Min";
    if (!(sum || product || max || min) || ((max || min) && count == 0))
      return false;
    int64_t start = product ? 1
                    : max   ? std::numeric_limits<int64_t>::min()
                    : min   ? std::numeric_limits<int64_t>::max()
                            : 0;
    result.ints.assign(result.ints.size(), start);
    for (int64_t i = 0; i < x->size(); ++i) {
      int64_t &r = result.ints[at[i]], v = x->ints[i];
      uint64_t ur = r, uv = v;
      r = sum ? ur + uv : product ? ur * uv : max ? std::max(r, v) : std::min(r, v);
    }
    return op.set(result);
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  bool exponential = kind == "LogSumExp";
  FoldTensor largest = result; // the shift of LogSumExp
  if (exponential) {
    largest.reals.assign(largest.reals.size(), -infinity);
    for (int64_t i = 0; i < x->size(); ++i)
      largest.reals[at[i]] = std::fmax(largest.reals[at[i]], x->reals[i]);
    for (double &shift : largest.reals)
      shift = std::isfinite(shift) ? shift : 0;
  }
  double start = kind == "Prod" ? 1 : kind == "Max" ? -infinity : kind == "Min" ? infinity : 0;
  result.reals.assign(result.reals.size(), start);
  for (int64_t i = 0; i < x->size(); ++i) {
    double v = x->reals[i], &r = result.reals[at[i]];
    if (kind == "Prod")
      r *= v;
    else if (kind == "Max")
      r = std::isnan(v) || v > r ? v : r;
    else if (kind == "Min")
      r = std::isnan(v) || v < r ? v : r;
    else if (kind == "L1")
      r += std::fabs(v);
    else if (kind == "L2" || kind == "SumSquare")
      r += v * v;
    else if (exponential)
      r += std::exp(v - largest.reals[at[i]]);
    else // Sum, Mean, LogSum
      r += v;
  }
  for (int64_t i = 0; i < result.size(); ++i) {
    double &r = result.reals[i];
    r = kind == "Mean" ? r / count : kind == "L2" ? std::sqrt(r) : kind == "LogSum" ? std::log(r) : r;
    if (exponential)
      r = std::log(r) + largest.reals[i];
  }
  return op.set(result);
}

//===-- ArgMax, ArgMin, TopK ----------------------------------------------===//

LogicalResult inferArg(Inference &op) {
  FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", 0), op.rank(0));
  if (failed(axis))
    return failure();
  Shape shape(op.shape(0));
  if (op.node.getInt("keepdims", 1))
    shape[*axis] = 1;
  else
    shape.erase(shape.begin() + *axis);
  return op.result(shape, i64(op));
}

bool foldArg(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x)
    return false;
  int64_t axis = op.node.getInt("axis", 0);
  axis = axis < 0 ? axis + op.rank(0) : axis;
  int64_t dim = x->shape[axis], inner = rowMajorStrides(x->shape)[axis];
  bool max = op.node.getOpType() == "ArgMax", last = op.node.getInt("select_last_index", 0);
  FoldTensor result = op.zeros();
  if (dim == 0)
    return false;
  for (int64_t i = 0; i < result.size(); ++i) {
    int64_t base = i / inner * inner * dim + i % inner, best = 0;
    for (int64_t k = 1; k < dim; ++k) {
      double a = x->real(base + k * inner), b = x->real(base + best * inner);
      if ((max ? a > b : a < b) || (last && a == b))
        best = k;
    }
    result.ints[i] = best;
  }
  return op.set(result);
}

LogicalResult inferTopK(Inference &op) {
  FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", -1), op.rank(0));
  FailureOr<std::optional<Shape>> k = std::optional<Shape>(Shape{op.node.getInt("k", 0)});
  if (op.has(1))
    k = op.intsOf("k", 1);
  if (failed(axis) || failed(k))
    return failure();
  Shape shape(op.shape(0));
  if ((**k).size() != 1 || (**k)[0] < 0 || (**k)[0] > shape[*axis])
    return op.error() << "expected k between 0 and " << shape[*axis] << ", found " << formatShape(**k);
  shape[*axis] = (**k)[0];
  return success(succeeded(op.result(0, shape, op.element(0))) && succeeded(op.result(1, shape, i64(op))));
}

//===-- CumSum ------------------------------------------------------------===//

LogicalResult inferCumulative(Inference &op) {
  FailureOr<int64_t> given = op.scalar(1, "axis");
  if (failed(given) || failed(op.axis(*given, op.rank(0))))
    return failure();
  return op.result(op.shape(0), op.element(0));
}

bool foldCumulative(Folding &op) {
  const FoldTensor *x = op.input(0), *given = op.input(1);
  if (!x || !given)
    return false;
  int64_t axis = given->ints[0] < 0 ? given->ints[0] + op.rank(0) : given->ints[0];
  int64_t dim = x->shape[axis], inner = rowMajorStrides(x->shape)[axis];
  bool exclusive = op.node.getInt("exclusive", 0), reverse = op.node.getInt("reverse", 0);
  bool product = op.node.getOpType() == "CumProd";
  FoldTensor result = op.zeros();
  if (dim == 0)
    return op.set(result);
  for (int64_t line = 0; line < x->size() / dim; ++line) {
    double real = product;
    uint64_t integer = product;
    for (int64_t k = 0; k < dim; ++k) {
      int64_t at = line / inner * inner * dim + line % inner + (reverse ? dim - 1 - k : k) * inner;
      auto step = [&](auto &sum, auto value, auto &out) {
        auto next = product ? sum * value : sum + value;
        out = exclusive ? sum : next;
        sum = next;
      };
      if (x->isReal())
        step(real, x->reals[at], result.reals[at]);
      else
        step(integer, static_cast<uint64_t>(x->ints[at]), result.ints[at]);
    }
  }
  return op.set(result);
}

} // namespace

void addReduceRows(OpTable &table) {
  for (const char *op : {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
                         "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"})
    table.add({op, 1, 1, inferReduce, foldReduce});
  table.add({"ArgMax", 1, 1, inferArg, foldArg});
  table.add({"ArgMin", 1, 1, inferArg, foldArg});
  table.add({"TopK", 1, 1, inferTopK});
  table.add({"CumSum", 11, 2, inferCumulative, foldCumulative});
  table.add({"CumProd", 26, 2, inferCumulative, foldCumulative});
}

} // namespace fourmix::onnx
