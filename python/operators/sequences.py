"""Networks over sequences: recurrent cells, attention, rotations.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import numpy as np

from .draw import F32, I32, I64, Case, fixed_or_not, of


@of("RNN", "GRU", "LSTM")
def recurrent(d, op):
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[op]
    steps, batch, width, size = (d.integer(1, 4) for _ in range(4))
    direction = d.one("forward", "reverse", "bidirectional")
    k = 2 if direction == "bidirectional" else 1
    maybe = lambda tensor: tensor if d.flag() else None
    states = [maybe(d.tensor([k, batch, size])) for _ in range(2 if op == "LSTM" else 1)]
    inputs = [d.tensor([steps, batch, width]), fixed_or_not(d, d.tensor([k, gates * size, width])),
              fixed_or_not(d, d.tensor([k, gates * size, size])), maybe(d.tensor([k, 2 * gates * size])),
              maybe(d.tensor([batch], I32, 1, steps)), *states]
    attrs = {"linear_before_reset": int(d.flag())} if op == "GRU" else {}
    if op == "LSTM":
        inputs.append(maybe(d.tensor([k, 3 * size])))
    elif d.flag():
        attrs["activations"] = (["Relu"] if op == "RNN" else ["HardSigmoid", "Softsign"]) * k
    return Case(inputs, outputs=3 if op == "LSTM" else 2, hidden_size=size, direction=direction, opset=14, by_runtime=True, **attrs)


@of("RotaryEmbedding")
def rotary(d, op):
    batch, heads, length, size = d.integer(1, 2), d.integer(1, 3), d.integer(1, 5), 2 * d.integer(1, 4)
    flat = d.flag()
    x = d.tensor([batch, length, heads * size] if flat else [batch, heads, length, size])
    rotated = d.one(0, 2 * d.integer(1, size // 2))
    half = (rotated or size) // 2
    attrs = {"interleaved": int(d.flag()), "rotary_embedding_dim": rotated}
    if flat:
        attrs["num_heads"] = heads
    if d.flag():
        return Case([x, d.tensor([batch, length, half], F32, -1, 1), d.tensor([batch, length, half], F32, -1, 1)], opset=23, **attrs)
    return Case([x, d.tensor([9, half], F32, -1, 1), d.tensor([9, half], F32, -1, 1), d.tensor([batch, length], I64, 0, 8)],
                opset=23, **attrs)


@of("LinearAttention")
def linear_attention(d, op):
    """All update rules; heads that share a state, with and without a past, decays per feature and per head."""
    rule = d.one("linear", "gated", "delta", "gated_delta")
    batch, tokens, heads, size, width = d.integer(1, 2), d.integer(0, 9), d.integer(1, 3), d.integer(1, 5), d.integer(1, 5)
    groups = d.integer(1, 3)
    keys = d.tensor([batch, tokens, heads * size], F32, -1, 1)
    if rule.endswith("delta"):  # of length 1, as the rule wants them: otherwise states grow without bound
        by_head = keys.reshape(batch, tokens, heads, size)
        keys = (by_head / np.linalg.norm(by_head, axis=-1, keepdims=True)).reshape(keys.shape)
    past = d.tensor([batch, heads, size, width]) if d.flag() else None
    decay = d.tensor([batch, tokens, heads * d.one(1, size)], F32, -2, 0) if rule.startswith("gated") else None
    beta = d.tensor([batch, tokens, d.one(1, heads)], F32, 0, 1) if rule.endswith("delta") else None
    attrs = {"scale": d.one(0.0, 0.7)} if d.flag() else {}
    if rule != "gated_delta" or d.flag():
        attrs["update_rule"] = rule
    return Case([d.tensor([batch, tokens, heads * groups * size]), keys, d.tensor([batch, tokens, heads * width]), past,
                 decay, beta], outputs=2, opset=27, q_num_heads=heads * groups, kv_num_heads=heads, **attrs)


@of("CausalConvWithState")
def causal_conv(d, op):
    batch, channels, length, taps = d.integer(1, 2), d.integer(1, 4), d.integer(0, 7), d.integer(1, 5)
    attrs = {"activation": d.one("none", "silu", "swish")} if d.flag() else {}
    return Case([d.tensor([batch, channels, length]), fixed_or_not(d, d.tensor([channels, 1, taps])),
                 d.tensor([channels]) if d.flag() else None,
                 d.tensor([batch, channels, taps - 1]) if d.flag() else None], outputs=2, opset=27, **attrs)
