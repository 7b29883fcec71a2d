"""Writes models back to ONNX and runs them elsewhere: `make test-export`.

    python python/check_export.py BINARIES FOLDER...

Each FOLDER/*/model.onnx goes through `fourmix-compile --emit=onnx` (after raise; Fourier transforms as DFT and as matrix
products), then through the ONNX checker with full shape inference, then through ONNX Runtime, whose outputs are
compared with the FOLDER/*/outputs.npz that was stored with the model. Networks that mix by kernels or spectra do so for
opsets 17 to 25, where their other nodes allow it. What was written with DFT has to be recognised again, op for op. A
model that the checker or ONNX Runtime refuses as it is in the file (an operator or opset newer than theirs) is only
checked for loading no worse. Exit 1 if any fails.
"""
import collections
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

OPSETS = [17, 18, 20, 23, 25]
KERNELS = {"mix.circulant", "mix.toeplitz", "mix.gated", "mix.global_filter"}
TOLERANCE = 1e-4  # ONNX Runtime's own sums are f32, and some references are partly f32, too


def run(path, folder):
    """The largest error of any output, relative to the largest element; None if ONNX Runtime cannot run the file."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        inputs = np.load(folder / "inputs.npz")
        names = [i.name for i in session.get_inputs()]
        outputs = session.run(None, {name: inputs[name] for name in names})
    except Exception as error:  # pylint: disable=broad-except; its exceptions have no common base
        return None, str(error).splitlines()[0][:160]
    stored = np.load(folder / "outputs.npz")
    worst = 0.0
    for output, value in zip(session.get_outputs(), outputs):
        expected = stored[output.name].astype(np.float64)
        if value.shape != expected.shape:
            return float("inf"), f"{output.name} has shape {value.shape}, not {expected.shape}"
        scale = max(np.abs(expected[np.isfinite(expected)]).max(initial=0), 1e-30)
        same = (value == expected) | (np.isnan(value) & np.isnan(expected))
        with np.errstate(invalid="ignore"):
            worst = max(worst, float(np.where(same, 0, np.abs(value - expected)).max(initial=0) / scale))
    return worst, ""


def check(path):
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except Exception as error:  # pylint: disable=broad-except
        return str(error).strip().splitlines()[0][:160]
    return ""


def write(binaries, source, out, form, shapes, opset=None):
    """fourmix-compile --emit=onnx: its remarks, and its errors, if any."""
    done = subprocess.run([f"{binaries}/fourmix-compile", str(source), "--emit=onnx", "-o", str(out),
                           f"--onnx-fourier={form}", *([f"--opset={opset}"] if opset else []), *shapes],
                          capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if "error" in line] if done.returncode else []
    return done.stderr, "; ".join(errors)[:200]


def mixings(binaries, path, shapes):
    """How many ops of each kind of mixing the raise phase finds."""
    done = subprocess.run([f"{binaries}/fourmix-compile", str(path), "--compile-to=raise", "-o", "-", *shapes],
                          capture_output=True, text=True, check=False)
    return dict(collections.Counter(re.findall(r"= (mix\.\w+) ", done.stdout)))


def problem_of(out, folder, valid, before):
    """What is wrong with a written file; empty if nothing is. `valid`, `before`: what of the file as it came."""
    if valid and (invalid := check(out)):
        return "invalid: " + invalid
    if before is not None:
        error, why = run(out, folder)
        if error is None or error > max(TOLERANCE, 2 * before):
            return f"differs: {error} {why} (as it came: {before})"
    return ""


def main():
    binaries, *folders = sys.argv[1:]
    models = sorted(p.parent for folder in folders for p in pathlib.Path(folder).glob("*/model.onnx"))
    failures = recognised = total = 0
    for folder in models:
        source = folder / "model.onnx"
        before, why_not = run(source, folder) if (folder / "outputs.npz").exists() else (None, "no stored outputs")
        valid = not check(source)
        shapes = [f"--shape={name}={'x'.join(map(str, a.shape)) or 'scalar'}"
                  for name, a in (np.load(folder / "inputs.npz").items() if (folder / "inputs.npz").exists() else [])]
        found = mixings(binaries, source, shapes)
        for form, opset in itertools.product(["dft", "matmul"], [None, *(OPSETS if KERNELS & found.keys() else [])]):
            with tempfile.TemporaryDirectory() as work:
                out = pathlib.Path(work) / "model.onnx"
                remarks, errors = write(binaries, source, out, form, shapes, opset)
                raised = remarks.count(" raised to mix.")
                if (form == "matmul" and not raised) or (opset and "means the same at opset" in errors):
                    continue
                total += 1
                recognised += raised > 0
                problem = "not written: " + errors if errors else problem_of(out, folder, valid, before)
                if not problem and form == "dft":
                    again = mixings(binaries, out, shapes)
                    problem = "" if again == found else f"comes back as {again}, not {found}"
                print(f"{folder.name} {form}{f' opset {opset}' if opset else ''}: {raised} raised, "
                      f"{problem or ('ok' if before is not None else 'ok, not run: ' + why_not)}", flush=True)
                failures += bool(problem)
    print(f"{total} exports, {recognised} with recognised mixing, {failures} failures")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
