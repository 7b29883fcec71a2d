// RUN: fourmix-opt %s --split-input-file --verify-diagnostics

// dft_c1
func.func @dft_axis(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{'spectral.dft' op axis must lie in [0, 2) for 'tensor<4x8xf32>', but is 2}}
  %a, %b = spectral.dft forward %x along 2 : tensor<4x8xf32>
  return
}

// -----

// dft_c1: the verifier says the same of a module that was not parsed from the pretty form.
func.func @dft_axis_generic(%x: tensor<4x8xf32>) {
  // expected-error@+2 {{'spectral.dft' op axis must lie in [0, 2) for 'tensor<4x8xf32>', but is -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %a, %b = "spectral.dft"(%x) <{direction = #spectral<direction forward>, axis = -1 : i64, length = 8 : i64}>
      : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>)
  return
}

// -----

// dft_c2
func.func @dft_length(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{'spectral.dft' op length must be at least 1, but is 0}}
  %a, %b = spectral.dft forward %x along 1 length 0 : tensor<4x8xf32>
  return
}

// -----

// dft_c2
func.func @dft_dynamic(%x: tensor<4x?xf32>) {
  // expected-error@+1 {{'spectral.dft' op axis 1 must have a static extent, but the input is 'tensor<4x?xf32>'}}
  %a, %b = spectral.dft forward %x along 1 length 8 : tensor<4x?xf32>
  return
}

// -----

// dft_c3
func.func @dft_pair(%x: tensor<4x8xf32>, %y: tensor<4x8xf64>) {
  // expected-error@+1 {{imaginary part must have the type of the real part, 'tensor<4x8xf32>', but has 'tensor<4x8xf64>'}}
  %a, %b = "spectral.dft"(%x, %y) <{direction = #spectral<direction forward>, axis = 1 : i64, length = 8 : i64}>
      : (tensor<4x8xf32>, tensor<4x8xf64>) -> (tensor<4x8xf32>, tensor<4x8xf32>)
  return
}

// -----

// dft_c4
func.func @dft_result(%x: tensor<4x8xf32>) {
  // expected-error@+2 {{inferred type(s) 'tensor<4x6xf32>', 'tensor<4x6xf32>' are incompatible with return type(s)}}
  // expected-error@+1 {{failed to infer returned types}}
  %a, %b = "spectral.dft"(%x) <{direction = #spectral<direction forward>, axis = 1 : i64, length = 6 : i64}>
      : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @dft_direction(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected 'forward' or 'inverse', but got 'backward'}}
  %a, %b = spectral.dft backward %x along 1 : tensor<4x8xf32>
  return
}

// -----

func.func @dft_plan(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected the plan fft, matmul or optic, but found 'magic'}}
  %a, %b = spectral.dft forward %x along 1 plan magic : tensor<4x8xf32>
  return
}

// -----

func.func @dft_element(%x: tensor<4x8xi32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of floating-point values, but got 'tensor<4x8xi32>'}}
  %a, %b = spectral.dft forward %x along 1 : tensor<4x8xi32>
  return
}

// -----

// rdft_c1
func.func @rdft_axis(%x: tensor<8xf32>) {
  // expected-error@+1 {{'spectral.rdft' op axis must lie in [0, 1) for 'tensor<8xf32>', but is 1}}
  %a, %b = spectral.rdft %x along 1 : tensor<8xf32>
  return
}

// -----

// rdft_c2
func.func @rdft_length(%x: tensor<8xf32>) {
  // expected-error@+1 {{'spectral.rdft' op length must be at least 1, but is -3}}
  %a, %b = spectral.rdft %x along 0 length -3 : tensor<8xf32>
  return
}

// -----

// rdft_c3
func.func @rdft_result(%x: tensor<8xf32>) {
  // expected-error@+2 {{inferred type(s) 'tensor<5xf32>', 'tensor<5xf32>' are incompatible with return type(s)}}
  // expected-error@+1 {{failed to infer returned types}}
  %a, %b = "spectral.rdft"(%x) <{axis = 0 : i64, length = 8 : i64}> : (tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

// irdft_c1
func.func @irdft_axis(%x: tensor<5xf32>) {
  // expected-error@+1 {{'spectral.irdft' op axis must lie in [0, 1) for 'tensor<5xf32>', but is 4}}
  %a = spectral.irdft %x along 4 length 8 : tensor<5xf32>
  return
}

// -----

// irdft_c2
func.func @irdft_extent(%x: tensor<5xf32>) {
  // expected-error@+1 {{half spectrum of length 7 must have extent 4 along axis 0, but has 5}}
  %a = spectral.irdft %x along 0 length 7 : tensor<5xf32>
  return
}

// -----

// irdft_c2
func.func @irdft_length(%x: tensor<5xf32>) {
  // expected-error@+1 {{expected 'length': a half spectrum does not tell even from odd}}
  %a = spectral.irdft %x along 0 : tensor<5xf32>
  return
}

// -----

// irdft_c3
func.func @irdft_pair(%x: tensor<5xf32>, %y: tensor<4xf32>) {
  // expected-error@+1 {{imaginary part must have the type of the real part, 'tensor<5xf32>', but has 'tensor<4xf32>'}}
  %a = "spectral.irdft"(%x, %y) <{axis = 0 : i64, length = 8 : i64}> : (tensor<5xf32>, tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

// irdft_c4
func.func @irdft_result(%x: tensor<5xf32>) {
  // expected-error@+2 {{inferred type(s) 'tensor<8xf32>' are incompatible with return type(s)}}
  // expected-error@+1 {{failed to infer returned types}}
  %a = "spectral.irdft"(%x) <{axis = 0 : i64, length = 8 : i64}> : (tensor<5xf32>) -> tensor<9xf32>
  return
}

// -----

// filter_c1
func.func @filter_axes(%x: tensor<4x8xf32>, %s: tensor<4x5xf32>) {
  // expected-error@+1 {{expected distinct axes in [0, 2), but found axis 1}}
  %a = spectral.filter %x by %s along [1, 1] lengths [8, 8] : (tensor<4x8xf32>, tensor<4x5xf32>) -> tensor<4x8xf32>
  return
}

// -----

// filter_c1
func.func @filter_lengths(%x: tensor<4x8xf32>, %s: tensor<4x5xf32>) {
  // expected-error@+1 {{expected a length for each of at least one axis, but found 1 axes and 2 lengths}}
  %a = spectral.filter %x by %s along [1] lengths [8, 8] : (tensor<4x8xf32>, tensor<4x5xf32>) -> tensor<4x8xf32>
  return
}

// -----

// filter_c1
func.func @filter_length(%x: tensor<8xf32>, %s: tensor<1xf32>) {
  // expected-error@+1 {{expected lengths of at least 1, but found 0}}
  %a = spectral.filter %x by %s along [0] lengths [0] : (tensor<8xf32>, tensor<1xf32>) -> tensor<8xf32>
  return
}

// -----

// filter_c2
func.func @filter_types(%x: tensor<4x8xf32>, %s: tensor<4x5xf64>) {
  // expected-error@+1 {{expected static tensors of rank 2 of 'f32', but found 'tensor<4x5xf64>'}}
  %a = spectral.filter %x by %s along [1] lengths [8] : (tensor<4x8xf32>, tensor<4x5xf64>) -> tensor<4x8xf32>
  return
}

// -----

// filter_c2
func.func @filter_pair(%x: tensor<4x8xf32>, %s: tensor<4x5xf32>, %t: tensor<1x5xf32>) {
  // expected-error@+1 {{imaginary part must have the type of the real part, 'tensor<4x5xf32>', but has 'tensor<1x5xf32>'}}
  %a = spectral.filter %x by %s, %t along [1] lengths [8] : (tensor<4x8xf32>, tensor<4x5xf32>, tensor<1x5xf32>) -> tensor<4x8xf32>
  return
}

// -----

// filter_c3
func.func @filter_coefficients(%x: tensor<4x8xf32>, %s: tensor<4x8xf32>) {
  // expected-error@+1 {{expected 5 coefficients along axis 1, but found 8}}
  %a = spectral.filter %x by %s along [1] lengths [8] : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

// filter_c3
func.func @filter_crop(%x: tensor<4x8xf32>, %s: tensor<4x5xf32>) {
  // expected-error@+1 {{expected 1 to 8 elements along axis 1, but found 9}}
  %a = spectral.filter %x by %s along [1] lengths [8] : (tensor<4x8xf32>, tensor<4x5xf32>) -> tensor<4x9xf32>
  return
}

// -----

// filter_c4
func.func @filter_batch(%x: tensor<4x8xf32>, %s: tensor<3x5xf32>) {
  // expected-error@+1 {{expected extents that broadcast along axis 0, but found 4 by 3 -> 4}}
  %a = spectral.filter %x by %s along [1] lengths [8] : (tensor<4x8xf32>, tensor<3x5xf32>) -> tensor<4x8xf32>
  return
}
