"""A game at sampled coalitions, always written as the inner product of two sides."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from shapiq_fixlip.coalitions.sampling import Sample
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.progress import advance, expect
from shapiq_fixlip.sides.base import checked_embeddings
from shapiq_fixlip.solver.side_fit import CPU

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from shapiq import Game
    from shapiq.typing import CoalitionMatrix, GameValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["Observations", "evaluate_jointly", "evaluate_sides"]


_SMALLEST, _LARGEST = 1e-100, 1e100
"""Bounds of the largest value, so that its squares are no infinity and no zero."""

_REAL = "biuf"
"""Kinds of numpy that values of coalitions may be: those of a voting game are booleans."""

_MIN_DIRECTION = 1e-3
"""Smaller directions, relative to the largest, do not count. Other bounds were not compared."""


@dataclass(frozen=True)
class Observations:
    """The values ``<f, g> + offset`` of all pairs of coalitions of two sides.

    Attributes:
        samples: The coalitions of each side.
        embeddings: Those of the coalitions, ``f`` and ``g``, of shape ``(m, d)`` for each side.
        offset: What is added to every inner product.
        passes: How many coalitions were evaluated of each side, or of the whole game.
        seconds: How long the evaluation took.
        device: Where to solve. Default: the CPU. Least squares always solves on the CPU.
    """

    samples: tuple[Sample, Sample]
    embeddings: tuple[FloatArray, FloatArray]
    offset: float
    passes: tuple[int, ...]
    seconds: float
    device: torch.device = CPU

    def __post_init__(self) -> None:
        """Check that values can be squared.

        Raises:
            InputError: If they cannot.
        """
        largest = math.prod(np.abs(of_side).max() for of_side in self.embeddings)
        if largest and not _SMALLEST <= largest <= _LARGEST:
            msg = (
                f"must have values of {_SMALLEST} to {_LARGEST} in size, got up to {largest:.3g}; "
                "divide them by a number."
            )
            raise InputError("game", msg)

    @property
    def is_exact(self) -> bool:
        """Whether all coalitions of both sides were evaluated, so that nothing is estimated."""
        return all(sample.is_exact for sample in self.samples)

    @property
    def n_sampled(self) -> int:
        """The coalitions of the sampled side, of the larger one if both are; 0 if none is."""
        sampled = [len(sample) for sample in self.samples if not sample.is_exact]
        return max(sampled, default=0)

    @property
    def n_players(self) -> tuple[int, int]:
        """The number of players of each side."""
        first, second = (sample.coalitions.shape[1] for sample in self.samples)
        return first, second

    @property
    def largest_value(self) -> float:
        """How large a value of these embeddings can be, without the offset."""
        first, second = (np.linalg.norm(of_side, axis=1).max() for of_side in self.embeddings)
        return float(first * second)

    def directions(self, side: int) -> FloatArray:
        """Return how the other side weighs the dimensions of a side.

        The mean square of ``<f, g>`` over the coalitions of ``g`` is that of ``f @ directions``:
        predicting ``f`` well along these directions is predicting the game well.

        Args:
            side: 0 for the first side, 1 for the second.

        Returns:
            Of shape ``(d, r)``, without the directions in which the other side hardly varies.
        """
        weights, other = self.samples[1 - side].weights, self.embeddings[1 - side]
        weighted = np.sqrt(weights)[:, None] * other
        _, sizes, directions = linalg.svd(weighted, full_matrices=False)
        kept = sizes > _MIN_DIRECTION * sizes[0]
        return directions[kept].T * sizes[kept]


def evaluate_sides(
    game: SeparableGame, samples: tuple[Sample, Sample], known: Observations | None = None
) -> Observations:
    """Embed the coalitions of each side of a separable game.

    The offset centres the values in the same way as a call of the game.

    Args:
        game: The game.
        samples: The coalitions of each side.
        known: The same game at other coalitions, which are not embedded again. Default: none.
    """
    started = time.perf_counter()
    expect(len(samples[0]) + len(samples[1]))
    scales = game.scale, 1.0

    def embedded(side: int, coalitions: CoalitionMatrix) -> FloatArray:
        found = checked_embeddings(game.sides[side], coalitions).astype(np.float64)
        return scales[side] * found

    return Observations(
        samples=samples,
        embeddings=(
            _with_known(partial(embedded, 0), samples[0], known, 0),
            _with_known(partial(embedded, 1), samples[1], known, 1),
        ),
        offset=game.bias - game.normalization_value,
        passes=(len(samples[0]), len(samples[1])),
        seconds=time.perf_counter() - started + (known.seconds if known else 0.0),
        device=_where_to_solve(game.sides[0].device),
    )


def _where_to_solve(device: torch.device) -> torch.device:
    """Return where embeddings were computed, or the CPU where that knows no double precision."""
    return CPU if device.type == "mps" else device


def evaluate_jointly(
    game: Game | Callable[[CoalitionMatrix], GameValues],
    sample: Sample,
    known: Observations | None = None,
) -> Observations:
    """Evaluate coalitions of a whole game, as one side; the other one has no players.

    Args:
        game: The game.
        sample: The coalitions.
        known: The same game at other coalitions, which are not evaluated again. Default: none.

    Raises:
        InputError: If there is not one finite real number for each coalition.
    """
    started = time.perf_counter()
    expect(len(sample))
    values = _with_known(partial(_checked_values, game), sample, known, 0)
    nobody = Sample(np.zeros((1, 0), dtype=bool), np.ones(1), is_exact=True)
    return Observations(
        samples=(sample, nobody),
        embeddings=(values, np.ones((1, 1))),
        offset=0.0,
        passes=(len(sample),),
        seconds=time.perf_counter() - started + (known.seconds if known else 0.0),
    )


def _with_known(
    evaluate: Callable[[CoalitionMatrix], FloatArray],
    sample: Sample,
    known: Observations | None,
    side: int,
) -> FloatArray:
    """Return the embeddings of a sample, ``(m, d)``, evaluating only what is not known."""
    if known is None:
        return evaluate(sample.coalitions)
    places = {row.tobytes(): place for place, row in enumerate(known.samples[side].coalitions)}
    found = np.array([places.get(row.tobytes(), -1) for row in sample.coalitions])
    is_new = found < 0
    advance(int((~is_new).sum()))
    embeddings = known.embeddings[side][found]  # with any row where it is new
    if is_new.any():
        embeddings[is_new] = evaluate(sample.coalitions[is_new])
    return embeddings


def _checked_values(
    game: Game | Callable[[CoalitionMatrix], GameValues], coalitions: CoalitionMatrix
) -> FloatArray:
    """Return the values of coalitions, of shape ``(m, 1)``."""
    returned = np.asarray(game(coalitions.copy()))  # a game may write to its argument
    advance(len(coalitions))
    if returned.shape != (len(coalitions),):
        msg = f"must return one value for each coalition, {len(coalitions)}, got {returned.shape}."
        raise InputError("game", msg)
    if returned.dtype.kind not in _REAL:
        msg = f"must return real numbers, got values of type {returned.dtype}."
        raise InputError("game", msg)
    values = returned.astype(np.float64)
    n_bad = (~np.isfinite(values)).sum()
    if n_bad:
        n = len(values)
        msg = f"must return finite values, got NaN or infinity for {n_bad} of {n} coalitions."
        raise InputError("game", msg)
    return values[:, None]
