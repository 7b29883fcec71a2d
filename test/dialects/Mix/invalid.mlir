// RUN: fourmix-opt %s --split-input-file --verify-diagnostics

// fourier (C1)
func.func @integers(%x: tensor<2x4x6xi32>) {
  // expected-error @+1 {{'mix.fourier' op operand #0 must be ranked tensor of floating-point values, but got 'tensor<2x4x6xi32>'}}
  %y = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xi32>
  return
}

// -----

// fourier (C2)
func.func @sequence_beyond_rank(%x: tensor<2x4x6xf32>) {
  // expected-error @+1 {{'mix.fourier' op axis 'sequence' is 3, but the input has rank 3}}
  %y = mix.fourier %x sequence 3 hidden 2 : tensor<2x4x6xf32>
  return
}

// -----

func.func @negative_hidden(%x: tensor<2x4x6xf32>) {
  // expected-error @+1 {{'mix.fourier' op axis 'hidden' is -1, but the input has rank 3}}
  %y = mix.fourier %x sequence 1 hidden -1 : tensor<2x4x6xf32>
  return
}

// -----

// fourier (C3)
func.func @same_axis(%x: tensor<2x4x6xf32>) {
  // expected-error @+1 {{'mix.fourier' op axes 'sequence' and 'hidden' must differ, but both are 1}}
  %y = mix.fourier %x sequence 1 hidden 1 : tensor<2x4x6xf32>
  return
}

// -----

// reflect (C2)
func.func @reflect_beyond_rank(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.reflect' op axis 2 is out of range, the input has rank 2}}
  %y = mix.reflect %x axes [0, 2] : tensor<4x6xf32>
  return
}

// -----

func.func @reflect_twice(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.reflect' op axes must be in ascending order and distinct, but 1 follows 1}}
  %y = mix.reflect %x axes [1, 1] : tensor<4x6xf32>
  return
}
