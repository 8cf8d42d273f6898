"""The result of comparing several indices on one game."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast, override

import pandas as pd

from shapiq_fixlip import __version__
from shapiq_fixlip.comparisons.side_by_side import SavedSideBySide
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import as_json
from shapiq_fixlip.games.image_text import ImageTextGame
from shapiq_fixlip.plot.networks import most_involved, network_plots
from shapiq_fixlip.plot.subset import subset_plots
from shapiq_fixlip.results.indices import OF_ANY_P
from shapiq_fixlip.results.saving import explanation_files
from shapiq_fixlip.results.tables import interaction_columns, is_cross_modal
from shapiq_fixlip.results.views import shared_values
from shapiq_fixlip.typing import ExplainedIndex
from shapiq_fixlip.validation import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.explaining.explanation import Explanation
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.plot.drawn import Drawn

__all__ = ["Comparison", "rank_agreement"]

_INDICES = names_of(ExplainedIndex)

_PAIR = 2


@dataclass(frozen=True)
class Comparison(SavedSideBySide):
    """Explanations of one game by several indices.

    Attributes:
        explanations: The explanations by index, in the given order. A name is that of the index,
            with ``p`` for ``"FWBII"`` and ``"WBII"``, such as ``"FWBII p=0.3"``.
        table: One row for each index, with the columns ``strongest``, the names and values of the
            three strongest interactions of the highest order; ``agreement_pairs`` and
            ``agreement_players``, the rank correlation with the first index (see
            :meth:`agreement`); ``p_faithfulness_0.3`` and so on, the p-faithfulness at every ``p``
            (:func:`~shapiq_fixlip.metrics.p_faithfulness`); ``passes_image`` and ``passes_text``,
            the coalitions of each side that the index needs by itself; ``seconds``, the time here,
            where passes that were made before cost nothing; and ``is_exact``, whether nothing is
            estimated.
        settings: How the interactions were computed.
    """

    stem = "comparison"
    files = (
        *(f"comparison.{suffix}" for suffix in ("csv", "html", "json", "png")),
        *itertools.chain.from_iterable(explanation_files(f"{index}-*") for index in OF_ANY_P),
        *itertools.chain.from_iterable(explanation_files(index) for index in _INDICES),
    )

    explanations: dict[str, Explanation]
    table: pd.DataFrame
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def game(self) -> SeparableGame:
        """The explained game."""
        return next(iter(self.explanations.values())).game

    @property
    def values(self) -> dict[str, InteractionValues]:
        """The interactions by index."""
        return {label: explanation.values for label, explanation in self.explanations.items()}

    def agreement(self, order: int = _PAIR) -> pd.DataFrame:
        """Return Spearman's rank correlations between the indices.

        Args:
            order: 2 (default) for pairs of a player of each side, or for all pairs if a side has no
                players; 1 for players, each with an equal share of all its interactions.

        Returns:
            One row and one column for each index; NaN for an index without pairs.

        Raises:
            InputError: If the order is neither 1 nor 2.
        """
        return rank_agreement(self.values, self.game, order)

    def plot(self, *, n_players: int = 10, show: bool = False) -> Drawn[NDArray[np.object_]]:
        """Draw the same players by every index, with all their pairs.

        Those of an image and a text as :func:`~shapiq_fixlip.plot.subset_plots` draws them, of
        other games as shapiq's network plot.

        Args:
            n_players: Maximum number of players: those of the strongest interactions of each kind.
                Default 10.
            show: Whether to call ``plt.show()``. Default ``False``.

        Returns:
            The figure and its axes, one for each index.

        Raises:
            InputError: If ``n_players`` is not allowed.
        """
        if not isinstance(self.game, ImageTextGame):
            return network_plots(self.explanations, n_players=n_players, show=show)
        players = most_involved(self.explanations, n_players)
        return subset_plots(self.explanations, players, show=show)

    @override
    def summary(self) -> dict[str, Any]:
        game = self.game if isinstance(self.game, ImageTextGame) else None
        return {
            "shapiq_fixlip": __version__,
            "settings": {name: as_json(value) for name, value in self.settings.items()},
            "text": game.text if game else None,
            "unseen_text": game.unseen_text if game else None,
            "indices": _as_json(self.table),
            "agreement_pairs": _as_json(self.agreement(2)),
            "agreement_players": _as_json(self.agreement(1)),
        }

    @override
    def stems(self) -> list[str]:
        return [label.replace(" p=", "-") for label in self.explanations]


def rank_agreement(
    values: Mapping[str, InteractionValues], game: SeparableGame, order: int
) -> pd.DataFrame:
    """Return Spearman's rank correlations between indices, of pairs (order 2) or players (order 1).

    Raises:
        InputError: If the order is neither 1 nor 2.
    """
    if order not in {1, _PAIR}:
        msg = f"must be 1 or 2, got {order!r}."
        raise InputError("order", msg)
    if order == 1:
        ranked = pd.DataFrame({label: shared_values(found) for label, found in values.items()})
    else:
        table = interaction_columns(values, game)
        pairs = table[table["players"].map(len) == _PAIR]
        between = pairs[pairs["kind"].map(is_cross_modal)]
        ranked = (between if len(between) else pairs)[list(values)]
    return ranked.corr(method="spearman")


def _as_json(table: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Return the rows of a table, with ``None`` for NaN, which JSON does not have."""
    return cast("dict[str, dict[str, object]]", json.loads(table.to_json(orient="index")))
