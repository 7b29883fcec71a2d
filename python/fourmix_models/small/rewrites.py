# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks that are rewritten, and what they are then."""
import copy
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from fourmix_models.fnet import Embeddings, Fourier, Layer
from fourmix_models.small.blocks import Attention, Encoder, MaskedEncoder, PreNormLayer, ids, padded, tokens


class FourierInstead(nn.Module):
    """FNet's mixing in the place of an attention, times `scale`; value and output projection of the attention may stay."""

    def __init__(self, attention, value, output, scale, bias):
        super().__init__()
        self.value = attention.value if value else nn.Identity()
        self.out, self.scale, self.bias = attention.out if output else nn.Identity(), scale, bias

    def forward(self, x, mask=None):
        return self.out(Fourier()(self.value(x)) * self.scale + self.bias)


def rewritten(module, layers, value=False, output=False, scale=1.0, bias=0.0):
    """The same network with Fourier mixing in some layers, which is what --attention-to-fourier promises."""
    module = copy.deepcopy(module)
    for layer in layers:
        module.layers[layer].mix = FourierInstead(module.layers[layer].mix, value, output, scale, bias)
    return module


def rewrite_encoder():
    scale, bias = torch.linspace(-0.1, 0.2, 24), torch.linspace(1, -1, 24)
    layers = [Layer(24, 56, Attention(24, 3)), PreNormLayer(24, 40, Attention(24, 4, eager=True), nn.ReLU()),
              Layer(24, 56, Attention(24, 3))]
    twins = {"outputs_first_two": lambda m: rewritten(m, [0, 1]),
             "outputs_kept": lambda m: rewritten(m, [0, 2], value=True, output=True, scale=1 / math.sqrt(14 * 24)),
             "outputs_calibrated": lambda m: rewritten(m, [1], output=True, scale=scale, bias=bias),
             "calibration": {"layer1.scale": scale.numpy(), "layer1.bias": bias.numpy()}}
    return Encoder(14, 24, layers), tokens(2, 14), {}, twins


def rewrite_masked():
    twins = {"outputs_all": lambda m: rewritten(m, [0, 1])}
    return MaskedEncoder(12, 20, 4, 30, 2), padded(2, 12), {}, twins


class SharpAttention(Attention):
    """Attention that prefers few tokens, as trained ones do. kind: how a mask is said, or "causal"."""

    def __init__(self, hidden, heads, kind):
        super().__init__(hidden, heads)
        self.kind = kind
        with torch.no_grad():
            self.query.weight *= 4
            self.key.weight *= 4

    def core(self, x, mask):
        q, k = (f(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for f in (self.query, self.key))
        v = self.values(x)
        if self.kind == "causal":
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        if self.kind == "mask":
            return F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :] > 0)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + (1.0 - mask[:, None, None, :].to(x.dtype)) * -10000.0
        return F.softmax(scores, -1) @ v

    def values(self, x):
        return self.value(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x, mask):
        return self.out(self.core(x, mask).transpose(1, 2).flatten(2))


class Gated(SharpAttention):
    """The same with gated attention inside, which is what --attention-to-gated promises; parameters as in its files."""

    def __init__(self, attention, parameters):
        nn.Module.__init__(self)
        self.heads, self.kind, self.value, self.out = attention.heads, attention.kind, attention.value, attention.out
        self.parameters_ = parameters

    def core(self, x, mask):
        gate, kernel, *mixture = (torch.from_numpy(p).to(x.dtype) for p in self.parameters_)
        n = x.shape[1]
        place = torch.arange(n)
        distance = place[None, :] - place[:, None]
        weights = kernel.exp()[..., distance % n if kernel.shape[-1] == n else distance + n - 1]
        weights = weights * torch.einsum("bnd,rhd->brhn", x, gate).exp()[..., None, :]
        weights = weights * ((distance <= 0) if self.kind == "causal" else mask[:, None, None, None, :])
        weights = weights / weights.sum(-1, keepdim=True)
        if mixture:
            shares = torch.einsum("bnd,rhd->brhn", x, mixture[0]) + mixture[1][..., None]
            weights = weights * shares.softmax(1)[..., None]
        return weights.sum(1) @ self.values(x)


class SharpEncoder(nn.Module):
    def __init__(self, n, d, kinds):
        super().__init__()
        self.embeddings = Embeddings(53, n, d)
        self.layers = nn.ModuleList([Layer(d, 30, SharpAttention(d, 4, kind), nn.GELU()) for kind in kinds])

    def forward(self, ids, mask):
        x = self.embeddings(ids)
        for layer in self.layers:
            h = layer.mix_norm(x + layer.mix(x, mask))
            x = layer.norm(h + layer.down(layer.activation(layer.up(h))))
        weights = mask.unsqueeze(-1).to(x.dtype)
        return (x * weights).sum(1) / weights.sum(1)


def rewrite_gated():
    n, d, heads = 12, 20, 4
    random = np.random.default_rng(17)
    arrays = {}
    for layer, (components, taps) in enumerate([(1, n), (3, 2 * n - 1), (2, 2 * n - 1)]):
        shapes = [("gate", (components, heads, d)), ("kernel", (components, heads, taps))]
        shapes += [("mix", (components, heads, d)), ("mix_bias", (components, heads))] if components > 1 else []
        arrays.update({f"layer{layer}.{name}": random.normal(0, 0.7, shape).astype("f4") for name, shape in shapes})

    def gated(module):
        module = copy.deepcopy(module)
        for i, layer in enumerate(module.layers):
            layer.mix = Gated(layer.mix, [array for name, array in arrays.items() if name.startswith(f"layer{i}.")])
        return module

    mask = (np.arange(n) < random.integers(4, n + 1, (160, 1))).astype(np.int64)
    samples = {"ids": random.integers(1, 53, (160, n)) * mask, "mask": mask}
    twins = {"outputs_gated": gated, "calibration": arrays, "samples": samples}
    return SharpEncoder(n, d, ["bias", "mask", "causal"]), padded(3, n), {}, twins


MODELS = [rewrite_encoder, rewrite_masked, rewrite_gated]
