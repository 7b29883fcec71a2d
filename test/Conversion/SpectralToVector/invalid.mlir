// RUN: fourmix-opt %s --convert-spectral-to-vector --split-input-file --verify-diagnostics

func.func @dynamic(%x: tensor<?x8xf32>) -> tensor<?x5xf32> {
  // expected-error @below {{can be lowered to vectors for static shapes of f32 or f64 only, but has 'tensor<?x8xf32>'}}
  %a, %b = spectral.rdft %x along 1 : tensor<?x8xf32>
  return %a : tensor<?x5xf32>
}

// -----

func.func @half(%x: tensor<4x8xf16>) -> tensor<4x5xf16> {
  // expected-error @below {{can be lowered to vectors for static shapes of f32 or f64 only, but has 'tensor<4x8xf16>'}}
  %a, %b = spectral.rdft %x along 1 : tensor<4x8xf16>
  return %a : tensor<4x5xf16>
}
