"""``shapiq-fixlip explain``."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from shapiq_fixlip import __version__
from shapiq_fixlip.commands import arguments
from shapiq_fixlip.commands.pair import ChosenPair
from shapiq_fixlip.output import result_folder, writing

if TYPE_CHECKING:
    import pandas as pd
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.metrics.sanity import PromptSanity
    from shapiq_fixlip.results.run_report import RunReport
    from shapiq_fixlip.typing import Estimator

__all__ = ["explain"]


_FILES = tuple(f"explanation.{suffix}" for suffix in ("csv", "html", "json", "png"))

_TOLD = ("model", "players", "words", "removal", "text_removal", "p", "estimator", "seed")
"""Choices that the page tells of."""


def _budget(text: str) -> int | str:
    return text if text == "auto" else arguments.read(text, int, "a whole number or 'auto'")


def explain(
    image: arguments.ImageArgument = None,
    text: arguments.TextArgument = None,
    *,
    model: arguments.Model = "demo",
    against: Annotated[
        str | None, typer.Option(help="Another text: explain why the first one fits better.")
    ] = None,
    players: arguments.ImagePlayersOption = "patches",
    words: arguments.TextPlayersOption = "tokens",
    removal: arguments.Removal = "zero",
    text_removal: arguments.TextRemoval = "attention",
    p: Annotated[
        float,
        typer.Option(parser=arguments.number, help="Probability of a patch or word to be present."),
    ] = 0.5,
    order: Annotated[
        int, typer.Option(parser=arguments.whole, help="The most players of an interaction.")
    ] = 2,
    order_image: Annotated[
        int | None,
        typer.Option(
            parser=arguments.whole, help="The most image players of one, to limit higher orders."
        ),
    ] = None,
    order_text: Annotated[
        int | None, typer.Option(parser=arguments.whole, help="The most text players of one.")
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            parser=_budget,
            help="The most image-text pairs, or 'auto': until more passes would change little. "
            "Default: 256 passes of each side.",
        ),
    ] = None,
    budget_image: arguments.BudgetImage = None,
    budget_text: arguments.BudgetText = None,
    estimator: Annotated[str, typer.Option(help="'shrinkage' or 'least_squares'.")] = "shrinkage",
    seed: arguments.Seed = 0,
    revision: arguments.Revision = None,
    device: arguments.Device = "cpu",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("explanation"),
) -> None:
    """Explain one image and one text; without them, a demo scene.

    Prints the similarity and the strongest interactions, and writes explanation.html (an
    interactive page), explanation.png, explanation.csv (all interactions with their errors) and
    explanation.json (for shapiq.InteractionValues.load).
    """
    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.commands.printing import print_files, print_sanity, print_summary
    from shapiq_fixlip.page.report import report
    from shapiq_fixlip.results.tables import interaction_table
    from shapiq_fixlip.validation import check_options

    check_options(max_order=order, p=p, estimator=estimator, random_state=seed)
    pair = ChosenPair(
        image=image,
        text=text,
        model=model,
        revision=revision,
        players=players,
        words=words,
        removal=removal,
        text_removal=text_removal,
        device=device,
        against=against,
    )
    with result_folder(out, _FILES) as results:
        game = pair.load()
        fixlip = FIxLIP(
            game.n_players,
            order,
            p=p,
            estimator=cast("Estimator", estimator),
            max_order_image=order_image,
            max_order_text=order_text,
            random_state=seed,
        )
        values = fixlip.approximate(
            cast("Any", budget), game, budget_image=budget_image, budget_text=budget_text
        )
        sanity = _sanity(game, fixlip.report.passes[0], p=p, seed=seed)
        errors = fixlip.standard_errors()
        table = interaction_table(values, game, errors)
        facts = {
            **pair.origin,
            "p": p,
            "estimator": estimator,
            "seed": seed,
            **_facts(fixlip.report),
            **({} if sanity is None else {"prompt_sanity": _facts(sanity)}),
        }
        with writing(out):
            _write(values, table, game, results.workplace, facts)
            report(
                values,
                game,
                results.workplace / "explanation.html",
                standard_errors=errors,
                run_report=fixlip.report,
                facts={name: facts[name] for name in _TOLD},
            )
    print_summary(table, game, fixlip.report, p)
    if sanity is not None:
        print_sanity(sanity)
    print_files(results, out)


def _facts(result: RunReport | PromptSanity) -> dict[str, object]:
    """Return the attributes of a result; JSON knows no nan."""
    facts = dataclasses.asdict(result).items()
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in facts}


def _sanity(game: ImageTextGame, passes: int, *, p: float, seed: int) -> PromptSanity | None:
    """Return how much the explanation depends on the caption; a contrast is about just that."""
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.metrics.sanity import prompt_sanity

    if not isinstance(game, VisionLanguageGame) or not game.n_players_image:
        return None
    return prompt_sanity(game, p=p, budget_image=passes, random_state=seed)


def _write(
    values: InteractionValues,
    table: pd.DataFrame,
    game: ImageTextGame,
    folder: Path,
    facts: dict[str, object],
) -> None:
    """Write the explanation, with all that is needed to read and to repeat it, and its picture."""
    import matplotlib.pyplot as plt

    from shapiq_fixlip.plot.image_text import image_text_plot

    parameters: dict[str, Any] = {
        **facts,
        "patch_grid": list(game.image_side.grid),
        "player_names": list(game.player_names),
        "similarity": game.full_value,
        "similarity_of_nothing": game.empty_value,
        "shapiq_fixlip": __version__,
    }
    values.to_json_file(folder / "explanation.json", **parameters)
    table.to_csv(folder / "explanation.csv", index=False)
    figure, _ = image_text_plot(values, game)
    figure.savefig(folder / "explanation.png", dpi=150)
    plt.close(figure)
