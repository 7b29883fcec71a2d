"""Products of matrices, of floats and of integers.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
from .draw import F32, F64, I32, U8, Case, fixed_or_not, of


@of("MatMul")
def matmul(d, op):
    m, k, n = d.integer(1, 6), d.integer(1, 6), d.integer(1, 6)
    batch_a, batch_b = d.broadcast()
    a = batch_a[:2] + [m, k] if d.integer(0, 4) else [k]
    b = batch_b[:2] + [k, n] if d.integer(0, 4) else [k]
    if len(a) > 2 and len(b) > 2:
        rank = min(len(a), len(b)) - 2
        b = b[:-2][:len(b) - 2 - rank] + [x if d.flag() else 1 for x in a[len(a) - 2 - rank:-2]] + b[-2:]
    dtype = d.one(F32, F64, I32)
    return Case([d.tensor(a, dtype), fixed_or_not(d, d.tensor(b, dtype))])


@of("Gemm")
def gemm(d, op):
    m, k, n, ta, tb = d.integer(1, 6), d.integer(1, 6), d.integer(1, 6), d.flag(), d.flag()
    c = d.one(None, [m, n], [n], [m, 1], [1], [])
    return Case([d.tensor([k, m] if ta else [m, k]), fixed_or_not(d, d.tensor([n, k] if tb else [k, n])),
                 None if c is None else d.tensor(c)], transA=int(ta), transB=int(tb), alpha=d.one(1.0, 0.5),
                beta=d.one(1.0, 0.25))


@of("Einsum")
def einsum(d, op):
    equation, *ranks = d.one(("ij,jk->ik", "ij", "jk"), ("bij,bjk->bik", "bij", "bjk"), ("...ij->...ji", "abij"),
                             ("bhqd,bhkd->bhqk", "bhqd", "bhkd"), ("ii->i", "ii"), ("ij->", "ij"), ("ij,ij", "ij", "ij"),
                             ("i,j->ij", "i", "j"), ("bij,kj->bik", "bij", "kj"), ("bnm,bmv,k->bnvk", "bnm", "bmv", "k"),
                             ("ij,jk,kl->il", "ij", "jk", "kl"), ("b...i,b...i->b...", "bxi", "bxi"))
    sizes = {}
    return Case([d.tensor([sizes.setdefault(c, d.integer(1, 5)) for c in r]) for r in ranks], equation=equation)


@of("MatMulInteger")
def matmul_integer(d, op):
    m, k, n = d.integer(1, 6), d.integer(1, 6), d.integer(1, 6)
    inputs = [d.tensor([2, m, k] if d.flag() else [m, k], U8, 0, 200), fixed_or_not(d, d.tensor([k, n], U8, 0, 200))]
    if d.flag():
        inputs += [d.tensor([], U8, 0, 9), d.tensor([], U8, 0, 9)]
    return Case(inputs, opset=10, by_runtime=True)


@of("Det")
def determinant(d, op):
    n = d.integer(1, 5)
    return Case([d.tensor(d.shape(0, 2, empty=False) + [n, n])])
