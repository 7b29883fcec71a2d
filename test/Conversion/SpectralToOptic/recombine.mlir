// What devices that know less than complex numbers are asked for.
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=ofe-11-proto | FileCheck %s --check-prefix=INTENSITY
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=jtc-256 | FileCheck %s --check-prefix=BIAS
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 bits=8" | FileCheck %s --check-prefix=BITS
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=dmd-4f-1k -o - | FileCheck %s --check-prefix=CPU

// |a + 1|^2 - |a|^2 - 1 = 2 Re(a), with the reference at 90 degrees 2 Im(a): three captures of one field.
// INTENSITY: frames 6 recipe
// INTENSITY: %[[FIELD:.*]] = load_field re
// INTENSITY: %[[A:.*]] = fire ft %[[FIELD]] detect intensity {reference = 1 : i64}
// INTENSITY: %[[B:.*]] = read_back %[[A]]{{$}}
// INTENSITY: %[[C:.*]] = fire ft %[[FIELD]] detect intensity {reference = 2 : i64}
// INTENSITY: %[[D:.*]] = read_back %[[C]] onto %[[B]] {im = 1.000000e+00 : f64, re = 0.000000e+00 : f64}
// INTENSITY: %[[E:.*]] = fire ft %[[FIELD]] detect intensity
// INTENSITY: read_back %[[E]] onto %[[D]] {im = -1.000000e+00 : f64, re = -1.000000e+00 : f64}

// The input is real and the first pass encodes it once; what lies between passes is complex and encoded twice.
// BIAS: load_field {{.*}} as real biased
// BIAS: read_back %{{.*}} {remove_bias}
// BIAS: load_field {{.*}} as real biased
// BIAS: load_field {{.*}} as imaginary biased
// BIAS: read_back %{{.*}} onto %{{.*}} {im = 1.000000e+00 : f64, re = 0.000000e+00 : f64, remove_bias}

// Averages of captures.
// BITS: frames [[#READS:]] recipe "11 = 11, 22 = 11 * 2e"
// BITS: fire ft %{{.*}} detect iq {repeat = {{[2-9]}} : i64}

// CPU: spectral.dft forward %{{.*}} along 1 plan fft
// CPU-NOT: optic
func.func @main(%x: tensor<11x22xf32>) -> (tensor<11x22xf32>, tensor<11x22xf32>) {
  %a, %b = spectral.dft forward %x along 1 plan optic : tensor<11x22xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<11x22xf32>
  return %c, %d : tensor<11x22xf32>, tensor<11x22xf32>
}
