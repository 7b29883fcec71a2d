"""Random mixings written as ONNX and run elsewhere: part of `make test-export`.

    python python/export_cases.py BINARIES [--seed N] [--count N]

Each case is one op of `mix`, its kernel a constant or an input, with random axes, extents, origins, orientations, modes
and lengths. It goes through `--convert-mix-to-onnx` in both forms of Fourier transforms at opsets 17 to 25, through the
ONNX checker with full shape inference and through ONNX Runtime and onnx's reference evaluator, which are compared with
the op's formula in float64. Where transforms are DFT nodes, the file is read again and has to hold the same op.
Exit 1 if any fails.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

OPSETS = [17, 18, 20, 23, 25]
TOLERANCE = 1e-5
# ONNX Runtime's own DFT: 1e-5 and more where the length is no power of two.
RUNTIME_TOLERANCE = 1e-4


def tensor(shape):
    return f"tensor<{'x'.join(map(str, [*shape, 'f32']))}>"


class Case:
    """One op, its operands as (name, array, is it a constant) and what it should give."""

    also = ()  # other ops that say the same
    comes_back = True

    def __init__(self, op, operands, text, result, expected):
        self.op, self.operands, self.text, self.result, self.expected = op, operands, text, result, expected

    def module(self):
        arguments, constants = [], []
        for name, array, known in self.operands:
            if known:
                bits = array.astype("<f4").tobytes().hex().upper()
                constants.append(f'  %{name} = onnx.constant dense<"0x{bits}"> : {tensor(array.shape)}')
            else:
                arguments.append(f'%{name}: {tensor(array.shape)} {{onnx.name = "{name}"}}')
        return "\n".join([
            f"func.func @main({', '.join(arguments)}) -> ({tensor(self.result)} {{onnx.name = \"y\"}}) {{", *constants,
            f"  %y = {self.text}", f"  return %y : {tensor(self.result)}", "}"])

    def inputs(self):
        return {name: array for name, array, known in self.operands if not known}


def convolve(x, kernel, axes, origins, orientation):
    """The formula of mix.circulant, tap by tap."""
    y = np.zeros(np.broadcast_shapes(x.shape, tuple(1 if a in axes else e for a, e in enumerate(kernel.shape))))
    for taps in np.ndindex(*[kernel.shape[a] for a in axes]):
        weight, shift = kernel, []
        for a, j, o in zip(axes, taps, origins):
            weight = np.take(weight, [j], axis=a)
            shift.append(o - j if orientation == "correlation" else j - o)
        y += weight * np.roll(x, shift, axes)
    return y


def toeplitz(x, kernel, axis):
    n = x.shape[axis]
    moved, weights = np.moveaxis(x, axis, -1), np.moveaxis(kernel, axis, -1)
    matrix = weights[..., np.arange(n)[None, :] - np.arange(n)[:, None] + n - 1]
    return np.moveaxis(np.einsum("...ij,...j->...i", matrix, moved), -1, axis)


def draw_shape(rng, rank, mixed, largest):
    return tuple(int(rng.integers(3, largest)) if a in mixed else int(rng.integers(1, 5)) for a in range(rank))


def draw_kernel(rng, shape, extents):
    """The shape of a kernel: `extents` of the axes, 1 or that of the tensor elsewhere."""
    return tuple(extents[a] if a in extents else int(rng.choice([1, e])) for a, e in enumerate(shape))


def normal(rng, shape):
    return rng.standard_normal(shape).astype(np.float32)


def circulant(rng):
    rank = int(rng.integers(2, 5))
    axes = sorted(rng.choice(rank, int(rng.integers(1, min(3, rank))), replace=False).tolist())
    shape = draw_shape(rng, rank, axes, 40 if len(axes) == 1 else 9)
    is_short = rng.random() < 0.4
    taps = {a: int(rng.integers(1, shape[a] + 1)) if is_short else shape[a] for a in axes}
    origins = [int(rng.integers(0, taps[a])) if rng.random() < 0.5 else 0 for a in axes]
    orientation = str(rng.choice(["correlation", "convolution"]))
    x, kernel = normal(rng, shape), normal(rng, draw_kernel(rng, shape, taps))
    known = rng.random() < 0.5
    if known and rng.random() < 0.3:  # zeros somewhere
        kernel[np.broadcast_to(np.take(rng.random(kernel.shape) < 0.7, [0], 0), kernel.shape)] = 0
    text = (f"mix.circulant %x, %c axes {axes} as {orientation} origin {origins} : {tensor(shape)}, "
            f"{tensor(kernel.shape)}")
    expected = convolve(x.astype(np.float64), kernel.astype(np.float64), axes, origins, orientation)
    return Case("mix.circulant", [("x", x, False), ("c", kernel, known)], text, shape, expected)


def toeplitz_case(rng):
    rank = int(rng.integers(2, 5))
    axis = int(rng.integers(0, rank))
    shape = draw_shape(rng, rank, [axis], 30)
    n = shape[axis]
    x, kernel = normal(rng, shape), normal(rng, draw_kernel(rng, shape, {axis: 2 * n - 1}))
    known = rng.random() < 0.5
    if known and rng.random() < 0.5:  # causal, or of a few diagonals
        keep = np.zeros(2 * n - 1)
        first = int(rng.integers(0, n))
        keep[first:n if rng.random() < 0.5 else int(rng.integers(first + 1, 2 * n))] = 1
        kernel *= keep.reshape([-1 if a == axis else 1 for a in range(rank)]).astype(np.float32)
    text = f"mix.toeplitz %x, %c axis {axis} : {tensor(shape)}, {tensor(kernel.shape)}"
    expected = toeplitz(x.astype(np.float64), kernel.astype(np.float64), axis)
    return Case("mix.toeplitz", [("x", x, False), ("c", kernel, known)], text, shape, expected)


def gated(rng):
    rank = int(rng.integers(2, 5))
    axis = int(rng.integers(0, rank))
    shape = draw_shape(rng, rank, [axis], 30)
    n = shape[axis]
    is_circular = rng.random() < 0.5
    x = normal(rng, shape)
    gates = np.exp(normal(rng, draw_kernel(rng, shape, {axis: n})))
    kernel = np.exp(normal(rng, draw_kernel(rng, shape, {axis: n if is_circular else 2 * n - 1})))
    text = (f"mix.gated %x, %g, %c axis {axis} : {tensor(shape)}, {tensor(gates.shape)}, {tensor(kernel.shape)}")
    a, b, c = (t.astype(np.float64) for t in (x, gates, kernel))

    def mix(t):
        wide = np.broadcast_to(t, np.broadcast_shapes(t.shape, tuple(1 if i == axis else e for i, e in
                                                                     enumerate(c.shape))))
        return convolve(wide, c, [axis], [0], "correlation") if is_circular else toeplitz(wide, c, axis)

    operands = [("x", x, False), ("g", gates, False), ("c", kernel, bool(rng.random() < 0.5))]
    return Case("mix.gated", operands, text, shape, mix(a * b) / mix(b))


def frequencies(modes, is_last):
    return [r if is_last or r < (modes + 1) // 2 else r - modes for r in range(modes)]


def global_filter(rng):
    rank = int(rng.integers(2, 5))
    axes = sorted(rng.choice(rank, int(rng.integers(1, min(3, rank))), replace=False).tolist())
    shape = draw_shape(rng, rank, axes, 40 if len(axes) == 1 else 11)
    others = [a for a in range(rank) if a not in axes]
    channel = int(rng.choice(others)) if others and rng.random() < 0.3 else None
    lengths = [shape[a] * (2 if len(axes) == 1 and channel is None and rng.random() < 0.3 else 1) for a in axes]
    most = [n // 2 + 1 if a == axes[-1] else n for a, n in zip(axes, lengths)]
    modes = {a: int(rng.integers(1, m + 1)) if rng.random() < 0.4 else m for a, m in zip(axes, most)}
    spectrum = list(draw_kernel(rng, shape, modes))
    outputs = int(rng.integers(1, 5))
    result = list(shape)
    inverse, is_resampled = lengths, rng.random() < 0.2
    if is_resampled:
        inverse = [int(rng.integers(max(1, 2 * modes[a] - 2 if a == axes[-1] else modes[a]), 2 * shape[a] + 2))
                   for a in axes]
        for a, n in zip(axes, inverse):
            result[a] = int(rng.integers(1, n + 1))
    if channel is not None:
        spectrum[channel], result[channel] = shape[channel], outputs
        spectrum.insert(0, outputs)
    x, re, im = normal(rng, shape), normal(rng, spectrum), normal(rng, spectrum)
    is_real = rng.random() < 0.15
    operands = [("x", x, False), ("re", re, True)] + ([] if is_real else [("im", im, True)])
    text = (f"mix.global_filter %x, %re{'' if is_real else ', %im'} axes {axes} lengths {lengths}"
            f"{f' resampled {inverse} sizes {[result[a] for a in axes]}' if is_resampled else ''}"
            f"{'' if channel is None else f' channel {channel}'} : {tensor(shape)}, "
            f"{', '.join([tensor(spectrum)] * (len(operands) - 1))}")
    s = re.astype(np.float64) + (0 if is_real else 1j * im.astype(np.float64))
    full = np.fft.rfftn(x.astype(np.float64), lengths, axes)
    index = np.ix_(*[[f % full.shape[a] for f in frequencies(modes[a], a == axes[-1])] if a in axes
                     else range(full.shape[a]) for a in range(rank)])
    kept = full[index]
    if channel is None:
        kept = kept * s
    else:
        kept = np.moveaxis((s * kept[None]).sum(axis=channel + 1), 0, channel)
    sizes = {a: n // 2 + 1 if a == axes[-1] else n for a, n in zip(axes, inverse)}
    product = np.zeros([sizes.get(a, e) for a, e in enumerate(kept.shape)], complex)
    index = np.ix_(*[[f % sizes[a] for f in frequencies(modes[a], a == axes[-1])] if a in axes
                     else range(kept.shape[a]) for a in range(rank)])
    product[index] = kept
    y = product
    for a, n in list(zip(axes, inverse))[:-1]:
        y = np.fft.ifft(y, n, a)
    y = np.fft.irfft(y, inverse[-1], axes[-1])
    for a in axes:
        y = np.take(y, range(result[a]), a)
    case = Case("mix.global_filter", operands, text, tuple(result), y)
    case.comes_back = not is_resampled
    if lengths != [shape[a] for a in axes]:
        case.also = ["mix.toeplitz"]  # what does not wrap and looks both ways
    return case


def error(value, expected):
    if value.shape != expected.shape:
        return float("inf")
    return float(np.abs(value - expected).max(initial=0) / max(np.abs(expected).max(initial=0), 1e-30))


def check(case, opset, form, binaries, folder, again):
    """What is wrong with one case in one form; empty if nothing is."""
    source, written, file = folder / "in.mlir", folder / "out.mlir", folder / "out.onnx"
    source.write_text(case.module())
    steps = [[f"{binaries}/fourmix-opt", source, f"--convert-mix-to-onnx=opset={opset} fourier={form}", "-o", written],
             [f"{binaries}/fourmix-translate", "--export-onnx", written, "-o", file]]
    for step in steps:
        done = subprocess.run([str(part) for part in step], capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr[-300:]
    try:
        onnx.checker.check_model(str(file), full_check=True)
        model = onnx.load(str(file))
        inputs = case.inputs()
        limits = {"onnxruntime": RUNTIME_TOLERANCE if form == "dft" else TOLERANCE, "reference": TOLERANCE}
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        results = {
            "onnxruntime": onnxruntime.InferenceSession(str(file), options,
                                                        providers=["CPUExecutionProvider"]).run(None, inputs)[0],
            "reference": ReferenceEvaluator(model).run(None, inputs)[0]}
    except Exception as problem:  # pylint: disable=broad-except; theirs have no common base
        return str(problem)[:300]
    for name, value in results.items():
        if not error(value, case.expected) <= limits[name]:
            return f"{name} differs by {error(value, case.expected)}"
    if again and case.comes_back and form == "dft" and any(node.op_type == "DFT" for node in model.graph.node):
        done = subprocess.run([f"{binaries}/fourmix-compile", str(file), "--compile-to=raise", "-o", "-"],
                              capture_output=True, text=True, check=False)
        is_again = any(f"= {op} " in done.stdout for op in [case.op, *case.also])
        if done.returncode or not is_again or '"DFT"' in done.stdout:
            return "not recognised again: " + done.stderr.strip()[-300:]
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--only", default="", help="ops whose name has this in it")
    parser.add_argument("--no-again", dest="again", action="store_false", help="do not read the files again")
    options = parser.parse_args()
    draws = [circulant, toeplitz_case, gated, global_filter]
    failures = total = 0
    with tempfile.TemporaryDirectory() as work:
        for i in range(options.count):
            rng = np.random.default_rng([options.seed, i])
            case = draws[i % len(draws)](rng)
            if options.only and options.only not in case.op:
                continue
            for form in ["dft", "matmul"]:
                for opset in OPSETS:
                    problem = check(case, opset, form, options.binaries, pathlib.Path(work), again=options.again and opset in (17, 25))
                    total += 1
                    failures += bool(problem)
                    if problem:
                        known = [name for name, _, is_known in case.operands if is_known]
                        print(f"case {i} {form} opset {opset}: {problem}\n  {case.text}  constants {known}", flush=True)
                        break
    print(f"seed {options.seed}: {total} exports of {options.count} random mixings, {failures} failures")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
