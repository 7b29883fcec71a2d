"""How random cases are drawn, and the table that says so per operator.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import numpy as np

F32, F64, I64, I32, I8, U8, BOOL = np.float32, np.float64, np.int64, np.int32, np.int8, np.uint8, np.bool_
TYPES = {np.dtype(F32): 1, np.dtype(F64): 11, np.dtype(I64): 7, np.dtype(I32): 6, np.dtype(I8): 3, np.dtype(U8): 2,
         np.dtype(BOOL): 9}


class Draw:
    """Random choices of one case."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def one(self, *of):
        return of[self.rng.integers(len(of))]

    def flag(self):
        return bool(self.rng.integers(2))

    def integer(self, low, high):
        """low <= result <= high"""
        return int(self.rng.integers(low, high + 1))

    def shape(self, low=0, high=4, empty=True):
        dims = [self.integer(1, 5) for _ in range(self.integer(low, high))]
        if empty and dims and self.integer(0, 9) == 0:
            dims[self.integer(0, len(dims) - 1)] = 0
        return dims

    def tensor(self, shape, dtype=F32, low=-3, high=3):
        if dtype == BOOL:
            return self.rng.integers(0, 2, shape).astype(BOOL)
        if np.issubdtype(dtype, np.integer):
            return np.asarray(self.rng.integers(int(low), int(high) + 1, shape), dtype=dtype)
        return np.asarray(self.rng.uniform(low, high, shape), dtype=dtype)

    def axis(self, rank):
        return self.integer(-rank, rank - 1)

    def axes(self, rank, least=0):
        """Some axes in any order, some of them counted from the end."""
        count = self.integer(least, rank)
        return [int(a) - (rank if self.flag() else 0) for a in self.rng.permutation(rank)[:count]]

    def broadcast(self, count=2):
        """Shapes that broadcast together."""
        full, shapes = self.shape(), []
        for _ in range(count):
            own = [1 if self.integer(0, 3) == 0 else d for d in full]
            shapes.append(own[self.integer(0, len(own)) if self.integer(0, 2) == 0 else 0:])
        return shapes


def ints(*values):
    return np.array(values, dtype=I64)


class Case:
    """`inputs` of type Fixed are constants of the model, None is absent; the others are its inputs. `by_runtime`: ONNX
    Runtime says what is right."""

    def __init__(self, inputs, outputs=1, opset=20, by_runtime=False, **attrs):
        self.inputs, self.outputs, self.opset, self.by_runtime, self.attrs = inputs, outputs, opset, by_runtime, attrs


class Fixed:
    def __init__(self, value):
        self.value = np.asarray(value)


def fixed_or_not(d, value):
    """A constant, or an input: where both have to work."""
    return Fixed(value) if d.flag() else value


# How cases are drawn: OP -> function of Draw.
table = {}


def of(*ops):
    def add(function):
        for op in ops:
            table[op] = lambda d, op=op: function(d, op)
        return function

    return add
