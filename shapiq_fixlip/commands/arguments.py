"""Options that commands share, and how their texts are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BudgetImage",
    "BudgetText",
    "Data",
    "DataSeed",
    "Device",
    "ImageArgument",
    "ImagePlayersOption",
    "Inputs",
    "Model",
    "Models",
    "Ray",
    "Removal",
    "RetryFailed",
    "Revision",
    "Seed",
    "TextArgument",
    "TextPlayersOption",
    "TextRemoval",
    "Workers",
    "number",
    "numbers",
    "read",
    "whole",
    "wholes",
    "words",
]


def number(text: str) -> float:
    """Read a number."""
    return read(text, float, "a number")


def whole(text: str) -> int:
    """Read a whole number."""
    return read(text, int, "a whole number")


def words(text: str) -> list[str]:
    """Read texts with commas between them."""
    return [part.strip() for part in text.split(",")]


def numbers(text: str) -> list[float]:
    """Read numbers with commas between them."""
    return [number(part) for part in text.split(",")]


def wholes(text: str) -> list[int]:
    """Read whole numbers with commas between them."""
    return [whole(part) for part in text.split(",")]


def read[T](text: str, kind: Callable[[str], T], name: str) -> T:
    """Read a text by a type, which has a name for people."""
    try:
        return kind(text)
    except ValueError as error:
        msg = f"must be {name}, got {text!r}."
        raise typer.BadParameter(msg) from error


ImageArgument = Annotated[Path | None, typer.Argument(help="An image file.")]
TextArgument = Annotated[str | None, typer.Argument(help="A text.")]
Model = Annotated[
    str,
    typer.Option(
        help="'demo' or 'demo-siglip' (embedded), a folder, an id on the Hugging Face hub, or "
        "'open_clip:MODEL/TAG'."
    ),
]
Revision = Annotated[
    str | None,
    typer.Option(help="Branch, tag or commit of a model on the hub. Default: what it has now."),
]
ImagePlayersOption = Annotated[
    str,
    typer.Option(
        help="Players of the image: patches, ROWSxCOLUMNS, superpixels[:NUMBER], labels:FILE "
        "or boxes:LEFT,TOP,RIGHT,BOTTOM;..."
    ),
]
TextPlayersOption = Annotated[
    str,
    typer.Option(
        help="Players of the text: tokens, words, 'phrases:ONE;ANOTHER', fixed (none), or "
        "template, for a text such as 'a photo of a {dog}'."
    ),
]
Removal = Annotated[
    str,
    typer.Option(
        help="In the place of absent image players: zero, mean, gray, black, blur, drop or "
        "fill:FILE."
    ),
]
TextRemoval = Annotated[
    str,
    typer.Option(
        help="In the place of absent text players: attention, remove, replace or replace:TOKEN."
    ),
]
BudgetImage = Annotated[int | None, typer.Option(parser=whole, help="The most image passes.")]
BudgetText = Annotated[int | None, typer.Option(parser=whole, help="The most text passes.")]
Seed = Annotated[int, typer.Option(parser=whole, help="Seed of the sampling.")]
Device = Annotated[str, typer.Option(help="A torch device, such as 'cuda'.")]
Models = Annotated[
    list[str] | None,
    typer.Option(help="As for explain; give it several times to compare models. Default: demo."),
]
Data = Annotated[
    str | None,
    typer.Option(
        help="demo-scenes, demo-collages, csv:FILE, coco:CAPTIONS,IMAGES, collages:FOLDER or "
        "hub:NAME[@SPLIT]."
    ),
]
Inputs = Annotated[int | None, typer.Option(parser=whole, help="The most inputs.")]
DataSeed = Annotated[int, typer.Option(parser=whole, help="Seed of data made at random.")]
Ray = Annotated[
    str | None,
    typer.Option(
        metavar="[ADDRESS]",
        help="Run on Ray: on this machine, or on the cluster of an address.",
    ),
]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        help="Do inputs again that failed in an earlier run, or whose files are damaged.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(parser=whole, help="Workers on Ray. Default: one for each GPU or CPU."),
]
