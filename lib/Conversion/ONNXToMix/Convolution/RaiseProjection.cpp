// Products with constant matrices that are made of diagonals become mix.projection, mix.circulant and mix.toeplitz.
//
// A MatMul, Gemm or Einsum with one constant is brought to one form, y = M x per token, with M read as a matrix
// whatever its storage. M is compared number by number with what it would be if it were circulant: per head, over one
// axis or a grid of two, or in blocks. All numbers of a wrapped diagonal lie within 1e-6 of its mean, relative to the
// largest number of M. A matrix of fewer than three rows, a constant one, a multiple of the identity and a rotation are
// no evidence. Along a sequence, a matrix of diagonals that do not wrap is a Toeplitz matrix, from four rows on.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ConstantProduct.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Analysis/Splice.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "lib/Kernels/Circulant.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using kernels::MatrixView;
using onnx::NodeOp;

namespace {

double largestOf(ArrayRef<double> values) {
  double largest = 0;
  for (double value : values)
    largest = std::max(largest, std::abs(value));
  return largest;
}

/// The square matrix of one head.
MatrixView headOf(const MatrixView &matrix, int64_t heads, int64_t head, bool headsLast) {
  MatrixView square = matrix.block(headsLast ? head : head * matrix.columns, 0, matrix.columns);
  if (headsLast)
    square.rowStride *= heads;
  return square;
}

/// The kernels of all heads, one behind the other, if each is circulant over `grid` and one is evidence.
std::optional<std::vector<double>> matchHeads(const MatrixView &matrix, const kernels::Extents &grid, bool headsLast,
                                              double slack) {
  int64_t heads = matrix.rows / matrix.columns;
  std::vector<double> all;
  bool isEvident = false;
  for (int64_t head = 0; head < heads; ++head) {
    auto kernel = kernels::matchCirculant(headOf(matrix, heads, head, headsLast), grid, slack);
    if (!kernel)
      return std::nullopt;
    isEvident |= kernels::isEvidence(*kernel);
    all.insert(all.end(), kernel->begin(), kernel->end());
  }
  return isEvident ? std::optional(all) : std::nullopt;
}

std::optional<Structure> matchBlocks(const MatrixView &matrix, double slack) {
  int64_t most = std::gcd(matrix.rows, matrix.columns);
  for (int64_t block = most; block >= kernels::leastCirculant; --block) {
    if (most % block != 0)
      continue;
    int64_t rows = matrix.rows / block, columns = matrix.columns / block, evident = 0;
    Structure structure = {mix::ProjectionKind::BlockCirculant, {block}, 1, false, {rows, columns, block}, {}};
    bool fits = true;
    for (int64_t p = 0; fits && p < rows; ++p)
      for (int64_t q = 0; fits && q < columns; ++q) {
        auto kernel = kernels::matchCirculant(matrix.block(p * block, q * block, block), {block}, slack);
        fits = kernel.has_value();
        if (!fits)
          break;
        evident += kernels::isEvidence(*kernel);
        structure.kernels.insert(structure.kernels.end(), kernel->begin(), kernel->end());
      }
    // A few circulant blocks between zeros are no structure of the whole.
    if (fits && 2 * evident > rows * columns)
      return structure;
  }
  return std::nullopt;
}

std::optional<Structure> matchStructure(const ConstantProduct &product) {
  MatrixView matrix = product.view();
  int64_t k = matrix.columns;
  double slack = kernels::circulantTolerance * largestOf(product.matrix);
  if (k < kernels::leastCirculant || slack == 0 || !std::isfinite(slack))
    return std::nullopt;
  if (matrix.rows % k == 0) {
    int64_t heads = matrix.rows / k;
    for (bool headsLast : {false, true}) {
      if (headsLast && heads == 1)
        continue;
      if (auto kernels = matchHeads(matrix, {k}, headsLast, slack))
        return Structure{mix::ProjectionKind::Circular1D, {k}, heads, headsLast, {heads, k}, std::move(*kernels)};
      for (int64_t k1 = 2; k1 <= k / 2; ++k1)
        if (k % k1 == 0 && k > 4)
          if (auto kernels = matchHeads(matrix, {k1, k / k1}, headsLast, slack))
            return Structure{mix::ProjectionKind::Circular2D,
                             {k1, k / k1},
                             heads,
                             headsLast,
                             {heads, k1, k / k1},
                             std::move(*kernels)};
    }
  }
  return matchBlocks(matrix, slack);
}

/// A remark if the matrix is near a circulant one and not within tolerance.
void remarkNearlyCirculant(const ConstantProduct &product) {
  NodeOp node = product.node;
  MatrixView matrix = product.view();
  int64_t k = matrix.columns;
  if (k < kernels::leastCirculant || matrix.rows % k != 0)
    return;
  // A look at two rows is enough for most matrices.
  double distance = 0, norm = 0;
  for (int64_t j = 0; j < k; ++j) {
    double step = matrix.at(1, (j + 1) % k) - matrix.at(0, j);
    distance += step * step;
    norm += matrix.at(0, j) * matrix.at(0, j);
  }
  if (!(distance < 0.1 * norm))
    return;
  distance = norm = 0;
  for (double value : product.matrix)
    norm += value * value;
  bool isEvident = false;
  for (int64_t head = 0; head < matrix.rows / k; ++head) {
    MatrixView square = headOf(matrix, 1, head, false);
    std::vector<double> nearest = kernels::nearestCirculant(square, {k});
    isEvident |= kernels::isEvidence(nearest);
    for (double weight : nearest)
      distance -= static_cast<double>(k) * weight * weight;
  }
  distance = norm > 0 ? std::sqrt(std::max(0.0, distance + norm) / norm) : 1; // Pythagoras
  constexpr double worthSaying = 0.05;
  if (isEvident && distance < worthSaying)
    remark::missed(node.getLoc(), remark::RemarkOpts::name("circulant-matrix").category("onnx-to-mix"))
        << llvm::formatv("{0} has no circulant matrix: it is {1:F6} away from the nearest one, relative to its norm; "
                         "every number must be within 1e-6 of its diagonal",
                         describe(node), distance)
               .str();
}

void commit(const ConstantProduct &product, const Structure &structure) {
  NodeOp node = product.node;
  bool isBlocks = structure.kind == mix::ProjectionKind::BlockCirculant;
  std::string grid = llvm::join(llvm::map_range(structure.grid, [](int64_t n) { return std::to_string(n); }), " x ");
  remark::passed(node.getLoc(), remark::RemarkOpts::name("circulant-matrix").category("onnx-to-mix"))
      << llvm::formatv("{0} raised to mix.projection {1}, {2}: its matrix is {3} x {4}", describe(node),
                       stringifyProjectionKind(structure.kind),
                       isBlocks ? "blocks of " + grid
                                : llvm::formatv("{0} heads over {1}", structure.heads, grid).str(),
                       product.countRows(), product.columns)
             .str();
  replaceProduct(product, structure);
}

/// The axis of the data that the matrix mixes in place, if it is one axis and not the last: positions of a sequence.
std::optional<int64_t> mixedAxis(const ConstantProduct &product) {
  auto rank = static_cast<int64_t>(staticShape(product.data)->size());
  int64_t axis = product.dataOrder.back();
  if (axis == rank - 1 || product.kept.size() + 1 != static_cast<size_t>(rank) || product.rows.size() != 1 ||
      product.bias)
    return std::nullopt;
  for (int64_t i = 0; i < rank; ++i)
    if (product.resultOrder[i] != (i == axis ? rank - 1 : i - (i > axis)))
      return std::nullopt;
  return axis;
}

/// A circulant or Toeplitz matrix along a sequence becomes mix.circulant or mix.toeplitz.
bool raiseSequenceMatrix(const ConstantProduct &product, const std::optional<Structure> &structure) {
  std::optional<int64_t> axis = mixedAxis(product);
  if (!axis)
    return false;
  bool isCirculant = structure && structure->kind == mix::ProjectionKind::Circular1D && structure->heads == 1;
  std::optional<std::vector<double>> weights;
  if (isCirculant)
    weights = structure->kernels;
  else if (product.countRows() == product.columns && product.columns >= kernels::leastToeplitz)
    weights = kernels::matchToeplitz(product.view(), kernels::circulantTolerance * largestOf(product.matrix));
  if (!weights || !kernels::isEvidence(*weights))
    return false;
  NodeOp node = product.node;
  OpBuilder builder(node);
  onnx::NodeBuilder nodes(builder, node.getLoc(), node.getVersion());
  auto type = cast<RankedTensorType>(product.data.getType());
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[*axis] = static_cast<int64_t>(weights->size());
  StringRef name = isCirculant ? "circulant" : "toeplitz";
  Value kernel = nodes.constant(makeConstant(type.clone(shape), *weights, name));
  remark::passed(node.getLoc(), remark::RemarkOpts::name("circulant-matrix").category("onnx-to-mix"))
      << llvm::formatv("{0} raised to mix.{1} over axis {2}", describe(node), name, *axis).str();
  Value y;
  if (isCirculant)
    y = mix::CirculantOp::create(builder, node.getLoc(), product.data, kernel, *axis, mix::Orientation::Correlation,
                                 /*origin=*/nullptr);
  else
    y = mix::ToeplitzOp::create(builder, node.getLoc(), product.data, kernel, *axis);
  replaceThroughReshapes(nodes, node.getResult(0), y);
  return true;
}

} // namespace

void onnx_to_mix::raiseProjections(Operation *root) {
  SmallVector<NodeOp> products;
  root->walk([&](NodeOp node) { products.push_back(node); });
  for (NodeOp node : llvm::reverse(products)) {
    std::optional<ConstantProduct> product = readConstantProduct(node);
    if (!product)
      continue;
    std::optional<Structure> structure = matchStructure(*product);
    if (raiseSequenceMatrix(*product, structure))
      continue;
    if (structure)
      commit(*product, *structure);
    else
      remarkNearlyCirculant(*product);
  }
}
