"""Resampling and transforms.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import numpy as np

from .draw import F32, I64, Case, Fixed, of


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
