"""Several indices of one pair side by side."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import pandas as pd
from tqdm.auto import tqdm

from shapiq_fixlip import __version__
from shapiq_fixlip.approximators.by_index import approximator_for, highest_order
from shapiq_fixlip.approximators.fsii import approximate_fsii, coalitions_for_fsii
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.separable import check_separable
from shapiq_fixlip.metrics.faithfulness import p_faithfulness
from shapiq_fixlip.output import result_folder, writing
from shapiq_fixlip.results.indices import BANZHAF_P, FBII, FWBII
from shapiq_fixlip.results.tables import (
    interaction_columns,
    interaction_table,
    is_of_both,
    shared_values,
)
from shapiq_fixlip.typing import ComparedIndex
from shapiq_fixlip.validation import ascending_probabilities, check_seed, seed_for_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame

__all__ = ["COMPARISON_FILES", "Comparison", "check_choices", "compare"]

_INDICES: tuple[ComparedIndex, ...] = get_args(ComparedIndex.__value__)

COMPARISON_FILES = (
    *(f"comparison.{suffix}" for suffix in ("csv", "html", "json", "png")),
    f"{FWBII}-*.json",
    *(f"{index}.json" for index in _INDICES),
)
"""Patterns of all that a comparison may write."""

_ORDER = 2
_PROBABILITIES = (0.3, 0.5, 0.7)

_MOST_PLAYERS_OF_FSII = 64
"""More have over 2,000 pairs, and a regression needs several passes of both towers for each."""

_N_STRONGEST = 3


@dataclass(frozen=True)
class Comparison:
    """Explanations of one game by several indices.

    Attributes:
        game: What was explained.
        explanations: The interactions by every index, in the order that was asked for. The names
            are those of the indices, with ``p`` for ``"FWBII"``, such as ``"FWBII p=0.3"``.
        table: One row for each index with ``strongest``, its three strongest interactions of the
            highest order, by name; the rank agreement with the first index, ``agreement_pairs`` and
            ``agreement_players`` (see :meth:`agreement`); ``faithfulness_0.3`` and so on, the
            p-faithfulness at every ``p`` (:func:`~shapiq_fixlip.p_faithfulness`);
            ``passes_image`` and ``passes_text``, the coalitions of each side that the index takes
            by itself; ``seconds`` that it took here, where passes made before cost nothing; and
            ``is_exact``, whether nothing is estimated.
    """

    game: SeparableGame
    explanations: dict[str, InteractionValues]
    table: pd.DataFrame

    def interactions(self) -> pd.DataFrame:
        """List all interactions by name, with one column for each index, the strongest first."""
        return interaction_columns(self.explanations, self.game)

    def agreement(self, order: int = _ORDER) -> pd.DataFrame:
        """Return how alike the indices rank interactions: Spearman's correlations.

        Args:
            order: 2 (default) for pairs of a player of each side (any pairs, if a side has no
                players), 1 for players, each with an equal share of its interactions.

        Returns:
            One row and one column for each index; not a number for an index without pairs.

        Raises:
            InputError: If the order is neither 1 nor 2.
        """
        return _agreement(self.explanations, self.game, order)

    def save(self, out: Path | str, origin: Mapping[str, object] | None = None) -> None:
        """Write the comparison into a folder.

        ``comparison.json`` has the table and the agreements, ``comparison.csv`` all interactions
        with one column for each index. Each index also has a file of its own for
        ``shapiq.InteractionValues.load``, such as ``k-SII.json`` and ``FWBII-0.3.json``.

        Args:
            out: Made if it does not exist.
            origin: Facts to be written along. Default none.

        Raises:
            InputError: If files cannot be written there.
        """
        with result_folder(Path(out), COMPARISON_FILES) as results, writing(Path(out)):
            self.write(results.workplace, origin or {})

    def write(self, folder: Path, origin: Mapping[str, object]) -> None:
        """Write the files of :meth:`save` into a folder that is there."""
        facts: dict[str, Any] = {
            **origin,
            "shapiq_fixlip": __version__,
            "player_names": list(self.game.player_names),
            "similarity": self.game.full_value,
            "similarity_of_nothing": self.game.empty_value,
        }
        summary = {
            **facts,
            "indices": _as_json(self.table),
            "agreement_pairs": _as_json(self.agreement(2)),
            "agreement_players": _as_json(self.agreement(1)),
        }
        (folder / "comparison.json").write_text(
            json.dumps(summary, indent=2, ensure_ascii=False), encoding="utf-8"
        )
        self.interactions().to_csv(folder / "comparison.csv", index=False)
        for label, values in self.explanations.items():
            name = label.replace(" p=", "-")
            values.to_json_file(folder / f"{name}.json", **facts)


def compare(
    game: SeparableGame,
    indices: Sequence[ComparedIndex] | None = None,
    probabilities: Sequence[float] = _PROBABILITIES,
    *,
    budget_image: int | None = None,
    budget_text: int | None = None,
    budget_fsii: int | None = None,
    random_state: int | None = None,
    verbose: bool = False,
) -> Comparison:
    """Explain one pair by several indices of second order, Banzhaf beside Shapley.

    Args:
        game: Any separable game.
        indices: See :data:`~shapiq_fixlip.typing.ComparedIndex`. Default all but ``"FBII"``, which
            is ``"FWBII"`` at one half, and for more than 64 players ``"FSII"``. ``"SV"`` and
            ``"BV"`` are of single players.
        probabilities: The values of ``p`` for ``"FWBII"``, at which every index is judged, too.
            Default 0.3, 0.5, 0.7.
        budget_image: The most passes of the image (first) side for each index but ``"FSII"``.
            Judging takes up to 256 more of each side at each ``p``. Default 256.
        budget_text: The same of the text (second) side. Default 256.
        budget_fsii: The most coalitions for ``"FSII"``, by shapiq's ``RegressionFSII``; each costs
            a pass of both sides. Default three times the number of interactions, and 4,096 at
            least.
        random_state: Seed. Default ``None``, a new one at every call.
        verbose: Whether to show a progress bar. Default ``False``.

    Returns:
        The interactions and a table.

    Raises:
        InputError: If an argument is not allowed.

    Examples:
        >>> from shapiq_fixlip import Grid, VisionLanguageGame, Words, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> choices = {"players": Grid(3, 3), "words": Words()}
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, scene.image, "a lion", **choices)
        >>> comparison = compare(game, ["FWBII", "k-SII", "SV"], [0.3, 0.5], budget_image=512)
        >>> list(comparison.explanations)
        ['FWBII p=0.3', 'FWBII p=0.5', 'k-SII', 'SV']
        >>> comparison.table["is_exact"].all()
        np.True_
    """
    check_separable(game)
    check_choices(indices, probabilities, random_state=random_state)
    chosen = _chosen(indices, game.n_players)
    wanted = ascending_probabilities("probabilities", probabilities)
    random_state = seed_for_all(random_state)
    order = min(_ORDER, game.n_players)
    n_coalitions = coalitions_for_fsii(budget_fsii, game.n_players, order)

    def explain(index: ComparedIndex, p: float) -> tuple[InteractionValues, tuple[int, ...]]:
        if index == "FSII":
            return approximate_fsii(game, order, n_coalitions, random_state)
        approximator = approximator_for(
            index,
            game.n_players,
            min(order, highest_order(index) or order),
            p=p,
            random_state=random_state,
        )
        values = approximator.approximate(
            game=game, budget_image=budget_image, budget_text=budget_text
        )
        return values, approximator.report.passes

    runs = [
        (f"{index} p={p:g}" if index == FWBII else index, index, p)
        for index in chosen
        for p in (wanted if index == FWBII else (BANZHAF_P,))
    ]
    explained: dict[str, InteractionValues] = {}
    rows = []
    for label, index, p in tqdm(runs, desc="compare", unit="index", disable=not verbose):
        started = time.perf_counter()
        values, passes = explain(index, p)
        seconds = time.perf_counter() - started
        explained[label] = values
        quality = {
            f"faithfulness_{at:g}": p_faithfulness(values, game, at, random_state=random_state)
            for at in wanted
        }
        rows.append(
            {
                "strongest": _strongest(values, game),
                **quality,
                "passes_image": passes[0],
                "passes_text": passes[1],
                "seconds": seconds,
                "is_exact": not values.estimated,
            }
        )
    table = pd.DataFrame(rows, index=pd.Index(explained, name="index"))
    table.insert(1, "agreement_pairs", _agreement(explained, game, 2).iloc[:, 0])
    table.insert(2, "agreement_players", _agreement(explained, game, 1).iloc[:, 0])
    return Comparison(game, explained, table)


def check_choices(
    indices: Sequence[ComparedIndex] | None,
    probabilities: Sequence[float],
    *,
    random_state: int | None,
) -> None:
    """Refuse what no game can be compared by; arguments as those of :func:`compare`.

    Raises:
        InputError: If an argument is not allowed.
    """
    is_list = isinstance(indices, Sequence) and not isinstance(indices, str) and len(indices) > 0
    if indices is not None and not (is_list and all(index in _INDICES for index in indices)):
        msg = f"must be a list of {', '.join(_INDICES)}, got {brief(indices)}."
        raise InputError("indices", msg)
    ascending_probabilities("probabilities", probabilities)
    check_seed(random_state)


def _chosen(indices: Sequence[ComparedIndex] | None, n_players: int) -> list[ComparedIndex]:
    """Return the indices that are compared, each once."""
    if indices is not None:
        return list(dict.fromkeys(indices))
    left_out = {FBII} if n_players <= _MOST_PLAYERS_OF_FSII else {FBII, "FSII"}
    return [index for index in _INDICES if index not in left_out]


def _strongest(values: InteractionValues, game: SeparableGame) -> list[str]:
    """Write the strongest interactions of the highest order."""
    table = interaction_table(values, game)
    sizes = table["players"].map(len)
    strongest = table[sizes == sizes.max()].head(_N_STRONGEST)
    parts = zip(strongest["name"], strongest["value"], strict=True)
    return [f"{name} {value:+.3f}" for name, value in parts]


def _agreement(
    values: Mapping[str, InteractionValues], game: SeparableGame, order: int
) -> pd.DataFrame:
    """Return Spearman's correlations of pairs (order 2) or players (order 1)."""
    if order not in {1, _ORDER}:
        msg = f"must be 1 or 2, got {order!r}."
        raise InputError("order", msg)
    if order == 1:
        ranked = pd.DataFrame({label: shared_values(found) for label, found in values.items()})
    else:
        table = interaction_columns(values, game)
        pairs = table[table["players"].map(len) == _ORDER]
        between = pairs[pairs["kind"].map(is_of_both)]
        ranked = (between if len(between) else pairs)[list(values)]
    return ranked.corr(method="spearman")


def _as_json(table: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Return the rows of a table; JSON knows no nan."""
    return cast("dict[str, dict[str, object]]", json.loads(table.to_json(orient="index")))
