"""Quantisation.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
from .draw import F32, I8, U8, Case, of


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
