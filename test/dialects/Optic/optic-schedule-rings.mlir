// Tiles of one iteration that go the same way share tokens, and slots where the device has too few: of the six fields
// and captures here, three use each of three slots of four, so that every iteration starts with the first.
// RUN: fourmix-opt %s --pass-pipeline="builtin.module(optic.program(optic-schedule{device=dmd-4f-1k}))" | FileCheck %s
// Where there are enough of them all have slots of their own, and iterations take turns in those.
// RUN: fourmix-opt %s --pass-pipeline="builtin.module(optic.program(optic-schedule{device=enable-16e}))" | FileCheck %s --check-prefix=ENOUGH
// ENOUGH: tokens [0, 48, 0, 48, 0, 4] {
// ENOUGH: digit <0 of 6, bits = 1> {signal = 1 : i32, slot = #optic.slot<0 rotate 8>, wait = 2 : i32}
// ENOUGH: digit <5 of 6, bits = 1> {signal = 1 : i32, slot = #optic.slot<40 rotate 8>, wait = 2 : i32}

// CHECK: tokens [0, 3, 0, 3, 0, 4] {
optic.program @planes inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<11x11xf32>, %y: !optic.memory<11x11xf32>):
  loop 5 {
    // CHECK: load_field {{.*}} {signal = 1 : i32, slot = #optic.slot<0 rotate 1>, wait = 2 : i32}
    // CHECK: fire {{.*}} {signal = 6 : i32, slot = #optic.slot<0 rotate 1>, wait = 9 : i32}
    // CHECK: read_back {{.*}} {remove_bias, signal = 8 : i32, slot = #optic.slot<0 rotate 4>, wait = 36 : i32}
    %f0 = load_field re %x : !optic.memory<11x11xf32> row <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)> as real biased digit <0 of 6, bits = 1>
    %c0 = fire ft %f0 detect iq
    %t0 = read_back %c0 {remove_bias}
    // CHECK: load_field {{.*}} {signal = 1 : i32, slot = #optic.slot<1 rotate 1>, wait = 2 : i32}
    // CHECK: fire {{.*}} {signal = 6 : i32, slot = #optic.slot<1 rotate 1>, wait = 9 : i32}
    // CHECK: read_back {{.*}} {remove_bias, signal = 8 : i32, wait = 4 : i32}
    %f1 = load_field re %x : !optic.memory<11x11xf32> row <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)> as real biased digit <1 of 6, bits = 1>
    %c1 = fire ft %f1 detect iq
    %t1 = read_back %c1 onto %t0 {remove_bias}
    // CHECK: load_field {{.*}} {signal = 1 : i32, slot = #optic.slot<2 rotate 1>, wait = 2 : i32}
    // CHECK: fire {{.*}} {signal = 6 : i32, slot = #optic.slot<2 rotate 1>, wait = 9 : i32}
    // CHECK: read_back {{.*}} {remove_bias, signal = 8 : i32, wait = 4 : i32}
    %f2 = load_field re %x : !optic.memory<11x11xf32> row <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)> as real biased digit <2 of 6, bits = 1>
    %c2 = fire ft %f2 detect iq
    %t2 = read_back %c2 onto %t1 {remove_bias}
    // CHECK: load_field {{.*}} {signal = 1 : i32, slot = #optic.slot<0 rotate 1>, wait = 2 : i32}
    // CHECK: fire {{.*}} {signal = 6 : i32, slot = #optic.slot<0 rotate 1>, wait = 9 : i32}
    // CHECK: read_back {{.*}} {remove_bias, signal = 8 : i32, wait = 4 : i32}
    %f3 = load_field re %x : !optic.memory<11x11xf32> row <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)> as real biased digit <3 of 6, bits = 1>
    %c3 = fire ft %f3 detect iq
    %t3 = read_back %c3 onto %t2 {remove_bias}
    // CHECK: load_field {{.*}} {signal = 1 : i32, slot = #optic.slot<1 rotate 1>, wait = 2 : i32}
    // CHECK: fire {{.*}} {signal = 6 : i32, slot = #optic.slot<1 rotate 1>, wait = 9 : i32}
    // CHECK: read_back {{.*}} {remove_bias, signal = 8 : i32, wait = 4 : i32}
    %f4 = load_field re %x : !optic.memory<11x11xf32> row <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)> as real biased digit <4 of 6, bits = 1>
    %c4 = fire ft %f4 detect iq
    %t4 = read_back %c4 onto %t3 {remove_bias}
    // CHECK: load_field {{.*}} {signal = 1 : i32, slot = #optic.slot<2 rotate 1>, wait = 2 : i32}
    // CHECK: fire {{.*}} {signal = 6 : i32, slot = #optic.slot<2 rotate 1>, wait = 9 : i32}
    // CHECK: read_back {{.*}} {remove_bias, signal = 24 : i32, wait = 4 : i32}
    %f5 = load_field re %x : !optic.memory<11x11xf32> row <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)> as real biased digit <5 of 6, bits = 1>
    %c5 = fire ft %f5 detect iq
    %t5 = read_back %c5 onto %t4 {remove_bias}
    store %t5 re %y : !optic.memory<11x11xf32> row <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 11>
      col <(d0) -> (0), count = 11, step = 1, limit = 11, pitch = 1> offset affine_map<(d0) -> (0)>
  }
}
