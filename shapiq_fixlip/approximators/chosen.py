"""Some interactions in the place of all: a list, a rule, or those of some players."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import chain, combinations, islice
from typing import TYPE_CHECKING, override

import numpy as np

from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.chosen_least_squares import MAX_CHOSEN
from shapiq_fixlip.solver.terms import MAX_INTERACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Among",
    "Containing",
    "InteractionsLike",
    "chosen_interactions",
    "described",
    "with_subsets",
]

type InteractionsLike = (
    Collection[tuple[int, ...]] | Containing | Among | Callable[[tuple[int, ...]], bool]
)
"""Some interactions.

- ``[(3,), (3, 50)]``: a list or a set of tuples of players; also the ``interaction_lookup`` of
  shapiq, whose keys they are;
- ``Containing([3])``: those that contain some players;
- ``Among([3, 4, 50])``: those of no other players;
- any function that says of a tuple of players, at least one, whether it is wanted.
"""


class _OfPlayers:
    """Interactions that some players tell."""

    def __init__(self, players: Iterable[int]) -> None:
        """Keep the players.

        Args:
            players: At least one number of a player.

        Raises:
            InputError: If there is none, or something else.
        """
        wanted: object = players
        given = list(wanted) if isinstance(wanted, Iterable) else []
        if not given:
            msg = f"must be numbers of players, such as [3, 50], got {brief(players)}."
            raise InputError("players", msg)
        self.players = tuple(sorted({whole_number("players", one, least=0) for one in given}))

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.players)})"


class Containing(_OfPlayers):
    """All interactions that contain some players.

    Attributes:
        players: Their numbers.

    Examples:
        >>> list(Containing([1]).listed(3, 2))
        [(1,), (0, 1), (1, 2)]
    """

    def listed(self, n: int, max_order: int) -> Iterator[tuple[int, ...]]:
        """Yield all such interactions of ``n`` players up to an order."""
        others = [player for player in range(n) if player not in self.players]
        for size in range(max_order - len(self.players) + 1):
            for more in combinations(others, size):
                yield tuple(sorted((*self.players, *more)))


class Among(_OfPlayers):
    """All interactions of some players with each other, such as those inside a box of the image.

    Attributes:
        players: Their numbers, for a box those of
            :func:`~shapiq_fixlip.plot.players_inside`.

    Examples:
        >>> list(Among([3, 50]).listed(99, 2))
        [(), (3,), (50,), (3, 50)]
    """

    def listed(self, n: int, max_order: int) -> Iterator[tuple[int, ...]]:  # noqa: ARG002 - as above
        """Yield all such interactions up to an order."""
        for size in range(max_order + 1):
            yield from combinations(self.players, size)


def chosen_interactions(
    interactions: InteractionsLike, n: int, max_order: int
) -> list[tuple[int, ...]]:
    """List the interactions that are wanted, with that of no player.

    Args:
        interactions: Which they are.
        n: The number of players.
        max_order: The most players of an interaction.

    Returns:
        Different interactions, each with its players in order.

    Raises:
        InputError: If one is no interaction of these players, there is none of a player, or there
            are too many, also to ask a function about.
    """
    if isinstance(interactions, Containing | Among):
        if interactions.players[-1] >= n:
            msg = f"must be of players 0 to {n - 1}, got {interactions!r}."
            raise InputError("interactions", msg)
        found = interactions.listed(n, max_order)
    elif callable(interactions):
        count = n_products(n, max_order)
        if count > MAX_INTERACTIONS:
            msg = (
                "must be a list, Containing or Among, as a function cannot be asked about "
                f"{count:,} interactions of {n} players, got {brief(interactions)}."
            )
            raise InputError("interactions", msg)
        sizes = range(1, max_order + 1)
        everything = chain.from_iterable(combinations(range(n), size) for size in sizes)
        found = (players for players in everything if _is_wanted(interactions, players))
    elif isinstance(interactions, Collection):
        found = (_checked(one, n, max_order) for one in interactions)
    else:
        msg = f"must be tuples of players, or a function of them, got {brief(interactions)}."
        raise InputError("interactions", msg)
    chosen = {(), *islice(found, MAX_INTERACTIONS + 1)}
    if len(chosen) > MAX_INTERACTIONS:
        msg = f"must leave at most {MAX_INTERACTIONS:,} interactions, got more."
        raise InputError("interactions", msg)
    if len(chosen) == 1:
        msg = f"must leave at least one interaction of 1 to {max_order} players, got none."
        raise InputError("interactions", msg)
    return sorted(chosen)


def described(interactions: InteractionsLike) -> str:
    """Say in words which interactions are wanted, as files and pages do.

    >>> described([(0,), (0, 1)]), described(Containing([3]))
    ('2 of a list', 'Containing([3])')
    """
    if isinstance(interactions, Containing | Among):
        return repr(interactions)
    if callable(interactions):
        return f"by {getattr(interactions, '__name__', type(interactions).__name__)}"
    return f"{len({tuple(sorted(players)) for players in interactions} - {()})} of a list"


def with_subsets(interactions: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Add all subsets of each interaction, which least squares needs.

    Raises:
        InputError: If least squares does not take so many.

    >>> with_subsets([(0, 5)])
    [(), (0,), (0, 5), (5,)]
    """
    found: set[tuple[int, ...]] = set()
    for players in interactions:
        sizes = range(len(players) + 1)
        found.update(chain.from_iterable(combinations(players, size) for size in sizes))
        if len(found) > MAX_CHOSEN:
            msg = (
                f"must leave least squares at most {MAX_CHOSEN:,} interactions, their subsets "
                "included, got more."
            )
            raise InputError("interactions", msg)
    return sorted(found)


def _is_wanted(rule: Callable[[tuple[int, ...]], bool], players: tuple[int, ...]) -> bool:
    """Return what a function says of some players.

    Raises:
        InputError: If that is neither ``True`` nor ``False``.
    """
    said: object = rule(players)
    if not isinstance(said, bool | np.bool_):
        msg = f"must return True or False for {players}, got {brief(said)}."
        raise InputError("interactions", msg)
    return bool(said)


def _checked(interaction: object, n: int, max_order: int) -> tuple[int, ...]:
    """Return an interaction with its players in order.

    Raises:
        InputError: If it is none of these players.
    """
    if not isinstance(interaction, tuple):
        msg = f"must be tuples of players, such as (3, 50), got {brief(interaction)} among them."
        raise InputError("interactions", msg)
    players = tuple(sorted(whole_number("interactions", one, least=0) for one in interaction))
    are_players = set(players) <= set(range(n))
    if len(players) > max_order or len(set(players)) < len(players) or not are_players:
        wanted = f"at most {max_order} different players from 0 to {n - 1}"
        msg = f"must be of {wanted}, got {interaction}."
        raise InputError("interactions", msg)
    return players
