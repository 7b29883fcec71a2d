// RUN: fourmix-opt %s --cpu-bind-buffers --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: fourmix.inputs = [{name = "ids", type = tensor<2xf32>}]
// CHECK-SAME: fourmix.outputs = [{name = "y", type = tensor<2xf32>}]
// CHECK-SAME: fourmix.weights = [{offset = 0 : i64, value = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>}, {offset = 64 : i64, value = dense<3> : tensor<i64>}]
// CHECK-SAME: fourmix.weights_bytes = 128 : i64
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[W:.+]]: memref<128xi8>, %[[X:.+]]: memref<2xf32>, %[[Y:.+]]: memref<2xf32>)
// CHECK-NOT: arith.constant dense
// CHECK: bufferization.to_tensor %[[X]] restrict
// CHECK: bufferization.materialize_in_destination {{.*}} in restrict writable %[[Y]]
module {
  func.func @main(%x: tensor<2xf32> {onnx.name = "ids"}) -> (tensor<2xf32> {onnx.name = "y"}) {
    %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %again = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %unused = arith.constant dense<4> : tensor<7xi64>
    %n = arith.constant dense<3> : tensor<i64>
    %at = tensor.extract %n[] : tensor<i64>
    %y = linalg.add ins(%c, %again : tensor<2xf32>, tensor<2xf32>) outs(%x : tensor<2xf32>) -> tensor<2xf32>
    return %y : tensor<2xf32>
  }
}

// -----

module {
  // expected-error @+1 {{main takes and gives ranked tensors of static shape, but found 'tensor<?xf32>'}}
  func.func @main(%x: tensor<?xf32>) {
    return
  }
}
