// One remark per mixing: what it mixes and what it costs.
//
// RUN: fourmix-opt %s --mix-report --verify-diagnostics --remark-format=emitRemark --remarks-filter=mix

func.func @fourier(%x: tensor<1x512x768xf32>, %d: tensor<?x4x6xf32>) {
  // expected-remark @+1 {{mix.fourier mixes axes 1, 2: linear; 0 parameters, 18.3 MFLOP, 3.1 MB}}
  %0 = mix.fourier %x sequence 1 hidden 2 : tensor<1x512x768xf32>
  // expected-remark @+1 {{mix.fourier mixes axes 1, 2: linear; its shapes are not known yet}}
  %1 = mix.fourier %d sequence 1 hidden 2 : tensor<?x4x6xf32>
  // expected-remark @+1 {{mix.fourier mixes axes 1, 2: not linear; 0 parameters, 18.3 MFLOP, 2.4 MB}}
  %2 = mix.fourier %x sequence 1 hidden 2 part magnitude half : tensor<1x512x768xf32>
  // expected-remark @+1 {{mix.cosine mixes axes 1: linear; 0 parameters, 8.8 MFLOP, 3.1 MB}}
  %3 = mix.cosine %x sequence 1 ortho : tensor<1x512x768xf32>
  return
}

func.func @linear(%x: tensor<1x512x768xf32>, %s: tensor<512x512xf32>, %h: tensor<768x768xf32>) {
  // expected-remark @+1 {{mix.linear mixes axes 1, 2: linear; 851968 parameters, 1.0 GFLOP, 6.6 MB}}
  %0 = mix.linear %x sequence 1 by %s hidden 2 by %h : tensor<1x512x768xf32>, tensor<512x512xf32>, tensor<768x768xf32>
  return
}

func.func @lambda(%q: tensor<2x4x16x64xf32>, %v: tensor<2x1x32x64xf32>, %k: tensor<2x1x16x64xf32>, %r: tensor<16x1x15x15xf32>) {
  // expected-remark @+1 {{mix.lambda mixes axes 3: linear; 3600 parameters, 6.4 MFLOP, 137.3 kB}}
  %0 = mix.lambda %q, %v content %k kernel %r over [8, 8] : tensor<2x4x16x64xf32>, tensor<2x1x32x64xf32>, tensor<2x1x16x64xf32>, tensor<16x1x15x15xf32>
  return
}

func.func @convolutions(%v: tensor<2x4x15x8xf32>, %c: tensor<2x4x15x1xf32>, %t: tensor<1x4x29x1xf32>, %x: tensor<2x10x33xf32>, %w: tensor<4x33xf32>, %f: tensor<2x8x8x32xf32>, %s: tensor<1x8x5x32xf32>) {
  // expected-remark @+1 {{mix.circulant mixes axes 2: linear, a convolution; 120 parameters}}
  %0 = mix.circulant %v, %c axes [2] as correlation : tensor<2x4x15x8xf32>, tensor<2x4x15x1xf32>
  // expected-remark @+1 {{mix.toeplitz mixes axes 2: linear, a convolution; 116 parameters}}
  %1 = mix.toeplitz %v, %t axis 2 : tensor<2x4x15x8xf32>, tensor<1x4x29x1xf32>
  // expected-remark @+1 {{mix.gated mixes axes 2: linear}}
  %2 = mix.gated %v, %c, %c axis 2 : tensor<2x4x15x8xf32>, tensor<2x4x15x1xf32>, tensor<2x4x15x1xf32>
  // expected-remark @+1 {{mix.projection mixes axes 2: linear, a convolution; 132 parameters}}
  %3 = mix.projection circular_1d %x, %w as correlation origin [16] : tensor<2x10x33xf32>, tensor<4x33xf32>
  // expected-remark @+1 {{mix.global_filter mixes axes 1, 2: linear, a convolution; 2560 parameters}}
  %4 = mix.global_filter %f, %s, %s axes [1, 2] lengths [8, 8] : tensor<2x8x8x32xf32>, tensor<1x8x5x32xf32>, tensor<1x8x5x32xf32>
  return
}

func.func @attention(%q: tensor<2x16x512xf32>, %k: tensor<2x16x512xf32>, %v: tensor<2x16x512xf32>) {
  // expected-remark @+1 {{mix.attention mixes axes 1: linear; 0 parameters}}
  %y = mix.attention %q, %k, %v heads 8 kv_heads 8 scale 1.250000e-01
         : (tensor<2x16x512xf32>, tensor<2x16x512xf32>, tensor<2x16x512xf32>) -> tensor<2x16x512xf32>
  return
}
