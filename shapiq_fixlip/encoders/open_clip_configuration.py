"""Checks of an ``open_clip_config.json``, so that nothing is built from entries that cannot be.

open_clip builds whatever a configuration says: it fails in the depths of torch, asks for terabytes,
or takes a wrong number silently.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from open_clip import CLIPTextCfg, CLIPVisionCfg
from open_clip.utils import to_2tuple

from shapiq_fixlip.errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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

_LARGE = 1e30

_N_STAGES = 4
_N_CHANNELS = 3

type _Check = tuple[str, Callable[[Any], bool]]
"""What an entry must be, in words, and the function that tells."""


def _is_number(value: Any) -> bool:  # noqa: ANN401 - as JSON has it
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGE


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _whole(most: int, least: int = 1) -> _Check:
    return f"a whole number from {least} to {most}", lambda value: _is_whole(value, least, most)


def _several(n: int, most: int) -> _Check:
    def holds(value: object) -> bool:
        parts = value if isinstance(value, list) and len(value) == n else [value]
        return all(_is_whole(part, 1, most) for part in parts)

    return f"a whole number from 1 to {most}, or {n} of them", holds


def _or_null(check: _Check) -> _Check:
    words, holds = check
    return f"{words}, or null", lambda value: value is None or holds(value)


def _channels(words: str, is_allowed: Callable[[float], bool]) -> _Check:
    def holds(value: object) -> bool:
        return (
            isinstance(value, list | tuple)
            and len(value) == _N_CHANNELS
            and all(_is_number(part) and is_allowed(part) for part in value)
        )

    return f"three {words}, one for each channel", holds


def _one_of(*names: str) -> _Check:
    return f"one of {', '.join(names)}", lambda value: isinstance(value, str) and value in names


_FLAG: _Check = ("true or false", lambda value: isinstance(value, bool))
_NAME: _Check = ("a name", lambda value: isinstance(value, str) and bool(value))
_OBJECT: _Check = ("an object", lambda value: isinstance(value, dict))
_NUMBER: _Check = ("a number", _is_number)
_RATIO: _Check = (
    "a number greater than 0 and at most 64",
    lambda value: _is_number(value) and 0 < value <= 64,  # noqa: PLR2004 - as the words say
)
_SHARE: _Check = (
    "a number from 0, and less than 1",
    lambda value: _is_number(value) and 0 <= value < 1,
)

_MODEL = {
    "embed_dim": _whole(_MAX_WIDTH),
    "quick_gelu": _FLAG,
    "custom_text": _FLAG,
    "init_logit_scale": _NUMBER,
    "init_logit_bias": _or_null(_NUMBER),
    "nonscalar_logit_scale": _FLAG,
    "vision_cfg": _OBJECT,
    "text_cfg": _OBJECT,
    "multimodal_cfg": _OBJECT,
}
_VISION = {
    **{entry.name: _FLAG for entry in fields(CLIPVisionCfg) if entry.type is bool},
    "attentional_pool": (
        "true, false, parallel or cascade",
        lambda value: isinstance(value, bool) or value in ("parallel", "cascade"),
    ),
    "pool_type": _one_of("tok", "avg", "none"),
    "pos_embed_type": _one_of("learnable", "sin_cos_2d"),
    "timm_proj": _or_null(_one_of("linear", "mlp", "none", "")),
    "layers": _several(_N_STAGES, _MAX_LAYERS),
    "width": _whole(_MAX_WIDTH),
    "head_width": _whole(_MAX_WIDTH),
    "mlp_ratio": _RATIO,
    "patch_size": _several(2, _MAX_PIXELS),
    "image_size": _several(2, _MAX_PIXELS),
    "ls_init_value": _or_null(_NUMBER),
    "patch_dropout": _SHARE,
    "attn_pooler_queries": _whole(_MAX_CONTEXT),
    "attn_pooler_heads": _whole(_MAX_WIDTH),
    "timm_model_name": _or_null(_NAME),
}
_TEXT = {
    **{entry.name: _FLAG for entry in fields(CLIPTextCfg) if entry.type is bool},
    "pool_type": _one_of("first", "last", "argmax", "eos", "none"),
    "context_length": _whole(_MAX_CONTEXT),
    "vocab_size": _whole(_MAX_VOCABULARY),
    "width": _whole(_MAX_WIDTH),
    "heads": _whole(_MAX_WIDTH),
    "layers": _whole(_MAX_LAYERS),
    "mlp_ratio": _RATIO,
    "ls_init_value": _or_null(_NUMBER),
    "attn_pooler_heads": _whole(_MAX_WIDTH),
    "pad_id": _whole(_MAX_VOCABULARY, least=0),
    "eos_id": _whole(_MAX_VOCABULARY, least=0),
    "tokenizer_kwargs": _OBJECT,
    "hf_tokenizer_name": _or_null(_NAME),
    "hf_model_name": _or_null(_NAME),
}
_PREPROCESSING = {
    "mean": _or_null(_channels("numbers", lambda _: True)),
    "std": _or_null(_channels("numbers greater than 0", lambda number: number > 0)),
    "interpolation": _or_null(_one_of(*INTERPOLATIONS)),
    "resize_mode": _or_null(_one_of(*RESIZE_MODES)),
    "fill_color": _or_null(_whole(255, least=0)),
    "mode": _or_null(_one_of("RGB")),
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
    _check("preprocess_cfg", preprocessing, _OBJECT, str(file))
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
    prefix: str, entries: Mapping[str, Any], checks: Mapping[str, _Check], source: str
) -> None:
    for name in entries.keys() & checks.keys():
        _check(prefix + name, entries[name], checks[name], source)


def _check(name: str, value: object, check: _Check, source: str) -> None:
    words, holds = check
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
