"""How players leave an input: what the model sees of it without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.encoders.base import PatchTower

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.base import ImageTower, PreparedImage, PreparedText, TextTower
    from shapiq_fixlip.typing import BoolMatrix

__all__ = ["HiddenTokens", "ZeroedPatchTokens", "ZeroedPixels", "zeroed_patches"]


def zeroed_patches(tower: ImageTower, image: PreparedImage) -> ZeroedPatchTokens | ZeroedPixels:
    """Return the removal of the paper in the cheapest form that the tower allows."""
    if isinstance(tower, PatchTower):
        return ZeroedPatchTokens(tower, image)
    return ZeroedPixels(tower, image)


class ZeroedPixels:
    """Absent patches become zero after normalisation: the model sees the mean colour there."""

    def __init__(self, tower: ImageTower, image: PreparedImage) -> None:
        """Keep the image."""
        self._tower, self._image = tower, image

    def __call__(self, kept: BoolMatrix) -> torch.Tensor:
        """Embed the image with some of its patches, ``(b, n_patches)``, to ``(b, d)``."""
        pixels = self._image.pixels
        rows, columns = self._image.grid
        side = self._image.shown.shape[0] // rows
        mask = torch.from_numpy(kept).to(pixels.device).view(-1, 1, rows, columns)
        mask = mask.repeat_interleave(side, dim=2).repeat_interleave(side, dim=3)
        height, width = mask.shape[2:]
        masked = pixels.repeat(len(kept), 1, 1, 1)
        masked[:, :, :height, :width] *= mask
        return self._tower.embed_pixels(masked)


class ZeroedPatchTokens:
    """The same in token space: a patch of zeros is one and the same token, whatever the image.

    The patches are embedded once, with and without their pixels, so no masked image is ever built.
    """

    def __init__(self, tower: PatchTower, image: PreparedImage) -> None:
        """Embed the patches of the image and those of an image of zeros."""
        self._tower = tower
        with torch.inference_mode():
            self._present = tower.patch_tokens(image.pixels)
            self._absent = tower.patch_tokens(torch.zeros_like(image.pixels))

    def __call__(self, kept: BoolMatrix) -> torch.Tensor:
        """Embed the image with some of its patches, ``(b, n_patches)``, to ``(b, d)``."""
        mask = torch.from_numpy(kept).to(self._present.device)[..., None]
        return self._tower.embed_tokens(torch.where(mask, self._present, self._absent))


class HiddenTokens:
    """No token attends to an absent one; the others keep their places in the text."""

    def __init__(self, tower: TextTower, text: PreparedText) -> None:
        """Keep the text."""
        self._tower, self._text = tower, text
        self._is_player = torch.from_numpy(~text.is_special)

    def __call__(self, kept: BoolMatrix) -> torch.Tensor:
        """Embed the text with some of its tokens, ``(b, n_tokens)``, to ``(b, d)``."""
        mask = self._text.attention_mask.repeat(len(kept), 1)
        mask[:, self._is_player.to(mask.device)] *= torch.from_numpy(kept).to(mask)
        return self._tower.embed(self._text.ids.expand(len(kept), -1), mask)
