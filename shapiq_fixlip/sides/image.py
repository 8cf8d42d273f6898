"""The image of the pair; its players are the patches of the tower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.images import load_image
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE, Side
from shapiq_fixlip.sides.players import patch_names
from shapiq_fixlip.sides.removal import zeroed_patches

if TYPE_CHECKING:
    import numpy as np
    import torch

    from shapiq_fixlip.encoders.base import ImageTower
    from shapiq_fixlip.images import ImageLike
    from shapiq_fixlip.typing import BoolMatrix

__all__ = ["ImageSide"]


class ImageSide(Side):
    """An image whose patches are players; absent ones are zero after normalisation (paper).

    Attributes:
        grid: Rows and columns of patches; player ``row * columns + column``.
        shown: What the model sees of the whole image, uint8, of shape ``(H, W, 3)``.
    """

    grid: tuple[int, int]
    shown: np.ndarray

    def __init__(
        self,
        tower: ImageTower,
        image: ImageLike,
        *,
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Prepare the image.

        Args:
            tower: Embeds images.
            image: See :func:`~shapiq_fixlip.images.load_image`.
            cache_size: The most embeddings that are kept.
            verbose: Whether to show a progress bar while embedding.

        Raises:
            InputError: If the image cannot be used.
        """
        prepared = tower.prepare(load_image(image))
        self.grid, self.shown = prepared.grid, prepared.shown
        super().__init__(
            patch_names(self.grid),
            batch_size=tower.batch_size,
            cache_size=cache_size,
            verbose=verbose,
        )
        self._removal = zeroed_patches(tower, prepared)

    def _embed_batch(self, coalitions: BoolMatrix) -> torch.Tensor:
        return self._removal(coalitions)
