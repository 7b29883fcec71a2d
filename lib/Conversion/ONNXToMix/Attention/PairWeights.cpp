// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PairWeights.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;

namespace fourmix::onnx_to_mix {

static double largestOf(ArrayRef<double> numbers) {
  double largest = 0;
  for (double number : numbers)
    largest = std::max(largest, std::abs(number));
  return largest;
}

bool PairWeights::operator==(const PairWeights &other) const {
  if (isCausal != other.isCausal || heads != other.heads || !toeplitz != !other.toeplitz)
    return false;
  if (toeplitz && getKernel() == other.getKernel())
    return true;
  auto numbersOf = [](const PairWeights &weights) -> std::optional<std::vector<double>> {
    if (!weights.toeplitz)
      return weights.kernel;
    ElementsAttr constant = matchConstant(weights.getKernel());
    return constant ? readDoubles(constant) : std::nullopt;
  };
  std::optional<std::vector<double>> x = numbersOf(*this), y = numbersOf(other);
  if (!x || !y || x->size() != y->size())
    return false;
  double slack = tolerance * largestOf(*x);
  return llvm::all_of(llvm::zip(*x, *y),
                      [&](auto pair) { return std::abs(std::get<0>(pair) - std::get<1>(pair)) <= slack; });
}

/// Heads stand in one axis before the positions, as the kernel's first, or nowhere.
static bool isKernelPerHead(const ProductFactor &distances, size_t place) {
  SmallVector<size_t> axes;
  for (auto [axis, list] : llvm::enumerate(distances.axes))
    if (axis != place && !list.empty())
      axes.push_back(axis);
  return axes.empty() || (axes.size() == 1 && axes[0] < place);
}

/// The numbers of a constant over [heads, queries, keys].
static bool readNumbers(const ProductFactor &factor, Dim query, Dim key, const DimTable &dims, PairWeights &weights,
                        std::string &problem) {
  DimList order = weights.heads;
  order.append({query, key});
  std::optional<std::vector<double>> numbers = readArranged(factor, order, dims);
  int64_t n = dims.extent(key), distances = 2 * n - 1;
  if (!numbers || n < 2)
    return false;
  double slack = tolerance * largestOf(*numbers);
  std::vector<double> kernel(dims.product(weights.heads) * distances, NAN);
  bool isLower = true, isOne = true;
  for (auto [place, number] : llvm::enumerate(*numbers)) {
    auto at = static_cast<int64_t>(place);
    int64_t k = at % n, q = at / n % n, head = at / n / n;
    double &known = kernel[head * distances + k - q + n - 1];
    if (weights.isCausal && k > q)
      number = 0;
    if (std::isnan(known))
      known = number;
    if (!(std::abs(number - known) <= slack)) {
      problem = "its mask of pairs of positions is no number per distance";
      return false;
    }
    isLower &= k <= q || number == 0;
    isOne &= k > q || number == 1;
  }
  weights.isCausal |= isLower;
  if (isLower && isOne)
    weights.heads.clear();
  else
    weights.kernel = std::move(kernel);
  return true;
}

std::optional<PairWeights> readPairWeights(ArrayRef<const ProductFactor *> factors, const PairDims &roles,
                                           const DimTable &dims, std::string &problem) {
  PairWeights weights;
  if (factors.empty())
    return weights;
  if (roles.keys.size() != 1)
    return std::nullopt;
  Dim key = roles.keys[0];
  std::optional<Dim> query;
  const ProductFactor *numbers = nullptr;
  for (const ProductFactor *factor : factors) {
    DimList own = flatten(factor->axes);
    std::optional<Dim> place;
    if (factor->kind == ProductFactor::Triangle) {
      place = factor->axes[0][0];
    } else if (factor->kind == ProductFactor::Distances) {
      place = factor->axes[factor->value.getDefiningOp<mix::ToeplitzOp>().getAxis()][0];
    } else {
      for (Dim dim : own) // Positions stand behind heads.
        if (dim != key && llvm::is_contained(roles.free, dim) && dims.extent(dim) == dims.extent(key))
          place = dim;
    }
    if (!place || !llvm::is_contained(own, key) || !llvm::is_contained(roles.free, *place) ||
        (query && *query != *place))
      return std::nullopt;
    query = place;
    DimList heads = without(own, {*place, key});
    if (!llvm::all_of(heads, [&](Dim dim) { return llvm::is_contained(roles.outer, dim); }))
      return std::nullopt;
    if (factor->kind == ProductFactor::Triangle) {
      if (factor->axes[1][0] != key)
        return std::nullopt;
      weights.isCausal = true;
      continue;
    }
    if (numbers)
      return std::nullopt;
    numbers = factor;
    weights.heads = heads;
  }
  if (!numbers)
    return weights;
  if (numbers->kind == ProductFactor::Distances) {
    weights.toeplitz = numbers->value.getDefiningOp<mix::ToeplitzOp>();
    return isKernelPerHead(*numbers, weights.toeplitz.getAxis()) ? std::optional(weights) : std::nullopt;
  }
  return readNumbers(*numbers, *query, key, dims, weights, problem) ? std::optional(weights) : std::nullopt;
}

} // namespace fourmix::onnx_to_mix
