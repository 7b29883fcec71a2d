// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=20 --split-input-file --verify-diagnostics
// RUN: not fourmix-opt %s --convert-mix-to-onnx=fourier=fft 2>&1 | FileCheck %s
// CHECK: expected dft or matmul as the form of Fourier transforms, found 'fft'

func.func @dynamic(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error @below {{expected static shapes, found 'tensor<?x4xf32>'}}
  %y = mix.fourier %x sequence 0 hidden 1 : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

func.func @dynamic_reflection(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error @below {{expected static shapes, found 'tensor<?x4xf32>'}}
  %y = mix.reflect %x axes [0, 1] : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

func.func @dynamic_gates(%x: tensor<2x7x4xf32>, %g: tensor<?x7x1xf32>, %c: tensor<1x7x1xf32>) -> tensor<2x7x4xf32> {
  // expected-error @below {{expected static shapes, found 'tensor<?x7x1xf32>'}}
  %y = mix.gated %x, %g, %c axis 1 : tensor<2x7x4xf32>, tensor<?x7x1xf32>, tensor<1x7x1xf32>
  return %y : tensor<2x7x4xf32>
}
