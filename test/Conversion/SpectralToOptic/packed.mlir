// Two real signals are one complex one, and so are the halves of one: x1 + i x2 is transformed, and taken apart at the end.
// Or what is the mirror image of the rest is left out.
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=ofe-11 | FileCheck %s
// RUN: fourmix-opt %s --pass-pipeline="builtin.module(convert-spectral-to-optic{device=ofe-11},optic.program(optic-schedule{device=ofe-11}))" \
// RUN:   | fourmix-translate --mlir-to-focs --device=ofe-11 -o %t.focs
// RUN: fourmix-sim %t.focs --info | FileCheck %s --check-prefix=INFO
// RUN: fourmix-sim %t.focs --program=dft_300 --mode='c'ount | FileCheck %s --check-prefix=VALID
// INFO: dft_16x16
// VALID: frames

// Eight signals, the first four with the last four.
// CHECK-DAG: #[[RE:map.*]] = affine_map<({{.*}}) -> (d0 * 256)>
// CHECK-DAG: #[[IM:map.*]] = affine_map<({{.*}}) -> (d0 * 256 + 1024)>
// CHECK-DAG: #[[OUT:map[0-9]*]] = affine_map<(d0) -> (d0 * 256)>
// CHECK-DAG: #[[OUT_IM:map.*]] = affine_map<(d0) -> (d0 * 256 + 1024)>
// CHECK: optic.program @dft_16x16 {{.*}} recipe "16 = 16e, 16 = Bluestein 33 = 11 * 3e, 2 real signals in one"
// CHECK: loop 4
// CHECK: load_tile re %[[X:[a-z0-9]+]] : !optic.memory<8x16x16xf32> im %[[X]] : !optic.memory<8x16x16xf32> {{.*}} offset #[[RE]] im_offset #[[IM]]
// CHECK: %[[Z:.*]] = load_tile
// CHECK: %[[M:.*]] = load_tile {{.*}} row <{{.*}} count = 16, step = -1, limit = 16, {{.*}} wrap> col <{{.*}} count = 16, step = -1, limit = 16, {{.*}} wrap>
// Only the real parts are wanted: both are in one tile.
// CHECK: %[[T:.*]] = combine %[[Z]], %[[M]] by 5.000000e-01, 0.000000e+00, 5.000000e-01, 0.000000e+00
// CHECK: store %[[T]] re %[[Y:[a-z0-9]+]] : !optic.memory<8x16x16xf32> im %[[Y]] : !optic.memory<8x16x16xf32> {{.*}} offset #[[OUT]] im_offset #[[OUT_IM]]
func.func @pairs(%x: tensor<8x16x16xf32>) -> tensor<8x16x16xf32> {
  %a, %b = spectral.dft forward %x along 2 plan optic : tensor<8x16x16xf32>
  %c, %d = spectral.dft forward %a, %b along 1 plan optic : tensor<8x16x16xf32>
  return %c : tensor<8x16x16xf32>
}

// The even points of a line and the odd ones, which lie one further; the factors go on to whole tiles.
// CHECK: optic.program @dft_300 {{.*}} recipe "300 = 2 halves of 150 = Bluestein {{.*}}
// CHECK: load_tile re %[[X:[a-z0-9]+]] : !optic.memory<300xf32> im %[[X]] : !optic.memory<300xf32> {{.*}} limit = 150, pitch = 2> {{.*}} im_offset
// CHECK: %[[E:.*]] = combine %[[Z:.*]], conj %[[M:.*]] by 5.000000e-01, 0.000000e+00, 5.000000e-01, 0.000000e+00
// CHECK: %[[O:.*]] = combine %[[Z]], conj %[[M]] by {{-?}}0.000000e+00, -5.000000e-01, 0.000000e+00, 5.000000e-01
// CHECK: %[[W:.*]] = twiddle %[[O]] row
// CHECK: %[[A:.*]] = combine %[[E]], %[[W]] by 1.000000e+00, 0.000000e+00, 1.000000e+00, 0.000000e+00
// CHECK: store %[[A]] {{.*}} row <{{.*}} limit = 150
// CHECK: %[[B:.*]] = combine %[[E]], %[[W]] by 1.000000e+00, 0.000000e+00, -1.000000e+00, 0.000000e+00
// CHECK: store %[[B]] {{.*}} row <{{.*}} + 150), {{.*}} limit = 300
func.func @halves(%x: tensor<300xf32>) -> (tensor<300xf32>, tensor<300xf32>) {
  %a, %b = spectral.dft forward %x along 0 plan optic : tensor<300xf32>
  return %a, %b : tensor<300xf32>, tensor<300xf32>
}

// Of the six digits of the first stage four go on; the last pass stores digits 1 and 2 twice, 0 and 3 once.
// Both lengths are of two coprime parts, so that indices go around them: n = 121 n1 + 4 n2 modulo 484, and back by remainders.
// CHECK: optic.program @dft_484x726 {{.*}} frames 3872 recipe "484 = 11 * 11 x 4e Good-Thomas, 726 = 11 * 11 x 6e Good-Thomas, half of 726 mirrored"
// CHECK: load_tile {{.*}} row <{{.*}}, count = 4, step = 121, limit = 484, pitch = 726, wrap> col <{{.*}}, count = 6, step = 121, limit = 726, pitch = 1, wrap>
// CHECK-NOT: twiddle
// CHECK: electronic_dft {{.*}} along col length 6
// CHECK: store {{.*}} col <{{.*}} count = 4, step = 1, limit = 484
// CHECK-COUNT-2: barrier
// CHECK: %[[F:.*]] = load_field
// CHECK: %[[T:.*]] = read_back
// CHECK: store %[[T]] re %[[Y:[a-z0-9]+]] : !optic.memory<484x726xf32> row <{{.*}}, count = 11, step = 132, limit = 484, pitch = 726, wrap> col <{{.*}}, count = 11, step = 132, limit = 726, pitch = 1, wrap>
// CHECK: store %[[T]] re %[[Y]] : !optic.memory<484x726xf32> row <{{.*}}, count = 11, step = -132, limit = 484, pitch = 726, wrap> col <{{.*}}, count = 11, step = -132, limit = 726, pitch = 1, wrap>
// CHECK: barrier
// CHECK: store
// CHECK-NOT: store
// CHECK: barrier
func.func @mirror(%x: tensor<484x726xf32>) -> tensor<484x726xf32> {
  %a, %b = spectral.dft forward %x along 1 plan optic : tensor<484x726xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<484x726xf32>
  return %c : tensor<484x726xf32>
}
