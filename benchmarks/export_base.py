#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exports the models that side_by_side.py and optical_budget.py measure, with random weights and float64 outputs.

    pip install -r python/requirements.txt
    python benchmarks/export_base.py build/bench

fnet_base        Hugging Face's FNetModel, default configuration (12 layers, hidden 768), sequence 512, as exported
fnet_base_dense  the same network with each mixing as products with real DFT matrices, half of the spectrum and its
                 mirror image: the fastest form we know for ONNX Runtime, whose DFT operator is slow
fnet_native      FNet-base with the lengths of an 11 x 11 aperture: sequence 484 = 4 * 11^2, hidden 726 = 6 * 11^2
bert_base        Hugging Face's BertModel, default configuration, sequence 512, no padding
"""
import os
import sys

import numpy as np
import torch
import torch.nn as nn
from transformers import BertConfig, BertModel, FNetConfig, FNetModel

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
from fourmix_models import export

SEQUENCE = 512


class HalfSpectrum(nn.Module):
    """Re(F_n x F_d) = C_n (x C_d) - S_n (x S_d), for columns 0 .. d/2 only; Y[t, d-k] = Y[-t, k] gives the others."""

    def __init__(self, n, d):
        super().__init__()
        self.rest = d - (d // 2 + 1)
        for name, size, columns in (("sequence", n, n), ("hidden", d, d // 2 + 1)):
            angle = 2 * np.pi * (np.outer(np.arange(size), np.arange(columns)) % size) / size
            self.register_buffer(f"cos_{name}", torch.from_numpy(np.cos(angle)).float())
            self.register_buffer(f"sin_{name}", torch.from_numpy(np.sin(angle)).float())

    def forward(self, x):
        y = self.cos_sequence @ (x @ self.cos_hidden) - self.sin_sequence @ (x @ self.sin_hidden)
        mirror = y[:, :, 1 : self.rest + 1].flip([1, 2])
        return torch.cat([y, torch.cat([mirror[:, -1:], mirror[:, :-1]], 1)], -1)


class Mixed(nn.Module):
    """Stands where Hugging Face's FNetBasicFourierTransform stands."""

    def __init__(self, mix):
        super().__init__()
        self.mix = mix

    def forward(self, x):
        return (self.mix(x),)


def main(out):
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    names = ["last_hidden_state", "pooler_output"]
    ids = torch.randint(3, 30000, (1, SEQUENCE), generator=torch.Generator().manual_seed(1))

    torch.manual_seed(0)
    fnet = export.perturb(FNetModel(FNetConfig())).eval()
    export.save(os.path.join(out, "fnet_base"), fnet, {"input_ids": ids}, names)
    for layer in fnet.encoder.layer:
        layer.fourier.self = Mixed(HalfSpectrum(SEQUENCE, fnet.config.hidden_size))
    # The reference is that of fnet_base: here the matrices would be rounded to f32 first.
    export.save(os.path.join(out, "fnet_base_dense"), fnet, {"input_ids": ids}, names, reference=False)
    for name in ("inputs.npz", "outputs.npz"):
        with open(os.path.join(out, "fnet_base", name), "rb") as source:
            with open(os.path.join(out, "fnet_base_dense", name), "wb") as copy:
                copy.write(source.read())
    del fnet

    torch.manual_seed(0)
    hidden = 6 * 11 * 11
    native = export.perturb(FNetModel(FNetConfig(hidden_size=hidden, intermediate_size=4 * hidden))).eval()
    export.save(os.path.join(out, "fnet_native"), native, {"input_ids": ids[:, : 4 * 11 * 11]}, names)
    del native

    torch.manual_seed(0)
    bert = export.perturb(BertModel(BertConfig())).eval()
    export.save(os.path.join(out, "bert_base"), bert, {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, names)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
