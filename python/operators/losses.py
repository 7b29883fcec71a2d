"""Losses.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
from .draw import F32, I64, Case, of


@of("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(d, op):
    n, c = d.integer(1, 4), d.integer(1, 5)
    rest = d.shape(0, 2, empty=False)
    weight = d.tensor([c], F32, 0.1, 2) if d.flag() else None
    return Case([d.tensor([n, c] + rest), d.tensor([n] + rest, I64, 0, c - 1), weight],
                reduction=d.one("none", "sum", "mean"), opset=13)
