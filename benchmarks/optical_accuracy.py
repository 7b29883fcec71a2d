#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an optical device does to a classifier's predictions.

    optical_accuracy.py BUILD test.npz [TITLE=]model.onnx... [--device=ofe-11] [--rows=256] [--all-rows=1024]
                        [--bits=4,5,6,7,8,10] [--snr=10,15,20,25,30,40,50] [--output=docs/optical-accuracy.md]

Compiles each model once on the CPU alone and once per device, runs rows of the test set (its one integer array is the
input, `labels` the classes) with the simulator as driver, and writes accuracy, flips (predictions that differ from those
of the CPU) and what is left of the device's own results: a line for the device as it is, over --all-rows; a line for each
--snr, of a device whose detector has that and nothing else wrong with it; a line for each --bits, of encoder, filter and
detector, without noise and with the profile's. Needs numpy.
"""
import argparse
import concurrent.futures
import ctypes
import itertools
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

from optical_pages import edited, profile_text, table

DTYPES = {np.dtype("float32"): 1, np.dtype("int32"): 6, np.dtype("int64"): 7}


class TensorInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("dtype", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("dims", ctypes.POINTER(ctypes.c_int64))]


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("dims", ctypes.POINTER(ctypes.c_int64))]


class RunArgs(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("inputs", ctypes.POINTER(Tensor)),
                ("outputs", ctypes.POINTER(Tensor)), ("num_inputs", ctypes.c_int32), ("num_outputs", ctypes.c_int32),
                ("weights", ctypes.c_void_p), ("workspace", ctypes.c_void_p), ("workspace_bytes", ctypes.c_size_t),
                ("parallel", ctypes.c_void_p), ("parallel_ctx", ctypes.c_void_p), ("error_index", ctypes.c_int32),
                ("driver", ctypes.c_void_p)]


class Model(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("abi_version", ctypes.c_int32), ("num_inputs", ctypes.c_int32),
                ("num_outputs", ctypes.c_int32), ("num_regions", ctypes.c_int32), ("name", ctypes.c_char_p),
                ("producer", ctypes.c_char_p), ("target", ctypes.c_char_p), ("inputs", ctypes.POINTER(TensorInfo)),
                ("outputs", ctypes.POINTER(TensorInfo)), ("regions", ctypes.c_void_p), ("weights", ctypes.c_void_p),
                ("weights_bytes", ctypes.c_uint64), ("weights_hash", ctypes.c_uint64),
                ("weights_file", ctypes.c_char_p),
                ("workspace_size", ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32,
                                                    ctypes.POINTER(ctypes.c_size_t))),
                ("run", ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(RunArgs))), ("programs", ctypes.c_int64),
                ("stream_file", ctypes.c_char_p), ("stream_hash", ctypes.c_char_p)]


class Usage(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_uint64), ("link_bytes", ctypes.c_uint64), ("seconds", ctypes.c_double),
                ("joules", ctypes.c_double)]


def tensor(array):
    dims = (ctypes.c_int64 * array.ndim)(*array.shape)
    return Tensor(array.ctypes.data, DTYPES[array.dtype], array.ndim, dims)


DRIVER_RUN = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.POINTER(ctypes.c_void_p),
                              ctypes.c_int32)


class Driver(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("ctx", ctypes.c_void_p), ("run", DRIVER_RUN)]


class Meter:
    """A driver that runs each launch on a device and without any error on another one, and compares what they write."""

    def __init__(self, build, fourmix, stream, stream_hash, options):
        self.fourmix = fourmix
        self.simulators = [self.open(stream, stream_hash, text) for text in (options, "mode=exact")]
        self.drivers = [fourmix.fourmix_simulator_driver(simulator).contents for simulator in self.simulators]
        text = subprocess.run([build / "bin" / "fourmix-translate", "--focs-to-text", stream], check=True,
                              capture_output=True, text=True).stdout
        self.programs = []  # by binding: whether it is an output, elements, type
        for line in text.splitlines():
            if line.startswith("program "):
                self.programs.append([])
            elif found := re.match(r'  (input|output) ".*" (f32|f64)\[(.*)\] ;', line):
                extents = [int(extent) for extent in found[3].split(",") if extent.strip()]
                self.programs[-1].append((found[1] == "output", int(np.prod(extents)), found[2]))
        self.noise = []  # of each launch, over its signal
        self.driver = Driver(ctypes.sizeof(Driver), None, DRIVER_RUN(self.run))

    def open(self, stream, stream_hash, options):
        error = ctypes.create_string_buffer(1024)
        simulator = self.fourmix.fourmix_simulator_open(str(stream).encode(), options.encode(), stream_hash, error,
                                                        len(error))
        return simulator or sys.exit(error.value.decode())

    def run(self, _, program, buffers, count):
        exact = (ctypes.c_void_p * count)(*buffers[:count])
        pairs = []
        for i, (is_output, elements, kind) in enumerate(self.programs[program]):
            if is_output:
                kind = ctypes.c_float if kind == "f32" else ctypes.c_double
                copy = (kind * elements)()
                exact[i] = ctypes.addressof(copy)
                pairs.append((np.ctypeslib.as_array((kind * elements).from_address(buffers[i])),
                              np.ctypeslib.as_array(copy)))
        for driver, bound in zip(self.drivers, (buffers, exact)):
            status = driver.run(driver.ctx, program, bound, count)
            if status:
                return status
        signal = sum(np.sum(np.square(y, dtype=np.float64)) for _, y in pairs)
        noise = sum(np.sum(np.square(x - y, dtype=np.float64)) for x, y in pairs)
        self.noise.append(noise / signal if signal else 0)
        return 0

    def snr(self):
        """In dB, of the mean over launches of noise over signal."""
        return -10 * np.log10(np.mean(self.noise)) if np.any(self.noise) else np.inf

    def usage(self):
        usage = Usage()
        self.fourmix.fourmix_simulator_usage(self.simulators[0], ctypes.byref(usage))
        return usage


class Runner:
    """A compiled model of one input and one output, with a simulated device where it has one."""

    def __init__(self, build, fourmix, library, options):
        self.library = ctypes.CDLL(str(library))
        self.model = Model.in_dll(self.library, "fourmix_model")
        self.meter = None
        if self.model.programs:
            self.meter = Meter(build, fourmix, library.parent / self.model.stream_file.decode(),
                               self.model.stream_hash, options)
        size = ctypes.c_size_t()
        self.model.workspace_size(None, 0, ctypes.byref(size))
        self.workspace = ctypes.create_string_buffer(max(size.value, 1))
        self.size = size.value

    def __call__(self, rows):
        info = self.model.inputs[0]
        shape = [info.dims[d] for d in range(info.rank)]
        out = self.model.outputs[0]
        y = np.zeros([out.dims[d] for d in range(out.rank)], np.float32)
        results = []
        for start in range(0, len(rows), shape[0]):
            x = np.ascontiguousarray(rows[start:start + shape[0]])
            args = RunArgs(struct_size=ctypes.sizeof(RunArgs), inputs=ctypes.pointer(tensor(x)),
                           outputs=ctypes.pointer(tensor(y)), num_inputs=1, num_outputs=1,
                           workspace=ctypes.addressof(self.workspace), workspace_bytes=self.size)
            if self.meter:
                args.driver = ctypes.addressof(self.meter.driver)
            status = self.model.run(ctypes.byref(args))
            if status:
                sys.exit(f"run failed with status {status}")
            results.append(y.copy())
        return np.concatenate(results)


NOISE = ["photons_full_scale", "thermal_full_scale", "relative_intensity", "phase_sigma", "fixed_gain_sigma",
         "crosstalk"]


def without_noise(text):
    for key in NOISE:
        text = edited(text, "noise", key, "0.0")
    return text


def with_bits(text, bits):
    for section in ["encoder", "filter", "detector"]:
        text = edited(text, section, "bits", bits)
    return text


def with_snr(text, snr):
    """Nothing is wrong but thermal noise, `snr` dB below a frame whose full scale is the headroom times its rms."""
    text = without_noise(with_bits(text, 0))
    headroom = float(re.search(r"\nheadroom = \{ value = ([^,}]*)", text)[1])
    for key, value in [("gain_steps", 255), ("gain_ratio", 1.02)]:
        text = edited(text, "detector", key, value)
    return edited(text, "noise", "thermal_full_scale", repr(10 ** (-snr / 20) / headroom))


class Bench:
    """A model, its predictions on the CPU, and what a device makes of them."""

    def __init__(self, args, fourmix, folder, model, rows, labels):
        self.args, self.fourmix, self.folder = args, fourmix, pathlib.Path(folder)
        self.model, self.rows, self.labels = model, rows, labels
        self.numbers = itertools.count()
        self.reference = Runner(args.build, fourmix, self.compiled(), "")(rows)

    def compiled(self, *flags):
        path = self.folder / f"{self.model.stem}_{next(self.numbers)}.so"
        subprocess.run([self.args.build / "bin" / "fourmix-compile", self.model, "-o", path, *flags], check=True,
                       stderr=subprocess.DEVNULL)
        return path

    def accuracy(self, logits):
        return np.mean(logits.argmax(1) == self.labels[:len(logits)])

    def run(self, profile, rows, precision="native"):
        path = self.folder / f"device_{self.model.stem}_{next(self.numbers)}.toml"
        path.write_text(profile)
        runner = Runner(self.args.build, self.fourmix,
                        self.compiled(f"--device={path}", f"--device-precision={precision}"),
                        f"mode={self.args.mode}")
        if not runner.meter:
            sys.exit(f"{self.model}: nothing is placed on the device")
        found, reference = runner(self.rows[:rows]), self.reference[:rows]
        before, after = self.accuracy(reference), self.accuracy(found)
        flips = np.mean(found.argmax(1) != reference.argmax(1))
        return [f"{after:.4f}", f"{(after - before) * 100:+.2f}", f"{flips * 100:.2f} %", f"{runner.meter.snr():.1f}",
                runner.meter.usage()]

    def run_all(self, runs):
        """Several runs at once; each has a simulator of its own."""
        with concurrent.futures.ThreadPoolExecutor(self.args.jobs) as pool:
            return list(pool.map(lambda run: self.run(*run), runs))


def page(bench, title, text):
    """The tables of one model. `change` is in points of accuracy, `SNR` that of the device's results in dB."""
    args = bench.args
    yield f"## {title}\n"
    shown = bench.reference[:args.rows]
    yield (f"On the CPU alone {bench.accuracy(bench.reference):.4f} of {len(bench.reference)} rows are classified right, "
           f"{bench.accuracy(shown):.4f} of the first {len(shown)}.\n")
    rows, precisions = len(bench.rows), args.precision.split(",")
    found = bench.run_all([(text, rows, precision) for precision in precisions])
    yield table(["device", "precision", "rows", "accuracy", "change", "flips", "SNR", "frames per row", "time per row",
                 "energy per row"],
                [[args.device, precision, str(rows), *cells, f"{usage.frames / rows:,.0f}", f"{usage.seconds / rows * 1e6:.1f} µs",
                  f"{usage.joules / rows * 1e6:.1f} µJ"] for precision, (*cells, usage) in zip(precisions, found)])
    if args.snr:
        noises = args.snr.split(",")
        found = bench.run_all([(with_snr(text, float(snr)), args.rows) for snr in noises])
        yield table(["detector's SNR", "accuracy", "change", "flips", "SNR"],
                    [[f"{snr} dB", *cells[:4]] for snr, cells in zip(noises, found)])
    if args.bits:
        widths = args.bits.split(",")
        clean = bench.run_all([(without_noise(with_bits(text, bits)), args.rows) for bits in widths])
        noisy = bench.run_all([(with_bits(text, bits), args.rows) for bits in widths])
        yield table(["bits", "change", "flips", "SNR", "with noise: change", "flips", "SNR"],
                    [[bits, *a[1:4], *b[1:4]] for bits, a, b in zip(widths, clean, noisy)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("test", type=pathlib.Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--device", default="ofe-11")
    parser.add_argument("--mode", default="noisy")
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--all-rows", type=int, default=0)
    parser.add_argument("--precision", default="native", help="fourmix-compile's --device-precision, of the first table: "
                        "native,8bits")
    parser.add_argument("--bits", default="")
    parser.add_argument("--snr", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once")
    parser.add_argument("--output", type=pathlib.Path)
    args = parser.parse_args()

    fourmix = ctypes.CDLL(str(args.build / "lib" / "libFourmix.so"))
    fourmix.fourmix_simulator_open.restype = ctypes.c_void_p
    fourmix.fourmix_simulator_open.argtypes = [ctypes.c_char_p] * 4 + [ctypes.c_size_t]
    fourmix.fourmix_simulator_driver.restype = ctypes.POINTER(Driver)
    fourmix.fourmix_simulator_driver.argtypes = [ctypes.c_void_p]
    fourmix.fourmix_simulator_usage.argtypes = [ctypes.c_void_p, ctypes.POINTER(Usage)]
    test = np.load(args.test)
    rows = next(test[name] for name in test.files if name != "labels" and test[name].dtype.kind == "i")
    rows = rows[:max(args.all_rows, args.rows)]
    text = profile_text(args.device)
    out = args.output.open("w", encoding="utf-8") if args.output else sys.stdout
    if args.output:
        print(HEADER, file=out)
    with tempfile.TemporaryDirectory() as folder:
        for model in args.models:
            title, _, path = model.rpartition("=")
            bench = Bench(args, fourmix, folder, pathlib.Path(path), rows, test["labels"])
            for part in page(bench, title or pathlib.Path(path).stem, text):
                print(part, file=out, flush=True)


HEADER = """# Optical accuracy

<!-- Written by benchmarks/optical_accuracy.py; do not edit. -->

What an optical device does to the predictions of trained classifiers, on the [simulator](simulator.md). Transforms,
convolutions and products of spectra that the compiler places run on the device, with everything that is wrong with it;
the rest runs on the CPU in f32. The networks were trained in f32 and know nothing of the device.

* *change* is in points of accuracy against the same rows on the CPU alone; *flips* are predictions that differ from
  those, which is the more sensitive of the two: a change of 0.4 points is one row of 256, and flips cancel in it.
* *SNR*, in dB, is that of what the device writes in one launch, against the same launch without any error and on the same
  data: noise over signal is averaged over all launches, of all layers and rows. (SNR - 1.76) / 6.02 are effective bits.
* The *detector's SNR* is a device with nothing wrong but thermal noise: encoder, filter and detector have no steps, gains
  are as fine as they are wished, and the noise of each quadrature is so many dB below the rms that Parseval's theorem
  predicts for that frame, the mean of its field taken out. A layer of several passes adds the noise of each.
* *bits* are those of encoder, filter and detector alike; the detector's gain is chosen for each frame, as the profile
  has them (headroom 5 over the predicted rms, captures that saturate are taken again), *with noise* adds all that the
  profile has: thermal and shot noise of 1/256 of the full scale together, 0.01 radians of phase. None of these figures of
  the profile is measured; [profiles](device-profiles.md) say of each where it comes from.
* *precision* is `fourmix-compile --device-precision`: `native` takes every capture once, `8bits` averages, products with filters
  the more often the less light they leave.
* Numbers are for one seed of the noise and the first rows of the test set. Another seed changes flips by a few rows: of 1,024
  rows, 10 flips are 0.98 %, and their standard deviation is about 0.3 %.
"""

if __name__ == "__main__":
    main()
