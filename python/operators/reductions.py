"""Reductions, softmaxes and what else runs along an axis.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import numpy as np

from .draw import F32, F64, I32, I64, Case, Fixed, ints, of


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


@of("TopK")
def top_k(d, op):
    shape = d.shape(1, 4, empty=False)
    axis = d.axis(len(shape))
    x = d.rng.permutation(int(np.prod(shape))).reshape(shape).astype(d.one(F32, I64))
    return Case([x, Fixed(ints(d.integer(1, shape[axis])))], outputs=2, axis=axis, largest=int(d.flag()))
