// Is a separable form FNet's mixing or Hartley's, over two axes or one, and if not, what is missing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_FOURIER_MATCHFOURIER_H
#define LIB_CONVERSION_ONNXTOMIX_FOURIER_MATCHFOURIER_H

#include "lib/Conversion/ONNXToMix/Analysis/SeparableForm.h"

namespace fourmix::onnx_to_mix {

struct FourierMatch {
  /// How near the form is: `Mixing` is the real thing; the others say how much of it is there, in rising order.
  enum Degree { Unrelated, OneAxis, TwoAxes, Mixing } degree = Unrelated;
  /// Below `Mixing`: the condition that fails.
  std::string reason;

  // What follows holds for a mixing: the value is a reshape of scale * Re(F_n x F_d), or of Re - Im.
  int64_t sequence = 0;          // source axes, in order
  std::optional<int64_t> hidden; // none: Re(F_n x)
  bool isHartley = false;
  double scale = 1;
};

/// Compares `form`, in terms of a source of this shape, with scale * (C_n x C_d - S_n x S_d) over two of its axes, all
/// others unchanged; this is Re(F_n x F_d). With cos cos - sin sin + cos sin + sin cos it is Re - Im, Hartley's; of one
/// axis cos, and cos + sin. Every entry is compared: on N samples the canonical cosines and sines are a basis, so equal
/// coefficients are equal maps, within `tolerance`.
FourierMatch matchFourier(const SeparableForm &form, llvm::ArrayRef<int64_t> sourceShape);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_FOURIER_MATCHFOURIER_H
