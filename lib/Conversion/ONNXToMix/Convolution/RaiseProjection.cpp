// Products with constant matrices that are made of diagonals become mix.projection, mix.circulant and mix.toeplitz.
//
// A MatMul, Gemm or Einsum with one constant is brought to one form, y = M x per token, with M read as a matrix
// whatever its storage. M is compared number by number with what it would be if it were circulant: per head, over one
// axis or a grid of two, or in blocks. All numbers of a wrapped diagonal lie within 1e-6 of its mean, relative to the
// largest number of M. A matrix of fewer than three rows, a constant one, a multiple of the identity and a rotation are
// no evidence. Along a sequence, a matrix of diagonals that do not wrap is a Toeplitz matrix, from four rows on.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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

/// y[kept.., rows..] = sum over columns of M[rows, columns] x[kept.., columns..] plus a bias: a product with a
/// constant.
struct ConstantProduct {
  NodeOp node;
  Value data, bias;
  SmallVector<int64_t> dataOrder;   // axes of the data: kept ones, then those that are summed over
  SmallVector<int64_t> resultOrder; // result axis i is axis resultOrder[i] of [kept.., rows..]
  SmallVector<int64_t> kept, rows;  // extents
  int64_t columns = 1;
  std::vector<double> matrix; // row-major [rows, columns]

  int64_t countRows() const { return std::accumulate(rows.begin(), rows.end(), int64_t(1), std::multiplies<>()); }
  MatrixView view() const { return {matrix.data(), countRows(), columns, columns, 1}; }
};

SmallVector<int64_t> firstAxes(int64_t count) {
  SmallVector<int64_t> axes(count);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

/// The shape of a constant of rank 2 behind leading extents of 1.
std::optional<ArrayRef<int64_t>> matrixShape(ElementsAttr constant) {
  ArrayRef<int64_t> shape = constant.getShapedType().getShape();
  if (shape.size() < 2 || !llvm::all_of(shape.drop_back(2), [](int64_t extent) { return extent == 1; }))
    return std::nullopt;
  return shape.take_back(2);
}

/// Fills in the matrix from a constant of [columns, rows], or of [rows, columns].
bool readMatrix(ConstantProduct &product, ElementsAttr constant, bool rowsFirst, double scale = 1) {
  std::optional<std::vector<double>> values = readDoubles(constant);
  if (!values)
    return false;
  int64_t rows = product.countRows(), columns = product.columns;
  product.matrix.resize(values->size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      product.matrix[i * columns + j] = scale * (*values)[rowsFirst ? i * columns + j : j * rows + i];
  return true;
}

/// x M or M x; `rightward` says that the constant stands on the right.
std::optional<ConstantProduct> readProduct(NodeOp node, unsigned constantInput, bool transposed, double scale) {
  ElementsAttr constant = matchConstant(node.getInput(constantInput));
  bool isRight = constantInput == 1;
  ConstantProduct product;
  product.node = node;
  product.data = node.getInput(1 - constantInput);
  std::optional<ArrayRef<int64_t>> shape = staticShape(product.data);
  std::optional<ArrayRef<int64_t>> matrix = matrixShape(constant);
  if (!shape || shape->size() < 2 || !matrix ||
      constant.getShapedType().getRank() > static_cast<int64_t>(shape->size()))
    return std::nullopt;
  // On the right, [k, d] unless transposed; on the left, [d, k].
  bool rowsFirst = isRight == transposed;
  int64_t rank = shape->size(), summed = isRight ? rank - 1 : rank - 2;
  product.rows = {(*matrix)[rowsFirst ? 0 : 1]};
  product.columns = (*matrix)[rowsFirst ? 1 : 0];
  if ((*shape)[summed] != product.columns)
    return std::nullopt;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (axis != summed) {
      product.dataOrder.push_back(axis);
      product.kept.push_back((*shape)[axis]);
    }
  product.dataOrder.push_back(summed);
  product.resultOrder = firstAxes(rank);
  if (!isRight)
    std::swap(product.resultOrder[rank - 1], product.resultOrder[rank - 2]);
  return readMatrix(product, constant, rowsFirst, scale) ? std::optional(product) : std::nullopt;
}

std::optional<ConstantProduct> readEinsum(NodeOp node, unsigned constantInput) {
  std::string equation;
  for (char letter : node.getString("equation", ""))
    if (letter != ' ')
      equation += letter;
  auto [left, right] = StringRef(equation).split("->");
  auto [first, second] = left.split(',');
  StringRef ofData = constantInput == 1 ? first : second, ofConstant = constantInput == 1 ? second : first;
  ElementsAttr constant = matchConstant(node.getInput(constantInput));
  ConstantProduct product;
  product.node = node;
  product.data = node.getInput(1 - constantInput);
  std::optional<ArrayRef<int64_t>> shape = staticShape(product.data);
  ArrayRef<int64_t> extents = constant.getShapedType().getShape();
  if (!StringRef(equation).contains("->") || !shape || ofConstant.size() != extents.size())
    return std::nullopt;
  // An ellipsis belongs to the data, and to the result.
  std::string data = ofData.str(), result = right.str();
  auto spell = [&](std::string &term, size_t rank) {
    size_t dots = term.find("...");
    if (dots == std::string::npos)
      return term.size() == rank;
    if (term.size() - 3 > rank)
      return false;
    std::string letters;
    for (size_t i = 0; i < rank - (term.size() - 3); ++i)
      letters += static_cast<char>('0' + i);
    term.replace(dots, 3, letters);
    return true;
  };
  auto isOnce = [](StringRef term) { return llvm::all_of(term, [&](char letter) { return term.count(letter) == 1; }); };
  if (!spell(data, shape->size()) || !spell(result, staticShape(node.getResult(0))->size()) || !isOnce(data) ||
      !isOnce(result) || !isOnce(ofConstant) || ofConstant.contains('.'))
    return std::nullopt;
  std::string kept, summed, fresh;
  for (char letter : data)
    (ofConstant.contains(letter) ? summed : kept) += letter;
  for (char letter : result)
    if (ofConstant.contains(letter))
      fresh += letter;
  // No letter is on both sides and in the result, none is summed over on one side only.
  if (summed.empty() || fresh.empty() || summed.size() + fresh.size() != ofConstant.size() ||
      kept.size() + fresh.size() != result.size() ||
      llvm::any_of(summed, [&](char letter) { return StringRef(result).contains(letter); }))
    return std::nullopt;
  for (char letter : kept + summed)
    product.dataOrder.push_back(static_cast<int64_t>(data.find(letter)));
  for (char letter : kept)
    product.kept.push_back((*shape)[data.find(letter)]);
  for (char letter : result)
    product.resultOrder.push_back(static_cast<int64_t>((kept + fresh).find(letter)));
  for (char letter : fresh)
    product.rows.push_back(extents[ofConstant.find(letter)]);
  for (char letter : summed) {
    product.columns *= extents[ofConstant.find(letter)];
    if (extents[ofConstant.find(letter)] != (*shape)[data.find(letter)])
      return std::nullopt;
  }
  std::optional<std::vector<double>> values = readDoubles(constant);
  if (!values)
    return std::nullopt;
  // The constant's numbers in the order [fresh.., summed..].
  SmallVector<int64_t> strides(extents.size(), 1), sizes, steps;
  for (size_t i = extents.size(); i-- > 1;)
    strides[i - 1] = strides[i] * extents[i];
  for (char letter : fresh + summed) {
    sizes.push_back(extents[ofConstant.find(letter)]);
    steps.push_back(strides[ofConstant.find(letter)]);
  }
  product.matrix.reserve(values->size());
  for (int64_t at = 0, e = static_cast<int64_t>(values->size()); at < e; ++at) {
    int64_t rest = at, from = 0;
    for (size_t i = sizes.size(); i-- > 0; rest /= sizes[i])
      from += rest % sizes[i] * steps[i];
    product.matrix.push_back((*values)[from]);
  }
  return product;
}

std::optional<ConstantProduct> readConstantProduct(NodeOp node) {
  bool isKnown = node.is("MatMul") || node.is("Gemm") || node.is("Einsum");
  if (!isKnown || node.getInputs().size() < 2 || node.getInputs().size() > 3 || !node.getInput(0) ||
      !node.getInput(1) || !staticShape(node.getResult(0)) || !isa<FloatType>(getElementTypeOrSelf(node.getResult(0))))
    return std::nullopt;
  bool isLeft = static_cast<bool>(matchConstant(node.getInput(0)));
  if (isLeft == static_cast<bool>(matchConstant(node.getInput(1))))
    return std::nullopt;
  unsigned constantInput = isLeft ? 0 : 1;
  if (node.is("Einsum"))
    return node.getInputs().size() == 2 ? readEinsum(node, constantInput) : std::nullopt;
  if (node.is("MatMul"))
    return readProduct(node, constantInput, /*transposed=*/false, 1);
  // Gemm: tokens in rows, the matrix on the right.
  if (isLeft || node.getInt("transA", 0) != 0)
    return std::nullopt;
  auto product = readProduct(node, 1, node.getInt("transB", 0) != 0, node.getFloat("alpha", 1));
  if (product && node.getInput(2) && !isZeroConstant(node.getInput(2))) {
    if (node.getFloat("beta", 1) != 1)
      return std::nullopt;
    product->bias = node.getInput(2);
  }
  return product;
}

/// The kernels that a matrix is made of.
struct Structure {
  mix::ProjectionKind kind;
  SmallVector<int64_t> grid; // of one head, or one block
  int64_t heads = 1;
  bool headsLast = false; // row i of head h is row i * heads + h
  SmallVector<int64_t> shape;
  std::vector<double> kernels;
};

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

bool isInOrder(ArrayRef<int64_t> order) { return llvm::is_sorted(order); }

void commit(const ConstantProduct &product, const Structure &structure) {
  NodeOp node = product.node;
  OpBuilder builder(node);
  onnx::NodeBuilder nodes(builder, node.getLoc(), node.getVersion());
  auto type = cast<RankedTensorType>(product.data.getType());
  auto correlation = mix::OrientationAttr::get(builder.getContext(), mix::Orientation::Correlation);
  bool isGrid = structure.kind == mix::ProjectionKind::Circular2D;
  bool isBlocks = structure.kind == mix::ProjectionKind::BlockCirculant;
  SmallVector<int64_t> shape(structure.shape);
  bool hasHeads = !isBlocks && structure.heads > 1;
  if (!isBlocks && !hasHeads)
    shape.erase(shape.begin());
  Value weight = nodes.constant(makeConstant(type.clone(shape), structure.kernels, "circulant"));

  Value x = product.data;
  if (!isInOrder(product.dataOrder))
    x = nodes.transpose(x, product.dataOrder);
  SmallVector<int64_t> tokens(product.kept);
  tokens.push_back(product.columns);
  x = reshapeTo(nodes, x, tokens);
  Value y = mix::ProjectionOp::create(builder, node.getLoc(), structure.kind, x, weight, correlation,
                                      isGrid ? builder.getDenseI64ArrayAttr(structure.grid) : nullptr, nullptr);
  if (hasHeads && structure.headsLast) {
    SmallVector<int64_t> order = firstAxes(static_cast<int64_t>(tokens.size()) + 1);
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    y = nodes.transpose(y, order);
  }
  if (product.bias) { // Gemm's, over the rows or one of each
    y = reshapeTo(nodes, y, *staticShape(node.getResult(0)));
    y = nodes.create("Add", {y, product.bias});
  }
  if (!isInOrder(product.resultOrder)) {
    SmallVector<int64_t> parts(product.kept);
    parts.append(product.rows.begin(), product.rows.end());
    y = nodes.transpose(reshapeTo(nodes, y, parts), product.resultOrder);
  }
  std::string grid = llvm::join(llvm::map_range(structure.grid, [](int64_t n) { return std::to_string(n); }), " x ");
  remark::passed(node.getLoc(), remark::RemarkOpts::name("circulant-matrix").category("onnx-to-mix"))
      << llvm::formatv("{0} raised to mix.projection {1}, {2}: its matrix is {3} x {4}", describe(node),
                       stringifyProjectionKind(structure.kind),
                       isBlocks ? "blocks of " + grid
                                : llvm::formatv("{0} heads over {1}", structure.heads, grid).str(),
                       product.countRows(), product.columns)
             .str();
  replaceThroughReshapes(nodes, node.getResult(0), y);
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
