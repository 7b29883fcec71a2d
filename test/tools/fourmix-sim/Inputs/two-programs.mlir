func.func @main(%x: tensor<22x11xf32> {onnx.name = "x"}, %u: tensor<11x33xf32> {onnx.name = "u"})
    -> (tensor<22x11xf32> {onnx.name = "y"}, tensor<11x33xf32> {onnx.name = "v"}) {
  %a, %b = spectral.dft forward %x along 1 plan optic : tensor<22x11xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<22x11xf32>
  %e, %f = spectral.dft forward %c along 1 plan optic : tensor<22x11xf32>
  %g, %h = spectral.dft forward %e, %f along 0 plan optic : tensor<22x11xf32>
  %i, %j = spectral.dft forward %u along 1 plan optic : tensor<11x33xf32>
  %k, %l = spectral.dft forward %i, %j along 0 plan optic : tensor<11x33xf32>
  return %g, %k : tensor<22x11xf32>, tensor<11x33xf32>
}
