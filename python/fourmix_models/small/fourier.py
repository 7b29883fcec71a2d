# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks that mix by transforms."""
import copy

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from fourmix_models.fnet import Classifier, Fourier, Layer
from fourmix_models.small.blocks import Attention, Encoder, Lambda, PreNormLayer, ids, states, tokens


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


def transform_modes_mixed():
    # Channels mixed by a matrix for each kept mode, which is no filter, and back to a real signal, twice: an odd number of
    # signals, spectra that are those of no real signal, an odd and an even length. And the real part of a complex one.
    weights = torch.randn(2, 3, 3, 7, 5, generator=torch.Generator().manual_seed(17)) / 3

    def mix(x, length):
        w, modes = weights.to(x.dtype), torch.view_as_real(torch.fft.rfft2(x))[:, :, :7, :5]
        product = lambda part, of: torch.einsum("bixy,ioxy->boxy", modes[..., part], w[of])
        modes = torch.stack([product(0, 0) - product(1, 1), product(0, 1) + product(1, 0)], -1)
        spectrum = F.pad(modes, (0, 0, 0, length // 2 - 4, 2, 2))
        return torch.fft.irfft2(torch.view_as_complex(spectrum), s=(11, length))

    def function(x):
        y = mix(F.relu(mix(x, 10)), 9)
        return y + torch.fft.fft(torch.view_as_complex(torch.stack([y, y * y], -1)), dim=2).real

    return Lambda(function), states(3, 3, 11, 9), {}


MODELS = [fnet_relu_prime, fnet_fft2_prenorm, fnet_hidden_first_op18, fnet_sequence_first, fnet_inverse,
          fnet_batch_layout, fnet_matrices_sequence_first, fnet_matrices_ts17, fnet_classifier_dynamic,
          fnet_hf_classifier_op23, hybrid_one_attention, hybrid_attention_first, transform_zero_padded,
          transform_convolution, transform_modes_mixed]
