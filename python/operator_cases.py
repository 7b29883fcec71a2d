#!/usr/bin/env python3
"""Random cases of every operator, with what onnx's reference evaluator (where that is too narrow or wrong, ONNX Runtime)
makes of them.

    operator_cases.py FOLDER [--count N] [--seed S] [--only OP]

writes FOLDER/reference/OP_I/{model.onnx,test_data_set_0/*.pb}, the layout of ONNX's own test data, for
`onnx-suite --data=FOLDER` (`make test-operators`). The table below says per operator how a case is drawn: attributes,
broadcasting, negative axes, scalars and empty tensors are part of it.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import argparse
import pathlib
import sys
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnxruntime import InferenceSession, SessionOptions

F32, F64, I64, I32, I8, U8, BOOL = np.float32, np.float64, np.int64, np.int32, np.int8, np.uint8, np.bool_
TYPES = {np.dtype(F32): 1, np.dtype(F64): 11, np.dtype(I64): 7, np.dtype(I32): 6, np.dtype(I8): 3, np.dtype(U8): 2,
         np.dtype(BOOL): 9}


class Draw:
    """Random choices of one case."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def one(self, *of):
        return of[self.rng.integers(len(of))]

    def flag(self):
        return bool(self.rng.integers(2))

    def integer(self, low, high):
        """low <= result <= high"""
        return int(self.rng.integers(low, high + 1))

    def shape(self, low=0, high=4, empty=True):
        dims = [self.integer(1, 5) for _ in range(self.integer(low, high))]
        if empty and dims and self.integer(0, 9) == 0:
            dims[self.integer(0, len(dims) - 1)] = 0
        return dims

    def tensor(self, shape, dtype=F32, low=-3, high=3):
        if dtype == BOOL:
            return self.rng.integers(0, 2, shape).astype(BOOL)
        if np.issubdtype(dtype, np.integer):
            return np.asarray(self.rng.integers(int(low), int(high) + 1, shape), dtype=dtype)
        return np.asarray(self.rng.uniform(low, high, shape), dtype=dtype)

    def axis(self, rank):
        return self.integer(-rank, rank - 1)

    def axes(self, rank, least=0):
        """Some axes in any order, some of them counted from the end."""
        count = self.integer(least, rank)
        return [int(a) - (rank if self.flag() else 0) for a in self.rng.permutation(rank)[:count]]

    def broadcast(self, count=2):
        """Shapes that broadcast together."""
        full, shapes = self.shape(), []
        for _ in range(count):
            own = [1 if self.integer(0, 3) == 0 else d for d in full]
            shapes.append(own[self.integer(0, len(own)) if self.integer(0, 2) == 0 else 0:])
        return shapes


def ints(*values):
    return np.array(values, dtype=I64)


class Case:
    """`inputs` of type Fixed are constants of the model, None is absent; the others are its inputs. `by_runtime`: ONNX
    Runtime says what is right."""

    def __init__(self, inputs, outputs=1, opset=20, by_runtime=False, **attrs):
        self.inputs, self.outputs, self.opset, self.by_runtime, self.attrs = inputs, outputs, opset, by_runtime, attrs


class Fixed:
    def __init__(self, value):
        self.value = np.asarray(value)


def fixed_or_not(d, value):
    """A constant, or an input: where both have to work."""
    return Fixed(value) if d.flag() else value


# --- How cases are drawn: OP -> function of Draw ------------------------------------------------------------------
table = {}


def of(*ops):
    def add(function):
        for op in ops:
            table[op] = lambda d, op=op: function(d, op)
        return function

    return add


RANGES = {"Log": (0.1, 5), "Sqrt": (0, 5), "Reciprocal": (0.5, 3), "Acos": (-1, 1), "Asin": (-1, 1), "Atanh": (-0.9, 0.9),
          "Acosh": (1, 5), "Tan": (-1.2, 1.2)}
ATTRIBUTES = {"Elu": ["alpha"], "LeakyRelu": ["alpha"], "Celu": ["alpha"], "HardSigmoid": ["alpha", "beta"],
              "Selu": ["alpha", "gamma"], "ThresholdedRelu": ["alpha"]}


@of("Abs", "Neg", "Sign", "Floor", "Ceil", "Round", "Sqrt", "Exp", "Log", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan",
    "Sinh", "Cosh", "Tanh", "Asinh", "Acosh", "Atanh", "Erf", "Reciprocal", "Relu", "LeakyRelu", "Elu", "Selu", "Celu",
    "Sigmoid", "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Mish", "ThresholdedRelu", "Identity")
def unary(d, op):
    dtype = F32
    if op in ("Abs", "Neg", "Sign", "Relu", "Identity"):
        dtype = d.one(F32, F64, I64, I32)
    elif op not in ("Celu", "Selu", "Mish"):
        dtype = d.one(F32, F32, F64)
    attrs = {name: float(d.tensor((), F32, 0.1, 2)) for name in ATTRIBUTES.get(op, []) if d.flag()}
    return Case([d.tensor(d.shape(), dtype, *RANGES.get(op, (-3, 3)))], **attrs)


@of("Gelu")
def gelu(d, op):
    return Case([d.tensor(d.shape())], approximate=d.one("none", "tanh"))


@of("IsNaN", "IsInf")
def classify(d, op):
    x = d.tensor(d.shape(), F32)
    x[d.rng.random(x.shape) < 0.3] = d.one(np.nan, np.inf, -np.inf) if x.ndim else 0
    attrs = {} if op == "IsNaN" else {"detect_positive": int(d.flag()), "detect_negative": int(d.flag())}
    return Case([x], **attrs)


@of("Not")
def negation(d, op):
    return Case([d.tensor(d.shape(), BOOL)])


@of("Add", "Sub", "Mul", "Div", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Mod", "PRelu", "And", "Or",
    "Xor")
def binary(d, op):
    a, b = d.broadcast()
    dtype = BOOL if op in ("And", "Or", "Xor") else d.one(F32, F64, I64, I32)
    attrs = {}
    if op == "PRelu":
        dtype = F32
        a = list(np.broadcast_shapes(a, b))
    if op == "Mod":
        attrs["fmod"] = int(dtype in (F32, F64) or d.flag())
    x, y = d.tensor(a, dtype), d.tensor(b, dtype)
    if op in ("Div", "Mod"):
        y = np.where(y == 0, np.ones_like(y), y)
        if dtype in (I64, I32) and op == "Div":
            x = np.abs(x)  # the reference rounds negative quotients down
            y = np.abs(y)
    return Case([x, fixed_or_not(d, y)], **attrs)


@of("Pow")
def power(d, op):
    a, b = d.broadcast()
    base = d.tensor(a, d.one(F32, F64), 0.1, 3)
    exponent = d.one(2.0, 3.0, 0.5, -1.0, 0.0) if d.flag() else None
    y = np.full(b, exponent, base.dtype) if exponent is not None else d.tensor(b, d.one(base.dtype.type, I64), -2, 3)
    return Case([base, fixed_or_not(d, y)])


@of("Max", "Min", "Sum", "Mean")
def variadic(d, op):
    dtype = d.one(F32, F64, I64, I32) if op in ("Max", "Min") else F32
    return Case([d.tensor(s, dtype) for s in d.broadcast(d.integer(1, 4))])


@of("Where")
def where(d, op):
    c, a, b = d.broadcast(3)
    dtype = d.one(F32, I64, BOOL)
    return Case([d.tensor(c, BOOL), d.tensor(a, dtype), d.tensor(b, dtype)])


@of("Clip")
def clip(d, op):
    dtype = d.one(F32, F64, I64, I32)
    low = Fixed(np.array(-1, dtype)) if d.flag() else d.one(None, np.array(-1, dtype))
    high = Fixed(np.array(2, dtype)) if d.flag() else d.one(None, np.array(2, dtype))
    return Case([d.tensor(d.shape(), dtype), low, high])


@of("Cast")
def cast(d, op):
    source, target = d.one(F32, F64, I64, I32, BOOL), d.one(F32, F64, I64, I32, BOOL)
    return Case([d.tensor(d.shape(), source)], to=TYPES[np.dtype(target)])


@of("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare",
    "ReduceLogSum", "ReduceLogSumExp")
def reduction(d, op):
    dtype = d.one(F32, F64, I64) if op in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd") else d.one(F32, F64)
    shape = d.shape(1, 4, empty=op in ("ReduceSum", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceProd"))
    x = d.tensor(shape, dtype, *((0.1, 3) if op == "ReduceLogSum" else (-3, 3)))
    axes = d.axes(len(shape))
    noop = int(d.flag())
    return Case([x, Fixed(ints(*axes)) if axes or d.flag() else None], keepdims=int(d.flag()), noop_with_empty_axes=noop)


@of("ArgMax", "ArgMin")
def argument(d, op):
    shape = d.shape(1, 4, empty=False)
    x = d.tensor(shape, d.one(F32, I64))
    return Case([x], axis=d.axis(len(shape)), keepdims=int(d.flag()), select_last_index=int(d.flag()))


@of("Softmax", "LogSoftmax", "Hardmax")
def softmax(d, op):
    shape = d.shape(1, 4, empty=False)
    return Case([d.tensor(shape)], axis=d.axis(len(shape)), opset=20)


@of("CumSum")
def cumsum(d, op):
    shape = d.shape(1, 4)
    return Case([d.tensor(shape, d.one(F32, I64, I32)), Fixed(np.array(d.axis(len(shape)), I64))],
                exclusive=int(d.flag()), reverse=int(d.flag()))


@of("MatMul")
def matmul(d, op):
    m, k, n = d.integer(1, 6), d.integer(1, 6), d.integer(1, 6)
    batch_a, batch_b = d.broadcast()
    a = batch_a[:2] + [m, k] if d.integer(0, 4) else [k]
    b = batch_b[:2] + [k, n] if d.integer(0, 4) else [k]
    if len(a) > 2 and len(b) > 2:
        rank = min(len(a), len(b)) - 2
        b = b[:-2][:len(b) - 2 - rank] + [x if d.flag() else 1 for x in a[len(a) - 2 - rank:-2]] + b[-2:]
    dtype = d.one(F32, F64, I32)
    return Case([d.tensor(a, dtype), fixed_or_not(d, d.tensor(b, dtype))])


@of("Gemm")
def gemm(d, op):
    m, k, n, ta, tb = d.integer(1, 6), d.integer(1, 6), d.integer(1, 6), d.flag(), d.flag()
    c = d.one(None, [m, n], [n], [m, 1], [1], [])
    return Case([d.tensor([k, m] if ta else [m, k]), fixed_or_not(d, d.tensor([n, k] if tb else [k, n])),
                 None if c is None else d.tensor(c)], transA=int(ta), transB=int(tb), alpha=d.one(1.0, 0.5),
                beta=d.one(1.0, 0.25))


@of("Einsum")
def einsum(d, op):
    equation, *ranks = d.one(("ij,jk->ik", "ij", "jk"), ("bij,bjk->bik", "bij", "bjk"), ("...ij->...ji", "abij"),
                             ("bhqd,bhkd->bhqk", "bhqd", "bhkd"), ("ii->i", "ii"), ("ij->", "ij"), ("ij,ij", "ij", "ij"),
                             ("i,j->ij", "i", "j"), ("bij,kj->bik", "bij", "kj"), ("bnm,bmv,k->bnvk", "bnm", "bmv", "k"),
                             ("ij,jk,kl->il", "ij", "jk", "kl"), ("b...i,b...i->b...", "bxi", "bxi"))
    sizes = {}
    return Case([d.tensor([sizes.setdefault(c, d.integer(1, 5)) for c in r]) for r in ranks], equation=equation)


def window(d, rank, size):
    """kernel, strides, dilations, pads or auto_pad that fit `size`."""
    kernel = [d.integer(1, 3) for _ in range(rank)]
    attrs = {"strides": [d.integer(1, 3) for _ in range(rank)]}
    if d.integer(0, 3):
        attrs["dilations"] = [d.integer(1, 2) for _ in range(rank)]
        attrs["pads"] = [d.integer(0, k - 1) for k in kernel + kernel]
    else:
        attrs["auto_pad"] = d.one("SAME_UPPER", "SAME_LOWER", "VALID")
    return kernel, attrs


@of("Conv")
def conv(d, op):
    rank, group = d.integer(1, 3), d.integer(1, 2)
    channels, filters = group * d.integer(1, 3), group * d.integer(1, 9)
    kernel, attrs = window(d, rank, 7)
    x = d.tensor([d.integer(1, 2), channels] + [d.integer(5, 8) for _ in range(rank)])
    w = d.tensor([filters, channels // group] + kernel)
    return Case([x, fixed_or_not(d, w), d.tensor([filters]) if d.flag() else None], group=group, kernel_shape=kernel, by_runtime=True,
                **attrs)


@of("ConvTranspose")
def conv_transpose(d, op):
    channels, filters = d.integer(1, 3), d.integer(1, 3)
    rank, group = d.integer(1, 3), d.integer(1, 2)
    kernel, attrs = window(d, rank, 5)
    channels *= group
    x = d.tensor([d.integer(1, 2), channels] + [d.integer(3, 5) for _ in range(rank)])
    if attrs.get("auto_pad", "").startswith("SAME"):  # else ONNX Runtime gives less than input times stride
        attrs["strides"] = [min(s, k) for s, k in zip(attrs["strides"], kernel)]
    if d.flag():
        attrs["output_padding"] = [d.integer(0, s - 1) for s in attrs["strides"]]
    bias = d.tensor([filters * group]) if d.flag() else None
    return Case([x, fixed_or_not(d, d.tensor([channels, filters] + kernel)), bias], kernel_shape=kernel, group=group,
                by_runtime=True, **attrs)


@of("MaxPool", "AveragePool")
def pool(d, op):
    rank = d.integer(1, 3)
    kernel, attrs = window(d, rank, 7)
    if op == "AveragePool":
        attrs["count_include_pad"] = int(d.flag())
    x = d.tensor([d.integer(1, 2), d.integer(1, 3)] + [d.integer(5, 8) for _ in range(rank)])
    return Case([x], kernel_shape=kernel, ceil_mode=int(d.flag() and "pads" in attrs), by_runtime=True, **attrs)


@of("LpPool")
def lp_pool(d, op):
    kernel, attrs = window(d, 2, 7)
    x = d.tensor([1, d.integer(1, 3), d.integer(5, 8), d.integer(5, 8)])
    return Case([x], kernel_shape=kernel, p=d.integer(1, 3), by_runtime=True, **attrs)


@of("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(d, op):
    return Case([d.tensor(d.shape(3, 5, empty=False))], by_runtime=True)


@of("LRN")
def lrn(d, op):
    x = d.tensor([1, d.integer(1, 7), d.integer(1, 4), d.integer(1, 4)])
    return Case([x], size=d.one(1, 3, 5), alpha=d.one(1e-4, 0.5), beta=d.one(0.5, 0.75), bias=d.one(1.0, 2.0), by_runtime=True)


@of("MeanVarianceNormalization")
def mean_variance(d, op):
    axes = sorted(int(a) for a in d.rng.permutation(4)[:d.integer(1, 3)])
    return Case([d.tensor(d.shape(4, 4, empty=False))], axes=axes, opset=13)


@of("LayerNormalization", "RMSNormalization")
def layer_norm(d, op):
    shape = d.shape(1, 4, empty=False)
    axis = d.axis(len(shape))
    tail = shape[axis:]
    inputs = [d.tensor(shape), d.tensor(tail)]
    if op == "LayerNormalization" and d.flag():
        inputs.append(d.tensor(tail))
    return Case(inputs, axis=axis, epsilon=d.one(1e-5, 1e-3), opset=23)


@of("BatchNormalization")
def batch_norm(d, op):
    shape = d.shape(2, 4, empty=False)
    per = lambda low: fixed_or_not(d, d.tensor([shape[1]], F32, low, 2))
    return Case([d.tensor(shape), per(-2), per(-2), per(-2), per(0.1)], epsilon=d.one(1e-5, 1e-3))


@of("InstanceNormalization", "GroupNormalization")
def instance_norm(d, op):
    groups = d.integer(1, 2)
    shape = [d.integer(1, 2), groups * d.integer(1, 3)] + d.shape(1, 2, empty=False)
    attrs = {"num_groups": groups} if op == "GroupNormalization" else {}
    return Case([d.tensor(shape), d.tensor([shape[1]]), d.tensor([shape[1]])], opset=21, **attrs)


@of("LpNormalization")
def lp_norm(d, op):
    shape = d.shape(1, 4, empty=False)
    p = d.integer(1, 2)  # the reference takes no absolute values
    return Case([d.tensor(shape, F32, 0.1 if p == 1 else -3, 3)], axis=d.axis(len(shape)), p=p)


@of("Transpose")
def transpose(d, op):
    shape = d.shape(0, 5)
    attrs = {"perm": [int(i) for i in d.rng.permutation(len(shape))]} if shape and d.flag() else {}
    return Case([d.tensor(shape, d.one(F32, I64, BOOL))], **attrs)


@of("Reshape")
def reshape(d, op):
    shape = d.shape(0, 4)
    target = [int(i) for i in d.rng.permutation(shape)] if shape else [1]
    if 0 not in shape and d.flag():
        target[d.integer(0, len(target) - 1)] = -1
    return Case([d.tensor(shape, d.one(F32, I64)), Fixed(ints(*target))], allowzero=int(0 in shape))


@of("Flatten")
def flatten(d, op):
    shape = d.shape(1, 4)
    return Case([d.tensor(shape)], axis=d.integer(-len(shape), len(shape)))


@of("Squeeze", "Unsqueeze")
def squeeze(d, op):
    shape = d.shape(0, 3)
    count = d.integer(1, 2)
    axes = sorted(int(a) for a in d.rng.permutation(len(shape) + count)[:count])
    full = list(shape)
    for a in axes:
        full.insert(a, 1)
    given = [a - len(full) if d.flag() else a for a in axes]
    return Case([d.tensor(full if op == "Squeeze" else shape), Fixed(ints(*given))])


@of("Expand")
def expand(d, op):
    a, b = d.broadcast()
    return Case([d.tensor(a, d.one(F32, I64, BOOL)), Fixed(ints(*b))])


@of("Tile")
def tile(d, op):
    shape = d.shape(1, 4)
    return Case([d.tensor(shape), Fixed(ints(*[d.integer(0 if d.integer(0, 5) == 0 else 1, 3) for _ in shape]))])


@of("Concat")
def concat(d, op):
    shape = d.shape(1, 4)
    axis = d.axis(len(shape))
    parts = []
    for _ in range(d.integer(1, 4)):
        own = list(shape)
        own[axis] = d.integer(0, 3)
        parts.append(fixed_or_not(d, d.tensor(own)) if parts else d.tensor(own))
    return Case(parts, axis=axis)


@of("Split")
def split(d, op):
    shape = d.shape(1, 4, empty=False)
    axis, count = d.axis(len(shape)), d.integer(1, 3)
    sizes = [d.integer(0, 3) for _ in range(count)]
    if d.flag():
        shape[axis] = sum(sizes)
        return Case([d.tensor(shape), Fixed(ints(*sizes))], outputs=count, axis=axis)
    shape[axis] = count * 2
    return Case([d.tensor(shape)], outputs=count, axis=axis, num_outputs=count)


@of("Slice")
def cut(d, op):
    shape = d.shape(1, 4)
    axes = d.axes(len(shape), least=1)
    steps = [d.one(1, 1, 2, -1, -2) for _ in axes]
    edge = lambda: d.one(d.integer(-6, 6), d.integer(-6, 6), 2**31, -2**31, 2**63 - 1)
    # Backwards from before the first element there is one element in ONNX, none in NumPy and so in the reference.
    starts, ends = [max(edge(), -shape[a]) if s < 0 else edge() for a, s in zip(axes, steps)], [edge() for _ in axes]
    return Case([d.tensor(shape)] + [Fixed(ints(*v)) for v in (starts, ends, axes, steps)])


@of("Pad")
def pad(d, op):
    shape = d.shape(1, 4, empty=False)
    mode = d.one("constant", "reflect", "edge", "wrap")
    most = lambda i: 3 if mode in ("constant", "edge") else shape[i] - (mode == "reflect")
    pads = [d.integer(0, max(0, min(3, most(i)))) for i in list(range(len(shape))) * 2]
    value = Fixed(np.array(1.5, F32)) if mode == "constant" and d.flag() else None
    return Case([d.tensor(shape), Fixed(ints(*pads)), value], mode=mode)


@of("Trilu")
def trilu(d, op):
    shape = d.shape(2, 4)
    return Case([d.tensor(shape, d.one(F32, I64)), fixed_or_not(d, np.array(d.integer(-4, 4), I64))], upper=int(d.flag()))


@of("DepthToSpace", "SpaceToDepth")
def blocks(d, op):
    k = d.integer(1, 3)
    b, c, h, w = (d.integer(1, 3) for _ in range(4))
    if op == "DepthToSpace":
        return Case([d.tensor([b, c * k * k, h, w])], blocksize=k, mode=d.one("DCR", "CRD"))
    return Case([d.tensor([b, c, h * k, w * k])], blocksize=k)


def indices(d, shape, dim, dtype=I64):
    return d.tensor(shape, dtype, -dim, dim - 1)


@of("Gather")
def gather(d, op):
    shape = d.shape(1, 4, empty=False)
    axis = d.axis(len(shape))
    return Case([d.tensor(shape, d.one(F32, I64)), fixed_or_not(d, indices(d, d.shape(0, 2), shape[axis], d.one(I64, I32)))],
                axis=axis)


@of("GatherElements")
def gather_elements(d, op):
    shape = d.shape(1, 4, empty=False)
    axis = d.axis(len(shape))
    own = [d.integer(1, n) for n in shape]
    own[axis] = d.integer(1, 4)
    return Case([d.tensor(shape), fixed_or_not(d, indices(d, own, shape[axis]))], axis=axis)


@of("GatherND")
def gather_nd(d, op):
    shape = d.shape(2, 4, empty=False)
    batch = d.integer(0, len(shape) - 1)
    depth = d.integer(1, len(shape) - batch)
    lead = shape[:batch] + d.shape(0, 2, empty=False)
    index = np.stack([indices(d, lead, n) for n in shape[batch:batch + depth]], axis=-1)
    return Case([d.tensor(shape), fixed_or_not(d, index)], batch_dims=batch)


@of("ScatterElements")
def scatter_elements(d, op):
    shape = d.shape(1, 4, empty=False)
    axis = d.axis(len(shape))
    own = [d.integer(1, n) for n in shape]
    reduction = d.one("none", "add", "mul", "max", "min")
    index = np.argsort(d.rng.random(own), axis=axis) if reduction == "none" else indices(d, own, shape[axis])
    return Case([d.tensor(shape), fixed_or_not(d, index.astype(I64)), d.tensor(own)], axis=axis, reduction=reduction)


@of("ScatterND")
def scatter_nd(d, op):
    shape = d.shape(1, 4, empty=False)
    depth = d.integer(1, len(shape))
    reduction = d.one("none", "add", "mul", "max", "min")
    count = d.integer(1, 4)
    index = np.stack([d.rng.integers(0, n, count) for n in shape[:depth]], axis=-1)
    if reduction == "none":
        index = np.unique(index, axis=0)
    return Case([d.tensor(shape), fixed_or_not(d, index.astype(I64)), d.tensor([len(index)] + shape[depth:])],
                reduction=reduction)


@of("OneHot")
def one_hot(d, op):
    shape, depth = d.shape(1, 3), d.integer(1, 5)
    return Case([indices(d, shape, depth), Fixed(np.array(depth, I64)), d.tensor([2])], axis=d.axis(len(shape) + 1))


@of("TopK")
def top_k(d, op):
    shape = d.shape(1, 4, empty=False)
    axis = d.axis(len(shape))
    x = d.rng.permutation(int(np.prod(shape))).reshape(shape).astype(d.one(F32, I64))
    return Case([x, Fixed(ints(d.integer(1, shape[axis])))], outputs=2, axis=axis, largest=int(d.flag()))


@of("Shape")
def shape_of(d, op):
    return Case([d.tensor(d.shape())], start=d.integer(-3, 3))


@of("Size", "NonZero")
def size_of(d, op):
    return Case([d.tensor(d.shape()) if op == "Size" else Fixed(d.tensor(d.shape(1, 3, empty=False), BOOL))])


@of("Range")
def spread(d, op):
    dtype = d.one(F32, I64, I32)
    return Case([Fixed(np.array(v, dtype)) for v in (d.integer(-3, 3), d.integer(-3, 9), d.one(1, 2, -1))])


@of("ConstantOfShape")
def constant_of_shape(d, op):
    value = numpy_helper.from_array(np.array([d.integer(0, 3)], d.one(F32, I64, BOOL)))
    return Case([Fixed(ints(*d.shape()))], value=value)


@of("Dropout")
def dropout(d, op):
    return Case([d.tensor(d.shape())], opset=13)


@of("EyeLike")
def eye_like(d, op):
    return Case([d.tensor(d.shape(2, 2))], k=d.integer(-2, 2))


@of("Resize")
def resize(d, op):
    shape = [1, d.integer(1, 2), d.integer(2, 6), d.integer(2, 6)]
    scales = np.array([1, 1, d.one(0.5, 0.6, 1.0, 2.0, 2.5), d.one(0.5, 0.8, 1.0, 2.0, 3.0)], F32)
    mode = d.one("nearest", "linear", "cubic")
    attrs = {"coordinate_transformation_mode": d.one("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel")}
    if mode == "nearest":
        attrs["nearest_mode"] = d.one("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    elif d.flag():
        attrs["exclude_outside"] = int(mode == "cubic")
    return Case([d.tensor(shape), None, Fixed(scales)], mode=mode, **attrs)


@of("DFT")
def dft(d, op):
    shape = d.shape(1, 3, empty=False)
    x = d.tensor([1] + shape + [d.one(1, 2)])
    onesided = int(x.shape[-1] == 1 and d.flag())
    return Case([x, None, Fixed(np.array(d.integer(1, len(shape)), I64))], onesided=onesided)


@of("RNN", "GRU", "LSTM")
def recurrent(d, op):
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[op]
    steps, batch, width, size = (d.integer(1, 4) for _ in range(4))
    direction = d.one("forward", "reverse", "bidirectional")
    k = 2 if direction == "bidirectional" else 1
    maybe = lambda tensor: tensor if d.flag() else None
    states = [maybe(d.tensor([k, batch, size])) for _ in range(2 if op == "LSTM" else 1)]
    inputs = [d.tensor([steps, batch, width]), fixed_or_not(d, d.tensor([k, gates * size, width])),
              fixed_or_not(d, d.tensor([k, gates * size, size])), maybe(d.tensor([k, 2 * gates * size])),
              maybe(d.tensor([batch], I32, 1, steps)), *states]
    attrs = {"linear_before_reset": int(d.flag())} if op == "GRU" else {}
    if op == "LSTM":
        inputs.append(maybe(d.tensor([k, 3 * size])))
    elif d.flag():
        attrs["activations"] = (["Relu"] if op == "RNN" else ["HardSigmoid", "Softsign"]) * k
    return Case(inputs, outputs=3 if op == "LSTM" else 2, hidden_size=size, direction=direction, opset=14, by_runtime=True, **attrs)


@of("QuantizeLinear", "DequantizeLinear")
def quantize(d, op):
    shape, dtype = d.shape(1, 4, empty=False), d.one(I8, U8)
    axis, per_axis = d.axis(len(shape)), d.flag()
    own = [shape[axis]] if per_axis else []
    x = d.tensor(shape, F32, -20, 20) if op == "QuantizeLinear" else d.tensor(shape, dtype, 0, 100)
    inputs = [x, d.tensor(own, F32, 0.1, 2), d.tensor(own, dtype, 0, 9)]
    return Case(inputs, axis=axis if per_axis else 0, opset=13, by_runtime=True)


@of("DynamicQuantizeLinear")
def dynamic_quantize(d, op):
    return Case([d.tensor(d.shape(1, 3, empty=False))], outputs=3, by_runtime=True)


@of("MatMulInteger")
def matmul_integer(d, op):
    m, k, n = d.integer(1, 6), d.integer(1, 6), d.integer(1, 6)
    inputs = [d.tensor([2, m, k] if d.flag() else [m, k], U8, 0, 200), fixed_or_not(d, d.tensor([k, n], U8, 0, 200))]
    if d.flag():
        inputs += [d.tensor([], U8, 0, 9), d.tensor([], U8, 0, 9)]
    return Case(inputs, opset=10, by_runtime=True)


@of("ConvInteger")
def conv_integer(d, op):
    kernel, attrs = window(d, 2, 7)
    x, w = d.tensor([1, 2, d.integer(5, 8), 6], U8, 0, 200), d.tensor([d.integer(1, 9), 2] + kernel, U8, 0, 200)
    return Case([x, w] + ([d.tensor([], U8, 0, 9)] if d.flag() else []), kernel_shape=kernel, opset=10, by_runtime=True, **attrs)


@of("GridSample")
def grid_sample(d, op):
    rank = d.integer(2, 3)
    mode = d.one("linear", "nearest", "cubic") if rank == 2 else d.one("linear", "nearest")
    x = d.tensor([d.integer(1, 2), d.integer(1, 2)] + [d.integer(1, 5) for _ in range(rank)])
    grid = d.tensor([x.shape[0]] + [d.integer(1, 4) for _ in range(rank)] + [rank], F32, -1.5, 1.5)
    return Case([x, grid], mode=mode, padding_mode=d.one("zeros", "border", "reflection"), align_corners=int(d.flag()),
                by_runtime=True)


@of("RoiAlign")
def roi_align(d, op):
    x, count = d.tensor([2, d.integer(1, 2), 6, 7]), d.integer(1, 3)
    corners = np.sort(d.tensor([count, 2, 2], F32, 0, 6), axis=1).reshape(count, 4)
    return Case([x, corners, d.tensor([count], I64, 0, 1)], output_height=d.integer(1, 3), output_width=d.integer(1, 3),
                sampling_ratio=d.integer(0, 2), spatial_scale=d.one(1.0, 0.5), opset=16, by_runtime=True,
                coordinate_transformation_mode=d.one("half_pixel", "output_half_pixel"))


@of("ReverseSequence")
def reverse_sequence(d, op):
    shape, time = d.shape(2, 4, empty=False), d.integer(0, 1)
    lengths = d.tensor([shape[1 - time]], I64, 1, shape[time])
    return Case([d.tensor(shape), lengths], time_axis=time, batch_axis=1 - time, by_runtime=True)


@of("Det")
def determinant(d, op):
    n = d.integer(1, 5)
    return Case([d.tensor(d.shape(0, 2, empty=False) + [n, n])])


@of("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(d, op):
    n, c = d.integer(1, 4), d.integer(1, 5)
    rest = d.shape(0, 2, empty=False)
    weight = d.tensor([c], F32, 0.1, 2) if d.flag() else None
    return Case([d.tensor([n, c] + rest), d.tensor([n] + rest, I64, 0, c - 1), weight],
                reduction=d.one("none", "sum", "mean"), opset=13)


@of("RotaryEmbedding")
def rotary(d, op):
    batch, heads, length, size = d.integer(1, 2), d.integer(1, 3), d.integer(1, 5), 2 * d.integer(1, 4)
    flat = d.flag()
    x = d.tensor([batch, length, heads * size] if flat else [batch, heads, length, size])
    rotated = d.one(0, 2 * d.integer(1, size // 2))
    half = (rotated or size) // 2
    attrs = {"interleaved": int(d.flag()), "rotary_embedding_dim": rotated}
    if flat:
        attrs["num_heads"] = heads
    if d.flag():
        return Case([x, d.tensor([batch, length, half], F32, -1, 1), d.tensor([batch, length, half], F32, -1, 1)], opset=23, **attrs)
    return Case([x, d.tensor([9, half], F32, -1, 1), d.tensor([9, half], F32, -1, 1), d.tensor([batch, length], I64, 0, 8)],
                opset=23, **attrs)


# --- Writing ------------------------------------------------------------------------------------------------------
def model_of(op, case):
    names, graph_inputs, constants, values = [], [], [], []
    for i, value in enumerate(case.inputs):
        name = f"x{i}"
        if value is None:
            names.append("")
            continue
        names.append(name)
        if isinstance(value, Fixed):
            constants.append(numpy_helper.from_array(value.value, name))
            continue
        graph_inputs.append(helper.make_tensor_value_info(name, TYPES[value.dtype], value.shape))
        values.append(value)
    while names and not names[-1]:
        names.pop()
    outputs = [f"y{i}" for i in range(case.outputs)]
    attrs = {k: v for k, v in case.attrs.items() if not (isinstance(v, list) and not v)}
    node = helper.make_node(op, names, outputs, name=op.lower(), **attrs)
    graph = helper.make_graph([node], op, graph_inputs, [helper.make_empty_tensor_value_info(o) for o in outputs], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", case.opset)], ir_version=8)
    return model, values


def write(folder, op, index, case):
    """False where the reference does not take the case."""
    model, values = model_of(op, case)
    quiet = SessionOptions()
    quiet.log_severity_level = 4
    feeds = {i.name: v for i, v in zip(model.graph.input, values)}
    try:
        if case.by_runtime:
            results = InferenceSession(model.SerializeToString(), quiet).run(None, feeds)
        else:
            results = ReferenceEvaluator(model).run(None, feeds)
    except Exception:
        return False
    typed = [helper.make_tensor_value_info(o.name, helper.np_dtype_to_tensor_dtype(np.asarray(r).dtype), np.asarray(r).shape)
             for o, r in zip(model.graph.output, results)]
    del model.graph.output[:]
    model.graph.output.extend(typed)
    data = folder / "reference" / f"{op}_{index}" / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, data.parent / "model.onnx")
    for kind, tensors in (("input", values), ("output", results)):
        for i, tensor in enumerate(tensors):
            (data / f"{kind}_{i}.pb").write_bytes(numpy_helper.from_array(np.asarray(tensor)).SerializeToString())
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    written, refused = 0, {}
    for op, draw in table.items():
        if options.only and op != options.only:
            continue
        for index in range(options.count):
            case = draw(Draw([options.seed, index, *op.encode()]))
            if write(options.folder, op, index, case):
                written += 1
            else:
                refused[op] = refused.get(op, 0) + 1
    print(f"{written} cases of {len(table)} operators, seed {options.seed}; not taken by the reference: {refused}")
    return 0 if written else 1


if __name__ == "__main__":
    sys.exit(main())
