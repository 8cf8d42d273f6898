"""Models of open_clip: by name and tag, from a checkpoint file, a folder or the hub."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import open_clip
import timm
import torch
from open_clip.utils import to_2tuple

from shapiq_fixlip.encoders.base import Outline
from shapiq_fixlip.encoders.open_clip import from_open_clip, trunk_takes_tokens
from shapiq_fixlip.errors import InputError, first_line

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.base import Encoder

__all__ = ["load", "outline"]

_PREFIX = "open_clip:"
_SCHEMES = ("hf-hub:", "local-dir:")


def load(source: str, batch_size: int) -> tuple[Encoder, torch.nn.Module]:
    """Load a model in single precision on the CPU.

    Returns:
        The encoder and the model in it.
    """
    name, tag = _name_and_tag(source)
    try:
        # the activation is one of the weights, so to speak: names without it are often used, too
        needs_quick_gelu = open_clip.get_pretrained_cfg(name, tag or "").get("quick_gelu", False)
        model = open_clip.create_model(
            name, tag, require_pretrained=True, force_quick_gelu=needs_quick_gelu
        )
        tokenizer = open_clip.get_tokenizer(name)
    except Exception as error:  # downloads and files fail in many ways
        msg = (
            "model must have weights and a tokenizer that load, "
            f"got {source!r} ({first_line(error)})"
        )
        raise InputError(msg) from error
    return from_open_clip(model, tokenizer, batch_size=batch_size), model


def outline(source: str) -> Outline:
    """Read the configuration of a model."""
    name, _ = _name_and_tag(source)
    try:
        config = open_clip.get_model_config(name)
        vision = open_clip.CLIPVisionCfg(**config["vision_cfg"])
        text = open_clip.CLIPTextCfg(**config["text_cfg"])
    except Exception as error:  # the hub and broken files fail in many ways
        msg = f"model must have a configuration that loads, got {source!r} ({first_line(error)})"
        raise InputError(msg) from error
    n_patches = _n_patches(vision)
    return Outline(source, n_patches is not None, n_patches, text.context_length)


def _n_patches(vision: Any) -> int | None:  # noqa: ANN401 - a CLIPVisionCfg, which has no types
    """Return how many patches an image tower takes, or ``None`` if it takes pixels only."""
    if vision.timm_model_name:
        with torch.device("meta"):  # a model without weights
            trunk: Any = timm.create_model(vision.timm_model_name)
        return trunk.patch_embed.num_patches if trunk_takes_tokens(trunk) else None
    if not isinstance(vision.layers, int):  # one number for each stage of a ResNet
        return None
    (height, width), (rows, columns) = map(to_2tuple, (vision.image_size, vision.patch_size))
    return (height // rows) * (width // columns)


def _name_and_tag(source: str) -> tuple[str, str | None]:
    """Return what open_clip calls a model and its weights.

    Raises:
        InputError: If a model of its own or its tag is unknown.
    """
    if Path(source).is_dir():
        return f"local-dir:{source}", None
    name = source.removeprefix(_PREFIX)
    if name.startswith(_SCHEMES):
        return name, None
    name, _, tag = name.partition("/")
    if name not in open_clip.list_models():
        close = get_close_matches(name, open_clip.list_models(), n=5, cutoff=0) or ["ViT-B-32"]
        msg = f"model must be one of open_clip ({', '.join(close)}, ...), got {source!r}."
        raise InputError(msg)
    tags = open_clip.list_pretrained_tags_by_model(name)
    if tag not in tags and not Path(tag).is_file():
        msg = (
            f"model must name weights as in {_PREFIX}{name}/TAG, with one of the tags "
            f"{', '.join(tags)} or a checkpoint file, got {source!r}."
        )
        raise InputError(msg)
    return name, tag
