"""Tiny random dual encoders of every family, with the tokenizer of the reference model."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path

import torch
import transformers
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

from shapiq_fixlip import CallableEncoder
from shapiq_fixlip.encoders.huggingface import from_transformers

REFERENCE = Path(__file__).parent / "reference"
SCENE = REFERENCE / "scene.png"
CAPTION = "black dog next to a yellow hydrant"
REFERENCE_MODELS = ("clip-32-8", "siglip-32-8", "siglip2-32-8")

_TOWER = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
_VISION = {**_TOWER, "image_size": 32, "patch_size": 8}
_TEXT = {
    **_TOWER,
    "vocab_size": 659,
    "max_position_embeddings": 40,
    "bos_token_id": 657,
    "eos_token_id": 658,
    "pad_token_id": 658,
}

FAMILIES = {
    "CLIP": lambda: transformers.CLIPConfig(
        vision_config=_VISION, text_config=_TEXT, projection_dim=24
    ),
    "MetaCLIP 2": lambda: transformers.MetaClip2Config(
        vision_config=_VISION, text_config=_TEXT, projection_dim=24
    ),
    "AltCLIP": lambda: transformers.AltCLIPConfig(
        vision_config=_VISION,
        text_config={**_TEXT, "project_dim": 32, "pad_token_id": 0},
        projection_dim=24,
    ),
    "Chinese-CLIP": lambda: transformers.ChineseCLIPConfig(
        vision_config=_VISION, text_config={**_TEXT, "pad_token_id": 0}, projection_dim=24
    ),
    "SigLIP": lambda: transformers.SiglipConfig(
        vision_config=_VISION, text_config={**_TEXT, "projection_size": 32}
    ),
    "SigLIP 2 NaFlex": lambda: transformers.Siglip2Config(
        vision_config={**_TOWER, "num_patches": 16, "patch_size": 8},
        text_config={**_TEXT, "projection_size": 32},
    ),
    # no tower that is known, so it is used by its pixels
    "CLIPSeg": lambda: transformers.CLIPSegConfig(
        vision_config=_VISION, text_config=_TEXT, projection_dim=24
    ),
}


@cache
def random_model(family):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return transformers.AutoModel.from_config(FAMILIES[family]()).eval()


@cache
def tokenizer():
    return transformers.AutoTokenizer.from_pretrained(REFERENCE / "models" / "clip-32-8")


@cache
def image_processor(family):
    if family == "SigLIP 2 NaFlex":
        return Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16)
    return CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})


def random_encoder(family="CLIP", **options):
    return from_transformers(random_model(family), image_processor(family), tokenizer(), **options)


def encoder_of_grid(side, context_length=77):
    """A model of ``side`` times ``side`` patches."""
    tower = {**_TOWER, "hidden_size": 8, "num_hidden_layers": 1}
    text = {**_TEXT, **tower, "max_position_embeddings": context_length}
    config = transformers.CLIPConfig(
        vision_config={**tower, "image_size": 4 * side, "patch_size": 4},
        text_config=text,
        projection_dim=8,
    )
    size = {"height": 4 * side, "width": 4 * side}
    longer = deepcopy(tokenizer())
    longer.model_max_length = context_length
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.CLIPModel(config).eval()
    return from_transformers(model, CLIPImageProcessorPil(size=size, crop_size=size), longer)


def callable_encoder(**options):
    """A model known by its functions only."""
    inner = random_encoder("CLIP")
    return CallableEncoder(
        lambda pixels: 3 * inner.image_tower.embed_pixels(pixels),
        lambda ids, mask: 2 * inner.text_tower.embed(ids, mask),
        preprocess=lambda image: inner.image_tower.prepare(image).pixels[0],
        tokenizer=inner.text_tower.tokenizer,
        mean=(0.48, 0.46, 0.41),
        std=(0.27, 0.26, 0.28),
        **options,
    )
