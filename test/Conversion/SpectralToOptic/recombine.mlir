// What devices that know less than complex numbers are asked for. The mean of every field goes past the optics.
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=ofe-11-proto | FileCheck %s --check-prefix=INTENSITY
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11-proto bits=6" | FileCheck %s --check-prefix=BALANCED
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=jtc-256 | FileCheck %s --check-prefix=PARTS
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 bits=8" | FileCheck %s --check-prefix=BITS
// RUN: sed -e '/^.encoder/,/^$/s/domain = { value = "complex"/domain = { value = "binary"/;s/bits = { value = 8, from = "assumed", note = "per quadrature" }/bits = 1\ndigits = 3/' %S/../../../devices/ofe-11.toml > %t.toml
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=%t.toml | FileCheck %s --check-prefix=PLANES
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 bits=10" --remark-format=emitRemark --remarks-filter=spectral-to-optic 2>&1 | FileCheck %s --check-prefix=SLICES
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 bits=20" --remark-format=emitRemark --remarks-filter=spectral-to-optic 2>&1 | FileCheck %s --check-prefix=TOOMANY
// RUN: fourmix-opt %s --convert-spectral-to-optic=device=dmd-4f-1k -o - | FileCheck %s --check-prefix=CPU

// |a + 1|^2 - |a|^2 - 1 = 2 Re(a), with the reference at 90 degrees 2 Im(a): three captures of one field.
// INTENSITY: frames 9 recipe
// INTENSITY: %[[FIELD:.*]] = load_field {{.*}} meanless{{$}}
// INTENSITY: %[[A:.*]] = fire ft %[[FIELD]] detect intensity {reference = 1 : i64}
// INTENSITY: %[[B:.*]] = read_back %[[A]] {add_mean}
// INTENSITY: %[[C:.*]] = fire ft %[[FIELD]] detect intensity {reference = 2 : i64}
// INTENSITY: %[[D:.*]] = read_back %[[C]] onto %[[B]] {add_mean, im = 1.000000e+00 : f64, re = 0.000000e+00 : f64}
// INTENSITY: %[[E:.*]] = fire ft %[[FIELD]] detect intensity
// INTENSITY: read_back %[[E]] onto %[[D]] {add_mean, im = -1.000000e+00 : f64, re = -1.000000e+00 : f64}

// Where precision is asked for, |a + 1|^2 - |a - 1|^2 = 4 Re(a): a capture more, and a quarter of the noise.
// BALANCED: frames 12 recipe
// BALANCED: fire ft %{{.*}} detect intensity {reference = 1 : i64}
// BALANCED: read_back %{{.*}} {add_mean, re = 5.000000e-01 : f64}
// BALANCED: fire ft %{{.*}} detect intensity {reference = 3 : i64}
// BALANCED: read_back %{{.*}} {add_mean, re = -5.000000e-01 : f64}
// BALANCED: fire ft %{{.*}} detect intensity {reference = 2 : i64}
// BALANCED: read_back %{{.*}} {add_mean, im = 5.000000e-01 : f64, re = 0.000000e+00 : f64}
// BALANCED: fire ft %{{.*}} detect intensity {reference = 4 : i64}
// BALANCED: read_back %{{.*}} {add_mean, im = -5.000000e-01 : f64, re = 0.000000e+00 : f64}

// Numbers with signs on an encoder without: what is above zero less what is below. What lies between
// passes is complex.
// PARTS: load_field {{.*}} as positive_real meanless
// PARTS: %[[A:.*]] = read_back %{{.*}} {add_mean}
// PARTS: load_field {{.*}} as negative_real meanless
// PARTS: read_back %{{.*}} onto %{{.*}} {add_mean, re = -1.000000e+00 : f64}
// PARTS: load_field {{.*}} as positive_imaginary meanless
// PARTS: read_back %{{.*}} onto %{{.*}} {add_mean, im = 1.000000e+00 : f64, re = 0.000000e+00 : f64}
// PARTS: load_field {{.*}} as negative_imaginary meanless
// PARTS: read_back %{{.*}} onto %{{.*}} {add_mean, im = -1.000000e+00 : f64, re = 0.000000e+00 : f64}

// Averages of captures.
// BITS: frames [[#READS:]] recipe "11 = 11, 33 = 11 x 3e Good-Thomas"
// BITS: fire ft %{{.*}} detect iq {repeat = {{[2-9]}} : i64}

// Bit planes: a field each, added up.
// PLANES: frames 36 recipe
// PLANES: load_field {{.*}} as positive_real digit <0 of 3, bits = 1> meanless
// PLANES: %[[A:.*]] = read_back %{{.*}} {add_mean}
// PLANES: load_field {{.*}} as positive_real digit <1 of 3, bits = 1> meanless
// PLANES: %[[B:.*]] = read_back %{{.*}} onto %[[A]] {add_mean}
// PLANES: load_field {{.*}} as positive_real digit <2 of 3, bits = 1> meanless
// PLANES: %[[C:.*]] = read_back %{{.*}} onto %[[B]] {add_mean}
// PLANES: load_field {{.*}} as negative_real digit <0 of 3, bits = 1> meanless
// PLANES: read_back %{{.*}} onto %[[C]] {add_mean, re = -1.000000e+00 : f64}

// More bits than the encoder has take digits, more than the detector's noise leaves take averages, of the first digit
// most.
// SLICES: "10.0 bits: 2 digits, since the encoder has 8 bits, averages of [[#READS:]] captures, since one is good for 6.8 bits"
// SLICES: load_field {{.*}} digit <0 of 2, bits = 8>
// SLICES: fire ft %{{.*}} detect iq {repeat = [[#READS]] : i64}
// SLICES: load_field {{.*}} digit <1 of 2, bits = 8>
// SLICES: fire ft %{{.*}} detect iq{{$}}

// TOOMANY: is not placed on ofe-11: no number of captures averages to 20.0 bits: 4096 are good for

// CPU: spectral.dft forward %{{.*}} along 1 plan fft
// CPU-NOT: optic
func.func @main(%x: tensor<11x33xf32>, %i: tensor<11x33xf32>) -> (tensor<11x33xf32>, tensor<11x33xf32>) {
  %a, %b = spectral.dft forward %x, %i along 1 plan optic : tensor<11x33xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<11x33xf32>
  return %c, %d : tensor<11x33xf32>, tensor<11x33xf32>
}
