# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Blocks and inputs of the small networks."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from fourmix_models.fnet import Embeddings, Layer


class Lambda(nn.Module):
    """A function of one tensor as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class PreNormLayer(nn.Module):
    """h = x + mix(LN(x)); h + FF(LN(h)): the order that FNet does not use."""

    def __init__(self, hidden, inner, mix, activation):
        super().__init__()
        self.mix, self.activation = mix, activation
        self.mix_norm, self.norm = nn.LayerNorm(hidden, 1e-5), nn.LayerNorm(hidden, 1e-5)
        self.up, self.down = nn.Linear(hidden, inner), nn.Linear(inner, hidden)

    def forward(self, x):
        h = x + self.mix(self.mix_norm(x))
        return h + self.down(self.activation(self.up(self.norm(h))))


class Attention(nn.Module):
    """Multi-head self-attention. eager: in pieces, masked by adding -10000; otherwise PyTorch's own, unmasked."""

    def __init__(self, hidden, heads, eager=False):
        super().__init__()
        self.heads, self.eager = heads, eager
        self.query, self.key, self.value, self.out = (nn.Linear(hidden, hidden) for _ in range(4))

    def forward(self, x, mask=None):
        batch, n, d = x.shape
        q, k, v = (f(x).view(batch, n, self.heads, d // self.heads).permute(0, 2, 1, 3)
                   for f in (self.query, self.key, self.value))
        if self.eager:
            scores = q @ k.transpose(-1, -2) / math.sqrt(d // self.heads)
            if mask is not None:
                scores = scores + (1.0 - mask[:, None, None, :].to(x.dtype)) * -10000.0
            y = F.softmax(scores, -1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.permute(0, 2, 1, 3).reshape(batch, n, d))


class Encoder(nn.Module):
    """Embeddings, layers, and a pooling function of [batch, sequence, hidden] before a dense head (none: the sequence)."""

    def __init__(self, n, d, layers, vocabulary=53, pool=None, classes=3):
        super().__init__()
        self.embeddings, self.layers, self.pool = Embeddings(vocabulary, n, d), nn.ModuleList(layers), pool
        self.head = nn.Linear(d, classes) if pool else None

    def forward(self, ids):
        x = self.embeddings(ids)
        for layer in self.layers:
            x = layer(x)
        return self.head(self.pool(x)) if self.pool else x


class MaskedEncoder(nn.Module):
    """A BERT-like encoder with eager attention and a padding mask; hidden states and a pooled first token."""

    def __init__(self, n, d, heads, inner, depth):
        super().__init__()
        self.embeddings, self.depth = Embeddings(53, n, d), depth
        self.layers = nn.ModuleList([Layer(d, inner, Attention(d, heads, eager=True), nn.GELU()) for _ in range(depth)])
        self.pooler = nn.Linear(d, d)

    def forward(self, ids, mask):
        x = self.embeddings(ids)
        for layer in self.layers:
            h = layer.mix_norm(x + layer.mix(x, mask))
            x = layer.norm(h + layer.down(layer.activation(layer.up(h))))
        return x, torch.tanh(self.pooler(x[:, 0]))


def ids(batch, n, vocabulary=53):
    return torch.randint(1, vocabulary, (batch, n), generator=torch.Generator().manual_seed(11))


def tokens(batch, n, vocabulary=53):
    return {"ids": ids(batch, n, vocabulary)}


def padded(batch, n):
    """ids and a mask whose last rows are shorter."""
    mask = torch.ones(batch, n, dtype=torch.int64)
    for row in range(1, batch):
        mask[row, n - 3 * row:] = 0
    return {"ids": ids(batch, n) * mask, "mask": mask}


def states(*shape):
    return {"x": torch.randn(*shape, generator=torch.Generator().manual_seed(12))}
