// RUN: fourmix-opt %s --split-input-file --verify-diagnostics

// lambda (C1)
func.func @rank(%q: tensor<4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %k: tensor<2x1x8x12xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected queries [b, h, k, n], but found 'tensor<4x8x12xf32>'}}
  %y = mix.lambda %q, %v content %k : tensor<4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<2x1x8x12xf32>
  return
}

// -----

// lambda (C1)
func.func @batches(%q: tensor<2x4x8x12xf32>, %v: tensor<3x1x5x12xf32>, %k: tensor<3x1x8x12xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected values of shape 2, 1, 5, 12, but found 'tensor<3x1x5x12xf32>'}}
  %y = mix.lambda %q, %v content %k : tensor<2x4x8x12xf32>, tensor<3x1x5x12xf32>, tensor<3x1x8x12xf32>
  return
}

// -----

// lambda (C2)
func.func @keys(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %k: tensor<2x1x12x8xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected keys of shape 2, 1, 8, 12, but found 'tensor<2x1x12x8xf32>'}}
  %y = mix.lambda %q, %v content %k : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<2x1x12x8xf32>
  return
}

// -----

// lambda (C3)
func.func @table(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %e: tensor<12x12x1x8xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected table of shape 12, 12, 8, 1, but found 'tensor<12x12x1x8xf32>'}}
  %y = mix.lambda %q, %v table %e : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<12x12x1x8xf32>
  return
}

// -----

// lambda (C4)
func.func @even_kernel(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %r: tensor<8x1x4xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected a kernel of odd extents, but found 'tensor<8x1x4xf32>'}}
  %y = mix.lambda %q, %v kernel %r over [12] : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<8x1x4xf32>
  return
}

// -----

// lambda (C4)
func.func @grid_rank(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %r: tensor<8x1x5xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected a kernel [k, u, ..] with an extent for each of the 2 axes of the grid, but found 'tensor<8x1x5xf32>'}}
  %y = mix.lambda %q, %v kernel %r over [3, 4] : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<8x1x5xf32>
  return
}

// -----

// lambda (C4)
func.func @grid_size(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %r: tensor<8x1x3x3xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected queries and values at the 15 positions of the grid, but found}}
  %y = mix.lambda %q, %v kernel %r over [3, 5] : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<8x1x3x3xf32>
  return
}

// -----

// lambda (C4)
func.func @grid_sign(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %r: tensor<8x1x3x3xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected a grid of positive extents, but found [-3, -4]}}
  %y = mix.lambda %q, %v kernel %r over [-3, -4] : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<8x1x3x3xf32>
  return
}

// -----

// lambda (C4)
func.func @kernel_depth(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %r: tensor<8x2x3xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected kernel of shape 8, 1, 3, but found 'tensor<8x2x3xf32>'}}
  %y = mix.lambda %q, %v kernel %r over [12] : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<8x2x3xf32>
  return
}

// -----

// lambda (C5)
func.func @bias(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %k: tensor<2x1x8x12xf32>, %b: tensor<5xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected bias of shape 8, but found 'tensor<5xf32>'}}
  %y = mix.lambda %q, %v content %k bias %b : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<2x1x8x12xf32>, tensor<5xf32>
  return
}

// -----

// lambda (C6)
func.func @nothing(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected a content or a position lambda, but found neither keys nor table nor kernel}}
  %y = mix.lambda %q, %v : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>
  return
}

// -----

// lambda (C6)
func.func @two_positions(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %e: tensor<12x12x8x1xf32>, %r: tensor<8x1x3xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected one position lambda, but found a table and a kernel}}
  %y = mix.lambda %q, %v table %e kernel %r over [12] : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<12x12x8x1xf32>, tensor<8x1x3xf32>
  return
}

// -----

// lambda (C7)
func.func @element_types(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf64>, %k: tensor<2x1x8x12xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected operands of 'f32', but found 'tensor<2x1x5x12xf64>'}}
  %y = mix.lambda %q, %v content %k : tensor<2x4x8x12xf32>, tensor<2x1x5x12xf64>, tensor<2x1x8x12xf32>
  return
}

// -----

// lambda (C8)
func.func @result(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %k: tensor<2x1x8x12xf32>) {
  // expected-error @+2 {{inferred type(s) 'tensor<2x4x5x12xf32>' are incompatible with return type(s) of operation 'tensor<2x4x12x5xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = "mix.lambda"(%q, %v, %k) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}> : (tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<2x1x8x12xf32>) -> tensor<2x4x12x5xf32>
  return
}

// -----

// A grid without a kernel (C4).
func.func @grid_alone(%q: tensor<2x4x8x12xf32>, %v: tensor<2x1x5x12xf32>, %k: tensor<2x1x8x12xf32>) {
  // expected-error @+1 {{'mix.lambda' op expected no grid where there is no kernel, but found [12]}}
  %y = "mix.lambda"(%q, %v, %k) <{grid = array<i64: 12>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}> : (tensor<2x4x8x12xf32>, tensor<2x1x5x12xf32>, tensor<2x1x8x12xf32>) -> tensor<2x4x5x12xf32>
  return
}
