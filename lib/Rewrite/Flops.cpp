// The arithmetic of one operation.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/Ops/Equation.h"
#include "fourmix/Support/Constants.h"
#include "lib/Rewrite/Work.h"
#include "llvm/ADT/StringMap.h"
#include <map>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::rewrite {
namespace {

RankedTensorType tensorOf(Value value) {
  return value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
}

double elements(RankedTensorType type) { return type ? static_cast<double>(type.getNumElements()) : 0; }

double extent(RankedTensorType type, int64_t axis) {
  int64_t at = axis < 0 ? axis + type.getRank() : axis;
  return at >= 0 && at < type.getRank() ? static_cast<double>(type.getDimSize(at)) : 1;
}

/// A node whose tensors have static shapes.
struct Node {
  NodeOp op;
  RankedTensorType in(unsigned i) { return tensorOf(op.getInput(i)); }
  RankedTensorType out(unsigned i = 0) {
    return i < op->getNumResults() ? tensorOf(op->getResult(i)) : RankedTensorType();
  }
  /// Floats are computed with: indices and conditions cost nothing.
  bool isFloat() {
    auto holdsFloats = [](Value value) {
      auto type = dyn_cast<ShapedType>(value.getType());
      return type && isa<FloatType, ComplexType>(type.getElementType());
    };
    return llvm::any_of(op->getOperands(), holdsFloats) || llvm::any_of(op->getResults(), holdsFloats);
  }
};

using Rule = double (*)(Node);

double matmul(Node n) { return 2 * elements(n.out()) * extent(n.in(0), -1); }

double gemm(Node n) {
  double depth = extent(n.in(0), n.op.getInt("transA", 0) ? 0 : 1);
  return 2 * elements(n.out()) * depth + (n.in(2) ? elements(n.out()) : 0);
}

/// Each number of the result is a sum over the channels of a group and the taps of the kernel.
double convolution(Node n, unsigned weight, unsigned bias) {
  RankedTensorType w = n.in(weight);
  return 2 * elements(n.out()) * elements(w) / std::max(1.0, extent(w, 0)) + (n.in(bias) ? elements(n.out()) : 0);
}
double conv(Node n) { return convolution(n, 1, 2); }
double convInteger(Node n) { return 2 * elements(n.out()) * elements(n.in(1)) / std::max(1.0, extent(n.in(1), 0)); }
double qlinearConv(Node n) { return convolution(n, 3, 8); }
/// Each number of the input goes to all channels of its group and all taps.
double convTranspose(Node n) {
  RankedTensorType w = n.in(1);
  return 2 * elements(n.in(0)) * elements(w) / std::max(1.0, extent(w, 0)) + (n.in(2) ? elements(n.out()) : 0);
}

/// A product of all operands for each combination of the labels, and the sum: as many operations as operands.
double einsum(Node n) {
  onnx::Equation equation(n.op);
  std::map<int64_t, double> extents; // letters, and below zero the dims behind an ellipsis, counted from the right
  for (auto [i, text] : llvm::enumerate(equation.inputs)) {
    StringRef term = text;
    RankedTensorType type = n.in(i);
    if (!type)
      continue;
    int64_t hidden = type.getRank() - static_cast<int64_t>(term.size() - (term.contains("...") ? 3 : 0)), axis = 0;
    auto take = [&](int64_t label) {
      double &at = extents.try_emplace(label, 1).first->second;
      at = std::max(at, extent(type, axis++));
    };
    while (!term.empty()) {
      if (term.consume_front("...")) {
        for (int64_t i = hidden; i > 0; --i)
          take(-i);
      } else {
        take(term.front());
        term = term.drop_front();
      }
    }
  }
  double combinations = 1;
  for (auto [label, extent] : extents)
    combinations *= extent;
  return static_cast<double>(equation.inputs.size()) * combinations;
}

/// Queries times keys, softmax, weights times values; of three or of four axes.
double attention(Node n) {
  RankedTensorType q = n.in(0), k = n.in(1), y = n.out();
  if (!q || !k || !y)
    return 0;
  double keys = extent(k, -2) + (n.in(4) ? extent(n.in(4), -2) : 0);
  double heads = q.getRank() == 4 ? extent(q, 1) : static_cast<double>(n.op.getInt("q_num_heads", 1));
  constexpr double softmax = 5;
  return keys * (2 * elements(q) + 2 * elements(y) + softmax * extent(q, 0) * heads * extent(q, -2));
}

/// The only number of a constant operand.
std::optional<int64_t> constantInt(Value value) {
  ElementsAttr constant = value ? matchConstant(value) : ElementsAttr();
  std::optional<SmallVector<int64_t>> ints = constant ? readInts(constant) : std::nullopt;
  return ints && ints->size() == 1 ? std::optional(ints->front()) : std::nullopt;
}

/// Lines of `points`; half the work where the signal is real.
double transform(double lines, double points, bool real) {
  return lines * mix::fourierFlops(static_cast<int64_t>(points)) / (real ? 2 : 1);
}

double dft(Node n) {
  RankedTensorType x = n.in(0), y = n.out();
  bool oneSided = n.op.getInt("onesided", 0), inverse = n.op.getInt("inverse", 0);
  int64_t axis = n.op.getVersion() < 20 ? n.op.getInt("axis", 1) : constantInt(n.op.getInput(2)).value_or(-2);
  double points = extent(y, axis);
  if (oneSided && !inverse)
    points = static_cast<double>(constantInt(n.op.getInput(1)).value_or(static_cast<int64_t>(extent(x, axis))));
  double lines = elements(y) / std::max(1.0, extent(y, axis)) / extent(y, -1);
  return transform(lines, points, oneSided || extent(x, -1) == 1);
}

/// [batch, frames, bins, 2]; one product with the window per number.
double stft(Node n) {
  RankedTensorType y = n.out(), window = n.in(2);
  bool oneSided = n.op.getInt("onesided", 1);
  double lines = extent(y, 0) * extent(y, 1);
  double points = window ? extent(window, 0) : oneSided ? 2 * (extent(y, 2) - 1) : extent(y, 2);
  if (std::optional<int64_t> length = constantInt(n.op.getInput(3)))
    points = static_cast<double>(*length);
  bool real = n.in(0).getRank() < 3 || extent(n.in(0), -1) == 1;
  return transform(lines, points, real) + (window ? lines * points * (real ? 1 : 2) : 0);
}

/// Every number of the result is the maximum or the sum of a window; none wider than its operand.
double pool(Node n) {
  double taps = 1;
  for (int64_t size : n.op.getInts("kernel_shape").value_or(SmallVector<int64_t>()))
    taps *= static_cast<double>(size);
  return elements(n.out()) * taps;
}

/// X [steps, batch, size] or, with `layout`, [batch, steps, size]; W and R [directions, gates * hidden, ...].
template <int perHidden>
double recurrent(Node n) {
  RankedTensorType x = n.in(0), w = n.in(1), r = n.in(2);
  double tokens = extent(x, 0) * extent(x, 1), hidden = extent(r, -1);
  return tokens * (2 * (elements(w) + elements(r)) + perHidden * extent(w, 0) * hidden);
}

template <int count>
double perResult(Node n) {
  return n.isFloat() ? count * elements(n.out()) : 0;
}
template <int count>
double perInput(Node n) {
  return n.isFloat() ? count * elements(n.in(0)) : 0;
}
/// Sum, Max and so on of any number of operands.
double variadic(Node n) {
  double operands = static_cast<double>(n.op.getInputs().size());
  return n.isFloat() ? std::max(operands - 1, n.op.is("Mean") ? operands : 0) * elements(n.out()) : 0;
}
double clip(Node n) {
  double bounds = n.op.getVersion() < 11 ? 2 : (n.in(1) ? 1 : 0) + (n.in(2) ? 1 : 0);
  return n.isFloat() ? bounds * elements(n.out()) : 0;
}
/// Mean and variance (three), the quotient and the difference (two), scale and bias where there are any.
double layerNorm(Node n) { return elements(n.in(0)) * (5 + (n.in(1) ? 1 : 0) + (n.in(2) ? 1 : 0)); }
/// x sigmoid(1.702 x), 0.5 x (1 + erf(x / sqrt 2)), or that with tanh of a cubic polynomial.
double gelu(Node n) { return (n.op.getString("approximate", "none") == "tanh" ? 8 : 5) * elements(n.out()); }
double nothing(Node) { return 0; }

const llvm::StringMap<Rule> &rules() {
  static const llvm::StringMap<Rule> table = [] {
    llvm::StringMap<Rule> all;
    auto add = [&](Rule rule, std::initializer_list<const char *> names) {
      for (const char *name : names)
        all[name] = rule;
    };
    add(nothing, {"Bernoulli",
                  "BlackmanWindow",
                  "Cast",
                  "CastLike",
                  "CenterCropPad",
                  "Col2Im",
                  "Compress",
                  "Concat",
                  "Constant",
                  "ConstantOfShape",
                  "DepthToSpace",
                  "Dropout",
                  "Expand",
                  "EyeLike",
                  "Flatten",
                  "Gather",
                  "GatherElements",
                  "GatherND",
                  "HammingWindow",
                  "HannWindow",
                  "Identity",
                  "MaxUnpool",
                  "MelWeightMatrix",
                  "Multinomial",
                  "NonMaxSuppression",
                  "NonZero",
                  "OneHot",
                  "Pad",
                  "RandomNormal",
                  "RandomNormalLike",
                  "RandomUniform",
                  "RandomUniformLike",
                  "Range",
                  "Reshape",
                  "ReverseSequence",
                  "Scatter",
                  "ScatterElements",
                  "ScatterND",
                  "Shape",
                  "Size",
                  "Slice",
                  "SpaceToDepth",
                  "Split",
                  "Squeeze",
                  "TensorScatter",
                  "Tile",
                  "TopK",
                  "Transpose",
                  "Trilu",
                  "Unique",
                  "Unsqueeze",
                  "Where"});
    add(perResult<1>, {"Abs",        "Acos",
                       "Acosh",      "Add",
                       "And",        "Asin",
                       "Asinh",      "Atan",
                       "Atanh",      "BitShift",
                       "BitwiseAnd", "BitwiseNot",
                       "BitwiseOr",  "BitwiseXor",
                       "Ceil",       "Cos",
                       "Cosh",       "Div",
                       "Equal",      "Erf",
                       "Exp",        "Floor",
                       "Greater",    "GreaterOrEqual",
                       "IsInf",      "IsNaN",
                       "Less",       "LessOrEqual",
                       "Log",        "Mod",
                       "Mul",        "Neg",
                       "Not",        "Or",
                       "Pow",        "Reciprocal",
                       "Relu",       "Round",
                       "Sign",       "Sin",
                       "Sinh",       "Sqrt",
                       "Sub",        "Tan",
                       "Tanh",       "ThresholdedRelu",
                       "Xor"});
    add(perResult<2>, {"DequantizeLinear", "LeakyRelu", "PRelu", "Shrink", "Softsign"});
    add(perResult<3>, {"Elu", "HardSigmoid", "QuantizeLinear", "Sigmoid", "Softplus"});
    add(perResult<4>, {"Celu", "HardSwish", "Selu", "Swish"});
    add(perResult<5>, {"Mish", "SwiGLU"});
    add(perResult<6>, {"RotaryEmbedding"});
    add(variadic, {"Max", "Mean", "Min", "Sum"});
    add(clip, {"Clip"});
    add(gelu, {"Gelu"});
    add(perInput<1>, {"ArgMax", "ArgMin", "CumProd", "CumSum", "GlobalAveragePool", "GlobalMaxPool", "ReduceMax",
                      "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "Hardmax"});
    add(perInput<2>, {"BatchNormalization", "GlobalLpPool", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceSumSquare"});
    add(perInput<3>, {"LpNormalization", "ReduceLogSumExp"});
    add(perInput<4>, {"DynamicQuantizeLinear", "RMSNormalization"});
    add(perInput<5>, {"LogSoftmax", "MeanVarianceNormalization", "Softmax"});
    add(perInput<6>, {"LRN"});
    add(layerNorm, {"GroupNormalization", "InstanceNormalization", "LayerNormalization"});
    add(matmul, {"MatMul", "MatMulInteger", "QLinearMatMul"});
    add(gemm, {"Gemm"});
    add(conv, {"Conv"});
    add(convInteger, {"ConvInteger"});
    add(qlinearConv, {"QLinearConv"});
    add(convTranspose, {"ConvTranspose"});
    add(einsum, {"Einsum"});
    add(attention, {"Attention"});
    add(dft, {"DFT"});
    add(stft, {"STFT"});
    add(pool, {"AveragePool", "LpPool", "MaxPool"});
    add(recurrent<2>, {"RNN"});
    add(recurrent<11>, {"GRU"});
    add(recurrent<16>, {"LSTM"});
    return all;
  }();
  return table;
}

bool isStatic(Value value) {
  auto shaped = dyn_cast<ShapedType>(value.getType());
  return shaped ? shaped.hasRank() && shaped.hasStaticShape() : isa<onnx::AbsentType>(value.getType());
}

} // namespace

std::optional<double> countFlops(Operation *op) {
  if (op->getDialect() && op->getDialect()->getNamespace() == "func")
    return std::nullopt;
  if (isa<onnx::ConstantOp, onnx::NoneOp>(op))
    return 0;
  if (!llvm::all_of(op->getOperands(), isStatic) || !llvm::all_of(op->getResults(), isStatic))
    return std::nullopt;
  if (auto mixing = dyn_cast<mix::MixingOpInterface>(op))
    return mixing.getFlops();
  if (isa<mix::ReflectOp>(op)) // moves data
    return 0;
  auto node = dyn_cast<NodeOp>(op);
  if (!node || !node.getDomain().empty())
    return std::nullopt;
  auto rule = rules().find(node.getOpType());
  return rule == rules().end() ? std::nullopt : std::optional(rule->second({node}));
}

} // namespace fourmix::rewrite
