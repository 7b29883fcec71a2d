// Operators of domain com.microsoft that stand for several of ai.onnx, as ONNX Runtime's optimisers and quantisers
// write them: taken apart, so that whoever recognises something sees one spelling of it.
// Source: ONNX Runtime, docs/ContribOperators.md.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/OpsetHistory.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Ops/Opset.h"
#include "dialects/ONNX/Transforms/ControlFlow.h"
#include "llvm/ADT/StringMap.h"
#include <cmath>

using namespace mlir;

namespace fourmix::onnx {
namespace {

/// One such node and the nodes in its place. As in NodeBuilder an error has been reported where a value is null.
class Fusion {
public:
  using Results = SmallVector<Value>;
  using Rule = Results (*)(Fusion &);

  Fusion(NodeOp node, OpBuilder &builder, int64_t opset)
      : node(node), nodes(builder, node.getLoc(), opset), builder(builder) {}

  NodeOp node;
  NodeBuilder nodes;
  Builder &builder;

  Value in(unsigned i) { return node.getInput(i); }
  Value orNone(Value value) { return value ? value : nodes.none(); }
  Value required(unsigned i) {
    Value value = in(i);
    if (!value && !std::exchange(isIncomplete, true))
      error() << "expected input " << i << ", which " << node.getOpType() << " requires, found none";
    return value;
  }
  InFlightDiagnostic error() { return node.emitNodeError(); }

  Value create(StringRef op, ValueRange inputs, ArrayRef<NamedAttribute> attrs = {}) {
    return nodes.create(op, inputs, attrs);
  }
  Value add(Value a, Value b) { return create("Add", {a, b}); }
  Value mul(Value a, Value b) { return create("Mul", {a, b}); }
  /// a, or a + b where there is a b.
  Value addMaybe(Value a, Value b) { return b ? add(a, b) : a; }
  Value number(double value, Value like) {
    return like ? nodes.number(value, getElementTypeOrSelf(like.getType())) : Value();
  }
  int64_t rank(Value value) {
    auto type = dyn_cast_or_null<RankedTensorType>(value ? value.getType() : Type());
    return type ? type.getRank() : -1;
  }
  /// The node's attributes but `own`, for the operator that it fuses something to.
  SmallVector<NamedAttribute> attrsWithout(ArrayRef<StringRef> own) {
    SmallVector<NamedAttribute> rest;
    for (NamedAttribute attr : node.getNodeAttrs().getValue())
      if (!llvm::is_contained(own, attr.getName().getValue()))
        rest.push_back(attr);
    return rest;
  }
  NamedAttribute epsilon(double otherwise) { return nodes.realAttr("epsilon", node.getFloat("epsilon", otherwise)); }

private:
  bool isIncomplete = false; // which is said once
};

using Results = Fusion::Results;

//===-- Activations -------------------------------------------------------===//

Value gelu(Fusion &f, Value x, bool isTanh) {
  if (f.nodes.opset() >= 20)
    return f.create("Gelu", x, f.nodes.attr("approximate", isTanh ? "tanh" : "none"));
  auto times = [&](Value value, double factor) { return f.mul(value, f.number(factor, x)); };
  Value inner;
  if (isTanh) {
    Value cube = f.mul(f.mul(x, x), x);
    inner = f.create("Tanh", times(f.add(x, times(cube, 0.044715)), std::sqrt(2 / M_PI)));
  } else {
    inner = f.create("Erf", times(x, std::sqrt(0.5)));
  }
  return f.mul(times(x, 0.5), f.add(inner, f.number(1, x)));
}

Results biasGelu(Fusion &f) { return {gelu(f, f.addMaybe(f.required(0), f.in(1)), /*isTanh=*/false)}; }
Results fastGelu(Fusion &f) { return {gelu(f, f.addMaybe(f.required(0), f.in(1)), /*isTanh=*/true)}; }

Results quickGelu(Fusion &f) {
  Value x = f.required(0);
  return {f.mul(x, f.create("Sigmoid", f.mul(x, f.number(f.node.getFloat("alpha", 1.702), x))))};
}

/// The activation that a product or convolution ends in, with its parameters in the order of `names`.
Value activate(Fusion &f, Value x, ArrayRef<double> parameters) {
  StringRef name = f.node.getString("activation", "");
  if (name.empty())
    return x;
  if (name == "Clip" && parameters.size() == 2)
    return f.create("Clip", {x, f.number(parameters[0], x), f.number(parameters[1], x)});
  SmallVector<NamedAttribute> attrs;
  for (auto [parameter, value] : llvm::zip(ArrayRef<StringRef>{"alpha", "beta"}, parameters))
    attrs.push_back(f.nodes.realAttr(parameter, value));
  static const StringRef known[] = {"Relu", "Tanh", "Sigmoid", "LeakyRelu", "HardSigmoid", "Elu", "Softplus"};
  if (!llvm::is_contained(known, name)) {
    f.error() << "expected an activation of " << f.node.getOpType() << " that is known, found '" << name << "'";
    return {};
  }
  return f.create(name, x, attrs);
}

//===-- Normalisation -----------------------------------------------------===//

/// Norm(input + skip + bias), and the sum. `beta`: where the bias of the norm stands, if it has one.
Results skipNorm(Fusion &f, StringRef norm, std::optional<unsigned> beta, unsigned bias, double epsilon) {
  Value sum = f.addMaybe(f.add(f.required(0), f.required(1)), f.in(bias));
  SmallVector<Value> inputs{sum, f.required(2)};
  if (beta && f.in(*beta))
    inputs.push_back(f.in(*beta));
  unsigned statistics = f.node.hasOutput(2) ? 3 : f.node.hasOutput(1) ? 2 : 1;
  SmallVector<NamedAttribute> attrs{f.nodes.attr("axis", int64_t(-1)), f.epsilon(epsilon)};
  if (statistics > 1 && norm != "LayerNormalization") {
    f.error() << "expected nobody to read the statistics of " << f.node.getOpType() << ", which are not supported";
    return {};
  }
  NodeOp made = f.nodes.createNode(norm, inputs, statistics, attrs);
  Results results(4);
  for (unsigned i = 0; made && i < statistics; ++i)
    results[i] = made.getResult(i);
  results[3] = sum;
  return results;
}

Results skipLayerNormalization(Fusion &f) { return skipNorm(f, "LayerNormalization", 3, 4, 1e-12); }
Results skipSimplified(Fusion &f) { return skipNorm(f, "SimplifiedLayerNormalization", std::nullopt, 3, 1e-12); }

/// The sum of the embeddings of words, positions and segments, normalised; the number of tokens that the mask shows;
/// the sum.
Results embedLayerNormalization(Fusion &f) {
  Value ids = f.required(0), words = f.required(2), table = f.required(3), segments = f.in(1);
  if (f.rank(ids) != 2 || f.rank(words) != 2 || f.rank(table) != 2 || !f.required(5) || !f.required(6)) {
    f.error() << "expected ids [batch, sequence], tables [entries, hidden], gamma and beta";
    return {};
  }
  int64_t batch = cast<ShapedType>(ids.getType()).getDimSize(0), length = cast<ShapedType>(ids.getType()).getDimSize(1);
  NamedAttribute rows = f.nodes.attr("axis", int64_t(0));
  Value positions = f.in(8) ? f.create("Gather", {table, f.in(8)}, rows) : f.nodes.slice(table, 0, 0, length);
  Value sum = f.add(f.create("Gather", {words, ids}, rows), positions);
  if (segments)
    sum = f.add(sum, f.create("Gather", {f.required(4), segments}, rows));
  Value norm =
      f.create("LayerNormalization", {sum, f.in(5), f.in(6)}, {f.nodes.attr("axis", int64_t(-1)), f.epsilon(1e-12)});
  Value shown;
  if (f.node.hasOutput(1)) {
    NamedAttribute toInt32 = f.nodes.attr("to", int64_t(6)); // TensorProto::INT32
    Value one = f.in(7) ? f.number(1, f.in(7)) : Value();
    Value seen = one ? f.create("Cast", f.create("Equal", {f.in(7), one}), toInt32)
                     : f.create("Cast", f.create("Sub", {ids, ids}), toInt32);
    NamedAttribute flat = f.nodes.attr("keepdims", int64_t(0));
    shown = f.nodes.opset() >= 13 ? f.create("ReduceSum", {seen, f.nodes.ints(1)}, flat)
                                  : f.create("ReduceSum", seen, {f.nodes.attr("axes", ArrayRef<int64_t>(1)), flat});
    shown = f.nodes.reshape(shown, batch);
  }
  return {norm, shown, sum};
}

//===-- Products ----------------------------------------------------------===//

/// alpha op(A) op(B), where op swaps the last two axes (transA) or makes the first one the last but one (transBatchA).
Results fusedMatMul(Fusion &f) {
  auto operand = [&](unsigned i, StringRef swap, StringRef batch) -> Value {
    Value value = f.required(i);
    int64_t rank = f.rank(value);
    if (rank < 2)
      return value; // a vector has nothing to swap
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    if (f.node.getInt(batch, 0))
      std::rotate(order.begin(), order.begin() + 1, order.end() - 1);
    if (f.node.getInt(swap, 0))
      std::swap(order[rank - 1], order[rank - 2]);
    return llvm::is_sorted(order) ? value : f.nodes.transpose(value, order);
  };
  Value product = f.create("MatMul", {operand(0, "transA", "transBatchA"), operand(1, "transB", "transBatchB")});
  double alpha = f.node.getFloat("alpha", 1);
  return {alpha == 1 ? product : f.mul(product, f.number(alpha, product))};
}

Results fusedGemm(Fusion &f) {
  static const StringRef parameters[] = {"activation_alpha", "activation_beta", "activation_gamma"};
  SmallVector<double> values;
  for (StringRef name : parameters)
    if (f.node.getNodeAttr(name))
      values.push_back(f.node.getFloat(name, 0));
  SmallVector<Value> inputs{f.required(0), f.required(1)};
  if (f.in(2))
    inputs.push_back(f.in(2));
  SmallVector<StringRef> own(std::begin(parameters), std::end(parameters));
  own.push_back("activation");
  return {activate(f, f.create("Gemm", inputs, f.attrsWithout(own)), values)};
}

Results fusedConv(Fusion &f) {
  SmallVector<double> values;
  if (auto given = dyn_cast_or_null<ArrayAttr>(f.node.getNodeAttr("activation_params")))
    for (auto value : given.getAsRange<FloatAttr>())
      values.push_back(value.getValueAsDouble());
  SmallVector<Value> inputs{f.required(0), f.required(1)};
  if (f.in(2))
    inputs.push_back(f.in(2));
  Value conv = f.create("Conv", inputs, f.attrsWithout({"activation", "activation_params"}));
  return {activate(f, f.addMaybe(conv, f.in(3)), values)};
}

//===-- Integers ----------------------------------------------------------===//

/// (A - a_zero) (B - b_zero) scale + bias; zeros and bias may be null.
Value scaledProduct(Fusion &f, Value a, Value aZero, Value b, Value bZero, Value scale, Value bias) {
  SmallVector<Value> inputs{a, b};
  if (aZero || bZero)
    inputs.push_back(f.orNone(aZero));
  if (bZero)
    inputs.push_back(bZero);
  Value product = f.create("MatMulInteger", inputs);
  Value real = product ? f.create("Cast", product, f.nodes.attr("to", int64_t(1))) : Value(); // TensorProto::FLOAT
  return f.addMaybe(f.mul(real, scale), bias);
}

/// A, B, scale of A, scale of B, zero of A, zero of B, bias
Results matMulIntegerToFloat(Fusion &f) {
  Value scale = f.mul(f.required(2), f.required(3));
  return {scaledProduct(f, f.required(0), f.in(4), f.required(1), f.in(5), scale, f.in(6))};
}

/// A, B, scale of B, zero of B, bias
Results dynamicQuantizeMatMul(Fusion &f) {
  NodeOp quantized = f.nodes.createNode("DynamicQuantizeLinear", f.required(0), 3);
  if (!quantized)
    return {};
  Value scale = f.mul(quantized.getResult(1), f.required(2));
  return {scaledProduct(f, quantized.getResult(0), quantized.getResult(2), f.required(1), f.in(3), scale, f.in(4))};
}

/// The real tensor of inputs i (integers), i + 1 (scale), i + 2 (zero, perhaps absent).
Value dequantized(Fusion &f, unsigned i) {
  SmallVector<Value> inputs{f.required(i), f.required(i + 1)};
  if (f.in(i + 2))
    inputs.push_back(f.in(i + 2));
  return f.create("DequantizeLinear", inputs);
}

/// The integers of a real tensor; scale and zero are inputs i and i + 1.
Value quantized(Fusion &f, Value real, unsigned i) {
  SmallVector<Value> inputs{real, f.required(i)};
  if (f.in(i + 1))
    inputs.push_back(f.in(i + 1));
  return f.create("QuantizeLinear", inputs);
}

template <const char *op>
Results quantizedUnary(Fusion &f) {
  if (f.node.getInt("channels_last", 0)) {
    f.error() << "expected channels_last = 0, found " << f.node.getInt("channels_last", 0);
    return {};
  }
  return {quantized(f, f.create(op, dequantized(f, 0), f.attrsWithout({"opset", "channels_last"})), 3)};
}

template <const char *op>
Results quantizedBinary(Fusion &f) {
  return {quantized(f, f.create(op, {dequantized(f, 0), dequantized(f, 3)}), 6)};
}

/// scale, zero, then three inputs for each tensor
Results quantizedConcat(Fusion &f) {
  SmallVector<Value> parts;
  for (unsigned i = 2; i + 1 < f.node.getInputs().size(); i += 3)
    parts.push_back(dequantized(f, i));
  return {quantized(f, f.create("Concat", parts, f.attrsWithout({})), 0)};
}

/// A and B with scale and zero each, C (of 32 bits, in units of both scales), scale and zero of the result, without
/// which it is real.
Results quantizedGemm(Fusion &f) {
  SmallVector<Value> inputs{dequantized(f, 0), dequantized(f, 3)};
  double alpha = f.node.getFloat("alpha", 1);
  Value product = f.create("Gemm", inputs, f.attrsWithout({}));
  if (Value c = f.in(6)) {
    Value real = f.create("Cast", c, f.nodes.attr("to", int64_t(1)));
    Value scale = f.mul(f.required(1), f.required(4));
    product = f.add(product, f.mul(real, f.mul(scale, f.number(alpha, product))));
  }
  return {f.in(7) ? quantized(f, product, 7) : product};
}

template <const char *op>
Results asStandard(Fusion &f) {
  return {f.create(op, SmallVector<Value>(f.node.getInputs()), f.attrsWithout({}))};
}

constexpr char add[] = "Add", mul[] = "Mul", sigmoid[] = "Sigmoid", leakyRelu[] = "LeakyRelu", softmax[] = "Softmax",
               quantize[] = "QuantizeLinear", dequantize[] = "DequantizeLinear", averagePool[] = "AveragePool",
               globalAveragePool[] = "GlobalAveragePool";

const llvm::StringMap<Fusion::Rule> &rules() {
  static const llvm::StringMap<Fusion::Rule> table = {
      {"Gelu", biasGelu},
      {"BiasGelu", biasGelu},
      {"FastGelu", fastGelu},
      {"QuickGelu", quickGelu},
      {"SkipLayerNormalization", skipLayerNormalization},
      {"SkipSimplifiedLayerNormalization", skipSimplified},
      {"EmbedLayerNormalization", embedLayerNormalization},
      {"FusedMatMul", fusedMatMul},
      {"TransposeMatMul", fusedMatMul},
      {"FusedGemm", fusedGemm},
      {"FusedConv", fusedConv},
      {"MatMulIntegerToFloat", matMulIntegerToFloat},
      {"DynamicQuantizeMatMul", dynamicQuantizeMatMul},
      {"QLinearAdd", quantizedBinary<add>},
      {"QLinearMul", quantizedBinary<mul>},
      {"QLinearSigmoid", quantizedUnary<sigmoid>},
      {"QLinearLeakyRelu", quantizedUnary<leakyRelu>},
      {"QLinearSoftmax", quantizedUnary<softmax>},
      {"QLinearAveragePool", quantizedUnary<averagePool>},
      {"QLinearGlobalAveragePool", quantizedUnary<globalAveragePool>},
      {"QLinearConcat", quantizedConcat},
      {"QGemm", quantizedGemm},
      {"QuantizeLinear", asStandard<quantize>},
      {"DequantizeLinear", asStandard<dequantize>},
  };
  return table;
}

} // namespace

FailureOr<Operation *> dissolveFusion(NodeOp node) {
  Fusion::Rule rule = node.getDomain() == "com.microsoft" ? rules().lookup(node.getOpType()) : nullptr;
  if (!rule)
    return static_cast<Operation *>(nullptr);
  if (llvm::any_of(node.getInputs(), [](Value input) { return isa<UnknownType>(input.getType()); }))
    return node->getNextNode(); // what is wrong has been reported where it comes from
  OpBuilder builder(node);
  Operation *before = node->getPrevNode();
  int64_t opset = opsetOf(node->getParentOfType<ModuleOp>());
  Fusion fusion(node, builder, opset ? opset : newestOpset());
  Results results = rule(fusion);
  for (OpResult result : node->getResults()) {
    unsigned i = result.getResultNumber();
    if (!node.hasOutput(i))
      continue;
    if (i >= results.size() || !results[i])
      return failure();
    passNameOn(result, results[i]);
    result.replaceAllUsesWith(results[i]);
  }
  Operation *next = before ? before->getNextNode() : &node->getBlock()->front();
  if (next == node)
    next = node->getNextNode();
  node.erase();
  return next;
}

} // namespace fourmix::onnx
