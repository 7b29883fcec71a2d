// What consists of constants becomes one; what fed nothing else goes; everything else stays.
//
// RUN: fourmix-opt %s --onnx-infer-shapes=shapes=x=2x5 --split-input-file | FileCheck %s

// Shape arithmetic: reshape to [shape(x)[0], -1] by Shape, Gather, Unsqueeze, Concat.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.+]]: tensor<2x5xf32> {{.*}}) -> tensor<2x5x1xf32>
func.func @main(%x: tensor<?x5xf32> {onnx.name = "x"}) -> !onnx.unknown {
  // CHECK-NOT: "Shape"
  // CHECK-NOT: dense<0>
  // CHECK: %[[S:.+]] = onnx.constant "shape" dense<[2, -1, 1]> : tensor<3xi64>
  // CHECK-NEXT: onnx.node "Reshape"(%[[X]], %[[S]])
  // CHECK-NEXT: return
  %0 = onnx.node "Shape"(%x) <{version = 20 : i64}> : (tensor<?x5xf32>) -> !onnx.unknown
  %zero = onnx.constant dense<0> : tensor<i64>
  %axes = onnx.constant dense<0> : tensor<1xi64>
  %rest = onnx.constant dense<[-1, 1]> : tensor<2xi64>
  %1 = onnx.node "Gather"(%0, %zero) <{version = 20 : i64}> : (!onnx.unknown, tensor<i64>) -> !onnx.unknown
  %2 = onnx.node "Unsqueeze"(%1, %axes) <{version = 20 : i64}> : (!onnx.unknown, tensor<1xi64>) -> !onnx.unknown
  %3 = onnx.node "Concat"(%2, %rest) <{node_attrs = {axis = 0 : i64}, output_names = ["shape"], version = 20 : i64}> : (!onnx.unknown, tensor<2xi64>) -> !onnx.unknown
  %4 = onnx.node "Reshape"(%x, %3) <{version = 20 : i64}> : (tensor<?x5xf32>, !onnx.unknown) -> !onnx.unknown
  return %4 : !onnx.unknown
}

// -----

// A causal mask: Range, comparison, Where. Computed in double, rounded once.
// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<2x5xf32> {onnx.name = "x"}) -> (!onnx.unknown, !onnx.unknown, !onnx.unknown) {
  %zero = onnx.constant dense<0> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %n = onnx.constant dense<3> : tensor<i64>
  %first = onnx.constant dense<0> : tensor<1xi64>
  %r = onnx.node "Range"(%zero, %n, %one) <{version = 20 : i64}> : (tensor<i64>, tensor<i64>, tensor<i64>) -> !onnx.unknown
  %row = onnx.node "Unsqueeze"(%r, %first) <{version = 20 : i64}> : (!onnx.unknown, tensor<1xi64>) -> !onnx.unknown
  %t = onnx.node "Transpose"(%row) <{version = 20 : i64}> : (!onnx.unknown) -> !onnx.unknown
  // CHECK-DAG: dense<{{\[\[}}true, false, false], [true, true, false], [true, true, true]]> : tensor<3x3xi1>
  %m = onnx.node "LessOrEqual"(%row, %t) <{version = 20 : i64}> : (!onnx.unknown, !onnx.unknown) -> !onnx.unknown
  %c = onnx.node "Cast"(%r) <{node_attrs = {to = 1 : i64}, version = 20 : i64}> : (!onnx.unknown) -> !onnx.unknown
  // CHECK-DAG: dense<[1.000000e+00, 0.540302277, -0.416146845]> : tensor<3xf32>
  %cos = onnx.node "Cos"(%c) <{version = 20 : i64}> : (!onnx.unknown) -> !onnx.unknown
  // A splat, whatever its size.
  // CHECK-DAG: dense<0.000000e+00> : tensor<4096x4096xf32>
  %shape = onnx.constant dense<4096> : tensor<2xi64>
  %z = onnx.node "ConstantOfShape"(%shape) <{version = 20 : i64}> : (tensor<2xi64>) -> !onnx.unknown
  return %m, %cos, %z : !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// Slices with negative steps, int64 limits, and bounds beyond the dim.
// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<2x5xf32> {onnx.name = "x"}) -> (!onnx.unknown, !onnx.unknown, !onnx.unknown) {
  %v = onnx.constant dense<[10, 11, 12, 13, 14]> : tensor<5xi64>
  %m1 = onnx.constant dense<-1> : tensor<1xi64>
  %zero = onnx.constant dense<0> : tensor<1xi64>
  %least = onnx.constant dense<-9223372036854775808> : tensor<1xi64>
  %most = onnx.constant dense<9223372036854775807> : tensor<1xi64>
  // CHECK-DAG: dense<[14, 13, 12, 11, 10]>
  %0 = onnx.node "Slice"(%v, %m1, %least, %zero, %m1) <{version = 20 : i64}> : (tensor<5xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.unknown
  // CHECK-DAG: dense<14> : tensor<1xi64>
  %1 = onnx.node "Slice"(%v, %m1, %most, %zero) <{version = 20 : i64}> : (tensor<5xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.unknown
  // CHECK-DAG: dense<> : tensor<0xi64>
  %2 = onnx.node "Slice"(%v, %most, %m1, %zero) <{version = 20 : i64}> : (tensor<5xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.unknown
  return %0, %1, %2 : !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// A constant condition picks its branch, which may use values from outside.
// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<2x5xf32> {onnx.name = "x"}) -> !onnx.unknown {
  %rank = onnx.constant dense<2> : tensor<1xi64>
  // CHECK-NOT: "If"
  // CHECK: onnx.node "Neg"
  // CHECK-NEXT: return
  %s = onnx.node "Shape"(%x) <{version = 20 : i64}> : (tensor<2x5xf32>) -> !onnx.unknown
  %ss = onnx.node "Shape"(%s) <{version = 20 : i64}> : (!onnx.unknown) -> !onnx.unknown
  %c = onnx.node "Equal"(%ss, %rank) <{version = 20 : i64}> : (!onnx.unknown, tensor<1xi64>) -> !onnx.unknown
  %0 = onnx.node "If"(%c) <{graph_names = ["else_branch", "then_branch"], version = 20 : i64}> : (!onnx.unknown) -> !onnx.unknown {
    %1 = onnx.node "Abs"(%x) <{version = 20 : i64}> : (tensor<2x5xf32>) -> !onnx.unknown
    onnx.yield %1 : !onnx.unknown
  }, {
    %1 = onnx.node "Neg"(%x) <{version = 20 : i64}> : (tensor<2x5xf32>) -> !onnx.unknown
    onnx.yield %1 : !onnx.unknown
  }
  return %0 : !onnx.unknown
}

// -----

// Nothing changes that was not folded: a dead node and an unused constant stay, division by zero is left alone.
// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<2x5xf32> {onnx.name = "x"}) -> !onnx.unknown {
  // CHECK: onnx.constant "unused"
  // CHECK: onnx.node "Abs"
  // CHECK: onnx.node "Div"
  // CHECK: onnx.node "Neg"
  %u = onnx.constant "unused" dense<1.0> : tensor<3xf32>
  %a = onnx.node "Abs"(%x) <{version = 20 : i64}> : (tensor<2x5xf32>) -> !onnx.unknown
  %zero = onnx.constant dense<0> : tensor<i64>
  %d = onnx.node "Div"(%zero, %zero) <{version = 20 : i64}> : (tensor<i64>, tensor<i64>) -> !onnx.unknown
  %0 = onnx.node "Neg"(%x) <{version = 20 : i64}> : (tensor<2x5xf32>) -> !onnx.unknown
  return %0 : !onnx.unknown
}
