"""p-faithfulness: how well an explanation predicts the game (Baniecki et al., NeurIPS 2025)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from shapiq_fixlip.determination import weighted_share_explained
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.evaluation import evaluate_sides
from shapiq_fixlip.games.separable import check_separable
from shapiq_fixlip.indices import BANZHAF_P
from shapiq_fixlip.options import check_seed, probability
from shapiq_fixlip.sampling import draw_sample
from shapiq_fixlip.seeds import streams_of
from shapiq_fixlip.views import check_players

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

__all__ = ["explained_values", "p_faithfulness"]

_CHUNK = 4096
"""Parts of interactions that are looked for in all coalitions at once."""


def p_faithfulness(
    values: InteractionValues,
    game: SeparableGame,
    p: float = BANZHAF_P,
    *,
    n_coalitions: int = 256,
    random_state: int | None = None,
) -> float:
    """Return the R² with which an explanation predicts the game at ``p``.

    A coalition is predicted to have the value of all interactions inside it. Coalitions of both
    sides are drawn, and all their pairs are predicted; a side of so few players that all its
    coalitions are evaluated is not sampled.

    Args:
        values: Interactions of the game, by any index.
        game: The game as it was explained.
        p: Probability of a player to be present. Default 0.5.
        n_coalitions: The most coalitions of each side, 2 or more, which are the passes this costs.
            Default 256.
        random_state: Seed; that of the explanation draws other coalitions here. Default ``None``,
            a new one at every call.

    Returns:
        1 for a perfect prediction, 0 for one no better than the mean, and less for worse ones.

    Raises:
        InputError: If the values are not finite or of another number of players, or an argument is
            not allowed.

    Examples:
        >>> from shapiq_fixlip import FIxLIP, Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> game = VisionLanguageGame(
        ...     load_encoder("demo"), scene.image, "a lion", players=Grid(2, 2)
        ... )
        >>> fixlip = FIxLIP(game.n_players, p=0.3)
        >>> values = fixlip.approximate(game=game)  # of all coalitions
        >>> abs(p_faithfulness(values, game, 0.3) - fixlip.report.faithfulness) < 1e-4
        True
    """
    check_separable(game)
    check_players(values, game)
    n_not_finite = np.count_nonzero(~np.isfinite(values.values))
    if n_not_finite:
        msg = f"values must be finite, got {n_not_finite} that are not."
        raise InputError(msg)
    p = probability("p", p)
    whole_number("n_coalitions", n_coalitions, least=2)
    check_seed(random_state)
    streams = streams_of(random_state)
    first, second = (
        draw_sample(side.n_players, p, n_coalitions, np.random.default_rng(stream))
        for side, stream in zip(
            game.sides, (streams.judged_first, streams.judged_second), strict=True
        )
    )
    evaluation = evaluate_sides(game, (first, second))
    truth = evaluation.values[0] @ evaluation.values[1].T + evaluation.offset
    predicted = explained_values(values, first.coalitions, second.coalitions)
    weights = np.outer(first.weights, second.weights)
    return weighted_share_explained(truth, predicted, weights)


def explained_values(
    values: InteractionValues, first: BoolMatrix, second: BoolMatrix
) -> FloatArray:
    """Predict all pairs of coalitions of two sides from the interactions inside them.

    Args:
        values: Interactions of ``n_1 + n_2`` players. The empty coalition has their
            ``baseline_value``.
        first: Coalitions of the first side, of shape ``(m_1, n_1)``.
        second: Coalitions of the second side, of shape ``(m_2, n_2)``.

    Returns:
        Of shape ``(m_1, m_2)``.
    """
    n_first = first.shape[1]
    lefts: dict[tuple[int, ...], int] = {}
    rights: dict[tuple[int, ...], int] = {}
    entries = [
        (
            lefts.setdefault(tuple(i for i in players if i < n_first), len(lefts)),
            rights.setdefault(tuple(i - n_first for i in players if i >= n_first), len(rights)),
            value,
        )
        for players, value in values.interactions.items()
        if players
    ]
    rows, columns, strengths = zip(*entries, strict=True) if entries else ((), (), ())
    shape = (len(lefts), len(rights))
    table = sparse.csr_array((strengths, (rows, columns)), shape=shape, dtype=np.float64)
    half = np.zeros((len(first), len(rights)))
    left_parts = list(lefts)
    for start in range(0, len(left_parts), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        half += _are_inside(left_parts[chunk], first) @ table[chunk]
    predicted = half @ _are_inside(list(rights), second).T
    return np.asarray(predicted + values.baseline_value, dtype=np.float64)


def _are_inside(parts: Sequence[tuple[int, ...]], coalitions: BoolMatrix) -> FloatArray:
    """Return ones where all players of a part (column) are in a coalition (row)."""
    present = np.ascontiguousarray(coalitions.T)
    inside = np.empty((len(parts), len(coalitions)))
    for row, players in enumerate(parts):
        inside[row] = present[list(players)].all(axis=0)
    return inside.T
