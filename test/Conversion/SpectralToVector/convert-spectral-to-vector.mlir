// RUN: fourmix-opt %s --convert-spectral-to-vector --canonicalize --cse --split-input-file | FileCheck %s

// Adjacent lines: the first stage reads the tensor, the last one writes it; one radix-4 stage needs no twiddles.

// CHECK-LABEL: func.func @adjacent(
// CHECK-SAME:    %[[X:.*]]: tensor<4x16xf32>, %[[Y:.*]]: tensor<4x16xf32>
// CHECK-DAG:   bufferization.to_buffer %[[X]] read_only : tensor<4x16xf32> to memref<4x16xf32>
// CHECK-DAG:   %[[RE:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4x16xf32>
// CHECK-DAG:   %[[IM:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4x16xf32>
// CHECK-NOT:   scf.parallel
// CHECK:       scf.for
// CHECK-COUNT-8: vector.load {{.*}} vector<8xf32>
// CHECK-NOT:   arith.mulf
// CHECK-COUNT-8: vector.store {{.*}} vector<8xf32>
// CHECK-NOT:   vector.store
// CHECK:       %[[A:.*]] = bufferization.to_tensor %[[RE]] restrict writable
// CHECK:       %[[B:.*]] = bufferization.to_tensor %[[IM]] restrict writable
// CHECK:       return %[[A]], %[[B]]
func.func @adjacent(%x: tensor<4x16xf32>, %y: tensor<4x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %a, %b = spectral.dft forward %x, %y along 0 : tensor<4x16xf32>
  return %a, %b : tensor<4x16xf32>, tensor<4x16xf32>
}

// -----

// Nobody reads the imaginary part: it is not stored, and what only it needs is dead.

// CHECK-LABEL: func.func @real_part
// CHECK-COUNT-1: memref.alloc() {alignment = 64 : i64} : memref<4x8xf32>
// CHECK-NOT:   memref.alloc() {alignment = 64 : i64} : memref<4x8xf32>
// CHECK-COUNT-4: vector.store
// CHECK-NOT:   vector.store
func.func @real_part(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %a, %b = spectral.dft forward %x, %y along 0 plan fft : tensor<4x8xf32>
  return %a : tensor<4x8xf32>
}

// -----

// The last axis: squares of lines are transposed in registers, blocks are dealt out to tasks.

// CHECK-LABEL: func.func @rows
// CHECK:       %[[SCRATCH:.*]] = memref.alloc() {alignment = 64 : i64} : memref<[[TASKS:[0-9]+]]x{{.*}}xf32>
// CHECK:       scf.parallel (%{{.*}}) = (%{{.*}}) to (%{{.*}}) step
// CHECK:         scf.for
// CHECK:           vector.shuffle {{.*}} : vector<8xf32>, vector<8xf32>
// CHECK:           {{memref.load|tensor.extract}} {{.*}}xf32>
// CHECK:           vector.broadcast {{.*}} : f32 to vector<8xf32>
// CHECK:           arith.mulf {{.*}} fastmath<contract> : vector<8xf32>
func.func @rows(%x: tensor<512x768xf32>) -> (tensor<512x385xf32>, tensor<512x385xf32>) {
  %a, %b = spectral.rdft %x along 1 : tensor<512x768xf32>
  return %a, %b : tensor<512x385xf32>, tensor<512x385xf32>
}

// -----

// Two transforms of one length share a table; f64 vectors have half as many lanes.

// CHECK-LABEL: func.func @shared
// CHECK-COUNT-1: dense_resource<dft60_table> : tensor<{{.*}}xf64>
// CHECK-NOT:   dense_resource
// CHECK:       vector<4xf64>
func.func @shared(%x: tensor<60x8xf64>, %y: tensor<60x8xf64>) -> (tensor<60x8xf64>, tensor<60x8xf64>) {
  %a, %b = spectral.dft forward %x, %y along 0 : tensor<60x8xf64>
  %c, %d = spectral.dft inverse %a, %y along 0 : tensor<60x8xf64>
  return %c, %d : tensor<60x8xf64>, tensor<60x8xf64>
}

// -----

// What is planned otherwise stays.

// CHECK-LABEL: func.func @dense
// CHECK:       spectral.rdft %{{.*}} along 1 plan matmul
func.func @dense(%x: tensor<4x8xf32>) -> tensor<4x5xf32> {
  %a, %b = spectral.rdft %x along 1 plan matmul : tensor<4x8xf32>
  return %a : tensor<4x5xf32>
}

// -----

// The pair of FNet's mixing: 9 of 16 rows are folded and transformed, the second transform gives real numbers.

// CHECK-LABEL: func.func @mixing
// CHECK-DAG:   memref.alloc() {alignment = 64 : i64} : memref<3x9x2x8xf32>
// CHECK-DAG:   memref.alloc() {alignment = 64 : i64} : memref<16x17xf32>
// CHECK-NOT:   alloc() {{.*}} memref<16x17xf32>
// CHECK:       vector.shuffle %{{.*}}, %[[V:.*]] [7, 6, 5, 4, 3, 2, 1, 0]
// CHECK-NOT:   spectral
func.func @mixing(%x: tensor<16x32xf32>) -> tensor<16x17xf32> {
  %a, %b = spectral.rdft %x along 1 : tensor<16x32xf32>
  %c, %d = spectral.dft forward %a, %b along 0 : tensor<16x17xf32>
  return %c : tensor<16x17xf32>
}

// -----

// Whole transforms: every column is stored a second time, in reverse, except column 0.

// CHECK-LABEL: func.func @whole_mixing
// CHECK-DAG:   memref.alloc() {alignment = 64 : i64} : memref<3x9x2x8xf32>
// CHECK-DAG:   memref.alloc() {alignment = 64 : i64} : memref<16x32xf32>
// CHECK:       %[[IMAGE:.*]] = arith.cmpi ne
// CHECK:       %[[BACK:.*]] = vector.shuffle %{{.*}}, %{{.*}} [7, 6, 5, 4, 3, 2, 1, 0]
// CHECK:       scf.if %[[IMAGE]] {
// CHECK-NEXT:    vector.store %[[BACK]]
// CHECK-NOT:   spectral
func.func @whole_mixing(%x: tensor<16x32xf32>) -> tensor<16x32xf32> {
  %a, %b = spectral.dft forward %x along 1 : tensor<16x32xf32>
  %c, %d = spectral.dft forward %a, %b along 0 : tensor<16x32xf32>
  return %c : tensor<16x32xf32>
}

// -----

// Somebody reads the imaginary part: no pair.

// CHECK-LABEL: func.func @not_mixing
// CHECK-NOT:   [7, 6, 5, 4, 3, 2, 1, 0]
// CHECK:       return
func.func @not_mixing(%x: tensor<16x32xf32>) -> (tensor<16x17xf32>, tensor<16x17xf32>) {
  %a, %b = spectral.rdft %x along 1 : tensor<16x32xf32>
  %c, %d = spectral.dft forward %a, %b along 0 : tensor<16x17xf32>
  return %c, %d : tensor<16x17xf32>, tensor<16x17xf32>
}
