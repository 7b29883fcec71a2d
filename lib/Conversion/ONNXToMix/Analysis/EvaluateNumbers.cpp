// Sums, products, transforms: the nodes of an evaluation that compute.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Evaluate.h"
#include "SoftmaxForm.h"
#include "dialects/ONNX/Ops/Equation.h"
#include "fourmix/Support/Constants.h"
#include "lib/Kernels/Grid.h"
#include <map>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

/// Beyond so many multiplications nothing is evaluated.
static constexpr double mostProducts = double(1 << 30);

static SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

/// The strides of `shape` seen as `to`, as NumPy broadcasts; nullopt if it does not.
static std::optional<SmallVector<int64_t>> broadcastStrides(ArrayRef<int64_t> shape, ArrayRef<int64_t> to) {
  if (shape.size() > to.size())
    return std::nullopt;
  SmallVector<int64_t> strides(to.size() - shape.size(), 0), own = stridesOf(shape);
  for (auto [extent, stride, wanted] : llvm::zip_equal(shape, own, to.take_back(shape.size()))) {
    if (extent != wanted && extent != 1)
      return std::nullopt;
    strides.push_back(extent == 1 ? 0 : stride);
  }
  return strides;
}

/// Calls `use(offsets)` for every index of `shape` in row-major order; offset i follows strides[i].
template <typename Use>
static void walk(ArrayRef<int64_t> shape, ArrayRef<SmallVector<int64_t>> strides, Use use) {
  SmallVector<int64_t> index(shape.size(), 0), offsets(strides.size(), 0);
  for (int64_t i = 0, e = ShapedType::getNumElements(shape); i < e; ++i) {
    use(i, offsets);
    for (size_t axis = shape.size(); axis-- > 0;) {
      bool wraps = ++index[axis] == shape[axis];
      for (auto [offset, stride] : llvm::zip_equal(offsets, strides))
        offset += wraps ? -stride[axis] * (shape[axis] - 1) : stride[axis];
      if (!wraps)
        break;
      index[axis] = 0;
    }
  }
}

std::optional<Numbers> Evaluation::reduceSum(NodeOp node) {
  const Numbers *operand = get(node.getInput(0));
  std::optional<SmallVector<int64_t>> axes = operand ? reducedAxes(node) : std::nullopt;
  if (!axes)
    return std::nullopt;
  Numbers result = Numbers::zeros(*staticShape(node.getResult(0)));
  // The result has no step along the axes that are summed.
  SmallVector<int64_t> kept = operand->shape;
  for (int64_t axis : *axes)
    kept[axis] = 1;
  if (ShapedType::getNumElements(kept) != result.size())
    return std::nullopt;
  walk(operand->shape, *broadcastStrides(kept, operand->shape),
       [&](int64_t at, ArrayRef<int64_t> offset) { result.values[offset[0]] += operand->values[at]; });
  return result;
}

std::optional<Numbers> Evaluation::elementwise(NodeOp node) {
  Numbers result = Numbers::zeros(*staticShape(node.getResult(0)));
  bool isFirst = true;
  for (Value input : node.getInputs()) {
    const Numbers *operand = get(input);
    auto strides = operand ? broadcastStrides(operand->shape, result.shape) : std::nullopt;
    if (!strides)
      return std::nullopt;
    walk(result.shape, *strides, [&](int64_t at, ArrayRef<int64_t> offset) {
      double &value = result.values[at], other = operand->values[offset[0]];
      if (isFirst)
        value = node.is("Neg") ? -other : other;
      else if (node.is("Add") || node.is("Sum"))
        value += other;
      else if (node.is("Sub"))
        value -= other;
      else if (node.is("Mul"))
        value *= other;
      else
        value /= other;
    });
    isFirst = false;
  }
  return result;
}

std::optional<Numbers> Evaluation::scatter(NodeOp node) {
  const Numbers *data = get(node.getInput(0)), *updates = get(node.getInput(2));
  auto indices = readIntegers(node.getInput(1));
  std::optional<ArrayRef<int64_t>> indexShape = staticShape(node.getInput(1));
  if (!data || !updates || !indices || !indexShape || indexShape->empty() ||
      node.getString("reduction", "none") != "none")
    return std::nullopt;
  int64_t depth = indexShape->back(), rank = data->shape.size();
  if (depth < 1 || depth > rank)
    return std::nullopt;
  SmallVector<int64_t> strides = stridesOf(data->shape);
  int64_t block = ShapedType::getNumElements(ArrayRef(data->shape).drop_front(depth));
  int64_t count = static_cast<int64_t>(indices->size()) / depth;
  if (updates->size() != count * block)
    return std::nullopt;
  Numbers result = *data;
  for (int64_t i = 0; i < count; ++i) {
    int64_t to = 0;
    for (int64_t axis = 0; axis < depth; ++axis) {
      int64_t index = (*indices)[i * depth + axis];
      index += index < 0 ? data->shape[axis] : 0;
      if (index < 0 || index >= data->shape[axis])
        return std::nullopt;
      to += index * strides[axis];
    }
    std::copy_n(&updates->values[i * block], block, &result.values[to]);
  }
  return result;
}

std::optional<Numbers> Evaluation::dft(NodeOp node) {
  const Numbers *input = get(node.getInput(0));
  std::optional<TransformNode> transform = input ? readTransform(node) : std::nullopt;
  if (!transform)
    return std::nullopt;
  auto [axis, length, inverse, onesided] = *transform;
  // [.., 1 or 2] to two planes and back.
  kernels::ComplexGrid grid;
  grid.shape.assign(input->shape.begin(), input->shape.end() - 1);
  bool isComplex = input->shape.back() == 2;
  for (int64_t i = 0; i < input->size(); i += input->shape.back()) {
    grid.re.push_back(input->values[i]);
    if (isComplex)
      grid.im.push_back(input->values[i + 1]);
  }
  Numbers result = Numbers::zeros(*staticShape(node.getResult(0)));
  if (onesided && inverse)
    grid = kernels::fromHalfSpectrum(std::move(grid), {axis}, {length});
  else
    grid = kernels::transformAxis(grid, axis, length, inverse, onesided ? length / 2 + 1 : length);
  int64_t parts = result.shape.back();
  if (result.size() != static_cast<int64_t>(grid.re.size()) * parts)
    return std::nullopt;
  for (size_t i = 0; i < grid.re.size(); ++i) {
    result.values[i * parts] = grid.re[i];
    if (parts == 2)
      result.values[i * parts + 1] = grid.im[i];
  }
  return result;
}

/// The sum over all indices of `loops` of the product of the operands, at the result's offset.
static std::optional<Numbers> contract(ArrayRef<const Numbers *> operands, ArrayRef<SmallVector<int64_t>> strides,
                                       ArrayRef<int64_t> loops, SmallVector<int64_t> toResult,
                                       ArrayRef<int64_t> resultShape) {
  if (static_cast<double>(ShapedType::getNumElements(loops)) > mostProducts)
    return std::nullopt;
  Numbers result = Numbers::zeros(resultShape);
  SmallVector<SmallVector<int64_t>> all(strides);
  all.push_back(std::move(toResult));
  walk(loops, all, [&](int64_t, ArrayRef<int64_t> offsets) {
    double product = 1;
    for (auto [operand, offset] : llvm::zip_equal(operands, offsets.drop_back()))
      product *= operand->values[offset];
    result.values[offsets.back()] += product;
  });
  return result;
}

std::optional<Numbers> Evaluation::matMul(NodeOp node) {
  const Numbers *left = get(node.getInput(0)), *right = get(node.getInput(1));
  if (!left || !right || left->shape.empty() || right->shape.empty())
    return std::nullopt;
  // A vector is one row, or one column.
  SmallVector<int64_t> shape(*staticShape(node.getResult(0))), a = left->shape, b = right->shape;
  if (b.size() == 1) {
    b.push_back(1);
    shape.push_back(1);
  }
  if (a.size() == 1) {
    a.insert(a.begin(), 1);
    shape.insert(shape.end() - 1, 1);
  }
  if (shape.size() < 2)
    return std::nullopt;
  // Loops: batch, rows, columns, inner.
  int64_t inner = a.back();
  SmallVector<int64_t> loops(shape), toLeft(shape), toRight(shape);
  loops.push_back(inner);
  toLeft.back() = inner;
  toRight[toRight.size() - 2] = inner;
  auto leftStrides = broadcastStrides(a, toLeft), rightStrides = broadcastStrides(b, toRight);
  if (!leftStrides || !rightStrides)
    return std::nullopt;
  size_t rank = shape.size();
  leftStrides->push_back((*leftStrides)[rank - 1]);
  (*leftStrides)[rank - 1] = 0;
  rightStrides->push_back((*rightStrides)[rank - 2]);
  (*rightStrides)[rank - 2] = 0;
  SmallVector<int64_t> toResult = stridesOf(shape);
  toResult.push_back(0);
  return contract({left, right}, {*leftStrides, *rightStrides}, loops, std::move(toResult),
                  *staticShape(node.getResult(0)));
}

std::optional<Numbers> Evaluation::einsum(NodeOp node) {
  onnx::Equation equation(node);
  ArrayRef<int64_t> shape = *staticShape(node.getResult(0));
  if (!equation.output || equation.inputs.size() != node.getInputs().size())
    return std::nullopt;
  // An ellipsis is spelt with capital letters from the right, which a second use as a name forbids.
  bool hasEllipsis = StringRef(equation.text).contains("...");
  if (hasEllipsis && llvm::any_of(equation.text, [](char letter) { return letter >= 'A' && letter <= 'Z'; }))
    return std::nullopt;
  auto spell = [](StringRef term, size_t rank) -> std::optional<std::string> {
    auto [before, after] = term.split("...");
    if (!term.contains("..."))
      return term.size() == rank ? std::optional(term.str()) : std::nullopt;
    if (before.size() + after.size() > rank)
      return std::nullopt;
    size_t hidden = rank - before.size() - after.size();
    std::string letters = before.str();
    for (size_t i = 0; i < hidden; ++i)
      letters += static_cast<char>('A' + hidden - 1 - i);
    return letters + after.str();
  };
  std::map<char, int64_t> extents;
  SmallVector<std::string> spelled;
  SmallVector<const Numbers *> operands;
  for (auto [term, input] : llvm::zip_equal(equation.inputs, node.getInputs())) {
    const Numbers *operand = get(input);
    std::optional<std::string> letters = operand ? spell(term, operand->shape.size()) : std::nullopt;
    if (!letters)
      return std::nullopt;
    for (auto [letter, extent] : llvm::zip_equal(*letters, operand->shape)) {
      int64_t &known = extents.try_emplace(letter, extent).first->second;
      if (known != extent && known != 1 && extent != 1)
        return std::nullopt;
      known = std::max(known, extent);
    }
    operands.push_back(operand);
    spelled.push_back(*letters);
  }
  std::optional<std::string> output = spell(*equation.output, shape.size());
  if (!output || llvm::any_of(*output, [&](char letter) { return !extents.contains(letter); }))
    return std::nullopt;
  SmallVector<int64_t> loops;
  for (auto [letter, extent] : extents)
    loops.push_back(extent);
  auto stridesFor = [&](StringRef letters, ArrayRef<int64_t> shape) {
    SmallVector<int64_t> strides, own = stridesOf(shape);
    for (const auto &entry : extents) {
      strides.push_back(0);
      for (auto [name, stride, extent] : llvm::zip_equal(letters, own, shape))
        if (name == entry.first && extent != 1)
          strides.back() += stride;
    }
    return strides;
  };
  SmallVector<SmallVector<int64_t>> strides;
  for (auto [letters, operand] : llvm::zip_equal(spelled, operands))
    strides.push_back(stridesFor(letters, operand->shape));
  return contract(operands, strides, loops, stridesFor(*output, shape), shape);
}

} // namespace fourmix::onnx_to_mix
