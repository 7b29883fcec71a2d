// RUN: fourmix-opt %s --cpu-lower-matmul="vector-width=8 vector-registers=16" --split-input-file | FileCheck %s

// 4 rows x 3 vectors of accumulators that the k loop carries; a fill of the result becomes their zero start.

// CHECK-LABEL: func.func @whole_tiles
// CHECK-NOT: linalg.fill
// CHECK: scf.parallel
// CHECK: scf.for {{.*}} iter_args({{(%[^,)]+, ){11}%[^,)]+}}) -> ({{(vector<8xf32>, ){11}vector<8xf32>}})
// CHECK: vector.load %{{.*}} : memref<16x24xf32>, vector<8xf32>
// CHECK: arith.mulf {{.*}} fastmath<contract>
// CHECK-NOT: linalg.generic
func.func @whole_tiles(%a: memref<8x16xf32>, %b: memref<16x24xf32>, %c: memref<8x24xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<8x24xf32>)
  linalg.matmul ins(%a, %b : memref<8x16xf32>, memref<16x24xf32>) outs(%c : memref<8x24xf32>)
  return
}

// -----

// Rows and columns that are left: a tile of 3 rows, vectors of 8 and 2; the initial value of C is read.

// CHECK-LABEL: func.func @remainders
// CHECK: vector.load %{{.*}} : memref<7x10xf32>, vector<8xf32>
// CHECK: vector.load %{{.*}} : memref<7x10xf32>, vector<2xf32>
// CHECK: scf.for {{.*}} iter_args({{(%[^,)]+, ){7}%[^,)]+}})
// CHECK: scf.if
// CHECK: scf.for {{.*}} iter_args({{(%[^,)]+, ){5}%[^,)]+}})
func.func @remainders(%a: memref<7x16xf32>, %b: memref<16x10xf32>, %c: memref<7x10xf32>) {
  linalg.matmul ins(%a, %b : memref<7x16xf32>, memref<16x10xf32>) outs(%c : memref<7x10xf32>)
  return
}

// -----

// No product of two f32 buffers: left for cpu-lower-generic.

// CHECK-LABEL: func.func @integers
// CHECK: linalg.matmul
func.func @integers(%a: memref<7x16xi32>, %b: memref<16x10xi32>, %c: memref<7x10xi32>) {
  linalg.matmul ins(%a, %b : memref<7x16xi32>, memref<16x10xi32>) outs(%c : memref<7x10xi32>)
  return
}
