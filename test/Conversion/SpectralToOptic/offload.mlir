// Time or energy decides what goes to the device; the profile has the host's figures, and the choice flips with them.
// DEFINE: %{remarks} = --remark-format=emitRemark --remarks-filter=spectral-to-optic
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 offload=time" %{remarks} 2>&1 | FileCheck %s --check-prefix=TIME
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 offload=energy" %{remarks} 2>&1 | FileCheck %s --check-prefix=ENERGY
// RUN: sed 's/^transform_flops = { value = 1.7e11/transform_flops = { value = 1e9/' %S/../../../devices/ofe-11.toml > %t.slow.toml
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=%t.slow.toml offload=time" %{remarks} 2>&1 | FileCheck %s --check-prefix=SLOW
// RUN: sed 's/^launch_s = { value = 5e-6/launch_s = { value = 5e-2/' %S/../../../devices/ofe-11.toml > %t.launch.toml
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=%t.launch.toml offload=energy" %{remarks} 2>&1 | FileCheck %s --check-prefix=LAUNCH
// RUN: sed '/^transform_flops/d' %S/../../../devices/ofe-11.toml > %t.none.toml
// RUN: not fourmix-opt %s --convert-spectral-to-optic="device=%t.none.toml offload=time" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: offload=time: expected a figure host.transform_flops in profile 'ofe-11', found none
// RUN: sed '/^power/d' %S/../../../devices/ofe-11.toml > %t.none.toml
// RUN: not fourmix-opt %s --convert-spectral-to-optic="device=%t.none.toml offload=energy" 2>&1 | FileCheck %s --check-prefix=POWER
// POWER: error: offload=energy: expected a figure host.power in profile 'ofe-11', found none
// RUN: not fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 offload=money" 2>&1 | FileCheck %s --check-prefix=MONEY
// MONEY: error: offload: expected all, time or energy, but found 'money'

// Seconds that were measured decide where there are some, and the remark says so; of other work the profile's rate does.
// RUN: echo '# by hand' > %t.times && echo 'cpu Zuse Z3' >> %t.times
// RUN: echo '2e-6 484x726xf32 -> 484x726xf32, spectral.dft forward 726 along 1, spectral.dft forward 484 along 0, re to re' >> %t.times
// RUN: echo '2.0 512x768xf32 -> 512x768xf32, spectral.dft forward 768 along 1, re to re im' >> %t.times
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 offload=time host-times=%t.times" %{remarks} 2>&1 | FileCheck %s --check-prefix=MEASURED
// MEASURED: remark: {{.*}}spectral.dft of 726 and then 484 points is not placed on ofe-11: the host needs less time: {{.*}}, on the host 2.00 µs (measured on Zuse Z3) and 30.0 µJ (at 15.0 W, assumed)
// MEASURED: remark: {{.*}}spectral.dft of 768 and then 512 points is not placed {{.*}} (at 170 Gflop/s of FFT code, derived)
// MEASURED: remark: {{.*}}placed on ofe-11: {{.*}} on the host 2.00 s (measured on Zuse Z3) and 30.0 J
// MEASURED-LABEL: func.func @other
// MEASURED: optic.launch @dft_768
// MEASURED: spectral.dft {{.*}} along 0 plan fft
// RUN: fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 offload=energy host-times=%t.times" %{remarks} 2>&1 | FileCheck %s --check-prefix=JOULES
// JOULES: the host needs less energy: {{.*}}, on the host 2.00 µs (measured on Zuse Z3) and 30.0 µJ
// RUN: echo 'soon 8xf32' >> %t.times
// RUN: not fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 offload=time host-times=%t.times" 2>&1 | FileCheck %s --check-prefix=SOON
// SOON: error: {{.*}}.times:5: expected seconds and what takes them, or cpu and its name, found 'soon 8xf32'
// RUN: not fourmix-opt %s --convert-spectral-to-optic="device=ofe-11 offload=time host-times=%t.nothing" 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: error: cannot read '{{.*}}.nothing': No such file

// The lengths of the device, and lengths that become convolutions. Where a pair is not worth it each of its transforms is
// asked for alone.
// TIME: remark: {{.*}}placed on ofe-11: {{[0-9]+}} frames; 484 = {{.*}}; {{[0-9]+}} µs and {{[0-9]+}} µJ, on the host {{[0-9]+}} µs (at 170 Gflop/s of FFT code, derived) and {{.*}} mJ (at 15.0 W, assumed)
// TIME: remark: {{.*}}spectral.dft of 768 and then 512 points is not placed on ofe-11: the host needs less time: {{[0-9]+}} frames of 512 = {{.*}} take {{.*}}, on the host {{.*}}
// TIME: remark: {{.*}}spectral.dft of 768 points is not placed on ofe-11: the host needs less time
// TIME: remark: {{.*}}spectral.dft of 512 points is not placed on ofe-11: the host needs less time
// TIME-LABEL: func.func @native
// TIME: optic.launch @dft_484x726
// TIME-LABEL: func.func @other
// TIME-NOT: optic.launch
// TIME: plan fft
// TIME: plan fft
// TIME: optic.program @dft_484x726
// TIME-NOT: optic.program

// ENERGY-LABEL: func.func @native
// ENERGY: optic.launch @dft_484x726
// ENERGY-LABEL: func.func @other
// ENERGY: optic.launch @dft_512x768

// SLOW-LABEL: func.func @other
// SLOW: optic.launch @dft_512x768

// LAUNCH-NOT: optic.launch
// LAUNCH-NOT: optic.program
func.func @native(%x: tensor<484x726xf32>) -> tensor<484x726xf32> {
  %a, %b = spectral.dft forward %x along 1 plan optic : tensor<484x726xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<484x726xf32>
  return %c : tensor<484x726xf32>
}
func.func @other(%x: tensor<512x768xf32>) -> tensor<512x768xf32> {
  %a, %b = spectral.dft forward %x along 1 plan optic : tensor<512x768xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<512x768xf32>
  return %c : tensor<512x768xf32>
}
