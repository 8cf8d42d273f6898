"""The tokenizer of the embedded models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from shapiq_fixlip.demo.captions import MAX_OBJECTS
from shapiq_fixlip.demo.contents import random_contents

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CONTEXT_LENGTH", "make_tokenizer"]

CONTEXT_LENGTH = 32
"""The most tokens of a text."""


def make_tokenizer() -> CLIPTokenizer:
    """Return a CLIP tokenizer in which every word of the captions is one token.

    Other words are split into pieces of known words, or into single bytes if there are none.
    """
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.normalizer = normalizers.Lowercase()
    learner.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=100_000, end_of_word_suffix="</w>", show_progress=False
    )
    learner.train_from_iterator(_captions(np.random.default_rng(0)), trainer)
    merges: Any = [tuple(merge) for merge in json.loads(learner.to_str())["model"]["merges"]]
    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*bytes_, *(byte + "</w>" for byte in bytes_), *("".join(merge) for merge in merges)]
    special = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys([*pieces, *special]))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=CONTEXT_LENGTH)


def _captions(rng: np.random.Generator) -> Iterator[str]:
    for _ in range(20_000):
        n = int(rng.integers(1, MAX_OBJECTS + 1))
        contents = [
            random_contents(rng, "names", n),
            random_contents(rng, "colours", n),
            random_contents(rng, "places"),
        ]
        for shown in contents:
            yield shown.captions(rng, n)[0]
