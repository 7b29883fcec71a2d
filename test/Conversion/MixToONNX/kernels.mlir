// Mixings by a kernel over the sequence: transforms, the dense matrix, or a Conv, by what computes least.
//
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=20 --split-input-file | FileCheck %s --check-prefixes=CHECK,DFT --implicit-check-not="= mix."
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --split-input-file | FileCheck %s --check-prefixes=CHECK,DFT17 --implicit-check-not="= mix."
// RUN: fourmix-opt %s "--convert-mix-to-onnx=opset=20 fourier=matmul" --split-input-file | FileCheck %s --check-prefixes=CHECK,MATMUL --implicit-check-not="= mix." --implicit-check-not='"DFT"'
// Before opset 17 there is no DFT.
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=16 --split-input-file | FileCheck %s --check-prefixes=CHECK,MATMUL16 --implicit-check-not="= mix." --implicit-check-not='"DFT"'
//
// What went out as DFT nodes comes back as the same op.
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=25 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=20 --convert-onnx-to-mix --split-input-file --remarks-filter=onnx-to-mix --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Half a spectrum each, a product in four, and the real part of a plain inverse transform that pads with zeros: the
// kernel's spectrum has the twos of what stands for its mirror image, and the sign of a correlation.
// CHECK-LABEL: func.func @computed
// DFT-DAG: onnx.constant dense<{{\[\[}}-1.000000e+00], [-2.000000e+00], [-2.000000e+00], [-2.000000e+00]]>
// DFT-DAG: onnx.constant dense<{{\[\[}}1.000000e+00], [2.000000e+00], [2.000000e+00], [2.000000e+00]]>
// DFT: onnx.node "DFT"(%{{.+}}, %{{.+}}, %{{.+}}) <{node_attrs = {onesided = 1 : i64}{{.*}} -> tensor<2x3x4x1x2xf32>
// DFT: onnx.node "DFT"(%{{.+}}, %{{.+}}, %{{.+}}) <{node_attrs = {onesided = 1 : i64}{{.*}} -> tensor<2x3x4x4x2xf32>
// DFT: %[[SEVEN:.+]] = onnx.constant dense<7> : tensor<i64>
// DFT: onnx.node "DFT"(%{{.+}}, %[[SEVEN]], %{{.+}}) <{node_attrs = {inverse = 1 : i64}{{.*}} -> tensor<2x3x7x4x2xf32>
// DFT-NEXT: onnx.constant dense<0>
// DFT-NEXT: onnx.node "Gather"
// DFT17: onnx.node "DFT"(%{{.+}}) <{node_attrs = {axis = 2 : i64, onesided = 1 : i64}, version = 17
// DFT17: onnx.node "DFT"(%{{.+}}) <{node_attrs = {axis = 2 : i64, onesided = 1 : i64}, version = 17
// DFT17: onnx.node "DFT"(%{{.+}}, %{{.+}}) <{node_attrs = {axis = 2 : i64, inverse = 1 : i64}, version = 17
// MATMUL: onnx.node "Gather"(%{{.*}}) <{{.*}}axis = 2{{.*}} -> tensor<2x3x7x7xf32>
// MATMUL: onnx.node "MatMul"
// MATMUL16: onnx.node "MatMul"
// AGAIN-LABEL: func.func @computed
// AGAIN: mix.circulant %arg0, %arg1 axes [2] as correlation : tensor<2x3x7x4xf32>, tensor<2x3x7x1xf32>
func.func @computed(%x: tensor<2x3x7x4xf32>, %c: tensor<2x3x7x1xf32>) -> tensor<2x3x7x4xf32> {
  %y = mix.circulant %x, %c axes [2] as correlation : tensor<2x3x7x4xf32>, tensor<2x3x7x1xf32>
  return %y : tensor<2x3x7x4xf32>
}

// -----

// Two axes, and an origin: the kernel is rolled before it is transformed. As matrices, two
// transforms of 12 x 12 points are less than a matrix of 144 x 144.
// CHECK-LABEL: func.func @grid
// DFT: onnx.node "Slice"
// DFT: onnx.node "Slice"
// DFT: onnx.node "Concat"
// DFT-COUNT-6: onnx.node "DFT"
// MATMUL-DAG: onnx.constant {{.*}} : tensor<12x7xf32>
// MATMUL-NOT: tensor<144x144
// MATMUL-COUNT-18: onnx.node "MatMul"
// AGAIN-LABEL: func.func @grid
// AGAIN: mix.circulant %arg0, %arg1 axes [0, 1] as convolution origin [3, 0] : tensor<12x12x2xf32>, tensor<12x12x2xf32>
func.func @grid(%x: tensor<12x12x2xf32>, %c: tensor<12x12x2xf32>) -> tensor<12x12x2xf32> {
  %y = mix.circulant %x, %c axes [0, 1] as convolution origin [3, 0] : tensor<12x12x2xf32>, tensor<12x12x2xf32>
  return %y : tensor<12x12x2xf32>
}

// -----

// Three taps around a circle of 24, the others are zeros: a depthwise Conv, whose kernel is repeated for the channels.
// CHECK-LABEL: func.func @few_taps
// CHECK-DAG: onnx.constant dense<[23, 0, 1]>
// DFT: onnx.node "Expand"{{.*}} -> tensor<5x1x3xf32>
// DFT: onnx.node "Pad"(%{{.+}}, %{{.+}}) <{node_attrs = {mode = "wrap"}{{.*}} -> tensor<2x5x26xf32>
// DFT: onnx.node "Conv"(%{{.+}}, %{{.+}}) <{node_attrs = {group = 5 : i64}{{.*}} -> tensor<2x5x24xf32>
// DFT17: onnx.node "Slice"
// DFT17: onnx.node "Slice"
// DFT17: onnx.node "Concat"
// DFT17: onnx.node "Conv"
// MATMUL: onnx.node "Conv"
// MATMUL16: onnx.node "Conv"
// AGAIN-LABEL: func.func @few_taps
// AGAIN: mix.circulant %{{.+}}, %{{.+}} axes [2] as correlation origin [1] : tensor<2x5x24xf32>, tensor<1x5x3xf32>
func.func @few_taps(%x: tensor<2x24x5xf32>) -> tensor<2x24x5xf32> {
  %c = onnx.constant dense<[[[2.0], [3.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [1.0]]]> : tensor<1x24x1xf32>
  %y = mix.circulant %x, %c axes [1] as correlation : tensor<2x24x5xf32>, tensor<1x24x1xf32>
  return %y : tensor<2x24x5xf32>
}

// -----

// A kernel over three neighbours that is computed, per channel, as a convolution: the Conv has it backwards.
// CHECK-LABEL: func.func @computed_taps
// CHECK-DAG: onnx.constant dense<[2, 1, 0]>
// CHECK: onnx.node "Conv"(%{{.+}}, %{{.+}}) <{node_attrs = {group = 8 : i64}
// AGAIN-LABEL: func.func @computed_taps
// AGAIN: mix.circulant {{.*}} axes [2] as correlation origin [1] : tensor<2x8x32xf32>, tensor<1x8x3xf32>
func.func @computed_taps(%x: tensor<2x8x32xf32>, %c: tensor<1x8x3xf32>) -> tensor<2x8x32xf32> {
  %y = mix.circulant %x, %c axes [2] as convolution origin [1] : tensor<2x8x32xf32>, tensor<1x8x3xf32>
  return %y : tensor<2x8x32xf32>
}

// -----

// No wrap: transforms of twice the points, of which the first 20 stay; as matrices, the dense one.
// CHECK-LABEL: func.func @toeplitz
// DFT: onnx.node "DFT"{{.*}} -> tensor<3x21x1x2xf32>
// DFT: onnx.node "DFT"{{.*}} -> tensor<3x40x4x2xf32>
// DFT: onnx.node "Slice"{{.*}} -> tensor<3x20x4xf32>
// MATMUL: onnx.node "Gather"{{.*}} -> tensor<3x20x20xf32>
// MATMUL: onnx.node "MatMul"{{.*}} -> tensor<3x20x4xf32>
// AGAIN-LABEL: func.func @toeplitz
// AGAIN: mix.toeplitz %arg0, %arg1 axis 1 : tensor<3x20x4xf32>, tensor<3x39x1xf32>
func.func @toeplitz(%x: tensor<3x20x4xf32>, %t: tensor<3x39x1xf32>) -> tensor<3x20x4xf32> {
  %y = mix.toeplitz %x, %t axis 1 : tensor<3x20x4xf32>, tensor<3x39x1xf32>
  return %y : tensor<3x20x4xf32>
}

// -----

// A causal kernel that the file has: its spectrum is left to the runtime, so that it comes back as the kernel it was.
// CHECK-LABEL: func.func @causal
// DFT: onnx.node "DFT"{{.*}} -> tensor<1x5x2xf32>
// AGAIN-LABEL: func.func @causal
// AGAIN: %[[T:.+]] = onnx.constant dense<{{.+}}> : tensor<1x7xf32>
// AGAIN: mix.toeplitz %arg0, %[[T]] axis 1 : tensor<3x4xf32>, tensor<1x7xf32>
func.func @causal(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %t = onnx.constant dense<[[4.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0]]> : tensor<1x7xf32>
  %y = mix.toeplitz %x, %t axis 1 : tensor<3x4xf32>, tensor<1x7xf32>
  return %y : tensor<3x4xf32>
}

// -----

// A band of a Toeplitz matrix, two positions back and one ahead: a Conv with zeros around.
// CHECK-LABEL: func.func @band
// CHECK: onnx.node "Conv"(%{{.+}}, %{{.+}}) <{node_attrs = {group = 6 : i64, pads = [2, 1]}{{.*}} -> tensor<2x6x32xf32>
// AGAIN-LABEL: func.func @band
func.func @band(%x: tensor<2x32x6xf32>) -> tensor<2x32x6xf32> {
  %t = onnx.constant dense<[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [1.0], [2.0], [3.0], [4.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]> : tensor<1x63x1xf32>
  %y = mix.toeplitz %x, %t axis 1 : tensor<2x32x6xf32>, tensor<1x63x1xf32>
  return %y : tensor<2x32x6xf32>
}

// -----

// Two mixings and their quotient; the kernel is transformed once.
// CHECK-LABEL: func.func @gated
// DFT: onnx.node "Mul"(%arg0, %arg1)
// DFT-COUNT-5: onnx.node "DFT"
// DFT-NOT: "DFT"
// DFT: onnx.node "Div"
// MATMUL-COUNT-2: onnx.node "MatMul"
// AGAIN-LABEL: func.func @gated
// AGAIN: %[[Y:.+]] = mix.gated %arg0, %arg1, %arg2 axis 2 : tensor<2x4x15x8xf32>, tensor<2x1x15x1xf32>, tensor<1x4x15x1xf32>
// AGAIN-NEXT: return %[[Y]]
func.func @gated(%v: tensor<2x4x15x8xf32>, %g: tensor<2x1x15x1xf32>, %c: tensor<1x4x15x1xf32>) -> tensor<2x4x15x8xf32> {
  %y = mix.gated %v, %g, %c axis 2 : tensor<2x4x15x8xf32>, tensor<2x1x15x1xf32>, tensor<1x4x15x1xf32>
  return %y : tensor<2x4x15x8xf32>
}

// -----

// Kernels that differ: no gated mixing.
// CHECK-LABEL: func.func @quotient
// AGAIN-LABEL: func.func @quotient
// AGAIN: mix.toeplitz
// AGAIN: mix.toeplitz
// AGAIN: onnx.node "Div"
// REMARK: node (Div) is no gated mixing: its two mixings have different kernels
func.func @quotient(%v: tensor<2x15x8xf32>, %g: tensor<2x15x1xf32>, %c: tensor<1x29x1xf32>, %d: tensor<1x29x1xf32>) -> tensor<2x15x8xf32> {
  %p = onnx.node "Mul"(%v, %g) <{version = 16 : i64}> : (tensor<2x15x8xf32>, tensor<2x15x1xf32>) -> tensor<2x15x8xf32>
  %a = mix.toeplitz %p, %c axis 1 : tensor<2x15x8xf32>, tensor<1x29x1xf32>
  %b = mix.toeplitz %g, %d axis 1 : tensor<2x15x1xf32>, tensor<1x29x1xf32>
  %y = onnx.node "Div"(%a, %b) <{version = 16 : i64}> : (tensor<2x15x8xf32>, tensor<2x15x1xf32>) -> tensor<2x15x8xf32>
  return %y : tensor<2x15x8xf32>
}
