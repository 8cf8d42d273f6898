"""The embedded model before its training: a small CLIP and its tokenizer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

from shapiq_fixlip.demo.scenes import SCENE_SIZE, caption
from shapiq_fixlip.demo.sprites import CLASS_NAMES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PATCH_SIZE", "PIXEL_MEAN", "PIXEL_STD", "make_model", "make_tokenizer", "save"]

PATCH_SIZE = 16
"""Side of a patch in pixels; a scene has 7 x 7."""

PIXEL_MEAN = PIXEL_STD = (0.5, 0.5, 0.5)
"""What pixels between 0 and 1 are normalised with."""

_CONTEXT_LENGTH = 32


def make_tokenizer() -> CLIPTokenizer:
    """Return a CLIP tokenizer in which every word of the captions is one token.

    Other words are spelled by pieces of known words, in the last resort byte by byte.
    """
    rng = np.random.default_rng(0)
    draws = [rng.choice(CLASS_NAMES, rng.integers(1, 5), replace=False) for _ in range(20_000)]
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.normalizer = normalizers.Lowercase()
    learner.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=100_000, end_of_word_suffix="</w>", show_progress=False
    )
    learner.train_from_iterator((caption(names.tolist(), rng) for names in draws), trainer)
    merges: Any = [tuple(merge) for merge in json.loads(learner.to_str())["model"]["merges"]]
    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*bytes_, *(byte + "</w>" for byte in bytes_), *("".join(merge) for merge in merges)]
    special = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys([*pieces, *special]))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=_CONTEXT_LENGTH)


def make_model(tokenizer: CLIPTokenizer) -> CLIPModel:
    """Return the untrained model: a vision tower of 7 x 7 patches and a small text tower."""
    config = CLIPConfig(
        vision_config={
            "hidden_size": 192,
            "intermediate_size": 768,
            "num_hidden_layers": 4,
            "num_attention_heads": 6,
            "image_size": SCENE_SIZE,
            "patch_size": PATCH_SIZE,
            "hidden_act": "gelu",
        },
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 128,
            "intermediate_size": 512,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "max_position_embeddings": _CONTEXT_LENGTH,
            "hidden_act": "gelu",
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        projection_dim=128,
    )
    return CLIPModel(config)


def save(model: CLIPModel, tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write a folder that ``CLIPModel`` and ``CLIPProcessor`` load."""
    image_processor = CLIPImageProcessor(
        size={"shortest_edge": SCENE_SIZE},
        crop_size={"height": SCENE_SIZE, "width": SCENE_SIZE},
        image_mean=PIXEL_MEAN,
        image_std=PIXEL_STD,
    )
    model.save_pretrained(folder)
    CLIPProcessor(image_processor, tokenizer).save_pretrained(folder)
