"""The image of a page and the outlines of its players."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from shapiq_fixlip.plot.legibility import mean_colours
from shapiq_fixlip.plot.picture import Frame, centres, lowest_points

if TYPE_CHECKING:
    from shapiq_fixlip.sides.pictured import Pictured
    from shapiq_fixlip.typing import IntMatrix

__all__ = ["outlines", "picture"]

_QUALITY = 92
"""JPEG quality of the image, so that pages stay small. Chosen without a measurement."""


def picture(side: Pictured) -> dict[str, object]:
    """Return the image as a data URL, its size, and what is known of each player.

    That is its outline, its centre, where its links end, and its mean colour.
    """
    height, width = side.regions.shape
    frame = Frame(0, 0, width, height)
    return {
        "address": _data_address(side),
        "width": width,
        "height": height,
        "outlines": outlines(side.regions, len(side.player_names)),
        "centres": centres(side, frame).round(2).tolist(),
        "lowest": lowest_points(side, frame).round(2).tolist(),
        "colours": mean_colours(side).round(3).tolist(),
    }


def _data_address(side: Pictured) -> str:
    file = io.BytesIO()
    Image.fromarray(side.image).save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def outlines(regions: IntMatrix, n_players: int) -> list[str]:
    """Return the pixels of each player as an SVG path of rectangles.

    Args:
        regions: The player of every pixel, -1 for none, of shape ``(H, W)``.
        n_players: Number of players.

    Examples:
        >>> outlines(np.array([[0, 0, 1], [0, 0, -1]]), 2)
        ['M0 0h2v2h-2z', 'M2 0h1v1h-1z']
    """
    paths: list[list[str]] = [[] for _ in range(n_players)]
    growing: dict[tuple[int, int, int], int] = {}  # player, left, right -> first row
    for row in range(len(regions) + 1):
        runs = _runs(regions[row]) if row < len(regions) else set()
        for run in growing.keys() - runs:
            player, left, right = run
            top = growing.pop(run)
            paths[player].append(f"M{left} {top}h{right - left}v{row - top}h{left - right}z")
        for run in runs - growing.keys():
            growing[run] = row
    return ["".join(sorted(path)) for path in paths]


def _runs(row: IntMatrix) -> set[tuple[int, int, int]]:
    """Return the player, left and right end of every run of pixels of one player in a row."""
    borders = np.flatnonzero(np.diff(row)) + 1
    left, right = np.array([0, *borders]), np.array([*borders, len(row)])
    runs = zip(row[left].tolist(), left.tolist(), right.tolist(), strict=True)
    return {run for run in runs if run[0] >= 0}
