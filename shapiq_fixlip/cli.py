"""The command line: ``shapiq-fixlip``."""

from __future__ import annotations

import dataclasses
import logging
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from shapiq_fixlip import __version__
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.output import not_writable, result_folder

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.sanity import PromptSanity
    from shapiq_fixlip.typing import Estimator

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_OPTIONS = {
    "max_order": "order",
    "max_order_image": "order_image",
    "max_order_text": "order_text",
    "random_state": "seed",
}
"""Options whose names differ from those of the arguments in Python."""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        msg = f"must be a number, got {text!r}."
        raise typer.BadParameter(msg) from error


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        msg = f"must be a whole number, got {text!r}."
        raise typer.BadParameter(msg) from error


def _budget(text: str) -> int | str:
    return text if text == "auto" else _whole_number(text)


def _print_version(value: bool) -> None:  # noqa: FBT001 - as typer calls it
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _shapiq_fixlip(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Explain why a vision-language model finds an image and a text similar."""


@app.command()
def explain(
    image: Annotated[Path | None, typer.Argument(help="An image file.")] = None,
    text: Annotated[str | None, typer.Argument(help="A text.")] = None,
    *,
    model: Annotated[
        str,
        typer.Option(
            help="'demo' (the embedded model), a folder, an id on the Hugging Face hub, or "
            "'open_clip:MODEL/TAG'."
        ),
    ] = "demo",
    against: Annotated[
        str | None, typer.Option(help="Another text: explain why the first one fits better.")
    ] = None,
    players: Annotated[
        str,
        typer.Option(
            help="Players of the image: patches, ROWSxCOLUMNS, superpixels[:NUMBER], labels:FILE "
            "or boxes:LEFT,TOP,RIGHT,BOTTOM;..."
        ),
    ] = "patches",
    words: Annotated[
        str,
        typer.Option(
            help="Players of the text: tokens, words, 'phrases:ONE;ANOTHER', fixed (none), or "
            "template, for a text such as 'a photo of a {dog}'."
        ),
    ] = "tokens",
    removal: Annotated[
        str,
        typer.Option(
            help="In the place of absent image players: zero, mean, gray, black, blur, drop or "
            "fill:FILE."
        ),
    ] = "zero",
    text_removal: Annotated[
        str,
        typer.Option(
            help="In the place of absent text players: attention, remove, replace or replace:TOKEN."
        ),
    ] = "attention",
    p: Annotated[
        float, typer.Option(parser=_number, help="Probability of a patch or word to be present.")
    ] = 0.5,
    order: Annotated[
        int, typer.Option(parser=_whole_number, help="The most players of an interaction.")
    ] = 2,
    order_image: Annotated[
        int | None,
        typer.Option(
            parser=_whole_number, help="The most image players of one, to limit higher orders."
        ),
    ] = None,
    order_text: Annotated[
        int | None, typer.Option(parser=_whole_number, help="The most text players of one.")
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            parser=_budget,
            help="The most image-text pairs, or 'auto': until more passes would change little. "
            "Default: 256 passes of each side.",
        ),
    ] = None,
    budget_image: Annotated[
        int | None, typer.Option(parser=_whole_number, help="The most image passes.")
    ] = None,
    budget_text: Annotated[
        int | None, typer.Option(parser=_whole_number, help="The most text passes.")
    ] = None,
    estimator: Annotated[str, typer.Option(help="'shrinkage' or 'least_squares'.")] = "shrinkage",
    seed: Annotated[int, typer.Option(parser=_whole_number, help="Seed of the sampling.")] = 0,
    device: Annotated[str, typer.Option(help="A torch device, such as 'cuda'.")] = "cpu",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("explanation"),
) -> None:
    """Explain one image and one text; without them, a demo scene.

    Prints the similarity and the strongest interactions, and writes explanation.json (for
    shapiq.InteractionValues.load), explanation.csv (all interactions with their errors) and
    explanation.png.
    """
    from shapiq_fixlip import choices
    from shapiq_fixlip.approximator import FIxLIP
    from shapiq_fixlip.games.loading import load_game
    from shapiq_fixlip.options import check_options
    from shapiq_fixlip.summary import print_sanity, print_summary
    from shapiq_fixlip.views import interaction_table

    check_options(max_order=order, p=p, estimator=estimator, random_state=seed)
    with result_folder(out) as workplace:
        picture, caption = _pair(image, text)
        chosen: dict[str, Any] = {
            "players": choices.image_players(players),
            "removal": choices.image_removal(removal),
            "words": choices.text_players(words),
            "text_removal": choices.text_removal(text_removal),
        }
        _silence_other_packages()
        game = load_game(
            model,
            picture,
            caption,
            against=against,
            **chosen,
            device=device,
            verbose=sys.stderr.isatty(),
        )
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
        origin = {
            "model": model,
            "image": None if image is None else str(image),
            "text": caption,
            "against": against,
            "players": players,
            "words": words,
            "removal": removal,
            "text_removal": text_removal,
            "p": p,
            "seed": seed,
            "estimator": estimator,
            **dataclasses.asdict(fixlip.report),
        }
        sanity = _sanity(game, fixlip.report.passes[0], p=p, seed=seed)
        if sanity is not None:  # JSON knows no nan
            facts = dataclasses.asdict(sanity).items()
            origin["prompt_sanity"] = {k: None if math.isnan(v) else v for k, v in facts}
        try:
            table = interaction_table(values, game, fixlip.standard_errors())
            _write(values, table, game, workplace, origin)
        except OSError as error:  # a full disk
            raise not_writable(out, error) from error
    print_summary(table, game, fixlip.report, p)
    if sanity is not None:
        print_sanity(sanity)
    names = ("explanation.json", "explanation.csv", "explanation.png")
    typer.echo(f"\nWritten: {', '.join(str(out / name) for name in names)}")


def _sanity(game: ImageTextGame, passes: int, *, p: float, seed: int) -> PromptSanity | None:
    """Return how much the explanation depends on the caption; a contrast is about just that."""
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.sanity import prompt_sanity

    if not isinstance(game, VisionLanguageGame) or not game.n_players_image:
        return None
    return prompt_sanity(game, p=p, budget_image=passes, random_state=seed)


def _pair(image: Path | None, text: str | None) -> tuple[Image, str]:
    """Return the image and the text to explain, refusing bad ones before a model is loaded."""
    from shapiq_fixlip.demo.scenes import demo_scene
    from shapiq_fixlip.images import load_image

    if image is None or text is None:
        if image is not None:
            msg = f"text must be given along with an image, got only {str(image)!r}."
            raise InputError(msg)
        scene = demo_scene()
        return scene.image, scene.caption
    return load_image(image), text


def _silence_other_packages() -> None:
    """Keep what others say about loading a model out of what the user reads."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    logging.getLogger().setLevel(logging.CRITICAL)  # open_clip reports errors twice


def _write(
    values: InteractionValues,
    table: pd.DataFrame,
    game: ImageTextGame,
    folder: Path,
    origin: dict[str, object],
) -> None:
    """Write the explanation, with all that is needed to read and to repeat it, and its picture."""
    import matplotlib.pyplot as plt

    from shapiq_fixlip.plot.image_text import image_text_plot

    facts: dict[str, Any] = {
        **origin,
        "patch_grid": list(game.image_side.grid),
        "player_names": list(game.player_names),
        "similarity": game.full_value,
        "similarity_of_nothing": game.empty_value,
        "shapiq_fixlip": __version__,
    }
    values.to_json_file(folder / "explanation.json", **facts)
    table.to_csv(folder / "explanation.csv", index=False)
    figure, _ = image_text_plot(values, game)
    figure.savefig(folder / "explanation.png", dpi=150)
    plt.close(figure)


def main() -> None:
    """Run the command line; bad input ends with one line and exit code 2."""
    try:
        app()
    except InputError as error:
        argument, rest = str(error).split(" ", 1)
        typer.echo(f"Error: {_OPTIONS.get(argument, argument)} {rest}", err=True)
        sys.exit(2)
