// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --split-input-file | FileCheck %s --check-prefixes=CHECK,DFT17
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=20 --split-input-file | FileCheck %s --check-prefixes=CHECK,DFT20
// RUN: fourmix-opt %s --convert-mix-to-onnx="opset=20 fourier=matmul" --split-input-file | FileCheck %s --check-prefixes=CHECK,MATMUL
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=13 --split-input-file | FileCheck %s --check-prefixes=CHECK,MATMUL
//
// What goes back is recognised again, as the same op.
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=25 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN
// RUN: fourmix-opt %s --convert-mix-to-onnx="opset=20 fourier=matmul" --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN

// CHECK-LABEL: func.func @last_two
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NOT: mix.
// DFT17: %[[U:.*]] = onnx.node "Unsqueeze"(%[[X]], %{{.*}})
// DFT17-NEXT: %[[A:.*]] = onnx.node "DFT"(%[[U]]) <{name = "mixed/DFT", node_attrs = {axis = 2 : i64}, version = 17 : i64}> : (tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
// DFT17-NEXT: %[[B:.*]] = onnx.node "DFT"(%[[A]]) <{name = "mixed/DFT_1", node_attrs = {axis = 1 : i64}, version = 17 : i64}>
// DFT17: onnx.node "Gather"(%[[B]], %{{.*}}) <{name = "mixed/Gather", node_attrs = {axis = 3 : i64}, output_names = ["mixed"], version = 17 : i64}>
// DFT20: %[[HIDDEN:.*]] = onnx.constant dense<2> : tensor<i64>
// DFT20: %[[A:.*]] = onnx.node "DFT"(%{{.*}}, %{{.*}}, %[[HIDDEN]]) <{name = "mixed/DFT", version = 20 : i64}> : (tensor<2x4x6x1xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
// DFT20: %[[SEQUENCE:.*]] = onnx.constant dense<1> : tensor<i64>
// DFT20: onnx.node "DFT"(%[[A]], %{{.*}}, %[[SEQUENCE]])
// MATMUL-DAG: %[[CN:.*]] = onnx.constant dense<{{\[\[1.*}}> : tensor<4x4xf32>
// MATMUL-DAG: %[[CD:.*]] = onnx.constant dense_resource<cosines> : tensor<6x6xf32>
// MATMUL-DAG: %[[SN:.*]] = onnx.constant dense<{{\[\[0.*}}> : tensor<4x4xf32>
// MATMUL-DAG: %[[SD:.*]] = onnx.constant dense_resource<sines> : tensor<6x6xf32>
// MATMUL: %[[XC:.*]] = onnx.node "MatMul"(%[[X]], %[[CD]])
// MATMUL-NEXT: %[[CXC:.*]] = onnx.node "MatMul"(%[[CN]], %[[XC]])
// MATMUL-NEXT: %[[XS:.*]] = onnx.node "MatMul"(%[[X]], %[[SD]])
// MATMUL-NEXT: %[[SXS:.*]] = onnx.node "MatMul"(%[[SN]], %[[XS]])
// MATMUL-NEXT: %[[Y:.*]] = onnx.node "Sub"(%[[CXC]], %[[SXS]]) <{name = "mixed/Sub", output_names = ["mixed"], version = {{13|20}} : i64}>
// The second layer has the same matrices.
// MATMUL-NEXT: onnx.node "MatMul"(%[[Y]], %[[CD]])
// AGAIN-LABEL: func.func @last_two
// AGAIN-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// AGAIN-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 {onnx.output_names = ["mixed"]}
// AGAIN-NEXT: %[[Z:.*]] = mix.fourier %[[Y]] sequence 1 hidden 2
// AGAIN-NEXT: return %[[Z]]
func.func @last_two(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %y = mix.fourier %x sequence 1 hidden 2 {onnx.output_names = ["mixed"]} : tensor<2x4x6xf32>
  %z = mix.fourier %y sequence 1 hidden 2 : tensor<2x4x6xf32>
  return %z : tensor<2x4x6xf32>
}

// -----

// Anywhere else the matrix form transposes.
// CHECK-LABEL: func.func @first_and_third
// MATMUL: onnx.node "Transpose"(%{{.*}}) <{node_attrs = {perm = [1, 0, 2]}
// MATMUL: onnx.node "Transpose"(%{{.*}}) <{node_attrs = {perm = [1, 0, 2]}
// AGAIN-LABEL: func.func @first_and_third
// AGAIN: mix.fourier %{{.*}} sequence {{[01]}} hidden 2 :
func.func @first_and_third(%x: tensor<4x2x6xf64>) -> tensor<4x2x6xf64> {
  %y = mix.fourier %x sequence 2 hidden 0 : tensor<4x2x6xf64>
  return %y : tensor<4x2x6xf64>
}

// -----

// CHECK-LABEL: func.func @reflect
// CHECK-SAME: (%[[X:.*]]: tensor<2x5x3xf32>)
// CHECK: %[[FIVE:.*]] = onnx.constant dense<[0, 4, 3, 2, 1]>
// CHECK: %[[ROWS:.*]] = onnx.node "Gather"(%[[X]], %[[FIVE]]) <{node_attrs = {axis = 1 : i64}
// CHECK: %[[THREE:.*]] = onnx.constant dense<[0, 2, 1]>
// CHECK: %[[ALL:.*]] = onnx.node "Gather"(%[[ROWS]], %[[THREE]]) <{node_attrs = {axis = 2 : i64}
// CHECK: return %[[ALL]]
func.func @reflect(%x: tensor<2x5x3xf32>) -> tensor<2x5x3xf32> {
  %y = mix.reflect %x axes [0, 1, 2] : tensor<2x5x3xf32>
  return %y : tensor<2x5x3xf32>
}
