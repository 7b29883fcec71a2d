// RUN: fourmix-opt %s --cpu-outline-tasks | FileCheck %s

// Two equal regions are one task; the closure holds the pointers, main takes the frame.

// CHECK: fourmix.regions = [{name = "first", task = @task_0}, {name = "second", task = @task_0}]
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[FRAME:.+]]: !llvm.ptr)
// CHECK: call @run_tasks(%[[FRAME]], %{{.*}}, %{{.*}}, %{{.*}}) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
// CHECK: call @run_tasks(%[[FRAME]]
// CHECK-LABEL: func.func private @run_tasks
// CHECK-LABEL: func.func private @task_0(
// CHECK-SAME: %[[CLOSURE:.+]]: !llvm.ptr, %[[I:.+]]: i64)
// CHECK: llvm.getelementptr %[[CLOSURE]][0]
// CHECK: memref.load
// CHECK-NOT: func.func
func.func @main(%workspace: memref<64xi8>, %weights: memref<0xi8>, %x: memref<8xf32>, %y: memref<8xf32>,
                %z: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    %v = memref.load %x[%i] : memref<8xf32>
    memref.store %v, %y[%i] : memref<8xf32>
    scf.reduce
  } loc("first")
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    %v = memref.load %y[%i] : memref<8xf32>
    memref.store %v, %z[%i] : memref<8xf32>
    scf.reduce
  } loc("second")
  return
}
