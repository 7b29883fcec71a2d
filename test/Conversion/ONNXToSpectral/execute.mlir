// DFT and STFT of ONNX against numbers that NumPy computed in double, |y - ref| <= 2e-6 max|ref|. main returns a
// bit for each case that is wrong.
//
// REQUIRES: mlir-runner
// RUN: fourmix-opt %s --convert-onnx-to-spectral --canonicalize --spectral-plan=fourier=matmul \
// RUN:   --convert-spectral-to-linalg %{to-llvm} \
// RUN:   | mlir-runner %{runner-libs} -e main -entry-point-result=i32 | FileCheck %s

// CHECK: {{^}}0{{$}}

!any = tensor<?xf32>

// DFT-17: the axis is an attribute; a length above the extent pads.
func.func @rfft_padded_op17(%x: tensor<2x4x1xf32>) -> tensor<2x3x2xf32> {
  %n = onnx.constant dense<5> : tensor<i64>
  %y = onnx.node "DFT"(%x, %n) <{node_attrs = {axis = 1 : i64, inverse = 0 : i64, onesided = 1 : i64}, version = 18 :
        i64}> : (tensor<2x4x1xf32>, tensor<i64>) -> tensor<2x3x2xf32>
  return %y : tensor<2x3x2xf32>
}

// DFT-20: the axis is an input, here counted from the back; no length.
func.func @ifft_first_axis(%x: tensor<3x2x2xf32>) -> tensor<3x2x2xf32> {
  %none = onnx.none
  %axis = onnx.constant dense<-3> : tensor<i64>
  %y = onnx.node "DFT"(%x, %none, %axis) <{node_attrs = {inverse = 1 : i64, onesided = 0 : i64}, version = 20 : i64}>
        : (tensor<3x2x2xf32>, !onnx.none, tensor<i64>) -> tensor<3x2x2xf32>
  return %y : tensor<3x2x2xf32>
}

// Inverse and one-sided: the half spectrum is cut to what length 5 needs, the result ends in 1.
func.func @irfft_odd(%x: tensor<2x4x2xf32>) -> tensor<2x5x1xf32> {
  %n = onnx.constant dense<5> : tensor<i64>
  %y = onnx.node "DFT"(%x, %n) <{node_attrs = {inverse = 1 : i64, onesided = 1 : i64}, version = 20 : i64}> :
        (tensor<2x4x2xf32>, tensor<i64>) -> tensor<2x5x1xf32>
  return %y : tensor<2x5x1xf32>
}

// Without a length it is even: 2 (4 - 1).
func.func @irfft_default_length(%x: tensor<2x4x2xf32>) -> tensor<2x6x1xf32> {
  %y = onnx.node "DFT"(%x) <{node_attrs = {inverse = 1 : i64, onesided = 1 : i64}, version = 23 : i64}> :
        (tensor<2x4x2xf32>) -> tensor<2x6x1xf32>
  return %y : tensor<2x6x1xf32>
}

// A half spectrum that is too short is padded.
func.func @irfft_padded(%x: tensor<2x4x2xf32>) -> tensor<2x10x1xf32> {
  %n = onnx.constant dense<10> : tensor<i64>
  %y = onnx.node "DFT"(%x, %n) <{node_attrs = {inverse = 1 : i64, onesided = 1 : i64}, version = 20 : i64}> :
        (tensor<2x4x2xf32>, tensor<i64>) -> tensor<2x10x1xf32>
  return %y : tensor<2x10x1xf32>
}

// A real signal, both sides of its spectrum, a length below the extent.
func.func @fft_truncated(%x: tensor<5x3x1xf32>) -> tensor<4x3x2xf32> {
  %n = onnx.constant dense<4> : tensor<i64>
  %axis = onnx.constant dense<0> : tensor<i64>
  %y = onnx.node "DFT"(%x, %n, %axis) <{node_attrs = {inverse = 0 : i64, onesided = 0 : i64}, version = 20 : i64}> :
        (tensor<5x3x1xf32>, tensor<i64>, tensor<i64>) -> tensor<4x3x2xf32>
  return %y : tensor<4x3x2xf32>
}

// What exporters make of fftn(x).imag: zeros put beside x, two transforms, a Gather.
func.func @chain(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %none = onnx.none
  %first = onnx.constant dense<0> : tensor<i64>
  %second = onnx.constant dense<1> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<3x4x1xf32>
  %re = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<3x4xf32>, tensor<1xi64>) -> tensor<3x4x1xf32>
  %c = onnx.node "Concat"(%re, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<3x4x1xf32>,
        tensor<3x4x1xf32>) -> tensor<3x4x2xf32>
  %d = onnx.node "DFT"(%c, %none, %second) <{node_attrs = {inverse = 0 : i64, onesided = 0 : i64}, version = 20 :
        i64}> : (tensor<3x4x2xf32>, !onnx.none, tensor<i64>) -> tensor<3x4x2xf32>
  %e = onnx.node "DFT"(%d, %none, %first) <{node_attrs = {inverse = 0 : i64, onesided = 0 : i64}, version = 20 : i64}>
        : (tensor<3x4x2xf32>, !onnx.none, tensor<i64>) -> tensor<3x4x2xf32>
  %y = onnx.node "Gather"(%e, %one) <{node_attrs = {axis = 2 : i64}, version = 20 : i64}> : (tensor<3x4x2xf32>,
        tensor<i64>) -> tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}

// Frames of 5 samples, 2 apart, times a window.
func.func @stft(%x: tensor<2x11x1xf32>) -> tensor<2x4x3x2xf32> {
  %step = onnx.constant dense<2> : tensor<i64>
  %n = onnx.constant dense<5> : tensor<i64>
  %window_value = arith.constant dense<[0.25, 0.5, 1.0, 0.75, 0.5]> : tensor<5xf32>
  %y = onnx.node "STFT"(%x, %step, %window_value, %n) <{node_attrs = {onesided = 1 : i64}, version = 17 : i64}> :
        (tensor<2x11x1xf32>, tensor<i64>, tensor<5xf32>, tensor<i64>) -> tensor<2x4x3x2xf32>
  return %y : tensor<2x4x3x2xf32>
}

// A complex signal, no window, both sides.
func.func @stft_complex(%x: tensor<1x7x2xf32>) -> tensor<1x2x4x2xf32> {
  %step = onnx.constant dense<3> : tensor<i64>
  %none = onnx.none
  %n = onnx.constant dense<4> : tensor<i64>
  %y = onnx.node "STFT"(%x, %step, %none, %n) <{node_attrs = {onesided = 0 : i64}, version = 17 : i64}> :
        (tensor<1x7x2xf32>, tensor<i64>, !onnx.none, tensor<i64>) -> tensor<1x2x4x2xf32>
  return %y : tensor<1x2x4x2xf32>
}

/// 0 if `got` is `want` to 2e-6 of the maximum, else 1.
func.func @wrong(%got: !any, %want: !any) -> i32 {
  %0 = arith.constant 0.0 : f32
  %tolerance = arith.constant 2.0e-6 : f32
  %empty = tensor.empty() : tensor<f32>
  %zero = linalg.fill ins(%0 : f32) outs(%empty : tensor<f32>) -> tensor<f32>
  %max:2 = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> ()>],
      iterator_types = ["reduction"]}
      ins(%got, %want : !any, !any) outs(%zero, %zero : tensor<f32>, tensor<f32>) {
  ^bb0(%x: f32, %y: f32, %error: f32, %size: f32):
    %difference = arith.subf %x, %y : f32
    %e = math.absf %difference : f32
    %s = math.absf %y : f32
    %nextError = arith.maximumf %error, %e : f32
    %nextSize = arith.maximumf %size, %s : f32
    linalg.yield %nextError, %nextSize : f32, f32
  } -> (tensor<f32>, tensor<f32>)
  %error = tensor.extract %max#0[] : tensor<f32>
  %size = tensor.extract %max#1[] : tensor<f32>
  %allowed = arith.mulf %size, %tolerance : f32
  %bad = arith.cmpf ugt, %error, %allowed : f32
  %result = arith.extui %bad : i1 to i32
  return %result : i32
}

func.func @main() -> i32 {
  %sum0 = arith.constant 0 : i32

  %x0 = arith.constant dense<[[[0.75], [1.25], [-2.0], [1.25]], [[-0.25], [0.0], [0.5], [-1.0]]]> : tensor<2x4x1xf32>
  %want0 = arith.constant dense<[1.25, 0.0, 1.74303399, 0.721481425, -0.493033989, -3.82566524, -0.75, 0.0,
        0.154508497, -0.881677878, -0.404508497, 1.42658477]> : tensor<12xf32>
  %y0 = call @rfft_padded_op17(%x0) : (tensor<2x4x1xf32>) -> tensor<2x3x2xf32>
  %flat0 = tensor.collapse_shape %y0 [[0, 1, 2]] : tensor<2x3x2xf32> into tensor<12xf32>
  %got0 = tensor.cast %flat0 : tensor<12xf32> to !any
  %ref0 = tensor.cast %want0 : tensor<12xf32> to !any
  %wrong0 = call @wrong(%got0, %ref0) : (!any, !any) -> i32
  %bit0 = arith.constant 1 : i32
  %add0 = arith.muli %wrong0, %bit0 : i32
  %sum1 = arith.addi %sum0, %add0 : i32

  %x1 = arith.constant dense<[[[2.0, -2.0], [-1.0, -0.5]], [[0.25, -0.5], [-1.5, -2.0]], [[-2.0, -2.0], [-1.5, 2.0]]]>
        : tensor<3x2x2xf32>
  %want1 = arith.constant dense<[0.0833333333, -1.5, -1.33333333, -0.166666667, 0.525320631, 0.399519053, 1.32136721,
        -0.166666667, 1.39134604, -0.899519053, -0.988033872, -0.166666667]> : tensor<12xf32>
  %y1 = call @ifft_first_axis(%x1) : (tensor<3x2x2xf32>) -> tensor<3x2x2xf32>
  %flat1 = tensor.collapse_shape %y1 [[0, 1, 2]] : tensor<3x2x2xf32> into tensor<12xf32>
  %got1 = tensor.cast %flat1 : tensor<12xf32> to !any
  %ref1 = tensor.cast %want1 : tensor<12xf32> to !any
  %wrong1 = call @wrong(%got1, %ref1) : (!any, !any) -> i32
  %bit1 = arith.constant 2 : i32
  %add1 = arith.muli %wrong1, %bit1 : i32
  %sum2 = arith.addi %sum1, %add1 : i32

  %x2 = arith.constant dense<[[[-1.25, 0.75], [1.0, -1.25], [-1.0, -0.25], [-1.0, 2.0]], [[-1.25, 1.75], [1.25, 1.5],
        [-1.75, -0.5], [0.5, 0.0]]]> : tensor<2x4x2xf32>
  %want2 = arith.constant dense<[-0.25, 0.731520379, -0.498426621, -0.89600057, -0.337093188, -0.45, 0.0177435339,
        -1.41370285, -0.327937939, 0.923897253]> : tensor<10xf32>
  %y2 = call @irfft_odd(%x2) : (tensor<2x4x2xf32>) -> tensor<2x5x1xf32>
  %flat2 = tensor.collapse_shape %y2 [[0, 1, 2]] : tensor<2x5x1xf32> into tensor<10xf32>
  %got2 = tensor.cast %flat2 : tensor<10xf32> to !any
  %ref2 = tensor.cast %want2 : tensor<10xf32> to !any
  %wrong2 = call @wrong(%got2, %ref2) : (!any, !any) -> i32
  %bit2 = arith.constant 4 : i32
  %add2 = arith.muli %wrong2, %bit2 : i32
  %sum3 = arith.addi %sum2, %add2 : i32

  %x3 = arith.constant dense<[[[-1.25, 0.75], [1.0, -1.25], [-1.0, -0.25], [-1.0, 2.0]], [[-1.25, 1.75], [1.25, 1.5],
        [-1.75, -0.5], [0.5, 0.0]]]> : tensor<2x4x2xf32>
  %want3 = arith.constant dense<[-0.375, 0.724679369, -0.0863248654, -0.708333333, -0.663675135, -0.141346035,
        -0.291666667, -0.0803418013, -0.619016936, -1.29166667, 0.535683603, 0.497008468]> : tensor<12xf32>
  %y3 = call @irfft_default_length(%x3) : (tensor<2x4x2xf32>) -> tensor<2x6x1xf32>
  %flat3 = tensor.collapse_shape %y3 [[0, 1, 2]] : tensor<2x6x1xf32> into tensor<12xf32>
  %got3 = tensor.cast %flat3 : tensor<12xf32> to !any
  %ref3 = tensor.cast %want3 : tensor<12xf32> to !any
  %wrong3 = call @wrong(%got3, %ref3) : (!any, !any) -> i32
  %bit3 = arith.constant 8 : i32
  %add3 = arith.muli %wrong3, %bit3 : i32
  %sum4 = arith.addi %sum3, %add3 : i32

  %x4 = arith.constant dense<[[[-1.25, 0.75], [1.0, -1.25], [-1.0, -0.25], [-1.0, 2.0]], [[-1.25, 1.75], [1.25, 1.5],
        [-1.75, -0.5], [0.5, 0.0]]]> : tensor<2x4x2xf32>
  %want4 = arith.constant dense<[-0.325, -0.149120069, 0.762677689, 0.256685569, -0.691439316, -0.325, -0.129381077,
        -0.630292366, -0.241857296, 0.222726867, -0.125, -0.143033323, -0.0720299325, -0.182292081, -0.675949725,
        -0.825, -0.13306727, 0.505898879, 0.381046927, 0.0194265252]> : tensor<20xf32>
  %y4 = call @irfft_padded(%x4) : (tensor<2x4x2xf32>) -> tensor<2x10x1xf32>
  %flat4 = tensor.collapse_shape %y4 [[0, 1, 2]] : tensor<2x10x1xf32> into tensor<20xf32>
  %got4 = tensor.cast %flat4 : tensor<20xf32> to !any
  %ref4 = tensor.cast %want4 : tensor<20xf32> to !any
  %wrong4 = call @wrong(%got4, %ref4) : (!any, !any) -> i32
  %bit4 = arith.constant 16 : i32
  %add4 = arith.muli %wrong4, %bit4 : i32
  %sum5 = arith.addi %sum4, %add4 : i32

  %x5 = arith.constant dense<[[[0.75], [0.75], [0.75]], [[-1.75], [2.0], [0.25]], [[1.75], [-1.0], [-0.5]], [[1.5],
        [-1.25], [-1.75]], [[-0.5], [0.75], [-1.5]]]> : tensor<5x3x1xf32>
  %want5 = arith.constant dense<[2.25, 0.0, 0.5, 0.0, -1.25, 0.0, -1.0, 3.25, 1.75, -3.25, 1.25, -2.0, 2.75, 0.0,
        -1.0, 0.0, 1.75, 0.0, -1.0, -3.25, 1.75, 3.25, 1.25, 2.0]> : tensor<24xf32>
  %y5 = call @fft_truncated(%x5) : (tensor<5x3x1xf32>) -> tensor<4x3x2xf32>
  %flat5 = tensor.collapse_shape %y5 [[0, 1, 2]] : tensor<4x3x2xf32> into tensor<24xf32>
  %got5 = tensor.cast %flat5 : tensor<24xf32> to !any
  %ref5 = tensor.cast %want5 : tensor<24xf32> to !any
  %wrong5 = call @wrong(%got5, %ref5) : (!any, !any) -> i32
  %bit5 = arith.constant 32 : i32
  %add5 = arith.muli %wrong5, %bit5 : i32
  %sum6 = arith.addi %sum5, %add5 : i32

  %x6 = arith.constant dense<[[1.5, -0.75, -1.25, 0.25], [1.75, 1.75, 1.5, -0.75], [-2.0, 1.25, 1.0, 1.25]]> :
        tensor<3x4xf32>
  %want6 = arith.constant dense<[0.0, -1.5, 0.0, 1.5, -2.38156986, -0.564582562, -4.97964607, -5.06458256, 2.38156986,
        5.06458256, 4.97964607, 0.564582562]> : tensor<12xf32>
  %y6 = call @chain(%x6) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %flat6 = tensor.collapse_shape %y6 [[0, 1]] : tensor<3x4xf32> into tensor<12xf32>
  %got6 = tensor.cast %flat6 : tensor<12xf32> to !any
  %ref6 = tensor.cast %want6 : tensor<12xf32> to !any
  %wrong6 = call @wrong(%got6, %ref6) : (!any, !any) -> i32
  %bit6 = arith.constant 64 : i32
  %add6 = arith.muli %wrong6, %bit6 : i32
  %sum7 = arith.addi %sum6, %add6 : i32

  %x7 = arith.constant dense<[[[-2.0], [-2.0], [0.0], [-0.75], [-0.25], [1.75], [-1.25], [0.0], [-0.75], [-0.75],
        [1.25]], [[-1.5], [-0.75], [-1.5], [-1.5], [-1.0], [0.75], [0.25], [-0.25], [-1.5], [1.25], [1.25]]]> :
        tensor<2x11x1xf32>
  %want7 = arith.constant dense<[-2.1875, 0.0, -0.392572059, 0.501545247, 0.236322059, 1.04928139, 0.0625, 0.0,
        -1.16859755, 0.680650328, 1.13734755, -1.63297212, -0.8125, 0.0, 1.10327974, -0.45408908, -0.85327974,
        -1.92355221, -1.0, 0.0, 0.942470427, 0.704620057, -1.22372043, 0.189042686, -3.875, 0.0, 1.47827974,
        0.101537405, -0.47827974, -0.43011935, -1.4375, 0.0, -0.214190686, 1.75058891, -0.00455931355, -0.971713711,
        -0.5625, 0.0, -0.416444935, -1.32709463, 0.072694935, -0.245171183, 0.0, 0.0, 0.672080557, 2.14601894,
        -0.515830557, -1.87736132]> : tensor<48xf32>
  %y7 = call @stft(%x7) : (tensor<2x11x1xf32>) -> tensor<2x4x3x2xf32>
  %flat7 = tensor.collapse_shape %y7 [[0, 1, 2, 3]] : tensor<2x4x3x2xf32> into tensor<48xf32>
  %got7 = tensor.cast %flat7 : tensor<48xf32> to !any
  %ref7 = tensor.cast %want7 : tensor<48xf32> to !any
  %wrong7 = call @wrong(%got7, %ref7) : (!any, !any) -> i32
  %bit7 = arith.constant 128 : i32
  %add7 = arith.muli %wrong7, %bit7 : i32
  %sum8 = arith.addi %sum7, %add7 : i32

  %x8 = arith.constant dense<[[[-1.0, -1.75], [-0.75, -1.5], [1.25, 0.0], [0.0, -1.0], [0.0, 2.0], [-1.0, 1.25],
        [-2.0, -0.75]]]> : tensor<1x7x2xf32>
  %want8 = arith.constant dense<[-0.5, -4.25, -2.75, -1.0, 1.0, 0.75, -1.75, -2.5, -3.0, 1.5, 3.75, -4.25, 1.0, -1.0,
        -1.75, -0.25]> : tensor<16xf32>
  %y8 = call @stft_complex(%x8) : (tensor<1x7x2xf32>) -> tensor<1x2x4x2xf32>
  %flat8 = tensor.collapse_shape %y8 [[0, 1, 2, 3]] : tensor<1x2x4x2xf32> into tensor<16xf32>
  %got8 = tensor.cast %flat8 : tensor<16xf32> to !any
  %ref8 = tensor.cast %want8 : tensor<16xf32> to !any
  %wrong8 = call @wrong(%got8, %ref8) : (!any, !any) -> i32
  %bit8 = arith.constant 256 : i32
  %add8 = arith.muli %wrong8, %bit8 : i32
  %sum9 = arith.addi %sum8, %add8 : i32
  return %sum9 : i32
}
