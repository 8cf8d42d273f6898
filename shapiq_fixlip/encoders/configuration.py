"""Checks of the numbers in a model's JSON files, before anything is built of them.

Numbers are known by their names, at any depth. An entry that is absent or null has the default of
the library, and what only shows together with others is left to building the model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from PIL import Image

from shapiq_fixlip.errors import MAX_WHOLE_NUMBER, InputError, brief

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["check_number_of_labels", "check_numbers"]

_MAX_SIDE = 4096
"""The most pixels of a side of a model's image; known models have up to 1024."""

_MAX_WIDTH = 2**17

type _Rule = tuple[str, Callable[[Any], bool]]
"""What a value must be, in words and as a check."""


def check_number_of_labels(folder: Path, source: str) -> None:
    """Check the one number for which reading a configuration of any model takes memory.

    Raises:
        InputError: If it is too large.
    """
    _check(folder, source, {"config.json": {"num_labels": _whole(0, 2**20)}})


def check_numbers(folder: Path, source: str) -> None:
    """Check the numbers in the configurations of a model, its image processor and its tokenizer.

    Files that are not JSON are skipped: the libraries cannot read them either, and raise errors.

    Args:
        folder: Where the files are.
        source: What the user calls the model.

    Raises:
        InputError: If a number cannot be used; the error names the file and the entry.
    """
    _check(folder, source, _RULES_OF_DUAL_ENCODERS)


def _check(folder: Path, source: str, rules_of_files: dict[str, dict[str, _Rule]]) -> None:
    for pattern, rules in rules_of_files.items():
        for file in sorted(folder.glob(pattern)):
            try:
                content = json.loads(file.read_bytes())
            except (OSError, ValueError, RecursionError):
                continue
            for path, name, value in _entries(content):
                rule = next((rules[known] for known in rules if fnmatchcase(name, known)), None)
                if rule is not None and value is not None and not rule[1](value):
                    msg = (
                        f"must have numbers that can be used, got {source!r}, whose {file.name} "
                        f"has {path} = {brief(value)}, which must be {rule[0]}."
                    )
                    raise InputError("model", msg)


def _entries(content: object, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield the path, the name and the value of all entries, at any depth."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield path + name, name, value
            yield from _entries(value, f"{path}{name}.")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _whole(least: int, most: int) -> _Rule:
    rule = f"a whole number from {least} to {most}" if least < most else str(least)
    return rule, lambda value: _is_whole(value) and least <= value <= most


def _three(rule: str, accepts: Callable[[float], bool]) -> _Rule:
    """Require a number for each channel."""

    def is_three(value: object) -> bool:
        return (
            isinstance(value, list)
            and len(value) == 3  # noqa: PLR2004 - red, green and blue
            and all(_is_number(number) and accepts(number) for number in value)
        )

    return f"three {rule}, one for each channel", is_three


def _is_size(value: Any) -> bool:  # noqa: ANN401 - of JSON
    """Whether a value is a side, or two sides in any form that image processors take."""
    if isinstance(value, dict):
        value = [side for side in value.values() if side is not None]
    sides = value if isinstance(value, list) else [value]
    return bool(sides) and all(_is_whole(side) and 1 <= side <= _MAX_SIDE for side in sides)


def _is_length(value: Any) -> bool:  # noqa: ANN401 - of JSON
    """Whether a value is a number of tokens; files write 1e30 for no limit."""
    return _is_number(value) and value >= 1 and int(value) == value


_SIZE: _Rule = (f"a size from 1 to {_MAX_SIDE} pixels", _is_size)
_BOOLEAN: _Rule = ("true or false", lambda value: isinstance(value, bool))

_OF_MODELS: dict[str, _Rule] = {
    "*_eps": ("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1),
    "*_token_id": (
        "a whole number of at most 64 bits, or several",
        lambda value: all(
            _is_whole(token) and -1 <= token < MAX_WHOLE_NUMBER
            for token in (value if isinstance(value, list) else [value])
        ),
    ),
    "hidden_size": _whole(1, _MAX_WIDTH),
    "image_size": _whole(1, _MAX_SIDE),
    "intermediate_size": _whole(1, 2**20),
    "max_position_embeddings": _whole(1, 2**20),
    "num_attention_heads": _whole(1, 2**12),
    "num_channels": _whole(3, 3),
    "num_hidden_layers": _whole(1, 1000),
    "num_patches": _whole(1, 2**20),
    "patch_size": _whole(1, _MAX_SIDE),
    "projection_dim": _whole(1, _MAX_WIDTH),
    "projection_size": _whole(1, _MAX_WIDTH),
    "vocab_size": _whole(1, 2**24),
}

_OF_IMAGE_PROCESSORS: dict[str, _Rule] = {
    "crop_size": _SIZE,
    "do_center_crop": _BOOLEAN,
    "do_normalize": _BOOLEAN,
    "do_pad": _BOOLEAN,
    "do_rescale": _BOOLEAN,
    "do_resize": _BOOLEAN,
    "image_mean": _three("numbers", lambda _: True),
    "image_std": _three("positive numbers", lambda number: number > 0),
    "max_num_patches": _whole(1, 2**16),
    "patch_size": _whole(1, _MAX_SIDE),
    "resample": (
        "the number of a filter of Pillow",
        lambda value: _is_whole(value) and value in list(Image.Resampling),
    ),
    "rescale_factor": (
        "a number above 0, of at most 1",
        lambda value: _is_number(value) and 0 < value <= 1,
    ),
    "size": _SIZE,
}

_RULES_OF_DUAL_ENCODERS: dict[str, dict[str, _Rule]] = {
    "config.json": _OF_MODELS,
    "*processor_config.json": _OF_IMAGE_PROCESSORS,
    "tokenizer_config.json": {
        "model_max_length": ("a whole number of tokens, at least 1", _is_length)
    },
}
