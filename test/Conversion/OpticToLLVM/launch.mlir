// RUN: fourmix-opt %s --convert-optic-to-llvm | FileCheck %s

// The second program is number 1; both buffers go by address, the second one from its offset on. Programs are gone.
// CHECK: func.func @main(%[[FRAME:.*]]: !llvm.ptr)
// CHECK: %[[TABLE:.*]] = llvm.alloca %{{.*}} x !llvm.ptr
// CHECK: memref.extract_aligned_pointer_as_index
// CHECK: memref.extract_aligned_pointer_as_index
// CHECK: %[[BYTES:.*]] = arith.constant 64 : i64
// CHECK: arith.addi %{{.*}}, %[[BYTES]] : i64
// CHECK: %[[PROGRAM:.*]] = llvm.mlir.constant(1 : i64) : i64
// CHECK: %[[COUNT:.*]] = llvm.mlir.constant(2 : i64) : i64
// CHECK: call @fourmix_entry_launch(%[[FRAME]], %[[PROGRAM]], %[[TABLE]], %[[COUNT]])
// CHECK-NOT: optic
// CHECK: func.func private @fourmix_entry_launch(!llvm.ptr, i64, !llvm.ptr, i64)
func.func @main(%frame: !llvm.ptr) {
  %x = memref.alloca() : memref<4xf32>
  %y = memref.alloca() : memref<20xf32>
  %part = memref.subview %y[16] [4] [1] : memref<20xf32> to memref<4xf32, strided<[1], offset: 16>>
  optic.launch @second ins(%x : memref<4xf32>) outs(%part : memref<4xf32, strided<[1], offset: 16>>)
  return
}
optic.program @first inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<4xf32>, %y: !optic.memory<4xf32>):
}
optic.program @second inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<4xf32>, %y: !optic.memory<4xf32>):
}
