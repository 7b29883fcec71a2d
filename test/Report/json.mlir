// The figures are those of the algebra. Four projections of 8 x 8 over 4 tokens: 4 * 2 * 4 * 8 * 8 operations; the
// attention of 2 heads of size 4: 2 * 4 * 4 * (2 * (4 + 4) + 5); the Fourier mixing instead: 8 lines of 4 real points
// and 4 of 8. The residual sum stays in both.
//
// RUN: fourmix-compile %s --compile-from=raise --compile-to=rewrite --attention-to-fourier=all --report=%t.json \
// RUN:   -o /dev/null 2>/dev/null
// RUN: FileCheck %s < %t.json
// RUN: fourmix-compile %s --compile-from=raise --compile-to=rewrite --attention-to-fourier=all --report=%t.txt \
// RUN:   -o /dev/null 2>/dev/null
// RUN: FileCheck %s --check-prefix=TEXT < %t.txt
//
// Without a rewrite it says what is there; marks that the report needs are not in what is printed.
// RUN: fourmix-compile %s --compile-from=raise --compile-to=rewrite --report=%t.json 2>/dev/null \
// RUN:   | FileCheck %s --check-prefix=MODULE --implicit-check-not=fourmix.mark
// RUN: FileCheck %s --check-prefix=SAME < %t.json

// CHECK: "fourmixReport": 1,
// CHECK: "inputs": [
// CHECK-NEXT: "x: 1x4x8xf32"
// CHECK: "rewritten": true,
// CHECK: "total": {
// CHECK-NEXT: "before": {
// CHECK-NEXT: "parameters": 256,
// CHECK-NEXT: "flops": 2752,
// CHECK: "after": {
// CHECK-NEXT: "parameters": 0,
// CHECK-NEXT: "flops": 432,
// CHECK-NEXT: "bytes": 384
// CHECK: "layers": [
// CHECK: "layer": 0,
// CHECK-NEXT: "node": "attend <a&b> \"q\"",
// CHECK-NEXT: "changed": true,
// CHECK-NEXT: "before": {
// CHECK-NEXT: "kind": "mix.attention",
// CHECK-NEXT: "detail": "2 heads",
// CHECK-NEXT: "parameters": 256,
// CHECK-NEXT: "flops": 2720,
// CHECK: "after": {
// CHECK-NEXT: "kind": "mix.fourier",
// CHECK-NEXT: "detail": "sequence and hidden",
// CHECK-NEXT: "parameters": 0,
// CHECK-NEXT: "flops": 400,
// CHECK-NEXT: "bytes": 256
// CHECK: "done": [
// CHECK: "pass": "attention-to-fourier",
// CHECK-NEXT: "layer": 0,
// CHECK: "from": "mix.attention",
// CHECK-NEXT: "to": "mix.fourier",
// CHECK: "parametersBefore": 256
// CHECK: "notMeasured": "no data was given (--calibrate, --holdout)"

// TEXT: The network, before and after
// TEXT: parameters 256 0 −100 %
// TEXT: FLOP 2.8 k 432 −84 %
// TEXT: 0 attend <a&b> "q" mix.attention (2 heads) mix.fourier (sequence and hidden) 256 -> 0 2.7 k -> 400
// TEXT: How far the outputs moved: not measured, no data was given (--calibrate, --holdout)
// TEXT: Rewritten
// TEXT-NEXT: attention-to-fourier: layer 0

// MODULE: mix.attention
// SAME: "rewritten": false,
// SAME: "parameters": 256,
// SAME: "kind": "mix.attention",
// SAME: "notMeasured": "nothing was rewritten"

func.func @main(%x: tensor<1x4x8xf32> {onnx.name = "x"}) -> (tensor<1x4x8xf32> {onnx.name = "y"}) {
  %a = onnx.constant "a" dense<0.1> : tensor<8x8xf32>
  %b = onnx.constant "b" dense<0.2> : tensor<8x8xf32>
  %c = onnx.constant "c" dense<0.3> : tensor<8x8xf32>
  %d = onnx.constant "d" dense<0.4> : tensor<8x8xf32>
  %q = onnx.node "MatMul"(%x, %a) <{version = 20 : i64}> : (tensor<1x4x8xf32>, tensor<8x8xf32>) -> tensor<1x4x8xf32>
  %k = onnx.node "MatMul"(%x, %b) <{version = 20 : i64}> : (tensor<1x4x8xf32>, tensor<8x8xf32>) -> tensor<1x4x8xf32>
  %v = onnx.node "MatMul"(%x, %c) <{version = 20 : i64}> : (tensor<1x4x8xf32>, tensor<8x8xf32>) -> tensor<1x4x8xf32>
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<1x4x8xf32> loc("attend <a&b> \"q\"")
  %o = onnx.node "MatMul"(%y, %d) <{version = 20 : i64}> : (tensor<1x4x8xf32>, tensor<8x8xf32>) -> tensor<1x4x8xf32>
  %r = onnx.node "Add"(%o, %x) <{version = 20 : i64}> : (tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
