#!/usr/bin/env python3
"""Random cases of every operator, with what onnx's reference evaluator (where that is too narrow or wrong, ONNX Runtime)
makes of them.

    operator_cases.py FOLDER [--count N] [--seed S] [--only OP]

writes FOLDER/reference/OP_I/{model.onnx,test_data_set_0/*.pb}, the layout of ONNX's own test data, for
`onnx-suite --data=FOLDER` (`make test-operators`). `operators/` says per operator, a file per family, how a case is
drawn: attributes, broadcasting, negative axes, scalars and empty tensors are part of it.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import argparse
import pathlib
import sys
import warnings

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnxruntime import InferenceSession, SessionOptions

from operators import Draw, Fixed, TYPES, table


def model_of(op, case):
    names, graph_inputs, constants, values = [], [], [], []
    for i, value in enumerate(case.inputs):
        name = f"x{i}"
        if value is None:
            names.append("")
            continue
        names.append(name)
        if isinstance(value, Fixed):
            constants.append(numpy_helper.from_array(value.value, name))
            continue
        graph_inputs.append(helper.make_tensor_value_info(name, TYPES[value.dtype], value.shape))
        values.append(value)
    while names and not names[-1]:
        names.pop()
    outputs = [f"y{i}" for i in range(case.outputs)]
    attrs = {k: v for k, v in case.attrs.items() if not (isinstance(v, list) and not v)}
    node = helper.make_node(op, names, outputs, name=op.lower(), **attrs)
    graph = helper.make_graph([node], op, graph_inputs, [helper.make_empty_tensor_value_info(o) for o in outputs], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", case.opset)], ir_version=8)
    return model, values


def write(folder, op, index, case):
    """False where the reference does not take the case."""
    model, values = model_of(op, case)
    quiet = SessionOptions()
    quiet.log_severity_level = 4
    feeds = {i.name: v for i, v in zip(model.graph.input, values)}
    try:
        if case.by_runtime:
            results = InferenceSession(model.SerializeToString(), quiet).run(None, feeds)
        else:
            results = ReferenceEvaluator(model).run(None, feeds)
    except Exception:
        return False
    typed = [helper.make_tensor_value_info(o.name, helper.np_dtype_to_tensor_dtype(np.asarray(r).dtype), np.asarray(r).shape)
             for o, r in zip(model.graph.output, results)]
    del model.graph.output[:]
    model.graph.output.extend(typed)
    data = folder / "reference" / f"{op}_{index}" / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, data.parent / "model.onnx")
    for kind, tensors in (("input", values), ("output", results)):
        for i, tensor in enumerate(tensors):
            (data / f"{kind}_{i}.pb").write_bytes(numpy_helper.from_array(np.asarray(tensor)).SerializeToString())
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    written, refused = 0, {}
    for op, draw in table.items():
        if options.only and op != options.only:
            continue
        for index in range(options.count):
            case = draw(Draw([options.seed, index, *op.encode()]))
            if write(options.folder, op, index, case):
                written += 1
            else:
                refused[op] = refused.get(op, 0) + 1
    print(f"{written} cases of {len(table)} operators, seed {options.seed}; not taken by the reference: {refused}")
    return 0 if written else 1


if __name__ == "__main__":
    sys.exit(main())
