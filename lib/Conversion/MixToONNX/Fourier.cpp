// mix.fourier, mix.mirror and mix.reflect.
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

/// The first `columns` columns of the matrix of cos or sin(2 pi j k / size), computed in double from integer angles.
static Value trigMatrix(Emitter &nodes, bool cosine, int64_t size, int64_t columns, Type element) {
  std::string key = llvm::formatv("{0} {1} {2} {3}", cosine ? "cos" : "sin", size, columns, element).str();
  return nodes.sharedConstant(key, [&] {
    std::vector<double> values(size * columns);
    for (int64_t j = 0; j < size; ++j)
      for (int64_t k = 0; k < columns; ++k) {
        kernels::Root root = kernels::rootOfUnity(j * k, size); // exp(-i angle)
        values[j * columns + k] = cosine ? root.re : 0 - root.im;
      }
    return makeConstant(RankedTensorType::get({size, columns}, element), values, cosine ? "cosines" : "sines");
  });
}

/// The part of re + i im; Hartley's is Re - Im, `im` is made only where it is needed.
static Value takePart(Emitter &nodes, mix::FourierPart part, llvm::function_ref<Value()> re,
                      llvm::function_ref<Value()> im) {
  Value real = re();
  if (part == mix::FourierPart::Real || !real)
    return real;
  Value imaginary = im();
  if (part == mix::FourierPart::Hartley)
    return nodes.create("Sub", {real, imaginary});
  Value square = nodes.create("Add", {nodes.create("Mul", {real, real}), nodes.create("Mul", {imaginary, imaginary})});
  return nodes.create("Sqrt", square);
}

/// The transforms, then the parts: Unsqueeze, DFT, DFT, Gather of index 0, and perhaps 1.
static Value fourierByDft(mix::FourierOp op, Emitter &nodes) {
  Value value = nodes.unsqueeze(op.getInput(), op.getInput().getType().getRank());
  if (op.getHidden())
    value = nodes.dft(value, *op.getHidden(), op.getHalf() ? Emitter::Dft::HalfForward : Emitter::Dft::Forward);
  if (op.getSequence())
    value = nodes.dft(value, *op.getSequence(), Emitter::Dft::Forward);
  return takePart(nodes, op.getPart(), [&] { return nodes.part(value, 0); }, [&] { return nodes.part(value, 1); });
}

/// Re = C_n X C_d - S_n X S_d, Im = -(C_n X S_d + S_n X C_d); X C and -X S of one axis. Mixed axes are brought to the
/// end where they are not there; of the last one half may be kept.
static Value fourierByMatmul(mix::FourierOp op, Emitter &nodes) {
  RankedTensorType type = op.getInput().getType();
  SmallVector<int64_t> mixed = op.getMixedAxes(), order, back(type.getRank());
  // Which of the two comes last does not matter to the formula, unless half of it is kept; the order that is there is.
  if (op.getHalf() && mixed.back() != static_cast<int64_t>(*op.getHidden()))
    std::swap(mixed.front(), mixed.back());
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (!llvm::is_contained(mixed, axis))
      order.push_back(axis);
  llvm::append_range(order, mixed);
  for (auto [to, from] : llvm::enumerate(order))
    back[from] = to;
  bool moved = !llvm::is_sorted(order);

  Type element = type.getElementType();
  int64_t n = type.getDimSize(mixed.front()), d = type.getDimSize(mixed.back());
  Value input = moved ? nodes.transpose(op.getInput(), order) : op.getInput();
  auto term = [&](bool rowCosine, bool columnCosine) {
    int64_t kept = op.getHalf() ? d / 2 + 1 : d;
    Value columns = nodes.create("MatMul", {input, trigMatrix(nodes, columnCosine, d, kept, element)});
    return mixed.size() == 1 ? columns : nodes.create("MatMul", {trigMatrix(nodes, rowCosine, n, n, element), columns});
  };
  bool hasTwo = mixed.size() == 2;
  auto re = [&] {
    Value sum = term(true, true);
    return hasTwo ? nodes.create("Sub", {sum, term(false, false)}) : sum;
  };
  auto negatedIm = [&] {
    Value sum = term(true, false);
    return hasTwo ? nodes.create("Add", {sum, term(false, true)}) : sum;
  };
  Value sum;
  if (op.getPart() == mix::FourierPart::Hartley) {
    // In an order that has no real part on its way, which would be recognised before the whole is.
    sum = nodes.create("Add", {term(true, true), negatedIm()});
    sum = hasTwo ? nodes.create("Sub", {sum, term(false, false)}) : sum;
  } else {
    sum = takePart(nodes, op.getPart(), re, negatedIm); // The sign does not matter to the magnitude.
  }
  return moved ? nodes.transpose(sum, back) : sum;
}

static Results convertFourier(mix::FourierOp op, Emitter &nodes) {
  return {nodes.fourierAsMatmul() ? fourierByMatmul(op, nodes) : fourierByDft(op, nodes)};
}

/// Columns d - l of the columns l that are missing, their rows but the first reversed, put behind what is there.
static Results convertMirror(mix::MirrorOp op, Emitter &nodes) {
  RankedTensorType type = cast<RankedTensorType>(op.getType());
  auto hidden = static_cast<int64_t>(op.getHidden());
  int64_t length = type.getDimSize(hidden);
  SmallVector<int64_t> columns, rows = {0};
  for (int64_t l = length / 2 + 1; l < length; ++l)
    columns.push_back(length - l);
  if (columns.empty())
    return {op.getInput()};
  Value mirrored = nodes.gather(op.getInput(), hidden, columns);
  if (op.getSequence()) {
    for (int64_t k = type.getDimSize(*op.getSequence()) - 1; k > 0; --k)
      rows.push_back(k);
    mirrored = nodes.gather(mirrored, *op.getSequence(), rows);
  }
  return {nodes.create("Concat", {op.getInput(), mirrored}, nodes.attr("axis", hidden))};
}

/// Index 0 stays, the rest is reversed: a Gather per axis.
static Results convertReflect(mix::ReflectOp op, Emitter &nodes) {
  RankedTensorType type = op.getInput().getType();
  Value value = op.getInput();
  for (int64_t axis : op.getAxes()) {
    int64_t size = type.getDimSize(axis);
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
  table.add<mix::MirrorOp>(convertMirror);
  table.add<mix::ReflectOp>(convertReflect);
}
