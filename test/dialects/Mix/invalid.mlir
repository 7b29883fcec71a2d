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

// -----

// fourier (C3)
func.func @no_axis(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.fourier' op expected an axis 'sequence' or 'hidden', found neither}}
  %y = mix.fourier %x : tensor<4x6xf32>
  return
}

// -----

// fourier (C4)
func.func @half_of_sequence(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.fourier' op expected an axis 'hidden', of which half is kept, found none}}
  %y = mix.fourier %x sequence 0 half : tensor<4x6xf32>
  return
}

// -----

func.func @half_of_hartley(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.fourier' op expected part real or magnitude where half is kept, found hartley, which is not even}}
  %y = mix.fourier %x sequence 0 hidden 1 part hartley half : tensor<4x6xf32>
  return
}

// -----

// fourier (C5)
func.func @wrong_half(%x: tensor<4x6xf32>) {
  // expected-error @+2 {{'mix.fourier' op inferred type(s) 'tensor<4x4xf32>' are incompatible with return type(s) of operation 'tensor<4x6xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = "mix.fourier"(%x) <{hidden = 1 : i64, half}> : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return
}

// -----

// mirror (C2)
func.func @mirror_beyond_rank(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.mirror' op axis 'hidden' is 2, but the input has rank 2}}
  %y = mix.mirror %x hidden 2 length 10 : tensor<4x6xf32>
  return
}

// -----

// mirror (C3)
func.func @mirror_of_another_length(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.mirror' op expected length / 2 + 1 = 5 elements along axis 1, found 6}}
  %y = mix.mirror %x sequence 0 hidden 1 length 8 : tensor<4x6xf32>
  return
}

// -----

// cosine (C2)
func.func @cosine_beyond_rank(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.cosine' op axis 'sequence' is 5, but the input has rank 2}}
  %y = mix.cosine %x sequence 5 : tensor<4x6xf32>
  return
}

// -----

// cosine (C3)
func.func @cosine_without_axis(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.cosine' op expected an axis 'sequence' or 'hidden', found neither}}
  %y = mix.cosine inverse %x ortho : tensor<4x6xf32>
  return
}
