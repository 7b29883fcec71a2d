// Einsum: any number of operands, contracted pair by pair.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <map>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// A dimension's name: a letter, or 256 + i for the i-th dimension from the right behind an ellipsis.
using Label = int;
using Labels = SmallVector<Label>;

/// A tensor whose dimensions are named, each name once.
struct Operand {
  Value value;
  Labels labels;
};

struct Equation {
  SmallVector<Labels> inputs;
  Labels output;
};

/// Reads one term ("b...ij") for a tensor of `rank` dimensions; -1 for the output, whose ellipsis stands for
/// `ellipsis` dimensions.
LogicalResult readTerm(NodeLowering &n, StringRef term, int64_t rank, int64_t ellipsis, Labels &labels) {
  std::string letters;
  for (char c : term)
    if (c != ' ')
      letters.push_back(c);
  StringRef text = letters;
  size_t dots = text.find("...");
  int64_t named = dots == StringRef::npos ? text.size() : text.size() - 3;
  int64_t hidden = dots == StringRef::npos ? 0 : rank < 0 ? ellipsis : rank - named;
  if (rank >= 0 && (hidden < 0 || named + hidden != rank))
    return n.node.emitNodeError() << "term '" << term << "' does not fit an operand of rank " << rank;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == dots) {
      for (int64_t h = hidden; h > 0; --h)
        labels.push_back(256 + h - 1);
      i += 2;
    } else if (llvm::isAlpha(text[i])) {
      labels.push_back(text[i]);
    } else {
      return n.node.emitNodeError() << "term '" << term << "' of the equation is malformed";
    }
  }
  return success();
}

LogicalResult readEquation(NodeLowering &n, Equation &equation) {
  StringRef text = n.node.getString("equation", "");
  auto [left, right] = text.split("->");
  bool isExplicit = text.contains("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != n.inputs.size())
    return n.node.emitNodeError() << "equation '" << text << "' has " << terms.size() << " terms for "
                                  << n.inputs.size() << " operands";
  int64_t ellipsis = 0;
  std::map<Label, int> uses;
  for (auto [term, input] : llvm::zip(terms, n.inputs)) {
    Labels labels;
    if (failed(readTerm(n, term, Emit::rankOf(input), 0, labels)))
      return failure();
    for (Label label : labels) {
      ++uses[label];
      if (label >= 256)
        ellipsis = std::max<int64_t>(ellipsis, label - 255);
    }
    equation.inputs.push_back(labels);
  }
  if (isExplicit)
    return readTerm(n, right, -1, ellipsis, equation.output);
  for (int64_t h = ellipsis; h > 0; --h)
    equation.output.push_back(256 + h - 1);
  for (auto [label, count] : uses) // In alphabetical order, those that occur once.
    if (label < 256 && count == 1)
      equation.output.push_back(label);
  return success();
}

class Contraction {
public:
  Contraction(NodeLowering &n, const Equation &equation) : n(n), output(equation.output) {
    for (auto [value, labels] : llvm::zip(n.inputs, equation.inputs)) {
      for (auto [label, size] : llvm::zip(labels, Emit::shapeOf(value)))
        sizes[label] = std::max(sizes.count(label) ? sizes[label] : 0, size);
      operands.push_back({value, labels});
    }
    for (Label label : output)
      if (sizes[label] != 1)
        wanted.push_back(label);
  }

  Value run() {
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
    return n.reshape(align(last, wanted), n.resultShape());
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
    operand.value = n.reshape(operand.value, keptShape);
    if (distinct.size() != kept.size()) {
      SmallVector<AffineExpr> exprs;
      for (Label label : kept)
        exprs.push_back(n.builder.getAffineDimExpr(llvm::find(distinct, label) - distinct.begin()));
      AffineMap diagonal = AffineMap::get(distinct.size(), 0, exprs, n.builder.getContext());
      operand.value = n.map(shape, Emit::elementOf(operand.value), operand.value, diagonal,
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
    Scalars s(n.builder, n.loc, false);
    operand.value = n.reduce(operand.value, axes, s.constant(Emit::elementOf(operand.value), 0),
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
    return n.reshape(n.transpose(operand.value, permutation), shape);
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
      Value value = n.elementwise(shape, Emit::elementOf(lhs.value), {align(lhs, result), align(rhs, result)},
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
        exprs.push_back(n.builder.getAffineDimExpr(llvm::find(loops, label) - loops.begin()));
      return AffineMap::get(loops.size(), 0, exprs, n.builder.getContext());
    };
    return n.contract(lhs.value, rhs.value, {mapOf(lhs.labels), mapOf(rhs.labels), mapOf(result)}, shape);
  }

  /// Operands brought to [batch, rows, summed] and [batch, summed, columns].
  Value asMatmul(const Operand &lhs, const Operand &rhs, const Parts &parts, ArrayRef<Label> result) {
    Value a = align(lhs, joined({parts.batch, parts.rows, parts.summed}));
    Value b = align(rhs, joined({parts.batch, parts.summed, parts.columns}));
    int64_t batches = extent(parts.batch), m = extent(parts.rows), k = extent(parts.summed), c = extent(parts.columns);
    Value value = parts.batch.empty() ? n.matmul(n.reshape(a, {m, k}), n.reshape(b, {k, c}))
                                      : n.matmul(n.reshape(a, {batches, m, k}), n.reshape(b, {batches, k, c}));
    Operand product{{}, parts.result()};
    SmallVector<int64_t> shape;
    for (Label label : product.labels)
      shape.push_back(sizes[label]);
    product.value = n.reshape(value, shape);
    return align(product, result);
  }

  NodeLowering &n;
  Labels output, wanted;
  std::map<Label, int64_t> sizes;
  SmallVector<Operand> operands;
};

LogicalResult lowerEinsum(NodeLowering &n) {
  Equation equation;
  if (failed(readEquation(n, equation)))
    return failure();
  for (Label label : equation.output)
    if (llvm::none_of(equation.inputs, [&](const Labels &labels) { return llvm::is_contained(labels, label); }))
      return n.node.emitNodeError() << "the result names a dimension that no operand has";
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(n.resultShape(), n.resultType().getElementType()));
  return n.set(Contraction(n, equation).run());
}

} // namespace

void addEinsumRows(LoweringTable &table) { table.add("Einsum", 12, lowerEinsum); }

} // namespace fourmix::lowering
