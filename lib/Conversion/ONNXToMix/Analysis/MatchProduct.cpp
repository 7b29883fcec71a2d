// Sums of products of two tensors, whatever node computes them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "NamedAxes.h"
#include "dialects/ONNX/Ops/Equation.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

Axes Product::axesOf(ArrayRef<int> letters, ArrayRef<DimList> dims) {
  Axes axes;
  for (int letter : letters)
    axes.push_back(letter == unit ? DimList() : dims[letter]);
  return axes;
}

namespace {
/// Gives letters to the axes of a product.
class Lettering {
public:
  Lettering(NodeOp node, Value a, Value b) {
    product.node = node;
    product.operands[0] = a;
    product.operands[1] = b;
    for (int i : {0, 1})
      product.letters[i].assign(shape(i).size(), Product::unit);
    product.result.assign(staticShape(node.getResult(0))->size(), Product::unit);
  }
  ArrayRef<int64_t> shape(int operand) { return *staticShape(product.operands[operand]); }

  int create(int64_t extent) {
    product.extents.push_back(extent);
    return product.extents.size() - 1;
  }
  /// The letter stands at `axis` of an operand, but where that has extent 1.
  void put(int letter, int operand, int64_t axis) {
    if (shape(operand)[axis] == product.extents[letter] && product.extents[letter] > 1)
      product.letters[operand][axis] = letter;
  }
  void putResult(int letter, int64_t axis) {
    if (product.extents[letter] > 1)
      product.result[axis] = letter;
  }

  std::optional<Product> finish() {
    ArrayRef<int64_t> result = *staticShape(product.node.getResult(0));
    for (auto [axis, letter] : llvm::enumerate(product.result))
      if (result[axis] != (letter == Product::unit ? 1 : product.extents[letter]))
        return std::nullopt;
    for (int letter = 0, e = product.extents.size(); letter < e; ++letter) {
      if (product.extents[letter] == 1)
        continue;
      bool first = llvm::is_contained(product.letters[0], letter),
           second = llvm::is_contained(product.letters[1], letter);
      // A sum over an axis of one operand alone is another thing.
      if (product.isSummed(letter) ? !first || !second : !first && !second)
        return std::nullopt;
      if (llvm::count(product.letters[0], letter) > 1 || llvm::count(product.letters[1], letter) > 1 ||
          llvm::count(product.result, letter) > 1) // a diagonal
        return std::nullopt;
    }
    return product;
  }
  Product product;
};
} // namespace

static std::optional<Product> matchMatMul(NodeOp node) {
  Lettering l(node, node.getInput(0), node.getInput(1));
  int64_t rankA = l.shape(0).size(), rankB = l.shape(1).size(), rank = l.product.result.size();
  if (rankA == 0 || rankB == 0)
    return std::nullopt;
  int64_t batch = std::max(rankA, rankB) - 2;
  if (rank != std::max<int64_t>(batch, 0) + (rankA > 1) + (rankB > 1))
    return std::nullopt;
  int summed = l.create(l.shape(0).back());
  l.put(summed, 0, rankA - 1);
  l.put(summed, 1, std::max<int64_t>(0, rankB - 2));
  int64_t axis = rank;
  if (rankB > 1) {
    int columns = l.create(l.shape(1).back());
    l.put(columns, 1, rankB - 1);
    l.putResult(columns, --axis);
  }
  if (rankA > 1) {
    int rows = l.create(l.shape(0)[rankA - 2]);
    l.put(rows, 0, rankA - 2);
    l.putResult(rows, --axis);
  }
  for (int64_t i = 0; i < axis; ++i) { // from the right
    int64_t fromA = rankA - 3 - i, fromB = rankB - 3 - i;
    int64_t extent = std::max(fromA >= 0 ? l.shape(0)[fromA] : 1, fromB >= 0 ? l.shape(1)[fromB] : 1);
    int letter = l.create(extent);
    if (fromA >= 0)
      l.put(letter, 0, fromA);
    if (fromB >= 0)
      l.put(letter, 1, fromB);
    l.putResult(letter, axis - 1 - i);
  }
  return l.finish();
}

static std::optional<Product> matchGemm(NodeOp node, ConstantFacts &constants) {
  Lettering l(node, node.getInput(0), node.getInput(1));
  bool hasSummand = node.getInput(2) && node.getFloat("beta", 1) != 0 && !isKnownZero(node.getInput(2), constants);
  if (l.shape(0).size() != 2 || l.shape(1).size() != 2 || l.product.result.size() != 2 || hasSummand)
    return std::nullopt;
  bool turnedA = node.getInt("transA", 0), turnedB = node.getInt("transB", 0);
  int rows = l.create(l.shape(0)[turnedA]), summed = l.create(l.shape(0)[!turnedA]),
      columns = l.create(l.shape(1)[!turnedB]);
  l.put(rows, 0, turnedA);
  l.put(summed, 0, !turnedA);
  l.put(summed, 1, turnedB);
  l.put(columns, 1, !turnedB);
  l.putResult(rows, 0);
  l.putResult(columns, 1);
  l.product.scale = node.getFloat("alpha", 1);
  return l.finish();
}

static std::optional<Product> matchEinsum(NodeOp node) {
  if (node.getInputs().size() != 2)
    return std::nullopt;
  Lettering l(node, node.getInput(0), node.getInput(1));
  onnx::Equation equation(node);
  if (!equation.output || equation.inputs.size() != 2)
    return std::nullopt;    // The implicit form is not what exporters write.
  constexpr int dots = 256; // 256 + i is the i-th axis from the right behind an ellipsis
  auto spell = [&](StringRef text, int64_t rank) -> std::optional<SmallVector<int>> {
    SmallVector<int> spelled;
    auto [before, after] = text.split("...");
    for (char c : before)
      spelled.push_back(c);
    if (text.contains("..."))
      for (int64_t i = rank - static_cast<int64_t>(before.size() + after.size()); i > 0; --i)
        spelled.push_back(dots + static_cast<int>(i));
    for (char c : after)
      spelled.push_back(c);
    return static_cast<int64_t>(spelled.size()) == rank ? std::optional(spelled) : std::nullopt;
  };
  auto a = spell(equation.inputs[0], l.shape(0).size()), b = spell(equation.inputs[1], l.shape(1).size()),
       out = spell(*equation.output, l.product.result.size());
  if (!a || !b || !out)
    return std::nullopt;
  llvm::DenseMap<int, int64_t> extents;
  for (auto [operand, spelled] : {std::pair(0, *a), {1, *b}})
    for (auto [name, extent] : llvm::zip(spelled, l.shape(operand)))
      extents[name] = std::max(extents.lookup(name), extent);
  llvm::DenseMap<int, int> letters;
  auto letterOf = [&](int name) {
    auto [entry, isNew] = letters.try_emplace(name, 0);
    if (isNew)
      entry->second = l.create(extents.lookup(name));
    return entry->second;
  };
  for (auto [operand, spelled] : {std::pair(0, *a), {1, *b}})
    for (auto [axis, name] : llvm::enumerate(spelled))
      l.put(letterOf(name), operand, axis);
  for (auto [axis, name] : llvm::enumerate(*out)) {
    if (!extents.contains(name))
      return std::nullopt;
    l.putResult(letterOf(name), axis);
  }
  return l.finish();
}

/// ReduceSum(Mul(a, b)).
static std::optional<Product> matchReducedProduct(NodeOp node) {
  auto mul = node.getInput(0) ? node.getInput(0).getDefiningOp<NodeOp>() : NodeOp();
  if (!mul || !mul.is("Mul") || !staticShape(mul.getInput(0)) || !staticShape(mul.getInput(1)) ||
      !staticShape(mul.getResult(0)))
    return std::nullopt;
  ArrayRef<int64_t> shape = *staticShape(mul.getResult(0));
  int64_t rank = shape.size();
  std::optional<SmallVector<int64_t>> axes = node.getInts("axes");
  if (!axes)
    axes = readIntegers(node.getInput(1));
  if (!axes || axes->empty())
    return std::nullopt;
  SmallVector<bool> summed(rank, false);
  for (int64_t axis : *axes) {
    axis = axis < 0 ? axis + rank : axis;
    if (axis < 0 || axis >= rank)
      return std::nullopt;
    summed[axis] = true;
  }
  Lettering l(node, mul.getInput(0), mul.getInput(1));
  bool keeps = node.getInt("keepdims", 1);
  int64_t resultAxis = 0;
  for (int64_t axis = 0; axis < rank; ++axis) {
    int letter = l.create(shape[axis]);
    for (int operand : {0, 1})
      if (int64_t own = axis - (rank - static_cast<int64_t>(l.shape(operand).size())); own >= 0)
        l.put(letter, operand, own);
    if (!summed[axis] && resultAxis < static_cast<int64_t>(l.product.result.size()))
      l.putResult(letter, resultAxis);
    if (!summed[axis] || keeps)
      ++resultAxis;
  }
  if (resultAxis != static_cast<int64_t>(l.product.result.size()))
    return std::nullopt;
  return l.finish();
}

std::optional<Product> matchProduct(NodeOp node, ConstantFacts &constants) {
  if (!node || !node.getDomain().empty() || node->getNumResults() != 1 || !staticShape(node.getResult(0)) ||
      !isa<FloatType>(getElementTypeOrSelf(node.getResult(0))))
    return std::nullopt;
  if (node.is("ReduceSum"))
    return matchReducedProduct(node);
  if (node.getInputs().size() < 2 || !staticShape(node.getInput(0)) || !staticShape(node.getInput(1)))
    return std::nullopt;
  if (node.is("MatMul"))
    return matchMatMul(node);
  if (node.is("Gemm"))
    return matchGemm(node, constants);
  if (node.is("Einsum"))
    return matchEinsum(node);
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
