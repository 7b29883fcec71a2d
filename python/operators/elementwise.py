"""Operators of one element at a time.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import numpy as np

from .draw import BOOL, F32, F64, I32, I64, TYPES, Case, Fixed, fixed_or_not, of


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
