// With the covariance of the inputs, the nearest matrix is the one whose outputs differ least, and the mean output stays:
// numbers by numpy.linalg.solve. The covariance was made of random numbers.
//
// RUN: fourmix-opt %s --projections-to-circular="where=all max-error=0.1 calibration=%S/Inputs/covariance.npz" | FileCheck %s
// RUN: not fourmix-opt %s --projections-to-circular="where=all calibration=%S/Inputs/none.npz" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: sed s/tokens/words/ %s | not fourmix-opt --projections-to-circular="where=all calibration=%S/Inputs/covariance.npz" 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not fourmix-opt %s --projections-to-circular=kind=3d 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not fourmix-opt %s --projections-to-circular=where=ffn 2>&1 | FileCheck %s --check-prefix=WHERE
// RUN: not fourmix-opt %s --projections-to-circular=max-error=-1 2>&1 | FileCheck %s --check-prefix=ERROR
// NONE: error: --projections-to-circular: cannot read '{{.*}}none.npz'
// KEY: error: --projections-to-circular: '{{.*}}covariance.npz': expected an array 'words.covariance' of 4x4xf64 for input "words", but found none
// KIND: error: --projections-to-circular: kind: expected 1d, 2d, 2d:K1xK2 or block:B, but found '3d'
// WHERE: error: --projections-to-circular: where: expected attention or all, but found 'ffn'
// ERROR: error: --projections-to-circular: max-error: expected a number of at least 0, but found -1.00

// CHECK-DAG: onnx.constant dense<[1.16036129, 3.79187965, 2.97193217, 1.98497212]> : tensor<4xf32>
// CHECK-DAG: onnx.constant dense<[0.23532553, -0.499780983, 0.322545022, 0.669047356]> : tensor<4xf32>
// CHECK: %[[P:.*]] = mix.projection circular_1d %arg0
// CHECK: onnx.node "Add"(%[[P]], %{{.*}})
func.func @main(%x: tensor<2x6x4xf32> {onnx.name = "tokens"}) -> tensor<2x6x4xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0], [4.0, 1.0, 2.0, 3.0], [3.0, 4.0, 1.0, 2.0], [2.0, 3.0, 4.0, 2.0]]> : tensor<4x4xf32>
  %y = onnx.node "MatMul"(%x, %w) <{name = "fc", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  return %y : tensor<2x6x4xf32>
}
