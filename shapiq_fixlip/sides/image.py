"""The image of the pair, its players and their removal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE, TowerSide
from shapiq_fixlip.sides.image_players import ImagePlayers, Patches
from shapiq_fixlip.sides.image_removal import by_patch, check_image_removal, image_removal
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.players import distinct_names
from shapiq_fixlip.sides.view import View

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from shapiq_fixlip.encoders.base import ImageTower, Outline
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.typing import BoolMatrix, FloatArray, ImageRemovalName, IntMatrix

__all__ = ["ImageSide", "check_image_choices"]

_WHITE = 255

_FEWER_ROWS = 4
"""Where only rows of equal length go together, smaller batches are filled up with fewer copies."""

_FEWEST_ROWS = 4
"""Products of fewer rows are added up in an order that depends on the place in the batch."""


def check_image_choices(
    image: ImageLike,
    players: ImagePlayers,
    removal: ImageRemovalName | Fill,
    outline: Outline | None = None,
) -> None:
    """Refuse contradictory choices before any weights are loaded.

    Args:
        image: The image.
        players: Its players.
        removal: How they leave it.
        outline: What is known of the model, if anything.

    Raises:
        InputError: If the choices do not fit the image, the model, or each other.
    """
    if not isinstance(players, ImagePlayers):
        msg = (
            "must be Patches(), Grid(...), Boxes(...), Regions(...) or Superpixels(...), "
            f"got {brief(players)}."
        )
        raise InputError("players", msg)
    check_image_removal(removal, outline)
    players.check(load_image(image))
    if outline is not None and outline.n_patches is not None and players.n_wanted is not None:
        _check_number(players.n_wanted, outline.n_patches)


def _check_number(n_players: int, n_patches: int) -> None:
    if n_players > n_patches:
        msg = f"must be at most {n_patches}, the patches that the model has, got {n_players}."
        raise InputError("players", msg)


class ImageSide(TowerSide):
    """An image whose parts are players.

    Attributes:
        image: What the model sees of the whole image, uint8, of shape ``(H, W, 3)``.
        regions: Each pixel's player, -1 for none, of shape ``(H, W)``.
        grid: Rows and columns of the tower's patches.
        tower: Embeds it.
        prepared: The image as the tower takes it.
    """

    def __init__(
        self,
        tower: ImageTower,
        image: ImageLike,
        *,
        players: ImagePlayers | None = None,
        removal: ImageRemovalName | Fill = "zero",
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Prepare the image.

        Args:
            tower: Embeds images.
            image: See :func:`~shapiq_fixlip.sides.images.load_image`.
            players: Its player map. Default: the patches of the tower.
            removal: How players leave it; see :data:`~shapiq_fixlip.typing.ImageRemovalName`.
                Default ``"zero"``.
            cache_size: The most embeddings that are kept.
            verbose: Whether to show a progress bar while embedding.

        Raises:
            InputError: If the image cannot be used, or the choices do not fit.
        """
        players = Patches() if players is None else players
        loaded = load_image(image)
        check_image_choices(loaded, players, removal)
        view = View(tower, loaded)
        self.tower, self.prepared = tower, view.prepared
        self.regions: IntMatrix
        self.regions, names = players.regions(view)
        if isinstance(tower, PatchTower):
            _check_number(len(names), view.prepared.grid[0] * view.prepared.grid[1])
        self.image: NDArray[np.uint8] = view.picture
        self.grid, self.kind = view.prepared.grid, players.kind
        self._view = view
        self._removal = image_removal(removal, tower, view, self.regions)
        batch_size = tower.batch_size
        if self._removal.sees_length:
            batch_size = min(batch_size, max(_FEWEST_ROWS, batch_size // _FEWER_ROWS))
        super().__init__(
            distinct_names(names),
            batch_size=batch_size,
            cache_size=cache_size,
            verbose=verbose,
        )

    def _embed_batch(self, coalitions: BoolMatrix) -> torch.Tensor:
        return self._removal.embed(coalitions)

    def _lengths(self, coalitions: BoolMatrix) -> NDArray[np.intp]:
        return self._removal.lengths(coalitions)

    @property
    def image_size(self) -> tuple[int, int]:
        """Width and height of the image itself, of which the model may see a part."""
        return self._view.image_size

    @property
    def player_pictures(self) -> list[Image.Image]:
        """A picture of each player, in the smallest rectangle, with what belongs to others white.

        For plots that show players as images, such as shapiq's ``plot_si_graph``.
        """
        pictures = []
        for player, box in enumerate(ndimage.find_objects(self.regions + 1, self.n_players)):
            is_player = self.regions[box] == player
            picture = np.where(is_player[..., None], self.image[box], _WHITE)
            pictures.append(Image.fromarray(picture.astype(np.uint8)))
        return pictures

    @property
    def centres(self) -> FloatArray:
        """Where the players lie in the image itself, ``(n_players, 2)``, as shares of its size."""
        return self._view.centres(self.regions, self.n_players)

    @property
    def patch_shares(self) -> FloatArray:
        """How much of each patch belongs to each player, ``(n_players, n_patches)``, 0 to 1."""
        owners = by_patch(self.regions, self.grid)
        n_patches, area = owners.shape
        cells = (owners + 1) * n_patches + np.arange(n_patches)[:, None]  # nobody comes first
        counts = np.bincount(cells.ravel(), minlength=(self.n_players + 1) * n_patches)
        return counts.reshape(-1, n_patches)[1:] / area

    def shares_inside(self, mask: BoolMatrix) -> FloatArray:
        """Return how much of each player lies in a part of the image.

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

    def shown(self, coalition: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Return what the model sees of the image when only some players are present.

        Args:
            coalition: Of shape ``(n_players,)``.

        Returns:
            Of the shape of :attr:`image`; white where ``"drop"`` leaves nothing.
        """
        return self._removal.shown(coalition)
