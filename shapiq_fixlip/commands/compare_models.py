"""``shapiq-fixlip compare-models``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from shapiq_fixlip.commands import arguments
from shapiq_fixlip.commands.telling import tell
from shapiq_fixlip.output import result_folder

__all__ = ["compare_models"]


def compare_models(
    image: arguments.Image = None,
    text: arguments.Text = None,
    *,
    models: Annotated[
        list[str],
        arguments.input_(help="Two or more models. Repeat the option for each."),
    ] = ["demo", "demo-siglip"],  # noqa: B006 - typer does not change it
    revisions: arguments.Revisions = [],  # noqa: B006 - typer does not change it
    image_players: arguments.ImagePlayers = "7x7",
    text_players: arguments.TextPlayers = "words",
    image_removal: arguments.ImageRemoval = "zero",
    text_removal: arguments.TextRemoval = "attention",
    truncation: arguments.Truncation = False,
    crop: Annotated[
        bool,
        arguments.input_(
            help="Whether to crop the image to its central square, so that models that crop and "
            "models that squeeze images see the same."
        ),
    ] = True,
    p: arguments.P = None,
    budget_image: arguments.BudgetImage = None,
    budget_text: arguments.BudgetText = None,
    random_state: arguments.RandomState = 0,
    device: arguments.Device = "cpu",
    out: arguments.Out = Path("models"),
    quiet: arguments.Quiet = False,
    json: arguments.Json = False,
) -> None:
    """Compare models on one image and one text or a demo scene, with the same players.

    Repeat --models and --revisions for each model. Prints the similarities, the fit and the
    strongest pairs of the models, and how similar their explanations are. Writes models.html (an
    interactive page), models.png, models.csv (all interactions, in units of each model's spread),
    models.json (the tables) and for each model files for shapiq_fixlip.Explanation.load, such as
    model-1.json, which shapiq.InteractionValues.load also reads.
    """
    verbose = tell(f"Loading {', '.join(models)}", quiet=quiet)
    from shapiq_fixlip.commands.comparing import write_comparison
    from shapiq_fixlip.commands.pair import chosen_pair
    from shapiq_fixlip.commands.printing import print_files, print_json, print_models
    from shapiq_fixlip.comparisons import models as comparison
    from shapiq_fixlip.comparisons.model_comparison import ModelComparison

    with result_folder(out, ModelComparison.files) as results:
        compared = comparison.compare_models(
            *chosen_pair(image, text),
            models=models,
            revisions=revisions,
            image_players=image_players,
            text_players=text_players,
            image_removal=image_removal,
            text_removal=text_removal,
            truncation=truncation,
            crop=crop,
            p=p,
            budget_image=budget_image,
            budget_text=budget_text,
            random_state=random_state,
            device=device,
            verbose=verbose,
        )
        write_comparison(compared, results, out, dpi=110)
    if json:
        print_json(compared.summary(), results, out)
        return
    print_models(compared)
    print_files(results, out)
