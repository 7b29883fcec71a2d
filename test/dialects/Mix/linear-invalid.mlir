// RUN: fourmix-opt %s --split-input-file --verify-diagnostics

// linear (C1)
func.func @beyond_rank(%x: tensor<2x4x6xf32>, %s: tensor<4x4xf32>) {
  // expected-error @+1 {{'mix.linear' op axis 'sequence' is 3, but the input has rank 3}}
  %y = mix.linear %x sequence 3 by %s : tensor<2x4x6xf32>, tensor<4x4xf32>
  return
}

// -----

// linear (C2)
func.func @same_axis(%x: tensor<2x4x6xf32>, %s: tensor<4x4xf32>) {
  // expected-error @+1 {{'mix.linear' op axes 'sequence' and 'hidden' must differ, but both are 1}}
  %y = mix.linear %x sequence 1 by %s hidden 1 by %s : tensor<2x4x6xf32>, tensor<4x4xf32>, tensor<4x4xf32>
  return
}

// -----

// linear (C3): [n', n]
func.func @transposed(%x: tensor<2x4x6xf32>, %s: tensor<4x5xf32>) {
  // expected-error @+1 {{'mix.linear' op expected a matrix that reads the 4 elements of axis 'sequence', but found 'tensor<4x5xf32>'}}
  %y = mix.linear %x sequence 1 by %s : tensor<2x4x6xf32>, tensor<4x5xf32>
  return
}

// -----

// linear (C4): [d, d']
func.func @not_a_matrix(%x: tensor<2x4x6xf32>, %s: tensor<4x4xf32>, %h: tensor<6xf32>) {
  // expected-error @+1 {{'mix.linear' op expected a matrix that reads the 6 elements of axis 'hidden', but found 'tensor<6xf32>'}}
  %y = mix.linear %x sequence 1 by %s hidden 2 by %h : tensor<2x4x6xf32>, tensor<4x4xf32>, tensor<6xf32>
  return
}

// -----

// linear (C5)
func.func @result(%x: tensor<2x4x6xf32>, %s: tensor<5x4xf32>) {
  // expected-error @+2 {{inferred type(s) 'tensor<2x5x6xf32>' are incompatible with return type(s) of operation 'tensor<2x4x6xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = "mix.linear"(%x, %s) <{sequence = 1 : i64}> : (tensor<2x4x6xf32>, tensor<5x4xf32>) -> tensor<2x4x6xf32>
  return
}

// -----

func.func @half_hidden(%x: tensor<2x4x6xf32>, %s: tensor<4x4xf32>) {
  // expected-error @+2 {{'mix.linear' op expected the axis 'hidden' and its matrix, but found only one}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = "mix.linear"(%x, %s) <{sequence = 1 : i64, hidden = 2 : i64}> : (tensor<2x4x6xf32>, tensor<4x4xf32>) -> tensor<2x4x6xf32>
  return
}

// -----

func.func @mixed_precision(%x: tensor<2x4x6xf32>, %s: tensor<4x4xf64>) {
  // expected-error @+1 {{'mix.linear' op expected matrices of 'f32', but found 'tensor<4x4xf64>'}}
  %y = mix.linear %x sequence 1 by %s : tensor<2x4x6xf32>, tensor<4x4xf64>
  return
}
