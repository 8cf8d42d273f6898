"""Names of open_clip's own models: ``MODEL/TAG``, or ``MODEL/FILE`` with settings of the file.

Weights alone do not say how images were resized and normalised when they were trained, nor which
activation they belong to. A tag says it. For a file, it is what all published weights of its model
have in common, or what the name says after a question mark, as an address in a browser does:
``ViT-L-14/FILE?mean=0.5,0.5,0.5&std=0.5,0.5,0.5&quick_gelu=false``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, override
from urllib.parse import parse_qsl

import open_clip
from open_clip.transform import PreprocessCfg

from shapiq_fixlip.encoders.open_clip_configuration import check_preprocessing
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import is_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PREFIX", "OwnModel", "quoted"]

PREFIX = "open_clip:"

_PREPROCESSING = ("mean", "std", "interpolation", "resize_mode")
_ACTIVATION = "quick_gelu"
_SETTINGS = (*_PREPROCESSING, _ACTIVATION)

_MAX_NAME_LENGTH = 300
"""Characters of a name that an error message quotes."""


def quoted(name: str) -> str:
    """Return a name in quotation marks, cut if it does not fit in a line."""
    return repr(name if len(name) <= _MAX_NAME_LENGTH else f"{name[:_MAX_NAME_LENGTH]}…")


@dataclass(frozen=True)
class OwnModel:
    """One of open_clip's own architectures with its weights.

    Attributes:
        name: The architecture.
        weights: A tag, or a checkpoint file.
        is_file: Whether it is a file.
        quick_gelu: Whether the activation is QuickGELU; else it is GELU.
        preprocessing: How images are resized and normalised; empty for a tag, which says it.
        is_guess: Whether some setting of a file is neither published nor chosen, but the default.
    """

    name: str
    weights: str
    is_file: bool
    quick_gelu: bool
    preprocessing: dict[str, Any] = field(default_factory=dict)
    is_guess: bool = False

    @classmethod
    def of(cls, source: str) -> OwnModel:
        """Read a name.

        Raises:
            InputError: If the model, its tag or a setting is unknown, or if published weights
                differ in a setting that the name does not choose.
        """
        name, _, rest = source.removeprefix(PREFIX).partition("/")
        known = open_clip.list_models()
        if name not in known:
            close = get_close_matches(name[:_MAX_NAME_LENGTH], known, n=5, cutoff=0)
            msg = f"must be one of open_clip ({', '.join(close)}, ...), got {quoted(source)}."
            raise InputError("model", msg)
        weights, query = _divided(rest)
        tags = open_clip.list_pretrained_tags_by_model(name)
        if weights in tags and not query:
            return cls(name, weights, is_file=False, quick_gelu=_has_quick_gelu(name, weights))
        if not is_file(weights):
            msg = (
                f"must name weights as in {PREFIX}{name}/TAG, with one of the tags "
                f"{', '.join(tags)} or a checkpoint file, got {quoted(source)}."
            )
            raise InputError("model", msg)
        chosen = _chosen(query, source)
        settings = _published(name, tags) | {key: [value] for key, value in chosen.items()}
        _check_choices(name, settings, source)
        values = {setting: choices[0] for setting, choices in settings.items()}
        return cls(
            name,
            weights,
            is_file=True,
            quick_gelu=values.pop(_ACTIVATION),
            preprocessing=values,
            is_guess=not tags and len(chosen) < len(_SETTINGS),
        )

    @override
    def __str__(self) -> str:
        """Say which settings are taken for a file."""
        settings = ", ".join(f"{name} {_written(v)}" for name, v in self.preprocessing.items())
        activation = "QuickGELU" if self.quick_gelu else "GELU"
        return f"{self.weights} is read with {settings}, and activation {activation}"


def _divided(rest: str) -> tuple[str, str]:
    """Return weights and what follows the last question mark, unless it belongs to the name."""
    if is_file(rest) or "?" not in rest:
        return rest, ""
    weights, _, query = rest.rpartition("?")
    return weights, query


def _has_quick_gelu(name: str, tag: str) -> bool:
    # weights belong to one activation; the tag may know it where the model's name does not
    of_tag = open_clip.get_pretrained_cfg(name, tag).get(_ACTIVATION, False)
    return bool(of_tag or open_clip.get_model_config(name).get(_ACTIVATION, False))


def _published(name: str, tags: Sequence[str]) -> dict[str, list[Any]]:
    """List the different values of each setting among published weights.

    Without any, those of open_clip's training are taken, by which such weights were made.
    """
    published = [open_clip.get_pretrained_cfg(name, tag) for tag in tags] or [vars(PreprocessCfg())]
    values = {
        setting: list(dict.fromkeys(_hashable(one[setting]) for one in published))
        for setting in _PREPROCESSING
    }
    activations = dict.fromkeys(_has_quick_gelu(name, tag) for tag in tags or [""])
    return {**values, _ACTIVATION: list(activations)}


def _hashable(value: Any) -> Any:  # noqa: ANN401 - a name, or a number for each channel
    return value if isinstance(value, str) else tuple(value)


def _chosen(query: str, source: str) -> dict[str, Any]:
    """Read the settings in a name.

    Raises:
        InputError: If one is unknown, given twice or has no such value.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        texts = dict(pairs)
        if len(texts) < len(pairs) or not texts.keys() <= set(_SETTINGS):
            raise ValueError  # noqa: TRY301 - one message for all that cannot be read
        chosen = {setting: _value(setting, text) for setting, text in texts.items()}
    except (KeyError, ValueError) as error:
        msg = (
            "must have settings as in FILE?mean=0.5,0.5,0.5&std=0.5,0.5,0.5&resize_mode=squash"
            f"&interpolation=bicubic&quick_gelu=false, each at most once, got {quoted(source)}."
        )
        raise InputError("model", msg) from error
    check_preprocessing(chosen, source)
    return chosen


def _value(setting: str, text: str) -> Any:  # noqa: ANN401 - of the setting's type
    if setting == _ACTIVATION:
        return {"true": True, "false": False}[text]
    return tuple(map(float, text.split(","))) if setting in ("mean", "std") else text


def _check_choices(name: str, settings: Mapping[str, Sequence[Any]], source: str) -> None:
    open_settings = [
        " or ".join(f"{setting}={_written(value)}" for value in values)
        for setting, values in settings.items()
        if len(values) > 1
    ]
    if open_settings:
        msg = (
            f"must say how its weights were trained, as published weights of {name} differ: add ? "
            f"and {', and '.join(open_settings)}, joined by &, got {quoted(source)}."
        )
        raise InputError("model", msg)


def _written(value: Any) -> str:  # noqa: ANN401 - a flag, a name, or a number for each channel
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else ",".join(map(str, value))
