"""``shapiq-fixlip compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer  # noqa: TC002 - it reads the annotations when it runs

from shapiq_fixlip.commands import arguments, parsers
from shapiq_fixlip.commands.compare_saved import check_only, compare_saved, is_saved
from shapiq_fixlip.commands.telling import tell
from shapiq_fixlip.output import result_folder

__all__ = ["compare"]


def compare(
    context: typer.Context,
    image: arguments.Image = None,
    text: arguments.TextOrClass = None,
    *,
    model: arguments.Model = "demo",
    revision: arguments.Revision = None,
    against: arguments.Against = None,
    class_names: arguments.ClassNames = None,
    class_value: arguments.ClassValueOption = "margin",
    prompt_template: arguments.PromptTemplate = "a photo of a {}.",
    image_players: arguments.ImagePlayers = "patches",
    text_players: arguments.TextPlayers = "tokens",
    image_removal: arguments.ImageRemoval = "zero",
    text_removal: arguments.TextRemoval = "attention",
    truncation: arguments.Truncation = False,
    value: arguments.Value = "logit",
    indices: Annotated[
        parsers.Texts | None,
        arguments.computation(
            parser=parsers.texts,
            metavar="INDEX,...",
            help="Some of FWBII, FBII, WBII, BII, BV, Fourier, SV, SII, k-SII, FSII, STII, CHII, "
            "kADD-SHAP. Default: FWBII, BV, SV, SII, k-SII, FSII.",
        ),
    ] = None,
    ps: Annotated[
        parsers.Numbers,
        arguments.computation(
            parser=parsers.numbers,
            metavar="P,...",
            show_default="0.3,0.5,0.7",
            help="Probabilities that a player is present, for FWBII and for judging all indices.",
        ),
    ] = (0.3, 0.5, 0.7),
    budget_image: arguments.BudgetImage = None,
    budget_text: arguments.BudgetText = None,
    random_state: arguments.RandomState = 0,
    device: arguments.Device = "cpu",
    dtype: arguments.Dtype = None,
    out: arguments.Out = Path("comparison"),
    quiet: arguments.Quiet = False,
    json: arguments.Json = False,
) -> None:
    """Compare indices, of Banzhaf and of Shapley, on one image and one text or a demo scene.

    Compares two saved explanations if their folders or JSON files are given instead: of two texts,
    of two models, or before and after a change of a model.

    Prints their faithfulness, rank agreement, costs and strongest interactions. Writes
    comparison.html (an interactive page), comparison.png, comparison.csv (all interactions),
    comparison.json (the tables) and for each index files for shapiq_fixlip.Explanation.load, such
    as k-SII.json, which shapiq.InteractionValues.load also reads.
    """
    if image is not None and is_saved(image, text):
        check_only(context, {"out", "quiet", "json"})
        compare_saved(image, text, out=out, json=json)
        return
    verbose = tell(f"Loading {model}", quiet=quiet)
    from shapiq_fixlip.commands.comparing import write_comparison
    from shapiq_fixlip.commands.pair import chosen_input
    from shapiq_fixlip.commands.printing import print_comparison, print_files, print_json
    from shapiq_fixlip.comparisons import indices as comparison
    from shapiq_fixlip.comparisons.index_comparison import Comparison
    from shapiq_fixlip.games.loading import load_game

    wanted = cast("Any", indices)
    budgets = {"budget_image": budget_image, "budget_text": budget_text}
    comparison.check_choices(wanted, ps, budgets=budgets, random_state=random_state)
    choices = {
        "revision": revision,
        "against": against,
        "class_names": class_names,
        "class_value": class_value,
        "prompt_template": prompt_template,
        "image_players": image_players,
        "text_players": text_players,
        "image_removal": image_removal,
        "text_removal": text_removal,
        "truncation": truncation,
        "value": value,
        "dtype": dtype,
    }
    with result_folder(out, Comparison.files) as results:
        game = load_game(
            *chosen_input(image, text, class_names),
            model=model,
            **cast("Any", choices),
            device=device,
        )
        compared = comparison.compare(
            game,
            wanted,
            ps,
            **budgets,
            random_state=random_state,
            settings={"model": model, **choices},
            verbose=verbose,
        )
        write_comparison(compared, results, out, dpi=150)
    if json:
        print_json(compared.summary(), results, out)
        return
    print_comparison(compared)
    print_files(results, out)
