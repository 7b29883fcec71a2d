// REQUIRES: mlir-runner
// RUN: %lower-and-run | FileCheck %s

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}
func.func private @print(%x: tensor<2x3xf32>) {
  %0 = tensor.cast %x : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  return
}

// x = [[1, 2, 3], [4, 5, 6]]
func.func private @constant_indices(%x: tensor<2x3xf32>) {
  %minusOne = onnx.constant dense<-1> : tensor<1xi64>
  %start = onnx.constant dense<[-1, 5]> : tensor<2xi64>
  %end = onnx.constant dense<[-9223372036854775808, -9223372036854775807]> : tensor<2xi64>
  %axes = onnx.constant dense<[0, -1]> : tensor<2xi64>
  %steps = onnx.constant dense<[-1, -2]> : tensor<2xi64>
  // CHECK: [6,   4]
  // CHECK-NEXT: [3,   1]
  %flip = onnx.node "Slice"(%x, %start, %end, %axes, %steps) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x2xf32>
  %0 = tensor.cast %flip : tensor<2x2xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  // Four before and two behind: more than once around.
  // CHECK: [3,   1,   2,   3,   1,   2,   3,   1,   2]
  %pads = onnx.constant dense<[0, 4, 0, 2]> : tensor<4xi64>
  %wrap = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "wrap"}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<4xi64>) -> tensor<2x9xf32>
  %1 = tensor.cast %wrap : tensor<2x9xf32> to tensor<*xf32>
  call @printMemrefF32(%1) : (tensor<*xf32>) -> ()
  // CHECK: [1,   2,   3,   2,   1,   2,   3,   2,   1]
  %reflect = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "reflect"}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<4xi64>) -> tensor<2x9xf32>
  %2 = tensor.cast %reflect : tensor<2x9xf32> to tensor<*xf32>
  call @printMemrefF32(%2) : (tensor<*xf32>) -> ()
  // CHECK: [1,   1,   1,   1,   1,   2,   3,   3,   3]
  %edge = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "edge"}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<4xi64>) -> tensor<2x9xf32>
  %3 = tensor.cast %edge : tensor<2x9xf32> to tensor<*xf32>
  call @printMemrefF32(%3) : (tensor<*xf32>) -> ()
  // One row less, one column more.
  // CHECK: [9,   4,   5,   6]
  %crop = onnx.constant dense<[-1, 1, 0, 0]> : tensor<4xi64>
  %nine = onnx.constant dense<9.0> : tensor<f32>
  %constant = onnx.node "Pad"(%x, %crop, %nine) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<4xi64>, tensor<f32>) -> tensor<1x4xf32>
  %4 = tensor.cast %constant : tensor<1x4xf32> to tensor<*xf32>
  call @printMemrefF32(%4) : (tensor<*xf32>) -> ()
  // CHECK: [3,   1,   2]
  // CHECK-NEXT: [6,   4,   5]
  %roll = onnx.constant dense<[2, 0, 1]> : tensor<3xi64>
  %taken = onnx.node "Gather"(%x, %roll) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<3xi64>) -> tensor<2x3xf32>
  call @print(%taken) : (tensor<2x3xf32>) -> ()
  // Constant places are slices: two runs here.
  // CHECK: [1,   20,   30]
  // CHECK-NEXT: [10,   5,   6]
  %places = onnx.constant dense<[[1, 0], [0, 1], [0, -1]]> : tensor<3x2xi64>
  %tens = onnx.constant dense<[10.0, 20.0, 30.0]> : tensor<3xf32>
  %put = onnx.node "ScatterND"(%x, %places, %tens) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<3x2xi64>, tensor<3xf32>) -> tensor<2x3xf32>
  call @print(%put) : (tensor<2x3xf32>) -> ()
  // CHECK: [1,   3,   6]
  // CHECK-NEXT: [4,   9,   15]
  %one = onnx.constant dense<1> : tensor<i64>
  %sums = onnx.node "CumSum"(%x, %one) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  call @print(%sums) : (tensor<2x3xf32>) -> ()
  return
}

func.func private @data_indices(%x: tensor<2x3xf32>, %rows: tensor<2xi64>, %columns: tensor<2x3xi64>) {
  // -1 counts from the end; 7 is outside and reads the last row.
  // CHECK: [4,   5,   6]
  // CHECK-NEXT: [4,   5,   6]
  %lookup = onnx.node "Gather"(%x, %rows) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  call @print(%lookup) : (tensor<2x3xf32>) -> ()
  // CHECK: [3,   2,   1]
  // CHECK-NEXT: [6,   6,   4]
  %elements = onnx.node "GatherElements"(%x, %columns) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<2x3xi64>) -> tensor<2x3xf32>
  call @print(%elements) : (tensor<2x3xf32>) -> ()
  // Later updates win: both rows go to row 1.
  // CHECK: [1,   2,   3]
  // CHECK-NEXT: [6,   6,   4]
  %indices = onnx.node "Unsqueeze"(%rows) <{version = 20 : i64}> : (tensor<2xi64>) -> tensor<2x1xi64>
  %scattered = onnx.node "ScatterND"(%x, %indices, %elements) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2x1xi64>, tensor<2x3xf32>) -> tensor<2x3xf32>
  call @print(%scattered) : (tensor<2x3xf32>) -> ()
  // CHECK: [1,   2,   3]
  // CHECK-NEXT: [13,   13,   11]
  %added = onnx.node "ScatterND"(%x, %indices, %elements) <{node_attrs = {reduction = "add"}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<2x1xi64>, tensor<2x3xf32>) -> tensor<2x3xf32>
  call @print(%added) : (tensor<2x3xf32>) -> ()
  return
}

func.func @main() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  call @constant_indices(%x) : (tensor<2x3xf32>) -> ()
  %rows = arith.constant dense<[-1, 7]> : tensor<2xi64>
  %columns = arith.constant dense<[[2, 1, 0], [-1, 2, -3]]> : tensor<2x3xi64>
  call @data_indices(%x, %rows, %columns) : (tensor<2x3xf32>, tensor<2xi64>, tensor<2x3xi64>) -> ()
  return
}
