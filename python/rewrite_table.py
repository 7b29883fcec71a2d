#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What every rewrite does to trained networks: a table in Markdown.

    pip install -r python/requirements.txt
    python python/rewrite_table.py --compiler build/bin/fourmix-compile --trained FOLDER --encoder build/minilm

A folder of trained networks holds sent_KIND.onnx and sent_test.npz (ids, labels); its first rows calibrate, the rest
measures. The encoder is what make_sentence_encoder.py writes. Cosine, neighbours, predictions, operations, parameters and
run time are those of `fourmix-compile --report`, measured by our own code on data that no rewrite has seen; accuracy is
that of the rewritten network, written as ONNX and run by ONNX Runtime. What is absent is left out, with a line saying so.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

CALIBRATION = 256

ATTENTION = [
    ("attention-to-fourier, paper", ["--attention-to-fourier=all", "--drop-mask"]),
    ("attention-to-fourier, last layer stays", ["--attention-to-fourier=all-but-last=1", "--drop-mask"]),
    ("attention-to-gated, R = 1", ["--attention-to-gated=all"]),
    ("attention-to-gated, R = 4", ["--attention-to-gated=all,components=4"]),
    ("projections-to-circular 1d, exact", ["--projections-to-circular=1d"]),
    ("projections-to-circular 1d, forced", ["--projections-to-circular=1d", "--max-error=1"]),
    ("projections-to-circular block:4, forced", ["--projections-to-circular=block:4", "--max-error=1"]),
]


def run(compiler, model, flags, calibration, holdout, folder):
    """The report of one rewrite and the rewritten model, or the first error."""
    report, onnx = os.path.join(folder, "report.json"), os.path.join(folder, "rewritten.onnx")
    command = [compiler, model, "--emit=onnx", "-o", onnx, f"--report={report}", f"--calibrate=@{calibration}",
               f"--holdout=@{holdout}", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return next((line for line in lines if "error:" in line), lines[-1]), None
    with open(report) as file:
        return json.load(file), onnx


def accuracy(model, data):
    """The share of right predictions of a model of one row at a time; nothing without labels or ONNX Runtime."""
    if "labels" not in data:
        return None
    try:
        import onnxruntime
    except ImportError:
        return None
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    inputs = [i for i in session.get_inputs()]
    right = 0
    for row in range(len(data["labels"])):
        logits = session.run(None, {i.name: data[i.name][row : row + 1] for i in inputs})[0]
        right += int(logits[0].argmax() == data["labels"][row])
    return right / len(data["labels"])


def percent(value):
    return "" if value is None else f"{100 * value:.1f} %"


def ratio(report, key):
    before, after = report["total"]["before"][key], report["total"]["after"][key]
    return f"{after / before:.2f}" if before else ""


def row(name, report, right):
    if isinstance(report, str):
        return f"| {name} | {report} | | | | | | | |"
    if "measured" not in report:
        skipped = len(report["skipped"])
        return f"| {name} | nothing rewritten, {skipped} refused | | | | | | | |"
    output = report["measured"]["outputs"][0]
    changed = sum(layer["changed"] for layer in report["layers"])
    return (f"| {name} | {changed} of {len(report['layers'])} | {output['cosine']['mean']:.4f} "
            f"| {output['cosine']['percentile5']:.4f} | {percent(output.get('sameNearestNeighbour'))} "
            f"| {percent(right if right is not None else None)} | {ratio(report, 'flops')} | {ratio(report, 'parameters')} "
            f"| {report['measured']['time']['ratio']:.2f} |")


def table(compiler, model, rewrites, calibration, holdout):
    data = dict(np.load(holdout))
    print(f"\n### {os.path.basename(model)}: {len(next(iter(data.values())))} samples, "
          f"calibrated on {len(next(iter(np.load(calibration).values())))} others\n")
    print("| rewrite | layers | cosine | 5th percentile | same neighbour | accuracy | FLOP | parameters | run time |")
    print("|---|---|---|---|---|---|---|---|---|")
    right = accuracy(model, data)
    if right is not None:
        print(f"| none | | 1 | 1 | 100 % | {percent(right)} | 1 | 1 | 1 |")
    for name, flags in rewrites:
        with tempfile.TemporaryDirectory() as folder:
            report, onnx = run(compiler, model, flags, calibration, holdout, folder)
            measured = not isinstance(report, str) and "measured" in report
            print(row(name, report, accuracy(onnx, data) if measured else None), flush=True)


def split(path, folder):
    """The rows of a test set as calibration and measurement."""
    data = dict(np.load(path))
    parts = os.path.join(folder, "calibration.npz"), os.path.join(folder, "test.npz")
    for part, rows in zip(parts, (slice(0, CALIBRATION), slice(CALIBRATION, None))):
        np.savez(part, **{name: array[rows] for name, array in data.items()})
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compiler", default="build/bin/fourmix-compile")
    parser.add_argument("--trained", help="folder with sent_KIND.onnx and sent_test.npz")
    parser.add_argument("--encoder", help="folder with model.onnx, calibration.npz and test.npz")
    args = parser.parse_args()
    if args.trained and os.path.exists(os.path.join(args.trained, "sent_test.npz")):
        with tempfile.TemporaryDirectory() as folder:
            calibration, holdout = split(os.path.join(args.trained, "sent_test.npz"), folder)
            for name in sorted(os.listdir(args.trained)):
                if name.endswith(".onnx"):
                    table(args.compiler, os.path.join(args.trained, name), ATTENTION, calibration, holdout)
    else:
        print("no trained networks: give --trained", file=sys.stderr)
    if args.encoder and os.path.exists(os.path.join(args.encoder, "model.onnx")):
        table(args.compiler, os.path.join(args.encoder, "model.onnx"), ATTENTION,
              os.path.join(args.encoder, "calibration.npz"), os.path.join(args.encoder, "test.npz"))
    else:
        print("no sentence encoder: give --encoder (python/make_sentence_encoder.py)", file=sys.stderr)


if __name__ == "__main__":
    main()
