"""Images of codes with captions, for models of known answers."""

from __future__ import annotations

from typing import override

import numpy as np

from shapiq_fixlip.datasets.base import Example, PairDataset
from shapiq_fixlip.encoders.known_codes import N_OTHERS, coded_image
from shapiq_fixlip.encoders.known_readings import CODES
from shapiq_fixlip.errors import InputError, whole_number

__all__ = ["CodedImages"]

_HOW_OFTEN = {"fox": 3, "kite": 2, "leaf": 9}
"""How many patches show a code; one shows each other one."""

_SIDES = {49: 7, 196: 14}

_CAPTIONS = ("{} near {} and {}", "a photo of a {} near a {} and a {}")
"""Few words and many; each comes with the fox before the kite, and then behind it."""


class CodedImages(PairDataset):
    """Images in which every patch shows a code, of which a model of known answers reads some.

    Patches of codes are at random places, but for the marks in the upper left corner and in the
    middle. All other patches show patterns that no model knows.

    Examples:
        >>> example = CodedImages(2)[0]
        >>> example.text, example.image.size
        ('fox near kite and drum', (56, 56))
    """

    def __init__(self, n: int = 100, *, n_patches: int = 49, random_state: int = 0) -> None:
        """Set the number, the size and the seed of the images.

        Args:
            n: Number of images. Default 100.
            n_patches: Number of patches of 8 x 8 pixels: 49 (default) or 196.
            random_state: Seed of the images. Default 0.

        Raises:
            InputError: If an argument is not allowed.
        """
        self._n = whole_number("n", n)
        self._seed = whole_number("random_state", random_state, least=0)
        if whole_number("n_patches", n_patches) not in _SIDES:
            msg = f"must be 49 or 196, got {n_patches!r}."
            raise InputError("n_patches", msg)
        self._side = _SIDES[n_patches]

    @override
    def __len__(self) -> int:
        """Return the number of images."""
        return self._n

    @override
    def _source(self, number: int) -> str:
        return f"coded image {number} of {self._side**2} patches of seed {self._seed}"

    @override
    def _text(self, number: int) -> str:
        names = ("fox", "kite") if number % 2 == 0 else ("kite", "fox")
        return _CAPTIONS[number // 2 % 2].format(*names, "drum")

    @override
    def _example(self, number: int) -> Example:
        rng = np.random.default_rng([self._seed, number])
        side = self._side
        fixed = {"corner": 0, "middle": (side // 2) * side + side // 2}
        shown = np.full(side**2, -1)
        for code, place in fixed.items():
            shown[place] = CODES.index(code)
        elsewhere = [code for code in CODES if code not in fixed]
        codes = [CODES.index(code) for code in elsewhere for _ in range(_HOW_OFTEN.get(code, 1))]
        shown[rng.permutation(np.flatnonzero(shown < 0))[: len(codes)]] = codes
        is_free = shown < 0
        shown[is_free] = len(CODES) + rng.integers(N_OTHERS, size=is_free.sum())
        return Example(
            coded_image(shown.reshape(side, side)), self._text(number), source=self._source(number)
        )
