"""How close explanations come to what is known because the model was written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.vision_language import check_vision_language
from shapiq_fixlip.metrics.checks import check_explanation, check_order
from shapiq_fixlip.metrics.known_interactions import ZERO, KnownGame
from shapiq_fixlip.metrics.recognition import pointing_game
from shapiq_fixlip.metrics.targets import Target

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["KnownAnswers", "known_answers"]

_ROUNDING = 1e-6
"""Of embeddings in single precision, relative to the largest exact value."""

_REACH = 1.96
"""Standard errors that an interval of 95 % reaches to either side."""


@dataclass(frozen=True)
class KnownAnswers:
    """How close an explanation comes to what is known. Pairs are those of a patch and a word.

    Planted pairs are those that the model reads together. For an explanation of single players, the
    value of a pair is the sum of those of its players.

    Attributes:
        found: Share of the planted pairs among as many strongest ones, from 0 to 1; 1 at best. Of
            equally strong ones the share at a random order.
        rank: Mean rank of planted pairs by absolute values, less what it is at best, so that 1 is
            the best; ties have their mean rank.
        correlation: Pearson correlation of the values of all pairs with the exact ones, of the same
            index if there is one, else with exact Shapley interactions.
        recognition: As :attr:`PointingGame.recognition`, with the patches of a word's planted pairs
            as its place, and all others outside.
        pair_error: Root mean square error of pairs, relative to that of the exact values of the
            same index; NaN without an index or pairs.
        coverage: Share of 95 % intervals of the highest order that hold the exact value; NaN
            without errors.
        coverage_planted: The same of the planted pairs.
        resolved: Share of planted pairs that are resolved; NaN for explanations that do not tell.
        resolved_wrong: Share of resolved pairs whose exact value is zero, 0 if none is resolved;
            NaN for explanations that do not tell.
    """

    found: float
    rank: float
    correlation: float
    recognition: float
    pair_error: float = float("nan")
    coverage: float = float("nan")
    coverage_planted: float = float("nan")
    resolved: float = float("nan")
    resolved_wrong: float = float("nan")


def known_answers(
    values: InteractionValues,
    game: VisionLanguageGame,
    *,
    exact: InteractionValues | None = None,
    errors: InteractionValues | None = None,
    resolved: Collection[tuple[int, ...]] | None = None,
) -> KnownAnswers:
    """Compare an explanation with what is known.

    Args:
        values: Interactions of the game.
        game: See :func:`known_interactions`.
        exact: Exact interactions by the same index and order. Default: ``None``, there is no such
            index.
        errors: Standard errors of the values. Default: ``None``, they are unknown.
        resolved: Which of the highest order are resolved. Default: ``None``, unknown.

    Raises:
        InputError: As :func:`known_interactions`, if nothing is planted, or if the values are not
            interactions of one or two players, or the exact ones of another index or order.
    """
    check_vision_language(game)
    check_explanation(values, game)
    check_order(values, highest=2)
    if exact is not None and (exact.index, exact.max_order) != (values.index, values.max_order):
        msg = (
            f"must be of {values.index} of order {values.max_order}, as the values, got "
            f"{exact.index} of order {exact.max_order}."
        )
        raise InputError("exact", msg)
    known = KnownGame.of(game)
    planted = known.planted
    if not planted.any():
        msg = "must have a patch and a word that the model reads together, got none."
        raise InputError("game", msg)
    found, is_of_pairs = _pair_table(values, game)
    truth = known.interactions("SII", 2) if exact is None or not is_of_pairs else exact
    of_pairs = _pair_table(truth, game)[0]
    with np.errstate(invalid="ignore"):
        correlation = float(np.corrcoef(found.ravel(), of_pairs.ravel())[0, 1])
    answers: dict[str, float] = {
        **_ranking(np.abs(found), planted),
        "correlation": correlation,
        "recognition": pointing_game(values, game, _targets(game, planted)).recognition,
    }
    if exact is not None and is_of_pairs:
        answers["pair_error"] = float(np.linalg.norm(found - of_pairs) / np.linalg.norm(of_pairs))
    if exact is not None and errors is not None:
        answers |= _coverage(values, exact, errors, planted if is_of_pairs else None, game)
    if exact is not None and resolved is not None and is_of_pairs:
        n = game.n_players_image
        told = np.zeros_like(planted)
        for patch, word in (pair for pair in resolved if pair[0] < n <= pair[-1]):
            told[patch, word - n] = True
        is_zero = np.abs(of_pairs) <= ZERO * np.abs(of_pairs).max()
        answers["resolved"] = float(told[planted].mean())
        answers["resolved_wrong"] = float((told & is_zero).sum() / max(told.sum(), 1))
    return KnownAnswers(**answers)


def _ranking(strengths: FloatArray, planted: NDArray[np.bool_]) -> dict[str, float]:
    """Return which share of planted pairs is among the strongest, and their rank."""
    mean, first, last = (
        stats.rankdata(-strengths, method=method).reshape(strengths.shape)[planted]
        for method in ("average", "min", "max")
    )
    n = planted.sum()
    shares = np.clip((n - first + 1) / (last - first + 1), 0, 1)  # of equal ones, some by chance
    return {"found": float(shares.mean()), "rank": float(mean.mean() - (n - 1) / 2)}


def _pair_table(values: InteractionValues, game: VisionLanguageGame) -> tuple[FloatArray, bool]:
    """Return the value of each pair of a patch and a word, and whether these are interactions."""
    kept, n = values.interactions, game.n_players_image
    is_of_pairs = max(map(len, kept)) > 1
    table = np.array(
        [
            [
                kept.get((i, j), 0.0) if is_of_pairs else kept.get((i,), 0.0) + kept.get((j,), 0.0)
                for j in range(n, game.n_players)
            ]
            for i in range(n)
        ]
    )
    return table, is_of_pairs


def _targets(game: VisionLanguageGame, planted: NDArray[np.bool_]) -> list[Target]:
    return [
        Target(game.player_names[game.n_players_image + word], (word,), inside, ~inside)
        for word, inside in enumerate(planted.T)
        if inside.any()
    ]


def _coverage(
    values: InteractionValues,
    exact: InteractionValues,
    errors: InteractionValues,
    planted: NDArray[np.bool_] | None,
    game: VisionLanguageGame,
) -> dict[str, float]:
    """Return how many intervals of the highest order hold the exact value."""
    truth, reach, n = exact.interactions, errors.interactions, game.n_players_image
    order = max(map(len, values.interactions))
    largest = max(map(abs, truth.values()))
    holds = {
        players: abs(value - truth.get(players, 0.0))
        <= _REACH * reach[players] + _ROUNDING * largest
        for players, value in values.interactions.items()
        if len(players) == order
    }
    found = {"coverage": float(np.mean(list(holds.values())))}
    if planted is not None:
        pairs = [(int(i), int(n + j)) for i, j in np.argwhere(planted)]
        told = [holds[pair] for pair in pairs if pair in holds]
        found["coverage_planted"] = float(np.mean(told)) if told else float("nan")
    return found
