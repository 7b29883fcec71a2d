"""Compiles streams of several shapes and devices and times the simulator on each beside FFTW alone (simulator-benchmark).

python benchmarks/simulator_streams.py build
"""
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import argparse
import os
import random
import struct
import subprocess
import sys
import tempfile

TRANSFORMS = [
    # device, shape: the last two axes are transformed
    ("ofe-11", (512, 768)),
    ("ofe-16", (512, 768)),
    ("ofe-32", (512, 768)),
    ("ofe-11x16", (512, 768)),
    ("enable-16e", (512, 768)),
    ("ofe-11", (484, 726)),
    ("ofe-11", (8, 484, 726)),
    ("ofe-11", (242, 242)),
    ("ofe-16", (128, 256)),
    ("ofe-16", (256, 16, 16)),
    ("ofe-32", (1024, 1024)),
    ("ofe-32", (300, 400)),
]
FILTERS = [
    # device, batch, channels, rows, columns: a global filter for each channel
    ("ofe-11", 196, 1, 11, 11),
    ("ofe-11", 32, 64, 11, 11),
    ("ofe-11", 8, 48, 14, 14),
    ("ofe-16", 8, 96, 14, 14),
    ("ofe-32", 8, 96, 14, 14),
]


def transform(shape):
    """The real part of a transform of both axes, as in FNet."""
    tensor = "tensor<" + "x".join(map(str, shape)) + "xf32>"
    last = len(shape) - 1
    return f"""func.func @main(%x: {tensor}) -> {tensor} {{
  %a, %b = spectral.dft forward %x along {last} plan optic : {tensor}
  %c, %d = spectral.dft forward %a, %b along {last - 1} plan optic : {tensor}
  return %c : {tensor}
}}
"""


def global_filter(batch, channels, rows, cols):
    """A random spectrum for each channel, as in GFNet."""
    generator = random.Random(1)
    half = cols // 2 + 1
    tensor, spectrum = f"tensor<{batch}x{channels}x{rows}x{cols}xf32>", f"tensor<1x{channels}x{rows}x{half}xf32>"

    def numbers():
        values = (struct.pack("<f", generator.gauss(0, 1)) for _ in range(channels * rows * half))
        return '"0x' + b"".join(values).hex().upper() + '"'

    return f"""func.func @main(%x: {tensor}) -> {tensor} {{
  %re = arith.constant dense<{numbers()}> : {spectrum}
  %im = arith.constant dense<{numbers()}> : {spectrum}
  %y = spectral.filter %x by %re, %im along [2, 3] lengths [{rows}, {cols}] plan optic
    : ({tensor}, {spectrum}, {spectrum}) -> {tensor}
  return %y : {tensor}
}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", help="the build directory, with fourmix-compile and simulator-benchmark in it")
    parser.add_argument("--mode", default="", help="exact, quant, noisy or count alone")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--keep", metavar="FOLDER", help="where the streams are to stay")
    arguments = parser.parse_args()
    cases = [("x".join(map(str, shape)), device, transform(shape)) for device, shape in TRANSFORMS]
    cases += [("filter" + "x".join(map(str, shape)), device, global_filter(*shape)) for device, *shape in FILTERS]
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or scratch
        os.makedirs(folder, exist_ok=True)
        for name, device, text in cases:
            module = os.path.join(scratch, "module.mlir")
            stream = os.path.join(folder, f"{name}-{device}.focs")
            with open(module, "w") as file:
                file.write(text)
            compiler = [os.path.join(arguments.build, "bin", "fourmix-compile"), "--compile-from=plan", module]
            compiler += ["--device=" + device, "--emit=stream", "-o", stream]
            subprocess.run(compiler, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            benchmark = [os.path.join(arguments.build, "benchmarks", "simulator-benchmark")]
            benchmark += [f"--mode={arguments.mode}", f"--rounds={arguments.rounds}", stream]
            print(f"{name} for {device}:", flush=True)
            subprocess.run(benchmark, check=True)


if __name__ == "__main__":
    sys.exit(main())
