// The transform of a picture of 11 x 11 points: one frame of an aperture of that size. After phase spectral; see transform.c.
func.func @main(%x: tensor<11x11xf32>) -> (tensor<11x11xf32>, tensor<11x11xf32>) {
  %a, %b = spectral.dft forward %x along 1 : tensor<11x11xf32>
  %c, %d = spectral.dft forward %a, %b along 0 : tensor<11x11xf32>
  return %c, %d : tensor<11x11xf32>, tensor<11x11xf32>
}
