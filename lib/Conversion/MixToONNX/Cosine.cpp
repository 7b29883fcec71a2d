// mix.cosine: by a DFT of the reordered signal (Kernels/Cosine.h), or by matrices of cosines.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/Cosine.h"
#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

namespace {

struct Transform {
  int64_t axis, length, rank;
  bool inverse, ortho;
  Type element;

  std::string key(StringRef what) const {
    return llvm::formatv("{0} {1} {2} {3} {4} {5}", what, length, inverse, ortho, rank - axis, element).str();
  }
};

/// The product with the matrix: from the right along the last axis, from the left along the one before it; any other
/// axis changes places with the last one.
Value byMatmul(const Transform &t, Value value, Emitter &nodes) {
  SmallVector<int64_t> exchange = llvm::to_vector(llvm::seq<int64_t>(0, t.rank));
  bool fromLeft = t.axis == t.rank - 2, moved = t.axis < t.rank - 2;
  std::swap(exchange[t.axis], exchange.back());
  Value matrix = nodes.sharedConstant(t.key(fromLeft ? "dct" : "dct transposed"), [&] {
    std::vector<double> values = kernels::cosineMatrix(t.length, t.inverse, t.ortho);
    for (int64_t i = 0; i < t.length && !fromLeft; ++i)
      for (int64_t j = 0; j < i; ++j)
        std::swap(values[i * t.length + j], values[j * t.length + i]);
    return makeConstant(RankedTensorType::get({t.length, t.length}, t.element), values, "dct");
  });
  if (fromLeft)
    return nodes.create("MatMul", {matrix, value});
  Value product = nodes.create("MatMul", {moved ? nodes.transpose(value, exchange) : value, matrix});
  return moved ? nodes.transpose(product, exchange) : product;
}

/// Forward: Gather of the samples in another order, DFT, the parts turned. Inverse: the same backwards.
Value byDft(const Transform &t, Value value, Emitter &nodes) {
  kernels::CosineTurns turns = kernels::cosineTurns(t.length, t.length, t.inverse, t.ortho);
  auto table = [&](StringRef what, ArrayRef<double> values) {
    return nodes.sharedConstant(t.key(what), [&] {
      SmallVector<int64_t> shape(t.rank - t.axis, 1); // Broadcast from the right.
      shape[0] = t.length;
      return makeConstant(RankedTensorType::get(shape, t.element), values, what);
    });
  };
  auto mul = [&](Value a, Value b) { return nodes.create("Mul", {a, b}); };
  auto dft = [&](Value complex) {
    return nodes.dft(complex, t.axis, t.inverse ? Emitter::Dft::Inverse : Emitter::Dft::Forward);
  };
  SmallVector<int64_t> order = llvm::to_vector(kernels::cosineOrder(t.length)), back(t.length);
  for (auto [to, from] : llvm::enumerate(order))
    back[from] = static_cast<int64_t>(to);
  Value cosine = table("turn_cos", turns.cosine), sine = table("turn_sin", turns.sine);
  if (!t.inverse) {
    Value spectrum = dft(nodes.unsqueeze(nodes.gather(value, t.axis, order), t.rank));
    return nodes.create("Add", {mul(nodes.part(spectrum, 0), cosine), mul(nodes.part(spectrum, 1), sine)});
  }
  // V[k] = exp(i angle) (X[k] - i X[N-k]), X[N] = 0.
  SmallVector<int64_t> negated = {0};
  for (int64_t k = 1; k < t.length; ++k)
    negated.push_back(t.length - k);
  std::vector<double> masked = turns.cosine;
  masked[0] = 0;
  Value mirrored = nodes.gather(value, t.axis, negated);
  Value re = nodes.create("Add", {mul(value, cosine), mul(mirrored, sine)});
  Value im = nodes.create("Sub", {mul(value, sine), mul(mirrored, table("turn_cos_masked", masked))});
  re = nodes.unsqueeze(re, t.rank);
  im = nodes.unsqueeze(im, t.rank);
  Value spectrum = nodes.create("Concat", {re, im}, nodes.attr("axis", t.rank));
  return nodes.gather(nodes.part(dft(spectrum), 0), t.axis, back);
}

Results convertCosine(mix::CosineOp op, Emitter &nodes) {
  RankedTensorType type = op.getInput().getType();
  Value value = op.getInput();
  SmallVector<int64_t> axes = op.getMixedAxes();
  for (int64_t axis : llvm::reverse(axes)) {
    Transform t = {axis, type.getDimSize(axis), type.getRank(), op.getInverse(), op.getOrtho(), type.getElementType()};
    if (t.length > 1)
      value = nodes.fourierAsMatmul() ? byMatmul(t, value, nodes) : byDft(t, value, nodes);
  }
  return {value};
}
} // namespace

void fourmix::mix_to_onnx::addCosineConversions(ConversionTable &table) { table.add<mix::CosineOp>(convertCosine); }
