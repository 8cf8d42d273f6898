"""Player maps that the user marks in the image: boxes and label images."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Self, override

import numpy as np
from PIL import Image

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.sides.image_arrays import as_array
from shapiq_fixlip.sides.image_files import is_image_file, open_image
from shapiq_fixlip.sides.image_players import ImagePlayers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.view import View
    from shapiq_fixlip.typing import IntMatrix

__all__ = ["Boxes", "Regions"]

_NOBODY = -1
_FAR = 10.0**9
"""Farther than any pixel; larger numbers could not be converted to integers."""


class Boxes(ImagePlayers):
    """Rectangles; where they overlap, pixels belong to the smallest one.

    Examples:
        >>> boxes = Boxes([(0, 0, 40, 80), (40, 20, 90, 80)], names=["dog", "hydrant"])
    """

    kind = "box"

    def __init__(self, boxes: ArrayLike, names: Sequence[str] | None = None) -> None:
        """Choose the boxes.

        Args:
            boxes: Left, top, right and bottom in pixels of the image, right and bottom exclusive,
                as Pillow crops. Of shape ``(n, 4)``.
            names: One for each box. Default: ``"box 0"`` and so on.

        Raises:
            InputError: If there are none, if one is empty or not finite, or if there are not as
                many names.
        """
        corners = _array("boxes", boxes)
        if corners.ndim != 2 or corners.shape[1:] != (4,) or not len(corners):  # noqa: PLR2004 - a table of corners
            msg = f"must be of shape (n, 4) with n at least 1, got {corners.shape}."
            raise InputError("boxes", msg)
        if not np.isfinite(corners).all():
            msg = f"must be finite numbers, got {brief(corners.tolist())}."
            raise InputError("boxes", msg)
        self.corners = np.rint(corners.clip(-_FAR, _FAR)).astype(int)
        for i, (left, top, right, bottom) in enumerate(self.corners.tolist()):
            if left >= right or top >= bottom:
                msg = (
                    "must have left < right and top < bottom, "
                    f"got box {i} with {(left, top, right, bottom)}, which is empty."
                )
                raise InputError("boxes", msg)
        self.n_wanted = len(self.corners)
        self.names = _names(names, [f"box {i}" for i in range(len(self.corners))])

    @override
    def check(self, image: Image.Image) -> None:
        """Check that all boxes lie inside an image.

        Raises:
            InputError: If a box reaches beyond the image, or is hidden under others.
        """
        lowest, highest = self.corners.min(axis=1), self.corners - [*image.size, *image.size]
        outside = np.flatnonzero((lowest < 0) | (highest.max(axis=1) > 0))
        if len(outside):
            msg = (
                f"must lie inside the image of {image.width} x {image.height} pixels, "
                f"got box {outside[0]} with {tuple(self.corners[outside[0]].tolist())}."
            )
            raise InputError("boxes", msg)
        self._labels(image.size)

    def _labels(self, size: tuple[int, int]) -> IntMatrix:
        labels = np.full((size[1], size[0]), _NOBODY)
        left, top, right, bottom = self.corners.T
        for i in np.argsort(-(right - left) * (bottom - top), kind="stable"):
            labels[top[i] : bottom[i], left[i] : right[i]] = i
        hidden = np.setdiff1d(np.arange(len(self.corners)), labels)
        if len(hidden):
            msg = f"must not cover each other completely, got box {hidden[0]} under others."
            raise InputError("boxes", msg)
        return labels

    @override
    def regions(self, view: View) -> tuple[IntMatrix, list[str]]:
        return _seen(view, self._labels(view.image_size), self.names), self.names

    @override
    def __str__(self) -> str:
        return "boxes:" + ";".join(",".join(map(str, box)) for box in self.corners.tolist())


class Regions(ImagePlayers):
    """The regions of a label image, such as a segmentation; label 0 belongs to no player.

    Examples:
        >>> import numpy as np
        >>> labels = np.zeros((60, 80), dtype=int)
        >>> labels[10:30, 10:40] = 1
        >>> Regions(labels, names=["dog"]).n_wanted
        1
    """

    kind = "region"

    def __init__(self, labels: ImageLike, names: Sequence[str] | None = None) -> None:
        """Choose the regions.

        Args:
            labels: An integer for each pixel of the image, as an array or a tensor of shape
                ``(H, W)``, a Pillow image, or an image file: its path, its bytes, or the file, open
                in binary mode.
            names: One for each region, in the order of their labels. Default: ``"region 1"`` and so
                on, by label.

        Raises:
            InputError: If this is not a label image, or there are not as many names as regions.
        """
        table = _label_image(labels)
        present = np.unique(table[table != 0])
        if not len(present):
            msg = "must mark at least one region with a number other than 0, got none."
            raise InputError("labels", msg)
        self.labels = np.where(table == 0, _NOBODY, np.searchsorted(present, table))
        self.n_wanted = len(present)
        self.names = _names(names, [f"region {label}" for label in present])

    @classmethod
    def from_masks(
        cls, masks: Sequence[NDArray[np.bool_]], names: Sequence[str] | None = None
    ) -> Self:
        """Make regions from masks, such as those of Segment Anything; the smallest lie on top.

        Args:
            masks: Boolean, each of shape ``(H, W)``.
            names: One for each mask. Default: ``"region 1"`` and so on.

        Raises:
            InputError: If there are none, if they differ in shape, or if one is empty or hidden
                under others.
        """
        try:
            stack = np.stack([as_array(mask) != 0 for mask in masks])
        except Exception:  # noqa: BLE001 - what becomes an array decides how it fails
            stack = np.empty(0)
        if stack.ndim != 3:  # noqa: PLR2004 - masks of rows and columns
            msg = f"must be at least one of shape (height, width), got {brief(masks)}."
            raise InputError("masks", msg)
        labels = np.zeros(stack.shape[1:], dtype=int)
        for i in np.argsort([-mask.sum() for mask in stack], kind="stable"):
            labels[stack[i]] = i + 1
        hidden = np.setdiff1d(np.arange(len(stack)) + 1, labels)
        if len(hidden):
            msg = (
                f"must each own at least one pixel, got mask {hidden[0] - 1}, "
                "empty or under others."
            )
            raise InputError("masks", msg)
        return cls(labels, names)

    @override
    def check(self, image: Image.Image) -> None:
        """Check that an image has the size of the labels.

        Raises:
            InputError: If the sizes differ.
        """
        height, width = self.labels.shape
        if (width, height) != image.size:
            msg = (
                f"must be of the size of the image, {image.width} x {image.height} pixels, "
                f"got {width} x {height}."
            )
            raise InputError("labels", msg)

    @override
    def regions(self, view: View) -> tuple[IntMatrix, list[str]]:
        return _seen(view, self.labels, self.names), self.names

    @override
    def __str__(self) -> str:
        return "labels"


def _seen(view: View, labels: IntMatrix, names: Sequence[str]) -> IntMatrix:
    """Return what a tower sees of labels, and check that it sees something of each."""
    seen = view.seen(labels, _NOBODY)
    lost = np.setdiff1d(np.arange(len(names)), seen)
    if len(lost):
        msg = (
            "must lie in the part of the image that the model sees, "
            f"got {names[lost[0]]!r}, of which cropping or resizing leaves nothing."
        )
        raise InputError("image_players", msg)
    return seen


def _names(names: Sequence[str] | None, default: list[str]) -> list[str]:
    if names is None:
        return default
    given: object = names
    if isinstance(given, str) or not isinstance(given, Sized) or len(given) != len(default):
        msg = f"must be {len(default)}, one for each player, got {brief(names)}."
        raise InputError("names", msg)
    return [str(name) for name in names]


def _array(argument: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.asarray(as_array(values), dtype=float)
    except Exception as error:  # what becomes an array decides how it fails
        msg = f"must be a table of numbers, got {brief(values)}."
        raise InputError(argument, msg) from error


def _label_image(labels: ImageLike) -> NDArray[np.integer]:
    if isinstance(labels, Image.Image) or is_image_file(labels):
        table = np.asarray(open_image("labels", labels))
    else:
        try:
            table = as_array(labels)
        except Exception as error:  # what becomes an array decides how it fails
            msg = f"must be whole numbers of shape (height, width), got {brief(labels)}."
            raise InputError("labels", msg) from error
    if table.dtype == bool:  # a single mask
        table = table.astype(int)
    if table.ndim != 2 or not np.issubdtype(table.dtype, np.integer):  # noqa: PLR2004 - rows and columns
        msg = (
            "must be whole numbers of shape (height, width), "
            f"got {table.dtype} of shape {table.shape}."
        )
        raise InputError("labels", msg)
    return table
