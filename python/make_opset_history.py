"""Writes dialects/ONNX/IR/OpsetHistory.inc: when each operator of ai.onnx changed, from the schemas of the onnx package.

    python python/make_opset_history.py > dialects/ONNX/IR/OpsetHistory.inc
"""
import itertools

import onnx
from onnx import defs, helper

# Changes of meaning that a schema does not show, as (operator, since).
SILENT = {
    ("GroupNormalization", 21),  # scale and bias per channel, no longer per group
    ("RoiAlign", 16),  # a new attribute, whose default is not what the operator did before
    ("Resize", 11), ("Resize", 19), ("Upsample", 9),
    ("BatchNormalization", 7), ("BatchNormalization", 9), ("BatchNormalization", 14),
    ("Softmax", 13), ("LogSoftmax", 13), ("Hardmax", 13),  # over one axis, no longer over a matrix
    ("Scan", 9), ("Dropout", 7), ("PRelu", 7), ("AveragePool", 7), ("Attention", 24),
}

BITS = {name: i for i, name in enumerate(
    "undefined float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64 complex64 complex128 "
    "bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz uint4 int4 float4e2m1 float8e8m0 uint2 int2 "
    "float6e2m3fn float6e3m2fn".split())}


def type_names(schema):
    return set(itertools.chain(*(c.allowed_type_strs for c in schema.type_constraints),
                               *(p.types for p in [*schema.inputs, *schema.outputs])))


def types(schema):
    """The element types that a schema allows anywhere, as a mask of TensorProto.DataType."""
    mask = 0
    for name in type_names(schema):
        for kind, bit in BITS.items():
            if f"tensor({kind})" in name:
                mask |= 1 << bit
    return mask


def operands(schema):
    """A letter per input, the same for those that have one element type; '.' for others; '*' where the last repeats."""
    variables = [p.type_str if p.option != defs.OpSchema.FormalParameterOption.Variadic or p.is_homogeneous else "."
                 for p in schema.inputs]
    constrained = {c.type_param_str for c in schema.type_constraints}
    repeats = bool(schema.inputs) and schema.inputs[-1].option == defs.OpSchema.FormalParameterOption.Variadic
    shared = [v for v in constrained if variables.count(v) > 1 or (repeats and variables[-1] == v)]
    letters = {v: chr(ord("a") + i) for i, v in enumerate(sorted(shared, key=variables.index))}
    return "".join(letters.get(v, ".") for v in variables) + ("*" if repeats else "")


def signature(schema):
    return (schema.min_input, schema.max_input, schema.min_output, schema.max_output,
            {name: attribute(a) for name, a in schema.attributes.items()})


def attribute(a):
    default = a.default_value
    return a.type, a.required, helper.get_attribute_value(default) if default.type else None


def up_safe(old, new):
    """True if every node that was valid means the same under the new schema."""
    if (new.name, new.since_version) in SILENT or types(old) & ~types(new):
        return False
    if new.min_input > old.min_input or new.max_input < old.max_input:
        return False
    if new.min_output > old.min_output or new.max_output < old.max_output:
        return False
    before, after = signature(old)[4], signature(new)[4]
    return all(name in after and after[name] == a for name, a in before.items()) and not any(
        a[1] for name, a in after.items() if name not in before)


def added(old, new):
    return sorted(set(new.attributes) - set(old.attributes))


def down_safe(old, new):
    """True if nothing but types and optional attributes was added, and some were: otherwise the meaning changed."""
    return (up_safe(old, new) and signature(old)[:4] == signature(new)[:4]
            and (type_names(old) != type_names(new) or bool(added(old, new))))


def main():
    print("// When each operator of ai.onnx changed; made by python/make_opset_history.py from the schemas of onnx "
          f"{onnx.__version__}.")
    print("// operator, since, nodes from before mean the same, nodes from after meant the same (with the old types, and\n"
          "// without the new attributes), element types, new attributes, inputs of one element type (a letter for each set of\n"
          "// them, '.' for others, '*' where the last input repeats)")
    print(f"NEWEST({defs.onnx_opset_version()})")
    schemas = [s for s in defs.get_all_schemas_with_history() if s.domain == ""]
    schemas.sort(key=lambda s: (s.name, s.since_version))
    for name, group in itertools.groupby(schemas, key=lambda s: s.name):
        previous = None
        for schema in group:
            up, down = (1, 1) if previous is None else (int(up_safe(previous, schema)), int(down_safe(previous, schema)))
            if schema.deprecated:
                up = down = 0
            new = added(previous, schema) if previous and down else []
            print(f'CHANGE("{name}", {schema.since_version}, {up}, {down}, 0x{types(schema):x}, "{" ".join(new)}", '
                  f'"{operands(schema)}")')
            previous = schema


if __name__ == "__main__":
    main()
