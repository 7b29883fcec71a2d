// RUN: fourmix-opt %s | fourmix-opt | FileCheck %s
// RUN: fourmix-opt %s --mlir-print-op-generic | fourmix-opt | FileCheck %s
// RUN: fourmix-opt %s --emit-bytecode | fourmix-opt | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: %{{.*}} = optic.launch @transform ins(%{{.*}} : tensor<22x11xf32>) outs(%{{.*}} : tensor<22x11xf32>) -> tensor<22x11xf32>
func.func @main(%x: tensor<22x11xf32>) -> tensor<22x11xf32> {
  %e = tensor.empty() : tensor<22x11xf32>
  %y = optic.launch @transform ins(%x : tensor<22x11xf32>) outs(%e : tensor<22x11xf32>) -> tensor<22x11xf32>
  return %y : tensor<22x11xf32>
}

// CHECK: func.func @buffers
// CHECK: optic.launch @transform ins(%{{.*}} : memref<22x11xf32>) outs(%{{.*}} : memref<22x11xf32>){{$}}
func.func @buffers(%x: memref<22x11xf32>, %y: memref<22x11xf32>) {
  optic.launch @transform ins(%x : memref<22x11xf32>) outs(%y : memref<22x11xf32>)
  return
}

// CHECK: optic.program @transform inputs 1 names ["x", "y"] tokens [0, 4] frames 2 recipe "as it comes" {
optic.program @transform inputs 1 names ["x", "y"] tokens [0, 4] frames 2 recipe "as it comes" {
^bb0(%x: !optic.memory<22x11xf32>, %y: !optic.memory<22x11xf32>):
  // CHECK: %[[SCRATCH:.*]] = scratch at 128 : <22x11xf64>
  %s = scratch at 128 : <22x11xf64>
  // CHECK: %[[TABLE:.*]] = table dense<{{.*}}> : tensor<2x2xf64> at 16
  %t = table dense<[[1.0, 0.0], [0.0, -1.0]]> : tensor<2x2xf64> at 16
  // CHECK: %[[FILTER:.*]] = filter dense<1.000000e+00> : tensor<11x11x2xf32>
  %w = filter dense<1.0> : tensor<11x11x2xf32>
  // CHECK: loop 2 {
  loop 2 {
    // CHECK: load_field re %{{.*}} : !optic.memory<22x11xf32> row <(d0) -> (d0), count = 11, step = 2, limit = 22, pitch = 11> col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset #{{.*}} as real biased {slot = #optic.slot<0 rotate 4>}
    %f = load_field re %x : !optic.memory<22x11xf32> row <(d0) -> (d0), count = 11, step = 2, limit = 22, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)>
      as real biased {slot = #optic.slot<0 rotate 4>}
    // CHECK: load_field {{.*}} biased digit <1 of 8, bits = 1> meanless{{$}}
    %f1 = load_field re %x : !optic.memory<22x11xf32> row <(d0) -> (d0), count = 11, step = 2, limit = 22, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)>
      as real biased digit <1 of 8, bits = 1> meanless
    // CHECK: fire ft %{{.*}} detect iq {signal = 2 : i32, wait = 1 : i32}
    %c = fire ft %f detect iq {wait = 1 : i32, signal = 2 : i32}
    // CHECK: fire mft %{{.*}} by %[[FILTER]] detect intensity {reference = 2 : i64, repeat = 4 : i64}
    %d = fire mft %f by %w detect intensity {reference = 2, repeat = 4}
    // CHECK: read_back %{{.*}} {add_mean, remove_bias}
    %a1 = read_back %c {remove_bias, add_mean}
    // CHECK: %[[A:.*]] = read_back %{{.*}} {reversed_rows}
    %a = read_back %c {reversed_rows}
    // CHECK: read_back %{{.*}} onto %[[A]] {im = -2.500000e-01 : f64, re = 0.000000e+00 : f64}
    %b = read_back %d onto %a {re = 0.0 : f64, im = -0.25 : f64}
    // CHECK: twiddle %{{.*}} row %[[TABLE]] <(d0) -> (d0), step = 0> {scale = 5.000000e-01 : f64}
    %g = twiddle %b row %t <(d0) -> (d0), step = 0> {scale = 0.5 : f64}
    // CHECK: electronic_dft %{{.*}} along row length 11 inverse
    %h = electronic_dft %g along row length 11 inverse
    // CHECK: combine %{{.*}}, conj %{{.*}} by 5.000000e-01, 0.000000e+00, 0.000000e+00, -5.000000e-01
    %k = combine %h, conj %b by 0.5, 0.0, 0.0, -0.5
    // CHECK: store %{{.*}} re %{{.*}} : !optic.memory<22x11xf32> row <(d0) -> (-d0 + 22), count = 11, step = -2, limit = 22, pitch = 11, wrap>
    store %h re %y : !optic.memory<22x11xf32> row <(d0) -> (-d0 + 22), count = 11, step = -2, limit = 22, pitch = 11, wrap>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)>
  }
  // CHECK: barrier
  barrier
  // CHECK: load_tile re %[[SCRATCH]] : !optic.memory<22x11xf64> im %[[SCRATCH]] : !optic.memory<22x11xf64>
  %i = load_tile re %s : !optic.memory<22x11xf64> im %s : !optic.memory<22x11xf64>
    row <() -> (0), count = 22, step = 1, limit = 22, pitch = 11>
    col <() -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<() -> (0)>
}

// Two real signals as one field, and filters from a bank in turn.
// CHECK: optic.program @pairs
optic.program @pairs inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<4x11xf32>, %y: !optic.memory<4x11xf32>):
  // CHECK: filter dense<1.000000e+00> : tensor<2x11x11x2xf32>{{$}}
  %w = filter dense<1.0> : tensor<2x11x11x2xf32>
  loop 2 {
    // CHECK: filter dense<1.000000e+00> : tensor<4x11x11x2xf32> from #{{.*}} count 2
    %v = filter dense<1.0> : tensor<4x11x11x2xf32> from affine_map<(d0) -> (d0 * 2)> count 2
    // CHECK: load_field re %{{.*}} im %{{.*}} offset #{{.*}} im_offset #
    %f = load_field re %x : !optic.memory<4x11xf32> im %x : !optic.memory<4x11xf32>
      row <(d0) -> (0), count = 1, step = 1, limit = 1, pitch = 11> col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1>
      offset affine_map<(d0) -> (d0 * 22)> im_offset affine_map<(d0) -> (d0 * 22 + 11)>
    %c = fire mft %f by %v detect iq
    %t = read_back %c
    // CHECK: store %{{.*}} re %{{.*}} im %{{.*}} offset #{{.*}} im_offset #
    store %t re %y : !optic.memory<4x11xf32> im %y : !optic.memory<4x11xf32>
      row <(d0) -> (0), count = 1, step = 1, limit = 1, pitch = 11> col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1>
      offset affine_map<(d0) -> (d0 * 22)> im_offset affine_map<(d0) -> (d0 * 22 + 11)>
  }
}

// A frame of 11 x 16 as a transform of 176 points; of what comes out the first 89.
// CHECK: optic.program @joined
optic.program @joined inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<176xf32>, %y: !optic.memory<89xf32>):
  // CHECK: load_field re %{{.*}} row <{{.*}}, wrap> col <{{.*}}> joined offset
  %f = load_field re %x : !optic.memory<176xf32>
    row <() -> (0), count = 11, step = 16, limit = 176, pitch = 1, wrap>
    col <() -> (0), count = 16, step = 11, limit = 176, pitch = 1> joined offset affine_map<() -> (0)>
  %c = fire ft %f detect iq
  %t = read_back %c
  // CHECK: store %{{.*}} col <{{.*}}limit = 89, pitch = 1> joined offset
  store %t re %y : !optic.memory<89xf32>
    row <() -> (0), count = 11, step = 144, limit = 176, pitch = 1, wrap>
    col <() -> (0), count = 16, step = 33, limit = 89, pitch = 1> joined offset affine_map<() -> (0)>
}
