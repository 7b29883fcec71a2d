# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""FNet (Lee-Thorp et al., 2021) as Hugging Face writes it, with the sizes and the head as parameters.

Shapes: ids [batch, sequence] int64; activations [batch, sequence, hidden] f32.
"""
import math

import torch
import torch.nn as nn


class Fourier(nn.Module):
    """Re(F_n x F_d): the unnormalised 2-D DFT over sequence and hidden, real part."""

    def forward(self, x):
        return torch.fft.fftn(x, dim=(1, 2)).real


class NewGELU(nn.Module):
    """The tanh form of GELU, written out: FNet's default activation ("gelu_new")."""

    def forward(self, x):
        return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class Layer(nn.Module):
    """A post-norm encoder layer: h = LN(x + mix(x)); LN(h + FF(h)). dropout acts on the end of FF, as in FNet."""

    def __init__(self, hidden, inner, mix, activation=None, dropout=0.0, eps=1e-12):
        super().__init__()
        self.mix, self.mix_norm = mix, nn.LayerNorm(hidden, eps)
        self.up, self.activation, self.down = nn.Linear(hidden, inner), activation or NewGELU(), nn.Linear(inner, hidden)
        self.dropout, self.norm = nn.Dropout(dropout), nn.LayerNorm(hidden, eps)

    def forward(self, x):
        h = self.mix_norm(x + self.mix(x))
        return self.norm(h + self.dropout(self.down(self.activation(self.up(h)))))


class Embeddings(nn.Module):
    """Word, type and position embedding, layer norm, projection. All tokens are of type 0."""

    def __init__(self, vocabulary, sequence, hidden, dropout=0.0, eps=1e-12):
        super().__init__()
        self.word, self.position, self.kind = (nn.Embedding(n, hidden) for n in (vocabulary, sequence, 1))
        self.norm, self.projection, self.dropout = nn.LayerNorm(hidden, eps), nn.Linear(hidden, hidden), nn.Dropout(dropout)
        self.register_buffer("positions", torch.arange(sequence)[None], persistent=False)

    def forward(self, ids):
        x = self.word(ids) + self.kind.weight[0] + self.position(self.positions[:, : ids.shape[1]])
        return self.dropout(self.projection(self.norm(x)))


class Classifier(nn.Module):
    """FNet, mean over the sequence, dense: ids -> logits [batch, classes]. No padding mask anywhere, as in FNet.

    `mix` makes the mixing of a layer: another one than FNet's gives another encoder of the same size around it.
    """

    def __init__(self, vocabulary, sequence, hidden, inner, layers, classes, dropout=0.0, mix=Fourier):
        super().__init__()
        self.embeddings = Embeddings(vocabulary, sequence, hidden, dropout)
        self.layers = nn.ModuleList([Layer(hidden, inner, mix(), dropout=dropout) for _ in range(layers)])
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(hidden, classes)

    def forward(self, ids):
        x = self.embeddings(ids)
        for layer in self.layers:
            x = layer(x)
        return self.head(self.dropout(x.mean(1)))
