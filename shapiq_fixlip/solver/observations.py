"""A game at sampled coalitions, always written as the product of two sides."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.coalitions.sampling import Sample
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import Game

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

__all__ = ["Evaluation", "evaluate_jointly", "evaluate_sides"]


@dataclass(frozen=True)
class Evaluation:
    """The values ``<f, g> + offset`` of all pairs of coalitions of two sides.

    Attributes:
        samples: The coalitions of each side.
        values: The vectors ``f`` and ``g`` of the coalitions, ``(m, d)`` for each side.
        offset: What is added to every product.
        passes: How many coalitions were evaluated, for each part of the game.
        seconds: How long it took.
    """

    samples: tuple[Sample, Sample]
    values: tuple[FloatArray, FloatArray]
    offset: float
    passes: tuple[int, ...]
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Whether all coalitions were evaluated, so that nothing is estimated."""
        return all(sample.is_exact for sample in self.samples)

    @property
    def n_players(self) -> tuple[int, int]:
        """The number of players of each side."""
        first, second = (sample.coalitions.shape[1] for sample in self.samples)
        return first, second


def evaluate_sides(game: SeparableGame, samples: tuple[Sample, Sample]) -> Evaluation:
    """Embed the coalitions of each side of a separable game.

    The offset centres the values as calling the game does.
    """
    started = time.perf_counter()
    first, second = (
        side.embed(sample.coalitions).astype(np.float64)
        for side, sample in zip(game.sides, samples, strict=True)
    )
    return Evaluation(
        samples=samples,
        values=(game.scale * first, second),
        offset=game.bias - game.normalization_value,
        passes=(len(samples[0]), len(samples[1])),
        seconds=time.perf_counter() - started,
    )


def evaluate_jointly(game: Game | Callable[[BoolMatrix], FloatArray], sample: Sample) -> Evaluation:
    """Evaluate coalitions of a whole game, as one side whose partner has no players.

    Raises:
        InputError: If there is not one value for each coalition, or some are not finite.
    """
    started = time.perf_counter()
    values = np.asarray(game(sample.coalitions.copy()), dtype=np.float64)  # may change its own
    seconds = time.perf_counter() - started
    if values.shape != (len(sample),):
        msg = f"must have one value for each coalition, {len(sample)}, got {values.shape}."
        raise InputError("game", msg)
    n_bad = (~np.isfinite(values)).sum()
    if n_bad:
        msg = f"must have finite values, got {n_bad} of {len(values)} that are not."
        raise InputError("game", msg)
    nobody = Sample(np.zeros((1, 0), dtype=bool), np.ones(1), is_exact=True)
    return Evaluation(
        samples=(sample, nobody),
        values=(values[:, None], np.ones((1, 1))),
        offset=0.0,
        passes=(len(sample),),
        seconds=seconds,
    )
