// Operators that move elements without computing: transposition, slices, concatenation, gathering, padding.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace fourmix::onnx {
namespace {

//===-- Transpose ---------------------------------------------------------===//

FailureOr<Shape> permutation(Inference &op) {
  int64_t rank = op.rank(0);
  std::optional<SmallVector<int64_t>> given = op.node.getInts("perm");
  if (!given) {
    Shape reversed(rank);
    std::iota(reversed.rbegin(), reversed.rend(), 0);
    return reversed;
  }
  if (static_cast<int64_t>(given->size()) != rank) {
    op.error() << "expected a permutation of " << rank << " axes, found " << given->size();
    return failure();
  }
  return op.axes(*given, rank);
}

LogicalResult inferTranspose(Inference &op) {
  FailureOr<Shape> perm = permutation(op);
  if (failed(perm))
    return failure();
  Shape shape;
  for (int64_t axis : *perm)
    shape.push_back(op.shape(0)[axis]);
  return op.result(shape, op.element(0));
}

bool foldTranspose(Folding &op) {
  FailureOr<Shape> perm = permutation(op);
  if (failed(perm) || !op.input(0))
    return false;
  Shape strides, own = rowMajorStrides(op.shape(0));
  for (int64_t axis : *perm)
    strides.push_back(own[axis]);
  return op.set(op.input(0)->select(op.resultShape(), stridedPositions(op.resultShape(), strides)));
}

//===-- Concat, Split -----------------------------------------------------===//

LogicalResult inferConcat(Inference &op) {
  for (unsigned i = 0; i < op.inputs(); ++i)
    if (!op.has(i))
      return op.error() << "input " << i << " is absent";
  FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", 1), op.rank(0));
  if (failed(axis))
    return failure();
  Shape shape(op.shape(0));
  for (unsigned i = 1; i < op.inputs(); ++i) {
    ArrayRef<int64_t> next = op.shape(i);
    bool fits = next.size() == shape.size() && op.element(i) == op.element(0);
    for (size_t d = 0; fits && d < shape.size(); ++d)
      fits = static_cast<int64_t>(d) == *axis || next[d] == shape[d];
    if (!fits)
      return op.error() << "cannot concatenate " << op.type(0) << " and " << op.type(i) << " along axis " << *axis;
    if (llvm::AddOverflow(shape[*axis], next[*axis], shape[*axis]))
      return op.error() << "the result is too large";
  }
  return op.result(shape, op.element(0));
}

bool foldConcat(Folding &op) {
  ArrayRef<int64_t> shape = op.resultShape();
  int64_t axis = op.node.getInt("axis", 1);
  axis = axis < 0 ? axis + shape.size() : axis;
  int64_t outer = *elementCount(shape.take_front(axis)), inner = *elementCount(shape.drop_front(axis + 1));
  FoldTensor result = op.zeros();
  int64_t start = 0, row = shape[axis] * inner;
  for (unsigned i = 0; i < op.inputs(); ++i) {
    const FoldTensor *part = op.input(i);
    if (!part)
      return false;
    int64_t length = part->shape[axis] * inner;
    for (int64_t o = 0; o < outer; ++o) {
      if (result.isReal())
        std::copy_n(part->reals.begin() + o * length, length, result.reals.begin() + o * row + start);
      else
        std::copy_n(part->ints.begin() + o * length, length, result.ints.begin() + o * row + start);
    }
    start += length;
  }
  return op.set(result);
}

LogicalResult inferSplit(Inference &op) {
  FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", 0), op.rank(0));
  FailureOr<std::optional<Shape>> given = op.intsOf("split", 1);
  if (failed(axis) || failed(given))
    return failure();
  int64_t count = op.node.getNumResults(), dim = op.shape(0)[*axis];
  Shape sizes;
  if (*given) {
    sizes = **given;
  } else {
    int64_t parts = op.node.getInt("num_outputs", count);
    if (parts != count)
      return op.error() << "expected num_outputs " << count << " (the results), found " << parts;
    int64_t chunk = llvm::divideCeil(dim, std::max<int64_t>(count, 1));
    if (chunk * (count - 1) > dim || (!op.node.getNodeAttr("num_outputs") && chunk * count != dim))
      return op.error() << "cannot split dim " << dim << " into " << count << " parts";
    for (int64_t i = 0; i < count; ++i)
      sizes.push_back(std::min(chunk, dim - i * chunk));
  }
  int64_t rest = dim;
  for (int64_t size : sizes)
    rest = size < 0 || size > rest ? -1 : rest - size;
  if (static_cast<int64_t>(sizes.size()) != count || rest != 0)
    return op.error() << "expected " << count << " sizes that sum to " << dim << ", found " << formatShape(sizes);
  Shape shape(op.shape(0));
  for (int64_t i = 0; i < count; ++i) {
    shape[*axis] = sizes[i];
    if (failed(op.result(i, shape, op.element(0))))
      return failure();
  }
  return success();
}

bool foldSplit(Folding &op) {
  const FoldTensor *x = op.input(0);
  FailureOr<std::optional<Shape>> given = op.intsOf("split", 1);
  if (!x || failed(given))
    return false;
  Shape strides = rowMajorStrides(x->shape);
  int64_t axis = op.node.getInt("axis", 0), start = 0, count = op.node.getNumResults();
  axis = axis < 0 ? axis + op.rank(0) : axis;
  int64_t chunk = llvm::divideCeil(x->shape[axis], count);
  for (int64_t i = 0; i < count; ++i) {
    if (op.node.hasOutput(i) &&
        !op.set(i, x->select(op.resultShape(i), stridedPositions(op.resultShape(i), strides, start * strides[axis]))))
      return false;
    start += *given ? (**given)[i] : chunk;
  }
  return true;
}

//===-- Slice -------------------------------------------------------------===//

struct View {
  int64_t offset = 0;
  Shape shape, strides;
};

/// What a Slice reads: attributes before opset 10, inputs from then on.
FailureOr<View> slice(Inference &op) {
  FailureOr<std::optional<Shape>> starts = op.intsOf("starts", 1), ends = op.intsOf("ends", 2),
                                  axes = op.intsOf("axes", 3), steps = op.intsOf("steps", 4);
  if (failed(starts) || failed(ends) || failed(axes) || failed(steps))
    return failure();
  if (!*starts || !*ends) {
    op.error() << "expected starts and ends";
    return failure();
  }
  size_t count = (*starts)->size();
  Shape given(count);
  std::iota(given.begin(), given.end(), 0);
  if (*axes)
    given = **axes;
  Shape step = *steps ? **steps : Shape(count, 1);
  if ((*ends)->size() != count || given.size() != count || step.size() != count) {
    op.error() << "expected as many ends, axes and steps as starts (" << count << "), found " << (*ends)->size() << ", "
               << given.size() << " and " << step.size();
    return failure();
  }
  FailureOr<Shape> normal = op.axes(given, op.rank(0));
  if (failed(normal))
    return failure();
  View view{0, Shape(op.shape(0)), rowMajorStrides(op.shape(0))};
  for (size_t i = 0; i < count; ++i) {
    int64_t axis = (*normal)[i], dim = view.shape[axis], by = step[i];
    if (by == 0) {
      op.error() << "expected steps other than 0";
      return failure();
    }
    auto clamp = [&](int64_t at) {
      at = at < 0 ? at + dim : at;
      return by > 0 ? std::clamp<int64_t>(at, 0, dim) : std::clamp<int64_t>(at, -1, dim - 1);
    };
    int64_t start = by > 0 ? clamp((**starts)[i]) : std::max<int64_t>(clamp((**starts)[i]), dim ? 0 : -1);
    int64_t end = clamp((**ends)[i]), length = 0;
    if (by > 0 && end > start)
      length = (end - start - 1) / by + 1;
    else if (by < 0 && start > end) // -(by + 1) since -INT64_MIN does not exist
      length = by == INT64_MIN ? 1 : (start - end - 1) / -by + 1;
    if (length > 0)
      view.offset += start * view.strides[axis];
    view.shape[axis] = length;
    view.strides[axis] = length > 1 ? view.strides[axis] * by : 0;
  }
  return view;
}

LogicalResult inferSlice(Inference &op) {
  FailureOr<View> view = slice(op);
  return failed(view) ? failure() : op.result(view->shape, op.element(0));
}

bool foldSlice(Folding &op) {
  FailureOr<View> view = slice(op);
  if (failed(view) || !op.input(0))
    return false;
  return op.set(op.input(0)->select(view->shape, stridedPositions(view->shape, view->strides, view->offset)));
}

//===-- Pad, Tile ---------------------------------------------------------===//

enum class PadMode { Constant, Reflect, Edge, Wrap };

struct Padding {
  PadMode mode;
  Shape before, after;
};

FailureOr<Padding> padding(Inference &op) {
  StringRef mode = op.node.getString("mode", "constant");
  Padding result;
  if (mode == "constant")
    result.mode = PadMode::Constant;
  else if (mode == "reflect")
    result.mode = PadMode::Reflect;
  else if (mode == "edge")
    result.mode = PadMode::Edge;
  else if (mode == "wrap")
    result.mode = PadMode::Wrap;
  else {
    op.error() << "expected mode constant, reflect, edge or wrap, found \"" << mode << '"';
    return failure();
  }
  int64_t rank = op.rank(0);
  FailureOr<std::optional<Shape>> pads = op.intsOf("pads", 1);
  if (failed(pads))
    return failure();
  Shape axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (op.has(3)) {
    FailureOr<Shape> given = op.ints(3, "axes");
    if (failed(given))
      return failure();
    FailureOr<Shape> normal = op.axes(*given, rank);
    if (failed(normal))
      return failure();
    axes = *normal;
  }
  if (!*pads || (*pads)->size() != 2 * axes.size()) {
    op.error() << "expected " << 2 * axes.size() << " pads, found " << (*pads ? (*pads)->size() : 0);
    return failure();
  }
  result.before.assign(rank, 0);
  result.after.assign(rank, 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    result.before[axes[i]] = (**pads)[i];
    result.after[axes[i]] = (**pads)[i + axes.size()];
  }
  return result;
}

LogicalResult inferPad(Inference &op) {
  FailureOr<Padding> pad = padding(op);
  if (failed(pad))
    return failure();
  Shape shape(op.shape(0));
  for (size_t i = 0; i < shape.size(); ++i) {
    int64_t dim = shape[i], before = pad->before[i], after = pad->after[i];
    if (llvm::AddOverflow(shape[i], before, shape[i]) || llvm::AddOverflow(shape[i], after, shape[i]))
      return op.error() << "pads " << before << " and " << after << " are too large";
    // Once round is what torch and ONNX Runtime do; edge and constant have no limit.
    int64_t limit = pad->mode == PadMode::Reflect ? dim - 1 : pad->mode == PadMode::Wrap ? dim : dim ? INT64_MAX : 0;
    if (pad->mode != PadMode::Constant && std::max(before, after) > limit)
      return op.error() << "mode " << op.node.getString("mode", "") << " pads dim " << i << " of size " << dim << " by "
                        << limit << " at most, found " << std::max(before, after);
  }
  if (op.has(2) && op.type(2).getNumElements() != 1)
    return op.error() << "expected a scalar for input 2 (constant_value), found " << op.type(2);
  return op.result(shape, op.element(0));
}

bool foldPad(Folding &op) {
  FailureOr<Padding> pad = padding(op);
  const FoldTensor *x = op.input(0);
  if (failed(pad) || !x)
    return false;
  FoldTensor fill({}, x->element);
  if (op.has(2)) {
    if (!op.input(2) || op.input(2)->isReal() != x->isReal())
      return false;
    fill = *op.input(2);
  } else if (x->isReal()) {
    fill.reals[0] = op.node.getFloat("value", 0.0);
  }
  Shape strides = rowMajorStrides(x->shape), ones = rowMajorStrides(op.resultShape());
  std::vector<int64_t> positions(op.resultType().getNumElements(), 0);
  for (size_t axis = 0; axis < strides.size(); ++axis) {
    int64_t dim = x->shape[axis], size = op.resultShape()[axis];
    for (size_t i = 0; i < positions.size(); ++i) {
      int64_t at = static_cast<int64_t>(i) / ones[axis] % size - pad->before[axis];
      if (at < 0 || at >= dim) {
        if (pad->mode == PadMode::Constant)
          at = -1;
        else if (pad->mode == PadMode::Edge)
          at = at < 0 ? 0 : dim - 1;
        else if (pad->mode == PadMode::Reflect)
          at = at < 0 ? -at : 2 * (dim - 1) - at;
        else
          at = at < 0 ? at + dim : at - dim;
      }
      positions[i] = at < 0 || positions[i] < 0 ? -1 : positions[i] + at * strides[axis];
    }
  }
  return op.set(x->select(op.resultShape(), positions, &fill));
}

LogicalResult inferTile(Inference &op) {
  FailureOr<Shape> repeats = op.ints(1, "repeats");
  if (failed(repeats))
    return failure();
  if (static_cast<int64_t>(repeats->size()) != op.rank(0))
    return op.error() << "expected " << op.rank(0) << " repeats, found " << repeats->size();
  Shape shape(op.shape(0));
  for (size_t i = 0; i < shape.size(); ++i)
    if ((*repeats)[i] < 0 || llvm::MulOverflow(shape[i], (*repeats)[i], shape[i]))
      return op.error() << "expected repeats of 0 or more that fit, found " << (*repeats)[i];
  return op.result(shape, op.element(0));
}

bool foldTile(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x)
    return false;
  // [d0, d1] repeated [r0, r1] is [r0, d0, r1, d1] with stride 0 along r.
  Shape shape, strides, own = rowMajorStrides(x->shape);
  for (size_t i = 0; i < own.size(); ++i) {
    shape.append({x->shape[i] ? op.resultShape()[i] / x->shape[i] : 0, x->shape[i]});
    strides.append({0, own[i]});
  }
  return op.set(x->select(op.resultShape(), stridedPositions(shape, strides)));
}

//===-- Trilu, DepthToSpace, SpaceToDepth ---------------------------------===//

LogicalResult inferTrilu(Inference &op) {
  if (failed(op.expectMinRank(0, 2)))
    return failure();
  if (op.has(1) && (op.type(1).getNumElements() != 1 || !isa<IntegerType>(op.element(1))))
    return op.error() << "expected an integer for input 1 (k), found " << op.type(1);
  return op.result(op.shape(0), op.element(0));
}

bool foldTrilu(Folding &op) {
  const FoldTensor *x = op.input(0), *k = op.input(1);
  if (!x || (op.has(1) && !k))
    return false;
  int64_t diagonal = k ? k->ints[0] : 0, upper = op.node.getInt("upper", 1);
  int64_t columns = x->shape.back(), rows = x->shape[x->shape.size() - 2];
  std::vector<int64_t> positions(x->size());
  for (int64_t i = 0; i < x->size(); ++i) {
    int64_t row = i / columns % rows, distance = i % columns - row;
    positions[i] = (upper ? distance >= diagonal : distance <= diagonal) ? i : -1;
  }
  return op.set(x->select(x->shape, positions));
}

LogicalResult inferDepthToSpace(Inference &op) {
  bool toSpace = op.node.getOpType() == "DepthToSpace";
  int64_t block = op.node.getInt("blocksize", 0);
  if (failed(op.expectRank(0, 4)))
    return failure();
  Shape shape(op.shape(0));
  bool fits = block > 0 && block < (1 << 15) &&
              (toSpace ? shape[1] % (block * block) == 0 : shape[2] % block == 0 && shape[3] % block == 0);
  if (!fits)
    return op.error() << "blocksize " << block << " does not divide " << op.type(0);
  if (toSpace)
    return op.result({shape[0], shape[1] / (block * block), shape[2] * block, shape[3] * block}, op.element(0));
  return op.result({shape[0], shape[1] * block * block, shape[2] / block, shape[3] / block}, op.element(0));
}

} // namespace

void addMovementRows(OpTable &table) {
  table.add({"Transpose", 1, 1, inferTranspose, foldTranspose});
  table.add({"Concat", 1, 1, inferConcat, foldConcat});
  table.add({"Split", 1, 1, inferSplit, foldSplit});
  table.add({"Slice", 1, 1, inferSlice, foldSlice});
  table.add({"Pad", 2, 1, inferPad, foldPad});
  table.add({"Tile", 6, 2, inferTile, foldTile});
  table.add({"Trilu", 14, 1, inferTrilu, foldTrilu});
  table.add({"DepthToSpace", 1, 1, inferDepthToSpace});
  table.add({"SpaceToDepth", 1, 1, inferDepthToSpace});
}

} // namespace fourmix::onnx
