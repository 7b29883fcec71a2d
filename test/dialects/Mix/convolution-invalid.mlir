// RUN: fourmix-opt %s --split-input-file --verify-diagnostics

// projection (C1)
func.func @element_types(%x: tensor<2x4xf32>, %w: tensor<4xf64>) {
  // expected-error @+1 {{'mix.projection' op the weight has elements of 'f64', the input of 'f32'}}
  %y = mix.projection circular_1d %x, %w as correlation : tensor<2x4xf32>, tensor<4xf64>
  return
}

// -----

// projection (C2)
func.func @weight_rank(%x: tensor<2x4xf32>, %w: tensor<2x2x4xf32>) {
  // expected-error @+1 {{'mix.projection' op the weight has rank 3, expected 1 or, with heads, 2}}
  %y = mix.projection circular_1d %x, %w as correlation : tensor<2x4xf32>, tensor<2x2x4xf32>
  return
}

// -----

// projection (C3)
func.func @no_orientation(%x: tensor<2x4xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{'mix.projection' op circular_1d needs an orientation}}
  %y = mix.projection circular_1d %x, %w : tensor<2x4xf32>, tensor<4xf32>
  return
}

// -----

func.func @dense_orientation(%x: tensor<2x4xf32>, %w: tensor<4x4xf32>) {
  // expected-error @+1 {{'mix.projection' op dense has no orientation}}
  %y = mix.projection dense %x, %w as correlation : tensor<2x4xf32>, tensor<4x4xf32>
  return
}

// -----

func.func @no_grid(%x: tensor<2x4xf32>, %w: tensor<2x2xf32>) {
  // expected-error @+1 {{'mix.projection' op circular_2d needs a grid}}
  %y = mix.projection circular_2d %x, %w as correlation : tensor<2x4xf32>, tensor<2x2xf32>
  return
}

// -----

func.func @grid_of_one_axis(%x: tensor<2x4xf32>, %w: tensor<2x2xf32>) {
  // expected-error @+1 {{'mix.projection' op expected a grid of two positive extents}}
  %y = mix.projection circular_2d %x, %w as correlation grid [4] : tensor<2x4xf32>, tensor<2x2xf32>
  return
}

// -----

func.func @blocks_with_origin(%x: tensor<2x4xf32>, %w: tensor<2x2x2xf32>) {
  // expected-error @+1 {{'mix.projection' op block_circulant has no origin}}
  %y = mix.projection block_circulant %x, %w as correlation origin [1] : tensor<2x4xf32>, tensor<2x2x2xf32>
  return
}

// -----

// projection (C4)
func.func @dense_extent(%x: tensor<2x4xf32>, %w: tensor<3x5xf32>) {
  // expected-error @+1 {{'mix.projection' op the input has 4 elements along axis 1, expected 5}}
  %y = mix.projection dense %x, %w : tensor<2x4xf32>, tensor<3x5xf32>
  return
}

// -----

func.func @grid_extent(%x: tensor<2x4xf32>, %w: tensor<2x2xf32>) {
  // expected-error @+1 {{'mix.projection' op the input has 4 elements along axis 1, expected 6}}
  %y = mix.projection circular_2d %x, %w as correlation grid [2, 3] : tensor<2x4xf32>, tensor<2x2xf32>
  return
}

// -----

func.func @dynamic_hidden(%x: tensor<2x?xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{'mix.projection' op axis 1 of the input is mixed and must have a static extent}}
  %y = mix.projection circular_1d %x, %w as correlation : tensor<2x?xf32>, tensor<4xf32>
  return
}

// -----

// projection (C5)
func.func @too_many_taps(%x: tensor<2x4xf32>, %w: tensor<5xf32>) {
  // expected-error @+1 {{'mix.projection' op the kernel has 5 taps, expected 1 to 4}}
  %y = mix.projection circular_1d %x, %w as correlation : tensor<2x4xf32>, tensor<5xf32>
  return
}

// -----

func.func @origin_outside(%x: tensor<2x4xf32>, %w: tensor<3xf32>) {
  // expected-error @+1 {{'mix.projection' op origin is 4, expected 0 to 3}}
  %y = mix.projection circular_1d %x, %w as correlation origin [4] : tensor<2x4xf32>, tensor<3xf32>
  return
}

// -----

// circulant (C1)
func.func @circulant_rank(%x: tensor<2x4xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{'mix.circulant' op the kernel has rank 1, the input 2}}
  %y = mix.circulant %x, %w axes [1] as correlation : tensor<2x4xf32>, tensor<4xf32>
  return
}

// -----

// circulant (C2)
func.func @circulant_axes(%x: tensor<2x4xf32>, %w: tensor<2x4xf32>) {
  // expected-error @+1 {{'mix.circulant' op axes must be in ascending order and distinct, but 0 follows 1}}
  %y = mix.circulant %x, %w axes [1, 0] as correlation : tensor<2x4xf32>, tensor<2x4xf32>
  return
}

// -----

func.func @circulant_no_axis(%x: tensor<2x4xf32>, %w: tensor<2x4xf32>) {
  // expected-error @+1 {{'mix.circulant' op expected at least one axis}}
  %y = mix.circulant %x, %w axes [] as correlation : tensor<2x4xf32>, tensor<2x4xf32>
  return
}

// -----

// circulant (C3)
func.func @circulant_channels(%x: tensor<6x4xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+1 {{'mix.circulant' op the kernel has 3 elements along axis 0, expected 1 or 6}}
  %y = mix.circulant %x, %w axes [1] as correlation : tensor<6x4xf32>, tensor<3x4xf32>
  return
}

// -----

// circulant (C4)
func.func @circulant_taps(%x: tensor<2x4xf32>, %w: tensor<1x5xf32>) {
  // expected-error @+1 {{'mix.circulant' op the kernel has 5 taps, expected 1 to 4}}
  %y = mix.circulant %x, %w axes [1] as correlation : tensor<2x4xf32>, tensor<1x5xf32>
  return
}

// -----

// circulant (C5)
func.func @circulant_origin(%x: tensor<2x4xf32>, %w: tensor<1x4xf32>) {
  // expected-error @+1 {{'mix.circulant' op origin has 2 entries, expected one for each of 1 axes}}
  %y = mix.circulant %x, %w axes [1] as correlation origin [0, 0] : tensor<2x4xf32>, tensor<1x4xf32>
  return
}

// -----

// toeplitz (C2)
func.func @toeplitz_axis(%x: tensor<2x4xf32>, %w: tensor<1x7xf32>) {
  // expected-error @+1 {{'mix.toeplitz' op axis 2 is out of range, the input has rank 2}}
  %y = mix.toeplitz %x, %w axis 2 : tensor<2x4xf32>, tensor<1x7xf32>
  return
}

// -----

// toeplitz (C3)
func.func @toeplitz_extent(%x: tensor<2x4xf32>, %w: tensor<1x8xf32>) {
  // expected-error @+1 {{'mix.toeplitz' op the kernel has 8 elements along axis 1, expected 7}}
  %y = mix.toeplitz %x, %w axis 1 : tensor<2x4xf32>, tensor<1x8xf32>
  return
}

// -----

// gated (C3)
func.func @gates(%x: tensor<2x4xf32>, %g: tensor<2x1xf32>, %w: tensor<1x7xf32>) {
  // expected-error @+1 {{'mix.gated' op the tensor of gates has 1 elements along axis 1, expected 4}}
  %y = mix.gated %x, %g, %w axis 1 : tensor<2x4xf32>, tensor<2x1xf32>, tensor<1x7xf32>
  return
}

// -----

func.func @gated_kernel(%x: tensor<2x4xf32>, %g: tensor<2x4xf32>, %w: tensor<1x5xf32>) {
  // expected-error @+1 {{'mix.gated' op the kernel has 5 elements along axis 1, expected 4 or 7}}
  %y = mix.gated %x, %g, %w axis 1 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<1x5xf32>
  return
}

// -----

// global_filter (C1)
func.func @imaginary(%x: tensor<2x8xf32>, %re: tensor<1x5xf32>, %im: tensor<2x5xf32>) {
  // expected-error @+1 {{'mix.global_filter' op the imaginary part of the spectrum has type 'tensor<2x5xf32>', the real part 'tensor<1x5xf32>'}}
  %y = mix.global_filter %x, %re, %im axes [1] lengths [8] : tensor<2x8xf32>, tensor<1x5xf32>, tensor<2x5xf32>
  return
}

// -----

// global_filter (C2)
func.func @axes(%x: tensor<2x8xf32>, %re: tensor<1x5xf32>) {
  // expected-error @+1 {{'mix.global_filter' op axes must be ascending and below the input's rank 2, but found 2}}
  %y = mix.global_filter %x, %re axes [2] lengths [8] : tensor<2x8xf32>, tensor<1x5xf32>
  return
}

// -----

func.func @channel_among_axes(%x: tensor<2x8xf32>, %re: tensor<4x2x5xf32>) {
  // expected-error @+1 {{'mix.global_filter' op channel 1 is one of the axes}}
  %y = mix.global_filter %x, %re axes [1] lengths [8] channel 1 : tensor<2x8xf32>, tensor<4x2x5xf32>
  return
}

// -----

// global_filter (C3)
func.func @lengths(%x: tensor<2x8xf32>, %re: tensor<1x5xf32>) {
  // expected-error @+1 {{'mix.global_filter' op expected lengths to have one positive entry for each of 1 axes}}
  %y = mix.global_filter %x, %re axes [1] lengths [8, 8] : tensor<2x8xf32>, tensor<1x5xf32>
  return
}

// -----

// global_filter (C4)
func.func @spectrum_rank(%x: tensor<2x8xf32>, %re: tensor<5xf32>) {
  // expected-error @+1 {{'mix.global_filter' op the spectrum has rank 1, expected 2}}
  %y = mix.global_filter %x, %re axes [1] lengths [8] : tensor<2x8xf32>, tensor<5xf32>
  return
}

// -----

// global_filter (C5)
func.func @modes(%x: tensor<2x8xf32>, %re: tensor<1x6xf32>) {
  // expected-error @+1 {{'mix.global_filter' op the spectrum has 6 modes along axis 1, expected 1 to 5}}
  %y = mix.global_filter %x, %re axes [1] lengths [8] : tensor<2x8xf32>, tensor<1x6xf32>
  return
}

// -----

func.func @channels(%x: tensor<2x8xf32>, %re: tensor<4x3x5xf32>) {
  // expected-error @+1 {{'mix.global_filter' op the spectrum has 3 elements along axis 1, expected 2}}
  %y = mix.global_filter %x, %re axes [1] lengths [8] channel 0 : tensor<2x8xf32>, tensor<4x3x5xf32>
  return
}

// -----

// global_filter (C6)
func.func @sizes(%x: tensor<2x8xf32>, %re: tensor<1x5xf32>) {
  // expected-error @+1 {{'mix.global_filter' op size 9 along axis 1 is larger than the inverse transform of 8 points}}
  %y = mix.global_filter %x, %re axes [1] lengths [8] sizes [9] : tensor<2x8xf32>, tensor<1x5xf32>
  return
}
