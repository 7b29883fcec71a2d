// What folding computes, operator by operator; expected values are those of the ONNX reference.
//
// RUN: fourmix-opt %s --onnx-infer-shapes --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @main
func.func @main() -> (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown) {
  %x = onnx.constant dense<[1, 2, 3, 4]> : tensor<4xi64>
  %pads = onnx.constant dense<[2, 1]> : tensor<2xi64>
  %crop = onnx.constant dense<[-1, 1]> : tensor<2xi64>
  %nine = onnx.constant dense<9> : tensor<i64>
  // CHECK: "reflect" dense<[3, 2, 1, 2, 3, 4, 3]>
  %0 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "reflect"}, output_names = ["reflect"], version = 20 : i64}> : (tensor<4xi64>, tensor<2xi64>) -> !onnx.unknown
  // CHECK: "wrap" dense<[3, 4, 1, 2, 3, 4, 1]>
  %1 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "wrap"}, output_names = ["wrap"], version = 20 : i64}> : (tensor<4xi64>, tensor<2xi64>) -> !onnx.unknown
  // CHECK: "edge" dense<[1, 1, 1, 2, 3, 4, 4]>
  %2 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "edge"}, output_names = ["edge"], version = 20 : i64}> : (tensor<4xi64>, tensor<2xi64>) -> !onnx.unknown
  // CHECK: "crop" dense<[2, 3, 4, 9]>
  %3 = onnx.node "Pad"(%x, %crop, %nine) <{output_names = ["crop"], version = 20 : i64}> : (tensor<4xi64>, tensor<2xi64>, tensor<i64>) -> !onnx.unknown
  return %0, %1, %2, %3 : !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// CHECK-LABEL: func.func @main
func.func @main() -> (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown) {
  %x = onnx.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>
  %tuples = onnx.constant dense<[[1, 0], [-1, -1]]> : tensor<2x2xi64>
  %rows = onnx.constant dense<[[1], [0]]> : tensor<2x1xi64>
  %elements = onnx.constant dense<[[0, -1, 0]]> : tensor<1x3xi64>
  %axis = onnx.constant dense<1> : tensor<i64>
  %updates = onnx.constant dense<[10, 20]> : tensor<2xi64>
  // CHECK: "nd" dense<[4, 6]>
  %0 = onnx.node "GatherND"(%x, %tuples) <{output_names = ["nd"], version = 20 : i64}> : (tensor<2x3xi64>, tensor<2x2xi64>) -> !onnx.unknown
  // CHECK: "swapped" dense<{{\[\[}}4, 5, 6], [1, 2, 3]]>
  %1 = onnx.node "GatherND"(%x, %rows) <{output_names = ["swapped"], version = 20 : i64}> : (tensor<2x3xi64>, tensor<2x1xi64>) -> !onnx.unknown
  // CHECK: "elements" dense<{{\[\[}}1, 5, 3]]>
  %2 = onnx.node "GatherElements"(%x, %elements) <{output_names = ["elements"], version = 20 : i64}> : (tensor<2x3xi64>, tensor<1x3xi64>) -> !onnx.unknown
  // CHECK: "scattered" dense<{{\[\[}}1, 2, 3], [14, 5, 26]]>
  %3 = onnx.node "ScatterND"(%x, %tuples, %updates) <{node_attrs = {reduction = "add"}, output_names = ["scattered"], version = 20 : i64}> : (tensor<2x3xi64>, tensor<2x2xi64>, tensor<2xi64>) -> !onnx.unknown
  // CHECK: "sums" dense<{{\[\[}}5, 3, 0], [11, 6, 0]]>
  %4 = onnx.node "CumSum"(%x, %axis) <{node_attrs = {exclusive = 1 : i64, reverse = 1 : i64}, output_names = ["sums"], version = 20 : i64}> : (tensor<2x3xi64>, tensor<i64>) -> !onnx.unknown
  return %0, %1, %2, %3, %4 : !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// Integers divide towards zero, Mod takes the divisor's sign unless fmod is set, what does not fit wraps.
// CHECK-LABEL: func.func @main
func.func @main() -> (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown) {
  %a = onnx.constant dense<[-7, 7]> : tensor<2xi64>
  %b = onnx.constant dense<[2, -2]> : tensor<2xi64>
  %most = onnx.constant dense<2147483647> : tensor<i32>
  %one = onnx.constant dense<1> : tensor<i32>
  %f = onnx.constant dense<[-1.5, 2.5, 3.5, 0.1]> : tensor<4xf32>
  // CHECK: "quotient" dense<-3>
  %0 = onnx.node "Div"(%a, %b) <{output_names = ["quotient"], version = 20 : i64}> : (tensor<2xi64>, tensor<2xi64>) -> !onnx.unknown
  // CHECK: "floor_mod" dense<[1, -1]>
  %1 = onnx.node "Mod"(%a, %b) <{output_names = ["floor_mod"], version = 20 : i64}> : (tensor<2xi64>, tensor<2xi64>) -> !onnx.unknown
  // CHECK: "c_mod" dense<[-1, 1]>
  %2 = onnx.node "Mod"(%a, %b) <{node_attrs = {fmod = 1 : i64}, output_names = ["c_mod"], version = 20 : i64}> : (tensor<2xi64>, tensor<2xi64>) -> !onnx.unknown
  // CHECK: "wrapped" dense<-2147483648> : tensor<i32>
  %3 = onnx.node "Add"(%most, %one) <{output_names = ["wrapped"], version = 20 : i64}> : (tensor<i32>, tensor<i32>) -> !onnx.unknown
  // CHECK: "rounded" dense<[-2.000000e+00, 2.000000e+00, 4.000000e+00, 0.000000e+00]>
  %4 = onnx.node "Round"(%f) <{output_names = ["rounded"], version = 20 : i64}> : (tensor<4xf32>) -> !onnx.unknown
  // CHECK: "truncated" dense<[-1, 2, 3, 0]> : tensor<4xi64>
  %5 = onnx.node "Cast"(%f) <{node_attrs = {to = 7 : i64}, output_names = ["truncated"], version = 20 : i64}> : (tensor<4xf32>) -> !onnx.unknown
  return %0, %1, %2, %3, %4, %5 : !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// CHECK-LABEL: func.func @main
func.func @main() -> (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown) {
  %x = onnx.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %empty = onnx.constant dense<> : tensor<0xi64>
  %repeats = onnx.constant dense<[1, 2]> : tensor<2xi64>
  // CHECK: "norm" dense<[2.23606801, 5.000000e+00]>
  %0 = onnx.node "ReduceL2"(%x, %last) <{node_attrs = {keepdims = 0 : i64}, output_names = ["norm"], version = 20 : i64}> : (tensor<2x2xf32>, tensor<1xi64>) -> !onnx.unknown
  // CHECK: "same" dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00]]>
  %1 = onnx.node "ReduceSum"(%x, %empty) <{node_attrs = {noop_with_empty_axes = 1 : i64}, output_names = ["same"], version = 20 : i64}> : (tensor<2x2xf32>, tensor<0xi64>) -> !onnx.unknown
  // CHECK: "total" dense<1.000000e+01> : tensor<1x1xf32>
  %2 = onnx.node "ReduceSum"(%x, %empty) <{output_names = ["total"], version = 20 : i64}> : (tensor<2x2xf32>, tensor<0xi64>) -> !onnx.unknown
  // CHECK: "tiled" dense<{{\[\[}}1.000000e+00, 2.000000e+00, 1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00, 3.000000e+00, 4.000000e+00]]>
  %3 = onnx.node "Tile"(%x, %repeats) <{output_names = ["tiled"], version = 20 : i64}> : (tensor<2x2xf32>, tensor<2xi64>) -> !onnx.unknown
  // CHECK: "lower" dense<{{\[\[}}1.000000e+00, 0.000000e+00], [3.000000e+00, 4.000000e+00]]>
  %4 = onnx.node "Trilu"(%x) <{node_attrs = {upper = 0 : i64}, output_names = ["lower"], version = 20 : i64}> : (tensor<2x2xf32>) -> !onnx.unknown
  // CHECK: "product" dense<{{\[\[}}7.000000e+00, 1.000000e+01], [1.500000e+01, 2.200000e+01]]>
  %5 = onnx.node "MatMul"(%x, %x) <{output_names = ["product"], version = 20 : i64}> : (tensor<2x2xf32>, tensor<2x2xf32>) -> !onnx.unknown
  return %0, %1, %2, %3, %4, %5 : !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// Empty tensors keep their type.
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> (tensor<0x3xf32>, tensor<0x4xi1>, tensor<0xi64>)
func.func @main() -> (!onnx.unknown, !onnx.unknown, !onnx.unknown) {
  %shape = onnx.constant dense<[0, 3]> : tensor<2xi64>
  %wide = onnx.constant dense<[0, 4]> : tensor<2xi64>
  %true = onnx.constant dense<true> : tensor<i1>
  %zero = onnx.constant dense<0> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %0 = onnx.node "ConstantOfShape"(%shape) <{version = 20 : i64}> : (tensor<2xi64>) -> !onnx.unknown
  %1 = onnx.node "Expand"(%true, %wide) <{version = 20 : i64}> : (tensor<i1>, tensor<2xi64>) -> !onnx.unknown
  %2 = onnx.node "Range"(%one, %zero, %one) <{version = 20 : i64}> : (tensor<i64>, tensor<i64>, tensor<i64>) -> !onnx.unknown
  // CHECK-NOT: onnx.node
  return %0, %1, %2 : !onnx.unknown, !onnx.unknown, !onnx.unknown
}
