// RUN: fourmix-opt %s --fourmix-cpu=vector-width=8 | FileCheck %s

// A slice that is written in place is not copied onto itself: one task computes, none copies. Regions of one task are
// functions too.

// CHECK: fourmix.regions = [{{{[^}]*}}task = @task_0}]
// CHECK-LABEL: func.func @main(%{{.*}}: !llvm.ptr)
// CHECK-COUNT-1: call @run_tasks
// CHECK-NOT: call @run_tasks
// CHECK-LABEL: func.func private @task_0
// CHECK: arith.negf {{.*}} vector<8xf32>
#id = affine_map<(i, j) -> (i, j)>
func.func @main(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %s = tensor.extract_slice %e[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> to tensor<4x8xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%s : tensor<4x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.negf %a : f32
    linalg.yield %r : f32
  } -> tensor<4x8xf32>
  %y = tensor.insert_slice %n into %e[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
