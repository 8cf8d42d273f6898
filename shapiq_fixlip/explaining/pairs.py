"""From a model and pairs of an image and a text to games, which share what they can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

import torch

from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.encoders.loading import load_encoder
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.image_text import ImageTextGame
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.games.zero_shot import check_classes, zero_shot_game

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
    from shapiq_fixlip.sides.text import TextSide
    from shapiq_fixlip.typing import ClassValue, ValueScale

__all__ = ["Classes", "GameChoices", "GameMaker", "PairLike", "as_pairs"]

_PAIR = 2

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


class Classes(TypedDict):
    """The classes of zero-shot explanations; see :func:`~shapiq_fixlip.games.zero_shot_game`."""

    class_names: Sequence[str]
    class_value: ClassValue
    prompt_template: str


class GameMaker:
    """Makes the games of images and texts under one model."""

    def __init__(
        self,
        model: ModelLike | Callable[[ImageLike, str], VisionLanguageGame],
        classes: Classes | None,
        choices: GameChoices,
    ) -> None:
        """Load the model.

        Args:
            model: An encoder, a model, its name, or a function from an image and a text to a game.
            classes: The classes, if games are zero-shot.
            choices: Of all games.

        Raises:
            InputError: If an argument is not allowed.
        """
        if classes is not None:
            value = choices.get("value", "logit")
            check_classes(
                classes["class_names"],
                None,
                classes["class_value"],
                classes["prompt_template"],
                value,
            )
        self._classes, self._choices = classes, choices
        self._encoder, self._function = _encoder_or_function(model)
        given = [*choices, *(["class_names"] if classes is not None else [])]
        if self._encoder is None and given:
            msg = "must be left out if the model is a function to games."
            raise InputError(given[0], msg)

    def game(self, image: ImageLike, text: str | None) -> ImageTextGame:
        """Return the game of an image and a text; with classes, of the best one by default.

        Raises:
            InputError: If the image or the text cannot be used.
        """
        if self._encoder is not None and self._classes is not None:
            return zero_shot_game(self._encoder, image, text=text, **self._classes, **self._choices)
        if text is None:
            msg = "must be given unless there are class names."
            raise InputError("text", msg)
        if self._encoder is not None:
            return VisionLanguageGame(self._encoder, image, text, **self._choices)
        game: object = cast("Any", self._function)(image, text)
        if not isinstance(game, ImageTextGame):
            msg = (
                f"must be a function from an image and a text to a game, got one to {brief(game)}."
            )
            raise InputError("model", msg)
        return game

    def games(self, pairs: Sequence[tuple[ImageLike, str | None]]) -> Iterator[ImageTextGame]:
        """Yield the games of pairs, which share the passes of equal images and texts.

        Args:
            pairs: Images and texts. Images are equal if they are the same object or path.
        """
        shared: VisionLanguageGame | None = None
        images: dict[object, ImageSide] = {}
        texts: dict[str, TextSide] = {}
        for image, text in pairs:
            if shared is None or text is None:
                game = self.game(image, text)
                if self._encoder is None or not isinstance(game, VisionLanguageGame):
                    yield game
                    continue
                shared = game
                images[_name_of(image)], texts[cast("str", text)] = game.image_side, game.text_side
            else:
                name = _name_of(image)
                if name not in images:
                    images[name] = shared.with_image(image).image_side
                if text not in texts:
                    texts[text] = shared.with_text(text).text_side
                game = shared.with_sides(images[name], texts[text])
            yield game


def _name_of(image: ImageLike) -> object:
    return str(image) if isinstance(image, str | Path) else id(image)


def as_pairs(given: Sequence[PairLike | ImageLike]) -> list[tuple[ImageLike, str | None]]:
    """Return pairs of an image and a text, which may be ``None``.

    Raises:
        InputError: If there are none, or one is no pair.
    """
    is_text = isinstance(given, str | bytes)
    pairs = [] if is_text or not hasattr(given, "__len__") else [_pair(one) for one in given]
    if not pairs:
        msg = f"must be a list of at least one pair of an image and a text, got {brief(given)}."
        raise InputError("X", msg)
    return pairs


def _pair(given: PairLike | ImageLike) -> tuple[ImageLike, str | None]:
    if isinstance(given, Mapping):
        if "image" not in given or not given.keys() <= {"image", "text"}:
            msg = f"must have an image and a text, got {brief(list(given))}."
            raise InputError("x", msg)
        return given["image"], given.get("text")
    if not isinstance(given, tuple):
        return given, None
    if len(given) != _PAIR:
        msg = f"must be an image and a text, got {len(given)} entries."
        raise InputError("x", msg)
    return given


def _encoder_or_function(
    model: ModelLike | Callable[[ImageLike, str], VisionLanguageGame],
) -> tuple[Encoder | None, Callable[[ImageLike, str], VisionLanguageGame] | None]:
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
