"""The output of the commands."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from shapiq_fixlip.commands.telling import printable
from shapiq_fixlip.experiments.tables import wide
from shapiq_fixlip.files import as_json
from shapiq_fixlip.games.contrast import ContrastGame
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.games.probability import ProbabilityGame
from shapiq_fixlip.results.resolved import resolved_counts, resolved_sentence
from shapiq_fixlip.results.tables import is_cross_modal, strongest_interactions

if TYPE_CHECKING:
    from pathlib import Path

    from shapiq_fixlip.comparisons.explanation_comparison import ExplanationComparison
    from shapiq_fixlip.comparisons.index_comparison import Comparison
    from shapiq_fixlip.comparisons.model_comparison import ModelComparison
    from shapiq_fixlip.explaining.explanation import Explanation
    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.output import Results

__all__ = [
    "explanation_summary",
    "print_comparison",
    "print_evaluation",
    "print_explanations",
    "print_failures",
    "print_files",
    "print_json",
    "print_models",
    "print_summary",
]

_SHOWN_OF_KIND = 4
"""Printed interactions of every kind; twice as many of kinds of both sides."""

_FILE_WIDTH = 1000
"""Characters of a line in a file or a pipe."""

_N_CLASSES = 3
"""Most other classes that are printed."""

_YES_OR_NO = {True: "yes", False: "no"}

_FAITHFULNESS = "p_faithfulness_"
_AGREEMENTS = ("agreement_pairs", "agreement_players")
"""Columns of the table of a comparison."""


def print_summary(explained: Explanation) -> None:
    """Print the similarity, the strongest interactions, their cost and their fit."""
    console = _console()
    game, run, settings = as_image_text(explained.game), explained.run, explained.settings
    _print_game(console, game)
    table = explained.table()
    console.print(_as_rich(strongest_interactions(table, _SHOWN_OF_KIND)))
    if sentence := resolved_sentence(table):
        console.print(f"Resolved     {sentence}")
    if run is not None:
        console.print(f"Passes       {run.passes[0]} image, {run.passes[1]} text")
        if run.stopped is not None:
            console.print(f"Stopped      {run.stopped}")
        console.print(
            f"Seconds      {run.seconds_encoder:.1f} encoder, {run.seconds_solver:.1f} solver"
        )
        at = f" at p = {settings['p']:g}" if "p" in settings else ""
        kind = "exact" if run.is_exact else "cross-validated"
        console.print(f"Fit quality  R² = {run.r2:.3f}{at} ({kind})")
    random_words, other_orders = map(
        settings.get, ("similarity_to_random_words", "similarity_to_other_orders")
    )
    if random_words is not None:
        similarities = f"similarity to that of random words {random_words:.2f}"
        if other_orders is not None:
            similarities += f", of its own reordered {other_orders:.2f}"
        dependence = f"{1 - random_words:.0%} of the map depends on the caption"
        console.print(f"Prompt       {dependence} ({similarities})")


def explanation_summary(explained: Explanation) -> dict[str, Any]:
    """Return what :func:`print_summary` prints, ready for JSON."""
    table = explained.table()
    strongest = strongest_interactions(table, _SHOWN_OF_KIND)
    game, run = as_image_text(explained.game), explained.run
    return {
        "text": game.text,
        "unseen_text": game.unseen_text,
        "full_value": game.full_value,
        "empty_value": game.empty_value,
        "strongest": json.loads(strongest.to_json(orient="records")),
        "resolved": resolved_counts(table) or None,
        "run": None if run is None else run.facts(),
        "settings": {name: as_json(value) for name, value in explained.settings.items()},
    }


def print_json(summary: dict[str, Any], results: Results, out: Path) -> None:
    """Print a summary as JSON, with the files that were written."""
    files = [str(out / name) for name in results.written]
    told = {"files": files, "replaced": results.replaced, "removed": results.removed}
    Console(soft_wrap=True).print_json(data={**summary, **told}, ensure_ascii=False)


def print_comparison(comparison: Comparison) -> None:
    """Print faithfulness, rank agreement, costs and strongest interactions of indices."""
    console = _console()
    _print_game(console, as_image_text(comparison.game))
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
        strongest.add_row(str(label), "\n".join(found))
    console.print(strongest)


def print_models(comparison: ModelComparison) -> None:
    """Print similarities, fit and strongest pairs of models, and how similar the models are."""
    console = _console()
    normalized = comparison.normalized
    game = as_image_text(next(iter(normalized.values())).game)
    _print_text(console, "Text", game)
    console.print("")
    models = Table("model", box=None, pad_edge=False)
    for heading in ("similarity", "of nothing", "spread", "R²", "passes", "seconds"):
        models.add_column(heading, justify="right")
    for name, row in comparison.table.iterrows():
        logits = [f"{row[x]:.3f}" for x in ("full_value", "empty_value", "spread")]
        passes = f"{row['passes_image']:.0f} + {row['passes_text']:.0f}"
        figures = (*logits, f"{row['r2']:.3f}", passes, f"{row['seconds']:.1f}")
        models.add_row(str(name), *figures)
    console.print(models, "")
    _print_agreement(console, "models", comparison.agreement)
    console.print("Strongest pairs, in units of spread:")
    _print_columns(console, comparison.interactions())


def print_explanations(comparison: ExplanationComparison) -> None:
    """Print the similarities of two explanations, how similar they are, and what differs most."""
    console = _console()
    for name, explanation in comparison.explanations.items():
        game = as_image_text(explanation.game)
        similarity = f"{game.full_value:.3f}, of nothing {game.empty_value:.3f}"
        console.print(f"{printable(name)}: {printable(game.text)} ({similarity})")
    console.print("")
    both = " and ".join(comparison.explanations)
    _print_agreement(console, "", pd.DataFrame([comparison.agreement], index=[(both,)]))
    console.print("Pairs that differ most:")
    _print_columns(console, comparison.interactions())


def _print_agreement(console: Console, heading: str, agreement: pd.DataFrame) -> None:
    """Print how similar explanations are, a row for each pair of them."""
    alike = Table(heading, box=None, pad_edge=False)
    for name in ("pairs", "linear", "same sign", "same top", "players"):
        alike.add_column(name, justify="right")
    for names, row in agreement.iterrows():
        alike.add_row(" and ".join(names), *(f"{figure:.2f}" for figure in row))
    console.print(alike)
    console.print(
        "Pairs, players: rank agreement. Same sign, same top: of the ten strongest pairs."
    )
    console.print("")


def _print_columns(console: Console, interactions: pd.DataFrame) -> None:
    """Print the first pairs of an image and a text player, with a column for each explanation."""
    pairs = interactions[interactions["kind"].map(is_cross_modal)].head(2 * _SHOWN_OF_KIND)
    found = Table("", box=None, pad_edge=False)
    for name in interactions.columns[3:]:
        found.add_column(str(name), justify="right")
    for row in pairs.itertuples(index=False):
        found.add_row(row.name, *(f"{value:+.3f}" for value in row[3:]))
    console.print(found)


def print_evaluation(means: pd.DataFrame) -> None:
    """Print the means and standard errors of an evaluation, one block for each kind of figure."""
    console = _console()
    kinds = means["figure"].map(lambda figure: figure.partition(",")[0])
    for kind in dict.fromkeys(kinds):
        laid_out = wide(means[kinds == kind])
        shown = Table(*laid_out.columns, box=None, pad_edge=False)
        for row in laid_out.itertuples(index=False):
            shown.add_row(*map(str, row))
        console.print(shown, "")


def print_files(results: Results, out: Path) -> None:
    """Print which files were written, which of them replaced others, and which were removed."""
    console = _console()
    told = {
        "Written": [str(out / name) for name in results.written],
        "Replaced": results.replaced,
        "Removed (files of an earlier run)": results.removed,
    }
    console.print("")
    for what, names in told.items():
        if names:
            console.print(f"{what}: {', '.join(names)}")


def print_failures(failures: pd.DataFrame) -> None:
    """Print failures on standard error, with one line for each error.

    Args:
        failures: A table with the columns ``input``, ``source`` and ``error``. It may have
            ``model``, ``method``, ``budget_image`` and ``random_state``, which identify a part of
            an input; then there is one line for each error of each part.
    """
    console = _console(stderr=True)
    parts = [
        name for name in ("model", "method", "budget_image", "random_state") if name in failures
    ]
    for (error, *values), rows in failures.groupby(["error", *parts], sort=False, dropna=False):
        inputs = ", ".join(
            f"{row.input}" if pd.isna(row.source) else f"{row.input} ({row.source})"
            for row in rows.itertuples()
        )
        by = [f"{n} {value}" for n, value in zip(parts, values, strict=True) if pd.notna(value)]
        console.print(f"Failed: input {inputs}{f', {", ".join(by)}' if by else ''}: {error}")


def _console(*, stderr: bool = False) -> Console:
    """Return where to print: texts as they are, and in a file lines as long as they are."""
    width = None if sys.stdout.isatty() else _FILE_WIDTH
    return Console(
        stderr=stderr, highlight=False, emoji=False, markup=False, soft_wrap=True, width=width
    )


def _print_game(console: Console, game: ImageTextGame) -> None:
    """Print the text and the similarity."""
    games = game.games if isinstance(game, ContrastGame) else [game]
    for number, part in enumerate(games):
        _print_text(console, "Against" if number else "Text", part)
    label = game.value_name.capitalize()
    console.print(f"{label:12} {game.full_value:.3f}, of nothing {game.empty_value:.3f}")
    if isinstance(game, ProbabilityGame):
        others = zip(game.texts, game.probabilities.tolist(), strict=True)
        told = sorted((pair for pair in others if pair[0] != game.text), key=lambda pair: -pair[1])
        for text, probability in told[:_N_CLASSES]:
            console.print(f"{'Other class':12} {printable(text)} {probability:.3f}")


def _print_text(console: Console, label: str, game: ImageTextGame) -> None:
    """Print the text, and what the model does not see of it."""
    console.print(f"{label:12} {printable(game.text)}")
    if game.unseen_text:
        console.print(f"{'Not seen':12} {printable(game.unseen_text)}")


def _as_rich(interactions: pd.DataFrame) -> Table:
    """Return a table with half the width of each interval, if there are intervals."""
    has_errors, has_resolved = "high" in interactions, "resolved" in interactions
    headings = ["value", *["± 95 %"] * has_errors, *["resolved"] * has_resolved]
    table = Table("strongest interactions", "", *headings, box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    previous = None
    for row in interactions.itertuples():
        if previous not in {None, row.kind}:
            table.add_section()
        half = [f"{row.high - row.value:.3f}"] if has_errors else []
        resolved = [_YES_OR_NO.get(row.resolved, "")] if has_resolved else []
        table.add_row(row.name, row.kind, f"{row.value:+.3f}", *half, *resolved)
        previous = row.kind
    return table
