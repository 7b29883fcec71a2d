// Gated attention as mix.gated and nodes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GatedAttention.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Ops/Opset.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/EraseDead.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

std::string rewrite::gatedKey(int64_t layer, StringRef what) { return llvm::formatv("layer{0}.{1}", layer, what); }

llvm::Expected<GatedParameters> GatedParameters::read(const CalibrationFile &file, int64_t layer,
                                                      const GatedForm &form) {
  GatedParameters result;
  int64_t heads = form.heads, n = form.tokens;
  auto error = [&](StringRef what, const Twine &expected, const HostTensor *found) {
    return llvm::createStringError("'" + file.getPath() + "': " + gatedKey(layer, what) + ": expected " + expected +
                                   ", but found " + (found ? found->typeText() : std::string("no such array")));
  };
  auto isFloat = [](const HostTensor *array) { return array && !array->isInteger(); };
  auto isFinite = [](const HostTensor &array, bool mayBeNone) {
    for (int64_t i = 0; i < array.size(); ++i)
      if (double x = array.real(i); !std::isfinite(x) && !(mayBeNone && x == -INFINITY))
        return false;
    return true;
  };

  result.gate = file.find(gatedKey(layer, "gate"));
  std::string gateText = llvm::formatv("finite floats COMPONENTSx{0}x{1}", heads, form.features);
  if (!isFloat(result.gate) || result.gate->shape.size() != 3 || result.gate->shape[0] < 1 ||
      result.gate->shape[1] != heads || result.gate->shape[2] != form.features || !isFinite(*result.gate, false))
    return error("gate", gateText, result.gate);
  result.components = result.gate->shape[0];

  result.kernel = file.find(gatedKey(layer, "kernel"));
  std::string kernelText = llvm::formatv("floats {0}x{1}x{2}", result.components, heads, 2 * n - 1);
  kernelText += form.isWindowed() ? " (a kernel that does not wrap around)"
                                  : llvm::formatv(" or {0}x{1}x{2}", result.components, heads, n).str();
  auto fitsKernel = [&](const HostTensor &array) {
    ArrayRef<int64_t> shape = array.shape;
    return shape.size() == 3 && shape[0] == result.components && shape[1] == heads &&
           (shape[2] == 2 * n - 1 || (shape[2] == n && !form.isWindowed()));
  };
  if (!isFloat(result.kernel) || !fitsKernel(*result.kernel) || !isFinite(*result.kernel, true))
    return error("kernel", kernelText, result.kernel);
  if (result.components == 1)
    return result;

  result.mix = file.find(gatedKey(layer, "mix"));
  if (!isFloat(result.mix) || result.mix->shape != result.gate->shape || !isFinite(*result.mix, false))
    return error("mix", llvm::formatv("finite floats {0}x{1}x{2}", result.components, heads, form.features).str(),
                 result.mix);
  result.mixBias = file.find(gatedKey(layer, "mix_bias"));
  if (!isFloat(result.mixBias) ||
      ArrayRef<int64_t>(result.mixBias->shape) != ArrayRef<int64_t>({result.components, heads}) ||
      !isFinite(*result.mixBias, false))
    return error("mix_bias", llvm::formatv("finite floats {0}x{1}", result.components, heads).str(), result.mixBias);
  return result;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

namespace {

/// Writes the gated form; tensors are [batch, tokens, heads, size] inside.
class GatedWriter {
public:
  GatedWriter(OpBuilder &builder, const GatedForm &form, const GatedParameters &parameters)
      : form(form), parameters(parameters), attention(form.sublayer.attention), R(parameters.components),
        element(form.sublayer.getType().getElementType()),
        nodes(builder, attention.getLoc(), onnx::opsetOf(attention->getParentOfType<ModuleOp>())) {}

  /// What replaces the output of the attention; null after a diagnostic.
  Value write() {
    Value x = tokens(), values = valuesByHead();
    SmallVector<Value> gates = split(gatesOf(x)), kernels = kernelsByHead();
    SmallVector<Value> shares = R > 1 ? split(sharesOf(x)) : SmallVector<Value>();
    Value sum;
    for (int64_t r = 0; r < R; ++r) {
      if (!values || !gates[r])
        return {};
      Value part = mix::GatedOp::create(nodes.builder, nodes.loc, values, gates[r], kernels[r], /*axis=*/1);
      if (R > 1)
        part = nodes.create("Mul", {part, shares[r]});
      sum = sum ? nodes.create("Add", {sum, part}) : part;
    }
    sum = zeroWithoutKeys(sum);
    auto type = attention.getOutput().getType();
    return type.getRank() == 4 ? nodes.transpose(sum, {0, 2, 1, 3}) : nodes.reshape(sum, type.getShape());
  }

private:
  /// The sublayer's input as [batch, tokens, features].
  Value tokens() {
    Value x = form.sublayer.input;
    if (form.sublayer.getType().getRank() == 3 && form.sublayer.sequence == 0)
      x = nodes.transpose(x, {1, 0, 2});
    SmallVector<int64_t> shape{form.batch, form.tokens, form.features};
    return cast<RankedTensorType>(x.getType()).getShape() == ArrayRef<int64_t>(shape) ? x : nodes.reshape(x, shape);
  }

  /// Heads that share values have copies of them.
  Value valuesByHead() {
    Value values = attention.getValue();
    auto type = attention.getValue().getType();
    int64_t own = attention.getKvHeads(), size = attention.getSizes().valueSize;
    values = type.getRank() == 4 ? nodes.transpose(values, {0, 2, 1, 3})
                                 : nodes.reshape(values, {form.batch, form.tokens, own, size});
    if (own == form.heads)
      return values;
    values = nodes.reshape(values, {form.batch, form.tokens, own, 1, size});
    values = nodes.create("Expand", {values, nodes.ints({form.batch, form.tokens, own, form.heads / own, size})});
    return nodes.reshape(values, {form.batch, form.tokens, form.heads, size});
  }

  Value constant(ArrayRef<int64_t> shape, ArrayRef<double> numbers, StringRef hint) {
    return nodes.constant(makeConstant(RankedTensorType::get(shape, element), numbers, hint));
  }

  /// `x` times the vectors of an array [R, heads, features]: [batch, tokens, R, heads].
  Value product(Value x, const HostTensor &vectors, StringRef hint) {
    int64_t count = R * form.heads, d = form.features;
    std::vector<double> matrix(d * count);
    for (int64_t column = 0; column < count; ++column)
      for (int64_t f = 0; f < d; ++f)
        matrix[f * count + column] = vectors.real(column * d + f);
    Value result = nodes.create("MatMul", {x, constant({d, count}, matrix, hint)});
    return nodes.reshape(result, {form.batch, form.tokens, R, form.heads});
  }

  /// A mask or bias over keys, which broadcasts to [batch, heads, 1, tokens], as [batch or 1, tokens, 1, heads or 1].
  Value overTokens(Value value) {
    SmallVector<int64_t> shape(cast<RankedTensorType>(value.getType()).getShape());
    if (shape.size() < 4) {
      shape.insert(shape.begin(), 4 - shape.size(), 1);
      value = nodes.reshape(value, shape);
    }
    return nodes.transpose(value, {0, 3, 2, 1});
  }

  Value lowest() {
    if (attention.getFill() && attention.getFill()->isFinite())
      return nodes.number(attention.getFill()->convertToDouble(), element);
    const llvm::fltSemantics &semantics = cast<FloatType>(element).getFloatSemantics();
    return nodes.number(llvm::APFloat::getLargest(semantics, /*Negative=*/true).convertToDouble(), element);
  }

  bool fillsFinitely() { return attention.getFill() && attention.getFill()->isFinite(); }

  /// exp(gate . x) over the largest of the sequence, which cancels in the quotient; 0 where the key is masked.
  Value gatesOf(Value x) {
    Value scores = product(x, *parameters.gate, "gate");
    if (form.bias)
      scores = nodes.create("Add", {scores, overTokens(form.bias)});
    Value mask = form.mask ? overTokens(form.mask) : Value();
    if (mask)
      scores = nodes.create("Where", {mask, scores, lowest()});
    Value differences = nodes.create("Sub", {scores, reduceMax(scores)});
    // The largest may be hidden by the window: what a query sees must not be all zero.
    if (form.isWindowed())
      differences = nodes.create("Max", {differences, nodes.number(-60, element)});
    Value gates = nodes.create("Exp", {differences});
    // With a finite fill a query that may see no key sees all alike.
    if (mask && !fillsFinitely())
      gates = nodes.create("Where", {mask, gates, nodes.number(0, element)});
    return gates;
  }

  /// Over the tokens, which stay as an axis of 1.
  Value reduceMax(Value value) {
    if (nodes.opset() >= 18)
      return nodes.create("ReduceMax", {value, nodes.ints({1})}, {nodes.attr("keepdims", int64_t(1))});
    return nodes.create("ReduceMax", {value},
                        {nodes.attr("axes", ArrayRef<int64_t>{1}), nodes.attr("keepdims", int64_t(1))});
  }

  /// The mixture: [batch, tokens, R, heads], which adds up to 1 over R.
  Value sharesOf(Value x) {
    std::vector<double> bias;
    for (int64_t i = 0; i < R * form.heads; ++i)
      bias.push_back(parameters.mixBias->real(i));
    Value logits =
        nodes.create("Add", {product(x, *parameters.mix, "mix"), constant({R, form.heads}, bias, "mix_bias")});
    // Before opset 13 a softmax is over all axes from the given one on.
    if (nodes.opset() >= 13)
      return nodes.create("Softmax", {logits}, {nodes.attr("axis", int64_t(2))});
    logits = nodes.create("Softmax", {nodes.transpose(logits, {0, 1, 3, 2})}, {nodes.attr("axis", int64_t(3))});
    return nodes.transpose(logits, {0, 1, 3, 2});
  }

  /// [batch, tokens, R, heads] as R tensors [batch, tokens, heads, 1].
  SmallVector<Value> split(Value value) {
    SmallVector<Value> parts = R > 1 ? nodes.split(value, 2, SmallVector<int64_t>(R, 1)) : SmallVector<Value>{value};
    for (Value &part : parts)
      part = nodes.reshape(part, {form.batch, form.tokens, form.heads, 1});
    return parts;
  }

  /// [1, taps, heads, 1] of every component, the largest number 1.
  SmallVector<Value> kernelsByHead() {
    int64_t heads = form.heads, taps = parameters.kernel->shape[2], n = form.tokens;
    SmallVector<Value> kernels;
    for (int64_t r = 0; r < R; ++r) {
      std::vector<double> kernel(taps * heads);
      for (int64_t head = 0; head < heads; ++head) {
        auto t = [&](int64_t tap) {
          int64_t distance = tap - (n - 1);
          bool isSeen = taps == n || (distance >= -form.left && distance <= form.right);
          return isSeen ? parameters.kernel->real((r * heads + head) * taps + tap) : -INFINITY;
        };
        double largest = -INFINITY;
        for (int64_t tap = 0; tap < taps; ++tap)
          largest = std::max(largest, t(tap));
        for (int64_t tap = 0; tap < taps; ++tap)
          kernel[tap * heads + head] = largest == -INFINITY ? 0 : std::exp(t(tap) - largest);
      }
      kernels.push_back(constant({1, taps, heads, 1}, kernel, "kernel"));
    }
    return kernels;
  }

  /// 0 / 0 where all keys are masked: what the attention says there.
  Value zeroWithoutKeys(Value y) {
    if (!form.mask || fillsFinitely() || attention.getMaskedRows() != mix::MaskedRows::Zero)
      return y;
    Value seen = nodes.create("Where", {overTokens(form.mask), nodes.number(1, element), nodes.number(0, element)});
    seen = reduceMax(seen); // [batch or 1, 1, 1, heads or 1]
    auto shape = cast<RankedTensorType>(seen.getType()).getShape();
    seen = nodes.create("Greater", {nodes.reshape(seen, {shape[0], 1, shape[3], 1}), nodes.number(0, element)});
    return nodes.create("Where", {seen, y, nodes.number(0, element)});
  }

  const GatedForm &form;
  const GatedParameters &parameters;
  mix::AttentionOp attention;
  int64_t R;
  Type element;
  onnx::NodeBuilder nodes;
};

} // namespace

LogicalResult rewrite::applyGated(const GatedForm &form, const GatedParameters &parameters) {
  mix::AttentionOp attention = form.sublayer.attention;
  OpBuilder builder(attention);
  Value result = GatedWriter(builder, form, parameters).write();
  if (!result)
    return failure();
  onnx::passNameOn(attention.getOutput(), result);
  if (form.sublayer.output == attention.getOutput())
    passLayerOn(attention, result.getDefiningOp());
  attention.getOutput().replaceAllUsesWith(result);
  eraseDead(attention, [](Operation *op) { return isa<onnx::ONNXDialect, mix::MixDialect>(op->getDialect()); });
  return success();
}
