// One step of an optimiser: Adagrad, Adam, Momentum of domain ai.onnx.preview.training.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// A function of scalars on the elements of one tensor: (s, its inputs) to the new value.
using Update = llvm::function_ref<Value(Scalars &, ValueRange)>;

/// The inputs of such a node are the learning rate, the step count, and then for each of its tensors X, G and the
/// states, all X first. The outputs are the new X and states, in the same order.
struct Optimiser {
  NodeLowering &n;
  int64_t states, tensors;

  Optimiser(NodeLowering &n, int64_t states)
      : n(n), states(states), tensors((static_cast<int64_t>(n.inputs.size()) - 2) / (2 + states)) {}

  Value input(int64_t kind, int64_t i) { return n.input(2 + kind * tensors + i); }
  void set(int64_t kind, int64_t i, Value value) { n.set(kind * tensors + i, value); }
  Value compute(int64_t i, ValueRange inputs, Update update) {
    return n.elementwise(Emit::shapeOf(input(0, i)), Emit::elementOf(input(0, i)), inputs, update);
  }
  /// G + norm_coefficient * X
  Value gradient(int64_t i) {
    double decay = n.node.getFloat("norm_coefficient", 0);
    return compute(i, {input(0, i), input(1, i)}, [&](Scalars &s, ValueRange v) {
      return s.add(v[1], s.mul(s.constant(v[0].getType(), decay), v[0]));
    });
  }
  /// A scalar of the rate and the step count, both as numbers of the rate's type.
  Value scalar(Update update) {
    Type type = Emit::elementOf(n.input(0));
    return n.elementwise({}, type, {n.reshape(n.input(0), {}), n.cast(n.reshape(n.input(1), {}), type)}, update);
  }
};

Value number(Scalars &s, Value like, double value) { return s.constant(like.getType(), value); }

/// H' = H + G^2, X' = X - R / (1 + T decay) G / (sqrt H' + epsilon)
LogicalResult lowerAdagrad(NodeLowering &n) {
  Optimiser o(n, 1);
  double decay = n.node.getFloat("decay_factor", 0), epsilon = n.node.getFloat("epsilon", 1e-6);
  Value rate = o.scalar([&](Scalars &s, ValueRange v) {
    return s.div(v[0], s.add(number(s, v[0], 1), s.mul(v[1], number(s, v[0], decay))));
  });
  for (int64_t i = 0; i < o.tensors; ++i) {
    Value g = o.gradient(i);
    Value h = o.compute(i, {o.input(2, i), g}, [](Scalars &s, ValueRange v) { return s.add(v[0], s.mul(v[1], v[1])); });
    o.set(0, i, o.compute(i, {o.input(0, i), g, h, rate}, [&](Scalars &s, ValueRange v) {
      Value root = s.add(s.make<math::SqrtOp>(v[2]), number(s, v[0], epsilon));
      return s.sub(v[0], s.div(s.mul(s.cast(v[3], v[0].getType()), v[1]), root));
    }));
    o.set(1, i, h);
  }
  return success();
}

/// V' = alpha V + (1 - alpha) G, H' = beta H + (1 - beta) G^2, X' = X - R' V' / (sqrt H' + epsilon)
LogicalResult lowerAdam(NodeLowering &n) {
  Optimiser o(n, 2);
  double alpha = n.node.getFloat("alpha", 0.9), beta = n.node.getFloat("beta", 0.999);
  double epsilon = n.node.getFloat("epsilon", 1e-6), after = 1 - n.node.getFloat("norm_coefficient_post", 0);
  Value rate = o.scalar([&](Scalars &s, ValueRange v) {
    auto rest = [&](double base) {
      return s.sub(number(s, v[0], 1), s.make<math::PowFOp>(number(s, v[0], base), v[1]));
    };
    Value corrected = s.div(s.mul(v[0], s.make<math::SqrtOp>(rest(beta))), rest(alpha));
    return s.select(s.gt(v[1], number(s, v[0], 0)), corrected, v[0]);
  });
  for (int64_t i = 0; i < o.tensors; ++i) {
    Value g = o.gradient(i);
    Value v = o.compute(i, {o.input(2, i), g}, [&](Scalars &s, ValueRange x) {
      return s.add(s.mul(number(s, x[0], alpha), x[0]), s.mul(number(s, x[0], 1 - alpha), x[1]));
    });
    Value h = o.compute(i, {o.input(3, i), g}, [&](Scalars &s, ValueRange x) {
      return s.add(s.mul(number(s, x[0], beta), x[0]), s.mul(number(s, x[0], 1 - beta), s.mul(x[1], x[1])));
    });
    o.set(0, i, o.compute(i, {o.input(0, i), v, h, rate}, [&](Scalars &s, ValueRange x) {
      Value root = s.add(s.make<math::SqrtOp>(x[2]), number(s, x[0], epsilon));
      Value next = s.sub(x[0], s.div(s.mul(s.cast(x[3], x[0].getType()), x[1]), root));
      return s.mul(number(s, x[0], after), next);
    }));
    o.set(1, i, v);
    o.set(2, i, h);
  }
  return success();
}

/// V' = alpha V + beta G (at the first step V + G), X' = X - R V', or by Nesterov X - R (G + alpha V')
LogicalResult lowerMomentum(NodeLowering &n) {
  Optimiser o(n, 1);
  double alpha = n.node.getFloat("alpha", 0), beta = n.node.getFloat("beta", 0);
  bool nesterov = n.node.getString("mode", "standard") == "nesterov";
  Value share = o.scalar([&](Scalars &s, ValueRange v) {
    return s.select(s.gt(v[1], number(s, v[0], 0)), number(s, v[0], beta), number(s, v[0], 1));
  });
  Value rate = n.reshape(n.input(0), {});
  for (int64_t i = 0; i < o.tensors; ++i) {
    Value g = o.gradient(i);
    Value v = o.compute(i, {o.input(2, i), g, share}, [&](Scalars &s, ValueRange x) {
      return s.add(s.mul(number(s, x[0], alpha), x[0]), s.mul(s.cast(x[2], x[0].getType()), x[1]));
    });
    o.set(0, i, o.compute(i, {o.input(0, i), g, v, rate}, [&](Scalars &s, ValueRange x) {
      Value step = nesterov ? s.add(x[1], s.mul(number(s, x[0], alpha), x[2])) : x[2];
      return s.sub(x[0], s.mul(s.cast(x[3], x[0].getType()), step));
    }));
    o.set(1, i, v);
  }
  return success();
}

} // namespace

void addTrainingRows(LoweringTable &table) {
  constexpr StringLiteral domain = "ai.onnx.preview.training";
  table.add("Adagrad", 1, lowerAdagrad, 5, domain);
  table.add("Adam", 1, lowerAdam, 6, domain);
  table.add("Momentum", 1, lowerMomentum, 5, domain);
}

} // namespace fourmix::lowering
