// Run by plugin.sh with the plug-in loaded: window = 8.

// CHECK: remark: {{.*}}Remark="sees 8 keys before and 8 after
// CHECK: remark: {{.*}}Remark="sees 8 keys before and 0 after
// CHECK: remark: {{.*}}Remark="kept: queries and keys are not the same positions
// CHECK: remark: {{.*}}Remark="kept: its window is no wider

// CHECK: remark: {{.*}}Remark="2 of 4 attentions got a window of 8"

// CHECK-LABEL: func.func @masked
// CHECK: mix.attention {{.*}} left 8 right 8 masked_rows  zero
func.func @masked(%x: tensor<1x32x8xf32>, %m: tensor<1x1x1x32xi1>) -> tensor<1x32x8xf32> {
  %y = mix.attention %x, %x, %x mask %m heads 2 kv_heads 2 scale 0.5
         : (tensor<1x32x8xf32>, tensor<1x32x8xf32>, tensor<1x32x8xf32>, tensor<1x1x1x32xi1>) -> tensor<1x32x8xf32>
  return %y : tensor<1x32x8xf32>
}

// CHECK-LABEL: func.func @causal
// CHECK: mix.attention {{.*}} left 8 right 0 :
func.func @causal(%x: tensor<1x32x8xf32>) -> tensor<1x32x8xf32> {
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 0.5 right 0
         : (tensor<1x32x8xf32>, tensor<1x32x8xf32>, tensor<1x32x8xf32>) -> tensor<1x32x8xf32>
  return %y : tensor<1x32x8xf32>
}

// CHECK-LABEL: func.func @cross
// CHECK: scale 5.000000e-01 :
func.func @cross(%x: tensor<1x32x8xf32>, %k: tensor<1x20x8xf32>) -> tensor<1x32x8xf32> {
  %y = mix.attention %x, %k, %k heads 2 kv_heads 2 scale 0.5
         : (tensor<1x32x8xf32>, tensor<1x20x8xf32>, tensor<1x20x8xf32>) -> tensor<1x32x8xf32>
  return %y : tensor<1x32x8xf32>
}

// CHECK-LABEL: func.func @narrow
// CHECK: left 2 right 8 :
func.func @narrow(%x: tensor<1x32x8xf32>) -> tensor<1x32x8xf32> {
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 0.5 left 2 right 8
         : (tensor<1x32x8xf32>, tensor<1x32x8xf32>, tensor<1x32x8xf32>) -> tensor<1x32x8xf32>
  return %y : tensor<1x32x8xf32>
}
