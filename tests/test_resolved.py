"""Which interactions are resolved: an unbiased estimate of each, and chance counted."""

import numpy as np
import pytest
from small_games import TableSide, all_coalitions, random_game, smooth_game
from test_side_fit import DIMENSION, INDICES, N, P, draw, shrink

from shapiq_fixlip import CrossModalShapley, FIxLIP, SeparableGame
from shapiq_fixlip.coalitions.sampling import enumerate_side
from shapiq_fixlip.solver.basis import standardised
from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.solver.resolved import are_resolved, control_variate


def enumerated(seed=7):
    values = np.random.default_rng(seed).normal(size=(2**N, DIMENSION)) + 1
    return EnumeratedFit(enumerate_side(N, P), values, INDICES["faithful"], 2)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 0), (0, 2)])
def test_control_variate_is_the_mean_of_corrected_estimates(sizes):
    first, second = shrink(*draw()), enumerated()
    found, errors = control_variate(first, second, sizes)
    sample = first.sample
    z = standardised(sample.coalitions, P)
    for i, players in enumerate(first.subsets[sizes[0]]):
        products = z[:, players].prod(axis=1) / (P * (1 - P)) ** (len(players) / 2)
        for j in range(len(second.subsets[sizes[1]])):
            other = second.parts(sizes[1])[j, 0]
            corrections = (first.left_out_errors.numpy() @ other) * products
            mean = sample.weights @ corrections
            assert found[i, j] == pytest.approx(first.parts(sizes[0])[i, 0] @ other + mean)
            spread = np.sum((sample.weights * (corrections - mean)) ** 2)
            m = len(sample)
            assert errors[i, j] == pytest.approx(np.sqrt(spread * m / (m - 1)))


def test_control_variate_is_the_same_from_either_side():
    first, second = shrink(*draw(seed=1)), shrink(*draw(seed=2, m=24))
    for sizes in ((1, 1), (2, 0), (2, 2)):
        one, other = (
            control_variate(first, second, sizes),
            control_variate(second, first, sizes[::-1]),
        )
        for left, right in zip(one, other, strict=True):
            assert left == pytest.approx(right.T)


def pairs_only(truth):
    """A game of centred pairs, which single players do not change on average."""

    def game(coalitions):
        signs = 2.0 * coalitions - 1
        return np.einsum("mi,ij,mj->m", signs, truth, signs)

    return game


def test_control_variate_is_unbiased_where_the_fit_is_not():
    """Pairs without main effects: the fit finds next to nothing, means are right."""
    n = 10
    truth = np.triu(np.random.default_rng(0).normal(size=(n, n)), 1)
    distances = []
    for seed in range(20):
        fixlip = FIxLIP(n, random_state=seed)
        fixlip.approximate(100, pairs_only(truth))
        found, errors = control_variate(*fixlip._solved.solution.fits, (2, 0))
        distances.append((found - 4 * truth[np.triu_indices(n, 1)][:, None]) / errors)
    assert abs(np.mean(distances)) < 0.15
    assert np.mean(np.abs(distances) < 1.96) > 0.9


def test_chance_is_counted():
    """Of a thousand zeros, about fifty are beyond two standard errors."""
    draws = np.random.default_rng(0).normal(size=1000)
    assert (np.abs(draws) > 1.96).sum() > 30
    assert not are_resolved(draws, np.ones(1000), np.inf).any()
    draws[:100] += 6
    resolved = are_resolved(draws, np.ones(1000), np.inf)
    assert resolved[:100].mean() > 0.95
    assert resolved[100:].sum() <= 12


def test_what_is_unknown_is_not_resolved():
    found = are_resolved(np.array([9.0, 9.0, 0.0]), np.array([np.nan, 0.0, 0.0]), 30)
    assert found.tolist() == [False, True, False]


def test_additive_games_have_no_resolved_pairs():
    weights = np.arange(1.0, 31.0)
    fixlip = FIxLIP(30, random_state=0)
    fixlip.approximate(120, lambda coalitions: coalitions @ weights)
    assert fixlip.resolved() == frozenset()
    first_order = FIxLIP(30, 1, random_state=0)
    first_order.approximate(120, lambda coalitions: coalitions @ weights)
    assert first_order.resolved() == {(player,) for player in range(30)}


def test_pairs_that_matter_are_resolved():
    weights = np.zeros((30, 30))
    weights[3, 7], weights[2, 20] = 5, -4
    fixlip = FIxLIP(30, random_state=0)
    fixlip.approximate(
        200, lambda drawn: np.einsum("mi,ij,mj->m", drawn * 1.0, weights, drawn * 1.0)
    )
    assert fixlip.resolved() == {(3, 7), (2, 20)}


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_only_the_highest_order_is_resolved_and_intervals_exclude_zero(estimator):
    game = smooth_game(10, 4, 0)
    fixlip = FIxLIP(14, estimator=estimator, random_state=0)
    values = fixlip.approximate(game=game, budget_image=150)
    errors, resolved = fixlip.standard_errors(), fixlip.resolved()
    assert 5 < len(resolved) < 91
    for players in resolved:
        assert len(players) == 2
        assert abs(values[players]) > 1.96 * errors[players]


def test_exact_interactions_are_resolved_unless_they_are_zero():
    fixlip = FIxLIP(7)
    values = fixlip.approximate(10**6, random_game(4, 3))
    pairs = {players for players in values.interactions if len(players) == 2}
    assert fixlip.resolved() == pairs
    fixlip.approximate(10**6, lambda coalitions: coalitions.sum(axis=1) * 1.0)
    assert fixlip.resolved() == frozenset()


def test_zeros_of_an_enumerated_side_are_not_resolved_by_their_rounding():
    """Pairs of words of an additive game, beside image players of which some are sampled."""
    rng = np.random.default_rng(0)
    first, second = (all_coalitions(n) @ rng.normal(size=(n, 5)) + 1 for n in (10, 4))
    game = SeparableGame(TableSide(first, prefix="patch"), TableSide(second, prefix="word"))
    fixlip = FIxLIP(14, random_state=0)
    fixlip.approximate(game=game, budget_image=100)
    resolved = fixlip.resolved()
    assert resolved == {(i, j) for i in range(10) for j in range(10, 14)}


def test_shapley_interactions_are_resolved_too():
    shapley = CrossModalShapley(14, 2, "SII", random_state=0)
    values = shapley.approximate(game=smooth_game(10, 4, 0), budget_image=150)
    errors, resolved = shapley.standard_errors(), shapley.resolved()
    assert 5 < len(resolved) < 91
    assert all(abs(values[players]) > 1.96 * errors[players] for players in resolved)


def test_pairs_that_are_exactly_zero_are_told_and_not_resolved():
    """shapiq leaves zeros out of k-SII."""
    tables = [np.outer(np.arange(2**n) % 2, np.ones(3)) + 1.0 for n in (10, 3)]
    game = SeparableGame(TableSide(tables[0], prefix="patch"), TableSide(tables[1], prefix="word"))
    for budget in (60, None):
        shapley = CrossModalShapley(13, random_state=0)
        values = shapley.approximate(game=game, budget_image=budget)
        assert len(values.interactions) == len(shapley.standard_errors().interactions) == 92
        assert values[11, 12] == 0
        assert shapley.resolved() == {(0, 10)}


@pytest.mark.parametrize("p", [0.1, 0.9])
def test_sums_of_rare_players_are_not_resolved_as_pairs(p):
    """Triples of standardised players, none of which is a pair; few coalitions tell of a pair."""
    n_false = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        triples = np.array([rng.choice(20, 3, replace=False) for _ in range(40)])
        effects, weights = rng.normal(size=20), rng.normal(size=40)

        def game(coalitions, effects=effects, triples=triples, weights=weights):
            z = (coalitions - p) / np.sqrt(p * (1 - p))
            return z @ effects + z[:, triples].prod(axis=2) @ weights

        fixlip = FIxLIP(20, p=p, random_state=seed)
        fixlip.approximate(256, game)
        n_false += len(fixlip.resolved())
    assert n_false <= 1


def test_nothing_is_resolved_before_the_first_run():
    for approximator in (FIxLIP(5), CrossModalShapley(5)):
        with pytest.raises(RuntimeError, match="resolved"):
            approximator.resolved()
