"""Separable games whose interactions are known in closed form.

A side is a function from coalitions to vectors that is written in the standardised players at
``p``, so that its coefficients are its expected derivatives, but for a factor. Only the normalised
sum is not: its derivatives are sums over how many players of each kind are present.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, override

import numpy as np
from scipy import stats

from shapiq_fixlip.coalitions.sampling import draw_sample
from shapiq_fixlip.solver.basis import products_of, standardised, subsets_up_to
from shapiq_fixlip.solver.combine import joint_interactions
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.solver.observations import Observations
from shapiq_fixlip.solver.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq.typing import CoalitionMatrix, InteractionScores

    from shapiq_fixlip.typing import FloatArray

DIMENSION = 16
DEGREE = 3
"""The highest degree of a game, and of the interactions that are known."""


class KnownSide:
    """A function of coalitions and its expected derivatives at ``p``.

    Attributes:
        n: Number of players.
        p: Presence probability.
        derivatives: Those of all sets of up to three players, by size, each ``(q, d)``.
    """

    def __init__(self, n: int, p: float, derivatives: list[FloatArray]) -> None:
        """Keep the derivatives."""
        self.n, self.p, self.derivatives = n, p, derivatives

    def values(self, coalitions: CoalitionMatrix) -> FloatArray:
        """Return the vectors of coalitions, of shape ``(m, d)``."""
        z, deviation = standardised(coalitions, self.p), math.sqrt(self.p * (1 - self.p))
        values = np.zeros((len(z), self.derivatives[0].shape[1]))
        for players, of_size in zip(subsets_up_to(self.n, DEGREE), self.derivatives, strict=True):
            used = np.flatnonzero(of_size.any(axis=1))
            if len(used):
                columns = products_of(z, players[used])
                values += columns @ of_size[used] * deviation ** players.shape[1]
        return values


def side_of(
    n: int, p: float, rng: np.random.Generator, shares: dict[int, float], weights: list[FloatArray]
) -> KnownSide:
    """Return a side of random vectors.

    Args:
        n: Number of players.
        p: Presence probability.
        rng: The only source of randomness.
        shares: The variance of the terms of each degree; the others are zero.
        weights: The relative length of the vectors of sets of each size, of shape ``(q,)``.
    """
    derivatives = []
    for size, of_sets in enumerate(weights):
        vectors = rng.normal(size=(len(of_sets), DIMENSION)) * of_sets[:, None]
        square = np.sum(vectors**2)
        scale = math.sqrt(shares.get(size, 0.0) / square) if square else 0.0
        derivatives.append(scale * vectors / (p * (1 - p)) ** (size / 2))
    return KnownSide(n, p, derivatives)


def even(n: int) -> list[FloatArray]:
    """Return equal weights of all sets."""
    return [np.ones(len(players)) for players in subsets_up_to(n, DEGREE)]


def additive(n: int, p: float, rng: np.random.Generator) -> KnownSide:
    """Players add up, some of them more than others."""
    weights = even(n)
    weights[1] = rng.gamma(1, size=n)
    return side_of(n, p, rng, {0: 1, 1: 1}, weights)


def sparse(n: int, p: float, rng: np.random.Generator) -> KnownSide:
    """At most six players and their pairs matter."""
    active = rng.permutation(n)[: min(6, max(2, n // 2))]
    weights = [np.isin(players, active).all(axis=1) * 1.0 for players in subsets_up_to(n, DEGREE)]
    return side_of(n, p, rng, {0: 1, 1: 0.6, 2: 0.4}, weights)


def heavy_tails(n: int, p: float, rng: np.random.Generator) -> KnownSide:
    """A few players and pairs matter very much, all others a little."""
    weights = [np.abs(rng.standard_t(1.5, size=len(one))) for one in even(n)]
    return side_of(n, p, rng, {0: 1, 1: 0.5, 2: 0.5}, weights)


def one_dominant_player(n: int, p: float, rng: np.random.Generator) -> KnownSide:
    """One player matters, and all pairs with it."""
    weights = [
        np.where((players == 0).any(axis=1), 1, 0.03) for players in subsets_up_to(n, DEGREE)
    ]
    return side_of(n, p, rng, {0: 1, 1: 0.7, 2: 0.3}, weights)


def third_order(n: int, p: float, rng: np.random.Generator) -> KnownSide:
    """All triples matter, and together as much as players and pairs."""
    weights = even(n)
    weights[2] = np.abs(rng.standard_t(3, size=len(weights[2])))
    return side_of(n, p, rng, {0: 1, 1: 0.3, 2: 0.2, 3: 0.5}, weights)


def pairs_without_main_effects(n: int, p: float, rng: np.random.Generator) -> KnownSide:
    """All pairs matter, and single players only together."""
    return side_of(n, p, rng, {0: 1, 2: 1}, even(n))


class NormalisedSum(KnownSide):
    """Orthogonal vectors of the players and of the background, added up and normalised.

    Players are of three kinds, by their squared length. The derivatives depend only on the kinds of
    their players, and are sums over how many of all others are present.
    """

    KINDS = (1, 3, 8)
    BACKGROUND = 2

    def __init__(self, n: int, p: float, rng: np.random.Generator) -> None:
        """Draw the kinds of the players, and directions in fewer dimensions than players."""
        self._kinds = rng.integers(len(self.KINDS), size=n)
        self._directions = rng.normal(size=(n + 1, DIMENSION)) / math.sqrt(DIMENSION)
        self._known: dict[tuple[tuple[int, ...], int | None], float] = {}
        super().__init__(n, p, [])
        self.derivatives = [self._of_sets(players) for players in subsets_up_to(n, DEGREE)]

    @override
    def values(self, coalitions: CoalitionMatrix) -> FloatArray:
        squares = np.array(self.KINDS)[self._kinds]
        sums = np.hstack(
            [
                np.full((len(coalitions), 1), math.sqrt(self.BACKGROUND)),
                coalitions * np.sqrt(squares),
            ]
        )
        return sums / np.linalg.norm(sums, axis=1, keepdims=True) @ self._directions

    def _of_sets(self, sets: np.ndarray) -> FloatArray:
        """Return the derivatives with respect to sets of players of one size."""
        found = np.zeros((len(sets), self.n + 1))
        for row, players in enumerate(sets.tolist()):
            kinds = self._kinds[players].tolist()
            found[row, 0] = math.sqrt(self.BACKGROUND) * self._inverse_length(kinds, None)
            outside = {
                kind: self.p * math.sqrt(square) * self._inverse_length(kinds, kind)
                for kind, square in enumerate(self.KINDS)
            }
            found[row, 1:] = [outside[kind] for kind in self._kinds]
            for place, player in enumerate(players):
                rest = kinds[:place] + kinds[place + 1 :]
                length = math.sqrt(self.KINDS[kinds[place]])
                found[row, 1 + player] = length * self._inverse_length(rest, kinds[place])
        return found @ self._directions

    def _inverse_length(self, kinds: list[int], present: int | None) -> float:
        """Return the expected derivative of one over the length, if a player is surely present.

        Args:
            kinds: Of the players with respect to whom the derivative is taken.
            present: The kind of the player who is present; ``None`` for none.
        """
        key = tuple(sorted(kinds)), present
        if key not in self._known:
            left_out = Counter([*kinds, *([] if present is None else [present])])
            chances = np.ones(1)
            for kind, square in enumerate(self.KINDS):
                n_others = int(np.sum(self._kinds == kind)) - left_out[kind]
                if n_others < 0:  # there is no such player
                    return 0.0
                of_kind = np.zeros(n_others * square + 1)
                of_kind[::square] = stats.binom.pmf(np.arange(n_others + 1), n_others, self.p)
                chances = np.convolve(chances, of_kind)
            squares = self.BACKGROUND + np.arange(len(chances))
            squares = squares + (0 if present is None else self.KINDS[present])
            self._known[key] = sum(
                (-1) ** (len(kinds) - size)
                * float(chances @ (squares + sum(self.KINDS[kind] for kind in some)) ** -0.5)
                for size in range(len(kinds) + 1)
                for some in combinations(kinds, size)
            )
        return self._known[key]


GAMES: dict[str, Callable[[int, float, np.random.Generator], KnownSide]] = {
    "additive": additive,
    "sparse": sparse,
    "heavy tails": heavy_tails,
    "one dominant player": one_dominant_player,
    "third order": third_order,
    "pairs without main effects": pairs_without_main_effects,
    "normalised sum": NormalisedSum,
}


class KnownFit(EnumeratedFit):
    """The exact parts of a known side, of any number of players."""

    def __init__(self, side: KnownSide, max_degree: int) -> None:
        """Keep the derivatives; nothing is enumerated."""
        self.index, self.n, self.max_degree = faithful_index(side.p), side.n, max_degree
        self.subsets = subsets_up_to(side.n, max_degree)
        self._derivatives = [side.derivatives]


@dataclass(frozen=True)
class KnownGame:
    """A separable game of two known sides.

    Attributes:
        sides: The image and the text.
    """

    sides: tuple[KnownSide, KnownSide]

    @property
    def players(self) -> tuple[int, int]:
        """The number of players of each side."""
        return self.sides[0].n, self.sides[1].n

    def terms(self, max_order: int) -> Terms:
        """Return all interactions up to an order."""
        return Terms.up_to(max_order, self.players)

    def observe(self, passes: tuple[int, int], seed: int) -> Observations:
        """Draw and evaluate coalitions of both sides."""
        samples = tuple(
            draw_sample(side.n, side.p, size, np.random.default_rng([seed, number]))
            for number, (side, size) in enumerate(zip(self.sides, passes, strict=True))
        )
        embeddings = tuple(
            side.values(sample.coalitions) for side, sample in zip(self.sides, samples, strict=True)
        )
        return Observations(samples, embeddings, 0.0, (len(samples[0]), len(samples[1])), 0.0)

    def interactions(self, max_order: int) -> InteractionScores:
        """Return the true interactions."""
        terms = self.terms(max_order)
        fits = [
            KnownFit(side, degree)
            for side, degree in zip(self.sides, terms.max_degrees, strict=True)
        ]
        return terms.labels(self.players).named(joint_interactions(fits[0], fits[1], terms))

    @cached_property
    def fresh(self) -> tuple[CoalitionMatrix, FloatArray]:
        """Coalitions of both sides that no fit has seen, and their values."""
        rng = np.random.default_rng(987)
        sides = [rng.random((4000, side.n)) < side.p for side in self.sides]
        vectors = [side.values(drawn) for side, drawn in zip(self.sides, sides, strict=True)]
        return np.hstack(sides), np.einsum("md,md->m", *vectors)


def make_game(name: str, players: tuple[int, int], p: float, seed: int) -> KnownGame:
    """Return a random game, the same on both sides.

    The text of pairs without main effects has some: else all pairs of a patch and a word were zero.
    """
    rng = np.random.default_rng([seed, *players, list(GAMES).index(name)])
    text = "heavy tails" if name == "pairs without main effects" else name
    return KnownGame((GAMES[name](players[0], p, rng), GAMES[text](players[1], p, rng)))
