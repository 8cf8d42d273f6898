"""From a model and pairs of an image and a text to games, which share what they can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

import numpy as np
import torch

from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.encoders.loading import load_encoder, model_name
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.files import as_json
from shapiq_fixlip.games.image_text import ImageTextGame
from shapiq_fixlip.games.shared_sides import SharedSides
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.games.zero_shot import ZeroShotGames, check_classes
from shapiq_fixlip.sides.parsing import choices_of
from shapiq_fixlip.typing import ValueScale
from shapiq_fixlip.validation import check_choice, check_flag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapiq_fixlip.encoders.loading import ModelLike
    from shapiq_fixlip.sides.image import ImageSide
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.parsing import (
        ImagePlayersLike,
        ImageRemovalLike,
        TextPlayersLike,
        TextRemovalLike,
    )

__all__ = ["GameChoices", "GameMaker", "PairLike", "as_pair", "as_pairs"]

_PAIR = 2

_DEFAULT_CHOICES = {
    "image_players": "patches",
    "text_players": "tokens",
    "image_removal": "zero",
    "text_removal": "attention",
}

type PairLike = Mapping[str, Any] | tuple[ImageLike, str | None]
"""An image and a text: ``{"image": ..., "text": ...}`` or ``(image, text)``."""


class GameChoices(TypedDict, total=False):
    """Choices of all games of an explainer; see :class:`~shapiq_fixlip.VisionLanguageGame`."""

    image_players: ImagePlayersLike
    text_players: TextPlayersLike
    image_removal: ImageRemovalLike
    text_removal: TextRemovalLike
    truncation: bool
    value: ValueScale


class GameMaker:
    """Makes the games of images and texts under one model.

    Attributes:
        settings: The model and the choices, as files and pages show them.
    """

    def __init__(
        self,
        model: ModelLike | Callable[[ImageLike, str], ImageTextGame],
        classes: Mapping[str, Any],
        choices: Mapping[str, Any],
    ) -> None:
        """Check the choices, and load the model.

        Args:
            model: An encoder, a model, its name, or a function from an image and a text to a game.
            classes: The arguments ``class_names``, ``class_value`` and ``prompt_template`` of
                :func:`~shapiq_fixlip.games.zero_shot_game`; without names, games are of texts.
            choices: Those of all games, see :class:`GameChoices`.

        Raises:
            InputError: If an argument is not allowed.
        """
        read = _read_choices(choices)
        names = check_classes(
            classes["class_names"],
            None,
            classes["class_value"],
            classes["prompt_template"],
            read["value"],
        )
        encoder, self._function = _encoder_or_function(model)
        given = [*choices, *(["class_names"] if names else [])]
        if encoder is None and given:
            msg = "must be left out if the model is a function to games."
            raise InputError(given[0], msg)
        self._encoder, self._choices, self._zero_shot = encoder, read, None
        told = {**choices, **({**classes, "class_names": names} if names else {})}
        self.settings = {name: as_json(choice) for name, choice in told.items()}
        if encoder is not None:
            self.settings |= {"model": model_name(cast("Any", model))}
        if encoder is not None and names:
            rest = (classes["class_value"], classes["prompt_template"], read)
            self._zero_shot = ZeroShotGames(encoder, names, *rest)

    def game(self, image: ImageLike, text: str | None) -> ImageTextGame:
        """Return the game of an image and a text; with classes, of the best one by default.

        Raises:
            InputError: If the image or the text cannot be used.
        """
        if self._zero_shot is not None:
            return self._zero_shot.game(image, text)
        if text is None:
            msg = "must be given unless there are class names."
            raise InputError("text", msg)
        if self._encoder is not None:
            return VisionLanguageGame(self._encoder, image, text, **self._choices)
        game: object = cast("Any", self._function)(image, text)
        if not isinstance(game, ImageTextGame):
            msg = (
                "must be a function from an image and a text to a game, got one that returns "
                f"{brief(game)}."
            )
            raise InputError("model", msg)
        return game

    def games(self, pairs: Sequence[tuple[ImageLike, str | None]]) -> Iterator[ImageTextGame]:
        """Yield the games of pairs, which share the passes of equal images and texts.

        The games of a function share what the function lets them share.

        Args:
            pairs: Images and texts. Images are equal if they are the same object or path.
        """
        images: dict[object, ImageSide] = {}
        shared = None if self._encoder is None else SharedSides(self._encoder, self._choices)
        for image, text in pairs:
            name = str(image) if isinstance(image, str | Path) else id(image)
            if self._zero_shot is not None:
                game = self._zero_shot.game(images.get(name, image), text)
                images[name] = cast("ImageSide", game.image_side)
                yield game
            elif shared is None or text is None:
                yield self.game(image, text)
            else:
                yield shared.game(image, text, name)


def _read_choices(given: Mapping[str, Any]) -> dict[str, Any]:
    """Read and check the choices of games, without a model.

    Raises:
        InputError: If one is not allowed.
    """
    known = {**_DEFAULT_CHOICES, "truncation": False, "value": "logit"}
    unknown = [name for name in given if name not in known]
    if unknown:
        msg = f"must be one of {', '.join(known)}, got {unknown[0]}."
        raise InputError("choices", msg)
    wanted = {**known, **given}
    check_choice("value", wanted["value"], ValueScale)
    check_flag("truncation", wanted["truncation"])
    read = choices_of(*(wanted[name] for name in _DEFAULT_CHOICES), truncation=wanted["truncation"])
    return {**read, "value": wanted["value"]}


def as_pairs(given: Sequence[PairLike | ImageLike]) -> list[tuple[ImageLike, str | None]]:
    """Return pairs of an image and a text, which may be ``None``.

    Raises:
        InputError: If there are none, or one is no pair.
    """
    table: Any = given
    if hasattr(table, "to_dict") and hasattr(table, "columns"):  # of pandas
        given = table.to_dict("records")
    is_list = hasattr(given, "__len__") and not isinstance(given, str | bytes | Mapping)
    is_pair = is_list and len(given) == _PAIR and isinstance(given[1], str)
    if not is_list or is_pair or not len(given):
        msg = (
            "must be a list of pairs, such as [(image, text), (image, text)], got "
            f"{brief('one pair' if is_pair else given)}."
        )
        raise InputError("X", msg)
    return [as_pair(one) for one in given]


def as_pair(given: PairLike | ImageLike) -> tuple[ImageLike, str | None]:
    """Return an image and a text, which may be ``None``.

    Raises:
        InputError: If it is no pair.
    """
    image: Any = given
    text: object = None
    if isinstance(given, Mapping):
        if "image" not in given or not given.keys() <= {"image", "text"}:
            msg = f"must have an image and a text, got {brief(list(given))}."
            raise InputError("x", msg)
        image, text = given["image"], given.get("text")
    elif isinstance(given, tuple | list) or getattr(given, "dtype", None) == np.object_:
        entries: Any = given
        if len(entries) != _PAIR:
            msg = f"must be an image and a text, got {len(entries)} entries."
            raise InputError("x", msg)
        image, text = entries
    if text is not None and not isinstance(text, str):
        msg = f"must be a text, got {brief(text)}."
        raise InputError("text", msg)
    return image, text


def _encoder_or_function(
    model: ModelLike | Callable[[ImageLike, str], ImageTextGame],
) -> tuple[Encoder | None, Callable[[ImageLike, str], ImageTextGame] | None]:
    """Return the encoder, or the function that makes games."""
    # models can be called, too, and so can their classes
    is_class = isinstance(model, type) and issubclass(model, torch.nn.Module)
    if isinstance(model, str | Path | torch.nn.Module) or is_class:
        model = load_encoder(cast("str", model))
    if isinstance(model, Encoder):
        return model, None
    if not callable(model):
        msg = (
            "must be an encoder, its name, or a function from an image and a text to a game, "
            f"got {brief(model)}."
        )
        raise InputError("model", msg)
    return None, model
