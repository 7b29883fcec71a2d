// What mix.attention can say, executed. Expected values: NumPy, from the formulas of the op.
//
// REQUIRES: mlir-runner
// RUN: fourmix-opt %s --convert-mix-to-spectral --convert-math-to-libm %{to-llvm} \
// RUN:   | mlir-runner %{runner-libs} -e main -entry-point-result=void | FileCheck %s

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}
func.func @print(%x: tensor<1x3x2xf32>) {
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<1x3x2xf32> into tensor<3x2xf32>
  %0 = tensor.cast %flat : tensor<3x2xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  return
}
func.func @print_scores(%x: tensor<1x1x3x3xf32>) {
  %flat = tensor.collapse_shape %x [[0, 1, 2], [3]] : tensor<1x1x3x3xf32> into tensor<3x3xf32>
  %0 = tensor.cast %flat : tensor<3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  return
}

func.func @attention(%q: tensor<1x3x2xf32>, %k: tensor<1x3x2xf32>, %v: tensor<1x3x2xf32>, %bias: tensor<3xf32>, %length: tensor<1xi64>, %pk: tensor<1x1x1x2xf32>, %pv: tensor<1x1x1x2xf32>) {
  // The four stages of the scores: scaled, capped, biased and causal, softmax.
  // CHECK: [-0.5,   2.25,   1.5],
  // CHECK-NEXT: [0.75,   -0.875,   -0.25],
  // CHECK-NEXT: [0.5,   1.5,   1.5]
  %y0, %s0 = mix.attention %q, %k, %v bias %bias heads 1 kv_heads 1 scale 0.5 right 0 softcap 2.0 scores raw : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<3xf32>) -> (tensor<1x3x2xf32>, tensor<1x1x3x3xf32>)
  call @print_scores(%s0) : (tensor<1x1x3x3xf32>) -> ()
  // CHECK: [-0.489837,   1.6186,   1.2703],
  // CHECK-NEXT: [0.71671{{[0-9]}},   -0.8231{{[0-9]*}},   -0.248706],
  // CHECK-NEXT: [0.489837,   1.2703,   1.2703]
  %y1, %s1 = mix.attention %q, %k, %v bias %bias heads 1 kv_heads 1 scale 0.5 right 0 softcap 2.0 scores capped : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<3xf32>) -> (tensor<1x3x2xf32>, tensor<1x1x3x3xf32>)
  call @print_scores(%s1) : (tensor<1x1x3x3xf32>) -> ()
  // CHECK: [-0.489837,   -inf,   -inf],
  // CHECK-NEXT: [0.71671{{[0-9]}},   0.17686{{[0-9]*}},   -inf],
  // CHECK-NEXT: [0.489837,   2.2703,   0.270{{[0-9]*}}]
  %y2, %s2 = mix.attention %q, %k, %v bias %bias heads 1 kv_heads 1 scale 0.5 right 0 softcap 2.0 scores masked : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<3xf32>) -> (tensor<1x3x2xf32>, tensor<1x1x3x3xf32>)
  call @print_scores(%s2) : (tensor<1x1x3x3xf32>) -> ()
  // CHECK: [1,   0,   0],
  // CHECK-NEXT: [0.631779,   0.368221,   0],
  // CHECK-NEXT: [0.12927{{[0-9]*}},   0.76693{{[0-9]*}},   0.10379{{[0-9]*}}]
  // CHECK: [1,   10],
  // CHECK-NEXT: [1.36822,   13.6822],
  // CHECK-NEXT: [2.07831,   20.7831]
  %y3, %s3 = mix.attention %q, %k, %v bias %bias heads 1 kv_heads 1 scale 0.5 right 0 softcap 2.0 scores weights : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<3xf32>) -> (tensor<1x3x2xf32>, tensor<1x1x3x3xf32>)
  call @print_scores(%s3) : (tensor<1x1x3x3xf32>) -> ()
  call @print(%y3) : (tensor<1x3x2xf32>) -> ()
  // A query before all keys gives zeros, NaN, or the mean of all values.
  // CHECK: [0,   0],
  // CHECK-NEXT: [1,   10],
  // CHECK-NEXT: [1.8808,   18.808]
  %zero = mix.attention %q, %k, %v heads 1 kv_heads 1 scale 1.0 offset -1 right 0 masked_rows zero : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  call @print(%zero) : (tensor<1x3x2xf32>) -> ()
  // CHECK: [{{-?}}nan,   {{-?}}nan],
  // CHECK-NEXT: [1,   10],
  %nan = mix.attention %q, %k, %v heads 1 kv_heads 1 scale 1.0 offset -1 right 0 : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  call @print(%nan) : (tensor<1x3x2xf32>) -> ()
  // CHECK: [2.33333,   23.3333],
  // CHECK-NEXT: [1,   10],
  %uniform = mix.attention %q, %k, %v heads 1 kv_heads 1 scale 1.0 offset -1 right 0 fill -3.0e38 : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  call @print(%uniform) : (tensor<1x3x2xf32>) -> ()
  // Two keys count, and the queries end where they end.
  // CHECK: [0,   0],
  // CHECK-NEXT: [1,   10],
  // CHECK-NEXT: [1.8808,   18.808]
  %ends = mix.attention %q, %k, %v lengths %length heads 1 kv_heads 1 scale 1.0 right 0 end_aligned masked_rows zero : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1xi64>) -> tensor<1x3x2xf32>
  call @print(%ends) : (tensor<1x3x2xf32>) -> ()
  // A key of the past, and a window of two.
  // CHECK: [7.66802,   76.6802],
  // CHECK-NEXT: [1.03733,   10.3733],
  // CHECK-NEXT: [3,   30]
  %past = mix.attention %q, %k, %v past %pk, %pv heads 1 kv_heads 1 scale 1.0 offset 1 left 1 right 0 : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x3x2xf32>
  call @print(%past) : (tensor<1x3x2xf32>) -> ()
  return
}

// Kernelised attention: by the state, normalised, causal, with a weight per distance, with two heads.
func.func @linear(%q: tensor<1x3x2xf32>, %k: tensor<1x3x2xf32>, %v: tensor<1x3x2xf32>, %c: tensor<1x5xf32>) {
  // CHECK: [20,   200],
  // CHECK-NEXT: [-4,   -40],
  // CHECK-NEXT: [19,   190]
  %0 = mix.linear_attention %q, %k, %v heads 1 kv_heads 1 scale 1.0 : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  call @print(%0) : (tensor<1x3x2xf32>) -> ()
  // CHECK: [3.07692,   30.7692],
  // CHECK-NEXT: [5.33333,   53.3333],
  // CHECK-NEXT: [2.71429,   27.1429]
  %1 = mix.linear_attention %q, %k, %v heads 1 kv_heads 1 scale 7.0 normalised : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  call @print(%1) : (tensor<1x3x2xf32>) -> ()
  // CHECK: [-0.5,   -5],
  // CHECK-NEXT: [-1,   -10],
  // CHECK-NEXT: [9.5,   95]
  %2 = mix.linear_attention %q, %k, %v heads 1 kv_heads 1 scale 0.5 causal : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  call @print(%2) : (tensor<1x3x2xf32>) -> ()
  // CHECK: [-3.5,   -35],
  // CHECK-NEXT: [2.82353,   28.2353],
  // CHECK-NEXT: [3.21053,   32.1053]
  %3 = mix.linear_attention %q, %k, %v kernel %c heads 1 kv_heads 1 scale 1.0 normalised : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x5xf32>) -> tensor<1x3x2xf32>
  call @print(%3) : (tensor<1x3x2xf32>) -> ()
  // CHECK: [1.22222,   3.63636],
  // CHECK-NEXT: [1.77778,   24.6154],
  // CHECK-NEXT: [3.16667,   32.8571]
  %4 = mix.linear_attention %q, %k, %v kernel %c heads 2 kv_heads 2 scale 1.0 normalised : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x5xf32>) -> tensor<1x3x2xf32>
  call @print(%4) : (tensor<1x3x2xf32>) -> ()
  // CHECK: [2,   20],
  // CHECK-NEXT: [-8,   -80],
  // CHECK-NEXT: [2.53333,   25.3333]
  %5 = mix.linear_attention %q, %k, %v heads 1 kv_heads 1 scale 2.0 causal normalised epsilon 1.0 : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  call @print(%5) : (tensor<1x3x2xf32>) -> ()
  // CHECK: [2.85714,   28.5714],
  // CHECK-NEXT: [16,   160],
  // CHECK-NEXT: [2.53333,   25.3333]
  %6 = mix.linear_attention %q, %k, %v heads 1 kv_heads 1 scale 2.0 normalised epsilon 1.0 : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  call @print(%6) : (tensor<1x3x2xf32>) -> ()
  return
}

func.func @main() {
  %q = arith.constant dense<[[[1.0, 2.0], [0.5, -1.0], [2.0, 1.0]]]> : tensor<1x3x2xf32>
  %k = arith.constant dense<[[[1.0, -1.0], [0.5, 2.0], [1.0, 1.0]]]> : tensor<1x3x2xf32>
  %v = arith.constant dense<[[[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]]]> : tensor<1x3x2xf32>
  %bias = arith.constant dense<[0.0, 1.0, -1.0]> : tensor<3xf32>
  %length = arith.constant dense<2> : tensor<1xi64>
  %pk = arith.constant dense<[[[[2.0, 0.0]]]]> : tensor<1x1x1x2xf32>
  %pv = arith.constant dense<[[[[8.0, 80.0]]]]> : tensor<1x1x1x2xf32>
  %c = arith.constant dense<[[0.5, 1.0, 2.0, 0.25, 0.125]]> : tensor<1x5xf32>
  call @attention(%q, %k, %v, %bias, %length, %pk, %pv) : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<3xf32>, tensor<1xi64>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> ()
  call @linear(%q, %k, %v, %c) : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x5xf32>) -> ()
  return
}
