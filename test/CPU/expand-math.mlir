// RUN: fourmix-opt %s --cpu-expand-math | FileCheck %s

// CHECK-LABEL: func.func @expanded
// CHECK-NOT: math.{{exp|tanh|erf}}
func.func @expanded(%x: vector<8xf32>, %s: f32) -> (vector<8xf32>, vector<8xf32>, f32) {
  %a = math.exp %x : vector<8xf32>
  %b = math.tanh %a : vector<8xf32>
  %c = math.erf %s : f32
  return %a, %b, %c : vector<8xf32>, vector<8xf32>, f32
}

// CHECK-LABEL: func.func @double_is_left_to_libm
// CHECK: math.exp %{{.*}} : f64
func.func @double_is_left_to_libm(%x: f64) -> f64 {
  %a = math.exp %x : f64
  return %a : f64
}
