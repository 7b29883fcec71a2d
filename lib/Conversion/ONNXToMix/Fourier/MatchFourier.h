// Is a separable form FNet's mixing or one of its variants, over two axes or one, and if not, what is missing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_FOURIER_MATCHFOURIER_H
#define LIB_CONVERSION_ONNXTOMIX_FOURIER_MATCHFOURIER_H

#include "lib/Conversion/ONNXToMix/Analysis/SeparableForm.h"

namespace fourmix::onnx_to_mix {

/// What a value is of its source: a reshape of `scale` times this.
struct FourierVariant {
  enum Kind { Real, Hartley, Magnitude, Cosine, InverseCosine } kind = Real;
  llvm::SmallVector<int64_t, 2> axes; // source axes in order, but what is kept half of comes last
  bool half = false;                  // d/2 + 1 columns of the last of `axes` are kept
  bool ortho = false;                 // of a cosine transform
  llvm::SmallVector<int64_t, 2> kept; // of a cosine transform, how many coefficients per axis
  double scale = 1;

  bool isCosine() const { return kind == Cosine || kind == InverseCosine; }
  /// The shape of the variant of a source.
  llvm::SmallVector<int64_t> shape(llvm::ArrayRef<int64_t> source) const;
};

struct FourierMatch {
  /// How near the form is: `Mixing` is the real thing; the others say how much of it is there, in rising order.
  enum Degree { Unrelated, OneAxis, TwoAxes, Mixing } degree = Unrelated;
  /// Below `Mixing`: the condition that fails.
  std::string reason;
  FourierVariant variant;
};

/// Compares `form`, in terms of a source of this shape, with scale * (C_n x C_d - S_n x S_d) over two of its axes, all
/// others unchanged; this is Re(F_n x F_d). With cos cos - sin sin + cos sin + sin cos it is Re - Im, Hartley's; of one
/// axis cos, and cos + sin. The rows of one axis may be the first half. Every entry is compared: on N samples the
/// canonical cosines and sines are a basis, so equal coefficients are equal maps, within `tolerance`.
FourierMatch matchFourier(const SeparableForm &form, llvm::ArrayRef<int64_t> sourceShape);

/// The cosine transform, or its inverse, that `form` is: products of its rows along one axis or two, orthogonal or not.
std::optional<FourierVariant> matchCosine(const SeparableForm &form, llvm::ArrayRef<int64_t> sourceShape);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_FOURIER_MATCHFOURIER_H
