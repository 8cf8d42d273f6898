"""``shapiq-fixlip compare-models``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from shapiq_fixlip.commands import arguments
from shapiq_fixlip.commands.pair import ChosenPair
from shapiq_fixlip.output import result_folder, writing

__all__ = ["compare_models"]

_DEFAULT_MODELS = ("demo", "demo-siglip")


def compare_models(
    image: arguments.ImageArgument = None,
    text: arguments.TextArgument = None,
    *,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="As for explain; give it twice or more. Default: both embedded models.",
        ),
    ] = None,
    players: arguments.ImagePlayersOption = "7x7",
    words: arguments.TextPlayersOption = "words",
    removal: arguments.Removal = "zero",
    text_removal: arguments.TextRemoval = "attention",
    crop: Annotated[
        bool, typer.Option(help="Cut the image to its central square, which all models see.")
    ] = True,
    p: Annotated[
        float,
        typer.Option(parser=arguments.number, help="Probability of a patch or word to be present."),
    ] = 0.5,
    budget_image: arguments.BudgetImage = None,
    budget_text: arguments.BudgetText = None,
    seed: arguments.Seed = 0,
    device: arguments.Device = "cpu",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("models"),
) -> None:
    """Compare models on one image and one text or a demo scene, with the same players.

    Prints what each model finds and how alike they are, and writes models.html (an interactive
    page), models.png, models.csv (all interactions, in units of each model's spread), models.json
    (the tables) and for each model a file for shapiq.InteractionValues.load, such as model-1.json.
    """
    import matplotlib.pyplot as plt

    from shapiq_fixlip.commands.printing import print_files, print_models
    from shapiq_fixlip.comparisons import models
    from shapiq_fixlip.comparisons.model_comparison import MODEL_COMPARISON_FILES
    from shapiq_fixlip.plot.models import models_plot

    names = model or list(_DEFAULT_MODELS)
    models.check_models(names)
    pair = ChosenPair(
        image=image,
        text=text,
        model=", ".join(names),
        players=players,
        words=words,
        removal=removal,
        text_removal=text_removal,
        device=device,
    )
    with result_folder(out, MODEL_COMPARISON_FILES) as results:
        compared = models.compare_models(
            names,
            *pair.inputs(),
            **pair.choices(),
            crop=crop,
            p=p,
            budget_image=budget_image,
            budget_text=budget_text,
            random_state=seed,
            device=device,
            verbose=sys.stderr.isatty(),
        )
        facts = {
            **pair.origin,
            "model": names,
            "crop": crop,
            "seed": seed,
        }
        workplace = results.workplace
        with writing(out):
            compared.write(workplace, facts)
            compared.report(workplace / "models.html")
            figure, _ = models_plot(compared)
            figure.savefig(workplace / "models.png", dpi=110)
            plt.close(figure)
    print_models(compared)
    print_files(results, out)
