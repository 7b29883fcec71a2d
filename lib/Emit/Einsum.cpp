// Einsum: any number of operands, contracted pair by pair.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Einsum.h"
#include "fourmix/Support/Equation.h"
#include <cmath>
#include <map>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// A tensor whose dimensions are named, each name once.
struct Operand {
  Value value;
  Labels labels;
};

class Contraction {
public:
  Contraction(Emit &e, ValueRange values, ArrayRef<Labels> inputs, const Labels &output) : e(e), output(output) {
    for (auto [value, labels] : llvm::zip(values, inputs)) {
      for (auto [label, size] : llvm::zip(labels, Emit::shapeOf(value)))
        sizes[label] = std::max(sizes.count(label) ? sizes[label] : 0, size);
      operands.push_back({value, labels});
    }
    for (Label label : output)
      if (sizes[label] != 1)
        wanted.push_back(label);
  }

  Value run(Shape resultShape) {
    for (Operand &operand : operands)
      simplify(operand);
    while (operands.size() > 1) {
      std::pair<size_t, size_t> pair;
      cheapest(llvm::map_to_vector(operands, [](const Operand &each) { return each.labels; }), pair);
      auto [i, j] = pair;
      Operand rhs = operands[j], lhs = operands[i];
      operands.erase(operands.begin() + j);
      operands.erase(operands.begin() + i);
      sumUnused(lhs, &rhs);
      sumUnused(rhs, &lhs);
      operands.insert(operands.begin() + i, contract(lhs, rhs));
    }
    Operand last = operands.front();
    sumUnused(last, nullptr);
    return e.reshape(align(last, wanted), resultShape);
  }

private:
  /// Drops dimensions of size 1 (those that broadcast among them) and takes diagonals.
  void simplify(Operand &operand) {
    Labels kept, distinct;
    SmallVector<int64_t> keptShape, shape;
    for (auto [label, size] : llvm::zip(operand.labels, Emit::shapeOf(operand.value))) {
      if (size == 1)
        continue;
      kept.push_back(label);
      keptShape.push_back(size);
      if (llvm::is_contained(distinct, label))
        continue;
      distinct.push_back(label);
      shape.push_back(size);
    }
    operand.value = e.reshape(operand.value, keptShape);
    if (distinct.size() != kept.size()) {
      SmallVector<AffineExpr> exprs;
      for (Label label : kept)
        exprs.push_back(e.builder.getAffineDimExpr(llvm::find(distinct, label) - distinct.begin()));
      AffineMap diagonal = AffineMap::get(distinct.size(), 0, exprs, e.builder.getContext());
      operand.value = e.map(shape, Emit::elementOf(operand.value), operand.value, diagonal,
                            [](Scalars &, ValueRange x) { return x[0]; });
    }
    operand.labels = distinct;
  }

  bool isNeeded(Label label, const Operand *other) {
    if (llvm::is_contained(wanted, label) || (other && llvm::is_contained(other->labels, label)))
      return true;
    return llvm::any_of(operands, [&](const Operand &each) { return llvm::is_contained(each.labels, label); });
  }

  /// Sums over what neither the result nor another operand names; `operands` does not hold `operand` any more, or
  /// holds nothing else.
  void sumUnused(Operand &operand, const Operand *other) {
    SmallVector<int64_t> axes;
    Labels kept;
    for (auto [i, label] : llvm::enumerate(operand.labels)) {
      bool needed = other ? isNeeded(label, other) : llvm::is_contained(wanted, label);
      if (needed)
        kept.push_back(label);
      else
        axes.push_back(i);
    }
    if (axes.empty())
      return;
    Scalars s(e.builder, e.loc, false);
    operand.value = e.reduce(operand.value, axes, s.constant(Emit::elementOf(operand.value), 0),
                             [](Scalars &s, ValueRange x) { return s.add(x[1], x[0]); });
    operand.labels = kept;
  }

  int64_t extent(ArrayRef<Label> labels) {
    int64_t count = 1;
    for (Label label : labels)
      count *= sizes[label];
    return count;
  }

  /// What is left of two operands' labels when they are contracted and `rest` and the result stay.
  Labels contracted(const Labels &lhs, const Labels &rhs, ArrayRef<Labels> rest) {
    Labels left;
    for (const Labels *side : {&lhs, &rhs})
      for (Label label : *side) {
        bool needed = llvm::is_contained(wanted, label) ||
                      llvm::any_of(rest, [&](const Labels &each) { return llvm::is_contained(each, label); });
        if (needed && !llvm::is_contained(left, label))
          left.push_back(label);
      }
    return left;
  }

  /// The fewest multiplications that contract all of `labels`, and the pair that comes first.
  double cheapest(SmallVector<Labels> labels, std::pair<size_t, size_t> &first) {
    constexpr size_t exhaustive = 5; // From there on, the next pair only.
    double least = HUGE_VAL;
    for (size_t i = 0; i < labels.size(); ++i)
      for (size_t j = i + 1; j < labels.size(); ++j) {
        double cost = extent(labels[i]);
        for (Label label : labels[j])
          if (!llvm::is_contained(labels[i], label))
            cost *= sizes[label];
        SmallVector<Labels> rest;
        for (size_t other = 0; other < labels.size(); ++other)
          if (other != i && other != j)
            rest.push_back(labels[other]);
        if (!rest.empty() && labels.size() <= exhaustive) {
          rest.push_back(contracted(labels[i], labels[j], rest));
          std::pair<size_t, size_t> ignored;
          cost += cheapest(rest, ignored);
        }
        if (cost < least) { // The leftmost of equals.
          least = cost;
          first = {i, j};
        }
      }
    return least;
  }

  /// The operand with its dimensions in the order of `labels`, size 1 where it has no such dimension.
  Value align(const Operand &operand, ArrayRef<Label> labels) {
    SmallVector<int64_t> permutation, shape;
    for (Label label : labels) {
      auto found = llvm::find(operand.labels, label);
      bool present = found != operand.labels.end();
      if (present)
        permutation.push_back(found - operand.labels.begin());
      shape.push_back(present ? sizes[label] : 1);
    }
    return e.reshape(e.transpose(operand.value, permutation), shape);
  }

  /// Which part each label plays in a product of two operands.
  struct Parts {
    Labels batch, rows, columns, summed;

    Labels result() const { return joined({batch, rows, columns}); }
  };

  static Labels joined(std::initializer_list<ArrayRef<Label>> parts) {
    Labels all;
    for (ArrayRef<Label> part : parts)
      all.append(part.begin(), part.end());
    return all;
  }

  Parts classify(const Operand &lhs, const Operand &rhs) {
    Parts parts;
    for (Label label : lhs.labels) {
      bool shared = llvm::is_contained(rhs.labels, label);
      (!shared ? parts.rows : isNeeded(label, nullptr) ? parts.batch : parts.summed).push_back(label);
    }
    for (Label label : rhs.labels)
      if (!llvm::is_contained(lhs.labels, label))
        parts.columns.push_back(label);
    return parts;
  }

  Operand contract(Operand lhs, Operand rhs) {
    Parts parts = classify(lhs, rhs);
    bool last = operands.empty();
    if (last && parts.result() != wanted) { // The other order may give the result as it is wanted.
      Parts swapped = classify(rhs, lhs);
      if (swapped.result() == wanted) {
        std::swap(lhs, rhs);
        parts = swapped;
      }
    }
    Labels result = last ? wanted : parts.result();
    SmallVector<int64_t> shape;
    for (Label label : result)
      shape.push_back(sizes[label]);
    if (parts.summed.empty()) {
      Value value = e.elementwise(shape, Emit::elementOf(lhs.value), {align(lhs, result), align(rhs, result)},
                                  [](Scalars &s, ValueRange x) { return s.mul(x[0], x[1]); });
      return {value, result};
    }
    bool isMatmul = lhs.labels == joined({parts.batch, parts.rows, parts.summed}) &&
                    rhs.labels == joined({parts.batch, parts.summed, parts.columns}) && result == parts.result();
    if (!isMatmul && parts.summed.size() == 1)
      return {generic(lhs, rhs, result, parts.summed, shape), result};
    return {asMatmul(lhs, rhs, parts, result), result};
  }

  /// One contraction that reads both operands as they lie.
  Value generic(const Operand &lhs, const Operand &rhs, ArrayRef<Label> result, ArrayRef<Label> summed, Shape shape) {
    Labels loops = joined({result, summed});
    auto mapOf = [&](ArrayRef<Label> labels) {
      SmallVector<AffineExpr> exprs;
      for (Label label : labels)
        exprs.push_back(e.builder.getAffineDimExpr(llvm::find(loops, label) - loops.begin()));
      return AffineMap::get(loops.size(), 0, exprs, e.builder.getContext());
    };
    return e.contract(lhs.value, rhs.value, {mapOf(lhs.labels), mapOf(rhs.labels), mapOf(result)}, shape);
  }

  /// Operands brought to [batch, rows, summed] and [batch, summed, columns].
  Value asMatmul(const Operand &lhs, const Operand &rhs, const Parts &parts, ArrayRef<Label> result) {
    Value a = align(lhs, joined({parts.batch, parts.rows, parts.summed}));
    Value b = align(rhs, joined({parts.batch, parts.summed, parts.columns}));
    int64_t batches = extent(parts.batch), m = extent(parts.rows), k = extent(parts.summed), c = extent(parts.columns);
    Value value = parts.batch.empty() ? e.matmul(e.reshape(a, {m, k}), e.reshape(b, {k, c}))
                                      : e.matmul(e.reshape(a, {batches, m, k}), e.reshape(b, {batches, k, c}));
    Operand product{{}, parts.result()};
    SmallVector<int64_t> shape;
    for (Label label : product.labels)
      shape.push_back(sizes[label]);
    product.value = e.reshape(value, shape);
    return align(product, result);
  }

  Emit &e;
  Labels output, wanted;
  std::map<Label, int64_t> sizes;
  SmallVector<Operand> operands;
};

} // namespace

Value einsum(Emit &e, ValueRange operands, ArrayRef<Labels> inputs, const Labels &output, Shape result) {
  return Contraction(e, operands, inputs, output).run(result);
}

Value einsum(Emit &e, StringRef equation, ValueRange operands) {
  Equation written(equation.str());
  std::map<Label, int64_t> extents;
  SmallVector<Labels> inputs;
  for (auto [term, operand] : llvm::zip_equal(written.inputs, operands)) {
    inputs.emplace_back(term.begin(), term.end());
    for (auto [label, extent] : llvm::zip_equal(inputs.back(), Emit::shapeOf(operand)))
      extents[label] = std::max(extents[label], extent);
  }
  Labels output(written.output->begin(), written.output->end());
  SmallVector<int64_t> result;
  for (Label label : output)
    result.push_back(extents.at(label));
  return einsum(e, operands, inputs, output, result);
}

} // namespace fourmix::lowering
