#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times Fourmix and ONNX Runtime on the same models, in alternating rounds, each in a process of its own.

    python benchmarks/export_base.py build/bench
    python benchmarks/side_by_side.py build/bench [--rounds 5] [--runs 10] [--threads 1]

Prints for each model and engine the median over all runs and the fastest run, the ratio of the medians, and the median
ratio of the rounds (a round's two engines run right after one another, so this one shrugs off a machine that slows down).
Fourmix compiles fnet_base as PyTorch exports it; ONNX Runtime gets the dense form of the same network, which is 2 to 3 times
faster there. Fourmix's output is compared with the float64 reference in each round; a mismatch ends the measurement.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import time

PAIRS = [("fnet_base", "fnet_base_dense"), ("bert_base", "bert_base")]
FEATURES = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16"]


def onnx_runtime(folder, runs, threads):
    """Runs in a process of its own: one line of milliseconds."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"), options, ["CPUExecutionProvider"])
    inputs = dict(np.load(os.path.join(folder, "inputs.npz")))
    for _ in range(2):
        session.run(None, inputs)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(None, inputs)
        times.append(1e3 * (time.perf_counter() - start))
    print(*times)


def fourmix(binaries, folder, library, runs, threads):
    """(median, min) in ms of one process of fourmix-run."""
    command = [os.path.join(binaries, "fourmix-run"), library, f"--input=@{folder}/inputs.npz",
               f"--expected_output=@{folder}/outputs.npz", "--tolerance=1e-5", f"--threads={threads}", f"--benchmark={runs}"]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"median ([0-9.]+) ms, min ([0-9.]+)", done.stdout + done.stderr)
    if done.returncode or not found:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return float(found[1]), float(found[2])


def cpu():
    with open("/proc/cpuinfo") as file:
        text = file.read()
    flags = re.search(r"flags\s*: (.*)", text)[1].split()
    return re.search(r"model name\s*: (.*)", text)[1], [feature for feature in FEATURES if feature in flags]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", help="the folder that export_base.py wrote")
    parser.add_argument("--binaries", default="build/bin")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="a model's name")
    parser.add_argument("--onnx-runtime", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.onnx_runtime:
        return onnx_runtime(options.onnx_runtime, options.runs, options.threads)

    name, features = cpu()
    print(f"{name}, {os.cpu_count()} cores, {' '.join(features)}; {options.threads} thread(s), "
          f"{options.rounds} rounds of {options.runs} runs")
    for ours, theirs in PAIRS:
        if options.only and options.only != ours:
            continue
        folder, library = os.path.join(options.models, ours), os.path.join(options.models, ours + ".so")
        start = time.perf_counter()
        subprocess.run([os.path.join(options.binaries, "fourmix-compile"), os.path.join(folder, "model.onnx"), "-o", library],
                       check=True)
        print(f"{ours}: compiled in {time.perf_counter() - start:.1f} s")
        results = {"Fourmix": [], "ONNX Runtime": []}
        for _ in range(options.rounds):
            results["Fourmix"].append(fourmix(options.binaries, folder, library, options.runs, options.threads))
            process = [sys.executable, __file__, options.models, "--onnx-runtime", os.path.join(options.models, theirs),
                       f"--runs={options.runs}", f"--threads={options.threads}"]
            done = subprocess.run(process, capture_output=True, text=True, check=True)
            times = [float(word) for word in done.stdout.split()]
            results["ONNX Runtime"].append((statistics.median(times), min(times)))
        for engine, rounds in results.items():
            print(f"  {engine:13} median {statistics.median(m for m, _ in rounds):8.1f} ms, min {min(least for _, least in rounds):8.1f} ms"
                  f"   rounds: {' '.join(f'{m:.0f}' for m, _ in rounds)}")
        ratios = [a / b for (a, _), (b, _) in zip(*results.values())]
        print(f"  Fourmix / ONNX Runtime: {statistics.median(m for m, _ in results['Fourmix']) / statistics.median(m for m, _ in results['ONNX Runtime']):.2f}"
              f" (median of the rounds' ratios {statistics.median(ratios):.2f})")


if __name__ == "__main__":
    main()
