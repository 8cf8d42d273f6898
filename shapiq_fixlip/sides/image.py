"""The image of the pair, its players and their removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import numpy as np
from scipy import ndimage

from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE, TowerSide
from shapiq_fixlip.sides.image_players import ImagePlayers
from shapiq_fixlip.sides.image_removal import by_patch, check_image_removal, make_image_removal
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.parsing import as_image_players, as_image_removal
from shapiq_fixlip.sides.pictured import Pictured
from shapiq_fixlip.sides.players import distinct_names
from shapiq_fixlip.sides.view import View

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.encoders.base import ImageTower, Outline
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.parsing import ImagePlayersLike, ImageRemovalLike
    from shapiq_fixlip.typing import FloatArray, ImageRemovalName

__all__ = ["ImageSide", "check_image_choices"]

_BATCH_DIVISOR = 4
"""The divisor of the batch size where only rows of equal length share a batch.

Smaller batches are filled up with fewer copies. ``benchmarks/drop.py`` measures passes with this
number; others were not compared.
"""

_MIN_ROWS = 4
"""The fewest rows of such a batch.

Matrix products of fewer rows may add up in an order that depends on the place in the batch.
"""


def check_image_choices(
    image: ImageLike,
    image_players: ImagePlayers,
    image_removal: ImageRemovalName | Fill,
    outline: Outline | None = None,
) -> None:
    """Check that the choices fit the image, the model and each other, before weights are loaded.

    Args:
        image: The image.
        image_players: Its player map.
        image_removal: How absent players leave it.
        outline: What is known of the model. Default: nothing.

    Raises:
        InputError: If the choices do not fit the image, the model, or each other.
    """
    if not isinstance(image_players, ImagePlayers):
        msg = (
            "must be Patches(), Grid(...), Boxes(...), Regions(...) or Superpixels(...), "
            f"got {brief(image_players)}."
        )
        raise InputError("image_players", msg)
    check_image_removal(image_removal, outline)
    image_players.check(load_image(image))
    n_players = image_players.n_wanted
    if outline is not None and outline.n_patches is not None and n_players is not None:
        _check_number(n_players, outline.n_patches)


def _check_number(n_players: int, n_patches: int) -> None:
    if n_players > n_patches:
        msg = f"must be at most {n_patches}, the patches that the model has, got {n_players}."
        raise InputError("image_players", msg)


class ImageSide(Pictured, TowerSide):
    """An image whose parts are players.

    Attributes:
        image: What the model sees of the whole image, uint8, of shape ``(H, W, 3)``.
        regions: Each pixel's player, -1 for none, of shape ``(H, W)``.
        grid: Rows and columns of the tower's patches.
        tower: The image tower.
        prepared: The image as the tower takes it.
    """

    def __init__(
        self,
        tower: ImageTower,
        image: ImageLike,
        *,
        image_players: ImagePlayersLike = "patches",
        image_removal: ImageRemovalLike = "zero",
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Prepare the image.

        Args:
            tower: The image tower.
            image: See :func:`~shapiq_fixlip.sides.images.load_image`.
            image_players: Its player map. Default ``"patches"``, those of the tower.
            image_removal: How players leave it; see :data:`~shapiq_fixlip.typing.ImageRemovalName`.
                Default ``"zero"``.
            cache_size: The most embeddings that are kept. Default 65,536.
            verbose: Whether to show a progress bar while embedding.

        Raises:
            InputError: If the image cannot be used, or the choices do not fit.
        """
        players = as_image_players(image_players)
        removal = as_image_removal(image_removal)
        loaded = load_image(image)
        check_image_choices(loaded, players, removal)
        view = View(tower, loaded)
        self.tower, self.prepared = tower, view.prepared
        self.regions, names = players.regions(view)
        if isinstance(tower, PatchTower):
            _check_number(len(names), view.prepared.grid[0] * view.prepared.grid[1])
        self.image = view.picture
        self.grid, self.kind = view.prepared.grid, players.kind
        self._view = view
        self._removal = make_image_removal(removal, tower, view, self.regions)
        batch_size = tower.batch_size
        if self._removal.varies_in_length:
            batch_size = min(batch_size, max(_MIN_ROWS, batch_size // _BATCH_DIVISOR))
        super().__init__(
            distinct_names(names),
            batch_size=batch_size,
            cache_size=cache_size,
            verbose=verbose,
        )

    @override
    def _embed_batch(self, coalitions: CoalitionMatrix) -> torch.Tensor:
        return self._removal.embed(coalitions)

    @override
    def _lengths(self, coalitions: CoalitionMatrix) -> NDArray[np.intp]:
        return self._removal.lengths(coalitions)

    @property
    def image_size(self) -> tuple[int, int]:
        """Width and height of the image itself, of which the model may see only a part."""
        return self._view.image_size

    @property
    def centres(self) -> FloatArray:
        """The players' centres, ``(n_players, 2)``, as shares of the image's height and width."""
        return self._view.centres(self.regions, self.n_players)

    @property
    def patch_shares(self) -> FloatArray:
        """The share of each player in each patch, ``(n_players, n_patches)``, 0 to 1."""
        owners = by_patch(self.regions, self.grid)
        n_patches, area = owners.shape
        cells = (owners + 1) * n_patches + np.arange(n_patches)[:, None]  # row 0 is no player
        counts = np.bincount(cells.ravel(), minlength=(self.n_players + 1) * n_patches)
        return counts.reshape(-1, n_patches)[1:] / area

    def shares_inside(self, mask: NDArray[np.bool_]) -> FloatArray:
        """Return the share of each player that lies in a part of the image.

        Args:
            mask: True in that part, of the height and width of the image itself.

        Returns:
            Of shape ``(n_players,)``, 0 to 1: the share of the player's pixels that the model sees.

        Raises:
            InputError: If the mask is of another size.
        """
        width, height = self.image_size
        if mask.shape != (height, width):
            msg = f"must be of shape {(height, width)} as the image, got {mask.shape}."
            raise InputError("mask", msg)
        inside = self._view.seen(mask.astype(int), 0)
        return np.asarray(ndimage.mean(inside, self.regions, np.arange(self.n_players)))

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Return what the model sees of the image when only some players are present.

        Args:
            coalition: Of shape ``(n_players,)``.

        Returns:
            Of the shape of :attr:`image`; white where ``"drop"`` leaves nothing.
        """
        return self._removal.shown(coalition)
