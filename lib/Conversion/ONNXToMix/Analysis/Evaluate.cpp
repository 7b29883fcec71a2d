// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Evaluate.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/StringSwitch.h"
#include <numeric>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

/// Beyond so many elements nothing is evaluated.
static constexpr int64_t mostElements = int64_t(1) << 24;

/// The integers of input `i`, or of the attribute that had their place before; an empty optional where there are none.
static std::optional<SmallVector<int64_t>> readList(NodeOp node, unsigned i, StringRef attribute) {
  if (Value input = node.getInput(i))
    return readIntegers(input);
  return node.getInts(attribute);
}

static std::optional<int64_t> normalise(int64_t axis, int64_t rank) {
  axis += axis < 0 ? rank : 0;
  return axis >= 0 && axis < rank ? std::optional(axis) : std::nullopt;
}

static bool isReshape(NodeOp node) {
  return regroupsAxes(node) || node.is("Identity") ||
         (node.is("Cast") && node.getInput(0).getType() == node.getResult(0).getType());
}

bool movesElements(NodeOp node) {
  if (!node.getDomain().empty() || node.getNumRegions() != 0 || node.getInputs().empty() || !node.getInput(0))
    return false;
  for (Value result : node.getResults())
    if (!staticShape(result) || !isa<FloatType>(getElementTypeOrSelf(result)))
      return false;
  bool isKnown =
      isReshape(node) ||
      llvm::StringSwitch<bool>(node.getOpType())
          .Cases({"Pad", "Slice", "Concat", "Gather", "GatherND", "Tile", "Expand", "Transpose", "Split"}, true)
          .Default(false);
  return isKnown && llvm::all_of(movedOperands(node), [](Value value) { return staticShape(value).has_value(); });
}

SmallVector<Value> movedOperands(NodeOp node) {
  if (!node.is("Concat"))
    return {node.getInput(0)};
  SmallVector<Value> parts(node.getInputs()); // Some may be empty: a roll by no place.
  llvm::erase_if(parts, [](Value part) {
    auto type = part ? dyn_cast<RankedTensorType>(part.getType()) : RankedTensorType();
    return type && type.hasStaticShape() && type.getNumElements() == 0;
  });
  return parts;
}

//===----------------------------------------------------------------------===//
// Moves
//===----------------------------------------------------------------------===//

using AxisList = SmallVector<int64_t>; // per element of an axis of the result, its index before, -1 for zero

static AxisList identity(int64_t extent) {
  AxisList list(extent);
  std::iota(list.begin(), list.end(), 0);
  return list;
}

/// The flat map of a move that treats every axis by itself.
static std::vector<int64_t> combine(ArrayRef<int64_t> shape, ArrayRef<AxisList> lists) {
  std::vector<int64_t> map = {0};
  for (auto [extent, list] : llvm::zip_equal(shape, lists)) {
    std::vector<int64_t> next;
    next.reserve(map.size() * list.size());
    for (int64_t outer : map)
      for (int64_t index : list)
        next.push_back(outer < 0 || index < 0 ? -1 : outer * extent + index);
    map = std::move(next);
  }
  return map;
}

static std::optional<AxisList> sliceList(int64_t extent, int64_t start, int64_t end, int64_t step) {
  if (step == 0)
    return std::nullopt;
  auto clamp = [&](int64_t bound, int64_t low, int64_t high) {
    if (bound < 0)
      bound = bound < -extent ? -1 - extent : bound + extent;
    return std::clamp(bound, low, high);
  };
  start = step > 0 ? clamp(start, 0, extent) : clamp(start, 0, extent - 1);
  end = step > 0 ? clamp(end, 0, extent) : clamp(end, -1, extent - 1);
  AxisList list;
  for (int64_t i = start; step > 0 ? i < end : i > end; i += step)
    list.push_back(i);
  return list;
}

static std::optional<AxisList> padList(StringRef mode, int64_t extent, int64_t before, int64_t after) {
  AxisList list;
  for (int64_t i = -before; i < extent + after; ++i) {
    bool inside = i >= 0 && i < extent;
    int64_t period = 2 * (extent - 1), folded = period > 0 ? ((i % period) + period) % period : 0;
    if (mode == "constant")
      list.push_back(inside ? i : -1);
    else if (mode == "wrap")
      list.push_back(((i % extent) + extent) % extent);
    else if (mode == "edge")
      list.push_back(std::clamp<int64_t>(i, 0, extent - 1));
    else if (mode == "reflect")
      list.push_back(folded < extent ? folded : period - folded);
    else
      return std::nullopt;
  }
  return list;
}

/// The lists of Slice, Pad, Gather, Tile and Split.
static bool fillLists(NodeOp node, unsigned result, ArrayRef<int64_t> shape, MutableArrayRef<AxisList> lists) {
  auto rank = static_cast<int64_t>(shape.size());
  SmallVector<int64_t> all = identity(rank);
  if (node.is("Slice")) {
    auto starts = readList(node, 1, "starts"), ends = readList(node, 2, "ends");
    if (!starts || !ends || starts->size() != ends->size())
      return false;
    SmallVector<int64_t> axes(ArrayRef(all).take_front(std::min(starts->size(), all.size())));
    if (node.getInput(3) || node.getInts("axes"))
      axes = readList(node, 3, "axes").value_or(SmallVector<int64_t>());
    SmallVector<int64_t> steps(axes.size(), 1);
    if (node.getInput(4))
      steps = readList(node, 4, "").value_or(SmallVector<int64_t>());
    if (axes.size() != starts->size() || steps.size() != starts->size())
      return false;
    for (auto [axis, start, end, step] : llvm::zip_equal(axes, *starts, *ends, steps)) {
      std::optional<int64_t> at = normalise(axis, rank);
      std::optional<AxisList> list = at ? sliceList(shape[*at], start, end, step) : std::nullopt;
      if (!list)
        return false;
      lists[*at] = std::move(*list);
    }
    return true;
  }
  if (node.is("Pad")) {
    auto pads = readList(node, 1, "pads");
    std::optional<SmallVector<int64_t>> axes = all;
    if (node.getInput(3))
      axes = readIntegers(node.getInput(3));
    StringRef mode = node.getString("mode", "constant");
    if (!pads || !axes || pads->size() != 2 * axes->size() ||
        (mode == "constant" && node.getInput(2) && !isZeroConstant(node.getInput(2))) || node.getFloat("value", 0) != 0)
      return false;
    for (auto [i, axis] : llvm::enumerate(*axes)) {
      std::optional<int64_t> at = normalise(axis, rank);
      std::optional<AxisList> list =
          at ? padList(mode, shape[*at], (*pads)[i], (*pads)[i + axes->size()]) : std::nullopt;
      if (!list)
        return false;
      lists[*at] = std::move(*list);
    }
    return true;
  }
  std::optional<int64_t> axis = normalise(node.getInt("axis", 0), rank);
  if (node.is("Gather")) {
    auto indices = readIntegers(node.getInput(1));
    if (!indices || !axis)
      return false;
    for (int64_t &index : *indices) {
      std::optional<int64_t> at = normalise(index, shape[*axis]);
      if (!at)
        return false;
      index = *at;
    }
    lists[*axis] = AxisList(*indices);
    return true;
  }
  if (node.is("Tile")) {
    auto repeats = readIntegers(node.getInput(1));
    if (!repeats || repeats->size() != shape.size())
      return false;
    for (auto [list, repeat] : llvm::zip_equal(lists, *repeats)) {
      AxisList once = list;
      for (int64_t i = 1; i < repeat; ++i)
        list.append(once);
    }
    return true;
  }
  if (!node.is("Split") || !axis)
    return false;
  int64_t offset = 0;
  for (unsigned i = 0; i < result; ++i)
    offset += (*staticShape(node.getResult(i)))[*axis];
  lists[*axis] = identity((*staticShape(node.getResult(result)))[*axis]);
  for (int64_t &index : lists[*axis])
    index += offset;
  return true;
}

/// The flat map of GatherND: each row of the indices is a place along the first axes.
static std::optional<std::vector<int64_t>> gatherPlaces(NodeOp node, ArrayRef<int64_t> shape) {
  std::optional<SmallVector<int64_t>> indices = readIntegers(node.getInput(1));
  std::optional<ArrayRef<int64_t>> rows = staticShape(node.getInput(1));
  if (!indices || !rows || rows->empty() || node.getInt("batch_dims", 0) != 0 ||
      rows->back() > static_cast<int64_t>(shape.size()))
    return std::nullopt;
  int64_t width = rows->back(), inner = ShapedType::getNumElements(shape.drop_front(width));
  std::vector<int64_t> map;
  for (size_t row = 0; row < indices->size(); row += width) {
    int64_t place = 0;
    for (int64_t axis = 0; axis < width; ++axis) {
      std::optional<int64_t> at = normalise((*indices)[row + axis], shape[axis]);
      if (!at)
        return std::nullopt;
      place = place * shape[axis] + *at;
    }
    for (int64_t i = 0; i < inner; ++i)
      map.push_back(place * inner + i);
  }
  return map;
}

std::optional<std::vector<int64_t>> traceMove(NodeOp node, unsigned result) {
  ArrayRef<int64_t> from = *staticShape(node.getInput(0)), to = *staticShape(node.getResult(result));
  int64_t size = ShapedType::getNumElements(to);
  if (size > mostElements || ShapedType::getNumElements(from) > mostElements)
    return std::nullopt;
  std::vector<int64_t> map;
  if (isReshape(node)) {
    map.resize(ShapedType::getNumElements(from));
    std::iota(map.begin(), map.end(), 0);
  } else if (node.is("Transpose")) {
    SmallVector<int64_t> permutation = identity(from.size());
    std::reverse(permutation.begin(), permutation.end());
    if (auto given = node.getInts("perm"))
      permutation = *given;
    SmallVector<int64_t> strides(from.size(), 1);
    for (size_t i = from.size(); i-- > 1;)
      strides[i - 1] = strides[i] * from[i];
    map = {0};
    if (permutation.size() != from.size() ||
        llvm::any_of(permutation, [&](int64_t axis) { return axis < 0 || axis >= static_cast<int64_t>(from.size()); }))
      return std::nullopt;
    for (int64_t axis : permutation) {
      std::vector<int64_t> next;
      next.reserve(map.size() * from[axis]);
      for (int64_t outer : map)
        for (int64_t i = 0; i < from[axis]; ++i)
          next.push_back(outer + i * strides[axis]);
      map = std::move(next);
    }
  } else if (node.is("Expand")) {
    SmallVector<int64_t> padded(to.size() - std::min(from.size(), to.size()), 1);
    padded.append(from.begin(), from.end());
    if (padded.size() != to.size())
      return std::nullopt;
    SmallVector<AxisList> lists;
    for (auto [before, after] : llvm::zip_equal(padded, to))
      lists.push_back(before == after ? identity(after) : AxisList(after, 0));
    map = combine(padded, lists);
  } else if (node.is("GatherND")) {
    std::optional<std::vector<int64_t>> places = gatherPlaces(node, from);
    if (!places)
      return std::nullopt;
    map = std::move(*places);
  } else {
    SmallVector<AxisList> lists = llvm::map_to_vector(from, identity);
    if (!fillLists(node, result, from, lists))
      return std::nullopt;
    map = combine(from, lists);
  }
  if (static_cast<int64_t>(map.size()) != size) // The node contradicts its types.
    return std::nullopt;
  return map;
}

std::optional<Numbers> Evaluation::move(NodeOp node, unsigned result) {
  const Numbers *input = get(node.getInput(0));
  std::optional<std::vector<int64_t>> map = input ? traceMove(node, result) : std::nullopt;
  if (!map)
    return std::nullopt;
  Numbers moved = Numbers::zeros(*staticShape(node.getResult(result)));
  for (auto [value, from] : llvm::zip_equal(moved.values, *map))
    if (from >= 0)
      value = input->values[from];
  return moved;
}

std::optional<Numbers> Evaluation::concat(NodeOp node) {
  Numbers joined = Numbers::zeros(*staticShape(node.getResult(0)));
  std::optional<int64_t> axis = normalise(node.getInt("axis", 0), joined.shape.size());
  if (!axis)
    return std::nullopt;
  int64_t inner = ShapedType::getNumElements(ArrayRef(joined.shape).drop_front(*axis + 1));
  int64_t outer = ShapedType::getNumElements(ArrayRef(joined.shape).take_front(*axis));
  int64_t width = joined.shape[*axis] * inner, offset = 0;
  for (Value input : movedOperands(node)) {
    const Numbers *part = get(input);
    if (!part || part->shape.size() != joined.shape.size())
      return std::nullopt;
    int64_t partWidth = part->shape[*axis] * inner;
    if (part->size() != outer * partWidth || offset + partWidth > width)
      return std::nullopt;
    for (int64_t i = 0; i < outer; ++i)
      std::copy_n(&part->values[i * partWidth], partWidth, &joined.values[i * width + offset]);
    offset += partWidth;
  }
  return joined;
}

//===----------------------------------------------------------------------===//
// All of it
//===----------------------------------------------------------------------===//

const Numbers *Evaluation::get(Value value) {
  auto found = known.find(value);
  if (found == known.end()) {
    std::optional<Numbers> computed = compute(value);
    found = known.insert_or_assign(value, std::move(computed)).first;
  }
  return found->second ? &*found->second : nullptr;
}

std::optional<Numbers> Evaluation::compute(Value value) {
  std::optional<ArrayRef<int64_t>> shape = staticShape(value);
  if (!shape || !isa<FloatType>(getElementTypeOrSelf(value)) || ShapedType::getNumElements(*shape) > mostElements)
    return std::nullopt;
  if (ElementsAttr constant = matchConstant(value)) {
    std::optional<std::vector<double>> values = readDoubles(constant);
    return values ? std::optional(Numbers{SmallVector<int64_t>(*shape), std::move(*values)}) : std::nullopt;
  }
  auto node = value.getDefiningOp<NodeOp>();
  return node && node.getDomain().empty() ? compute(node, cast<OpResult>(value).getResultNumber()) : std::nullopt;
}

std::optional<Numbers> Evaluation::compute(NodeOp node, unsigned result) {
  if (node.is("Concat"))
    return concat(node);
  if (movesElements(node))
    return move(node, result);
  if (node->getNumResults() != 1 || node.getNumRegions() != 0 || llvm::is_contained(node.getInputs(), Value()))
    return std::nullopt;
  if (node.is("Add") || node.is("Sub") || node.is("Sum") || node.is("Mul") || node.is("Div") || node.is("Neg"))
    return elementwise(node);
  if (node.is("ReduceSum"))
    return reduceSum(node);
  if (node.is("DFT"))
    return dft(node);
  if (node.is("MatMul"))
    return matMul(node);
  if (node.is("Einsum"))
    return einsum(node);
  if (node.is("ScatterND") && node.getInputs().size() == 3)
    return scatter(node);
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
