// With spectra, whatever can be a filter is one: here three taps around a circle of 64, which are cheaper one by one.
// RUN: fourmix-opt %s --convert-mix-to-spectral | FileCheck %s --check-prefix=TAPS
// RUN: fourmix-opt %s --convert-mix-to-spectral=spectra | FileCheck %s --check-prefix=SPECTRA
// TAPS-NOT: spectral
// SPECTRA: spectral.filter
func.func @main(%x: tensor<2x64xf32>, %w: tensor<1x3xf32>) -> tensor<2x64xf32> {
  %y = mix.circulant %x, %w axes [1] as correlation : tensor<2x64xf32>, tensor<1x3xf32>
  return %y : tensor<2x64xf32>
}
