// RUN: fourmix-opt %s --cpu-lower-generic=vector-width=8 --split-input-file | FileCheck %s

// Element-wise over contiguous memory: one row, whole vectors and a remainder; the scalar operand is broadcast.

// CHECK-LABEL: func.func @elementwise
// CHECK: memref.collapse_shape {{.*}} : memref<3x7xf32> into memref<21xf32>
// CHECK: scf.parallel
// CHECK: %[[V:.+]] = vector.load {{.*}} : memref<21xf32>, vector<8xf32>
// CHECK: %[[S:.+]] = vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK: arith.addf %[[V]], %[[S]] : vector<8xf32>
// CHECK: vector.load {{.*}} : memref<21xf32>, vector<5xf32>
func.func @elementwise(%x: memref<3x7xf32>, %s: f32, %y: memref<3x7xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]} ins(%x, %s : memref<3x7xf32>, f32) outs(%y : memref<3x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.addf %a, %b : f32
    linalg.yield %r : f32
  }
  return
}

// -----

// A reduction along the rows: partial sums in a vector, combined once with the initial value.

// CHECK-LABEL: func.func @row_sums
// CHECK: %[[INIT:.+]] = memref.load %{{.*}} : memref<4xf32>
// CHECK: %[[PARTIAL:.+]] = scf.for {{.*}} -> (vector<8xf32>)
// CHECK: %[[SUM:.+]] = vector.reduction <add>, %[[PARTIAL]] fastmath<reassoc>
// CHECK: arith.addf %[[INIT]], %[[SUM]] : f32
func.func @row_sums(%x: memref<4x32xf32>, %y: memref<4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"]} ins(%x : memref<4x32xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %o, %a : f32
    linalg.yield %r : f32
  }
  return
}

// -----

// A reduction along the columns: the lanes are columns, the sums stay in registers.

// CHECK-LABEL: func.func @column_sums
// CHECK: scf.for {{.*}} iter_args(%[[ACC:.+]] = %{{.*}}) -> (vector<8xf32>)
// CHECK-NEXT: vector.load {{.*}} : memref<5x8xf32>, vector<8xf32>
// CHECK-NOT: vector.reduction
func.func @column_sums(%x: memref<5x8xf32>, %y: memref<8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"]} ins(%x : memref<5x8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %o, %a : f32
    linalg.yield %r : f32
  }
  return
}

// -----

// A table look-up: the row number is a scalar, the row a vector.

// CHECK-LABEL: func.func @gather_rows
// CHECK: %[[ID:.+]] = memref.load %{{.*}} : memref<3xi64>
// CHECK: %[[ROW:.+]] = arith.index_cast %[[ID]]
// CHECK: vector.load %{{.*}}[%[[ROW]], %{{.*}}] : memref<100x16xf32>, vector<8xf32>
func.func @gather_rows(%ids: memref<3xi64>, %table: memref<100x16xf32>, %y: memref<3x16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]} ins(%ids : memref<3xi64>) outs(%y : memref<3x16xf32>) {
  ^bb0(%id: i64, %o: f32):
    %row = arith.index_cast %id : i64 to index
    %j = linalg.index 1 : index
    %v = memref.load %table[%row, %j] : memref<100x16xf32>
    linalg.yield %v : f32
  }
  return
}
