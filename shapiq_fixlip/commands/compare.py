"""``shapiq-fixlip compare``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from shapiq_fixlip.commands import arguments
from shapiq_fixlip.commands.pair import ChosenPair
from shapiq_fixlip.output import result_folder, writing

__all__ = ["compare"]


def compare(
    image: arguments.ImageArgument = None,
    text: arguments.TextArgument = None,
    *,
    indices: Annotated[
        str | None,
        typer.Option(
            parser=arguments.words,
            help="Some of FWBII,FBII,BV,SV,SII,k-SII,FSII. Default: all but FBII, and FSII for at "
            "most 64 players.",
        ),
    ] = None,
    p: Annotated[
        str,
        typer.Option(
            parser=arguments.numbers,
            help="Probabilities of a patch or word to be present, for FWBII and for judging.",
        ),
    ] = "0.3,0.5,0.7",
    model: arguments.Model = "demo",
    players: arguments.ImagePlayersOption = "patches",
    words: arguments.TextPlayersOption = "tokens",
    removal: arguments.Removal = "zero",
    text_removal: arguments.TextRemoval = "attention",
    budget_image: arguments.BudgetImage = None,
    budget_text: arguments.BudgetText = None,
    budget_fsii: Annotated[
        int | None,
        typer.Option(
            parser=arguments.whole,
            help="The most coalitions for FSII, each a pass of both sides. Default: three times "
            "the number of interactions, 4096 at least.",
        ),
    ] = None,
    seed: arguments.Seed = 0,
    revision: arguments.Revision = None,
    device: arguments.Device = "cpu",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("comparison"),
) -> None:
    """Compare indices, Banzhaf beside Shapley, on one image and one text or a demo scene.

    Prints how faithful they are, how they agree and what they cost, and writes comparison.html (an
    interactive page), comparison.png, comparison.csv (all interactions), comparison.json (the
    tables) and for each index a file for shapiq.InteractionValues.load, such as k-SII.json.
    """
    import matplotlib.pyplot as plt

    from shapiq_fixlip.commands.printing import print_comparison, print_files
    from shapiq_fixlip.comparisons import indices as comparison
    from shapiq_fixlip.page.report import report
    from shapiq_fixlip.plot.comparison import comparison_plot

    chosen, probabilities = cast("Any", indices), cast("Any", p)  # as their parsers return them
    comparison.check_choices(chosen, probabilities, random_state=seed)
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
    )
    with result_folder(out, comparison.COMPARISON_FILES) as results:
        game = pair.load()
        compared = comparison.compare(
            game,
            chosen,
            probabilities,
            budget_image=budget_image,
            budget_text=budget_text,
            budget_fsii=budget_fsii,
            random_state=seed,
            verbose=sys.stderr.isatty(),
        )
        workplace = results.workplace
        with writing(out):
            compared.write(workplace, {**pair.origin, "seed": seed})
            told = {"model": model, "players": players, "words": words, "seed": seed}
            report(compared.explanations, game, workplace / "comparison.html", facts=told)
            figure, _ = comparison_plot(compared)
            figure.savefig(workplace / "comparison.png", dpi=150)
            plt.close(figure)
    print_comparison(compared, game)
    print_files(results, out)
