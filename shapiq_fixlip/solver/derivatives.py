"""Expected discrete derivatives of enumerated sides, from which all exact indices are computed.

The weighted Banzhaf derivative of a function ``f`` of coalitions is
``D_A(p) = E[sum_{U <= A} (-1)^(|A|-|U|) f(S + U)]`` when every player outside ``A`` is in ``S``
independently with probability ``p``. For a separable game ``v = <f, g>`` it factorises:
``D_(A+B) v = <D_A f, D_B g>``. At ``p = 0`` it is the Möbius transform, and its integral over ``p``
is the Shapley interaction index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "derivatives_of",
    "derivatives_of_all",
    "shapley_nodes",
]


def derivatives_of_all(values: FloatArray, p: float) -> FloatArray:
    """Return ``D_A(p)`` of every set of players ``A``.

    One pass over the values for each player: a pair of values without and with the player becomes
    its mean and its difference.

    Args:
        values: ``f``, of shape ``(2^n, d)``; player ``i`` is present in the rows whose bit ``i`` is
            set.
        p: Presence probability of the other players, 0 to 1.

    Returns:
        Of the same shape; row ``a`` belongs to the set of the players whose bits are set in ``a``.

    >>> values = np.array([[0.0], [1.0], [2.0], [7.0]])  # of (), (0), (1) and (0, 1)
    >>> derivatives_of_all(values, 0.5).ravel().tolist()
    [2.5, 3.0, 4.0, 4.0]
    """
    derivatives = values.copy()
    stride = 1
    while stride < len(values):
        pairs = derivatives.reshape(-1, 2, stride, values.shape[1])
        without, with_player = pairs[:, 0], pairs[:, 1]
        with_player -= without
        without += p * with_player
        stride *= 2
    return derivatives


def derivatives_of(values: FloatArray, subsets: Sequence[np.ndarray], p: float) -> FloatArray:
    """Return ``D_A(p)`` of some sets of players, one after the other.

    Args:
        values: As for :func:`derivatives_of_all`.
        subsets: The sets, an array of shape ``(q, size)`` for each size.
        p: Presence probability of the other players, 0 to 1.

    Returns:
        Of shape ``(sum of q, d)``.
    """
    rows = np.concatenate([(1 << of_size).sum(axis=1) for of_size in subsets])
    return derivatives_of_all(values, p)[rows]


def shapley_nodes(n: int) -> tuple[FloatArray, FloatArray]:
    """Return Gauss-Legendre nodes and weights for integrals over ``p`` from 0 to 1.

    They are exact for the derivatives of a game of ``n`` players, which are polynomials in ``p`` of
    degree at most ``n``.

    Returns:
        Both of shape ``(n // 2 + 1,)``.
    """
    nodes, weights = np.polynomial.legendre.leggauss(n // 2 + 1)
    return (nodes + 1) / 2, weights / 2
