# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention with circular projections, after Optalysys, Optical Computing and Transformer Networks (2021), and its twin.

The article replaces the matrices of Q, K and V by circular convolutions: a token of k1 k2 numbers is a picture on a torus,
each head correlates it with a kernel of the same size, and the heads' results are added up. Every head has the full width
("wide" attention), since 121 = 11 x 11 is not divisible by heads. Shapes: x [batch, sequence, hidden] f32.
"""
import math

import torch
import torch.nn as nn


class DenseProjection(nn.Module):
    """A matrix per head, no bias: [batch, sequence, hidden] -> [batch, sequence, heads, hidden]."""

    def __init__(self, hidden, heads):
        super().__init__()
        self.heads, self.matrix = heads, nn.Linear(hidden, heads * hidden, bias=False)

    def forward(self, x):
        return self.matrix(x).view(*x.shape[:2], self.heads, x.shape[-1])


class CircularProjection(nn.Module):
    """A kernel of k1 x k2 = hidden numbers per head: y[i, j] = sum over a, b of w[a, b] x[(i + a) mod k1, (j + b) mod k2].

    Computed as Conv2d with one channel in over the wrapped token, as the article does. In training it is the product with
    the matrix that this is, block-circulant with circulant blocks: the same numbers and gradients, on a CPU five times as
    fast.
    """

    def __init__(self, hidden, heads, grid):
        super().__init__()
        assert grid[0] * grid[1] == hidden, (grid, hidden)
        self.grid, self.kernels = grid, nn.Parameter(torch.randn(heads, 1, *grid) / math.sqrt(hidden))

    def as_matrices(self):
        """[heads, hidden, hidden]: W[i, j] = w[j - i], both coordinates of the difference around the grid."""
        k1, k2 = self.grid
        row, column = torch.meshgrid(torch.arange(k1), torch.arange(k2), indexing="ij")
        row, column = row.flatten(), column.flatten()
        taps = (row - row[:, None]) % k1 * k2 + (column - column[:, None]) % k2
        return self.kernels.flatten(1)[:, taps]

    def forward(self, x):
        if self.training:
            return (x @ self.as_matrices().flatten(0, 1).T).unflatten(-1, (-1, x.shape[-1]))
        k1, k2 = self.grid
        token = x.reshape(-1, 1, k1, k2)
        token = torch.cat([token, token[:, :, : k1 - 1]], 2)
        token = torch.cat([token, token[:, :, :, : k2 - 1]], 3)
        y = nn.functional.conv2d(token, self.kernels)
        return y.view(*x.shape[:2], self.kernels.shape[0], x.shape[-1])


class WideAttention(nn.Module):
    """Softmax attention in which every head has the full width; scores are scaled by 1/sqrt(hidden).

    `grid`: None for dense Q, K, V and a dense output with bias; (k1, k2) for circular Q, K, V and the sum over heads.
    """

    def __init__(self, hidden, heads, grid=None):
        super().__init__()
        project = lambda: CircularProjection(hidden, heads, grid) if grid else DenseProjection(hidden, heads)
        self.query, self.key, self.value = project(), project(), project()
        self.output = None if grid else nn.Linear(heads * hidden, hidden)

    def forward(self, x):
        q, k, v = (project(x).transpose(1, 2) for project in (self.query, self.key, self.value))
        weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(x.shape[-1]), -1)
        y = weights @ v  # [batch, heads, sequence, hidden]
        return self.output(y.transpose(1, 2).flatten(2)) if self.output else y.sum(1)
