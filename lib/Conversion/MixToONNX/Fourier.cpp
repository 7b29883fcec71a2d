// mix.fourier and mix.reflect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Kernels/RootsOfUnity.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

/// The transform of complex `value` (a last dimension of 1 or 2 holds the parts) along `axis`.
static Value dft(Emitter &nodes, Value value, int64_t axis) {
  constexpr int64_t axisIsInputSince = 20;
  if (nodes.opset() < axisIsInputSince)
    return nodes.create("DFT", value, nodes.attr("axis", axis));
  return value ? nodes.create("DFT", {value, nodes.none(), nodes.integer(axis)}) : Value();
}

/// The matrix of cos or sin(2 pi j k / size), computed in double from integer angles.
static Value trigMatrix(Emitter &nodes, bool cosine, int64_t size, Type element) {
  std::string key = llvm::formatv("{0} {1} {2}", cosine ? "cos" : "sin", size, element).str();
  return nodes.sharedConstant(key, [&] {
    std::vector<double> values(size * size);
    for (int64_t j = 0; j < size; ++j)
      for (int64_t k = 0; k < size; ++k) {
        kernels::Root root = kernels::rootOfUnity(j * k, size); // exp(-i angle)
        values[j * size + k] = cosine ? root.re : 0 - root.im;
      }
    return makeConstant(RankedTensorType::get({size, size}, element), values, cosine ? "cosines" : "sines");
  });
}

/// Real part of both transforms: Unsqueeze, DFT, DFT, Gather of the parts' index 0.
static Value fourierByDft(mix::FourierOp op, Emitter &nodes) {
  int64_t parts = op.getInput().getType().getRank();
  Value value = nodes.unsqueeze(op.getInput(), parts);
  value = dft(nodes, dft(nodes, value, op.getHidden()), op.getSequence());
  return value ? nodes.create("Gather", {value, nodes.integer(0)}, nodes.attr("axis", parts)) : Value();
}

/// C_n X C_d - S_n X S_d, with the mixed axes brought to the end where they are not there.
static Value fourierByMatmul(mix::FourierOp op, Emitter &nodes) {
  RankedTensorType type = op.getInput().getType();
  int64_t sequence = op.getSequence(), hidden = op.getHidden();
  int64_t n = type.getDimSize(sequence), d = type.getDimSize(hidden);
  SmallVector<int64_t> order, back(type.getRank());
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (axis != sequence && axis != hidden)
      order.push_back(axis);
  // Which of the two comes last does not matter to the formula; the order that is there is kept.
  order.append({std::min(sequence, hidden), std::max(sequence, hidden)});
  if (order[type.getRank() - 1] == sequence)
    std::swap(n, d);
  for (auto [to, from] : llvm::enumerate(order))
    back[from] = to;
  bool moved = !llvm::is_sorted(order);

  Type element = type.getElementType();
  Value input = moved ? nodes.transpose(op.getInput(), order) : op.getInput();
  auto part = [&](bool cosine) {
    Value columns = nodes.create("MatMul", {input, trigMatrix(nodes, cosine, d, element)});
    return nodes.create("MatMul", {trigMatrix(nodes, cosine, n, element), columns});
  };
  Value cosines = part(true);
  Value mixed = cosines ? nodes.create("Sub", {cosines, part(false)}) : Value();
  return moved ? nodes.transpose(mixed, back) : mixed;
}

static Results convertFourier(mix::FourierOp op, Emitter &nodes) {
  RankedTensorType type = op.getInput().getType();
  if (!type.hasStaticShape()) {
    op.emitOpError("expected a static shape, found ") << type;
    return {Value()};
  }
  return {nodes.fourierAsMatmul() ? fourierByMatmul(op, nodes) : fourierByDft(op, nodes)};
}

/// Index 0 stays, the rest is reversed: a Gather per axis.
static Results convertReflect(mix::ReflectOp op, Emitter &nodes) {
  RankedTensorType type = op.getInput().getType();
  Value value = op.getInput();
  for (int64_t axis : op.getAxes()) {
    int64_t size = type.getDimSize(axis);
    if (ShapedType::isDynamic(size)) {
      op.emitOpError("expected a static size of axis ") << axis << ", found " << type;
      return {Value()};
    }
    SmallVector<int64_t> indices;
    for (int64_t i = 0; i < size; ++i)
      indices.push_back(i == 0 ? 0 : size - i);
    if (size > 2)
      value = nodes.gather(value, axis, indices);
  }
  return {value};
}

void fourmix::mix_to_onnx::addFourierConversions(ConversionTable &table) {
  table.add<mix::FourierOp>(convertFourier);
  table.add<mix::ReflectOp>(convertReflect);
}
