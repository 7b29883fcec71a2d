// RUN: fourmix-opt %s --convert-spectral-to-optic=device=ofe-11 | FileCheck %s

// Spectra of real signals: the host makes the whole spectrum of x1 + i x2, and the parts of what comes back are the two signals.
// Of nine signals the fifth is in both pairs. Coefficient 0 along both axes is made of both signals' alone, those from 1 to 4 along
// the last axis stand for two, those from 6 on are the mirror image, backwards along both axes.
// CHECK-DAG: #[[SAME:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[BACK:.*]] = affine_map<(d0, d1, d2) -> (d0, -d1 + 9, -d2 + 3)>
// CHECK: func.func @spectra
// CHECK: tensor.extract_slice %arg0[0, 0, 0] [5, 1, 1] [1, 1, 1]
// CHECK: tensor.extract_slice %arg1[4, 0, 0] [5, 1, 1] [1, 1, 1]
// CHECK: linalg.generic {indexing_maps = [#[[SAME]], #[[SAME]], #[[SAME]]]{{.*}} ins({{.*}} : tensor<5x10x4xf32>, tensor<5x10x4xf32>)
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 1, 1] [5, 10, 4] [1, 1, 1]
// CHECK: linalg.generic {indexing_maps = [#[[BACK]], #[[BACK]], #[[SAME]]]{{.*}} ins({{.*}} : tensor<5x10x4xf32>, tensor<5x10x4xf32>)
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 1, 6] [5, 10, 4] [1, 1, 1]
// CHECK: optic.launch @{{.*}} ins(%{{.*}}, %{{.*}} : tensor<5x11x10xf32>, tensor<5x11x10xf32>) outs(%{{.*}} : tensor<9x11x10xf32>)
// CHECK: optic.program @dft_11x10 {{.*}} frames 5 recipe "11 = 11, 10 = 10e, 2 spectra of real signals in one"
// CHECK: store %{{.*}} re %[[Y:[a-z0-9]+]] : !optic.memory<9x11x10xf32> im %[[Y]] : !optic.memory<9x11x10xf32> {{.*}} im_offset
func.func @spectra(%x: tensor<9x11x6xf32>, %y: tensor<9x11x6xf32>) -> tensor<9x11x10xf32> {
  %a, %b = spectral.dft inverse %x, %y along 1 plan optic : tensor<9x11x6xf32>
  %c = spectral.irdft %a, %b along 2 length 10 plan optic : tensor<9x11x6xf32>
  return %c : tensor<9x11x10xf32>
}
