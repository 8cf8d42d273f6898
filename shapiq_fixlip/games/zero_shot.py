"""Zero-shot classification: why a model gives an image one of several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

import numpy as np
import torch
from scipy import special

from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.errors import InputError, brief, renamed
from shapiq_fixlip.games.contrast import ContrastGame
from shapiq_fixlip.games.saved import RestoredGame
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.sides.base import Side
from shapiq_fixlip.sides.parsing import as_text_players
from shapiq_fixlip.sides.text_players import Template
from shapiq_fixlip.typing import ClassValue
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.sides.image import ImageSide
    from shapiq_fixlip.sides.images import ImageLike

__all__ = ["PROMPT_TEMPLATE", "ProbabilityGame", "check_classes", "class_prompts", "zero_shot_game"]

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
    check_classes(class_names, text, class_value, prompt_template, choices.get("value", "logit"))
    if not isinstance(encoder, Encoder):
        msg = f"must be an Encoder, such as load_encoder returns, got {brief(encoder)}."
        raise InputError("encoder", msg)
    marked = isinstance(as_text_players(choices.get("text_players", "tokens")), Template)
    prompts = class_prompts(class_names, prompt_template, marked=marked)
    with renamed("text", "class_names"):
        first = VisionLanguageGame(encoder, image, prompts[0], **choices)
        embeddings = _class_embeddings(encoder, class_prompts(class_names, prompt_template))
        everyone = np.ones((1, first.n_players_image), dtype=bool)
        fits = embeddings @ first.image_side.embed(everyone)[0]
        place = int(np.argmax(fits)) if text is None else list(class_names).index(text)
        game = first.with_text(prompts[place])
        if class_value == "logit":
            return game
        if class_value == "probability":
            return ProbabilityGame(game, embeddings, place)
        if class_value == "margin":
            fits[place] = -np.inf
            others = [int(np.argmax(fits))]
        else:
            others = [number for number in range(len(prompts)) if number != place]
        return ContrastGame(game, [game.with_text(prompts[number]) for number in others])


class ProbabilityGame(RestoredGame):
    """The probability of one of several texts when only some image players are present.

    It is the softmax of the logits of all texts, or for models with a bias, such as SigLIP, the
    sigmoid of the logit of the one. The texts are fixed. The value is no inner product of an image
    and a text, but that of an image with one number: so every tool for separable games takes it.

    Attributes:
        probabilities: Those of all texts for the whole image, of shape ``(c,)``.
    """

    value_name = "probability"

    def __init__(
        self, game: VisionLanguageGame, text_embeddings: NDArray[np.float32], place: int
    ) -> None:
        """Put the probability in the place of the similarity.

        Args:
            game: The game of the image and the explained text.
            text_embeddings: Those of all texts, of shape ``(c, d)``.
            place: Number of the explained text, from 0 on.
        """
        self.image_side = game.image_side
        self.text, self.unseen_text = game.text, game.unseen_text
        self.text_labels, self.joins_previous = (), ()
        side = _ProbabilitySide(game, text_embeddings, place)
        self.probabilities = side.probabilities(np.ones((1, side.n_players), dtype=bool))[0]
        super().__init__(side, _One(game.text_side), normalize=game.normalize)


class _ProbabilitySide(Side):
    """An image whose embedding is the probability of a text, one number."""

    def __init__(
        self, game: VisionLanguageGame, text_embeddings: NDArray[np.float32], place: int
    ) -> None:
        self._image: ImageSide = game.image_side
        self.player_names, self.kind = self._image.player_names, self._image.kind
        self._scale, self._bias, self._place = game.scale, game.bias, place
        self._texts = text_embeddings.astype(np.float64)

    @property
    @override
    def n_passes(self) -> int:
        return self._image.n_passes

    def probabilities(self, coalitions: CoalitionMatrix) -> NDArray[np.float64]:
        """Return the probabilities of all texts, of shape ``(m, c)``."""
        # a sum for each row: the summation order of a matrix product depends on the batch
        images = self._image.embed(coalitions).astype(np.float64)
        logits = self._scale * np.einsum("md,cd->mc", images, self._texts) + self._bias
        return special.expit(logits) if self._bias else special.softmax(logits, axis=1)

    @override
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        """Embed coalitions, ``(m, n_players)``, to ``(m, 1)``."""
        return self.probabilities(coalitions)[:, [self._place]].astype(np.float32)

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> object:
        return self._image.shown(coalition)


class _One(Side):
    """The number one, in the place of a text."""

    player_names = ()

    def __init__(self, text: Side) -> None:
        self._text, self.kind = text, text.kind

    @property
    @override
    def n_passes(self) -> int:
        return self._text.n_passes

    @override
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        """Embed coalitions without players, ``(m, 0)``, to ``(m, 1)``."""
        return np.ones((len(coalitions), 1), dtype=np.float32)

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> object:
        return self._text.shown(np.ones(self._text.n_players, dtype=bool))


def check_classes(
    class_names: Sequence[str],
    text: str | None,
    class_value: ClassValue,
    prompt_template: str,
    value: object = "logit",
) -> None:
    """Check the arguments of :func:`zero_shot_game` that need no model.

    Raises:
        InputError: If one is not allowed.
    """
    names = list(class_names) if isinstance(class_names, list | tuple) else [None]
    if not all(isinstance(name, str) and name.strip() for name in names):
        msg = f"must be a list of names, got {brief(class_names)}."
        raise InputError("class_names", msg)
    if len(set(names)) < max(_FEWEST, len(names)):
        msg = f"must be at least {_FEWEST} different names, got {brief(names)}."
        raise InputError("class_names", msg)
    if text is not None and text not in class_names:
        msg = f"must be one of the class names, or left out, got {brief(text)}."
        raise InputError("text", msg)
    check_choice("class_value", class_value, ClassValue)
    if class_value == "probability" and value != "logit":
        msg = f"must be logit for the probability of a class, got {brief(value)}."
        raise InputError("value", msg)
    template: object = prompt_template
    if not isinstance(template, str) or template.count("{}") != 1:
        msg = f"must be a text with {{}} in the place of the name, got {brief(template)}."
        raise InputError("prompt_template", msg)


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


@torch.inference_mode()
def _class_embeddings(encoder: Encoder, prompts: Sequence[str]) -> NDArray[np.float32]:
    """Embed texts one by one, of shape ``(c, d)``."""
    tower = encoder.text_tower
    prepared = [tower.prepare(prompt) for prompt in prompts]
    return np.vstack(
        [tower.embed(text.ids, text.attention_mask).cpu().numpy() for text in prepared]
    )
