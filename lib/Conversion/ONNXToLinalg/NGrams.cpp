// TfIdfVectorizer: how often each n-gram of a pool occurs in a sequence of integers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// counts[b, o] = in how many places of x[b, :] the n-gram grams[o, :] stands, its items up to `skips` + 1 apart, times
/// isGram[o].
Value countGrams(NodeLowering &n, Value x, Value grams, Value isGram, int64_t length, int64_t skips) {
  Shape shape = Emit::shapeOf(x);
  int64_t batch = shape[0], steps = shape[1], outputs = Emit::shapeOf(grams)[0];
  MLIRContext *context = n.builder.getContext();
  Type type = n.builder.getF32Type();
  auto loop = [&](int64_t i) { return getAffineDimExpr(i, context); };
  // Loops: batch, output, skip, place.
  Value window = n.empty({skips + 1, steps}, type), init = n.zeros({batch, outputs}, type);
  SmallVector<Value> operands{window, isGram};
  SmallVector<AffineMap> maps{AffineMap::get(4, 0, {loop(2), loop(3)}, context),
                              AffineMap::get(4, 0, loop(1), context)};
  for (int64_t i = 0; i < length; ++i) {
    operands.push_back(grams);
    maps.push_back(AffineMap::get(4, 0, {loop(1), getAffineConstantExpr(i, context)}, context));
  }
  maps.push_back(AffineMap::get(4, 0, {loop(0), loop(1)}, context));
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  iterators.append(2, utils::IteratorType::reduction);
  auto op = linalg::GenericOp::create(
      n.builder, n.loc, TypeRange{init.getType()}, operands, ValueRange{init}, maps, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        Scalars s(nested, loc, false);
        auto index = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(nested, loc, value); };
        Value apart = s.make<arith::AddIOp>(s.make<linalg::IndexOp>(2), index(1)), place = s.make<linalg::IndexOp>(3);
        Value matches = s.constant(nested.getI1Type(), 1);
        for (int64_t i = 0; i < length; ++i) {
          Value at = s.make<arith::AddIOp>(place, s.make<arith::MulIOp>(index(i), apart));
          Value inside = s.make<arith::CmpIOp>(arith::CmpIPredicate::slt, at, index(steps));
          Value safe = s.select(inside, at, index(0));
          Value item = s.make<tensor::ExtractOp>(x, ValueRange{s.make<linalg::IndexOp>(0), safe});
          matches = s.make<arith::AndIOp>(matches, s.make<arith::AndIOp>(inside, s.eq(item, args[2 + i])));
        }
        Value one = s.select(matches, args[1], s.constant(type, 0));
        linalg::YieldOp::create(nested, loc, s.add(args.back(), one));
      });
  return op.getResult(0);
}

/// Checked by inference: the pool of integers holds the n-grams of length 1, then those of length 2, …; ngram_counts
/// says where each length starts, ngram_indexes which output each n-gram is.
LogicalResult lowerTfIdf(NodeLowering &n) {
  SmallVector<int64_t> pool = *n.node.getInts("pool_int64s"), starts = *n.node.getInts("ngram_counts"),
                       places = *n.node.getInts("ngram_indexes");
  int64_t shortest = n.node.getInt("min_gram_length", 1), longest = n.node.getInt("max_gram_length", 1);
  int64_t skips = n.node.getInt("max_skip_count", 0), outputs = n.resultShape().back();
  Value x = n.input(0);
  Shape shape = Emit::shapeOf(x);
  int64_t batch = shape.size() == 2 ? shape[0] : 1, steps = shape.back();
  Type type = n.builder.getF32Type();
  x = n.reshape(n.cast(x, n.builder.getI64Type(), n.isUnsigned()), {batch, steps});
  Value total = n.zeros({batch, outputs}, type);
  if (batch == 0 || steps == 0)
    return n.set(n.reshape(total, n.resultShape()));
  std::vector<double> weights(outputs, 1);
  auto given = dyn_cast_or_null<ArrayAttr>(n.node.getNodeAttr("weights"));
  int64_t gram = 0;
  for (int64_t length = 1; length <= static_cast<int64_t>(starts.size()); ++length) {
    int64_t end = length < static_cast<int64_t>(starts.size()) ? starts[length] : static_cast<int64_t>(pool.size());
    std::vector<double> items(outputs * length, 0), isGram(outputs, 0);
    bool any = false;
    for (int64_t at = starts[length - 1]; at + length <= end; at += length, ++gram) {
      int64_t place = places[gram];
      if (given)
        weights[place] = cast<FloatAttr>(given[gram]).getValueAsDouble();
      if (length < shortest || length > longest)
        continue;
      any = true;
      isGram[place] = 1;
      for (int64_t i = 0; i < length; ++i)
        items[place * length + i] = static_cast<double>(pool[at + i]);
    }
    if (!any)
      continue;
    Value grams =
        n.constant(makeConstant(RankedTensorType::get({outputs, length}, n.builder.getI64Type()), items, "grams"));
    Value valid = n.constant(makeConstant(RankedTensorType::get({outputs}, type), isGram, "is_gram"));
    Value counts = countGrams(n, x, grams, valid, length, length == 1 ? 0 : skips);
    total = n.elementwise({batch, outputs}, type, {total, counts},
                          [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
  }
  StringRef mode = n.node.getString("mode", "TF");
  if (mode != "TF") {
    Value factor = n.constant(makeConstant(RankedTensorType::get({outputs}, type), weights, "weights"));
    total = n.elementwise({batch, outputs}, type, {total, factor}, [&](Scalars &s, ValueRange v) {
      Value zero = s.constant(type, 0);
      return mode == "IDF" ? s.select(s.gt(v[0], zero), v[1], zero) : s.mul(v[0], v[1]);
    });
  }
  return n.set(n.reshape(total, n.resultShape()));
}

} // namespace

void addNGramRows(LoweringTable &table) { table.add("TfIdfVectorizer", 9, lowerTfIdf); }

} // namespace fourmix::lowering
