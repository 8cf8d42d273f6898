"""What the command line prints of an explanation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shapiq_fixlip.games.contrast import ContrastGame
from shapiq_fixlip.views import strongest_interactions

if TYPE_CHECKING:
    import pandas as pd

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.report import RunReport
    from shapiq_fixlip.sanity import PromptSanity

__all__ = ["print_sanity", "print_summary"]

_SHOWN_OF_KIND = 4
"""Interactions printed of every kind; of pairs of a patch and a word twice as many."""


def print_summary(
    interactions: pd.DataFrame, game: ImageTextGame, report: RunReport, p: float
) -> None:
    """Print the similarity, the strongest of a table of interactions, and what they cost."""
    console = Console(highlight=False)
    texts = [part.text for part in game.games] if isinstance(game, ContrastGame) else [game.text]
    for label, text in zip(("Text", "Against"), texts, strict=False):
        console.print(f"{label:12} {text}", markup=False)
    label = "Similarity" if len(texts) == 1 else "Difference"
    console.print(f"{label:12} {game.full_value:.3f}, of nothing {game.empty_value:.3f}")
    console.print(_as_rich(strongest_interactions(interactions, _SHOWN_OF_KIND)))
    passes = zip(report.passes, ("image", "text"), strict=True)
    console.print(f"Passes       {', '.join(f'{m} {side}' for m, side in passes)}")
    console.print(
        f"Seconds      {report.seconds_encoder:.1f} encoder, {report.seconds_solver:.1f} solver"
    )
    kind = "exact" if report.is_exact else "cross-validated"
    console.print(f"Fit quality  R² = {report.faithfulness:.3f} at p = {p:g} ({kind})")


def print_sanity(sanity: PromptSanity) -> None:
    """Print how much the map of the image depends on the caption, if that could be compared."""
    if math.isnan(sanity.nonsense):
        return
    similarities = f"similarity to that of random words {sanity.nonsense:.2f}"
    if not math.isnan(sanity.shuffled):
        similarities += f", of its own reordered {sanity.shuffled:.2f}"
    Console(highlight=False, soft_wrap=True).print(
        f"Prompt       {sanity.dependence:.0%} of the map depends on the caption ({similarities})"
    )


def _as_rich(interactions: pd.DataFrame) -> Table:
    table = Table("strongest interactions", "", "value", "± 95 %", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    previous = None
    for row in interactions.itertuples():
        if previous not in {None, row.kind}:
            table.add_section()
        table.add_row(Text(row.name), row.kind, f"{row.value:+.3f}", f"{row.high - row.value:.3f}")
        previous = row.kind
    return table
