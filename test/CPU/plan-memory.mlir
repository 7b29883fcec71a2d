// RUN: fourmix-opt %s --cpu-plan-memory --split-input-file --verify-diagnostics | FileCheck %s

// %a and %c do not live at the same time and share a place; %b overlaps both.

// CHECK: module attributes {fourmix.workspace_bytes = 512 : i64}
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[W:.+]]: memref<512xi8>
// CHECK: %[[A0:.+]] = arith.constant [[A:[0-9]+]] : index
// CHECK: memref.view %[[W]][%[[A0]]][] : memref<512xi8> to memref<64xf32>
// CHECK-NOT: arith.constant [[A]] : index
// CHECK: memref.view
// CHECK: arith.constant [[A]] : index
// CHECK: memref.view
module {
  func.func @main(%x: memref<64xf32>) {
    %a = memref.alloc() : memref<64xf32>
    memref.copy %x, %a : memref<64xf32> to memref<64xf32>
    %b = memref.alloc() : memref<64xf32>
    memref.copy %a, %b : memref<64xf32> to memref<64xf32>
    %c = memref.alloc() : memref<64xf32>
    memref.copy %b, %c : memref<64xf32> to memref<64xf32>
    memref.copy %c, %x : memref<64xf32> to memref<64xf32>
    return
  }
}

// -----

// A view keeps its buffer alive.

// CHECK: module attributes {fourmix.workspace_bytes = 768 : i64}
module {
  func.func @main(%x: memref<64xf32>) {
    %a = memref.alloc() : memref<64xf32>
    %v = memref.expand_shape %a [[0, 1]] output_shape [8, 8] : memref<64xf32> into memref<8x8xf32>
    %b = memref.alloc() : memref<64xf32>
    memref.copy %a, %b : memref<64xf32> to memref<64xf32>
    %c = memref.alloc() : memref<8x8xf32>
    memref.copy %v, %c : memref<8x8xf32> to memref<8x8xf32>
    memref.copy %b, %x : memref<64xf32> to memref<64xf32>
    return
  }
}

// -----

module {
  func.func @main(%n: index) {
    // expected-error @+1 {{of type 'memref<?xf32>' cannot be planned}}
    %a = memref.alloc(%n) : memref<?xf32>
    return
  }
}
