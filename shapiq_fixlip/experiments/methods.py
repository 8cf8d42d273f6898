"""Methods of explaining by the names they have on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapiq_fixlip.approximators.by_index import approximator_for
from shapiq_fixlip.baselines.exclip import exclip
from shapiq_fixlip.baselines.grad_eclip import grad_eclip
from shapiq_fixlip.baselines.perturbation import occlusion, rise
from shapiq_fixlip.baselines.relevance_maps import attention_rollout, generic_attention
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.results.indices import BANZHAF_P, FWBII
from shapiq_fixlip.validation import probability

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import ExplainedIndex

__all__ = ["METHODS", "Method", "Settings", "parse_methods"]

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
"""The methods that are compared, those of pairs first.

``P`` in ``fixlip:P`` and the like may be any probability; there are also ``sii``, and
``exclip:IMAGE:TEXT`` with the blocks before which it looks at the hidden states of both towers.
"""


@dataclass(frozen=True)
class Settings:
    """What a method may spend.

    Attributes:
        budget_image: The most passes of the image; ``None`` for 256.
        budget_text: The most passes of the text; ``None`` for 256.
        random_state: Seed.
    """

    budget_image: int | None
    budget_text: int | None
    random_state: int


@dataclass(frozen=True)
class Method:
    """A way of explaining a game.

    Attributes:
        name: As it is typed.
        explain: Returns the interactions.
        order: The most players of an interaction.
        is_random: Whether they depend on the seed and on budgets.
    """

    name: str
    explain: Callable[[VisionLanguageGame, Settings], InteractionValues]
    order: int
    is_random: bool


type Explain = Callable[[VisionLanguageGame, Settings], InteractionValues]


def _approximated(index: ExplainedIndex, order: int, p: float = BANZHAF_P) -> Explain:
    def explain(game: VisionLanguageGame, settings: Settings) -> InteractionValues:
        approximator = approximator_for(
            index,
            game.n_players,
            min(order, game.n_players),
            p=p,
            random_state=settings.random_state,
        )
        return approximator.approximate(
            game=game, budget_image=settings.budget_image, budget_text=settings.budget_text
        )

    return explain


def _rise(p: float) -> Explain:
    def explain(game: VisionLanguageGame, settings: Settings) -> InteractionValues:
        return rise(
            game,
            p=p,
            budget_image=settings.budget_image,
            budget_text=settings.budget_text,
            random_state=settings.random_state,
        )

    return explain


_OF_P: dict[str, tuple[int, Callable[[float], Explain]]] = {
    "fixlip": (2, lambda p: _approximated(FWBII, 2, p)),
    "banzhaf": (1, lambda p: _approximated(FWBII, 1, p)),
    "rise": (1, _rise),
}
"""Order and method by kind."""

_SAMPLED: dict[str, tuple[int, Explain]] = {
    "k-sii": (2, _approximated("k-SII", 2)),
    "sii": (2, _approximated("SII", 2)),
    "shapley": (1, _approximated("SV", 1)),
}

_DETERMINED: dict[str, Callable[[VisionLanguageGame], InteractionValues]] = {
    "occlusion": occlusion,
    "rollout": attention_rollout,
    "game": generic_attention,
    "grad-eclip": grad_eclip,
}

_EXCLIP = "exclip"


def parse_methods(names: Sequence[str]) -> list[Method]:
    """Return the methods of names such as ``"fixlip:0.4"`` and ``"occlusion"``, each once.

    Raises:
        InputError: If there is none of a name, or no name at all.

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
        return Method(name, _exclip(name, number), order=2, is_random=False)
    if name in _SAMPLED:
        order, explain = _SAMPLED[name]
        return Method(name, explain, order, is_random=True)
    if name in _DETERMINED:
        determined = _DETERMINED[name]
        return Method(name, lambda game, _: determined(game), order=1, is_random=False)
    kinds = [*(f"{kind}:P" for kind in _OF_P), *_SAMPLED, *_DETERMINED, _EXCLIP]
    msg = f"must be some of {', '.join(kinds)}, got {name!r}."
    raise InputError("methods", msg)


def _exclip(name: str, layers: str) -> Explain:
    try:
        image, text = map(int, layers.split(":")) if layers else (-1, -1)
    except ValueError as error:
        msg = f"must have two blocks after exclip, as in 'exclip:-1:0', got {name!r}."
        raise InputError("methods", msg) from error
    return lambda game, _: exclip(game, layer_image=image, layer_text=text)


def _probability(name: str, number: str) -> float:
    try:
        return probability("p", float(number))
    except ValueError as error:  # an InputError is one, too
        msg = f"must have a probability between 0 and 1 after the colon, got {name!r}."
        raise InputError("methods", msg) from error
