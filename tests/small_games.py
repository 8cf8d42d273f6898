"""Small separable games, and what the interactions are by their definition."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import torch

from shapiq_fixlip import SeparableGame
from shapiq_fixlip.sides import TowerSide
from shapiq_fixlip.solver.combine import joint_interactions


class TableSide(TowerSide):
    """A side whose embeddings are listed: one row for each coalition, the first player first."""

    def __init__(self, table, *, prefix="player", **options):
        self.table = np.asarray(table, dtype=np.float32)
        n = int(np.log2(len(self.table)))
        names = [f"{prefix} {i}" for i in range(n)]
        super().__init__(names, **{"batch_size": 4, **options})

    def _embed_batch(self, coalitions):
        return torch.from_numpy(self.table[coalitions @ (1 << np.arange(self.n_players))])


class CountingSide(TowerSide):
    """A side of any number of players, whose embedding is their number."""

    def __init__(self, n, *, prefix="player"):
        super().__init__([f"{prefix} {i}" for i in range(n)], batch_size=4)

    def _embed_batch(self, coalitions):
        return torch.from_numpy(coalitions.sum(axis=1, keepdims=True).astype(np.float32))


def random_table(n, dimension, seed):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(2**n, dimension))
    return (table / np.linalg.norm(table, axis=1, keepdims=True)).astype(np.float32)


def random_game(n_first, n_second, seed=0, dimension=6, **options):
    return SeparableGame(
        TableSide(random_table(n_first, dimension, seed), prefix="patch"),
        TableSide(random_table(n_second, dimension, seed + 1000), prefix="word"),
        **{"scale": 10.0, "bias": -3.0, **options},
    )


def all_coalitions(n):
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1


def subsets_up_to(n, order):
    return list(chain.from_iterable(combinations(range(n), size) for size in range(order + 1)))


def weighted_fit(coalitions, weights, values, subsets):
    """Fit ``sum of e_L over L in S`` by dense weighted least squares."""
    design = np.column_stack([coalitions[:, list(s)].all(axis=1) for s in subsets]).astype(float)
    root = np.sqrt(weights)
    solution, *_ = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)
    return dict(zip(subsets, solution, strict=True))


def brute_force(game, p, order):
    """The p-faithful interactions by their definition, over all coalitions of the game."""
    coalitions = all_coalitions(game.n_players)
    sizes = coalitions.sum(axis=1)
    weights = p**sizes * (1 - p) ** (game.n_players - sizes)
    return weighted_fit(coalitions, weights, game(coalitions), subsets_up_to(game.n_players, order))


def explained(values, coalitions):
    """Evaluate an explanation at coalitions."""
    return sum(
        value * coalitions[:, list(players)].all(axis=1)
        for players, value in values.interactions.items()
    )


def named_interactions(first, second, terms):
    """The interactions of two fitted sides by their players."""
    return terms.labels((first.n, second.n)).named(joint_interactions(first, second, terms))


def assert_same(values, expected, tolerance):
    found = dict(values.interactions)
    assert found.keys() == expected.keys()
    worst = max(abs(found[players] - expected[players]) for players in expected)
    assert worst <= tolerance


def smooth_game(n_first=12, n_second=5, seed=0):
    """A game whose embeddings are sums over players and pairs, so that few passes say much."""

    def table(n, seed):
        rng = np.random.default_rng(seed)
        coalitions = all_coalitions(n).astype(float)
        singles, pairs = rng.normal(size=(n, 8)), rng.normal(size=(n, n, 8)) * 0.15
        sums = 1.5 + coalitions @ singles
        sums += np.einsum("mi,mj,ijd->md", coalitions, coalitions, pairs)
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)

    return SeparableGame(
        TableSide(table(n_first, seed), prefix="patch", batch_size=64),
        TableSide(table(n_second, seed + 1)),
        scale=20.0,
    )
