# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exports a PyTorch module as users do, with inputs and float64 reference outputs beside it."""
import contextlib
import copy
import io
import os

import numpy as np
import onnx
import torch


def perturb(module, seed=7, scale=0.1):
    """Gives every bias and norm parameter a generic value: exporters drop zero biases and merge equal initializers,
    which they could not do to a trained network."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() == 1:
                parameter += scale * torch.randn(parameter.shape, generator=generator)
    return module


def drop_paths(proto):
    """Drops the stack traces that the exporter records: they name files of the exporting machine."""

    def clean(graph_or_function):
        for node in graph_or_function.node:
            kept = [(entry.key, entry.value) for entry in node.metadata_props if "stack_trace" not in entry.key]
            del node.metadata_props[:]
            for key, value in kept:
                node.metadata_props.add(key=key, value=value)
            node.doc_string = ""
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    clean(attribute.g)
        del graph_or_function.metadata_props[:]

    clean(proto.graph)
    for function in proto.functions:
        clean(function)
    return proto


def flat(outputs):
    """The tensors of an output, whatever holds them."""
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    values = outputs.values() if isinstance(outputs, dict) else outputs
    return [tensor for value in values for tensor in flat(value)]


def to_onnx(module, inputs, output_names, external=False, **options):
    """The module as an ONNX model; inputs: name -> example tensor. options go to torch.onnx.export."""
    options = {"dynamo": True, **options}
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        if options["dynamo"]:
            proto = torch.onnx.export(module, tuple(inputs.values()), None, input_names=list(inputs),
                                      output_names=output_names, external_data=external, **options).model_proto
        else:
            buffer = io.BytesIO()
            torch.onnx.export(module, tuple(inputs.values()), buffer, input_names=list(inputs),
                              output_names=output_names, **options)
            proto = onnx.load_from_string(buffer.getvalue())
    return drop_paths(proto)


def double(tensor):
    return tensor.double() if tensor.is_floating_point() else tensor


def save_outputs(path, module, inputs, output_names=None):
    """Writes path.npz: the outputs, computed in float64 from the f32 weights. Returns their names."""
    module = copy.deepcopy(module).eval().requires_grad_(False).double()
    with torch.no_grad():
        outputs = flat(module(*map(double, inputs.values())))
    output_names = output_names or (["y"] if len(outputs) == 1 else [f"y{i}" for i in range(len(outputs))])
    np.savez(path + ".npz", **{name: value.numpy() for name, value in zip(output_names, outputs)})
    return output_names


def save(folder, module, inputs, output_names=None, external=False, reference=True, convert=None, judge=None, **options):
    """Writes folder/{model.onnx,inputs.npz,outputs.npz}; the outputs are computed in float64 from the f32 weights.

    convert(proto, arrays) -> proto: what another tool makes of the export, on these inputs. judge(path, arrays) ->
    arrays: who computes the outputs of what it made, where that is another function than the module's."""
    module = module.eval().requires_grad_(False)
    os.makedirs(folder, exist_ok=True)
    if reference:
        output_names = save_outputs(os.path.join(folder, "outputs"), module, inputs, output_names)
        np.savez(os.path.join(folder, "inputs.npz"), **{name: value.numpy() for name, value in inputs.items()})
    path = os.path.join(folder, "model.onnx")
    for old in (path, path + ".data"):
        if os.path.exists(old):
            os.remove(old)
    proto = to_onnx(module, inputs, output_names, external, **options)
    if convert:
        arrays = {name: value.numpy() for name, value in inputs.items()}
        proto = convert(proto, arrays)
        halves = {i.name for i in proto.graph.input if i.type.tensor_type.elem_type == onnx.TensorProto.FLOAT16}
        arrays = {name: value.astype(np.float16) if name in halves else value for name, value in arrays.items()}
        np.savez(os.path.join(folder, "inputs.npz"), **arrays)
    onnx.save(proto, path, save_as_external_data=external, all_tensors_to_one_file=True, location="model.onnx.data")
    if judge:
        np.savez(os.path.join(folder, "outputs.npz"), **judge(path, arrays))
