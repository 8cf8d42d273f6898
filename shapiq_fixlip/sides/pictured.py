"""An image and the pixels of its players, as people look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.typing import IntMatrix

__all__ = ["Pictured"]

_WHITE = 255


class Pictured:
    """What pictures and pages show of the image side of a game.

    Attributes:
        image: What the model sees of the whole image, uint8, of shape ``(H, W, 3)``.
        regions: Each pixel's player, -1 for none, of shape ``(H, W)``.
        grid: Rows and columns of the model's patches.
        kind: What one player is called.
        player_names: A readable name for each player.
    """

    image: NDArray[np.uint8]
    regions: IntMatrix
    grid: tuple[int, int]
    kind: str
    player_names: tuple[str, ...]

    @property
    def player_pictures(self) -> list[Image.Image]:
        """A picture of each player in its bounding box, with the pixels of other players white.

        They are for plots that show players as images, such as shapiq's ``plot_si_graph``.
        """
        pictures = []
        n_players = len(self.player_names)
        for player, box in enumerate(ndimage.find_objects(self.regions + 1, n_players)):
            is_player = self.regions[box] == player
            picture = np.where(is_player[..., None], self.image[box], _WHITE)
            pictures.append(Image.fromarray(picture.astype(np.uint8)))
        return pictures
