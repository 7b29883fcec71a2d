// Every transform, computed either way, against its definition in f64, |y - ref| <= 2e-6 max|ref|: lengths even, odd,
// prime, composite, a power of two; signals that fit, are padded (barely, by half and more) and truncated; lines along
// the last axis (@B = 1), the first (@A = 1) and between. The program returns a bit for each result that is wrong.
//
// REQUIRES: mlir-runner
// DEFINE: %{A} = 2
// DEFINE: %{B} = 1
// DEFINE: %{N} = 8
// DEFINE: %{E} = 8
// DEFINE: %{H} = 5
// DEFINE: %{program} = sed -e "s/@A/%{A}/g;s/@B/%{B}/g;s/@N/%{N}/g;s/@E/%{E}/g;s/@H/%{H}/g" %s
// DEFINE: %{execute} = mlir-runner %{runner-libs} -e main -entry-point-result=i32 | FileCheck %s
// DEFINE: %{matmul} = %{program} | fourmix-opt --spectral-plan=fourier=matmul --convert-spectral-to-linalg \
// DEFINE:   %{to-llvm} | %{execute}
// DEFINE: %{fft} = %{program} | fourmix-opt --spectral-plan=fourier=fft --convert-spectral-to-vector \
// DEFINE:   %{to-llvm} | %{execute}
//
// RUN: %{matmul}
// RUN: %{fft}
// REDEFINE: %{A} = 1
// REDEFINE: %{B} = 3
// RUN: %{matmul}
// REDEFINE: %{A} = 2
// RUN: %{matmul}
// RUN: %{fft}
// REDEFINE: %{N} = 1
// REDEFINE: %{E} = 3
// REDEFINE: %{H} = 1
// RUN: %{matmul}
// REDEFINE: %{N} = 2
// REDEFINE: %{H} = 2
// RUN: %{matmul}
// REDEFINE: %{N} = 3
// RUN: %{matmul}
// RUN: %{fft}
// REDEFINE: %{N} = 97
// REDEFINE: %{E} = 97
// REDEFINE: %{H} = 49
// RUN: %{matmul}
// RUN: %{fft}
// REDEFINE: %{E} = 96
// RUN: %{matmul}
// REDEFINE: %{E} = 49
// RUN: %{matmul}
// REDEFINE: %{E} = 20
// RUN: %{matmul}
// RUN: %{fft}
// REDEFINE: %{E} = 130
// RUN: %{matmul}
// REDEFINE: %{B} = 1
// REDEFINE: %{N} = 60
// REDEFINE: %{H} = 31
// RUN: %{matmul}
// RUN: %{fft}
// REDEFINE: %{E} = 32
// RUN: %{matmul}
// REDEFINE: %{A} = 1
// REDEFINE: %{N} = 1024
// REDEFINE: %{E} = 1024
// REDEFINE: %{H} = 513
// RUN: %{matmul}

// CHECK: {{^}}0{{$}}

!signal = tensor<@Ax@Ex@Bxf32>
!half = tensor<@Ax@Hx@Bxf32>
!full = tensor<@Ax@Nx@Bxf32>
!any = tensor<?x?x?xf32>
!wide = tensor<?x?x?xf64>

func.func @dft(%re: !signal, %im: !signal) -> (!full, !full) {
  %a, %b = spectral.dft forward %re, %im along 1 length @N : !signal
  return %a, %b : !full, !full
}
func.func @dft_inverse(%re: !signal, %im: !signal) -> (!full, !full) {
  %a, %b = spectral.dft inverse %re, %im along 1 length @N : !signal
  return %a, %b : !full, !full
}
func.func @dft_real(%re: !signal) -> (!full, !full) {
  %a, %b = spectral.dft forward %re along 1 length @N : !signal
  return %a, %b : !full, !full
}
func.func @dft_real_inverse(%re: !signal) -> (!full, !full) {
  %a, %b = spectral.dft inverse %re along 1 length @N : !signal
  return %a, %b : !full, !full
}
func.func @rdft(%re: !signal) -> (!half, !half) {
  %a, %b = spectral.rdft %re along 1 length @N : !signal
  return %a, %b : !half, !half
}
func.func @irdft(%re: !half, %im: !half) -> !full {
  %a = spectral.irdft %re, %im along 1 length @N : !half
  return %a : !full
}
func.func @irdft_even(%re: !half) -> !full {
  %a = spectral.irdft %re along 1 length @N : !half
  return %a : !full
}

/// Numbers in [-1, 1) that look random.
func.func @noise(%extent: index, %seed: f64) -> !any {
  %a = arith.constant @A : index
  %b = arith.constant @B : index
  %stretch = arith.constant 43758.5453 : f64
  %two = arith.constant 2.0 : f64
  %one = arith.constant 1.0 : f64
  %x = tensor.generate %a, %extent, %b {
  ^bb0(%i: index, %n: index, %j: index):
    %0 = arith.muli %i, %extent : index
    %1 = arith.addi %0, %n : index
    %2 = arith.muli %1, %b : index
    %3 = arith.addi %2, %j : index
    %4 = arith.index_cast %3 : index to i64
    %5 = arith.sitofp %4 : i64 to f64
    %6 = arith.addf %5, %seed : f64
    %7 = math.sin %6 : f64
    %8 = arith.mulf %7, %stretch : f64
    %9 = math.floor %8 : f64
    %10 = arith.subf %8, %9 : f64
    %11 = arith.mulf %10, %two : f64
    %12 = arith.subf %11, %one : f64
    %13 = arith.truncf %12 : f64 to f32
    tensor.yield %13 : f32
  } : !any
  return %x : !any
}

/// out[k] = scale * sum_{n < N} (re + i im)[n] exp(sign 2 pi i kn / N) for k < extent.
func.func @definition(%re: !any, %im: !any, %extent: index, %inverse: i1) -> (!wide, !wide) {
  %a = arith.constant @A : index
  %b = arith.constant @B : index
  %length = arith.constant @N : index
  %0 = arith.constant 0.0 : f64
  %tau = arith.constant 6.283185307179586 : f64
  %points = arith.constant @N.0 : f64
  %step = arith.divf %tau, %points : f64
  %back = arith.negf %step : f64
  %turn = arith.select %inverse, %step, %back : f64
  %one = arith.constant 1.0 : f64
  %part = arith.divf %one, %points : f64
  %scale = arith.select %inverse, %part, %one : f64
  %empty = tensor.empty(%a, %extent, %b) : !wide
  %zero = linalg.fill ins(%0 : f64) outs(%empty : !wide) -> !wide
  %out:2 = linalg.generic {
      indexing_maps = [affine_map<(i, k, j, n) -> (i, n, j)>, affine_map<(i, k, j, n) -> (i, n, j)>,
                       affine_map<(i, k, j, n) -> (i, k, j)>, affine_map<(i, k, j, n) -> (i, k, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%re, %im : !any, !any) outs(%zero, %zero : !wide, !wide) {
  ^bb0(%x: f32, %y: f32, %sumRe: f64, %sumIm: f64):
    %k = linalg.index 1 : index
    %n = linalg.index 3 : index
    %kn = arith.muli %k, %n : index
    %reduced = arith.remui %kn, %length : index
    %as_int = arith.index_cast %reduced : index to i64
    %as_float = arith.sitofp %as_int : i64 to f64
    %angle = arith.mulf %as_float, %turn : f64
    %inside = arith.cmpi ult, %n, %length : index
    %c0 = math.cos %angle : f64
    %s0 = math.sin %angle : f64
    %c1 = arith.mulf %c0, %scale : f64
    %s1 = arith.mulf %s0, %scale : f64
    %c = arith.select %inside, %c1, %0 : f64
    %s = arith.select %inside, %s1, %0 : f64
    %xw = arith.extf %x : f32 to f64
    %yw = arith.extf %y : f32 to f64
    %xc = arith.mulf %xw, %c : f64
    %ys = arith.mulf %yw, %s : f64
    %xs = arith.mulf %xw, %s : f64
    %yc = arith.mulf %yw, %c : f64
    %r = arith.subf %xc, %ys : f64
    %i = arith.addf %xs, %yc : f64
    %nextRe = arith.addf %sumRe, %r : f64
    %nextIm = arith.addf %sumIm, %i : f64
    linalg.yield %nextRe, %nextIm : f64, f64
  } -> (!wide, !wide)
  return %out#0, %out#1 : !wide, !wide
}

/// The spectrum of N coefficients that a half spectrum stands for.
func.func @hermitian(%re: !any, %im: !any) -> (!any, !any) {
  %a = arith.constant @A : index
  %b = arith.constant @B : index
  %length = arith.constant @N : index
  %half = arith.constant @H : index
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %fullRe = tensor.generate %a, %length, %b {
  ^bb0(%i: index, %k: index, %j: index):
    %mirror = arith.subi %length, %k : index
    %lower = arith.cmpi ult, %k, %half : index
    %from = arith.select %lower, %k, %mirror : index
    %0 = tensor.extract %re[%i, %from, %j] : !any
    tensor.yield %0 : f32
  } : !any
  %fullIm = tensor.generate %a, %length, %b {
  ^bb0(%i: index, %k: index, %j: index):
    %mirror = arith.subi %length, %k : index
    %lower = arith.cmpi ult, %k, %half : index
    %from = arith.select %lower, %k, %mirror : index
    %0 = tensor.extract %im[%i, %from, %j] : !any
    %1 = arith.negf %0 : f32
    %2 = arith.select %lower, %0, %1 : f32
    %first = arith.cmpi eq, %k, %c0 : index
    %middle = arith.cmpi eq, %k, %mirror : index
    %real = arith.ori %first, %middle : i1
    %3 = arith.select %real, %zero, %2 : f32
    tensor.yield %3 : f32
  } : !any
  return %fullRe, %fullIm : !any, !any
}

/// 0 if `got` is `want` to 2e-6 of the maximum, else 1.
func.func @wrong(%got: !any, %want: !wide) -> i32 {
  %0 = arith.constant 0.0 : f64
  %tolerance = arith.constant 2.0e-6 : f64
  %empty = tensor.empty() : tensor<f64>
  %zero = linalg.fill ins(%0 : f64) outs(%empty : tensor<f64>) -> tensor<f64>
  %max:2 = linalg.generic {
      indexing_maps = [affine_map<(i, k, j) -> (i, k, j)>, affine_map<(i, k, j) -> (i, k, j)>,
                       affine_map<(i, k, j) -> ()>, affine_map<(i, k, j) -> ()>],
      iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%got, %want : !any, !wide) outs(%zero, %zero : tensor<f64>, tensor<f64>) {
  ^bb0(%x: f32, %y: f64, %error: f64, %size: f64):
    %xw = arith.extf %x : f32 to f64
    %difference = arith.subf %xw, %y : f64
    %e = math.absf %difference : f64
    %s = math.absf %y : f64
    %nextError = arith.maximumf %error, %e : f64
    %nextSize = arith.maximumf %size, %s : f64
    linalg.yield %nextError, %nextSize : f64, f64
  } -> (tensor<f64>, tensor<f64>)
  %error = tensor.extract %max#0[] : tensor<f64>
  %size = tensor.extract %max#1[] : tensor<f64>
  // Where a result is zero the definition, with its rounded angles, is not quite.
  %rounding = arith.constant 1.0e-9 : f64
  %measure = arith.addf %size, %rounding : f64
  %allowed = arith.mulf %measure, %tolerance : f64
  %bad = arith.cmpf ugt, %error, %allowed : f64
  %result = arith.extui %bad : i1 to i32
  return %result : i32
}

func.func @wrong_full(%got: !full, %want: !wide) -> i32 {
  %any = tensor.cast %got : !full to !any
  %result = call @wrong(%any, %want) : (!any, !wide) -> i32
  return %result : i32
}

func.func @main() -> i32 {
  %e = arith.constant @E : index
  %n = arith.constant @N : index
  %h = arith.constant @H : index
  %false = arith.constant false
  %true = arith.constant true
  %seed0 = arith.constant 0.5 : f64
  %seed1 = arith.constant 7000.25 : f64
  %zero = arith.constant dense<0.0> : !signal
  %none = tensor.cast %zero : !signal to !any
  %x = call @noise(%e, %seed0) : (index, f64) -> !any
  %y = call @noise(%e, %seed1) : (index, f64) -> !any
  %xs = tensor.cast %x : !any to !signal
  %ys = tensor.cast %y : !any to !signal

  %a0, %b0 = call @dft(%xs, %ys) : (!signal, !signal) -> (!full, !full)
  %p0, %q0 = call @definition(%x, %y, %n, %false) : (!any, !any, index, i1) -> (!wide, !wide)
  %0 = call @wrong_full(%a0, %p0) : (!full, !wide) -> i32
  %1 = call @wrong_full(%b0, %q0) : (!full, !wide) -> i32

  %a1, %b1 = call @dft_inverse(%xs, %ys) : (!signal, !signal) -> (!full, !full)
  %p1, %q1 = call @definition(%x, %y, %n, %true) : (!any, !any, index, i1) -> (!wide, !wide)
  %2 = call @wrong_full(%a1, %p1) : (!full, !wide) -> i32
  %3 = call @wrong_full(%b1, %q1) : (!full, !wide) -> i32

  %a2, %b2 = call @dft_real(%xs) : (!signal) -> (!full, !full)
  %p2, %q2 = call @definition(%x, %none, %n, %false) : (!any, !any, index, i1) -> (!wide, !wide)
  %4 = call @wrong_full(%a2, %p2) : (!full, !wide) -> i32
  %5 = call @wrong_full(%b2, %q2) : (!full, !wide) -> i32

  %a3, %b3 = call @dft_real_inverse(%xs) : (!signal) -> (!full, !full)
  %p3, %q3 = call @definition(%x, %none, %n, %true) : (!any, !any, index, i1) -> (!wide, !wide)
  %6 = call @wrong_full(%a3, %p3) : (!full, !wide) -> i32
  %7 = call @wrong_full(%b3, %q3) : (!full, !wide) -> i32

  %a4, %b4 = call @rdft(%xs) : (!signal) -> (!half, !half)
  %p4, %q4 = call @definition(%x, %none, %h, %false) : (!any, !any, index, i1) -> (!wide, !wide)
  %a4any = tensor.cast %a4 : !half to !any
  %b4any = tensor.cast %b4 : !half to !any
  %8 = call @wrong(%a4any, %p4) : (!any, !wide) -> i32
  %9 = call @wrong(%b4any, %q4) : (!any, !wide) -> i32

  %u = call @noise(%h, %seed0) : (index, f64) -> !any
  %v = call @noise(%h, %seed1) : (index, f64) -> !any
  %us = tensor.cast %u : !any to !half
  %vs = tensor.cast %v : !any to !half
  %uf, %vf = call @hermitian(%u, %v) : (!any, !any) -> (!any, !any)
  %a5 = call @irdft(%us, %vs) : (!half, !half) -> !full
  %p5, %q5 = call @definition(%uf, %vf, %n, %true) : (!any, !any, index, i1) -> (!wide, !wide)
  %10 = call @wrong_full(%a5, %p5) : (!full, !wide) -> i32

  %zeroHalf = arith.constant dense<0.0> : !half
  %noneHalf = tensor.cast %zeroHalf : !half to !any
  %ue, %ve = call @hermitian(%u, %noneHalf) : (!any, !any) -> (!any, !any)
  %a6 = call @irdft_even(%us) : (!half) -> !full
  %p6, %q6 = call @definition(%ue, %ve, %n, %true) : (!any, !any, index, i1) -> (!wide, !wide)
  %11 = call @wrong_full(%a6, %p6) : (!full, !wide) -> i32

  // One bit for each result, so that a failure says which.
  %c2 = arith.constant 2 : i32
  %s0 = arith.constant 0 : i32
  %t11 = arith.muli %11, %c2 : i32
  %t10a = arith.addi %10, %t11 : i32
  %t10 = arith.muli %t10a, %c2 : i32
  %t9a = arith.addi %9, %t10 : i32
  %t9 = arith.muli %t9a, %c2 : i32
  %t8a = arith.addi %8, %t9 : i32
  %t8 = arith.muli %t8a, %c2 : i32
  %t7a = arith.addi %7, %t8 : i32
  %t7 = arith.muli %t7a, %c2 : i32
  %t6a = arith.addi %6, %t7 : i32
  %t6 = arith.muli %t6a, %c2 : i32
  %t5a = arith.addi %5, %t6 : i32
  %t5 = arith.muli %t5a, %c2 : i32
  %t4a = arith.addi %4, %t5 : i32
  %t4 = arith.muli %t4a, %c2 : i32
  %t3a = arith.addi %3, %t4 : i32
  %t3 = arith.muli %t3a, %c2 : i32
  %t2a = arith.addi %2, %t3 : i32
  %t2 = arith.muli %t2a, %c2 : i32
  %t1a = arith.addi %1, %t2 : i32
  %t1 = arith.muli %t1a, %c2 : i32
  %t0 = arith.addi %0, %t1 : i32
  return %t0 : i32
}
