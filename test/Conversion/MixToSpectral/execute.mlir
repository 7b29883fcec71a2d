// mix.fourier against its definition in f64, |y - ref| <= 2e-6 max|ref|, for even and odd extents, extents 1 and 2, the
// two axes in either order and dimensions before and between them.
//
// REQUIRES: mlir-runner
// DEFINE: %{N} = 4
// DEFINE: %{D} = 6
// DEFINE: %{run} = sed -e "s/@N/%{N}/g;s/@D/%{D}/g" %s \
// DEFINE:   | fourmix-opt --convert-mix-to-spectral --canonicalize --spectral-plan=fourier=matmul \
// DEFINE:       --convert-spectral-to-linalg %{to-llvm} \
// DEFINE:   | mlir-runner %{runner-libs} -e main -entry-point-result=i32 | FileCheck %s
//
// RUN: %{run}
// REDEFINE: %{N} = 5
// REDEFINE: %{D} = 7
// RUN: %{run}
// REDEFINE: %{N} = 1
// RUN: %{run}
// REDEFINE: %{N} = 2
// REDEFINE: %{D} = 1
// RUN: %{run}
// REDEFINE: %{N} = 3
// REDEFINE: %{D} = 2
// RUN: %{run}
// REDEFINE: %{N} = 13
// REDEFINE: %{D} = 24
// RUN: %{run}

// CHECK: {{^}}0{{$}}

!tokens = tensor<2x@Nx3x@Dxf32>
!wide = tensor<2x@Nx3x@Dxf64>

func.func @sequence_first(%x: !tokens) -> !tokens {
  %y = mix.fourier %x sequence 1 hidden 3 : !tokens
  return %y : !tokens
}

func.func @hidden_first(%x: !tokens) -> !tokens {
  %y = mix.fourier %x sequence 3 hidden 1 : !tokens
  return %y : !tokens
}

/// The mixing is even: reflecting the mixed tokens changes nothing. Along one axis it commutes with the reflection.
func.func @reflected(%x: !tokens) -> !tokens {
  %0 = mix.fourier %x sequence 1 hidden 3 : !tokens
  %1 = mix.reflect %0 axes [1, 3] : !tokens
  return %1 : !tokens
}
func.func @reflected_before(%x: !tokens) -> !tokens {
  %0 = mix.reflect %x axes [1] : !tokens
  %1 = mix.fourier %0 sequence 1 hidden 3 : !tokens
  %2 = mix.reflect %1 axes [1] : !tokens
  return %2 : !tokens
}

/// Numbers in [-1, 1) that look random.
func.func @noise() -> !tokens {
  %stretch = arith.constant 43758.5453 : f64
  %n = arith.constant @N : index
  %d = arith.constant @D : index
  %c3 = arith.constant 3 : index
  %two = arith.constant 2.0 : f64
  %one = arith.constant 1.0 : f64
  %x = tensor.generate {
  ^bb0(%i: index, %k: index, %j: index, %l: index):
    %0 = arith.muli %i, %n : index
    %1 = arith.addi %0, %k : index
    %2 = arith.muli %1, %c3 : index
    %3 = arith.addi %2, %j : index
    %4 = arith.muli %3, %d : index
    %5 = arith.addi %4, %l : index
    %6 = arith.index_cast %5 : index to i64
    %7 = arith.sitofp %6 : i64 to f64
    %8 = arith.addf %7, %one : f64
    %9 = math.sin %8 : f64
    %10 = arith.mulf %9, %stretch : f64
    %11 = math.floor %10 : f64
    %12 = arith.subf %10, %11 : f64
    %13 = arith.mulf %12, %two : f64
    %14 = arith.subf %13, %one : f64
    %15 = arith.truncf %14 : f64 to f32
    tensor.yield %15 : f32
  } : !tokens
  return %x : !tokens
}

/// y[i,k,j,l] = sum_{p,q} x[i,p,j,q] cos(2 pi (kp/n + lq/d)), symmetric in the two axes.
func.func @definition(%x: !tokens) -> !wide {
  %n = arith.constant @N : index
  %d = arith.constant @D : index
  %nd = arith.muli %n, %d : index
  %ndi = arith.index_cast %nd : index to i64
  %points = arith.sitofp %ndi : i64 to f64
  %tau = arith.constant 6.283185307179586 : f64
  %step = arith.divf %tau, %points : f64
  %0 = arith.constant 0.0 : f64
  %empty = tensor.empty() : !wide
  %zero = linalg.fill ins(%0 : f64) outs(%empty : !wide) -> !wide
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, k, j, l, p, q) -> (i, p, j, q)>, affine_map<(i, k, j, l, p, q) -> (i, k, j, l)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x : !tokens) outs(%zero : !wide) {
  ^bb0(%in: f32, %sum: f64):
    %k = linalg.index 1 : index
    %l = linalg.index 3 : index
    %p = linalg.index 4 : index
    %q = linalg.index 5 : index
    %kp = arith.muli %k, %p : index
    %kpd = arith.muli %kp, %d : index
    %lq = arith.muli %l, %q : index
    %lqn = arith.muli %lq, %n : index
    %turns = arith.addi %kpd, %lqn : index
    %reduced = arith.remui %turns, %nd : index
    %as_int = arith.index_cast %reduced : index to i64
    %as_float = arith.sitofp %as_int : i64 to f64
    %angle = arith.mulf %as_float, %step : f64
    %cosine = math.cos %angle : f64
    %wide = arith.extf %in : f32 to f64
    %term = arith.mulf %wide, %cosine : f64
    %next = arith.addf %sum, %term : f64
    linalg.yield %next : f64
  } -> !wide
  return %y : !wide
}

/// 0 if `got` is `want` to 2e-6 of the maximum, else 1.
func.func @wrong(%got: !tokens, %want: !wide) -> i32 {
  %0 = arith.constant 0.0 : f64
  %tolerance = arith.constant 2.0e-6 : f64
  %empty = tensor.empty() : tensor<f64>
  %zero = linalg.fill ins(%0 : f64) outs(%empty : tensor<f64>) -> tensor<f64>
  %max:2 = linalg.generic {
      indexing_maps = [affine_map<(i, k, j, l) -> (i, k, j, l)>, affine_map<(i, k, j, l) -> (i, k, j, l)>,
                       affine_map<(i, k, j, l) -> ()>, affine_map<(i, k, j, l) -> ()>],
      iterator_types = ["reduction", "reduction", "reduction", "reduction"]}
      ins(%got, %want : !tokens, !wide) outs(%zero, %zero : tensor<f64>, tensor<f64>) {
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
  %allowed = arith.mulf %size, %tolerance : f64
  %bad = arith.cmpf ugt, %error, %allowed : f64
  %result = arith.extui %bad : i1 to i32
  return %result : i32
}

func.func @main() -> i32 {
  %x = call @noise() : () -> !tokens
  %want = call @definition(%x) : (!tokens) -> !wide
  %y0 = call @sequence_first(%x) : (!tokens) -> !tokens
  %y1 = call @hidden_first(%x) : (!tokens) -> !tokens
  %0 = call @wrong(%y0, %want) : (!tokens, !wide) -> i32
  %1 = call @wrong(%y1, %want) : (!tokens, !wide) -> i32
  %y2 = call @reflected(%x) : (!tokens) -> !tokens
  %y3 = call @reflected_before(%x) : (!tokens) -> !tokens
  %2 = call @wrong(%y2, %want) : (!tokens, !wide) -> i32
  %3 = call @wrong(%y3, %want) : (!tokens, !wide) -> i32
  %sum0 = arith.addi %0, %1 : i32
  %sum1 = arith.addi %2, %3 : i32
  %sum = arith.addi %sum0, %sum1 : i32
  return %sum : i32
}
