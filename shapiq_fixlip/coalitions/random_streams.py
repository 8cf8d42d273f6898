"""Streams of random numbers from one ``random_state``, one for each use.

What one stream draws changes no other. So the same ``random_state`` gives the same coalitions
whether or not standard errors are asked for, and never those by which an explanation is judged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Streams", "streams_of"]


class Streams(NamedTuple):
    """Seeds of generators; every generator that is made of a seed begins at its start.

    Attributes:
        first: Draws coalitions of the first side.
        second: Draws coalitions of the second side.
        held_out: Draws the coalitions that are held out for the cross-validated R².
        resampling: Draws weights of coalitions for standard errors.
        judged_first: Draws coalitions of the first side by which an explanation is judged.
        judged_second: Draws coalitions of the second side by which it is judged.
        judged_jointly: Draws coalitions of both sides together by which it is judged.
    """

    first: np.random.SeedSequence
    second: np.random.SeedSequence
    held_out: np.random.SeedSequence
    resampling: np.random.SeedSequence
    judged_first: np.random.SeedSequence
    judged_second: np.random.SeedSequence
    judged_jointly: np.random.SeedSequence


def streams_of(random_state: int | None) -> Streams:
    """Return the streams of a ``random_state``; for ``None``, new ones at every call."""
    return Streams(*np.random.SeedSequence(random_state).spawn(len(Streams._fields)))
