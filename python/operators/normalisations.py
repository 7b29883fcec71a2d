"""Normalisations.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
from .draw import F32, Case, fixed_or_not, of


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
