"""How players leave an image: what the model sees of it without them.

Absent players show another image, the background, which a vision transformer takes patch by patch,
so that masked images are never built. Or the tokens of absent patches leave the sequence.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, override

import numpy as np
import torch
from PIL import Image
from scipy import ndimage, stats

from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.players import with_background
from shapiq_fixlip.typing import ImageRemovalName
from shapiq_fixlip.validation import names_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.encoders.base import ImageTower, Outline, PreparedImage
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.view import View
    from shapiq_fixlip.typing import IntMatrix

__all__ = [
    "DroppedTokens",
    "Fill",
    "ImageRemoval",
    "ReplacedPatches",
    "ReplacedPixels",
    "by_patch",
    "check_image_removal",
    "make_image_removal",
]

_BLUR = 0.1
"""Standard deviation of the blur, as a share of the shorter side. Others were not compared."""

_NOTHING_SHOWN = 255
"""White: what a person is shown where the model sees nothing."""


@dataclass(frozen=True)
class Fill:
    """Absent players show another image, scaled to the same size.

    Attributes:
        image: The other image; see :func:`~shapiq_fixlip.sides.images.load_image`.
    """

    image: ImageLike

    @override
    def __str__(self) -> str:
        return f"fill:{self.image}" if isinstance(self.image, str | Path) else "fill"


class ImageRemoval(ABC):
    """Embeds an image of which only some players are present.

    Attributes:
        varies_in_length: Whether an image with more players has more tokens for the model.
    """

    varies_in_length = False

    @abstractmethod
    def embed(self, coalitions: CoalitionMatrix) -> torch.Tensor:
        """Embed the image with some of its players, ``(b, n)``, to ``(b, d)``."""

    def lengths(self, coalitions: CoalitionMatrix) -> NDArray[np.intp]:
        """Return how many tokens the model gets; those of one batch must have equally many."""
        return np.zeros(len(coalitions), dtype=np.intp)

    @abstractmethod
    def shown(self, coalition: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Return the image with some of its players, ``(n,)``, for a person to look at."""


class ReplacedPixels(ImageRemoval):
    """Absent players show the background, pixel by pixel."""

    def __init__(
        self,
        tower: ImageTower,
        prepared: PreparedImage,
        pixel_player: IntMatrix,
        background: torch.Tensor,
    ) -> None:
        """Keep the image and its background.

        Args:
            tower: The image tower.
            prepared: The image as the tower takes it.
            pixel_player: Each pixel's player, -1 for none, of shape ``prepared.size``.
            background: Normalised pixels, of the same shape as those of the image.
        """
        self._tower, self._prepared = tower, prepared
        self._pixel_player, self._background = pixel_player, background

    def _masked(self, coalitions: CoalitionMatrix) -> torch.Tensor:
        height, width = self._prepared.size
        is_there = with_background(coalitions)[:, None, self._pixel_player]
        mask = torch.from_numpy(is_there).to(self._background.device)
        masked = self._prepared.pixels.repeat(len(coalitions), 1, 1, 1)
        seen = masked[:, :, :height, :width]
        seen[:] = torch.where(mask, seen, self._background[:, :, :height, :width])
        return masked

    @override
    def embed(self, coalitions: CoalitionMatrix) -> torch.Tensor:
        return self._tower.embed_pixels(self._masked(coalitions))

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> NDArray[np.uint8]:
        return self._prepared.picture(self._masked(coalition[None]))


class ReplacedPatches(ReplacedPixels):
    """The same in token space, for players that own whole patches.

    The patches of the image and of the background are embedded only once.
    """

    def __init__(
        self,
        tower: PatchTower,
        prepared: PreparedImage,
        pixel_player: IntMatrix,
        background: torch.Tensor,
    ) -> None:
        """Embed the patches of the image and of the background."""
        super().__init__(tower, prepared, pixel_player, background)
        self._patch_tower = tower
        self._patch_player = patch_players(pixel_player, prepared.grid)
        with torch.inference_mode():
            self._present = tower.patch_tokens(prepared.pixels)
            self._absent = tower.patch_tokens(background)

    @override
    def embed(self, coalitions: CoalitionMatrix) -> torch.Tensor:
        is_there = torch.from_numpy(with_background(coalitions)[:, self._patch_player])
        mask = is_there.to(self._present.device)[..., None]
        return self._patch_tower.embed_tokens(torch.where(mask, self._present, self._absent))


class DroppedTokens(ImageRemoval):
    """``"drop"``: the tokens of absent patches leave the sequence, so that passes are faster.

    A patch belongs to the player who owns most of its pixels. Without a class token, an image with
    no patches left has no embedding; such a tower then sees a zeroed image.
    """

    varies_in_length = True

    def __init__(self, tower: PatchTower, prepared: PreparedImage, pixel_player: IntMatrix) -> None:
        """Embed the patches of the image.

        Raises:
            InputError: If a player owns no patch.
        """
        self._tower, self._prepared = tower, prepared
        self._patch_player = patch_players(pixel_player, prepared.grid)
        without = np.setdiff1d(pixel_player, self._patch_player)
        without = without[without >= 0]
        if len(without):
            msg = (
                "must not be 'drop' unless each player owns most of at least one patch, "
                f"got player {without[0]}, who owns none."
            )
            raise InputError("image_removal", msg)
        with torch.inference_mode():
            self._tokens = tower.patch_tokens(prepared.pixels)

    def _kept(self, coalitions: CoalitionMatrix) -> CoalitionMatrix:
        """Return which patches are present, ``(b, n_patches)``."""
        return with_background(coalitions)[:, self._patch_player]

    @override
    def embed(self, coalitions: CoalitionMatrix) -> torch.Tensor:
        kept = self._kept(coalitions)
        length = int(kept[0].sum())
        if not length and not self._tower.embeds_nothing:
            pixels = torch.zeros_like(self._prepared.pixels)
            return self._tower.embed_tokens(
                self._tower.patch_tokens(pixels).expand(len(kept), -1, -1)
            )
        _, patch = np.nonzero(kept)
        index = torch.from_numpy(patch).to(self._tokens.device)
        tokens = self._tokens[0, index]
        return self._tower.embed_tokens(tokens.view(len(kept), length, tokens.shape[-1]))

    @override
    def lengths(self, coalitions: CoalitionMatrix) -> NDArray[np.intp]:
        return self._kept(coalitions).sum(axis=1)

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Return the image with white where tokens are missing."""
        picture, (rows, columns) = self._prepared.picture(), self._prepared.grid
        kept = self._kept(coalition[None]).reshape(rows, columns)
        for axis, n in ((0, rows), (1, columns)):
            kept = kept.repeat(picture.shape[axis] // n, axis=axis)
        return np.where(kept[..., None], picture, np.uint8(_NOTHING_SHOWN))


def check_image_removal(removal: ImageRemovalName | Fill, outline: Outline | None = None) -> None:
    """Check that a removal is known and fits the model, before the model is loaded.

    Raises:
        InputError: If it is unknown, if it fills in something that is not an image, or if it drops
            tokens of a model that has none.
    """
    names = names_of(ImageRemovalName)
    given: object = removal  # of an array, for example, == is no truth value
    if not isinstance(given, Fill) and not (isinstance(given, str) and given in names):
        msg = f"must be {', '.join(names)}, fill:FILE or Fill(image), got {brief(removal)}."
        raise InputError("image_removal", msg)
    if isinstance(removal, Fill):
        load_image(removal.image)
    if removal == "drop" and outline is not None and not outline.has_patches:
        raise _nothing_to_drop(outline.name)


def _nothing_to_drop(name: str) -> InputError:
    names = [name for name in names_of(ImageRemovalName) if name != "drop"]
    others = f"{', '.join(names)}, fill:FILE or Fill(image)"
    msg = f"must be {others} for a model whose image tower takes no tokens, got 'drop' for {name}."
    return InputError("image_removal", msg)


def make_image_removal(
    removal: ImageRemovalName | Fill, tower: ImageTower, view: View, pixel_player: IntMatrix
) -> ImageRemoval:
    """Return a removal in the cheapest form that the tower and the players allow.

    Raises:
        InputError: If it is unknown, or not for this tower.
    """
    check_image_removal(removal)
    prepared = view.prepared
    if removal == "drop":
        if not isinstance(tower, PatchTower):
            raise _nothing_to_drop(type(tower).__name__)
        return DroppedTokens(tower, prepared, pixel_player)
    background = _background(removal, view)
    if isinstance(tower, PatchTower) and _owns_whole_patches(pixel_player, prepared.grid):
        return ReplacedPatches(tower, prepared, pixel_player, background)
    return ReplacedPixels(tower, prepared, pixel_player, background)


def patch_players(pixel_player: IntMatrix, grid: tuple[int, int]) -> NDArray[np.intp]:
    """Return the player who owns most of each patch, -1 for none, of shape ``(n_patches,)``."""
    return np.asarray(stats.mode(by_patch(pixel_player, grid), axis=1).mode)


def _owns_whole_patches(pixel_player: IntMatrix, grid: tuple[int, int]) -> bool:
    patches = by_patch(pixel_player, grid)
    return bool((patches == patches[:, :1]).all())


def by_patch(pixels: IntMatrix, grid: tuple[int, int]) -> IntMatrix:
    """Return the pixels of each patch as one row, of shape ``(n_patches, area)``."""
    (rows, columns), (height, width) = grid, pixels.shape
    blocks = pixels.reshape(rows, height // rows, columns, width // columns)
    return blocks.swapaxes(1, 2).reshape(rows * columns, -1)


def _background(removal: ImageRemovalName | Fill, view: View) -> torch.Tensor:
    """Return what absent players show, as normalised pixels of the shape of the image."""
    prepared = view.prepared
    pixels = prepared.pixels
    if removal == "zero":
        return torch.zeros_like(pixels)
    height, width = prepared.size
    if removal == "mean":
        seen = pixels[:, :, :height, :width]
        return seen.mean(dim=(2, 3), keepdim=True).expand_as(pixels)
    if removal == "blur":
        sigma = _BLUR * min(height, width)
        blurred = ndimage.gaussian_filter(pixels.float().cpu().numpy(), sigma, axes=(2, 3))
        return torch.from_numpy(blurred).to(pixels)
    if isinstance(removal, Fill):
        size = (pixels.shape[3], pixels.shape[2])
        image = load_image(removal.image).resize(size, Image.Resampling.BICUBIC)
        colours = np.asarray(image, dtype=float).transpose(2, 0, 1) / _NOTHING_SHOWN
    else:
        colours = np.full((3, *pixels.shape[2:]), 0.0 if removal == "black" else 0.5)
    mean, std = (np.reshape(channels, (3, 1, 1)) for channels in (prepared.mean, prepared.std))
    return torch.from_numpy((colours - mean) / std)[None].to(pixels)
