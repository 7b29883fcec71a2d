// RUN: fourmix-opt %s --onnx-infer-shapes=shapes=mask=1x8,extra=2,p=3,q=4 --split-input-file --verify-diagnostics

// Each --shape that fits nothing; that an input is open is said once the given shapes are right.
// expected-error @below {{--shape names input "extra"; the inputs are "ids", "mask", "p", "q"}}
// expected-warning @below {{input "q": dim 0 ("n") is 4, but 3 where another input has it}}
func.func @main(%ids: tensor<?x?x4xi64> {onnx.name = "ids", onnx.dims = ["batch", "", ""]}, %mask: tensor<?x8xi64> {onnx.name = "mask"},
                %p: tensor<?xf32> {onnx.name = "p", onnx.dims = ["n"]}, %q: tensor<?xf32> {onnx.name = "q", onnx.dims = ["n"]}) {
  return
}
