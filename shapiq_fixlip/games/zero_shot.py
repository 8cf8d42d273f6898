"""Zero-shot classification: why a model gives an image one of several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.errors import InputError, brief, renamed
from shapiq_fixlip.games.contrast import ContrastGame
from shapiq_fixlip.games.probability import ProbabilityGame, embedded_whole
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.sides.image import ImageSide
from shapiq_fixlip.sides.parsing import as_text_players
from shapiq_fixlip.sides.text_players import Template
from shapiq_fixlip.typing import ClassValue
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.text import TextSide

__all__ = [
    "PROMPT_TEMPLATE",
    "ZeroShotGames",
    "check_classes",
    "class_prompts",
    "zero_shot_game",
]

PROMPT_TEMPLATE = "a photo of a {}."
"""The text of a class, of the paper of CLIP and of shapiq's image-text games."""

_FEWEST = 2


def zero_shot_game(
    encoder: Encoder,
    image: ImageLike,
    class_names: Sequence[str],
    *,
    text: str | None = None,
    class_value: ClassValue = "margin",
    prompt_template: str = PROMPT_TEMPLATE,
    **choices: Any,  # noqa: ANN401 - those of VisionLanguageGame
) -> ImageTextGame:
    """Return the game of the class that a model gives an image, among several.

    Args:
        encoder: From :func:`~shapiq_fixlip.load_encoder`.
        image: The image.
        class_names: The names of all classes, at least two.
        text: One of the names, to explain this class. Default: the one that fits best.
        class_value: See :data:`~shapiq_fixlip.typing.ClassValue`. Default ``"margin"``.
        prompt_template: The text of a class, with ``{}`` for its name. Default
            ``"a photo of a {}."``.
        **choices: Players, removals and other arguments of
            :class:`~shapiq_fixlip.VisionLanguageGame`. With ``text_players="template"``, only the
            name plays.

    Returns:
        A :class:`~shapiq_fixlip.ContrastGame` for the margins, a
        :class:`~shapiq_fixlip.games.ProbabilityGame`, or for the logit a
        :class:`~shapiq_fixlip.VisionLanguageGame`. Their ``text`` tells the class.

    Raises:
        InputError: If an argument is not allowed.

    Examples:
        >>> from shapiq_fixlip import load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> zero_shot_game(encoder, demo_scene().image, ["lion", "snail", "cup"]).text
        'a photo of a lion. | a photo of a snail.'
    """
    games = ZeroShotGames(encoder, class_names, class_value, prompt_template, choices)
    return games.game(image, text)


class ZeroShotGames:
    """The zero-shot games of one model and some classes, whose texts are embedded once."""

    def __init__(
        self,
        encoder: Encoder,
        class_names: Sequence[str],
        class_value: ClassValue,
        prompt_template: str,
        choices: dict[str, Any],
    ) -> None:
        """Keep the classes; arguments as those of :func:`zero_shot_game`.

        Raises:
            InputError: If an argument is not allowed.
        """
        value = choices.get("value", "logit")
        names = check_classes(class_names, None, class_value, prompt_template, value)
        if not isinstance(encoder, Encoder):
            msg = f"must be an Encoder, such as load_encoder returns, got {brief(encoder)}."
            raise InputError("encoder", msg)
        self._encoder, self._choices = encoder, choices
        self._names, self._value = names, class_value
        is_template = isinstance(as_text_players(choices.get("text_players", "tokens")), Template)
        self._prompts = class_prompts(names, prompt_template, marked=is_template)
        self._base: VisionLanguageGame | None = None
        self._texts: list[TextSide] = []
        self._embeddings = np.empty((0, 0), dtype=np.float32)

    def game(self, image: ImageLike | ImageSide, text: str | None = None) -> ImageTextGame:
        """Return the game of an image.

        Args:
            image: The image, or that of another game of these.
            text: One of the names. Default: the one that fits best.

        Raises:
            InputError: If an argument is not allowed.
        """
        if text is not None and text not in self._names:
            msg = f"must be one of the class names, or left out, got {brief(text)}."
            raise InputError("text", msg)
        with renamed("text", "class_names"):
            first = self._of_image(image)
        everyone = np.ones((1, first.n_players_image), dtype=bool)
        fits = self._embeddings @ first.image_side.embed(everyone)[0]
        place = int(np.argmax(fits)) if text is None else self._names.index(text)
        game = first.with_sides(first.image_side, self._texts[place])
        if self._value == "logit":
            return game
        if self._value == "probability":
            return ProbabilityGame(game, self._texts)
        if self._value == "margin":
            fits[place] = -np.inf
            others = [int(np.argmax(fits))]
        else:
            others = [number for number in range(len(self._names)) if number != place]
        return ContrastGame(
            game, [game.with_sides(game.image_side, self._texts[number]) for number in others]
        )

    def _of_image(self, image: ImageLike | ImageSide) -> VisionLanguageGame:
        """Return the game of an image and the first class."""
        if self._base is None:
            self._base = VisionLanguageGame(
                self._encoder, cast("Any", image), self._prompts[0], **self._choices
            )
            self._texts = [self._base.text_side_of(prompt) for prompt in self._prompts]
            _check_tokens(self._texts, self._names)
            self._embeddings = np.vstack([embedded_whole(text) for text in self._texts])
            image = self._base.image_side
        side = image if isinstance(image, ImageSide) else self._base.with_image(image).image_side
        return self._base.with_sides(side, self._texts[0])


def check_classes(
    class_names: Sequence[str] | None,
    text: str | None,
    class_value: ClassValue,
    prompt_template: str,
    value: object = "logit",
) -> list[str]:
    """Check the arguments of :func:`zero_shot_game` that need no model; return the names.

    Raises:
        InputError: If one is not allowed, or one is given without class names.
    """
    check_choice("class_value", class_value, ClassValue)
    template: object = prompt_template
    if not isinstance(template, str) or template.count("{}") != 1:
        msg = f"must be a text with {{}} in the place of the name, got {brief(template)}."
        raise InputError("prompt_template", msg)
    if class_names is None:
        defaults = {
            "class_value": (class_value, "margin"),
            "prompt_template": (template, PROMPT_TEMPLATE),
        }
        for name, (given, default) in defaults.items():
            if given != default:
                msg = f"must be left out without class names, got {brief(given)}."
                raise InputError(name, msg)
        return []
    given_names: object = class_names
    is_list = isinstance(given_names, list | tuple | np.ndarray)
    names = [str(name) for name in map(_text, class_names) if name] if is_list else []
    if not names or len(names) < len(class_names) or not all(name.strip() for name in names):
        msg = f"must be a list of names, got {brief(class_names)}."
        raise InputError("class_names", msg)
    if len(set(names)) < max(_FEWEST, len(names)):
        msg = f"must be at least {_FEWEST} different names, got {brief(names)}."
        raise InputError("class_names", msg)
    if text is not None and text not in names:
        msg = f"must be one of the class names, or left out, got {brief(text)}."
        raise InputError("text", msg)
    if class_value == "probability" and value != "logit":
        msg = f"must be logit for the probability of a class, got {brief(value)}."
        raise InputError("value", msg)
    return names


def _text(name: object) -> str:
    return name if isinstance(name, str) else ""


def class_prompts(
    class_names: Sequence[str], prompt_template: str, *, marked: bool = False
) -> list[str]:
    """Return the text of each class.

    Args:
        class_names: The names.
        prompt_template: A text with ``{}`` in the place of the name.
        marked: Whether braces stay around the name, for the players ``"template"``.
    """
    names = [f"{{{name}}}" for name in class_names] if marked else class_names
    return [prompt_template.replace("{}", name) for name in names]


def _check_tokens(texts: Sequence[TextSide], names: Sequence[str]) -> None:
    """Check that the model can tell the classes apart."""
    seen: dict[tuple[int, ...], str] = {}
    for side, name in zip(texts, names, strict=True):
        tokens = tuple(side.prepared.ids[0].tolist())
        if tokens in seen:
            msg = f"must be different for the model, got {seen[tokens]!r} and {name!r}."
            raise InputError("class_names", msg)
        seen[tokens] = name
