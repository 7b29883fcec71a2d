// Loops whose course is known are written out, sequences of known elements dissolve.
//
// RUN: fourmix-opt %s --onnx-infer-shapes --split-input-file --verify-diagnostics | FileCheck %s

// A state and a scan output, three times.
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> (tensor<4xf32>, tensor<3x4xf32>)
// CHECK-NOT: "Loop"
// CHECK: %[[A:.*]] = onnx.node "Add"(%[[X:.*]], %[[X]]){{.*}}name = "loop/0/step"
// CHECK: %[[B:.*]] = onnx.node "Add"(%[[A]], %[[X]]){{.*}}name = "loop/1/step"
// CHECK: %[[C:.*]] = onnx.node "Add"(%[[B]], %[[X]]){{.*}}name = "loop/2/step"
// CHECK: %[[ALL:.*]] = onnx.node "Concat"
// CHECK: return %[[C]], %[[ALL]]
func.func @main(%x: tensor<4xf32>) -> (!onnx.unknown, !onnx.unknown) {
  %none = onnx.none
  %m = onnx.constant dense<3> : tensor<i64>
  %0:2 = onnx.node "Loop"(%m, %none, %x) <{graph_names = ["body"], name = "loop", version = 20 : i64}> : (tensor<i64>, !onnx.none, tensor<4xf32>) -> (!onnx.unknown, !onnx.unknown) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %s: !onnx.unknown):
    %next = onnx.node "Add"(%s, %x) <{name = "step", version = 20 : i64}> : (!onnx.unknown, tensor<4xf32>) -> !onnx.unknown
    onnx.yield %go, %next, %next : tensor<i1>, !onnx.unknown, !onnx.unknown
  }
  return %0#0, %0#1 : !onnx.unknown, !onnx.unknown
}

// -----

// The state grows, and a condition that folds ends it.
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> tensor<6xf32>
// CHECK-COUNT-2: "Concat"
// CHECK-NOT: "Concat"
func.func @main(%x: tensor<2xf32>) -> !onnx.unknown {
  %none = onnx.none
  %yes = onnx.constant dense<true> : tensor<i1>
  %last = onnx.constant dense<1> : tensor<i64>
  %0 = onnx.node "Loop"(%none, %yes, %x) <{graph_names = ["body"], version = 20 : i64}> : (!onnx.none, tensor<i1>, tensor<2xf32>) -> !onnx.unknown {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %s: !onnx.unknown):
    %more = onnx.node "Less"(%i, %last) <{version = 20 : i64}> : (tensor<i64>, tensor<i64>) -> !onnx.unknown
    %next = onnx.node "Concat"(%s, %x) <{node_attrs = {axis = 0 : i64}, version = 20 : i64}> : (!onnx.unknown, tensor<2xf32>) -> !onnx.unknown
    onnx.yield %more, %next : !onnx.unknown, !onnx.unknown
  }
  return %0 : !onnx.unknown
}

// -----

// Columns of the second dimension from the last to the first; what they give goes along a new last one.
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> (tensor<3xf32>, tensor<3x2xf32>)
// CHECK-NOT: "Scan"
func.func @main(%s: tensor<3xf32>, %x: tensor<3x2xf32>) -> (!onnx.unknown, !onnx.unknown) {
  %0:2 = onnx.node "Scan"(%s, %x) <{graph_names = ["body"], node_attrs = {num_scan_inputs = 1 : i64, scan_input_axes = [1], scan_input_directions = [1], scan_output_axes = [-1]}, version = 20 : i64}> : (tensor<3xf32>, tensor<3x2xf32>) -> (!onnx.unknown, !onnx.unknown) {
  ^bb0(%state: !onnx.unknown, %column: !onnx.unknown):
    %next = onnx.node "Add"(%state, %column) <{version = 20 : i64}> : (!onnx.unknown, !onnx.unknown) -> !onnx.unknown
    onnx.yield %next, %next : !onnx.unknown, !onnx.unknown
  }
  return %0#0, %0#1 : !onnx.unknown, !onnx.unknown
}

// -----

// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:[^:]*]]: tensor<5x2xf32>, %[[Y:[^:]*]]: tensor<3xf32>
// CHECK: %[[PARTS:.*]]:3 = onnx.node "Split"
// CHECK: return %[[Y]], %[[PARTS]]#2
func.func @main(%x: tensor<5x2xf32>, %y: tensor<3xf32>) -> (!onnx.unknown, !onnx.unknown) {
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %last = onnx.constant dense<-1> : tensor<i64>
  %0 = onnx.node "SplitToSequence"(%x, %two) <{version = 20 : i64}> : (tensor<5x2xf32>, tensor<i64>) -> !onnx.unknown
  %1 = onnx.node "SequenceInsert"(%0, %y, %one) <{version = 20 : i64}> : (!onnx.unknown, tensor<3xf32>, tensor<i64>) -> !onnx.unknown
  %2 = onnx.node "SequenceAt"(%1, %one) <{version = 20 : i64}> : (!onnx.unknown, tensor<i64>) -> !onnx.unknown
  %3 = onnx.node "SequenceAt"(%1, %last) <{version = 20 : i64}> : (!onnx.unknown, tensor<i64>) -> !onnx.unknown
  return %2, %3 : !onnx.unknown, !onnx.unknown
}

// -----

func.func @main(%m: tensor<i64> {onnx.name = "m"}, %x: tensor<4xf32>) -> !onnx.unknown {
  %none = onnx.none
  // expected-error @+1 {{node "loop" (Loop, opset 20): expected a constant for input 0 (M), found a value that depends on the data; known to the compiler with --bind m=@x.npy}}
  %0 = onnx.node "Loop"(%m, %none, %x) <{graph_names = ["body"], name = "loop", version = 20 : i64}> : (tensor<i64>, !onnx.none, tensor<4xf32>) -> !onnx.unknown {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %s: !onnx.unknown):
    onnx.yield %go, %s : tensor<i1>, !onnx.unknown
  }
  return %0 : !onnx.unknown
}

// -----

func.func @main(%x: tensor<4xf32>) -> !onnx.unknown {
  %none = onnx.none
  // expected-error @+1 {{node "loop" (Loop, opset 20): more than 4096 iterations of 1 nodes are too many to be unrolled}}
  %0 = onnx.node "Loop"(%none, %none, %x) <{graph_names = ["body"], name = "loop", version = 20 : i64}> : (!onnx.none, !onnx.none, tensor<4xf32>) -> !onnx.unknown {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %s: !onnx.unknown):
    onnx.yield %go, %s : tensor<i1>, !onnx.unknown
  }
  return %0 : !onnx.unknown
}

// -----

func.func @main(%x: tensor<4xf32>) -> !onnx.unknown {
  %at = onnx.constant dense<1> : tensor<i64>
  %0 = onnx.node "SequenceConstruct"(%x) <{version = 20 : i64}> : (tensor<4xf32>) -> !onnx.unknown
  // expected-error @+1 {{node "at" (SequenceAt, opset 20): position 1 lies outside of a sequence of 1}}
  %1 = onnx.node "SequenceAt"(%0, %at) <{name = "at", version = 20 : i64}> : (!onnx.unknown, tensor<i64>) -> !onnx.unknown
  return %1 : !onnx.unknown
}
