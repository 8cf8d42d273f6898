"""Comparison of several indices on one game."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.comparisons.index_comparison import Comparison, rank_agreement
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.explaining.game import explain_game
from shapiq_fixlip.games.separable import check_own_values
from shapiq_fixlip.metrics.faithfulness import p_faithfulness
from shapiq_fixlip.progress import check_verbose, tracked
from shapiq_fixlip.results.indices import OF_ANY_P
from shapiq_fixlip.results.tables import interaction_table
from shapiq_fixlip.typing import ExplainedIndex
from shapiq_fixlip.validation import (
    ascending_probabilities,
    check_random_state,
    names_of,
    shared_random_state,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq import InteractionValues

    from shapiq_fixlip.explaining.explanation import Explanation
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import Verbosity

__all__ = ["check_choices", "compare"]

_INDICES = names_of(ExplainedIndex)

_DEFAULT_INDICES: tuple[ExplainedIndex, ...] = ("FWBII", "BV", "SV", "SII", "k-SII", "FSII")

_PS = (0.3, 0.5, 0.7)

_N_STRONGEST = 3
"""Interactions of each index in the table."""


def compare(
    game: SeparableGame,
    indices: Sequence[ExplainedIndex] | None = None,
    ps: Sequence[float] = _PS,
    *,
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = 0,
    settings: Mapping[str, object] | None = None,
    verbose: Verbosity = "auto",
) -> Comparison:
    """Explain one game by several indices of order 2 and 1, of Banzhaf and of Shapley.

    Args:
        game: A separable game.
        indices: Some of FWBII, FBII, WBII, BII, BV, Fourier, SV, SII, k-SII, FSII, STII, CHII,
            kADD-SHAP; SV and BV are of single players. Default: FWBII, BV, SV, SII, k-SII, FSII.
        ps: Probabilities that a player is present, for FWBII and for judging all indices. Default
            0.3, 0.5, 0.7.
        budget_image: Maximum number of image passes for each index; judging takes up to 256 more
            at each p. Default 256.
        budget_text: Maximum number of text passes for each index; judging takes up to 256 more at
            each p. Default 256.
        random_state: Seed of the sampling. Default 0.
        settings: Further settings to keep, such as the model. Default: none.
        verbose: See :data:`~shapiq_fixlip.typing.Verbosity`. Default ``"auto"``.

    Returns:
        The explanations by index, and a table.

    Raises:
        InputError: If an argument is not allowed.

    Examples:
        >>> from shapiq_fixlip import VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, demo_scene().image, "a lion", image_players="3x3")
        >>> comparison = compare(game, ["FWBII", "k-SII", "SV"], [0.3, 0.5], budget_image=512)
        >>> list(comparison.explanations)
        ['FWBII p=0.3', 'FWBII p=0.5', 'k-SII', 'SV']
        >>> comparison.table["is_exact"].all()
        np.True_
    """
    check_own_values(game)
    budgets = {"budget_image": budget_image, "budget_text": budget_text}
    check_choices(indices, ps, budgets=budgets, random_state=random_state)
    check_verbose(verbose)
    ps = ascending_probabilities("ps", ps)
    seed = shared_random_state(random_state)

    def explained(index: ExplainedIndex, p: float | None) -> Explanation:
        return explain_game(
            game,
            ApproximationSettings(index=index, p=p, random_state=seed).approximator(game.n_players),
            budget_image=budget_image,
            budget_text=budget_text,
            settings=settings,
        )

    wanted: list[tuple[str, ExplainedIndex, float | None]] = []
    for index in dict.fromkeys(indices or _DEFAULT_INDICES):
        at = ps if index in OF_ANY_P else (None,)
        wanted += [(index if p is None else f"{index} p={p}", index, p) for p in at]
    explanations: dict[str, Explanation] = {}
    rows = []
    for label, index, p in tracked(wanted, "indices", total=len(wanted), verbose=verbose):
        started = time.perf_counter()
        explanation = explained(index, p)
        seconds = time.perf_counter() - started
        explanations[label] = explanation
        rows.append(_row(explanation, ps, seed) | {"seconds": seconds})
    values = {label: explanation.values for label, explanation in explanations.items()}
    table = pd.DataFrame(rows, index=pd.Index(explanations, name="index"))
    table.insert(1, "agreement_pairs", rank_agreement(values, game, 2).iloc[:, 0])
    table.insert(2, "agreement_players", rank_agreement(values, game, 1).iloc[:, 0])
    return Comparison(
        explanations, table, {**(settings or {}), "ps": list(ps), "random_state": random_state}
    )


def _row(explanation: Explanation, ps: Sequence[float], random_state: int) -> dict[str, object]:
    """Return the row of one index, without its agreement with other indices."""
    values, game, run = explanation.values, explanation.game, explanation.run
    passes = () if run is None else run.passes
    return {
        "strongest": _strongest(values, game),
        **{
            f"p_faithfulness_{p}": p_faithfulness(values, game, p, random_state=random_state)
            for p in ps
        },
        **dict(zip(("passes_image", "passes_text"), passes, strict=False)),
        "is_exact": not values.estimated,
    }


def check_choices(
    indices: Sequence[ExplainedIndex] | None,
    ps: Sequence[float],
    *,
    budgets: Mapping[str, int | None],
    random_state: int | None,
) -> None:
    """Check arguments of :func:`compare` before a game is loaded.

    Raises:
        InputError: If an argument is not allowed.
    """
    is_list = isinstance(indices, Sequence) and not isinstance(indices, str) and len(indices) > 0
    if indices is not None and not (is_list and all(index in _INDICES for index in indices)):
        given = ", ".join(map(str, indices)) if is_list else indices
        msg = f"must be a list of {', '.join(_INDICES)}, got {brief(given)}."
        raise InputError("indices", msg)
    ascending_probabilities("ps", ps)
    for name, budget in budgets.items():
        if budget is not None:
            whole_number(name, budget)
    check_random_state(random_state)


def _strongest(values: InteractionValues, game: SeparableGame) -> list[str]:
    """Return the strongest interactions of the highest order, as texts."""
    table = interaction_table(values, game)
    sizes = table["players"].map(len)
    strongest = table[sizes == sizes.max()].head(_N_STRONGEST)
    parts = zip(strongest["name"], strongest["value"], strict=True)
    return [f"{name} {value:+.3f}" for name, value in parts]
