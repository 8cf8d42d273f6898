"""Checks of an ``open_clip_config.json``, so that nothing is built from impossible entries.

open_clip builds whatever a configuration says: it fails in the depths of torch, asks for terabytes,
or takes a wrong number silently.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from open_clip import CLIPTextCfg, CLIPVisionCfg
from open_clip.utils import to_2tuple

from shapiq_fixlip.encoders.rules import (
    FLAG,
    NAME,
    NUMBER,
    OBJECT,
    Rule,
    channels,
    is_number,
    one_of,
    or_null,
    several,
    whole,
)
from shapiq_fixlip.errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "CONFIGURATION",
    "INTERPOLATIONS",
    "RESIZE_MODES",
    "check_architecture",
    "check_preprocessing",
    "read_configuration",
]

CONFIGURATION = "open_clip_config.json"

INTERPOLATIONS = ("bicubic", "bilinear", "random")
RESIZE_MODES = ("shortest", "longest", "squash")
"""What open_clip knows; it takes bicubic for the random choice, which is for training."""

_MAX_WIDTH = 2**14
_MAX_LAYERS = 2**8
_MAX_PIXELS = 2**12
_MAX_CONTEXT = 2**13
_MAX_VOCABULARY = 2**22
_MAX_POSITIONS = 2**24
"""Bounds of sizes: several times the largest that are published, and built in seconds.

The last is that of patches times width: their positions may be computed before all else.
"""

_N_STAGES = 4

_RATIO: Rule = (
    "a number greater than 0 and at most 64",
    lambda value: is_number(value) and 0 < value <= 64,  # noqa: PLR2004 - as the words say
)
_SHARE: Rule = (
    "a number from 0, and less than 1",
    lambda value: is_number(value) and 0 <= value < 1,
)

_MODEL = {
    "embed_dim": whole(1, _MAX_WIDTH),
    "quick_gelu": FLAG,
    "custom_text": FLAG,
    "init_logit_scale": NUMBER,
    "init_logit_bias": or_null(NUMBER),
    "nonscalar_logit_scale": FLAG,
    "vision_cfg": OBJECT,
    "text_cfg": OBJECT,
    "multimodal_cfg": OBJECT,
}
_VISION = {
    **{entry.name: FLAG for entry in fields(CLIPVisionCfg) if entry.type is bool},
    "attentional_pool": (
        "true, false, parallel or cascade",
        lambda value: isinstance(value, bool) or value in ("parallel", "cascade"),
    ),
    "pool_type": one_of("tok", "avg", "none"),
    "pos_embed_type": one_of("learnable", "sin_cos_2d"),
    "timm_proj": or_null(one_of("linear", "mlp", "none", "")),
    "layers": several(_N_STAGES, _MAX_LAYERS),
    "width": whole(1, _MAX_WIDTH),
    "head_width": whole(1, _MAX_WIDTH),
    "mlp_ratio": _RATIO,
    "patch_size": several(2, _MAX_PIXELS),
    "image_size": several(2, _MAX_PIXELS),
    "ls_init_value": or_null(NUMBER),
    "patch_dropout": _SHARE,
    "attn_pooler_queries": whole(1, _MAX_CONTEXT),
    "attn_pooler_heads": whole(1, _MAX_WIDTH),
    "timm_model_name": or_null(NAME),
}
_TEXT = {
    **{entry.name: FLAG for entry in fields(CLIPTextCfg) if entry.type is bool},
    "pool_type": one_of("first", "last", "argmax", "eos", "none"),
    "context_length": whole(1, _MAX_CONTEXT),
    "vocab_size": whole(1, _MAX_VOCABULARY),
    "width": whole(1, _MAX_WIDTH),
    "heads": whole(1, _MAX_WIDTH),
    "layers": whole(1, _MAX_LAYERS),
    "mlp_ratio": _RATIO,
    "ls_init_value": or_null(NUMBER),
    "attn_pooler_heads": whole(1, _MAX_WIDTH),
    "pad_id": whole(0, _MAX_VOCABULARY),
    "eos_id": whole(0, _MAX_VOCABULARY),
    "tokenizer_kwargs": OBJECT,
    "hf_tokenizer_name": or_null(NAME),
    "hf_model_name": or_null(NAME),
}
_PREPROCESSING = {
    "mean": or_null(channels("numbers")),
    "std": or_null(channels("positive numbers", lambda number: number > 0)),
    "interpolation": or_null(one_of(*INTERPOLATIONS)),
    "resize_mode": or_null(one_of(*RESIZE_MODES)),
    "fill_color": or_null(whole(0, 255)),
    "mode": or_null(one_of("RGB")),
}


def read_configuration(file: Path) -> dict[str, Any]:
    """Read the configuration of a model in a folder.

    Returns:
        Its architecture, under ``model_cfg``, and its preprocessing, under ``preprocess_cfg``.

    Raises:
        InputError: If there is none, or an entry of it cannot be used; the error names the entry.
    """
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        msg = f"must have a {CONFIGURATION} that is JSON, got {str(file)!r}, which is not."
        raise InputError("model", msg) from error
    if not isinstance(content, dict) or not isinstance(content.get("model_cfg"), dict):
        msg = f"must have an object as model_cfg, got {str(file)!r} without it."
        raise InputError("model", msg)
    preprocessing = content.get("preprocess_cfg", {})
    _check("preprocess_cfg", preprocessing, OBJECT, str(file))
    check_architecture(content["model_cfg"], str(file))
    check_preprocessing(preprocessing, str(file))
    return content


def check_architecture(config: Mapping[str, Any], source: str) -> None:
    """Check the sizes and names of a model's parts.

    Args:
        config: The embedding's dimension and the settings of each part.
        source: Where they come from.

    Raises:
        InputError: If one is missing or cannot be used.
    """
    for name in ("embed_dim", "vision_cfg", "text_cfg"):
        if name not in config:
            msg = f"must have {name}, got {source!r} without it."
            raise InputError("model", msg)
    _check_all("", config, _MODEL, source)
    vision, text = config["vision_cfg"], config["text_cfg"]
    _check_all("vision_cfg.", vision, _VISION, source)
    _check_all("text_cfg.", text, _TEXT, source)
    _check_all("multimodal_cfg.", config.get("multimodal_cfg", {}), _TEXT, source)
    if not vision.get("timm_model_name") and not isinstance(vision.get("layers"), list):
        _check_patches(CLIPVisionCfg(**{k: v for k, v in vision.items() if k in _VISION}), source)


def check_preprocessing(settings: Mapping[str, Any], source: str) -> None:
    """Check how images are resized and normalised.

    Args:
        settings: As in the ``preprocess_cfg`` of a model.
        source: Where they come from.

    Raises:
        InputError: If one cannot be used.
    """
    _check_all("", settings, _PREPROCESSING, source)


def _check_all(
    prefix: str, entries: Mapping[str, Any], rules: Mapping[str, Rule], source: str
) -> None:
    for name, rule in rules.items():
        if name in entries:
            _check(prefix + name, entries[name], rule, source)


def _check(name: str, value: object, rule: Rule, source: str) -> None:
    words, holds = rule
    if not holds(value):
        msg = f"must have {words} as {name}, got {brief(value)} in {source!r}."
        raise InputError("model", msg)


def _check_patches(vision: CLIPVisionCfg, source: str) -> None:
    """Check the sizes of a vision transformer against each other."""
    image, patch = to_2tuple(vision.image_size), to_2tuple(vision.patch_size)
    problem = None
    if patch[0] > image[0] or patch[1] > image[1]:
        problem = f"patches of at most its image_size, {vision.image_size}, got {vision.patch_size}"
    elif vision.head_width > vision.width:
        problem = f"a head_width of at most its width, {vision.width}, got {vision.head_width}"
    elif (image[0] // patch[0]) * (image[1] // patch[1]) * vision.width > _MAX_POSITIONS:
        problem = f"larger patches, got {vision.patch_size} with image_size {vision.image_size}"
    if problem is not None:
        msg = f"must have {problem} in vision_cfg of {source!r}."
        raise InputError("model", msg)
