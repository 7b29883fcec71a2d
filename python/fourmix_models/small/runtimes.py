# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks as tools of ONNX Runtime leave them: fused operators, half precision, integers."""
import os
import tempfile

import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
from onnxruntime.transformers.float16 import convert_float_to_float16

from fourmix_models.fnet import Fourier, Layer
from fourmix_models.small.blocks import Encoder, MaskedEncoder, padded, tokens
from fourmix_models.small.fourier import maximum, transform_convolution


def run(path, inputs):
    """The outputs by name, without any optimisation."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs)))


def through_file(write):
    """A conversion of protos from one that takes and makes files: write(from, to, inputs)."""

    def convert(proto, inputs):
        with tempfile.TemporaryDirectory() as folder:
            before, after = os.path.join(folder, "before.onnx"), os.path.join(folder, "after.onnx")
            onnx.save(proto, before)
            write(before, after, inputs)
            return onnx.load(after)

    return convert


@through_file
def fused(before, after, inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = after
    onnxruntime.InferenceSession(before, options, providers=["CPUExecutionProvider"])


class Once(CalibrationDataReader):
    """The test's own inputs, for the ranges of all tensors."""

    def __init__(self, inputs):
        self.left = [inputs]

    def get_next(self):
        return self.left.pop() if self.left else None


@through_file
def fused_integers(before, after, inputs):
    quantize_static(before, after, Once(inputs), quant_format=QuantFormat.QOperator)


def half(proto, inputs):
    return convert_float_to_float16(proto)


def fnet_half():
    layers = [Layer(30, 40, Fourier()) for _ in range(2)]
    return Encoder(24, 30, layers, pool=maximum), tokens(2, 24), {"convert": half}


def convolution_half():
    module, inputs, options = transform_convolution()
    return module, inputs, {**options, "convert": half}


def bert_fused_ort():
    return MaskedEncoder(19, 36, 4, 54, 2), padded(3, 19), {"convert": fused}


def bert_integers_ort():
    return MaskedEncoder(13, 24, 4, 36, 2), padded(3, 13), {"convert": fused_integers, "judge": run}


MODELS = [fnet_half, convolution_half, bert_fused_ort, bert_integers_ort]
