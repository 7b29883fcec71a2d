// RUN: fourmix-opt %s --cpu-expand-bfloat16 | FileCheck %s

// CHECK-NOT: arith.{{extf|truncf}} {{.*}}bf16
// CHECK-LABEL: func.func @vector
// CHECK: arith.shli {{.*}} : vector<9xi32>
// CHECK: arith.bitcast {{.*}} : vector<9xi32> to vector<9xf32>
// CHECK: arith.extf {{.*}} : vector<9xf32> to vector<9xf64>
// CHECK: arith.bitcast {{.*}} : vector<9xi16> to vector<9xbf16>
// CHECK-NOT: arith.{{extf|truncf}} {{.*}}bf16
func.func @vector(%x: vector<9xbf16>, %y: vector<9xf32>) -> (vector<9xf64>, vector<9xbf16>) {
  %0 = arith.extf %x : vector<9xbf16> to vector<9xf64>
  %1 = arith.truncf %y : vector<9xf32> to vector<9xbf16>
  return %0, %1 : vector<9xf64>, vector<9xbf16>
}
