#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains encoders that say whether a sentence speaks well or badly of something, with a mixing of your choice.

    pip install -r python/requirements.txt
    pip download --no-deps --no-binary :all: vaderSentiment==3.3.2
    python python/train_sentiment.py vaderSentiment-3.3.2.tar.gz examples/fnet-sentiment

makes the demo network, with FNet's mixing. `--mixing=circular` trains attention whose Q, K and V are circular 11 x 11
convolutions of the token (hidden 121), `--mixing=dense` its twin with matrices: same data, seed, sizes and schedule.

Data: the sentences that C.J. Hutto and E. Gilbert had rated by people for "VADER: A Parsimonious Rule-based Model for
Sentiment Analysis of Social Media Text" (ICWSM 2014), in the source distribution of the Python package vaderSentiment
(MIT licence): movie reviews, product reviews, tweets and editorials, each with a mean rating from -4 to 4.

Sentences of one review or article stay together: all in training, or all in validation, or all in test. Training sees all
ratings, as soft labels; validation and test hold only sentences with |rating| > 0.5, and ask for the sign.

Writes model.onnx (batch 1), vocabulary.txt, test.npz (ids, labels, logits as PyTorch computes them in f32) and prints
what the README records. Ten minutes on one core for FNet, an hour for the others. Seeded, but a new run need not give the repository's weights bit by bit.
"""
import argparse
import hashlib
import io
import os
import tarfile
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import svds

from fourmix_models import export, wordpiece
from fourmix_models.fnet import Classifier, Fourier
from fourmix_models.optical import WideAttention

SOURCES = ["amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets", "tweets"]
CLASSES = ["negative", "positive"]
SEQUENCE, INNER, LAYERS, VOCABULARY = 64, 256, 4, 4096
GRID, HEADS = (11, 11), 4
MIXINGS = {  # what a layer mixes with, and the hidden size
    "fourier": (Fourier, 128),
    "circular": (lambda: WideAttention(121, HEADS, GRID), 121),
    "dense": (lambda: WideAttention(121, HEADS), 121),
}
VALIDATION, TEST = 1024, 2048


def read_sentences(sdist):
    """(document, rating, text) of every rated sentence; a document is a review, an article, a tweet."""
    with tarfile.open(sdist) as outer:
        member = next(m for m in outer if m.name.endswith("hutto_ICWSM_2014.tar.gz"))
        inner = tarfile.open(fileobj=io.BytesIO(outer.extractfile(member).read()))
    sentences = []
    for source in SOURCES:
        lines = inner.extractfile(f"hutto_ICWSM_2014/{source}_GroundTruth.txt").read().decode("utf-8", "replace")
        for line in lines.splitlines():
            name, rating, text = line.split("\t", 2)
            sentences.append((f"{source}/{name.split('_')[0]}", float(rating), text.strip()))
    return sentences


def split(sentences):
    """Training, validation and test by document, in the order of the documents' hashes."""
    documents = {}
    for sentence in sentences:
        documents.setdefault(sentence[0], []).append(sentence)
    parts = {"test": [], "validation": [], "train": []}
    for name in sorted(documents, key=lambda name: hashlib.sha256(name.encode()).digest()):
        decided = [s for s in documents[name] if abs(s[1]) > 0.5]
        if len(parts["test"]) + len(decided) <= TEST:
            parts["test"] += decided
        elif len(parts["validation"]) + len(decided) <= VALIDATION:
            parts["validation"] += decided
        else:
            parts["train"] += documents[name]
    return parts


def encoded(sentences, index):
    """ids [count, sequence] and ratings [count]."""
    ids = np.array([wordpiece.encode(text, index, SEQUENCE) for _, _, text in sentences], np.int64)
    return torch.from_numpy(ids), torch.tensor([rating for _, rating, _ in sentences], dtype=torch.float32)


def initial_words(ids, hidden, window=4):
    """Word vectors to start from: positive pointwise mutual information within a window, its largest singular vectors."""
    pairs = []
    for shift in range(1, window + 1):
        near = np.stack([ids[:, :-shift].ravel(), ids[:, shift:].ravel()])
        near = near[:, (near > wordpiece.START).all(0)]
        pairs += [near, near[::-1]]
    rows, columns = np.concatenate(pairs, 1)
    counts = coo_matrix((np.ones(len(rows)), (rows, columns)), (VOCABULARY, VOCABULARY)).tocsr().tocoo()
    frequency = np.asarray(counts.sum(1)).ravel()
    mutual = np.log(counts.data * counts.data.sum() / (frequency[counts.row] * (frequency[counts.col] ** 0.75)
                    * (frequency.sum() / (frequency ** 0.75).sum())))
    matrix = coo_matrix((np.maximum(mutual, 0), (counts.row, counts.col)), counts.shape).tocsr()
    left, values, _ = svds(matrix, k=hidden, v0=np.ones(VOCABULARY))
    vectors = left * np.sqrt(values)
    return torch.from_numpy(0.5 * vectors / vectors[np.abs(vectors).sum(1) > 0].std()).float()


def correct(model, ids, ratings):
    """How many signs the model gets right."""
    model.eval()
    with torch.no_grad():
        return int(((torch.cat([model(part) for part in ids.split(64)]).argmax(1) == 1) == (ratings > 0)).sum())


def train(model, ids, ratings, validation, epochs, rate, batch=32, sharpness=2.0, forget=0.15):
    """AdamW, one cycle. A rating r counts as "positive with probability sigmoid(sharpness r)"; a share `forget` of the
    word pieces is hidden in every step. Ends with the weights of the best epoch on the validation split."""
    target = torch.sigmoid(sharpness * ratings)
    target = torch.stack([1 - target, target], 1)
    steps = epochs * (len(ids) // batch)
    optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.15)
    best, weights, start = -1, None, time.time()
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for chosen in torch.randperm(len(ids))[: len(ids) // batch * batch].split(batch):
            seen = ids[chosen]
            hidden = (torch.rand(seen.shape) < forget) & (seen > wordpiece.START)
            loss = F.cross_entropy(model(seen.masked_fill(hidden, wordpiece.UNKNOWN)), target[chosen])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        right = correct(model, *validation)
        print(f"epoch {epoch + 1}: loss {total / (steps // epochs):.4f}, validation {right}/{len(validation[0])} "
              f"= {right / len(validation[0]):.4f}, {time.time() - start:.0f} s", flush=True)
        if right >= best:
            best, weights = right, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sdist", help="vaderSentiment-3.3.2.tar.gz")
    parser.add_argument("out", help="folder for model.onnx, vocabulary.txt, test.npz")
    parser.add_argument("--mixing", choices=MIXINGS, default="fourier")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, help="largest learning rate (2e-3; 5e-4 with attention)")
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)

    parts = split(read_sentences(options.sdist))
    print({name: len(part) for name, part in parts.items()})
    vocabulary = wordpiece.train([text for _, _, text in parts["train"]], VOCABULARY)
    index = {piece: i for i, piece in enumerate(vocabulary)}
    data = {name: encoded(part, index) for name, part in parts.items()}

    mix, hidden = MIXINGS[options.mixing]
    model = Classifier(VOCABULARY, SEQUENCE, hidden, INNER, LAYERS, len(CLASSES), options.dropout, mix)
    with torch.no_grad():
        model.embeddings.word.weight.copy_(initial_words(data["train"][0].numpy(), hidden))
    rate = options.rate or (2e-3 if options.mixing == "fourier" else 5e-4)  # post-norm attention wants smaller steps
    train(model, *data["train"], data["validation"], options.epochs, rate)

    ids, ratings = data["test"]
    model.eval()
    with torch.no_grad():  # One by one, as the exported graph takes them.
        logits = torch.cat([model(row) for row in ids.split(1)])
    right = int(((logits[:, 1] > logits[:, 0]) == (ratings > 0)).sum())
    print(f"test: {right}/{len(ids)} = {right / len(ids):.4f} in PyTorch {torch.__version__}")
    print(f"always \"positive\": {int((ratings > 0).sum())}/{len(ids)}")
    print("parameters:", sum(parameter.numel() for parameter in model.parameters()))

    os.makedirs(options.out, exist_ok=True)
    path = lambda name: os.path.join(options.out, name)
    onnx.save(export.to_onnx(model, {"ids": ids[:1]}, ["logits"]), path("model.onnx"))
    np.savez(path("test.npz"), ids=ids.numpy(), labels=(ratings > 0).numpy().astype(np.int64), logits=logits.numpy())
    with open(path("vocabulary.txt"), "w") as file:
        file.write("\n".join(vocabulary) + "\n")


if __name__ == "__main__":
    main()
