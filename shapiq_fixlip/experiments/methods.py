"""Methods of explaining by their names on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.baselines.grad_cam import grad_cam
from shapiq_fixlip.baselines.gradient_maps import grad_eclip
from shapiq_fixlip.baselines.legrad import legrad
from shapiq_fixlip.baselines.metagame import metagame
from shapiq_fixlip.baselines.pair_attributions import exclip
from shapiq_fixlip.baselines.perturbation import occlusion, rise
from shapiq_fixlip.baselines.relevance_maps import attention_rollout, generic_attention
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.results.indices import FWBII
from shapiq_fixlip.validation import probability

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.approximators.shapley import CrossModalShapley
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import ExplainedIndex

__all__ = ["METHODS", "Found", "Method", "MethodSettings", "parse_methods"]

METHODS = (
    "fixlip:0.3",
    "fixlip:0.5",
    "fixlip:0.7",
    "k-sii",
    "exclip",
    "shapley",
    "banzhaf:0.5",
    "occlusion",
    "rise:0.5",
    "grad-eclip",
    "game",
    "rollout",
)
"""The methods of an evaluation by default, those of pairs first.

``P`` in ``fixlip:P``, ``banzhaf:P`` and ``rise:P`` may be any probability. There are also ``sii``,
``exclip:IMAGE:TEXT`` with the blocks of both towers before which hidden states are taken,
``exclip-published`` and ``grad-eclip-published``, by whose definitions published numbers are,
``metagame`` for at most 12 text players, and ``legrad`` and ``grad-cam`` for images by transformers
and by convolutional networks.
"""


@dataclass(frozen=True)
class MethodSettings:
    """Budgets and seed of a method.

    Attributes:
        budget_image: Maximum number of image passes; ``None`` for 256.
        budget_text: Maximum number of text passes; ``None`` for 256.
        random_state: Seed.
    """

    budget_image: int | None
    budget_text: int | None
    random_state: int


class Found(NamedTuple):
    """What a method finds.

    Attributes:
        values: The interactions.
        approximator: Tells errors and what is resolved; ``None`` for a method that does not know.
    """

    values: InteractionValues
    approximator: FIxLIP | CrossModalShapley | None = None


@dataclass(frozen=True)
class Method:
    """A way of explaining a game.

    Attributes:
        name: Name on the command line.
        explain: Function from a game and settings to what it finds.
        max_order: Maximum number of players in an interaction.
        is_random: Whether the method samples, and so depends on the seed and the budgets.
    """

    name: str
    explain: Callable[[VisionLanguageGame, MethodSettings], Found]
    max_order: int
    is_random: bool


type _Explain = Callable[[VisionLanguageGame, MethodSettings], Found]


def _approximated(index: ExplainedIndex, max_order: int, p: float | None = None) -> _Explain:
    def explain(game: VisionLanguageGame, settings: MethodSettings) -> Found:
        approximation = ApproximationSettings(
            index=index, max_order=max_order, p=p, random_state=settings.random_state
        )
        approximator = approximation.approximator(game.n_players, clip_order=True)
        values = approximator.approximate(
            game=game, budget_image=settings.budget_image, budget_text=settings.budget_text
        )
        return Found(values, approximator)

    return explain


def _rise(p: float) -> _Explain:
    def explain(game: VisionLanguageGame, settings: MethodSettings) -> Found:
        values = rise(
            game,
            p=p,
            budget_image=settings.budget_image,
            budget_text=settings.budget_text,
            random_state=settings.random_state,
        )
        return Found(values)

    return explain


_OF_P: dict[str, tuple[int, Callable[[float], _Explain]]] = {
    "fixlip": (2, lambda p: _approximated(FWBII, 2, p)),
    "banzhaf": (1, lambda p: _approximated(FWBII, 1, p)),
    "rise": (1, _rise),
}
"""Order and method by kind, for methods with a probability."""

_SAMPLED: dict[str, tuple[int, _Explain]] = {
    "k-sii": (2, _approximated("k-SII", 2)),
    "sii": (2, _approximated("SII", 2)),
    "shapley": (1, _approximated("SV", 1)),
}

_DETERMINISTIC: dict[str, tuple[int, Callable[[VisionLanguageGame], InteractionValues]]] = {
    "occlusion": (1, occlusion),
    "rollout": (1, attention_rollout),
    "game": (1, generic_attention),
    "grad-eclip": (1, grad_eclip),
    "grad-eclip-published": (1, partial(grad_eclip, version="published")),
    "legrad": (1, legrad),
    "grad-cam": (1, grad_cam),
    "metagame": (2, metagame),
    "exclip-published": (2, partial(exclip, n_steps=20, reference_end="paper")),
}

_EXCLIP = "exclip"


def parse_methods(names: Sequence[str]) -> list[Method]:
    """Return the methods of names such as ``"fixlip:0.4"`` and ``"occlusion"``, each once.

    Raises:
        InputError: If a name is unknown, or there are no names.

    >>> [method.is_random for method in parse_methods(["fixlip:0.4", "occlusion"])]
    [True, False]
    """
    if not names:
        msg = "must be at least one, got none."
        raise InputError("methods", msg)
    return [_parsed(name) for name in dict.fromkeys(names)]


def _parsed(name: str) -> Method:
    kind, _, number = name.partition(":")
    if kind in _OF_P:
        order, of_p = _OF_P[kind]
        return Method(name, of_p(_probability(name, number)), order, is_random=True)
    if kind == _EXCLIP:
        return Method(name, _exclip(name, number), max_order=2, is_random=False)
    if name in _SAMPLED:
        order, explain = _SAMPLED[name]
        return Method(name, explain, order, is_random=True)
    if name in _DETERMINISTIC:
        order, deterministic = _DETERMINISTIC[name]
        return Method(name, lambda game, _: Found(deterministic(game)), order, is_random=False)
    kinds = [*(f"{kind}:P" for kind in _OF_P), *_SAMPLED, *_DETERMINISTIC, _EXCLIP]
    msg = f"must be some of {', '.join(kinds)}, got {name!r}."
    raise InputError("methods", msg)


def _exclip(name: str, layers: str) -> _Explain:
    try:
        image, text = map(int, layers.split(":")) if layers else (-1, -1)
    except ValueError as error:
        msg = f"must have two blocks after exclip, as in 'exclip:-1:0', got {name!r}."
        raise InputError("methods", msg) from error
    return lambda game, _: Found(exclip(game, layer_image=image, layer_text=text))


def _probability(name: str, number: str) -> float:
    try:
        return probability("p", float(number))
    except InputError as error:
        msg = f"must have a probability after a colon, got {name!r} ({error})"
        raise InputError("methods", msg) from error
    except ValueError as error:
        msg = f"must have a probability after a colon, got {brief(name)}."
        raise InputError("methods", msg) from error
