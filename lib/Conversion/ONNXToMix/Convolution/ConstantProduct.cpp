// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ConstantProduct.h"
#include "dialects/ONNX/Ops/Equation.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearAnalysis.h"
#include "lib/Conversion/ONNXToMix/Analysis/Splice.h"
#include <numeric>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

static SmallVector<int64_t> firstAxes(int64_t count) {
  SmallVector<int64_t> axes(count);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

/// The shape of a constant of rank 2 behind leading extents of 1.
static std::optional<ArrayRef<int64_t>> matrixShape(ElementsAttr constant) {
  ArrayRef<int64_t> shape = constant.getShapedType().getShape();
  if (shape.size() < 2 || !llvm::all_of(shape.drop_back(2), [](int64_t extent) { return extent == 1; }))
    return std::nullopt;
  return shape.take_back(2);
}

/// Fills in the matrix from a constant of [columns, rows], or of [rows, columns].
static bool readMatrix(ConstantProduct &product, ElementsAttr constant, bool rowsFirst, double scale = 1) {
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
static std::optional<ConstantProduct> readProduct(NodeOp node, unsigned constantInput, bool transposed, double scale) {
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

static std::optional<ConstantProduct> readEinsum(NodeOp node, unsigned constantInput) {
  onnx::Equation equation(node);
  if (!equation.output || equation.inputs.size() != 2)
    return std::nullopt;
  StringRef ofConstant = equation.inputs[constantInput];
  ElementsAttr constant = matchConstant(node.getInput(constantInput));
  ConstantProduct product;
  product.node = node;
  product.data = node.getInput(1 - constantInput);
  std::optional<ArrayRef<int64_t>> shape = staticShape(product.data);
  ArrayRef<int64_t> extents = constant.getShapedType().getShape();
  if (!shape || ofConstant.size() != extents.size())
    return std::nullopt;
  // An ellipsis belongs to the data, and to the result.
  std::string data = equation.inputs[1 - constantInput], result = *equation.output;
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

std::optional<ConstantProduct> onnx_to_mix::readConstantProduct(NodeOp node) {
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

static bool isInOrder(ArrayRef<int64_t> order) { return llvm::is_sorted(order); }

mix::ProjectionOp onnx_to_mix::replaceProduct(const ConstantProduct &product, const Structure &structure) {
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
  auto projection = mix::ProjectionOp::create(builder, node.getLoc(), structure.kind, x, weight, correlation,
                                              isGrid ? builder.getDenseI64ArrayAttr(structure.grid) : nullptr, nullptr);
  Value y = projection;
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
  replaceThroughReshapes(nodes, node.getResult(0), y);
  return projection;
}
