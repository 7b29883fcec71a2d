"""What reads and writes by index.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import numpy as np

from .draw import F32, I32, I64, Case, Fixed, fixed_or_not, of


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
