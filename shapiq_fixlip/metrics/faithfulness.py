"""p-faithfulness: how well an explanation predicts the game (Baniecki et al., NeurIPS 2025)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats
from scipy.spatial import distance

from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.coalitions.sampling import draw_sample
from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.games.separable import check_separable
from shapiq_fixlip.metrics.checks import check_explanation, check_order
from shapiq_fixlip.metrics.prediction import explained_at, explained_values
from shapiq_fixlip.results.indices import BANZHAF_P
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.solver.r2 import weighted_share_explained
from shapiq_fixlip.validation import check_seed, probability

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

__all__ = ["Faithfulness", "faithfulness_figures", "p_faithfulness"]


@dataclass(frozen=True)
class Faithfulness:
    """How well an explanation predicts the values of coalitions.

    Attributes:
        r2: The share of their variance that is predicted; 1 at best, 0 for the mean, less below.
        mse: The mean squared error; 0 at best.
        mae: The mean absolute error; 0 at best.
        pearson: Correlation, -1 to 1 at best.
        spearman: Correlation of the ranks, -1 to 1 at best.
        kendall: Share of pairs that are ranked right minus share ranked wrong, -1 to 1 at best.
        cosine: Of the angle between predicted and true values, -1 to 1 at best.

    Correlations and the cosine are not a number where all values or all predictions are equal.
    """

    r2: float
    mse: float
    mae: float
    pearson: float
    spearman: float
    kendall: float
    cosine: float


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
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(
        ...     encoder, scene.image, "a lion", players=Grid(2, 2)
        ... )
        >>> fixlip = FIxLIP(game.n_players, p=0.3)
        >>> values = fixlip.approximate(game=game)  # of all coalitions
        >>> abs(p_faithfulness(values, game, 0.3) - fixlip.report.faithfulness) < 1e-4
        True
    """
    check_separable(game)
    check_explanation(values, game)
    check_order(values, highest=game.n_players)
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


def faithfulness_figures(
    values: InteractionValues,
    game: SeparableGame,
    at: float | Literal["shapley"] = BANZHAF_P,
    *,
    n_coalitions: int = 1000,
    random_state: int | None = None,
) -> Faithfulness:
    """Compare an explanation with the game by all of the paper's figures.

    Coalitions of both sides are drawn together, as in the paper, so that every pair is a draw of
    its own; :func:`p_faithfulness` says more of R² for the same number of passes.

    Args:
        values: Interactions of the game, by any index.
        game: The game as it was explained.
        at: The probability of a player to be present; one half gives every coalition the same
            weight, as for Banzhaf values. Or ``"shapley"``: coalitions of 1 to ``n - 1`` players
            with the weights by which Shapley values are the best fit. Default 0.5.
        n_coalitions: How many are drawn, 2 or more, which are at most the passes of each side.
            Default 1,000, as in the paper.
        random_state: Seed; that of the explanation draws other coalitions here. Default ``None``,
            a new one at every call.

    Returns:
        The figures.

    Raises:
        InputError: If the values are not finite or of another number of players, or an argument is
            not allowed.
    """
    check_separable(game)
    check_explanation(values, game)
    check_order(values, highest=game.n_players)
    whole_number("n_coalitions", n_coalitions, least=2)
    check_seed(random_state)
    rng = np.random.default_rng(streams_of(random_state).judged_jointly)
    if at == "shapley":
        coalitions = _shapley_coalitions(game.n_players, n_coalitions, rng)
    else:
        coalitions = rng.random((n_coalitions, game.n_players)) < probability("at", at)
    truth = np.asarray(game(coalitions), dtype=np.float64)
    return _compared(truth, explained_at(values, coalitions))


def _shapley_coalitions(n: int, size: int, rng: np.random.Generator) -> BoolMatrix:
    """Draw coalitions that are neither empty nor full by the weights of Shapley values."""
    whole_number("the number of players for at='shapley'", n, least=2)
    sizes = np.arange(1, n)
    weights = 1 / (sizes * (n - sizes))  # of all coalitions of a size together
    drawn = rng.choice(sizes, size, p=weights / weights.sum())
    return rng.permuted(np.arange(n) < drawn[:, None], axis=1)


def _compared(truth: FloatArray, predicted: FloatArray) -> Faithfulness:
    errors = truth - predicted
    varies = min(np.ptp(truth), np.ptp(predicted)) > 0
    both = (truth, predicted)
    return Faithfulness(
        r2=weighted_share_explained(truth, predicted, np.ones_like(truth)),
        mse=float(np.mean(errors**2)),
        mae=float(np.abs(errors).mean()),
        pearson=float(stats.pearsonr(*both).statistic) if varies else np.nan,
        spearman=float(stats.spearmanr(*both).statistic) if varies else np.nan,
        kendall=float(stats.kendalltau(*both).statistic) if varies else np.nan,
        cosine=float(1 - distance.cosine(*both)) if varies else np.nan,
    )
