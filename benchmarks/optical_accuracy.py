#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How a trained network does with its transforms on simulated optics, over bits and noise.

Compiles the network for variants of a device profile, runs rows of a test set with --driver=sim, and compares
predictions with the reference logits and the labels: a table in Markdown.

  optical_accuracy.py sent_fnet.onnx sent_test.npz fnet --binaries build/bin --rows 128
"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np


def variant(text, changes):
    """The profile with figures changed: {"detector.bits": 6}."""
    lines, section, done = [], "", set()
    for line in text.split("\n"):
        if header := re.fullmatch(r"\[(.+)\]", line):
            section = header[1]
        key = section + "." + line.split(" = ")[0]
        if key in changes:
            done.add(key)
            line = f'{line.split(" = ")[0]} = {{ value = {changes[key]}, from = "assumed", note = "varied" }}'
        lines.append(line)
    if missing := set(changes) - done:
        sys.exit(f"the profile has no {', '.join(sorted(missing))}")
    return "\n".join(lines)


def bits(count):
    return {"encoder.bits": count, "filter.bits": count, "detector.bits": count}


def noise(decibels):
    """Noise of the detector alone: full scale is five times the rms where the gain fits best."""
    return {"noise.thermal_full_scale": 10 ** (-decibels / 20) / 5, "noise.photons_full_scale": 0.0,
            "noise.phase_sigma": 0.0, **{key: 0 for key in bits(0)}}


def variants():
    yield "as it is", "noisy", {}
    for count in (4, 5, 6, 8, 10):
        yield f"{count} bits, no noise", "quant", bits(count)
    for decibels in (10, 15, 20, 30, 40, 50):
        yield f"noise alone, {decibels} dB", "noisy", noise(decibels)


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("test", type=pathlib.Path, help=".npz with ids, labels and logits_KIND")
    parser.add_argument("kind")
    parser.add_argument("--binaries", type=pathlib.Path, default="build/bin")
    parser.add_argument("--device", type=pathlib.Path, default="devices/ofe-11.toml")
    parser.add_argument("--rows", type=int, default=128)
    parser.add_argument("--only", default="", help="variants whose name contains this")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    test = np.load(options.test)
    ids, labels = test["ids"][: options.rows], test["labels"][: options.rows]
    reference = test["logits_" + options.kind][: options.rows]
    text = options.device.read_text()
    print(f"{options.model.name} on variants of {options.device.stem}, {len(ids)} rows, float32 accuracy "
          f"{100 * np.mean(reference.argmax(1) == labels):.1f} %\n")
    print("| variant | accuracy, points | predictions changed | logits, SNR dB | frames | again |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for title, mode, changes in variants():
            if options.only not in title:
                continue
            profile, library = folder / "device.toml", folder / "model.so"
            profile.write_text(variant(text, changes))
            run([options.binaries / "fourmix-compile", options.model, f"--device={profile}", "-o", library])

            def classify(row):
                source, target = folder / f"in{row}.npy", folder / f"out{row}.npy"
                np.save(source, ids[row : row + 1])
                out = run([options.binaries / "fourmix-run", library, f"--driver=sim:mode={mode},seed={row + 1}",
                           f"--input=@{source}", f"--output=@{target}"])
                return np.load(target)[0], int(re.search(r"(\d+) frames", out)[1])

            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                results = list(pool.map(classify, range(len(ids))))
            logits, frames = np.array([r[0] for r in results]), np.array([r[1] for r in results])
            changed = logits.argmax(1) != reference.argmax(1)
            gain = np.mean(logits.argmax(1) == labels) - np.mean(reference.argmax(1) == labels)
            snr = 10 * np.log10(np.sum(reference**2) / np.sum((logits - reference) ** 2))
            print(f"| {title} | {100 * gain:+.1f} | {100 * np.mean(changed):.1f} % | {snr:.1f} | {frames.min()} | "
                  f"{100 * (frames.mean() / frames.min() - 1):.1f} % |", flush=True)


if __name__ == "__main__":
    main()
