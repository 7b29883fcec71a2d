// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "WrappedView.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <map>
#include <numeric>

using namespace mlir;

namespace fourmix::onnx_to_mix {

std::optional<Trace> traceElements(Value value, Value source) {
  // Every element has its own number; doubles hold more of them than there is memory.
  Numbers numbered = Numbers::zeros(*staticShape(source));
  std::iota(numbered.values.begin(), numbered.values.end(), 1);
  Evaluation evaluation;
  evaluation.set(source, std::move(numbered));
  const Numbers *traced = evaluation.get(value);
  if (!traced)
    return std::nullopt;
  Trace trace{traced->shape, {}};
  trace.elements.reserve(traced->values.size());
  for (double number : traced->values)
    trace.elements.push_back(std::llround(number) - 1);
  return trace;
}

namespace {

SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

/// The most frequent of some numbers, and how often it occurs.
std::pair<int64_t, int64_t> vote(ArrayRef<int64_t> ballots) {
  std::map<int64_t, int64_t> counts;
  for (int64_t ballot : ballots)
    ++counts[ballot];
  std::pair<int64_t, int64_t> winner = {0, 0};
  for (auto [ballot, count] : counts)
    if (count > winner.second)
      winner = {ballot, count};
  return winner;
}

/// Which position along `axis` does not go on around the circle, told from the middle line of the trace.
ViewMismatch explain(const Trace &trace, ArrayRef<int64_t> circle, size_t axis) {
  int64_t positions = trace.shape[axis + 2], n = circle[axis];
  SmallVector<int64_t> strides = stridesOf(trace.shape), line, steps;
  int64_t start = 0;
  for (size_t other = 0; other < circle.size(); ++other)
    start += other == axis ? 0 : trace.shape[other + 2] / 2 * strides[other + 2];
  for (int64_t p = 0; p < positions; ++p)
    line.push_back(trace.elements[start + p * strides[axis + 2]]);
  for (int64_t p = 1; p < positions; ++p)
    steps.push_back(line[p] - line[p - 1]);
  int64_t step = vote(steps).first;
  if (step == 0 || n < 2)
    return {};
  // Sample numbers along the source, and the origin that most positions agree on.
  int64_t lowest = std::numeric_limits<int64_t>::max();
  for (int64_t p = 1; p < positions; ++p)
    if (line[p] - line[p - 1] == step && line[p - 1] >= 0)
      lowest = std::min({lowest, line[p - 1], line[p]});
  if (step < 0)
    return {};
  auto sample = [&](int64_t p) { return line[p] < 0 ? -1 : (line[p] - lowest) / step; };
  auto wrap = [&](int64_t i) { return ((i % n) + n) % n; };
  SmallVector<int64_t> origins;
  for (int64_t p = 0; p < positions; ++p)
    if (line[p] >= 0 && (line[p] - lowest) % step == 0)
      origins.push_back(wrap(p - sample(p)));
  auto [origin, agreeing] = vote(origins);
  for (int64_t p = 0; p < positions; ++p) {
    int64_t expected = wrap(p - origin);
    if (line[p] >= 0 && (line[p] - lowest) % step == 0 && sample(p) == expected)
      continue;
    std::string found = line[p] < 0 ? std::string("zero") : llvm::formatv("sample {0}", sample(p)).str();
    return {static_cast<double>(agreeing) / static_cast<double>(positions),
            llvm::formatv("position {0} along axis {1} reads {2} where a circle of {3} samples goes on with sample {4}",
                          p, axis + 2, found, n, expected)};
  }
  return {};
}

/// The order of source axes in which the elements stand one after the other; empty if there is none.
std::optional<SmallVector<int64_t>> findPermutation(ArrayRef<int64_t> elements, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides = stridesOf(shape), order;
  int64_t done = 1, size = static_cast<int64_t>(elements.size());
  if (size != ShapedType::getNumElements(shape))
    return std::nullopt;
  while (done < size) {
    int64_t step = elements[done] - elements[0];
    auto axes = llvm::seq<int64_t>(0, shape.size());
    auto next = llvm::find_if(axes, [&](int64_t axis) {
      return shape[axis] > 1 && strides[axis] == step && !llvm::is_contained(order, axis);
    });
    if (next == axes.end())
      return std::nullopt;
    order.push_back(*next);
    done *= shape[*next];
  }
  for (int64_t axis = static_cast<int64_t>(shape.size()) - 1; axis >= 0; --axis)
    if (shape[axis] == 1)
      order.push_back(axis);
  std::reverse(order.begin(), order.end());
  // The guess was made from a few elements; it must hold for all.
  SmallVector<int64_t> index(order.size(), 0);
  for (int64_t element : elements) {
    int64_t expected = 0;
    for (auto [axis, at] : llvm::zip_equal(order, index))
      expected += at * strides[axis];
    if (element != expected)
      return std::nullopt;
    for (size_t i = order.size(); i-- > 0;) {
      if (++index[i] < shape[order[i]])
        break;
      index[i] = 0;
    }
  }
  return order;
}

} // namespace

std::variant<WrappedView, ViewMismatch> matchWrappedView(const Trace &trace, ArrayRef<int64_t> sourceShape,
                                                         ArrayRef<int64_t> circle) {
  size_t axes = circle.size();
  SmallVector<int64_t> strides = stridesOf(trace.shape);
  WrappedView view;
  view.circle.assign(circle.begin(), circle.end());
  // The first element of the source that a circle shows stands where the circle starts.
  SmallVector<int64_t> unwrapped(trace.shape);
  for (size_t a = 0; a < axes; ++a)
    unwrapped[a + 2] = circle[a];
  int64_t block = ShapedType::getNumElements(circle), lowest = -1, lowestAt = 0;
  auto offsetIn = [&](int64_t position) { // of a position of the first circle, in the trace
    int64_t offset = 0;
    for (size_t a = axes; a-- > 0; position /= circle[a])
      offset += position % circle[a] * strides[a + 2];
    return offset;
  };
  for (int64_t position = 0; position < block; ++position) {
    int64_t element = trace.elements[offsetIn(position)];
    if (element >= 0 && (lowest < 0 || element < lowest)) {
      lowest = element;
      lowestAt = position;
    }
  }
  view.origin.resize(axes);
  for (size_t a = axes; a-- > 0; lowestAt /= circle[a])
    view.origin[a] = lowestAt % circle[a];

  // Read u off the view, then compare the whole view with it.
  SmallVector<int64_t> unwrappedStrides = stridesOf(unwrapped);
  std::vector<int64_t> elements(ShapedType::getNumElements(unwrapped));
  auto forEach = [&](ArrayRef<int64_t> shape, auto use) {
    SmallVector<int64_t> index(shape.size(), 0);
    for (int64_t i = 0, e = ShapedType::getNumElements(shape); i < e; ++i) {
      if (!use(index, i))
        return;
      for (size_t a = shape.size(); a-- > 0;) {
        if (++index[a] < shape[a])
          break;
        index[a] = 0;
      }
    }
  };
  forEach(unwrapped, [&](ArrayRef<int64_t> index, int64_t at) {
    int64_t from = index[0] * strides[0] + index[1] * strides[1];
    for (size_t a = 0; a < axes; ++a)
      from += (index[a + 2] + view.origin[a]) % circle[a] * strides[a + 2];
    elements[at] = trace.elements[from];
    return true;
  });
  std::optional<size_t> wrongAxis;
  forEach(trace.shape, [&](ArrayRef<int64_t> index, int64_t at) {
    int64_t from = index[0] * unwrappedStrides[0] + index[1] * unwrappedStrides[1];
    for (size_t a = 0; a < axes; ++a)
      from += (index[a + 2] - view.origin[a] % circle[a] + circle[a]) % circle[a] * unwrappedStrides[a + 2];
    if (elements[from] == trace.elements[at])
      return true;
    wrongAxis = 0;
    return false;
  });
  std::optional<SmallVector<int64_t>> permutation = findPermutation(elements, sourceShape);
  if (!wrongAxis && permutation) {
    view.permutation = *permutation;
    view.isPermuted = false;
    int64_t previous = -1; // Axes of extent 1 may stand anywhere.
    for (int64_t axis : view.permutation) {
      if (sourceShape[axis] == 1)
        continue;
      view.isPermuted |= axis < previous;
      previous = axis;
    }
    return view;
  }
  ViewMismatch mismatch;
  for (size_t a = 0; a < axes; ++a) {
    ViewMismatch other = explain(trace, circle, a);
    if (!other.reason.empty() && (mismatch.reason.empty() || other.agreement > mismatch.agreement))
      mismatch = std::move(other);
  }
  if (mismatch.reason.empty())
    mismatch.reason = "its input does not show whole circles of one tensor";
  return mismatch;
}

} // namespace fourmix::onnx_to_mix
