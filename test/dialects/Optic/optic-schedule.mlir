// RUN: fourmix-opt %s --pass-pipeline="builtin.module(optic.program(optic-schedule{device=ofe-11}))" | FileCheck %s
// RUN: fourmix-opt %s --pass-pipeline="builtin.module(optic.program(optic-schedule{device=ofe-11 depth=7}))" | FileCheck %s --check-prefix=DEPTH
// DEPTH: load_field {{.*}} slot = #optic.slot<0 rotate 4>
// Sixteen engines have 16 times 11 frames on the way and use all tiles; without latency and with one engine three suffice.
// RUN: fourmix-opt %s --pass-pipeline="builtin.module(optic.program(optic-schedule{device=enable-16e}))" | FileCheck %s --check-prefix=ENGINES
// ENGINES: load_field {{.*}} slot = #optic.slot<0 rotate 64>
// RUN: fourmix-opt %s --pass-pipeline="builtin.module(optic.program(optic-schedule{device=ideal}))" | FileCheck %s --check-prefix=IDEAL
// IDEAL: load_field {{.*}} slot = #optic.slot<0 rotate 2>
// RUN: not fourmix-opt %s --pass-pipeline="builtin.module(optic.program(optic-schedule{device=none}))" 2>&1 | FileCheck %s --check-prefix=DEVICE
// DEVICE: error: {{.*}}none

// An engine with ten frames on the way would use thirteen fields and captures: there are eight of each. Electronics use four
// tiles. A token between each two queues that a
// tile goes through, and one back with the count of free slots; the second pass uses the same ones.
// CHECK: optic.program @two_passes inputs 1 names ["x", "y"] tokens [0, 8, 0, 8, 0, 4] {
optic.program @two_passes inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<22x11xf32>, %y: !optic.memory<22x11xf32>):
  loop 2 {
    // CHECK: load_field {{.*}}{signal = 1 : i32, slot = #optic.slot<0 rotate 8>, wait = 2 : i32}
    %f = load_field re %x : !optic.memory<22x11xf32> row <(d0) -> (d0), count = 11, step = 2, limit = 22, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)>
    // CHECK: fire ft {{.*}}{signal = 6 : i32, slot = #optic.slot<0 rotate 8>, wait = 9 : i32}
    %c = fire ft %f detect iq
    // CHECK: read_back {{.*}}{signal = 8 : i32, slot = #optic.slot<0 rotate 4>, wait = 36 : i32}
    %a = read_back %c
    // CHECK: electronic_dft {{.*}} {signal = 16 : i32}
    %b = electronic_dft %a along col length 11 inverse
    // CHECK: store {{.*}}{signal = 32 : i32, wait = 16 : i32}
    store %b re %y : !optic.memory<22x11xf32> row <(d0) -> (d0), count = 11, step = 2, limit = 22, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)>
  }
  barrier
  // What stands in no loop needs one slot.
  // CHECK: load_field {{.*}}slot = #optic.slot<0 rotate 1>
  %f = load_field re %x : !optic.memory<22x11xf32> row <() -> (0), count = 11, step = 2, limit = 22, pitch = 11>
    col <() -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<() -> (0)>
}

// Filters that stay have slots of their own; those that are loaded on the way take turns in the others.
// CHECK: optic.program @filters
optic.program @filters inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<4xf32>, %y: !optic.memory<4xf32>):
  // CHECK: filter {{.*}}slot = #optic.slot<0 rotate 3>
  %a = filter dense<1.0> : tensor<3x11x11x2xf32>
  loop 2 {
    // CHECK: filter {{.*}}slot = #optic.slot<3 rotate 2>
    %b = filter dense<1.0> : tensor<4x11x11x2xf32> from affine_map<(d0) -> (d0 * 2)> count 2
    // CHECK: filter {{.*}}slot = #optic.slot<5 rotate 1>
    %c = filter dense<1.0> : tensor<4x11x11x2xf32> from affine_map<(d0) -> (d0)> count 1
    barrier
  }
  // CHECK: filter {{.*}}slot = #optic.slot<3 rotate 4>
  %d = filter dense<1.0> : tensor<4x11x11x2xf32> from affine_map<() -> (0)> count 4
  barrier
}
