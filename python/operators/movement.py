"""What moves elements and computes none.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import numpy as np

from .draw import BOOL, F32, I64, Case, Fixed, fixed_or_not, ints, of


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


@of("ReverseSequence")
def reverse_sequence(d, op):
    shape, time = d.shape(2, 4, empty=False), d.integer(0, 1)
    lengths = d.tensor([shape[1 - time]], I64, 1, shape[time])
    return Case([d.tensor(shape), lengths], time_axis=time, batch_axis=1 - time, by_runtime=True)
