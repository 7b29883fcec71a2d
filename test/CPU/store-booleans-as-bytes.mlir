// RUN: fourmix-opt %s --cpu-store-booleans-as-bytes | FileCheck %s

// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[M:.+]]: tensor<4xi8> {fourmix.boolean}) -> (tensor<4xi8> {fourmix.boolean})
// CHECK: arith.constant dense<[1, 0, 0, 1]> : tensor<4xi8>
// CHECK: ^bb0(%[[A:.+]]: i8, %[[B:.+]]: i8, %{{.+}}: i8):
// CHECK-DAG: %[[AT:.+]] = arith.trunci %[[A]] : i8 to i1
// CHECK-DAG: %[[BT:.+]] = arith.trunci %[[B]] : i8 to i1
// CHECK: %[[R:.+]] = arith.andi %[[AT]], %[[BT]] : i1
// CHECK: %[[E:.+]] = arith.extui %[[R]] : i1 to i8
// CHECK: linalg.yield %[[E]] : i8
func.func @main(%m: tensor<4xi1>) -> tensor<4xi1> {
  %c = arith.constant dense<[true, false, false, true]> : tensor<4xi1>
  %e = tensor.empty() : tensor<4xi1>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                       iterator_types = ["parallel"]} ins(%m, %c : tensor<4xi1>, tensor<4xi1>) outs(%e : tensor<4xi1>) {
  ^bb0(%a: i1, %b: i1, %o: i1):
    %r = arith.andi %a, %b : i1
    linalg.yield %r : i1
  } -> tensor<4xi1>
  return %y : tensor<4xi1>
}
