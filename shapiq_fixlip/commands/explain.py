"""``shapiq-fixlip explain``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from shapiq_fixlip.commands import arguments, parsers
from shapiq_fixlip.commands.telling import tell
from shapiq_fixlip.output import result_folder, writing

if TYPE_CHECKING:
    from shapiq_fixlip.explaining.explanation import Explanation

__all__ = ["explain"]


def explain(
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
    index: arguments.Index = "FWBII",
    p: arguments.P = None,
    max_order: arguments.MaxOrder = None,
    max_order_image: Annotated[
        int | None,
        arguments.computation(
            parser=parsers.whole_number,
            help="Maximum number of image players in an interaction. Default: that of max-order.",
        ),
    ] = None,
    max_order_text: Annotated[
        int | None,
        arguments.computation(
            parser=parsers.whole_number,
            help="Maximum number of text players in an interaction. Default: that of max-order.",
        ),
    ] = None,
    estimator: arguments.EstimatorOption = "shrinkage",
    budget: Annotated[
        parsers.Budget | None,
        arguments.computation(
            parser=parsers.budget,
            metavar="NUMBER|auto",
            help="Maximum number of image-text pairs; with auto, passes are doubled until more "
            "would change little. Default: 256 passes of each side.",
        ),
    ] = None,
    budget_image: arguments.BudgetImage = None,
    budget_text: arguments.BudgetText = None,
    random_state: arguments.RandomState = 0,
    device: arguments.Device = "cpu",
    dtype: arguments.Dtype = None,
    out: arguments.Out = Path("explanation"),
    quiet: arguments.Quiet = False,
    json: arguments.Json = False,
) -> None:
    """Explain one image and one text; without them, a demo scene.

    Prints the similarity and the strongest interactions. Writes explanation.html (an interactive
    page), explanation.png, explanation.csv (all interactions with their standard errors),
    explanation.json (for shapiq.InteractionValues.load), explanation-image.png and
    explanation-regions.png (all three for shapiq_fixlip.Explanation.load).
    """
    verbose = tell(f"Loading {model}", quiet=quiet)
    from shapiq_fixlip.commands.pair import chosen_input
    from shapiq_fixlip.commands.printing import (
        explanation_summary,
        print_files,
        print_json,
        print_summary,
    )
    from shapiq_fixlip.explaining import explain as explaining
    from shapiq_fixlip.results.saving import EXPLANATION_FILES

    chosen_image, chosen_text = chosen_input(image, text, class_names)
    with result_folder(out, EXPLANATION_FILES) as results:
        explained = _with_sanity(
            explaining.explain(
                chosen_image,
                chosen_text,
                model=model,
                revision=revision,
                against=against,
                class_names=class_names,
                class_value=class_value,
                prompt_template=prompt_template,
                image_players=image_players,
                text_players=text_players,
                image_removal=image_removal,
                text_removal=text_removal,
                truncation=truncation,
                value=value,
                index=index,
                p=p,
                max_order=max_order,
                max_order_image=max_order_image,
                max_order_text=max_order_text,
                estimator=estimator,
                budget=budget,
                budget_image=budget_image,
                budget_text=budget_text,
                random_state=random_state,
                device=device,
                dtype=dtype,
                verbose=verbose,
            )
        )
        with writing(out):
            _write(explained, results.workplace)
    if json:
        print_json(explanation_summary(explained), results, out)
        return
    print_summary(explained)
    print_files(results, out)


def _with_sanity(explained: Explanation) -> Explanation:
    """Add how much the map of the image depends on the text, but not for a contrast of texts."""
    from dataclasses import replace

    from shapiq_fixlip.files import or_none
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.metrics.sanity import prompt_sanity

    game, run, settings = explained.game, explained.run, explained.settings
    is_one_text = isinstance(game, VisionLanguageGame) and game.n_players_image > 0
    if not is_one_text or run is None or "p" not in settings:  # at one p the passes are there
        return explained
    sanity = prompt_sanity(
        cast("VisionLanguageGame", game),
        p=settings["p"],
        budget_image=run.passes[0],
        random_state=settings["random_state"],
    )
    found = {
        "similarity_to_random_words": or_none(sanity.similarity_to_random_words),
        "similarity_to_other_orders": or_none(sanity.similarity_to_other_orders),
    }
    return replace(explained, settings={**settings, **found})


def _write(explained: Explanation, folder: Path) -> None:
    """Write all files into an existing folder."""
    import matplotlib.pyplot as plt

    from shapiq_fixlip.results.saving import write_explanation
    from shapiq_fixlip.results.tables import write_table

    write_explanation(explained, folder)
    write_table(explained.table(), folder / "explanation.csv")
    explained.page(folder / "explanation.html")
    figure, _ = explained.plot()
    figure.savefig(folder / "explanation.png", dpi=150)
    plt.close(figure)
