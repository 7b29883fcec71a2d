// Operators that read or write at computed places: gathering, scattering, selection.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include "fourmix/Support/Constants.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

Type i64(Inference &op) { return IntegerType::get(op.node.getContext(), 64); }

/// `index` in [0, dim), from [-dim, dim); nullopt outside.
std::optional<int64_t> wrapIndex(int64_t index, int64_t dim) {
  if (index < -dim || index >= dim)
    return std::nullopt;
  return index < 0 ? index + dim : index;
}

/// An error for constant indices outside of [-dim, dim). Data-dependent ones are the lowering's to check or trust.
LogicalResult checkConstantIndices(Inference &op, unsigned input, int64_t dim) {
  ElementsAttr constant = matchConstant(op.node.getInput(input));
  if (!constant || constant.getShapedType().getNumElements() > (1 << 20))
    return success();
  std::optional<SmallVector<int64_t>> indices = readInts(constant);
  if (!indices)
    return success();
  for (int64_t index : *indices)
    if (!wrapIndex(index, dim))
      return op.error() << "index " << index << " is out of range for dim of size " << dim;
  return success();
}

LogicalResult expectIndices(Inference &op, unsigned input) {
  if (isa<IntegerType>(op.element(input)))
    return success();
  return op.error() << "expected integer indices, found " << op.type(input);
}

//===-- Gather ------------------------------------------------------------===//

LogicalResult inferGather(Inference &op) {
  FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", 0), op.rank(0));
  if (failed(axis) || failed(expectIndices(op, 1)) || failed(checkConstantIndices(op, 1, op.shape(0)[*axis])))
    return failure();
  Shape shape(op.shape(0).take_front(*axis));
  llvm::append_range(shape, op.shape(1));
  llvm::append_range(shape, op.shape(0).drop_front(*axis + 1));
  return op.result(shape, op.element(0));
}

bool foldGather(Folding &op) {
  const FoldTensor *data = op.input(0), *indices = op.input(1);
  if (!data || !indices)
    return false;
  int64_t axis = *wrapIndex(op.node.getInt("axis", 0), op.rank(0)), dim = data->shape[axis];
  ArrayRef<int64_t> from = data->shape;
  int64_t outer = *elementCount(from.take_front(axis)), inner = *elementCount(from.drop_front(axis + 1));
  std::vector<int64_t> positions;
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : indices->ints) {
      std::optional<int64_t> at = wrapIndex(index, dim);
      if (!at)
        return false;
      for (int64_t i = 0; i < inner; ++i)
        positions.push_back((o * dim + *at) * inner + i);
    }
  return op.set(data->select(op.resultShape(), positions));
}

//===-- GatherElements, ScatterElements -----------------------------------===//

LogicalResult expectElementIndices(Inference &op, int64_t &axis) {
  FailureOr<int64_t> normal = op.axis(op.node.getInt("axis", 0), op.rank(0));
  if (failed(normal) || failed(expectIndices(op, 1)) || failed(op.expectRank(1, op.rank(0))))
    return failure();
  axis = *normal;
  for (int64_t i = 0; i < op.rank(0); ++i)
    if (i != axis && op.shape(1)[i] > op.shape(0)[i])
      return op.error() << "indices of shape " << formatShape(op.shape(1)) << " exceed dim " << i << " of shape "
                        << formatShape(op.shape(0));
  return checkConstantIndices(op, 1, op.shape(0)[axis]);
}

LogicalResult inferGatherElements(Inference &op) {
  int64_t axis;
  return failed(expectElementIndices(op, axis)) ? failure() : op.result(op.shape(1), op.element(0));
}

/// For each index, in order, the position in `data` that it names; empty where one is out of range.
std::optional<std::vector<int64_t>> elementPositions(const FoldTensor &data, const FoldTensor &indices, int64_t axis) {
  Shape strides = rowMajorStrides(data.shape);
  int64_t dim = data.shape[axis], stride = strides[axis];
  strides[axis] = 0;
  std::vector<int64_t> positions = stridedPositions(indices.shape, strides);
  for (size_t i = 0; i < positions.size(); ++i) {
    std::optional<int64_t> at = wrapIndex(indices.ints[i], dim);
    if (!at)
      return std::nullopt;
    positions[i] += *at * stride;
  }
  return positions;
}

bool foldGatherElements(Folding &op) {
  const FoldTensor *data = op.input(0), *indices = op.input(1);
  if (!data || !indices)
    return false;
  auto positions = elementPositions(*data, *indices, *wrapIndex(op.node.getInt("axis", 0), op.rank(0)));
  return positions && op.set(data->select(op.resultShape(), *positions));
}

/// Writes updates[i] to data[positions[i]] as attribute reduction says.
bool scatter(Folding &op, FoldTensor data, ArrayRef<int64_t> positions, const FoldTensor &updates) {
  StringRef reduction = op.node.getString("reduction", "none");
  auto combine = [&](auto old, auto next) {
    if (reduction == "add")
      return old + next;
    if (reduction == "mul")
      return old * next;
    if (reduction == "max")
      return std::max(old, next);
    if (reduction == "min")
      return std::min(old, next);
    return next;
  };
  for (size_t i = 0; i < positions.size(); ++i) {
    if (data.isReal())
      data.reals[positions[i]] = combine(data.reals[positions[i]], updates.reals[i]);
    else
      data.ints[positions[i]] = combine(data.ints[positions[i]], updates.ints[i]);
  }
  return op.set(data);
}

LogicalResult inferScatterElements(Inference &op) {
  int64_t axis;
  if (failed(expectElementIndices(op, axis)))
    return failure();
  if (op.shape(2) != op.shape(1) || op.element(2) != op.element(0))
    return op.error() << "expected updates of shape " << formatShape(op.shape(1)) << " and element type "
                      << op.element(0) << ", found " << op.type(2);
  return op.result(op.shape(0), op.element(0));
}

bool foldScatterElements(Folding &op) {
  const FoldTensor *data = op.input(0), *indices = op.input(1), *updates = op.input(2);
  if (!data || !indices || !updates)
    return false;
  auto positions = elementPositions(*data, *indices, *wrapIndex(op.node.getInt("axis", 0), op.rank(0)));
  return positions && scatter(op, *data, *positions, *updates);
}

//===-- GatherND, ScatterND -----------------------------------------------===//

/// The number of leading data dims that one index tuple names, after `batch` shared ones; an error where it is wrong.
FailureOr<int64_t> tupleLength(Inference &op, int64_t batch) {
  if (failed(op.expectMinRank(0, 1)) || failed(op.expectMinRank(1, 1)) || failed(expectIndices(op, 1)))
    return failure();
  int64_t length = op.shape(1).back();
  if (batch < 0 || batch >= std::min(op.rank(0), op.rank(1)) || length > op.rank(0) - batch || length < 1) {
    op.error() << "index tuples of length " << length << " after " << batch << " batch dims do not fit " << op.type(0);
    return failure();
  }
  if (op.shape(0).take_front(batch) != op.shape(1).take_front(batch)) {
    op.error() << "expected " << batch << " equal batch dims, found " << op.type(0) << " and " << op.type(1);
    return failure();
  }
  return length;
}

LogicalResult inferGatherND(Inference &op) {
  int64_t batch = op.node.getInt("batch_dims", 0);
  FailureOr<int64_t> length = tupleLength(op, batch);
  if (failed(length))
    return failure();
  Shape shape(op.shape(1).drop_back());
  llvm::append_range(shape, op.shape(0).drop_front(batch + *length));
  return op.result(shape, op.element(0));
}

/// The first position of each tuple's slice, and how many elements a slice has.
std::optional<std::vector<int64_t>> slicePositions(const FoldTensor &data, const FoldTensor &indices, int64_t batch) {
  int64_t length = indices.shape.back(), tuples = length ? indices.size() / length : 0;
  ArrayRef<int64_t> shape = data.shape;
  Shape strides = rowMajorStrides(shape);
  int64_t batches = *elementCount(shape.take_front(batch)), perBatch = batches ? tuples / batches : 0;
  int64_t batchStride = *elementCount(shape.drop_front(batch));
  int64_t inner = *elementCount(shape.drop_front(batch + length));
  std::vector<int64_t> positions;
  for (int64_t t = 0; t < tuples; ++t) {
    int64_t base = t / perBatch * batchStride;
    for (int64_t i = 0; i < length; ++i) {
      std::optional<int64_t> at = wrapIndex(indices.ints[t * length + i], shape[batch + i]);
      if (!at)
        return std::nullopt;
      base += *at * strides[batch + i];
    }
    for (int64_t i = 0; i < inner; ++i)
      positions.push_back(base + i);
  }
  return positions;
}

bool foldGatherND(Folding &op) {
  const FoldTensor *data = op.input(0), *indices = op.input(1);
  if (!data || !indices)
    return false;
  auto positions = slicePositions(*data, *indices, op.node.getInt("batch_dims", 0));
  return positions && op.set(data->select(op.resultShape(), *positions));
}

LogicalResult inferScatterND(Inference &op) {
  FailureOr<int64_t> length = tupleLength(op, 0);
  if (failed(length))
    return failure();
  Shape updates(op.shape(1).drop_back());
  llvm::append_range(updates, op.shape(0).drop_front(*length));
  if (op.shape(2) != ArrayRef<int64_t>(updates) || op.element(2) != op.element(0))
    return op.error() << "expected updates of shape " << formatShape(updates) << " and element type " << op.element(0)
                      << ", found " << op.type(2);
  return op.result(op.shape(0), op.element(0));
}

bool foldScatterND(Folding &op) {
  const FoldTensor *data = op.input(0), *indices = op.input(1), *updates = op.input(2);
  if (!data || !indices || !updates)
    return false;
  auto positions = slicePositions(*data, *indices, 0);
  return positions && scatter(op, *data, *positions, *updates);
}

//===-- OneHot, NonZero, Compress -----------------------------------------===//

LogicalResult inferOneHot(Inference &op) {
  FailureOr<double> depth = op.number(1, "depth");
  FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", -1), op.rank(0) + 1);
  if (failed(depth) || failed(axis))
    return failure();
  if (!(*depth >= 0 && *depth < 1e9) || op.type(2).getNumElements() != 2)
    return op.error() << "expected a depth of 0 or more and two values, found " << *depth << " and " << op.type(2);
  Shape shape(op.shape(0));
  shape.insert(shape.begin() + *axis, static_cast<int64_t>(*depth));
  return op.result(shape, op.element(2));
}

/// past_cache, update, write_indices: the cache after the update.
LogicalResult inferTensorScatter(Inference &op) { return op.result(op.shape(0), op.element(0)); }

LogicalResult inferReverseSequence(Inference &op) {
  if (failed(op.expectMinRank(0, 2)) || failed(op.expectRank(1, 1)) || failed(expectIndices(op, 1)))
    return failure();
  if (int64_t batch = op.shape(0)[op.node.getInt("batch_axis", 1) != 0]; op.shape(1)[0] != batch)
    return op.error() << "expected " << batch << " lengths, found " << op.type(1);
  return op.result(op.shape(0), op.element(0));
}

/// The slices along an axis (or the elements, without one) whose condition holds.
LogicalResult inferCompress(Inference &op) {
  FailureOr<Shape> condition = op.ints(1, "condition");
  if (failed(condition))
    return failure();
  int64_t taken = llvm::count_if(*condition, [](int64_t v) { return v != 0; });
  if (!op.node.getNodeAttr("axis"))
    return op.result({taken}, op.element(0));
  FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", 0), op.rank(0));
  if (failed(axis))
    return failure();
  Shape shape(op.shape(0));
  shape[*axis] = taken;
  return op.result(shape, op.element(0));
}

LogicalResult inferNonZero(Inference &op) {
  ElementsAttr constant = matchConstant(op.node.getInput(0));
  std::optional<std::vector<double>> values;
  if (constant && constant.getShapedType().getNumElements() <= (1 << 20))
    values = readDoubles(constant);
  if (!values)
    return op.error() << "the number of results depends on the data; shapes must be static"
                      << Inference::bindHint(op.node.getInput(0));
  return op.result({op.rank(0), llvm::count_if(*values, [](double v) { return v != 0; })}, i64(op));
}

bool foldNonZero(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x)
    return false;
  FoldTensor result = op.zeros();
  Shape strides = rowMajorStrides(x->shape);
  int64_t found = 0, count = op.resultShape()[1];
  for (int64_t i = 0; i < x->size(); ++i) {
    if (x->real(i) == 0)
      continue;
    for (size_t axis = 0; axis < strides.size(); ++axis)
      result.ints[axis * count + found] = i / strides[axis] % x->shape[axis];
    ++found;
  }
  return op.set(result);
}

//===-- TfIdfVectorizer ---------------------------------------------------===//

/// [steps] or [batch, steps] integers to as many counts as ngram_indexes name outputs.
LogicalResult inferTfIdf(Inference &op) {
  std::optional<Shape> pool = op.node.getInts("pool_int64s"), starts = op.node.getInts("ngram_counts"),
                       places = op.node.getInts("ngram_indexes");
  if (!pool || !isa<IntegerType>(op.element(0)))
    return op.error() << "expected a pool of integers and integers to look for them in, found "
                      << (pool ? "input " : "no pool_int64s and input ") << op.type(0);
  if (!starts || !places || starts->empty() || op.rank(0) < 1 || op.rank(0) > 2)
    return op.error() << "expected ngram_counts, ngram_indexes and an input of rank 1 or 2, found " << op.type(0);
  int64_t grams = 0, size = pool->size();
  for (size_t i = 0; i < starts->size(); ++i) {
    int64_t start = (*starts)[i], end = i + 1 < starts->size() ? (*starts)[i + 1] : size, length = i + 1;
    if (start < 0 || end < start || end > size || (end - start) % length != 0)
      return op.error() << "ngram_counts " << formatShape(*starts) << " do not divide a pool of " << size;
    grams += (end - start) / length;
  }
  int64_t last = -1;
  for (int64_t place : *places)
    last = place < 0 ? INT32_MAX : std::max(last, place);
  auto weights = dyn_cast_or_null<ArrayAttr>(op.node.getNodeAttr("weights"));
  if (static_cast<int64_t>(places->size()) != grams || last >= (1 << 24) ||
      (weights && static_cast<int64_t>(weights.size()) != grams))
    return op.error() << "expected indexes (and weights) for " << grams << " n-grams, found " << places->size();
  if (op.node.getInt("max_skip_count", 0) < 0 || op.node.getInt("max_skip_count", 0) > (1 << 20))
    return op.error() << "expected max_skip_count of 0 or more, found " << op.node.getInt("max_skip_count", 0);
  Shape shape(op.shape(0));
  shape.back() = last + 1;
  return op.result(shape, Float32Type::get(op.node.getContext()));
}

} // namespace

void addGatherRows(OpTable &table) {
  table.add({"Gather", 1, 2, inferGather, foldGather});
  table.add({"GatherElements", 11, 2, inferGatherElements, foldGatherElements});
  table.add({"GatherND", 11, 2, inferGatherND, foldGatherND});
  table.add({"Scatter", 9, 3, inferScatterElements, foldScatterElements});
  table.add({"ScatterElements", 11, 3, inferScatterElements, foldScatterElements});
  table.add({"ScatterND", 11, 3, inferScatterND, foldScatterND});
  table.add({"TensorScatter", 24, 2, inferTensorScatter});
  table.add({"ReverseSequence", 10, 2, inferReverseSequence});
  table.add({"Compress", 9, 2, inferCompress});
  table.add({"OneHot", 9, 3, inferOneHot});
  table.add({"TfIdfVectorizer", 9, 1, inferTfIdf});
  table.add({"NonZero", 9, 1, inferNonZero, foldNonZero});
}

} // namespace fourmix::onnx
