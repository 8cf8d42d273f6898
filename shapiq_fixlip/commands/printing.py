"""What the command line prints of explanations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shapiq_fixlip.experiments.tables import wide
from shapiq_fixlip.games.contrast import ContrastGame
from shapiq_fixlip.results.tables import interaction_columns, is_of_both, strongest_interactions

if TYPE_CHECKING:
    from pathlib import Path

    from shapiq_fixlip.comparisons.indices import Comparison
    from shapiq_fixlip.comparisons.model_comparison import ModelComparison
    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.metrics.sanity import PromptSanity
    from shapiq_fixlip.output import Results
    from shapiq_fixlip.results.run_report import RunReport

__all__ = [
    "print_comparison",
    "print_evaluation",
    "print_failures",
    "print_files",
    "print_models",
    "print_sanity",
    "print_summary",
]

_SHOWN_OF_KIND = 4
"""Interactions printed of every kind; of pairs of a patch and a word twice as many."""

_FAITHFULNESS = "faithfulness_"
_AGREEMENTS = ("agreement_pairs", "agreement_players")
"""Columns of the table of a comparison."""


def print_summary(
    interactions: pd.DataFrame, game: ImageTextGame, report: RunReport, p: float
) -> None:
    """Print the similarity, the strongest of a table of interactions, and what they cost."""
    console = Console(highlight=False)
    _print_game(console, game)
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


def print_comparison(comparison: Comparison, game: ImageTextGame) -> None:
    """Print how faithful indices are, how they agree, what they cost, and what they find."""
    console = Console(highlight=False)
    _print_game(console, game)
    quality = [name for name in comparison.table if name.startswith(_FAITHFULNESS)]
    shown = Table("index", box=None, pad_edge=False)
    for name in quality:
        shown.add_column(f"R² at {name.removeprefix(_FAITHFULNESS)}", justify="right")
    for heading in ("pairs", "players", "passes", "seconds"):
        shown.add_column(heading, justify="right")
    for label, row in comparison.table.iterrows():
        figures = [f"{row[name]:.2f}" for name in (*quality, *_AGREEMENTS)]
        passes = f"{row['passes_image']} + {row['passes_text']}"
        shown.add_row(str(label), *figures, passes, f"{row['seconds']:.1f}")
    console.print(shown)
    first = comparison.table.index[0]
    console.print(
        f"R²: p-faithfulness. Pairs, players: rank agreement with {first}.\n",
        soft_wrap=True,
    )
    strongest = Table("index", "strongest interactions", box=None, pad_edge=False)
    for label, found in comparison.table["strongest"].items():
        strongest.add_row(str(label), Text("\n".join(found)))
    console.print(strongest)


def print_models(comparison: ModelComparison) -> None:
    """Print what several models find, how well that fits, and how alike they are."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{'Text':12} {next(iter(comparison.games.values())).text}\n", markup=False)
    models = Table("model", box=None, pad_edge=False)
    for heading in ("similarity", "of nothing", "spread", "R²", "passes", "seconds"):
        models.add_column(heading, justify="right")
    for name, row in comparison.table.iterrows():
        logits = [f"{row[x]:.3f}" for x in ("similarity", "similarity_of_nothing", "spread")]
        passes = f"{row['passes_image']:.0f} + {row['passes_text']:.0f}"
        figures = (*logits, f"{row['faithfulness']:.3f}", passes, f"{row['seconds']:.1f}")
        models.add_row(Text(str(name)), *figures)
    console.print(models, "")
    alike = Table("models", box=None, pad_edge=False)
    for heading in ("pairs", "linear", "same sign", "same top", "players"):
        alike.add_column(heading, justify="right")
    for names, row in comparison.agreement.iterrows():
        alike.add_row(Text(" and ".join(names)), *(f"{figure:.2f}" for figure in row))
    console.print(alike)
    console.print(
        "Pairs, players: rank agreement. Same sign, same top: of the ten strongest pairs."
    )
    console.print("")
    strongest = interaction_columns(comparison.normalized, next(iter(comparison.games.values())))
    strongest = strongest[strongest["kind"].map(is_of_both)].head(2 * _SHOWN_OF_KIND)
    console.print("Strongest pairs, in units of spread:")
    found = Table("", box=None, pad_edge=False)
    for name in comparison.explanations:
        found.add_column(Text(name), justify="right")
    for row in strongest.itertuples(index=False):
        found.add_row(Text(row.name), *(f"{value:+.3f}" for value in row[3:]))
    console.print(found)


def print_evaluation(means: pd.DataFrame) -> None:
    """Print the means and standard errors of an evaluation, one block for each kind of figure."""
    console = Console(highlight=False)
    kinds = means["figure"].map(lambda figure: figure.partition(",")[0])
    for kind in dict.fromkeys(kinds):
        laid_out = wide(means[kinds == kind])
        shown = Table(*laid_out.columns, box=None, pad_edge=False)
        for row in laid_out.itertuples(index=False):
            shown.add_row(*map(str, row))
        console.print(shown, "")


def print_files(results: Results, out: Path) -> None:
    """Print which files have been written, which of them replaced others, and which are gone."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    told = {
        "Written": [str(out / name) for name in results.written],
        "Replaced": results.replaced,
        "Removed, as they were of an earlier run": results.removed,
    }
    console.print("")
    for what, names in told.items():
        if names:
            console.print(f"{what}: {', '.join(names)}")


def print_failures(failures: pd.DataFrame) -> None:
    """Print what failed and why, on standard error; what has one reason is in one line.

    Args:
        failures: With the columns ``input``, ``source`` and ``error``, and those that tell the
            parts of an input apart, if there are such: ``model``, ``method``, ``budget``, ``seed``.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    parts = [name for name in ("model", "method", "budget", "seed") if name in failures]
    for (error, *values), rows in failures.groupby(["error", *parts], sort=False, dropna=False):
        inputs = ", ".join(
            f"{row.input}" if pd.isna(row.source) else f"{row.input} ({row.source})"
            for row in rows.itertuples()
        )
        by = [f"{n} {value}" for n, value in zip(parts, values, strict=True) if pd.notna(value)]
        console.print(f"Failed: input {inputs}{f', {", ".join(by)}' if by else ''}: {error}")


def _print_game(console: Console, game: ImageTextGame) -> None:
    """Print the text and the similarity."""
    texts = [part.text for part in game.games] if isinstance(game, ContrastGame) else [game.text]
    for label, text in zip(("Text", "Against"), texts, strict=False):
        console.print(f"{label:12} {text}", markup=False)
    label = "Similarity" if len(texts) == 1 else "Difference"
    console.print(f"{label:12} {game.full_value:.3f}, of nothing {game.empty_value:.3f}")


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
