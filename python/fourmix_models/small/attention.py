# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks with attention, its linear forms, and other sums over tokens."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from fourmix_models.small.blocks import Lambda, MaskedEncoder, padded, states


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


def bert_eager_masked():
    return MaskedEncoder(19, 36, 4, 54, 2), padded(3, 19), {}


def distilbert_relu():
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(vocab_size=53, dim=30, n_heads=3, n_layers=2, hidden_dim=45, activation="relu",
                              max_position_embeddings=13, attn_implementation="eager")
    inputs = padded(2, 13)
    return DistilBertModel(config), {"input_ids": inputs["ids"], "attention_mask": inputs["mask"]}, {}


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


MODELS = [bert_eager_masked, distilbert_relu, attention_folded_ts17, attention_grouped_causal,
          attention_capped_window, attention_weights_used, attention_windows, attention_exp_sum,
          attention_divided_late, linear_attention_causal_ts17, linear_attention_chunks, linear_attention_retention,
          circulant_rolls, attention_empty_rows_op23]
