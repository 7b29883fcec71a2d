// Fourier transforms and the windows they are used with.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include <cmath>

using namespace mlir;

namespace fourmix::onnx {
namespace {

//===-- DFT ---------------------------------------------------------------===//

/// [.., n, .., 1 or 2] -> [.., length or bins, .., 2]; an inverse one-sided transform gives real numbers, [.., length,
/// .., 1]. The axis is an attribute (default 1) before opset 20 and an input (default -2) from then on.
LogicalResult inferDFT(Inference &op) {
  if (failed(op.expectMinRank(0, 2)))
    return failure();
  int64_t rank = op.rank(0), axis = -2;
  if (op.node.getVersion() < 20) {
    axis = op.node.getInt("axis", 1);
  } else if (op.has(2)) {
    FailureOr<int64_t> given = op.scalar(2, "axis");
    if (failed(given))
      return failure();
    axis = *given;
  }
  FailureOr<int64_t> normal = op.axis(axis, rank);
  if (failed(normal))
    return failure();
  if (*normal == rank - 1)
    return op.error() << "axis " << axis << " is the last one, which holds real and imaginary part";
  Shape shape(op.shape(0));
  if (shape.back() != 1 && shape.back() != 2)
    return op.error() << "expected 1 or 2 (real, or real and imaginary part) as last dim, found " << op.type(0);
  bool inverse = op.node.getInt("inverse", 0), onesided = op.node.getInt("onesided", 0);
  int64_t length = inverse && onesided ? 2 * (shape[*normal] - 1) : shape[*normal];
  if (op.has(1)) {
    FailureOr<int64_t> given = op.scalar(1, "dft_length");
    if (failed(given))
      return failure();
    length = *given;
  }
  if (length < 1)
    return op.error() << "expected a transform length of 1 or more, found " << length;
  if (onesided && !inverse && shape.back() == 2)
    return op.error() << "expected real input for a one-sided transform, found " << op.type(0);
  shape[*normal] = onesided && !inverse ? length / 2 + 1 : length;
  shape.back() = onesided && inverse ? 1 : 2;
  return op.result(shape, op.element(0));
}

//===-- STFT --------------------------------------------------------------===//

/// [batch, samples, 1 or 2] or [batch, samples] -> [batch, frames, bins, 2].
LogicalResult inferSTFT(Inference &op) {
  ArrayRef<int64_t> signal = op.shape(0);
  if (signal.size() < 2 || signal.size() > 3 || (signal.size() == 3 && signal[2] != 1 && signal[2] != 2))
    return op.error() << "expected a signal [batch, samples, 1 or 2], found " << op.type(0);
  FailureOr<int64_t> step = op.scalar(1, "frame_step");
  if (failed(step))
    return failure();
  int64_t length = 0;
  if (op.has(2)) {
    if (failed(op.expectRank(2, 1)))
      return failure();
    length = op.shape(2)[0];
  }
  if (op.has(3)) {
    FailureOr<int64_t> given = op.scalar(3, "frame_length");
    if (failed(given))
      return failure();
    if (op.has(2) && length != *given)
      return op.error() << "expected a window of frame_length " << *given << ", found " << op.type(2);
    length = *given;
  }
  bool onesided = op.node.getInt("onesided", 1);
  if (onesided && signal.size() == 3 && signal[2] == 2)
    return op.error() << "expected a real signal for a one-sided transform, found " << op.type(0);
  if (*step < 1 || length < 1 || length > signal[1])
    return op.error() << "expected a frame_step of 1 or more and a frame_length from 1 to " << signal[1] << ", found "
                      << *step << " and " << length;
  return op.result({signal[0], (signal[1] - length) / *step + 1, onesided ? length / 2 + 1 : length, 2}, op.element(0));
}

//===-- Windows -----------------------------------------------------------===//

LogicalResult inferWindow(Inference &op) {
  FailureOr<int64_t> size = op.scalar(0, "size");
  if (failed(size))
    return failure();
  int64_t code = op.node.getInt("output_datatype", 1);
  Type element = elementTypeOf(op.node.getContext(), code);
  if (!element)
    return op.error() << "unknown ONNX element type " << code;
  return op.result({*size}, element);
}

/// [bins of a one-sided spectrum, mel bins].
LogicalResult inferMelWeights(Inference &op) {
  FailureOr<int64_t> bins = op.scalar(0, "num_mel_bins"), length = op.scalar(1, "dft_length");
  if (failed(bins) || failed(length))
    return failure();
  // No shape depends on the others, but only constants are computed.
  constexpr const char *names[] = {"", "", "sample_rate", "lower_edge_hertz", "upper_edge_hertz"};
  for (unsigned i = 2; i < 5; ++i)
    if (failed(op.number(i, names[i])))
      return failure();
  Type element = elementTypeOf(op.node.getContext(), op.node.getInt("output_datatype", 1));
  if (!element || *length < 0)
    return op.error() << "expected a known output_datatype and a dft_length of 0 or more, found "
                      << op.node.getInt("output_datatype", 1) << " and " << *length;
  return op.result({*length / 2 + 1, *bins}, element);
}

/// Triangles over the bins, their corners evenly spaced on the mel scale.
bool foldMelWeights(Folding &op) {
  FoldTensor result = op.zeros();
  double numbers[5];
  for (unsigned i = 0; i < 5; ++i) {
    if (!op.input(i) || op.input(i)->size() != 1)
      return false;
    numbers[i] = op.input(i)->real(0);
  }
  if (!result.isReal() || !(numbers[2] > 0))
    return false;
  auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  auto hertz = [](double mel) { return 700 * (std::pow(10, mel / 2595) - 1); };
  int64_t bins = op.resultShape()[0], bands = op.resultShape()[1];
  double low = mel(numbers[3]), step = (mel(numbers[4]) - low) / static_cast<double>(bands + 2);
  std::vector<int64_t> corners;
  for (int64_t i = 0; i < bands + 2; ++i)
    corners.push_back(std::clamp<int64_t>(
        static_cast<int64_t>(std::floor((numbers[1] + 1) * hertz(low + step * static_cast<double>(i)) / numbers[2])), 0,
        bins));
  for (int64_t band = 0; band < bands; ++band) {
    int64_t from = corners[band], centre = corners[band + 1], to = corners[band + 2];
    if (centre == from && centre < bins)
      result.reals[centre * bands + band] = 1;
    for (int64_t bin = from; bin <= centre && bin < bins && centre != from; ++bin)
      result.reals[bin * bands + band] = static_cast<double>(bin - from) / static_cast<double>(centre - from);
    for (int64_t bin = centre; bin < to && bin < bins; ++bin)
      result.reals[bin * bands + band] = static_cast<double>(to - bin) / static_cast<double>(to - centre);
  }
  return op.set(result);
}

/// A sum of cosines: `a0 - a1 cos(2 pi k / N) + a2 cos(4 pi k / N)`.
bool foldWindow(Folding &op) {
  FoldTensor result = op.zeros();
  if (!result.isReal())
    return false;
  StringRef kind = op.node.getOpType();
  double a0 = kind == "HannWindow" ? 0.5 : kind == "HammingWindow" ? 25.0 / 46.0 : 0.42;
  double a1 = kind == "BlackmanWindow" ? 0.5 : 1 - a0, a2 = kind == "BlackmanWindow" ? 0.08 : 0;
  int64_t size = result.size(), n = op.node.getInt("periodic", 1) ? size : size - 1;
  for (int64_t k = 0; k < size; ++k) {
    double angle = n > 0 ? 2 * M_PI * k / n : 0;
    result.reals[k] = a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle);
  }
  return op.set(result);
}

} // namespace

void addTransformRows(OpTable &table) {
  table.add({"DFT", 17, 1, inferDFT});
  table.add({"STFT", 17, 2, inferSTFT});
  table.add({"MelWeightMatrix", 17, 5, inferMelWeights, foldMelWeights});
  for (const char *op : {"HannWindow", "HammingWindow", "BlackmanWindow"})
    table.add({op, 17, 1, inferWindow, foldWindow});
}

} // namespace fourmix::onnx
