"""Checks of the numbers in a model's JSON files, before anything is built of them.

Numbers are known by their names, at any depth. An entry that is absent or null has the default of
the library, and what only shows together with others is left to building the model.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from PIL import Image

from shapiq_fixlip.encoders.rules import FLAG, Rule, channels, is_number, is_whole, whole
from shapiq_fixlip.errors import MAX_WHOLE_NUMBER, InputError, brief
from shapiq_fixlip.files import json_entries

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_number_of_labels", "check_numbers"]

_MAX_SIDE = 4096
"""The most pixels of a side of a model's image; known models have up to 1024."""

_MAX_WIDTH = 2**17
"""The largest size of a layer; known models have up to 16,384."""


def check_number_of_labels(folder: Path, source: str) -> None:
    """Check ``num_labels``, for which transformers takes memory as it reads a configuration.

    Raises:
        InputError: If it is too large.
    """
    _check(folder, source, {"config.json": {"num_labels": whole(0, 2**20)}})


def check_numbers(folder: Path, source: str) -> None:
    """Check the numbers in the configurations of a model, its image processor and its tokenizer.

    Files that are not JSON are skipped: the libraries cannot read them either, and raise errors.

    Args:
        folder: Where the files are.
        source: What the user calls the model.

    Raises:
        InputError: If a number cannot be used; the error names the file and the entry.
    """
    _check(folder, source, _RULES)


def _check(folder: Path, source: str, rules_by_file: dict[str, dict[str, Rule]]) -> None:
    for pattern, rules in rules_by_file.items():
        for file in sorted(folder.glob(pattern)):
            try:
                content = json.loads(file.read_bytes())
            except (OSError, ValueError, RecursionError):
                continue
            for path, name, value in json_entries(content):
                rule = next((rules[known] for known in rules if fnmatchcase(name, known)), None)
                if rule is not None and value is not None and not rule[1](value):
                    msg = (
                        f"must have {rule[0]} as {path} in its {file.name}, "
                        f"got {brief(value)} in {source!r}."
                    )
                    raise InputError("model", msg)


def _is_size(value: Any) -> bool:  # noqa: ANN401 - of JSON
    """Whether a value is a side, or two sides in any form that image processors take."""
    if isinstance(value, dict):
        value = [side for side in value.values() if side is not None]
    sides = value if isinstance(value, list) else [value]
    return bool(sides) and all(is_whole(side, 1, _MAX_SIDE) for side in sides)


def _is_length(value: Any) -> bool:  # noqa: ANN401 - of JSON
    """Whether a value is a number of tokens; files write 1e30 for no limit."""
    return is_number(value) and value >= 1 and int(value) == value


_SIZE: Rule = (f"a size from 1 to {_MAX_SIDE} pixels", _is_size)

_MODEL_RULES: dict[str, Rule] = {
    "*_eps": ("a number from 0 to 1", lambda value: is_number(value) and 0 <= value <= 1),
    "*_token_id": (
        "a whole number of at most 64 bits, or several",
        lambda value: all(
            is_whole(token, -1, MAX_WHOLE_NUMBER)
            for token in (value if isinstance(value, list) else [value])
        ),
    ),
    "hidden_size": whole(1, _MAX_WIDTH),
    "image_size": whole(1, _MAX_SIDE),
    "intermediate_size": whole(1, 2**20),
    "max_position_embeddings": whole(1, 2**20),
    "num_attention_heads": whole(1, 2**12),
    "num_channels": whole(3, 3),
    "num_hidden_layers": whole(1, 1000),
    "num_patches": whole(1, 2**20),
    "patch_size": whole(1, _MAX_SIDE),
    "projection_dim": whole(1, _MAX_WIDTH),
    "projection_size": whole(1, _MAX_WIDTH),
    "vocab_size": whole(1, 2**24),
}

_IMAGE_PROCESSOR_RULES: dict[str, Rule] = {
    "crop_size": _SIZE,
    "do_center_crop": FLAG,
    "do_normalize": FLAG,
    "do_pad": FLAG,
    "do_rescale": FLAG,
    "do_resize": FLAG,
    "image_mean": channels("numbers"),
    "image_std": channels("positive numbers", lambda number: number > 0),
    "max_num_patches": whole(1, 2**16),
    "patch_size": whole(1, _MAX_SIDE),
    "resample": (
        "the number of a filter of Pillow",
        lambda value: is_whole(value) and value in list(Image.Resampling),
    ),
    "rescale_factor": (
        "a number above 0, of at most 1",
        lambda value: is_number(value) and 0 < value <= 1,
    ),
    "size": _SIZE,
}

_RULES: dict[str, dict[str, Rule]] = {
    "config.json": _MODEL_RULES,
    "*processor_config.json": _IMAGE_PROCESSOR_RULES,
    "tokenizer_config.json": {
        "model_max_length": ("a whole number of tokens from 1 on", _is_length)
    },
}
