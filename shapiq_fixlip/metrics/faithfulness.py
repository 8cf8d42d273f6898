"""p-faithfulness: how well an explanation predicts the game (Baniecki et al., NeurIPS 2025)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats
from scipy.spatial import distance

from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.coalitions.sampling import draw_sample
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.games.separable import check_own_values
from shapiq_fixlip.metrics.checks import check_explanation, check_order
from shapiq_fixlip.metrics.prediction import explained_at, explained_values
from shapiq_fixlip.results.indices import BANZHAF_P
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.solver.r2 import weighted_r2
from shapiq_fixlip.validation import check_flag, check_random_state, probability

if TYPE_CHECKING:
    from shapiq import InteractionValues
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["Faithfulness", "faithfulness_figures", "p_faithfulness"]


@dataclass(frozen=True)
class Faithfulness:
    """How well an explanation predicts the values of coalitions.

    Attributes:
        r2: Share of the variance that is predicted: 1 at best, 0 for predicting the mean, negative
            for worse predictions.
        mse: Mean squared error; 0 at best.
        mae: Mean absolute error; 0 at best.
        pearson: Pearson's correlation, from -1 to 1; 1 at best.
        spearman: Spearman's rank correlation, from -1 to 1; 1 at best.
        kendall: Kendall's rank correlation (tau-b), from -1 to 1; 1 at best.
        cosine: Cosine of the angle between predicted and true values, from -1 to 1; 1 at best.

    Correlations and the cosine are NaN if all values or all predictions are equal.
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

    The prediction for a coalition is the sum of all interactions inside it. Coalitions of each side
    are drawn, and all their pairs are predicted. A side is enumerated instead if it has at most
    ``n_coalitions`` coalitions.

    Args:
        values: Interactions of the game, by any index.
        game: The explained game.
        p: Probability that a player is present. Default 0.5.
        n_coalitions: Maximum number of coalitions of each side, at least 2. Each costs a pass.
            Default 256.
        random_state: Seed. The seed of the explanation draws other coalitions here. Default:
            ``None``, a new one at every call.

    Returns:
        R²: 1 for a perfect prediction, 0 for one no better than the mean, negative for worse ones.

    Raises:
        InputError: If the values are not finite or of another number of players, or an argument is
            not allowed.

    Examples:
        >>> from shapiq_fixlip import FIxLIP, Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(
        ...     encoder, scene.image, "a lion", image_players=Grid(2, 2)
        ... )
        >>> fixlip = FIxLIP(game.n_players, p=0.3)
        >>> values = fixlip.approximate(game=game)  # of all coalitions
        >>> abs(p_faithfulness(values, game, 0.3) - fixlip.last_run.r2) < 1e-4
        True
    """
    check_own_values(game)
    check_explanation(values, game)
    check_order(values, highest=game.n_players)
    p = probability("p", p)
    whole_number("n_coalitions", n_coalitions, least=2)
    check_random_state(random_state)
    streams = streams_of(random_state)
    first, second = (
        draw_sample(side.n_players, p, n_coalitions, np.random.default_rng(stream))
        for side, stream in zip(
            game.sides, (streams.judged_first, streams.judged_second), strict=True
        )
    )
    observations = evaluate_sides(game, (first, second))
    truth = observations.embeddings[0] @ observations.embeddings[1].T + observations.offset
    predicted = explained_values(values, first.coalitions, second.coalitions)
    weights = np.outer(first.weights, second.weights)
    return weighted_r2(truth, predicted, weights)


def faithfulness_figures(
    values: InteractionValues,
    game: SeparableGame,
    p: float | Literal["shapley"] = BANZHAF_P,
    *,
    n_coalitions: int = 1000,
    with_ends: bool = False,
    random_state: int | None = None,
) -> Faithfulness:
    """Compare an explanation with the game by all figures of the paper.

    As in the paper, each drawn coalition is one of all players. :func:`p_faithfulness` estimates R²
    more accurately from the same number of passes, as it uses all pairs of coalitions.

    Args:
        values: Interactions of the game, by any index.
        game: The explained game.
        p: Probability that a player is present; 0.5 gives every coalition the same weight, as for
            Banzhaf values. Or ``"shapley"``: coalitions of 1 to ``n - 1`` players with the weights
            under which Shapley values are the best fit. Default 0.5.
        n_coalitions: Number of drawn coalitions, at least 2, and maximum number of passes of each
            side. Default 1,000, as in the paper.
        with_ends: Whether the empty and the full coalition replace two of them, however unlikely
            they are, as the paper's code does for its Shapley weights. Default ``False``.
        random_state: Seed. The seed of the explanation draws other coalitions here. Default:
            ``None``, a new one at every call.

    Returns:
        The figures.

    Raises:
        InputError: If the values are not finite or of another number of players, or an argument is
            not allowed.
    """
    check_own_values(game)
    check_explanation(values, game)
    check_order(values, highest=game.n_players)
    whole_number("n_coalitions", n_coalitions, least=2)
    check_flag("with_ends", with_ends)
    check_random_state(random_state)
    rng = np.random.default_rng(streams_of(random_state).judged_jointly)
    if p == "shapley":
        coalitions = _shapley_coalitions(game.n_players, n_coalitions, rng)
    else:
        coalitions = rng.random((n_coalitions, game.n_players)) < probability("p", p)
    if with_ends:
        coalitions[0], coalitions[1] = False, True
    truth = np.asarray(game(coalitions), dtype=np.float64)
    return _compared(truth, explained_at(values, coalitions))


def _shapley_coalitions(n: int, size: int, rng: np.random.Generator) -> CoalitionMatrix:
    """Draw coalitions of 1 to ``n - 1`` players with the weights of Shapley values."""
    if n < 2:  # noqa: PLR2004 - the empty and the full coalition have no Shapley weight
        msg = f"must have at least 2 players for p='shapley', got {n}."
        raise InputError("game", msg)
    sizes = np.arange(1, n)
    weights = 1 / (sizes * (n - sizes))  # total weight of all coalitions of a size
    drawn = rng.choice(sizes, size, p=weights / weights.sum())
    return rng.permuted(np.arange(n) < drawn[:, None], axis=1)


def _compared(truth: FloatArray, predicted: FloatArray) -> Faithfulness:
    errors = truth - predicted
    varies = min(np.ptp(truth), np.ptp(predicted)) > 0
    both = (truth, predicted)
    return Faithfulness(
        r2=weighted_r2(truth, predicted, np.ones_like(truth)),
        mse=float(np.mean(errors**2)),
        mae=float(np.abs(errors).mean()),
        pearson=float(stats.pearsonr(*both).statistic) if varies else np.nan,
        spearman=float(stats.spearmanr(*both).statistic) if varies else np.nan,
        kendall=float(stats.kendalltau(*both).statistic) if varies else np.nan,
        cosine=float(1 - distance.cosine(*both)) if varies else np.nan,
    )
