"""What slides a window: convolutions and pools.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
from .draw import U8, Case, fixed_or_not, of


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


@of("ConvInteger")
def conv_integer(d, op):
    kernel, attrs = window(d, 2, 7)
    x, w = d.tensor([1, 2, d.integer(5, 8), 6], U8, 0, 200), d.tensor([d.integer(1, 9), 2] + kernel, U8, 0, 200)
    return Case([x, w] + ([d.tensor([], U8, 0, 9)] if d.flag() else []), kernel_shape=kernel, opset=10, by_runtime=True, **attrs)
