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

/// The transforms, then the parts: Unsqueeze, DFT, DFT, Gather of index 0; Hartley's also takes index 1, and Sub.
static Value fourierByDft(mix::FourierOp op, Emitter &nodes) {
  int64_t parts = op.getInput().getType().getRank();
  Value value = nodes.unsqueeze(op.getInput(), parts);
  if (op.getHidden())
    value = dft(nodes, value, *op.getHidden());
  value = dft(nodes, value, op.getSequence());
  if (!value)
    return {};
  auto part = [&](int64_t index) {
    return nodes.create("Gather", {value, nodes.integer(index)}, nodes.attr("axis", parts));
  };
  Value re = part(0);
  return op.getPart() == mix::FourierPart::Real ? re : nodes.create("Sub", {re, part(1)});
}

/// C_n X C_d - S_n X S_d, and for Hartley's part C_n X S_d + S_n X C_d on top; X C of one axis, X C + X S. Mixed axes
/// are brought to the end where they are not there.
static Value fourierByMatmul(mix::FourierOp op, Emitter &nodes) {
  RankedTensorType type = op.getInput().getType();
  SmallVector<int64_t> mixed = op.getMixedAxes(), order, back(type.getRank());
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (!llvm::is_contained(mixed, axis))
      order.push_back(axis);
  // Which of the two comes last does not matter to the formula; the order that is there is kept.
  llvm::append_range(order, mixed);
  for (auto [to, from] : llvm::enumerate(order))
    back[from] = to;
  bool moved = !llvm::is_sorted(order);

  Type element = type.getElementType();
  int64_t n = type.getDimSize(mixed.front()), d = type.getDimSize(mixed.back());
  Value input = moved ? nodes.transpose(op.getInput(), order) : op.getInput();
  auto term = [&](bool rowCosine, bool columnCosine) {
    Value columns = nodes.create("MatMul", {input, trigMatrix(nodes, columnCosine, d, element)});
    return mixed.size() == 1 ? columns : nodes.create("MatMul", {trigMatrix(nodes, rowCosine, n, element), columns});
  };
  bool isHartley = op.getPart() == mix::FourierPart::Hartley;
  Value sum = term(true, true);
  if (mixed.size() == 2)
    sum = nodes.create("Sub", {sum, term(false, false)});
  if (isHartley)
    sum = nodes.create("Add", {sum, term(true, false)});
  if (isHartley && mixed.size() == 2)
    sum = nodes.create("Add", {sum, term(false, true)});
  return moved ? nodes.transpose(sum, back) : sum;
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
