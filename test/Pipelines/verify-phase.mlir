// Each property that a phase promises, broken once.
//
// RUN: split-file %s %t
// RUN: fourmix-opt %t/import.mlir --fourmix-verify-phase=phase=import --split-input-file --verify-diagnostics
// RUN: fourmix-opt %t/raise.mlir --fourmix-verify-phase=phase=raise --split-input-file --verify-diagnostics
// RUN: fourmix-opt %t/rewrite.mlir --fourmix-verify-phase=phase=rewrite --split-input-file --verify-diagnostics
// RUN: fourmix-opt %t/spectral.mlir --fourmix-verify-phase=phase=spectral --split-input-file --verify-diagnostics
// RUN: fourmix-opt %t/plan.mlir --fourmix-verify-phase=phase=plan --split-input-file --verify-diagnostics
// RUN: fourmix-opt %t/cpu.mlir --fourmix-verify-phase=phase=cpu --split-input-file --verify-diagnostics
// RUN: fourmix-opt %t/llvm.mlir --fourmix-verify-phase=phase=llvm --split-input-file --verify-diagnostics

//--- import.mlir
func.func @main() {
  // expected-error @+1 {{after phase 'import': expected only the dialects builtin, func, onnx, but found arith.constant}}
  %0 = arith.constant 1 : i64
  return
}
// -----
func.func @main() {
  // expected-error @+1 {{expected a reference into the parameter store, but found 20 elements in the text}}
  %0 = onnx.constant dense<1.0> : tensor<20xf32>
  return
}

//--- raise.mlir
func.func @main(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{after phase 'raise': expected a ranked tensor of static shape, but found 'tensor<?x4xf32>'}}
  %0 = onnx.node "Relu"(%x) <{version = 20 : i64}> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}
// -----
func.func @main(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected a ranked tensor of static shape, but found '!onnx.unknown'}}
  %0 = onnx.node "Relu"(%x) <{version = 20 : i64}> : (tensor<4xf32>) -> !onnx.unknown
  return
}
// -----
func.func @main(%x: tensor<4xf32>) {
  // expected-error @+1 {{but found math.exp}}
  %0 = math.exp %x : tensor<4xf32>
  return
}

//--- rewrite.mlir
func.func @main(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{after phase 'rewrite': expected a ranked tensor of static shape, but found 'tensor<?x4xf32>'}}
  %0 = onnx.node "Relu"(%x) <{version = 20 : i64}> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}
// -----
func.func @main(%x: tensor<4xf32>) {
  // expected-error @+1 {{after phase 'rewrite': expected only the dialects builtin, func, onnx, mix, but found math.exp}}
  %0 = math.exp %x : tensor<4xf32>
  return
}
// -----
func.func @main(%x: tensor<4xf32>) {
  %0 = onnx.node "Relu"(%x) <{version = 20 : i64}> {mix.layer = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{after phase 'rewrite': expected one operation of layer 1, but found a second one}}
  %1 = onnx.node "Relu"(%x) <{version = 20 : i64}> {mix.layer = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

//--- spectral.mlir
func.func @main(%x: tensor<1x4x4xf32>) {
  // expected-error @+1 {{after phase 'spectral': expected only the dialects builtin, func, spectral, linalg, tensor, arith, math, scf, but found mix.fourier}}
  %0 = mix.fourier %x sequence 1 hidden 2 : tensor<1x4x4xf32>
  return
}
// -----
func.func @main(%n: index) {
  // expected-error @+1 {{expected a ranked tensor of static shape, but found 'tensor<?xf32>'}}
  %0 = tensor.empty(%n) : tensor<?xf32>
  return
}

//--- plan.mlir
func.func @main(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{after phase 'plan': expected a plan, but found none}}
  %re, %im = spectral.rdft %x along 1 : tensor<4x8xf32>
  return
}

//--- cpu.mlir
module attributes {fourmix.workspace_bytes = 0 : i64, fourmix.weights = [], fourmix.weights_bytes = 0 : i64,
                   fourmix.inputs = [], fourmix.outputs = []} {
  func.func @main(%frame: !llvm.ptr) {
    // expected-error @+1 {{after phase 'cpu': expected no tensor, but found 'tensor<4xf32>'}}
    %0 = arith.constant dense<1.0> : tensor<4xf32>
    return
  }
}
// -----
module attributes {fourmix.workspace_bytes = 0 : i64, fourmix.weights = [], fourmix.weights_bytes = 0 : i64,
                   fourmix.inputs = [], fourmix.outputs = []} {
  func.func @main(%frame: !llvm.ptr) {
    // expected-error @+1 {{expected every buffer in the arena, but found memref.alloc}}
    %0 = memref.alloc() : memref<4xf32>
    return
  }
}
// -----
module attributes {fourmix.workspace_bytes = 0 : i64, fourmix.weights = [], fourmix.weights_bytes = 0 : i64,
                   fourmix.inputs = [], fourmix.outputs = []} {
  // expected-error @+1 {{expected every constant in the weights, but found memref.global}}
  memref.global "private" constant @w : memref<2xf32> = dense<[1.0, 2.0]>
  func.func @main(%frame: !llvm.ptr) {
    return
  }
}
// -----
// expected-error @+1 {{expected the attribute fourmix.workspace_bytes, but found none}}
module {
  func.func @main(%frame: !llvm.ptr) {
    return
  }
}
// -----
// expected-error @+1 {{expected main of type '(!llvm.ptr) -> ()', but found '() -> ()'}}
module attributes {fourmix.workspace_bytes = 0 : i64, fourmix.weights = [], fourmix.weights_bytes = 0 : i64,
                   fourmix.inputs = [], fourmix.outputs = []} {
  func.func @main() {
    return
  }
}
// -----
func.func @main(%x: memref<4xf32>) {
  // expected-error @+1 {{but found linalg.copy}}
  linalg.copy ins(%x : memref<4xf32>) outs(%x : memref<4xf32>)
  return
}

//--- llvm.mlir
// expected-error @+1 {{after phase 'llvm': expected only the dialects builtin, llvm, but found func.func}}
func.func @main() {
  return
}
