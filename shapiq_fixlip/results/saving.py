"""Files of explanations, which are read without the model."""

from __future__ import annotations

import json
import math
import tempfile
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapiq import InteractionValues
from shapiq.utils.saving import interactions_to_dict

from shapiq_fixlip import __version__
from shapiq_fixlip.errors import InputError, first_line
from shapiq_fixlip.files import as_json, or_nan, or_none
from shapiq_fixlip.games.image_text import (
    ImageTextGame,
    as_image_text,
    image_bytes,
    region_bytes,
)
from shapiq_fixlip.games.saved import BROKEN_FILES, SavedGame
from shapiq_fixlip.results import indices  # noqa: F401 - adds the names of indices to shapiq
from shapiq_fixlip.results.arrays import numbers_of
from shapiq_fixlip.results.labelling import with_numbers
from shapiq_fixlip.results.resolved import check_resolved
from shapiq_fixlip.results.run_report import RunReport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq_fixlip.results.explained import Explained

__all__ = [
    "EXPLANATION_FILES",
    "FORMAT",
    "check_format",
    "content_without_data",
    "explanation_facts",
    "explanation_files",
    "read_explanation",
    "restored",
    "write_explanation",
    "write_values",
]

FORMAT = 1
"""Format of saved explanations. This version also reads all earlier formats."""

_STEM = "explanation"

EXPLANATION_FILES = tuple(
    f"{_STEM}{rest}" for rest in (".csv", ".html", ".json", ".png", "-image.png", "-regions.png")
)
"""Patterns of all files that a saved explanation and ``shapiq-fixlip explain`` write."""


def explanation_files(stem: str = _STEM) -> tuple[str, str, str]:
    """Return the names of all files of a saved explanation."""
    return f"{stem}.json", f"{stem}-image.png", f"{stem}-regions.png"


def write_explanation(explained: Explained, folder: Path, stem: str = _STEM) -> None:
    """Write an explanation into an existing folder.

    If the game is not of an image and a text, only the interactions are written.

    Args:
        explained: The explanation.
        folder: The folder.
        stem: Beginning of the names of the files. Default ``"explanation"``.
    """
    names = explanation_files(stem)
    if not isinstance(explained.game, ImageTextGame):
        write_values(explained.values, folder / names[0], {"shapiq_fixlip": __version__})
        return
    write_values(explained.values, folder / names[0], explanation_facts(explained))
    (folder / names[1]).write_bytes(image_bytes(explained.game))
    (folder / names[2]).write_bytes(region_bytes(explained.game))


def write_values(values: InteractionValues, path: Path, parameters: Mapping[str, Any]) -> None:
    """Write the file that ``InteractionValues.to_json_file`` writes, in one line.

    Args:
        values: The interactions.
        path: The file.
        parameters: What else it tells.
    """
    content = content_without_data(values, parameters)
    content["data"] = interactions_to_dict(values.interactions)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def content_without_data(
    values: InteractionValues, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what ``InteractionValues.to_json_file`` writes but for the interactions."""
    without = with_numbers(values, {})
    without.baseline_value = values.baseline_value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values.json"
        without.to_json_file(path)
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content | {"parameters": dict(parameters)}


def explanation_facts(explained: Explained) -> dict[str, Any]:
    """Return everything but the interactions and the pictures, ready for JSON.

    Standard errors are in the order of the interactions; resolved ones are listed.

    Raises:
        InputError: If the game is not of an image and a text.
    """
    game = as_image_text(explained.game)
    run, errors = explained.run, explained.standard_errors
    return {
        "format": FORMAT,
        "shapiq_fixlip": __version__,
        "settings": {name: as_json(value) for name, value in explained.settings.items()},
        "run": None if run is None else run.facts(),
        "game": game.facts(),
        "standard_errors": None
        if errors is None
        else [*map(or_none, numbers_of(errors, explained.values).tolist())],
        "resolved": None
        if explained.resolved is None
        else [list(players) for players in sorted(explained.resolved)],
    }


def read_explanation(path: Path) -> dict[str, Any]:
    """Read a saved explanation.

    Args:
        path: Its folder, or its JSON file.

    Returns:
        The arguments of an :class:`~shapiq_fixlip.Explanation`.

    Raises:
        InputError: If there is no explanation, or its format is newer than :data:`FORMAT`.
    """
    is_file = path.suffix == ".json" and not path.is_dir()
    stem, folder = (path.stem, path.parent) if is_file else (_STEM, path)
    try:
        values, image, regions = (folder / name for name in explanation_files(stem))
        facts = json.loads(values.read_bytes())["parameters"]
        check_format(facts, "path")
        found = InteractionValues.load(values)
        return restored(found, facts, image.read_bytes(), regions.read_bytes())
    except BROKEN_FILES as error:
        if isinstance(error, InputError):
            raise
        reason = first_line(error)
        msg = f"must be the path of a saved explanation, got {str(path)!r} ({reason})."
        raise InputError("path", msg) from error


def check_format(facts: Mapping[str, Any], argument: str) -> None:
    """Check that this version reads an explanation.

    Args:
        facts: From :func:`explanation_facts`.
        argument: The name of the argument in errors.

    Raises:
        InputError: If its format is a later one.
    """
    written: object = facts["format"]
    if not isinstance(written, int) or written < 1:
        msg = f"there is no format {written!r}"
        raise ValueError(msg)
    if written > FORMAT:
        msg = (
            f"must have explanations of format {FORMAT} at most, which shapiq-fixlip {__version__} "
            f"reads, got {facts['format']}, by {facts.get('shapiq_fixlip')}."
        )
        raise InputError(argument, msg)


def restored(
    values: InteractionValues, facts: Mapping[str, Any], image: bytes, regions: bytes
) -> dict[str, Any]:
    """Restore an explanation from the contents of its files.

    Args:
        values: The interactions.
        facts: From :func:`explanation_facts`.
        image: The image as the model sees it, as a PNG file.
        regions: The player of every pixel, as a PNG file.

    Returns:
        The arguments of an :class:`~shapiq_fixlip.Explanation`.

    Raises:
        LookupError: If an entry is missing.
        TypeError: If an entry has another type.
        ValueError: If entries do not belong together.
    """
    if not all(map(math.isfinite, values.interactions.values())):
        msg = "there are values that are not finite"
        raise ValueError(msg)
    run, errors, settings = facts["run"], facts["standard_errors"], facts["settings"]
    if not isinstance(settings, dict):
        msg = f"there are no settings, but {settings!r}"
        raise TypeError(msg)
    if run is not None:
        run = RunReport.of_facts(run)
    if errors is not None:
        errors = with_numbers(
            values, dict(zip(values.interactions, map(or_nan, errors), strict=True))
        )
    return {
        "game": SavedGame(facts["game"], image, regions),
        "values": values,
        "run": run,
        "standard_errors": errors,
        "settings": settings,
        "resolved": _resolved(facts.get("resolved"), values),
    }


def _resolved(
    told: list[list[int]] | None, values: InteractionValues
) -> frozenset[tuple[int, ...]] | None:
    """Return the resolved interactions, which older files do not tell."""
    if told is None:
        return None
    resolved = frozenset(tuple(map(index, players)) for players in told)
    try:
        check_resolved(resolved, values)
    except InputError as error:
        raise ValueError(str(error)) from error
    return resolved
