// Learned spectra: transforms around a product. Their file has the spectrum as it is.
//
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=20 --split-input-file | FileCheck %s --check-prefixes=CHECK,DFT --implicit-check-not="= mix."
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --split-input-file | FileCheck %s --check-prefixes=CHECK,DFT --implicit-check-not="= mix."
// RUN: fourmix-opt %s "--convert-mix-to-onnx=opset=20 fourier=matmul" --split-input-file | FileCheck %s --check-prefixes=CHECK,MATMUL --implicit-check-not="= mix." --implicit-check-not='"DFT"'
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=25 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN

// GFNet's, all modes. A matrix of 64 x 64 is more than matrices of cosines and sines along each axis.
// CHECK-LABEL: func.func @all_modes
// DFT: onnx.node "DFT"{{.*}}onesided = 1 : i64{{.*}} -> tensor<2x8x5x3x2xf32>
// DFT: onnx.node "DFT"{{.*}} -> tensor<2x8x5x3x2xf32>
// DFT: onnx.node "DFT"{{.*}}inverse = 1 : i64{{.*}} -> tensor<2x8x5x3x2xf32>
// DFT: onnx.node "DFT"{{.*}}inverse = 1 : i64{{.*}} -> tensor<2x8x8x3x2xf32>
// MATMUL-COUNT-12: onnx.node "MatMul"
// AGAIN-LABEL: func.func @all_modes
// AGAIN: mix.global_filter %arg0, %{{.+}} axes [1, 2] lengths [8, 8] : tensor<2x8x8x3xf32>, tensor<1x8x5x1xf32>
func.func @all_modes(%x: tensor<2x8x8x3xf32>) -> tensor<2x8x8x3xf32> {
  %re = onnx.constant dense<[[[[1.0], [2.0], [3.0], [4.0], [5.0]], [[2.0], [1.0], [3.0], [4.0], [5.0]], [[1.0], [2.0], [3.0], [4.0], [5.0]], [[1.0], [2.0], [3.0], [4.0], [5.0]], [[1.0], [2.0], [3.0], [4.0], [5.0]], [[1.0], [2.0], [3.0], [4.0], [5.0]], [[1.0], [2.0], [3.0], [4.0], [5.0]], [[2.0], [1.0], [3.0], [4.0], [5.0]]]]> : tensor<1x8x5x1xf32>
  %y = mix.global_filter %x, %re axes [1, 2] lengths [8, 8] : tensor<2x8x8x3xf32>, tensor<1x8x5x1xf32>
  return %y : tensor<2x8x8x3xf32>
}

// -----

// Few modes and a matrix of channels for each, as in a Fourier neural operator: from both ends of the first axis, from
// the beginning of the last.
// CHECK-LABEL: func.func @channels
// DFT: onnx.node "Slice"{{.*}} -> tensor<2x4x16x2x2xf32>
// DFT: onnx.node "Concat"{{.*}} -> tensor<2x4x3x2x2xf32>
// DFT-COUNT-4: onnx.node "Einsum"({{.*}}equation = "abcd,ebcd->aecd"{{.*}} -> tensor<2x6x3x2xf32>
// DFT: onnx.node "Pad"
// DFT: onnx.node "Concat"{{.*}} -> tensor<2x6x16x2x2xf32>
// MATMUL-DAG: onnx.constant {{.*}} : tensor<12x2xf32>
// MATMUL-COUNT-4: onnx.node "Einsum"
// AGAIN-LABEL: func.func @channels
// AGAIN: mix.global_filter %arg0, %{{.+}}, %{{.+}} axes [2, 3] lengths [16, 12] channel 1 : tensor<2x4x16x12xf32>, tensor<6x1x4x3x2xf32>, tensor<6x1x4x3x2xf32>
func.func @channels(%x: tensor<2x4x16x12xf32>) -> tensor<2x6x16x12xf32> {
  %re = onnx.constant dense<"0x9C343BBFD6E2313F780D073F2FCFFABE449515BC75E2CEBD303B9B3E8CD3133FA3F14FBF717C71BF67E92B3F6BB109BE9349063FF5EB7EBFADB1DFBD64DBE23EAEDF0ABF85FA633FE6874D3F825670BFC3F872BF20A0A93D29D8603F314B73BEE21911BF58811FBE912171BF6E7E0EBF9469FEBD773909BC28A908BFDCCB09BFEFFB0FBFD676A5BD7D43D7BE4DFF74BF05D72C3FA63CE73D9DB5913EE5D020BFA62E7C3FE94A383FB61A42BFF451ABBECFCCE23EA842D83E24755F3F5D861FBE70FA283F9564AE3EC459C9BE765D333E4AD4433FCA40313FE6232D3CD146363EA1526EBF96B703BF5F45183F247C2FBE936B27BF36E1C73DEBE9CF3E6AACB23EDA4D80BE5F03FABD410F8A3C08900E3F0B872B3D139D5ABE82DCA8BC8DDB70BF09BC69BF6543D03E6164773F1DD73E3E68E859BEFDC728BFC7B4923BC0D2763F02820A3FE845A23DE777383F362009BF8BA2E13CCEA9673FE2521F3E7C65A7BD0042ECBEC797C43D250B6A3FB1137DBF423B113FBB16243F54B9453F8746F63E96471E3F3303193D6252FB3DC55D17BECF4363BFF9713D3FD05B0F3EA6AE19BF27AE1A3CA9FCF6BCA7A592BEC09D9DBEF19B9D3D0AE87C3E7A4D663E436EABBD43AD71BF36710ABF914425BFD2F92C3E27D6383FFDCC183F2C1D183F1404223F3394FABE2EF92E3FAC44B13E566255BF537477BF988B78BF45DC023FC63900BF1BF147BF3C987F3E9D4F9FBE7B685CBF90452EBFDC4C603DE8E829BF1E89E8BE08ABD83EC98AB9BD2B45B6BE2CDE56BD2BE673BFC05468BE63F521BE50B91FBF"> : tensor<6x1x4x3x2xf32>
  %im = onnx.constant dense<"0x635048BF03B54C3F80BDA53C07F214BF505E583E0653223F545775BF76DA76BFF70235BF6816E03EA6F62DBF2384D13EB773B63E9E19B73D8D0D0FBF2081733FAA7A183FB6FB073D48B90DBF1112983EB63F57BE21551B3E570BB7BE3217863EEBE661BF3E3ACEBE06916F3F0646403F9642C6BE338F373F0A30C2BE6AEA603FC0B1F93EE0AD2BBED695FDBE7AA87BBF50E7413F34966CBF3F8A233FA0A56C3F42EF0F3EE92E28BFCD4D3C3FAB92723F71EBD03E3063913C7AEB79BE26BE9CBE65A616BF2B55B23E725109BE7B9C1CBFE9884ABFC5F0A93E53D2D0BEF7CBD1B997D8B2BE2D453E3FA1A24C3F84BC76BFCB2919BFBE64B0BE955E793F1BBE103F1CC4A4BEC2ED12BF5AA4B23E28E72C3FAD475D3FD6E59FBE0BC9433FD099BF3E12F9FDBC8994783F35DD07BF59E0E63ECBA454BFD91D29BFFE6C523FD5F512BFE0AA043F4A3A4D3EE1A82E3FB20E87BE448CA3BEA9CBD5BE731E3C3FCBF4543EFD9A683F9D47463FEFB33ABF2298D13D789C4ABF21F66BBF64865ABF6B7A3B3F0084133FEF31283FC6EBA2BEA8E66B3EAB55103F5CC679BEE8F5103E59750DBFBF2556BFFFDFEEBEC312483FB4FC033E69A2593F24FAACBD332AE4BE96F3123F3AD1273F1AA979BF6480AE3EE90E51BF491145BF9826453F09826BBFC74E05BFE9EF793FA1C321BE8FD544BFB84C2ABF8F6404BFD1DCF93E53594BBFB74F523FC44979BE73C6703FA485513F7BEBD2BE0E82FCBE53553CBDDFBB4CBF0CB39B3EE6B66BBFF09E7ABF3315773F615BD1BED4C6453ED16FCDBD4D33BFBE14C35FBF"> : tensor<6x1x4x3x2xf32>
  %y = mix.global_filter %x, %re, %im axes [2, 3] lengths [16, 12] channel 1 : tensor<2x4x16x12xf32>, tensor<6x1x4x3x2xf32>, tensor<6x1x4x3x2xf32>
  return %y : tensor<2x6x16x12xf32>
}

// -----

// Transforms of twice the points: along one axis the whole filter as a matrix is less than theirs.
// CHECK-LABEL: func.func @long
// DFT: onnx.node "DFT"{{.*}} -> tensor<2x5x2xf32>
// DFT: onnx.node "DFT"{{.*}} -> tensor<2x8x2xf32>
// DFT: onnx.node "Slice"{{.*}} -> tensor<2x4xf32>
// MATMUL-DAG: onnx.constant dense<{{.*}}> : tensor<4x4xi64>
// MATMUL: onnx.node "Gather"{{.*}} -> tensor<4x4xf32>
// MATMUL-COUNT-1: onnx.node "MatMul"
// AGAIN-LABEL: func.func @long
// AGAIN: mix.global_filter %arg0, %{{.+}}, %{{.+}} axes [1] lengths [8] : tensor<2x4xf32>, tensor<1x5xf32>, tensor<1x5xf32>
func.func @long(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %re = onnx.constant dense<[[1.875, 1.2651650429449552, 0.75, 0.7348349570550448, 0.625]]> : tensor<1x5xf32>
  %im = onnx.constant dense<[[0.0, -0.6919417382415922, -0.375, -0.19194173824159222, -4.592425496802574e-17]]> : tensor<1x5xf32>
  %y = mix.global_filter %x, %re, %im axes [1] lengths [8] : tensor<2x4xf32>, tensor<1x5xf32>, tensor<1x5xf32>
  return %y : tensor<2x4xf32>
}

// -----

// Four of seventeen modes, resampled: matrices for the modes that are kept alone.
// CHECK-LABEL: func.func @resampled
// DFT: onnx.node "Slice"{{.*}} -> tensor<2x4x2xf32>
// DFT: onnx.node "DFT"{{.*}} -> tensor<2x16x2xf32>
// MATMUL-DAG: onnx.constant {{.*}} : tensor<32x4xf32>
// MATMUL-DAG: onnx.constant {{.*}} : tensor<4x16xf32>
func.func @resampled(%x: tensor<2x32xf32>) -> tensor<2x16xf32> {
  %re = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %y = mix.global_filter %x, %re axes [1] lengths [32] resampled [16] sizes [16] : tensor<2x32xf32>, tensor<1x4xf32>
  return %y : tensor<2x16xf32>
}
