"""Streams of random numbers from one seed, one for each use.

Every use has a stream of its own, so that what one of them draws changes no other: the same seed
gives the same coalitions whether or not standard errors are asked for, and never those by which an
explanation is judged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Streams", "streams_of"]


class Streams(NamedTuple):
    """Seeds of generators, each of which may be opened again and again from its start.

    Attributes:
        first: Draws coalitions of the first side.
        second: Draws coalitions of the second side.
        held_out: Chooses the coalitions that are predicted from others.
        resampling: Reweights coalitions for standard errors.
        judged_first: Draws coalitions of the first side by which an explanation is judged.
        judged_second: Draws those of the second side.
        judged_jointly: Draws coalitions of both sides together.
    """

    first: np.random.SeedSequence
    second: np.random.SeedSequence
    held_out: np.random.SeedSequence
    resampling: np.random.SeedSequence
    judged_first: np.random.SeedSequence
    judged_second: np.random.SeedSequence
    judged_jointly: np.random.SeedSequence


def streams_of(random_state: int | None) -> Streams:
    """Return the streams of a seed, or for ``None`` new ones at every call."""
    return Streams(*np.random.SeedSequence(random_state).spawn(len(Streams._fields)))
