// Operators of which the number of results depends on the data: known where the data is.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include "fourmix/Support/Constants.h"
#include <algorithm>
#include <array>
#include <numeric>

using namespace mlir;

namespace fourmix::onnx {
namespace {

//===-- NonMaxSuppression -------------------------------------------------===//

/// Corners of a box, the smaller one first.
struct Box {
  double y1, x1, y2, x2;

  Box(const double *at, bool fromCentre) {
    if (fromCentre) { // x, y, width, height
      x1 = at[0] - at[2] / 2, x2 = at[0] + at[2] / 2;
      y1 = at[1] - at[3] / 2, y2 = at[1] + at[3] / 2;
      return;
    }
    std::tie(y1, y2) = std::minmax(at[0], at[2]);
    std::tie(x1, x2) = std::minmax(at[1], at[3]);
  }
  double area() const { return (y2 - y1) * (x2 - x1); }
  /// Intersection over union.
  double overlap(const Box &other) const {
    double height = std::min(y2, other.y2) - std::max(y1, other.y1);
    double width = std::min(x2, other.x2) - std::max(x1, other.x1);
    double shared = std::max(height, 0.0) * std::max(width, 0.0), all = area() + other.area() - shared;
    return all > 0 ? shared / all : 0;
  }
};

/// The chosen (batch, class, box), class by class, the best score first.
FailureOr<std::vector<std::array<int64_t, 3>>> chosenBoxes(Inference &op) {
  if (failed(op.expectRank(0, 3)) || failed(op.expectRank(1, 3)))
    return failure();
  ArrayRef<int64_t> boxShape = op.shape(0), scoreShape = op.shape(1);
  if (boxShape[2] != 4 || scoreShape[0] != boxShape[0] || scoreShape[2] != boxShape[1]) {
    op.error() << "expected boxes BxNx4 and scores BxCxN, found " << op.type(0) << " and " << op.type(1);
    return failure();
  }
  FailureOr<std::vector<double>> boxes = op.numbers(0, "boxes"), scores = op.numbers(1, "scores");
  double most = 0, overlap = 0, least = -std::numeric_limits<double>::infinity();
  for (auto [i, value, name] : {std::tuple{2u, &most, "max_output_boxes_per_class"},
                                std::tuple{3u, &overlap, "iou_threshold"}, std::tuple{4u, &least, "score_threshold"}}) {
    FailureOr<double> given = op.has(i) ? op.number(i, name) : FailureOr<double>(*value);
    if (failed(given))
      return failure();
    *value = *given;
  }
  if (failed(boxes) || failed(scores))
    return failure();
  bool fromCentre = op.node.getInt("center_point_box", 0);
  int64_t count = boxShape[1];
  std::vector<std::array<int64_t, 3>> chosen;
  for (int64_t batch = 0; batch < boxShape[0]; ++batch)
    for (int64_t group = 0; group < scoreShape[1]; ++group) {
      const double *score = scores->data() + (batch * scoreShape[1] + group) * count;
      std::vector<int64_t> order;
      for (int64_t i = 0; i < count; ++i)
        if (score[i] > least)
          order.push_back(i);
      llvm::sort(order, [&](int64_t a, int64_t b) { return score[a] > score[b] || (score[a] == score[b] && a < b); });
      std::vector<Box> kept;
      for (int64_t i : order) {
        if (static_cast<double>(kept.size()) >= most)
          break;
        Box box(boxes->data() + (batch * count + i) * 4, fromCentre);
        if (llvm::any_of(kept, [&](const Box &other) { return box.overlap(other) > overlap; }))
          continue;
        kept.push_back(box);
        chosen.push_back({batch, group, i});
      }
    }
  return chosen;
}

LogicalResult inferNonMaxSuppression(Inference &op) {
  FailureOr<std::vector<std::array<int64_t, 3>>> chosen = chosenBoxes(op);
  if (failed(chosen))
    return failure();
  return op.result({static_cast<int64_t>(chosen->size()), 3}, IntegerType::get(op.node.getContext(), 64));
}

bool foldNonMaxSuppression(Folding &op) {
  FailureOr<std::vector<std::array<int64_t, 3>>> chosen = chosenBoxes(op);
  if (failed(chosen))
    return false;
  FoldTensor result = op.zeros();
  for (auto [i, box] : llvm::enumerate(*chosen))
    llvm::copy(box, result.ints.begin() + i * 3);
  return op.set(result);
}

//===-- Unique ------------------------------------------------------------===//

/// The slices along an axis, or the elements, each as a list of positions; equal ones in groups.
struct Groups {
  Shape shape;
  int64_t axis;
  std::vector<std::vector<int64_t>> slices;
  std::vector<int64_t> first, counts, inverse; // of each group; of each slice
};

FailureOr<Groups> uniqueGroups(Inference &op, const FoldTensor &x) {
  Groups groups{x.shape, 0, {}, {}, {}, {}};
  if (op.node.getNodeAttr("axis")) {
    FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", 0), op.rank(0));
    if (failed(axis))
      return failure();
    groups.axis = *axis;
  } else {
    groups.shape = {x.size()};
  }
  int64_t dim = groups.shape[groups.axis];
  Shape strides = rowMajorStrides(groups.shape), one = groups.shape;
  one[groups.axis] = 1;
  for (int64_t i = 0; i < dim; ++i)
    groups.slices.push_back(stridedPositions(one, strides, i * strides[groups.axis]));
  auto compare = [&](int64_t a, int64_t b) {
    for (auto [p, q] : llvm::zip(groups.slices[a], groups.slices[b])) {
      if (x.isReal() ? x.reals[p] < x.reals[q] : x.ints[p] < x.ints[q])
        return -1;
      if (x.isReal() ? x.reals[p] > x.reals[q] : x.ints[p] > x.ints[q])
        return 1;
    }
    return 0;
  };
  std::vector<int64_t> order(dim);
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int64_t a, int64_t b) {
    int way = compare(a, b);
    return way < 0 || (way == 0 && a < b);
  });
  groups.inverse.resize(dim);
  for (int64_t i = 0; i < dim; ++i) {
    if (i == 0 || compare(order[i - 1], order[i]) != 0) {
      groups.first.push_back(order[i]);
      groups.counts.push_back(0);
    }
    ++groups.counts.back();
    groups.inverse[order[i]] = static_cast<int64_t>(groups.first.size()) - 1;
  }
  if (op.node.getInt("sorted", 1))
    return groups;
  // In the order in which they first occur.
  std::vector<int64_t> rank(groups.first.size()), place(groups.first.size());
  std::iota(rank.begin(), rank.end(), 0);
  llvm::sort(rank, [&](int64_t a, int64_t b) { return groups.first[a] < groups.first[b]; });
  Groups sorted = groups;
  for (auto [to, from] : llvm::enumerate(rank)) {
    sorted.first[to] = groups.first[from];
    sorted.counts[to] = groups.counts[from];
    place[from] = static_cast<int64_t>(to);
  }
  for (int64_t &group : sorted.inverse)
    group = place[group];
  return sorted;
}

LogicalResult inferUnique(Inference &op) {
  ElementsAttr constant = matchConstant(op.node.getInput(0));
  std::optional<FoldTensor> x;
  if (constant && constant.getShapedType().getNumElements() <= (1 << 20))
    x = FoldTensor::read(constant);
  if (!x)
    return op.error() << "the number of results depends on the data; shapes must be static"
                      << Inference::bindHint(op.node.getInput(0));
  FailureOr<Groups> groups = uniqueGroups(op, *x);
  if (failed(groups))
    return failure();
  int64_t count = groups->first.size(), all = groups->inverse.size();
  Shape shape = groups->shape;
  shape[groups->axis] = count;
  Type i64 = IntegerType::get(op.node.getContext(), 64);
  if (failed(op.result(0, shape, op.element(0))) || failed(op.result(1, {count}, i64)) ||
      failed(op.result(2, {all}, i64)))
    return failure();
  return op.result(3, {count}, i64);
}

bool foldUnique(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x)
    return false;
  FailureOr<Groups> groups = uniqueGroups(op, *x);
  if (failed(groups))
    return false;
  // Slice i of the result is slice first[i] of x.
  Shape strides = rowMajorStrides(groups->shape);
  std::vector<int64_t> positions = stridedPositions(op.resultShape(), strides);
  Shape own = rowMajorStrides(op.resultShape());
  for (size_t i = 0; i < positions.size(); ++i) {
    int64_t at = static_cast<int64_t>(i) / own[groups->axis] % op.resultShape()[groups->axis];
    positions[i] += (groups->first[at] - at) * strides[groups->axis];
  }
  if (!op.set(0, x->select(op.resultShape(), positions)))
    return false;
  for (auto [i, values] :
       {std::pair{1u, &groups->first}, std::pair{2u, &groups->inverse}, std::pair{3u, &groups->counts}}) {
    if (!op.node.hasOutput(i))
      continue;
    FoldTensor result = op.zeros(i);
    result.ints = *values;
    if (!op.set(i, result))
      return false;
  }
  return true;
}

} // namespace

void addDynamicRows(OpTable &table) {
  table.add({"NonMaxSuppression", 10, 2, inferNonMaxSuppression, foldNonMaxSuppression});
  table.add({"Unique", 11, 1, inferUnique, foldUnique});
}

} // namespace fourmix::onnx
