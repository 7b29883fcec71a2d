#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an optical device does to a classifier's predictions.

    optical_accuracy.py BUILD model.onnx test.npz --device=ofe-11 [--rows=256] [--bits=4,6,8] [--thermal=0.06,0.004]

Compiles the model once on the CPU alone and once per device, runs every row of the test set (its one integer array is
the input, `labels` the classes) with the simulator as driver, and prints accuracy, flips (predictions that differ from
those of the CPU), and the largest error of the logits over their maximum. --bits sets encoder, filter and detector of a
copy of the profile, --thermal its detector's noise over the full scale; a table has a row for each pair. Needs numpy.
"""
import argparse
import ctypes
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

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


class Runner:
    """A compiled model of one input and one output, with a simulated device where it has one."""

    def __init__(self, fourmix, library, options):
        self.fourmix = fourmix
        self.library = ctypes.CDLL(str(library))
        self.model = Model.in_dll(self.library, "fourmix_model")
        self.simulator = None
        if self.model.programs:
            error = ctypes.create_string_buffer(1024)
            stream = library.parent / self.model.stream_file.decode()
            self.simulator = fourmix.fourmix_simulator_open(str(stream).encode(), options.encode(),
                                                            self.model.stream_hash, error, len(error))
            if not self.simulator:
                sys.exit(error.value.decode())
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
            if self.simulator:
                args.driver = self.fourmix.fourmix_simulator_driver(self.simulator)
            status = self.model.run(ctypes.byref(args))
            if status:
                sys.exit(f"run failed with status {status}")
            results.append(y.copy())
        return np.concatenate(results)

    def usage(self):
        usage = Usage()
        if self.simulator:
            self.fourmix.fourmix_simulator_usage(self.simulator, ctypes.byref(usage))
        return usage


def profile_text(build, device):
    path = pathlib.Path(device)
    if not path.exists():
        path = pathlib.Path(__file__).resolve().parent.parent / "devices" / f"{device}.toml"
    return path.read_text()


def edited(text, section, key, value):
    """The profile with another value of one key, marked as assumed."""
    pattern = rf"(\[{section}\][^\[]*?\n{key} = )\{{[^}}]*\}}"
    text, count = re.subn(pattern, rf'\g<1>{{ value = {value}, from = "assumed" }}', text, count=1)
    if not count:
        sys.exit(f"the profile has no {section}.{key}")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("test", type=pathlib.Path)
    parser.add_argument("--device", default="ofe-11")
    parser.add_argument("--mode", default="noisy")
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--precision", default="native", help="fourmix-compile's --device-precision")
    parser.add_argument("--bits", default="")
    parser.add_argument("--thermal", default="")
    args = parser.parse_args()

    fourmix = ctypes.CDLL(str(args.build / "lib" / "libFourmix.so"))
    fourmix.fourmix_simulator_open.restype = ctypes.c_void_p
    fourmix.fourmix_simulator_open.argtypes = [ctypes.c_char_p] * 4 + [ctypes.c_size_t]
    fourmix.fourmix_simulator_driver.restype = ctypes.c_void_p
    fourmix.fourmix_simulator_driver.argtypes = [ctypes.c_void_p]
    fourmix.fourmix_simulator_usage.argtypes = [ctypes.c_void_p, ctypes.POINTER(Usage)]
    test = np.load(args.test)
    labels = test["labels"][:args.rows]
    rows = next(test[name] for name in test.files if name != "labels" and test[name].dtype.kind == "i")[:args.rows]

    with tempfile.TemporaryDirectory() as folder:
        def compiled(name, *flags):
            path = pathlib.Path(folder) / f"{name}.so"
            subprocess.run([args.build / "bin" / "fourmix-compile", args.model, "-o", path, *flags], check=True,
                           stderr=subprocess.DEVNULL)
            return path

        reference = Runner(fourmix, compiled("cpu"), "")(rows)
        accuracy = np.mean(reference.argmax(1) == labels)
        print(f"{args.model.name}, {len(rows)} rows; on the CPU alone: accuracy {accuracy:.4f}")
        print("device             bits  thermal  accuracy  change   flips  logits  frames/row  us/row  uJ/row")
        text = profile_text(args.build, args.device)
        for i, bits in enumerate(args.bits.split(",")):
            for j, thermal in enumerate(args.thermal.split(",")):
                device = text
                for section in ["encoder", "filter", "detector"] if bits else []:
                    device = edited(device, section, "bits", int(bits))
                if thermal:
                    device = edited(device, "noise", "thermal_full_scale", float(thermal))
                path = pathlib.Path(folder) / f"device{i}_{j}.toml"
                path.write_text(device)
                runner = Runner(fourmix, compiled(f"device{i}_{j}", f"--device={path}", f"--device-precision={args.precision}"),
                                f"mode={args.mode}")
                found = runner(rows)
                usage = runner.usage()
                hits = np.mean(found.argmax(1) == labels)
                flips = np.mean(found.argmax(1) != reference.argmax(1))
                error = np.abs(found - reference).max() / np.abs(reference).max()
                per_row = usage.frames / len(rows)
                print(f"{args.device:17} {bits or '-':>5}  {thermal or '-':>7}  {hits:8.4f}  {(hits - accuracy) * 100:+6.2f}"
                      f"  {flips * 100:5.2f}%  {error:6.1e}  {per_row:10.0f}  {usage.seconds / len(rows) * 1e6:6.1f}"
                      f"  {usage.joules / len(rows) * 1e6:6.1f}", flush=True)


if __name__ == "__main__":
    main()
