// What filters are for optics that multiply before a transform, and for those that convolve.
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=ofe-11 -o - | FileCheck %s
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=slm-4f-lab -o - | FileCheck %s --check-prefix=CORRELATOR
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 bits=8" -o - --remark-format=emitRemark --remarks-filter=spectral-to-optic 2>&1 | FileCheck %s --check-prefix=PRECISION
// PRECISION: "transforms: 8.0 bits: the encoder has them, averages of 6 captures, since one is good for 6.8 bits; products: 8.0 bits: the encoder has them, averages of [[#READS:]] captures of the 61.4 % of the light that filters pass, since one is good for 6.5 bits; 34.8 dB of normal numbers are foretold"
// PRECISION: fire ft {{.*}} {repeat = 6 : i64}
// PRECISION: fire mft {{.*}} {repeat = [[#READS]] : i64}
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=jtc-256 -o - 2>&1 | FileCheck %s --check-prefix=REFUSED

// Five tokens around the aperture's own circle by two kernels: three pairs, the middle token in two of them, 3 + 3 * 2
// frames. The kernels stay in two slots, and the innermost loop goes through them.
// CHECK: optic.program @filter_11x11 inputs 1 names ["x", "y"] frames 9 recipe
// CHECK: %[[BANK:.*]] = filter {{.*}} : tensor<2x11x11x2xf32> {slot = #optic.slot<0 rotate 2>}
// CHECK: loop 3 {
// CHECK-NEXT: %[[FIELD:.*]] = load_field re %[[X:.*]] : !optic.memory<5x1x11x11xf32> im %[[X]] : {{.*}} offset #{{.*}} im_offset
// CHECK-NEXT: fire ft %[[FIELD]] detect iq
// CHECK: barrier
// CHECK-NEXT: loop 3 {
// CHECK-NEXT: loop 2 {
// CHECK: %[[CAPTURE:.*]] = fire mft %{{.*}} by %[[BANK]] detect iq
// CHECK-NEXT: %[[TILE:.*]] = read_back %[[CAPTURE]] {re = 0.0082644628099173556 : f64, reversed_cols, reversed_rows}
// CHECK-NEXT: store %[[TILE]] re %[[Y:.*]] : !optic.memory<5x2x11x11xf32> im %[[Y]] :

// An axis of 224 with 3 taps is cut into 25 tiles of 9 results; the other axis is a batch of two tiles.
// CHECK: optic.program @filter_224 {{.*}} frames 50 recipe "224 by 3 taps around 224 = 25 tiles, batch of 11"
// CHECK: load_field {{.*}} row <(d0) -> (d0 * 9 - {{[0-9]+}}), count = 11, step = 1, limit = 224, pitch = 1, wrap>
// CHECK: store {{.*}} row <(d0) -> (d0 * 9), count = 9, step = 1, limit = 224, pitch = 1>

// One frame convolves; intensities are three captures of two signals. Three pairs stand side by side in a field, every
// tenth row and every eighth column theirs, the rest dark; the kernels' factors repeat across the aperture.
// CORRELATOR: optic.program @filter_11x11 {{.*}} frames 6 recipe "{{.*}}; 3 signals side by side, at most 10 x 8"
// CORRELATOR: filter {{.*}} : tensor<2x20x25x2xf32>
// CORRELATOR: load_tile {{.*}} row <() -> (1), count = 101, step = 1, limit = 1, pitch = 1> col <() -> (1), count = 163,
// CORRELATOR: barrier
// CORRELATOR: loop 3 {
// CORRELATOR-NEXT: load_tile re %[[X:.*]] : !optic.memory<5x1x11x11xf32> im %[[X]] {{.*}} count = 11, {{.*}} count = 21, {{.*}}, wrap>
// CORRELATOR-NEXT: store {{.*}} row <(d0) -> (0), count = 11, step = 10, {{.*}}> col <(d0) -> (d0), count = 21, step = 8,
// CORRELATOR: %[[FIELD:.*]] = load_field {{.*}} row <(d0) -> (0), count = 101, step = 1, {{.*}}> col <(d0) -> (0), count = 163, step = 1,
// CORRELATOR: fire correlate %[[FIELD]] by %{{.*}} detect intensity {reference = 1 : i64}
// CORRELATOR: fire correlate %[[FIELD]] by %{{.*}} detect intensity {reference = 2 : i64}
// CORRELATOR: fire correlate %[[FIELD]] by %{{.*}} detect intensity
// CORRELATOR-NOT: fire ft

// REFUSED: optic.launch @dft
// REFUSED-NOT: spectral.filter
func.func @main(%x: tensor<5x1x11x11xf32>, %z: tensor<22x224xf32>) -> (tensor<5x2x11x11xf32>, tensor<22x224xf32>) {
  %re = arith.constant dense<0.5> : tensor<1x2x11x6xf32>
  %im = arith.constant dense<0.25> : tensor<1x2x11x6xf32>
  %y = spectral.filter %x by %re, %im along [2, 3] lengths [11, 11] plan optic
    : (tensor<5x1x11x11xf32>, tensor<1x2x11x6xf32>, tensor<1x2x11x6xf32>) -> tensor<5x2x11x11xf32>
  // 1 + 2 cos(2 pi k / 224)
  %three = arith.constant dense<"0x000040401CF33F4073CC3F400D8C3F40F6313F4041BE3E4006313E405F8A3D4070CA3C405FF13B4057FF3A4089F439402BD1384078953740AF41364015D63440F352334096B83140520730407E3F2E4075612C40996D2A404C642840FA4526400E132440FACB214034711F4035031D407A821A4084EF1740D84A1540FF94124084CE0F40F5F70C40E7110A40ED1C0740A11904409D08014000D5FB3FD67FF53F0113EF3FCE8FE83F8BF7E13F8C4BDB3F2B8DD43FC2BDCD3FB1DEC63F5AF1BF3F22F7B83F70F1B13FB0E1AA3F4DC9A33FB4A99C3F5684953FA25A8E3F0A2E873F0000803FECA3713FBC4A633F54F7543F98AC463F676D383FA03C2A3F1F1D1C3FBC110E3F4C1D003F3B85E43EF708C93E53CBAD3ECED1923EAB43703E94813B3EF667073EA202A83DF85F053D744E84BC113483BD9D9DE3BD6B1E21BE567F4FBE39E87CBEF7A794BEC256AABE1F7CBFBECD13D4BEA519E8BE9F89FBBEE82F07BF374C10BFE71719BF329121BF63B629BFD68531BFF8FD38BF491D40BF59E246BFCB4B4DBF545853BFBD0659BFE1555EBFAD4463BF24D267BF5BFD6BBF7BC56FBFC02973BF7D2976BF16C478BF05F97ABFD9C77CBF33307EBFCD317FBF71CC7FBF000080BF"> : tensor<1x113xf32>
  %w = spectral.filter %z by %three along [1] lengths [224] plan optic : (tensor<22x224xf32>, tensor<1x113xf32>) -> tensor<22x224xf32>
  return %y, %w : tensor<5x2x11x11xf32>, tensor<22x224xf32>
}
