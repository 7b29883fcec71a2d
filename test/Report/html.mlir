// The page is one well-formed file, whatever nodes are called.
//
// RUN: fourmix-compile %s --compile-from=raise --compile-to=rewrite --report=%t.html -o /dev/null 2>/dev/null
// RUN: %python %S/Inputs/check.py html %t.html
// RUN: FileCheck %s --implicit-check-not="<script>" --implicit-check-not="<b>" < %t.html
//
// RUN: fourmix-compile %s --compile-from=raise --compile-to=rewrite --report=%t.json -o /dev/null 2>/dev/null
// RUN: FileCheck %s --check-prefix=JSON < %t.json
// JSON: "kernels": [
// JSON-NEXT: {
// JSON-NEXT: "title": "kernel",
// JSON-NEXT: "axis": "difference of positions, -3 to 2",
// JSON-NEXT: "isSpectrum": false,
// JSON-NEXT: "series": [
// JSON-NEXT: [
// The weight of a position for itself in the middle: taps 3, 4, 5, 0, 1, 2.
// JSON-NEXT: {{0.1[0-9]*}},
// JSON-NEXT: {{0.2[0-9]*}},
// JSON-NEXT: {{0.3[0-9]*}},
// JSON-NEXT: 1,
// JSON-NEXT: 0.5,
// JSON-NEXT: 0.25
// JSON: "title": "spectrum of the kernel",
// JSON: "title": "kernel of the projection",
// JSON: "columns": 2,
//
// CHECK: <h1 title="{{.*}}html.mlir">html.mlir</h1>
// CHECK: in <code>x&lt;b&gt;&quot;&amp;: 1x4x6x8xf32</code>
// CHECK: Nothing was rewritten
// CHECK: <code>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</code>
// CHECK: <span class="chip gated"
// CHECK: <svg class="network"
// CHECK: <h2>Kernels and spectra</h2>
// CHECK: <figcaption>kernel <small>4<
// CHECK: difference of positions, -3 to 2
// CHECK: spectrum of the kernel
// CHECK: frequency, 0 to 3
// CHECK: <figcaption>kernel of the projection <small>2<
// CHECK: src="data:image/bmp;base64,

func.func @main(%x: tensor<1x4x6x8xf32> {onnx.name = "x<b>\"&"}, %g: tensor<1x4x6x1xf32>) -> tensor<1x4x6x2x8xf32> {
  %c = onnx.constant "c" dense<[[[[1.0], [0.5], [0.25], [0.1], [0.2], [0.3]], [[1.0], [2.0], [3.0], [1.0], [2.0], [3.0]],
    [[1.0], [1.0], [1.0], [1.0], [1.0], [1.0]], [[0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x4x6x1xf32>
  %w = onnx.constant "w" dense<[[[1.0, -1.0], [0.5, 0.0]], [[0.1, 0.2], [0.3, 0.4]]]> : tensor<2x2x2xf32>
  %0 = mix.gated %x, %g, %c axis 2 : tensor<1x4x6x8xf32>, tensor<1x4x6x1xf32>, tensor<1x4x6x1xf32> loc("<script>alert('1')</script>")
  %1 = mix.projection circular_2d %0, %w as correlation grid [2, 4] : tensor<1x4x6x8xf32>, tensor<2x2x2xf32>
  return %1 : tensor<1x4x6x2x8xf32>
}
