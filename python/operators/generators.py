"""Shapes, ranges and constants.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import numpy as np
from onnx import numpy_helper

from .draw import BOOL, F32, I32, I64, Case, Fixed, ints, of


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
