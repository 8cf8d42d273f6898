"""Images of which every patch shows a code: a pattern of black and white pixels.

All patterns have as many black as white pixels and are orthogonal to each other, so that neither
colour nor brightness or contrast gives away which of them a model knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy.linalg import hadamard

from shapiq_fixlip.encoders.known_readings import CODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CODE_SIZE", "N_OTHERS", "PATTERNS", "coded_image"]

CODE_SIZE = 8
"""Pixels along each side of a patch."""

PATTERNS: NDArray[np.int64] = np.asarray(hadamard(CODE_SIZE**2))[
    1:, np.random.default_rng(0).permutation(CODE_SIZE**2)
]
"""Ones and minus ones, a row for each pattern: first the codes that models know, then others."""

N_OTHERS = len(PATTERNS) - len(CODES)
"""The number of patterns that no model knows."""


def coded_image(patches: NDArray[np.integer]) -> Image.Image:
    """Return an image of patterns.

    Args:
        patches: The number of the pattern of each patch, of shape ``(rows, columns)``.
    """
    n_rows, n_columns = patches.shape
    tiles = PATTERNS[patches].reshape(n_rows, n_columns, CODE_SIZE, CODE_SIZE)
    pixels = tiles.transpose(0, 2, 1, 3).reshape(n_rows * CODE_SIZE, n_columns * CODE_SIZE)
    return Image.fromarray(np.where(pixels > 0, 255, 0).astype(np.uint8)).convert("RGB")
