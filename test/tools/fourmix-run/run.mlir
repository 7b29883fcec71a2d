// Running a model of the llvm phase: inputs by name and in order, comparison, files, time.
//
// RUN: fourmix-run %s --input='2x8xf32=0 1 2 3 4 5 6 7 0 0 0 0 0 0 0 0' | FileCheck %s --check-prefix=PRINT
// PRINT: y: 2x8xf32=1 3 5 7 9 11 13 15 1 2 3 4 5 6 7 8
//
// RUN: rm -rf %t && mkdir %t
// RUN: fourmix-run %s --input=x=random --output=@%t/all.npz --output=@%t/y.npy --output=y=@%t/named.npy
// RUN: cmp %t/y.npy %t/named.npy
// RUN: fourmix-run %s --input=x=random --expected_output=@%t/all.npz --threads=2 | FileCheck %s --check-prefix=SAME
// RUN: fourmix-run %s --input=random --expected_output=y=@%t/all.npz --rtol=0 --atol=0 --threads=1 | FileCheck %s --check-prefix=SAME
// RUN: fourmix-run %s --input=random --expected_output=@%t/y.npy --tolerance=0 | FileCheck %s --check-prefix=SAME
// SAME: output 'y' 2x8xf32: max |y - ref| 0, max |ref| {{.+}}, relative 0
//
// A reference may be float64. The fourth element is 0.5 too large.
// RUN: fourmix-run %s --input=2x8xf32=0 --expected_output='2x8xf64=1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8'
// RUN: not fourmix-run %s --input=2x8xf32=0 --expected_output='2x8xf64=1 2 3 3.5 5 6 7 8 1 2 3 4 5 6 7 9' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FAR
// FAR: error: output 'y': 2 of 16 elements differ by more than 1e-05 of the maximum 9;
// FAR-SAME: first at [0, 3] found 4, expected 3.5; worst at [1, 7] found 8, expected 9 (difference 1)
// RUN: fourmix-run %s --input=2x8xf32=0 --expected_output='2x8xf64=1 2 3 3.5 5 6 7 8 1 2 3 4 5 6 7 9' --tolerance=0.2
// RUN: not fourmix-run %s --input=2x8xf32=0 --rtol=0.12 --atol=0 2>&1 \
// RUN:     --expected_output='2x8xf64=1 2 3 3.5 5 6 7 8 1 2 3 4 5 6 7 9' | FileCheck %s --check-prefix=CLOSE
// CLOSE: error: output 'y': 1 of 16 elements differ by more than 0 + 0.12 |ref|; first at [0, 3]
//
// RUN: fourmix-run %s --input=random --benchmark=3 --threads=1 | FileCheck %s --check-prefix=TIME
// TIME: median {{[0-9.]+}} ms, min {{[0-9.]+}} ms, max {{[0-9.]+}} ms (3 runs, 1 thread)
// RUN: fourmix-run %s --input=random --profile --threads=2 | FileCheck %s --check-prefix=PROFILE
// PROFILE: calls layer
// PROFILE-NEXT: 1 add
// PROFILE-NEXT: (outside of parallel regions)
// PROFILE-NEXT: total

module attributes {
  fourmix.inputs = [{name = "x", type = tensor<2x8xf32>}],
  fourmix.outputs = [{name = "y", type = tensor<2x8xf32>}],
  fourmix.workspace_bytes = 64 : i64, fourmix.weights_bytes = 128 : i64,
  fourmix.weights = [{value = dense<100.0> : tensor<1xf32>, offset = 0 : i64},
                     {value = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>, offset = 64 : i64}],
  fourmix.regions = [{name = "add", task = @task_0}]} {
  llvm.func @task_0(%frame: !llvm.ptr, %i: i64) {
    %w_slot = llvm.getelementptr %frame[1] : (!llvm.ptr) -> !llvm.ptr, i64
    %w = llvm.load %w_slot : !llvm.ptr -> !llvm.ptr
    %x_slot = llvm.getelementptr %frame[6] : (!llvm.ptr) -> !llvm.ptr, i64
    %x = llvm.load %x_slot : !llvm.ptr -> !llvm.ptr
    %y_slot = llvm.getelementptr %frame[7] : (!llvm.ptr) -> !llvm.ptr, i64
    %y = llvm.load %y_slot : !llvm.ptr -> !llvm.ptr
    %w_at = llvm.getelementptr %w[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %wv = llvm.load %w_at {alignment = 64 : i64} : !llvm.ptr -> vector<8xf32>
    %x_at = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<8 x f32>
    %xv = llvm.load %x_at {alignment = 4 : i64} : !llvm.ptr -> vector<8xf32>
    %sum = llvm.fadd %xv, %wv : vector<8xf32>
    %y_at = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<8 x f32>
    llvm.store %sum, %y_at {alignment = 4 : i64} : vector<8xf32>, !llvm.ptr
    llvm.return
  }
  llvm.func @main(%frame: !llvm.ptr) {
    %zero = llvm.mlir.constant(0 : i64) : i64
    %one = llvm.mlir.constant(1 : i64) : i64
    %two = llvm.mlir.constant(2 : i64) : i64
    %null = llvm.mlir.zero : !llvm.ptr
    // The workspace is there and aligned: its first cache line belongs to this run.
    %ws = llvm.load %frame : !llvm.ptr -> !llvm.ptr
    %zeros = llvm.mlir.constant(dense<0.0> : vector<16xf32>) : vector<16xf32>
    llvm.store volatile %zeros, %ws {alignment = 64 : i64} : vector<16xf32>, !llvm.ptr
    %p_slot = llvm.getelementptr %frame[2] : (!llvm.ptr) -> !llvm.ptr, i64
    %p = llvm.load %p_slot : !llvm.ptr -> !llvm.ptr
    %serial = llvm.icmp "eq" %p, %null : !llvm.ptr
    llvm.cond_br %serial, ^serial, ^parallel
  ^serial:
    llvm.call @task_0(%frame, %zero) : (!llvm.ptr, i64) -> ()
    llvm.call @task_0(%frame, %one) : (!llvm.ptr, i64) -> ()
    llvm.return
  ^parallel:
    %c_slot = llvm.getelementptr %frame[3] : (!llvm.ptr) -> !llvm.ptr, i64
    %c = llvm.load %c_slot : !llvm.ptr -> !llvm.ptr
    %task = llvm.mlir.addressof @task_0 : !llvm.ptr
    llvm.call %p(%c, %task, %frame, %two) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
    llvm.return
  }
}
