"""Metrics by their names on the command line: figures of one explanation of one input."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.metrics.faithfulness import faithfulness_figures
from shapiq_fixlip.metrics.known_answers import known_answers
from shapiq_fixlip.metrics.known_interactions import known_interactions
from shapiq_fixlip.metrics.recognition import pointing_game
from shapiq_fixlip.metrics.removal_curves import insertion_deletion, mean_curves
from shapiq_fixlip.metrics.shares import modality_shares, synergy_share
from shapiq_fixlip.metrics.stability import prompt_sensitivity
from shapiq_fixlip.metrics.synergy import synergistic_faithfulness
from shapiq_fixlip.metrics.targets import box_targets, quadrant_targets
from shapiq_fixlip.results.indices import OF_ANY_P
from shapiq_fixlip.results.resolved import highest_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import InteractionValues

    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.approximators.shapley import CrossModalShapley
    from shapiq_fixlip.datasets.base import Example
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.metrics.removal_curves import InsertionDeletion
    from shapiq_fixlip.typing import ExactIndex

__all__ = ["CURVES", "DIRECTIONS", "MEASURES", "Figures", "Judged", "Judging", "curve_figures"]

CURVES = ("most_first", "least_first")
"""Figures that are curves, over shares of kept players from 1 to 0."""

DIRECTIONS = {
    "recognition": 1,
    "sign share": 1,
    "area": 1,
    "share of limit": 1,
    "synergistic faithfulness": 1,
    "r2": 1,
    "pearson": 1,
    "spearman": 1,
    "kendall": 1,
    "cosine": 1,
    "mse": -1,
    "mae": -1,
    "prompt sensitivity": 1,
    "seed stability": 1,
    "found": 1,
    "rank": -1,
    "pair correlation": 1,
    "pair error": -1,
    "resolved": 1,
    "wrong of resolved": -1,
    "passes": -1,
    "seconds": -1,
}
"""Whether larger (1) or smaller (-1) figures are better, by the part of the name before a comma.

Shares, coverage, what is inside, outside and left out are missing: they are only descriptive, or at
best as large as was promised.
"""

_CURVE_POINTS = 41
"""Points of a curve, 2.5 % of the players apart."""

_HALF = 0.5

_N_OTHER_PROMPTS = 2
"""Random captions for prompt sensitivity, each one more explanation. Not a measured number."""


@dataclass(frozen=True)
class Judging:
    """How explanations are judged.

    Attributes:
        ps: The values of ``p`` at which faithfulness is measured.
        n_coalitions: Number of coalitions that are drawn for it at each ``p``.
        random_state: Seed of these coalitions, and of other prompts.
    """

    ps: tuple[float, ...]
    n_coalitions: int
    random_state: int


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An explanation to be judged.

    Attributes:
        example: The input.
        game: The explained game.
        values: The interactions.
        seconds: Time of the explanation in seconds, including passes.
        n_passes: Passes of both towers; those for gradients only of models of known answers.
        limit: Function that returns the area of the limit of insertion and deletion; NaN if it is
            not wanted, or cannot be found.
        explain: Function that explains another game in the same way.
        approximator: Tells what is resolved, for methods that know.
    """

    example: Example
    game: VisionLanguageGame
    values: InteractionValues
    seconds: float
    n_passes: int
    limit: Callable[[], float]
    explain: Callable[[VisionLanguageGame], InteractionValues]
    approximator: FIxLIP | CrossModalShapley | None = None


type Figures = dict[str, float | list[float]]
"""Numbers and curves by name."""


def _pointing(explained: Judged, _: Judging) -> Figures:
    example, game = explained.example, explained.game
    if example.quadrants:
        targets = quadrant_targets(game, example.quadrants)
    elif example.boxes:
        targets = box_targets(game, example.boxes)
    else:
        msg = "must tell where objects are for the pointing game, got images without places."
        raise InputError("data", msg)
    values, approximator = explained.values, explained.approximator
    found = pointing_game(values, game, targets)
    figures: Figures = {
        "recognition": found.recognition,
        f"recognition, {len(targets)} named": found.recognition,
        "sign share": found.sign_share,
        "inside": found.inside_share,
        "positive outside": found.outside_share,
        "left out": found.left_out_share,
    }
    if highest_order(values) == 1:
        without = pointing_game(values, game, targets, word_values=False)
        figures["recognition, patches alone"] = without.recognition
    if approximator is not None:
        of_resolved = pointing_game(values, game, targets, resolved=approximator.resolved())
        figures["recognition, resolved"] = of_resolved.recognition
    return figures


def _insertion_deletion(explained: Judged, _: Judging) -> Figures:
    result = insertion_deletion(explained.values, explained.game)
    figures = curve_figures(result)
    limit = explained.limit()
    if np.isfinite(result.area) and limit > 0:
        figures["share of limit"] = result.area / limit
    return figures


def curve_figures(result: InsertionDeletion) -> Figures:
    """Return the area between two curves, and both curves if they are finite."""
    if not np.isfinite(result.area):
        return {"area": result.area}
    curves = mean_curves([result], _CURVE_POINTS)
    return {"area": result.area, **{name: curves[name].tolist() for name in CURVES}}


def _faithfulness(explained: Judged, judging: Judging) -> Figures:
    found: Figures = {}
    weighted: dict[str, float | Literal["shapley"]] = {
        **{f"p = {p}": p for p in judging.ps},
        "shapley": "shapley",
    }
    for heading, p in weighted.items():
        figures = faithfulness_figures(
            explained.values,
            explained.game,
            p,
            n_coalitions=judging.n_coalitions,
            random_state=judging.random_state,
        )
        found |= {f"{name}, {heading}": value for name, value in asdict(figures).items()}
    return found


def _shares(explained: Judged, _: Judging) -> Figures:
    shares = modality_shares(explained.values, explained.game)._asdict()
    synergy = synergy_share(explained.values, explained.game)
    told = {f"share {name}": value for name, value in shares.items()}
    is_most = float("nan") if np.isnan(synergy) else float(synergy > _HALF)
    return {**told, "synergy share": synergy, "mostly synergy": is_most}


def _synergy(explained: Judged, _: Judging) -> Figures:
    found = synergistic_faithfulness(explained.values, explained.game)
    return {
        "synergistic faithfulness, insertion": found.insertion,
        "synergistic faithfulness, deletion": found.deletion,
    }


def _prompt_sensitivity(explained: Judged, judging: Judging) -> Figures:
    game = explained.game
    rng = np.random.default_rng(judging.random_state)
    n_words = len(game.text.split())
    known = game.text.lower().split()
    prompts = [
        " ".join(game.tokenizer.random_words(n_words, rng, known)) for _ in range(_N_OTHER_PROMPTS)
    ]
    others = [explained.explain(game.with_text(prompt)) for prompt in prompts if prompt]
    return {"prompt sensitivity": prompt_sensitivity(explained.values, others, game)}


def _known_answers(explained: Judged, _: Judging) -> Figures:
    values, game, approximator = explained.values, explained.game, explained.approximator
    if approximator is None:
        found = known_answers(values, game)
    else:
        p = getattr(approximator, "p", None) if values.index in OF_ANY_P else None
        exact = known_interactions(game, cast("ExactIndex", values.index), values.max_order, p)
        found = known_answers(
            values,
            game,
            exact=exact,
            errors=approximator.standard_errors(),
            resolved=approximator.resolved(),
        )
    figures: Figures = {
        "found": found.found,
        "rank": found.rank,
        "recognition, planted": found.recognition,
        "pair correlation": found.correlation,
        "pair error": found.pair_error,
        "coverage": found.coverage,
        "coverage, planted": found.coverage_planted,
        "resolved": found.resolved,
        "wrong of resolved": found.resolved_wrong,
        "passes": explained.n_passes,
    }
    return {name: value for name, value in figures.items() if not np.isnan(value)}


def _time(explained: Judged, _: Judging) -> Figures:
    return {"seconds": explained.seconds}


MEASURES: dict[str, Callable[[Judged, Judging], Figures]] = {
    "pointing-game": _pointing,
    "insertion-deletion": _insertion_deletion,
    "faithfulness": _faithfulness,
    "shares": _shares,
    "synergy": _synergy,
    "prompt-sensitivity": _prompt_sensitivity,
    "known-answers": _known_answers,
    "time": _time,
}
"""All metrics of one explanation. ``"stability"`` is not here, as it is of several."""
