// mix.attention, taken apart: scaled scores, mask, softmax, weighted values.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "dialects/Mix/IR/Mix.h"
#include "lib/Emit/Emit.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::lowering;

namespace {

/// [batch, count, sequence, size] of either layout; with `sizeFirst` [batch, count, size, sequence].
Value byHeads(Emit &e, Value x, int64_t count, bool sizeFirst) {
  Shape given = Emit::shapeOf(x);
  if (given.size() == 4)
    return sizeFirst ? e.transpose(x, {0, 1, 3, 2}) : x;
  Value split = e.reshape(x, {given[0], given[1], count, given[2] / count});
  return sizeFirst ? e.transpose(split, {0, 2, 3, 1}) : e.transpose(split, {0, 2, 1, 3});
}

/// lhs [b, h, rows, i] times rhs [b, g, i, columns] where h/g heads in a row share one of rhs: they are more rows.
Value byGroups(Emit &e, Value lhs, Value rhs, Shape result) {
  Shape a = Emit::shapeOf(lhs), b = Emit::shapeOf(rhs);
  if (product(result) == 0 || a[3] == 0) // No element, or sums of nothing.
    return e.zeros(result, Emit::elementOf(lhs));
  Value left = e.reshape(lhs, {a[0] * b[1], a[1] / b[1] * a[2], a[3]});
  return e.reshape(matmulND(e, left, e.reshape(rhs, {b[0] * b[1], b[2], b[3]})), result);
}

class AttentionLowering {
public:
  AttentionLowering(OpBuilder &builder, mix::AttentionOp op, mix::AttentionOp::Adaptor in)
      : op(op), in(in), e(builder, op.getLoc()), sizes(op.getSizes()), heads(op.getHeads()), kvHeads(op.getKvHeads()),
        type(Emit::elementOf(in.getQuery())), shape{sizes.batch, heads, sizes.queries, sizes.keys} {}

  /// The output, and the scores where the op gives them.
  std::pair<Value, Value> run() {
    Value query = byHeads(e, in.getQuery(), heads, /*sizeFirst=*/false);
    Value keys = withPast(in.getPastKey(), in.getKey(), /*sizeFirst=*/true);
    Value values = withPast(in.getPastValue(), in.getValue(), /*sizeFirst=*/false);
    Value scores = process(query, keys);
    Value weights = op.mayExcludeAllKeys() && !op.getFill() && op.getMaskedRows() == mix::MaskedRows::Zero
                        ? guardedSoftmax(scores)
                        : plainSoftmax(scores);
    if (op.getScoresStage() == mix::ScoresStage::Weights)
      stage = weights;
    Value output = byGroups(e, weights, values, {sizes.batch, heads, sizes.queries, sizes.valueSize});
    if (op.getOutput().getType().getRank() == 3)
      output = e.transpose(output, {0, 2, 1, 3});
    return {e.reshape(output, op.getOutput().getType().getShape()), stage};
  }

private:
  Value withPast(Value past, Value now, bool sizeFirst) {
    now = byHeads(e, now, kvHeads, sizeFirst);
    return past ? e.concat({byHeads(e, past, kvHeads, sizeFirst), now}, sizeFirst ? 3 : 2) : now;
  }

  /// From the product of queries and keys to what softmax sees: one step over the scores for all that is asked for.
  Value process(Value query, Value keys) {
    double scale = op.getScale().convertToDouble();
    std::optional<mix::ScoresStage> wanted = op.getScoresStage();
    bool isPlain = !op.getSoftcap() && !in.getBias() && !excludes() && !wanted;
    // Without any other step the scale goes to the queries, which are fewer than the scores.
    if (isPlain && scale != 1)
      query = e.elementwise(Emit::shapeOf(query), type, query,
                            [&](Scalars &s, ValueRange x) { return s.mul(x[0], s.constant(type, scale)); });
    Value scores = byGroups(e, query, keys, shape);
    if (isPlain)
      return scores;
    Value masked = upTo(mix::ScoresStage::Masked, scores, scale);
    if (wanted && *wanted != mix::ScoresStage::Weights)
      stage = *wanted == mix::ScoresStage::Masked ? masked : upTo(*wanted, scores, scale);
    return masked;
  }

  bool excludes() { return in.getMask() || in.getLengths() || op.getLeft() || op.getRight(); }

  Value upTo(mix::ScoresStage last, Value scores, double scale) {
    bool masks = last == mix::ScoresStage::Masked, caps = op.getSoftcap() && last != mix::ScoresStage::Raw;
    bool biased = in.getBias() && (masks || (caps && op.getBiasBeforeCap()));
    SmallVector<Value> inputs{scores};
    auto append = [&](bool isUsed, Value value) {
      if (isUsed)
        inputs.push_back(value);
    };
    append(biased, in.getBias());
    append(masks && in.getMask(), in.getMask());
    if (masks && in.getLengths())
      inputs.push_back(e.reshape(in.getLengths(), {sizes.batch, 1, 1, 1}));
    return e.elementwise(shape, type, inputs, [&](Scalars &s, ValueRange x) {
      unsigned used = 1;
      Value bias = biased ? x[used++] : Value();
      Value mask = masks && in.getMask() ? x[used++] : Value();
      Value length = masks && in.getLengths() ? s.cast(x[used++], s.builder.getI64Type()) : Value();
      Value score = scale == 1 ? x[0] : s.mul(x[0], s.constant(type, scale));
      if (bias && op.getBiasBeforeCap())
        score = s.add(score, bias);
      if (caps) {
        Value limit = s.constant(type, op.getSoftcap()->convertToDouble());
        score = s.mul(limit, s.make<math::TanhOp>(s.div(score, limit)));
      }
      if (bias && !op.getBiasBeforeCap())
        score = s.add(score, bias);
      Value attended = masks ? isAttended(s, mask, length) : Value();
      if (!attended)
        return score;
      Value fill = op.getFill() ? s.constant(type, op.getFill()->convertToDouble()) : s.limit(type, /*negative=*/true);
      return s.select(attended, score, fill);
    });
  }

  /// In the body over the scores: whether the query sees the key; null where every query sees every key.
  Value isAttended(Scalars &s, Value mask, Value length) {
    Value attended = mask;
    auto require = [&](Value condition) {
      attended = attended ? s.make<arith::AndIOp>(attended, condition) : condition;
    };
    Type integer = s.builder.getI64Type();
    auto number = [&](int64_t value) -> Value { return s.make<arith::ConstantOp>(s.builder.getI64IntegerAttr(value)); };
    auto position = [&](int64_t dim) { return s.make<arith::IndexCastOp>(integer, s.make<linalg::IndexOp>(dim)); };
    if (length)
      require(s.lt(position(3), length));
    // The place of the query among the keys, `shift` further.
    auto place = [&](int64_t shift) {
      int64_t offset = static_cast<int64_t>(op.getOffset()) + shift - (op.getEndAligned() ? sizes.queries : 0);
      Value at = s.add(position(2), number(offset));
      return op.getEndAligned() ? s.add(at, length) : at;
    };
    if (op.getLeft())
      require(s.ge(position(3), place(-static_cast<int64_t>(*op.getLeft()))));
    if (op.getRight())
      require(s.le(position(3), place(static_cast<int64_t>(*op.getRight()))));
    return attended;
  }

  /// Numbers below 32 bits are exponentiated in 32 bits.
  Type computedType() { return type.getIntOrFloatBitWidth() < 32 ? Float32Type::get(type.getContext()) : type; }

  Value plainSoftmax(Value scores) { return e.cast(softmax(e, e.cast(scores, computedType()), 3), type); }

  /// Softmax over the keys; a row without any attended key (all -inf) gives zeros.
  Value guardedSoftmax(Value scores) {
    Type computed = computedType();
    SmallVector<int64_t> rows(shape);
    rows[3] = 1;
    Value x = e.cast(scores, computed);
    Scalars s(e.builder, e.loc, false);
    Value most = e.reduce(x, 3, s.limit(computed, true), [](Scalars &s, ValueRange x) { return s.max(x[1], x[0]); });
    most = e.elementwise(Emit::shapeOf(most), computed, most, [&](Scalars &s, ValueRange x) {
      return s.select(s.eq(x[0], s.limit(computed, true)), s.constant(computed, 0), x[0]);
    });
    Value powers = e.elementwise(shape, computed, {x, e.reshape(most, rows)},
                                 [](Scalars &s, ValueRange x) { return s.make<math::ExpOp>(s.sub(x[0], x[1])); });
    Value sum =
        e.reduce(powers, 3, s.constant(computed, 0), [](Scalars &s, ValueRange x) { return s.add(x[1], x[0]); });
    sum = e.elementwise(Emit::shapeOf(sum), computed, sum, [&](Scalars &s, ValueRange x) {
      return s.select(s.eq(x[0], s.constant(computed, 0)), s.constant(computed, 1), x[0]);
    });
    return e.elementwise(shape, type, {powers, e.reshape(sum, rows)},
                         [&](Scalars &s, ValueRange x) { return s.cast(s.div(x[0], x[1]), type); });
  }

  mix::AttentionOp op;
  mix::AttentionOp::Adaptor in;
  Emit e;
  mix::AttentionSizes sizes;
  int64_t heads, kvHeads;
  Type type;
  SmallVector<int64_t> shape; // of the scores
  Value stage;
};

/// mix.linear_attention: by the state of all keys where nothing but features decides, by all pairs where distances do.
/// The causal one is both: pairs within a chunk of the sequence, the state of all chunks before it for the rest.
/// Source: W. Hua et al., Transformer Quality in Linear Time, arXiv 2202.10447, section 3.2.
class LinearAttentionLowering {
public:
  LinearAttentionLowering(OpBuilder &builder, mix::LinearAttentionOp op, mix::LinearAttentionOp::Adaptor in)
      : op(op), in(in), e(builder, op.getLoc()), sizes(op.getSizes()), type(Emit::elementOf(in.getQuery())),
        chunk(op.getCausal() && !op.getKernel() ? bestChunk() : sizes.keys) {}

  Value run() {
    Tensors t{inChunks(scaled(in.getQuery()), op.getHeads(), /*sizeFirst=*/false),
              inChunks(in.getKey(), op.getKvHeads(), /*sizeFirst=*/true),
              inChunks(in.getValue(), op.getKvHeads(), /*sizeFirst=*/false)};
    Sums sums;
    if (op.getKernel() || op.getCausal())
      sums = overPairs(t);
    else
      sums = throughStates(t, statesOf(t));
    if (chunk < sizes.keys)
      sums = add(sums, throughStates(t, before(statesOf(t))));
    double epsilon = op.getEpsilon().convertToDouble();
    Value output = sums.values;
    if (sums.weights)
      output = e.elementwise(Emit::shapeOf(output), type, {output, sums.weights}, [&](Scalars &s, ValueRange x) {
        return s.div(x[0], epsilon == 0 ? x[1] : s.add(x[1], s.constant(type, epsilon)));
      });
    return inOnePiece(output);
  }

private:
  /// [batch * chunks, heads, chunk, size]; the keys [batch * chunks, heads, size, chunk].
  struct Tensors {
    Value query, keys, values;
  };
  /// Per query, of values times weights and, where the op divides by it, of the weights.
  struct Sums {
    Value values, weights;
  };

  int64_t chunks() const { return llvm::divideCeil(sizes.queries, chunk); }

  /// The length of chunks that takes the fewest operations; all keys where nothing is gained.
  int64_t bestChunk() const {
    auto cost = [&](int64_t length) {
      double n = static_cast<double>(sizes.keys), pair = static_cast<double>(sizes.size + sizes.valueSize);
      double pairs = n * static_cast<double>(length) * pair;
      return length >= sizes.keys ? pairs : pairs + 2 * n * static_cast<double>(sizes.size * sizes.valueSize);
    };
    int64_t best = sizes.keys;
    for (int64_t length : {32, 64, 128, 256})
      if (cost(length) < cost(best))
        best = length;
    return best;
  }

  Value scaled(Value query) {
    double scale = op.getScale().convertToDouble();
    bool cancels = op.getNormalised() && op.getEpsilon().isZero(); // It is in both sums.
    if (scale == 1 || cancels)
      return query;
    return e.elementwise(Emit::shapeOf(query), type, query,
                         [&](Scalars &s, ValueRange x) { return s.mul(x[0], s.constant(type, scale)); });
  }

  /// Chunks become batches; the last one is filled with zeros, which add nothing.
  Value inChunks(Value x, int64_t heads, bool sizeFirst) {
    if (chunk >= sizes.keys)
      return byHeads(e, x, heads, sizeFirst);
    if (Emit::rankOf(x) == 4) {
      x = e.transpose(x, {0, 2, 1, 3});
      Shape shape = Emit::shapeOf(x);
      x = e.reshape(x, {shape[0], shape[1], shape[2] * shape[3]});
    }
    SmallVector<int64_t> rest(Emit::shapeOf(x));
    int64_t all = rest[2];
    rest[1] = chunks() * chunk - rest[1];
    if (rest[1] > 0)
      x = e.concat({x, e.zeros(rest, type)}, 1);
    return byHeads(e, e.reshape(x, {sizes.batch * chunks(), chunk, all}), heads, sizeFirst);
  }

  Value inOnePiece(Value output) {
    Shape result = op.getOutput().getType().getShape();
    if (chunk >= sizes.keys)
      return e.reshape(result.size() == 3 ? e.transpose(output, {0, 2, 1, 3}) : output, result);
    int64_t heads = op.getHeads();
    output = e.reshape(e.transpose(output, {0, 2, 1, 3}), {sizes.batch, chunks() * chunk, heads, sizes.valueSize});
    output = e.sliceAxis(output, 1, 0, sizes.queries);
    return e.reshape(result.size() == 4 ? e.transpose(output, {0, 2, 1, 3}) : output, result);
  }

  SmallVector<int64_t> shapeOfSums(const Tensors &t, int64_t size) {
    SmallVector<int64_t> shape(Emit::shapeOf(t.query));
    shape[3] = size;
    return shape;
  }

  /// Over the last axis, which stays with one element.
  Value sumOfLast(Value x) {
    Scalars s(e.builder, e.loc, false);
    Value sum = e.reduce(x, 3, s.constant(type, 0), [](Scalars &s, ValueRange x) { return s.add(x[1], x[0]); });
    return keepDims(e, sum, Emit::shapeOf(x), 3);
  }

  Sums overPairs(const Tensors &t) {
    Value weights = weigh(byGroups(e, t.query, t.keys, shapeOfSums(t, Emit::shapeOf(t.keys)[3])));
    Sums sums{byGroups(e, weights, t.values, shapeOfSums(t, sizes.valueSize)), {}};
    if (op.getNormalised())
      sums.weights = sumOfLast(weights);
    return sums;
  }

  /// Per chunk, over its keys: [size, valueSize] of keys times values, and [size, 1] of the keys.
  Sums statesOf(const Tensors &t) {
    Shape keys = Emit::shapeOf(t.keys);
    Sums states{byGroups(e, t.keys, t.values, {keys[0], keys[1], keys[2], sizes.valueSize}), {}};
    if (op.getNormalised())
      states.weights = sumOfLast(t.keys);
    return states;
  }

  /// Of all chunks before each one.
  Sums before(const Sums &states) {
    auto sum = [&](Value x) {
      if (!x)
        return x;
      SmallVector<int64_t> shape(Emit::shapeOf(x));
      Value lines = e.reshape(x, {sizes.batch, chunks(), product(shape) / (sizes.batch * chunks())});
      return e.reshape(runningSum(e, lines, 1, {/*exclusive=*/true, /*reverse=*/false}), shape);
    };
    return {sum(states.values), sum(states.weights)};
  }

  Sums throughStates(const Tensors &t, const Sums &states) {
    Sums sums{byGroups(e, t.query, states.values, shapeOfSums(t, sizes.valueSize)), {}};
    if (states.weights)
      sums.weights = byGroups(e, t.query, states.weights, shapeOfSums(t, 1));
    return sums;
  }

  Sums add(const Sums &a, const Sums &b) {
    auto sum = [&](Value x, Value y) {
      return x ? e.elementwise(Emit::shapeOf(x), type, {x, y},
                               [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); })
               : x;
    };
    return {sum(a.values, b.values), sum(a.weights, b.weights)};
  }

  /// c[j - i + n - 1] * products, 0 for later keys where that is asked for.
  Value weigh(Value products) {
    return e.elementwise(Emit::shapeOf(products), type, products, [&](Scalars &s, ValueRange x) {
      auto position = [&](int64_t dim) { return s.make<linalg::IndexOp>(dim); };
      Value weight = x[0];
      if (in.getKernel()) {
        bool perHead = Emit::shapeOf(in.getKernel())[0] != 1;
        Value last = s.make<arith::ConstantIndexOp>(sizes.keys - 1), zero = s.make<arith::ConstantIndexOp>(0);
        Value distance = s.make<arith::AddIOp>(s.make<arith::SubIOp>(position(3), position(2)), last);
        Value number = s.make<tensor::ExtractOp>(in.getKernel(), ValueRange{perHead ? position(1) : zero, distance});
        weight = s.mul(weight, number);
      }
      if (!op.getCausal())
        return weight;
      Value seen = s.make<arith::CmpIOp>(arith::CmpIPredicate::ule, position(3), position(2));
      return s.select(seen, weight, s.constant(type, 0));
    });
  }

  mix::LinearAttentionOp op;
  mix::LinearAttentionOp::Adaptor in;
  Emit e;
  mix::AttentionSizes sizes;
  Type type;
  int64_t chunk; // keys; all of them where there are no chunks
};

struct ConvertLinearAttention : OpConversionPattern<mix::LinearAttentionOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(mix::LinearAttentionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, LinearAttentionLowering(rewriter, op, adaptor).run());
    return success();
  }
};

/// mix.attention => scale * q k^T, cap, bias, mask, softmax, times v
struct ConvertAttention : OpConversionPattern<mix::AttentionOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(mix::AttentionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto [output, scores] = AttentionLowering(rewriter, op, adaptor).run();
    SmallVector<Value> results{output};
    if (op.getScores())
      results.push_back(scores);
    rewriter.replaceOp(op, results);
    return success();
  }
};

} // namespace

void mix_to_spectral::populateAttentionPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertAttention, ConvertLinearAttention>(patterns.getContext());
}
