#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes test/models: small networks as real exporters write them, with inputs and reference outputs.

    pip install -r python/requirements.txt
    python python/make_test_models.py test/models [NAME...]

Weights are random and seeded, every bias and norm parameter is perturbed. The networks are functions of
fourmix_models/small, a file per family, that return a module, its inputs, options of export.save and, where a test wants
other outputs, too, a dictionary of those: arrays, or a function that makes another module of the first.
test/models/README.md says why each is there.
"""
import os
import sys
import warnings

import numpy as np
import torch

from fourmix_models import export
from fourmix_models.small import attention, fourier, rewrites, runtimes

warnings.filterwarnings("ignore")


def main(out, names):
    for make in fourier.MODELS + attention.MODELS + rewrites.MODELS + runtimes.MODELS:
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
