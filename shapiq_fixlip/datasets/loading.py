"""From the name of a data set, as on the command line, to the data set."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from shapiq_fixlip.datasets.coco import CocoCaptions
from shapiq_fixlip.datasets.coded import CodedImages
from shapiq_fixlip.datasets.collages import IMAGE_SUFFIXES, ImageCollages
from shapiq_fixlip.datasets.demo import DemoCollages, DemoMarked, DemoScenes
from shapiq_fixlip.datasets.hub import HubCaptions
from shapiq_fixlip.datasets.table import CaptionTable
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.files import file_digest, is_file, is_folder, text_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.datasets.base import PairDataset

__all__ = ["MAX_INPUTS", "check_data", "data_digests", "load_data"]

MAX_INPUTS = 10**6
"""Maximum number of inputs of a run, as names of files have six digits."""


_GENERATED: dict[str, Callable[..., PairDataset]] = {
    "demo-scenes": DemoScenes,
    "demo-collages": DemoCollages,
    "demo-marked": DemoMarked,
    "coded": CodedImages,
    "coded:196": partial(CodedImages, n_patches=196),
}


def check_data(n_inputs: int | None, data_random_state: int) -> None:
    """Check the number of inputs and the seed of a data set.

    Raises:
        InputError: If one is not allowed.
    """
    if n_inputs is not None and whole_number("n_inputs", n_inputs) > MAX_INPUTS:
        msg = f"must be at most {MAX_INPUTS}, got {n_inputs}."
        raise InputError("n_inputs", msg)
    whole_number("data_random_state", data_random_state, least=0)


def load_data(data: str, n_inputs: int | None = None, *, random_state: int = 0) -> PairDataset:
    """Return the data set of a name.

    Args:
        data: ``"demo-scenes"``, ``"demo-collages"``, ``"demo-marked"``, ``"coded"`` (or
            ``"coded:196"``, with 196 patches), ``"csv:FILE"``,
            ``"coco:CAPTIONS,IMAGES"`` (a JSON file and a folder), ``"collages:FOLDER"`` (a folder
            for each class) or ``"hub:NAME"``, ``"hub:NAME@SPLIT"``.
        n_inputs: Maximum number of pairs. Default: all; 100 of demo data, collages and a hub.
        random_state: Seed of randomly generated data. Default 0.

    Raises:
        InputError: If there is no such data set; the message says what is missing.

    Examples:
        >>> len(load_data("demo-scenes", 7))
        7
    """
    kind, _, rest = data.partition(":")
    some = 100 if n_inputs is None else n_inputs
    if data in _GENERATED:
        return _GENERATED[data](some, random_state=random_state)
    if kind == "csv" and rest:
        return CaptionTable(rest, n=n_inputs)
    if kind == "coco" and rest.count(",") == 1:
        return CocoCaptions(*rest.split(","), n=n_inputs)
    if kind == "collages" and rest:
        return ImageCollages(rest, some, random_state=random_state)
    if kind == "hub" and rest:
        name, _, split = rest.partition("@")
        return HubCaptions(name, some, split=split or "test")
    msg = (
        f"must be {', '.join(_GENERATED)}, csv:FILE, coco:CAPTIONS,IMAGES, collages:FOLDER or "
        f"hub:NAME, got {data!r}."
    )
    raise InputError("data", msg)


def data_digests(data: str) -> dict[str, str]:
    """Return digests of the files of a data set, so that a run detects changed files.

    Args:
        data: See :func:`load_data`.

    Returns:
        The digest of a table or of annotations, or for collages that of the names of all images, by
        name; empty for other data. Images are not read here; for them see
        :meth:`~shapiq_fixlip.datasets.base.PairDataset.content`.
    """
    kind, _, rest = data.partition(":")
    path = Path(rest.partition(",")[0])
    if kind in {"csv", "coco"} and is_file(path):
        return {path.name: file_digest(path)}
    if kind == "collages" and is_folder(path):
        images = (file for file in path.glob("*/*") if file.suffix.lower() in IMAGE_SUFFIXES)
        names = sorted(file.relative_to(path).as_posix() for file in images)
        return {f"{path.name}/*": text_digest("\n".join(names))}
    return {}
