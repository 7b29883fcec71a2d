#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes test/models: small networks as real exporters write them, with inputs and float64 reference outputs.

    pip install -r python/requirements.txt
    python python/make_test_models.py test/models [NAME...]

Weights are random and seeded, every bias and norm parameter is perturbed. test/models/README.md says why each is there.
"""
import copy
import math
import os
import sys
import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from fourmix_models import export
from fourmix_models.fnet import Classifier, Embeddings, Fourier, Layer, NewGELU

warnings.filterwarnings("ignore")


class Lambda(nn.Module):
    """A function of one tensor as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class DenseFourier(nn.Module):
    """Re(F_n x F_d) with constant matrices, the sequence first: (C_n x) C_d - (S_n x) S_d."""

    def __init__(self, n, d):
        super().__init__()
        for name, size in (("n", n), ("d", d)):
            angle = 2 * np.pi * (np.outer(np.arange(size), np.arange(size)) % size) / size
            self.register_buffer("cos_" + name, torch.from_numpy(np.cos(angle)).float())
            self.register_buffer("sin_" + name, torch.from_numpy(np.sin(angle)).float())

    def forward(self, x):
        return torch.matmul(torch.matmul(self.cos_n, x), self.cos_d) - torch.matmul(torch.matmul(self.sin_n, x), self.sin_d)


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


class AnyAttention(nn.Module):
    """Projections to heads, `core(q, k, v, mask)` on [batch, heads, sequence, size], and an output projection.

    Keys and values come from `y` where it is given, and may have fewer heads and values of another size."""

    def __init__(self, hidden, heads, core, kv_heads=None, size=None, value_size=None, source=None):
        super().__init__()
        self.heads, self.kv_heads, self.core = heads, kv_heads or heads, core
        size = size or hidden // heads
        value_size, source = value_size or size, source or hidden
        self.query = nn.Linear(hidden, heads * size)
        self.key, self.value = nn.Linear(source, self.kv_heads * size), nn.Linear(source, self.kv_heads * value_size)
        self.out = nn.Linear(heads * value_size, hidden)

    def forward(self, x, y=None, mask=None):
        y = x if y is None else y
        q = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = (f(y).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2) for f in (self.key, self.value))
        return x + self.out(self.core(q, k, v, mask).transpose(1, 2).flatten(2))


class MaskedAttention(AnyAttention):
    def forward(self, x, mask):
        return super().forward(x, mask=mask)


class WindowAttention(nn.Module):
    """Swin's: attention inside windows of 4 x 4 of an 8 x 8 image, shifted by 2, with a learned relative bias."""

    def __init__(self, hidden, heads):
        super().__init__()
        self.heads, self.packed, self.out = heads, nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.table = nn.Parameter(0.3 * torch.randn(49, heads))
        place = torch.stack(torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")).flatten(1)
        distance = place[:, :, None] - place[:, None, :] + 3
        self.register_buffer("index", distance[0] * 7 + distance[1])
        region = torch.zeros(8, 8)
        for i, rows in enumerate((slice(0, -4), slice(-4, -2), slice(-2, None))):
            for j, columns in enumerate((slice(0, -4), slice(-4, -2), slice(-2, None))):
                region[rows, columns] = 3 * i + j
        region = region.view(2, 4, 2, 4).permute(0, 2, 1, 3).reshape(4, 16)
        self.register_buffer("mask", (region[:, None] != region[:, :, None]) * -100.0)

    def forward(self, x):
        batch, d = x.shape[0], x.shape[-1]
        w = torch.roll(x, (-2, -2), (1, 2)).view(batch, 2, 4, 2, 4, d).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, d)
        q, k, v = self.packed(w).reshape(-1, 16, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        s = q * (d // self.heads) ** -0.5 @ k.transpose(-2, -1)
        s = s + self.table[self.index.view(-1)].view(16, 16, -1).permute(2, 0, 1)[None]
        s = (s.view(batch, 4, self.heads, 16, 16) + self.mask[None, :, None]).view(-1, self.heads, 16, 16)
        y = self.out((torch.softmax(s, -1) @ v).transpose(1, 2).reshape(-1, 16, d))
        y = y.view(batch, 2, 2, 4, 4, d).permute(0, 1, 3, 2, 4, 5).reshape(batch, 8, 8, d)
        return x + torch.roll(y, (2, 2), (1, 2))


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


def maximum(x):
    return x.max(1).values


class FastLayer(nn.Module):
    """A Layer on half of its features, which is what --fast-fnet promises: the columns d - l are taken for a mirror image."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        layer, d = self.layer, x.shape[-1]
        k = d // 2 + 1
        mirror = [(d - i) % d for i in range(k)]
        pool = lambda t: (t[..., :k] + t[..., mirror]) / 2
        h = nn.functional.layer_norm(pool(x) + layer.mix(x)[..., :k], (k,), pool(layer.mix_norm.weight),
                                     pool(layer.mix_norm.bias), layer.mix_norm.eps)
        twice = torch.tensor([1.0 if mirror[i] == i else 2.0 for i in range(k)], dtype=x.dtype)
        up = h @ (pool(layer.up.weight) * twice).T + layer.up.bias
        whole = h[..., [i if i < k else d - i for i in range(d)]]
        return layer.norm(whole + layer.down(layer.activation(up)))


def fast(module):
    module = copy.deepcopy(module)
    for i, layer in enumerate(module.layers):
        module.layers[i] = FastLayer(layer)
    return module


def fnet_relu_prime():
    layers = [Layer(29, 40, Fourier(), nn.ReLU(), eps=1e-6) for _ in range(2)]
    return Encoder(31, 29, layers, pool=maximum), tokens(3, 31), {}, {"outputs_fast": fast}


def fnet_fft2_prenorm():
    mix = Lambda(lambda x: torch.fft.fft2(x).real)
    return Encoder(20, 33, [PreNormLayer(33, 44, mix, nn.SiLU()) for _ in range(2)]), tokens(2, 20), {}


def fnet_hidden_first_op18():
    mix = Lambda(lambda x: torch.fft.fft(torch.fft.fft(x, dim=-1), dim=-2).real)
    layers = [Layer(30, 60, mix, nn.GELU()) for _ in range(2)]
    return Encoder(14, 30, layers, pool=lambda x: x[:, -1]), tokens(1, 14), {"opset_version": 18}, {"outputs_fast": fast}


def fnet_sequence_first():
    mix = Lambda(lambda x: torch.fft.fft(torch.fft.fft(x, dim=1), dim=2).real)
    return Encoder(25, 27, [Layer(27, 30, mix, nn.ReLU()) for _ in range(3)]), tokens(2, 25), {}


def fnet_inverse():
    mix = Lambda(lambda x: torch.fft.ifftn(x, dim=(1, 2)).real)
    return Encoder(18, 26, [Layer(26, 39, mix)]), tokens(2, 18), {}


def fnet_batch_layout():
    # The sequence first in memory: the mixing sees a transposed tensor.
    mix = Lambda(lambda x: torch.fft.fftn(x.transpose(0, 1), dim=(0, 2)).real.transpose(0, 1))
    return Encoder(16, 28, [Layer(28, 28, mix, nn.ReLU()) for _ in range(2)], pool=maximum), tokens(3, 16), {}


def fnet_matrices_sequence_first():
    return Encoder(21, 34, [Layer(34, 50, DenseFourier(21, 34), nn.ReLU()) for _ in range(2)]), tokens(2, 21), {}


def fnet_matrices_ts17():
    layers = [PreNormLayer(22, 33, DenseFourier(13, 22), nn.ReLU()) for _ in range(2)]
    options = {"dynamo": False, "opset_version": 17}
    return Encoder(13, 22, layers, pool=lambda x: x.mean(1)), tokens(3, 13), options


def fnet_classifier_dynamic():
    batch, sequence = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("sequence", min=2, max=48)
    return Classifier(53, 48, 36, 48, 2, 4), tokens(3, 15), {"dynamic_shapes": ({0: batch, 1: sequence},)}


def fnet_hf_classifier_op23():
    from transformers import FNetConfig, FNetForSequenceClassification

    config = FNetConfig(vocab_size=61, hidden_size=42, num_hidden_layers=2, intermediate_size=70, hidden_act="relu",
                        max_position_embeddings=27, type_vocab_size=2, num_labels=5)
    return FNetForSequenceClassification(config), {"input_ids": ids(2, 27, 61)}, {"opset_version": 23}


def hybrid_one_attention():
    layers = [Layer(24, 56, Fourier()), Layer(24, 56, Fourier()), Layer(24, 56, Attention(24, 3))]
    return Encoder(17, 24, layers, pool=lambda x: x.mean(1)), tokens(2, 17), {}


def hybrid_attention_first():
    layers = [PreNormLayer(40, 40, Attention(40, 5, eager=True), nn.ReLU()), PreNormLayer(40, 40, Fourier(), nn.ReLU())]
    return Encoder(11, 40, layers), tokens(1, 11), {}


def bert_eager_masked():
    return MaskedEncoder(19, 36, 4, 54, 2), padded(3, 19), {}


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


def distilbert_relu():
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(vocab_size=53, dim=30, n_heads=3, n_layers=2, hidden_dim=45, activation="relu",
                              max_position_embeddings=13, attn_implementation="eager")
    inputs = padded(2, 13)
    return DistilBertModel(config), {"input_ids": inputs["ids"], "attention_mask": inputs["mask"]}, {}


def transform_zero_padded():
    # Longer than the data along one axis, shorter along the other; both parts are used.
    def function(x):
        y = torch.fft.fft(torch.fft.fft(x, n=16, dim=1), n=15, dim=2)
        return y.real - 0.5 * y.imag

    return Lambda(function), states(2, 11, 19), {}


def transform_convolution():
    # A circular convolution along the sequence by its transforms, odd length; and a filter of the real spectrum.
    kernel = torch.randn(1, 23, 12, generator=torch.Generator().manual_seed(13))

    def function(x):
        k = kernel.to(x.dtype)
        y = torch.fft.irfft(torch.fft.rfft(x, dim=1) * torch.fft.rfft(k, dim=1), n=23, dim=1)
        return F.relu(y) + x

    return Lambda(function), states(2, 23, 12), {}


def attention_folded_ts17():
    # former's wide form: a quarter of the scale's exponent on queries and keys each, heads folded into the batch.
    def core(q, k, v, mask):
        b, h, n, e = q.shape
        q, k, v = (x.contiguous().view(b * h, -1, e) for x in (q / e ** (1 / 4), k / e ** (1 / 4), v))
        return torch.bmm(F.softmax(torch.bmm(q, k.transpose(1, 2)), dim=2), v).view(b, h, n, e)

    module = nn.Sequential(AnyAttention(20, 3, core, size=20), AnyAttention(20, 3, core, size=20))
    return module, states(2, 9, 20), {"dynamo": False, "opset_version": 17}


def attention_grouped_causal():
    # Two heads share keys and values; the causal mask is a constant, the padding mask is not.
    def core(q, k, v, mask):
        k, v = (x.repeat_interleave(2, dim=1) for x in (k, v))
        seen = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril() & mask[:, None, None, :].bool()
        s = (q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])).masked_fill(~seen, torch.finfo(torch.float32).min)
        return torch.softmax(s, -1) @ v

    return MaskedAttention(24, 4, core, kv_heads=2), {**states(3, 11, 24), "mask": padded(3, 11)["mask"]}, {"opset_version": 18}


def attention_capped_window():
    # Gemma's soft cap and a sliding window, by Einsum, values wider than keys.
    def core(q, k, v, mask):
        n = q.shape[2]
        far = torch.arange(n)[:, None] - torch.arange(n)[None]
        s = 4.0 * torch.tanh(torch.einsum("bhqd,bhkd->bhqk", q, k) * 0.4 / 4.0)
        s = s + torch.where((far < 0) | (far > 3), float("-inf"), 0.0).to(q.dtype)
        return torch.einsum("bhqk,bhkd->bhqd", torch.softmax(s, -1), v)

    return AnyAttention(20, 2, core, value_size=13), states(2, 10, 20), {}


def attention_weights_used():
    # The weights, averaged over the heads, are a result, too; keys and values are another sequence.
    return nn.MultiheadAttention(24, 3, kdim=16, vdim=20, batch_first=True), {
        **states(2, 7, 24), "k": torch.randn(2, 5, 16, generator=torch.Generator().manual_seed(14)),
        "v": torch.randn(2, 5, 20, generator=torch.Generator().manual_seed(15))}, {}


def attention_windows():
    return nn.Sequential(WindowAttention(16, 2), nn.LayerNorm(16)), states(2, 8, 8, 16), {}


def attention_exp_sum():
    # Softmax in pieces, with a penalty per distance (ALiBi).
    def core(q, k, v, mask):
        n = q.shape[2]
        penalty = -torch.tensor([0.5, 0.25, 0.125])[:, None, None] * (torch.arange(n)[:, None] - torch.arange(n)).abs()
        s = q @ k.transpose(-1, -2) * 0.5 + penalty.to(q.dtype)
        e = torch.exp(s - s.amax(-1, keepdim=True))
        return (e / e.sum(-1, keepdim=True)) @ v

    return AnyAttention(24, 3, core), states(2, 8, 24), {}


def attention_divided_late():
    # A causal mask before the soft cap, and the division by the sum behind the product with the values.
    def core(q, k, v, mask):
        n = q.shape[2]
        s = (q @ k.transpose(-1, -2) * 0.4).masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), float("-inf"))
        s = 3.0 * torch.tanh(s / 3.0)
        e = torch.exp(s - s.amax(-1, keepdim=True))
        return (e @ v) * (1 / e.sum(-1)).unsqueeze(-1)

    return AnyAttention(20, 2, core), states(2, 9, 20), {}


def linear_attention_causal_ts17():
    # fast-transformers' causal linear attention: cumulative sums, an epsilon, products of three operands.
    def core(q, k, v, mask):
        q, k = F.elu(q) + 1, F.elu(k) + 1
        z = 1 / (torch.einsum("nhli,nhli->nhl", q, k.cumsum(2)) + 1e-3)
        kv = torch.einsum("nhld,nhlm->nhldm", k, v).cumsum(2)
        return torch.einsum("nhld,nhldm,nhl->nhlm", q, kv, z)

    return AnyAttention(24, 3, core), states(2, 7, 24), {"dynamo": False, "opset_version": 17}


def linear_attention_chunks():
    # Long enough to be taken in chunks, the last one not full; grouped heads, a product with a triangle. And a running
    # mean of as many tokens.
    def core(q, k, v, mask):
        q, k, v = F.elu(q) + 1, F.elu(k.repeat_interleave(2, 1)) + 1, v.repeat_interleave(2, 1)
        w = torch.tril(q @ k.transpose(-1, -2))
        return w @ v / (w.sum(-1, keepdim=True) + 1e-3)

    def mean(x):
        return x.cumsum(1) / torch.arange(1, 151)[:, None]

    return nn.Sequential(AnyAttention(24, 4, core, kv_heads=2), Lambda(mean)), states(2, 150, 24), {}


def linear_attention_retention():
    # RetNet's parallel form: the weight of a pair decays with its distance, a base for each head.
    def core(q, k, v, mask):
        i = torch.arange(q.shape[2])
        far = (i[:, None] - i[None]).to(q.dtype)
        base = 1 - 2.0 ** (-2 - torch.arange(q.shape[1]).to(q.dtype))
        decay = torch.where(far >= 0, base[:, None, None] ** far.clamp(min=0), 0.0)
        return (q @ k.transpose(-1, -2) * 0.5 * decay) @ v

    return AnyAttention(16, 4, core), states(2, 10, 16), {}


class Rolls(nn.Module):
    """A circular correlation over the tokens as a sum of rolls, with a weight per place and channel."""

    def __init__(self, hidden, taps):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(taps, hidden))

    def forward(self, x):
        return sum(w * torch.roll(x, 1 - i, 1) for i, w in enumerate(self.weight))


def circulant_rolls():
    return nn.Sequential(nn.LayerNorm(12), Rolls(12, 4), nn.Linear(12, 12)), states(2, 11, 12), {}


def attention_empty_rows_op23():
    # Grouped heads and a mask that hides all keys from some queries, as the operator Attention.
    hidden = torch.ones(2, 1, 6, 9, dtype=torch.bool)
    hidden[0, 0, 2], hidden[1, 0, :, 5:] = False, False

    def core(q, k, v, mask):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=hidden, scale=0.3, enable_gqa=True)

    inputs = {**states(2, 6, 24), "memory": torch.randn(2, 9, 18, generator=torch.Generator().manual_seed(16))}
    return AnyAttention(24, 4, core, kv_heads=2, source=18), inputs, {"opset_version": 23}


MODELS = [fnet_relu_prime, fnet_fft2_prenorm, fnet_hidden_first_op18, fnet_sequence_first, fnet_inverse,
          fnet_batch_layout, fnet_matrices_sequence_first, fnet_matrices_ts17, fnet_classifier_dynamic,
          fnet_hf_classifier_op23, hybrid_one_attention, hybrid_attention_first, bert_eager_masked, distilbert_relu,
          transform_zero_padded, transform_convolution, attention_folded_ts17, attention_grouped_causal,
          attention_capped_window, attention_weights_used, attention_windows, attention_exp_sum,
          attention_divided_late, linear_attention_causal_ts17, linear_attention_chunks, linear_attention_retention,
          circulant_rolls, attention_empty_rows_op23, rewrite_encoder, rewrite_masked, rewrite_gated]


def main(out, names):
    for make in MODELS:
        if names and make.__name__ not in names:
            continue
        torch.manual_seed(0)
        module, inputs, options, *twins = make()
        folder = os.path.join(out, make.__name__)
        export.save(folder, export.perturb(module), inputs, **options)
        for name, twin in (twins[0] if twins else {}).items():
            if isinstance(twin, dict):
                np.savez(os.path.join(folder, name + ".npz"), **twin)
            else:
                export.save_outputs(os.path.join(folder, name), twin(module), inputs)
        print(make.__name__, os.path.getsize(os.path.join(folder, "model.onnx")))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
