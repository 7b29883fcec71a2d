# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lower-case ASCII word pieces, simple enough to be written again in 60 lines of C (examples/fnet-sentiment/text.h).

A text is cut into runs of letters and digits and into single other characters; each is cut from the left into the
longest pieces that the vocabulary has, where a piece that continues a word starts with "##".
"""
import html
import re
import unicodedata

PAD, UNKNOWN, START = 0, 1, 2
SPECIAL = ["[PAD]", "[UNK]", "[CLS]"]


def words(text):
    """What the pieces are cut from: accents dropped, HTML entities resolved, lower case, other non-ASCII dropped."""
    text = unicodedata.normalize("NFKD", html.unescape(text)).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text)


def train(texts, size):
    """A vocabulary of at most `size` pieces for these texts: the special ones, then the others in alphabetical order (the
    trainer's own order changes from run to run)."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(vocab_size=size, min_frequency=2, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator((" ".join(words(text)) for text in texts), trainer)
    return SPECIAL + sorted(set(tokenizer.get_vocab()) - set(SPECIAL))


def encode(text, index, length):
    """`length` ids: START, the pieces, PAD; cut off where the text is longer. index maps a piece to its id."""
    ids = [START]
    for word in words(text):
        begin, pieces = 0, []
        while begin < len(word):
            end = len(word)
            while end > begin and ("##" * (begin > 0) + word[begin:end]) not in index:
                end -= 1
            if end == begin:
                pieces = [UNKNOWN]
                break
            pieces.append(index["##" * (begin > 0) + word[begin:end]])
            begin = end
        ids += pieces
    return (ids + [PAD] * length)[:length]
