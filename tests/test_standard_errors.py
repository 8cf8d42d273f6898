"""Standard errors, against the posterior written out for all coefficients, and against the truth.

1. The posterior variance equals that of literal Gaussian conditioning on a small side.
2. The variance of a product of two fits equals that of simulated pairs of sides.
3. Intervals cover exact values at about their nominal rate.
4. Where nothing is estimated, errors are zero.
"""

from itertools import count, product

import numpy as np
import pytest
from scipy import linalg
from small_games import random_game, smooth_game

from shapiq_fixlip import FIxLIP, Grid, VisionLanguageGame, Words, exact_interactions, load_encoder
from shapiq_fixlip.coalitions.sampling import (
    Sample,
    enumerate_coalitions,
    enumerate_side,
    probabilities,
)
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.solver.basis import DegreeBasis, standardised
from shapiq_fixlip.solver.combine import Terms, joint_interactions
from shapiq_fixlip.solver.relevance import Prior
from shapiq_fixlip.solver.shared_effects import common_parts
from shapiq_fixlip.solver.shrinkage import DualShrinkageFit, PrimalShrinkageFit
from shapiq_fixlip.solver.side_fit import ProjectionFit
from shapiq_fixlip.solver.standard_errors import posterior_standard_errors

N, P = 5, 0.3
PRIOR = Prior(P, 2.0, np.array([0.5, 0.02, 0.8, 0.1, 0.3]))


def some_coalitions(m, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(2**N, m, replace=False))
    return rows, Sample(enumerate_coalitions(N)[rows], np.full(m, 1 / m), is_exact=False)


def literal_posterior(sample_rows, noise_of_unseen):
    """Condition all 2^N values of a side on some of them; return the covariance of the values."""
    coalitions = enumerate_coalitions(N)
    prior = PRIOR.covariance(coalitions, coalitions) + noise_of_unseen * np.eye(2**N)
    inverse = linalg.inv(prior[np.ix_(sample_rows, sample_rows)])
    weights = prior[:, sample_rows] @ inverse
    # the constant is anything, so that its estimate adds to what is open (universal kriging)
    of_constant = 1 - weights.sum(axis=1)
    return prior - weights @ prior[sample_rows] + np.outer(of_constant, of_constant) / inverse.sum()


def believe_the_prior(monkeypatch):
    """Leave out what errors allow for beyond the posterior."""
    monkeypatch.setattr(
        DualShrinkageFit, "_excess", property(lambda fit: np.zeros(len(fit.sample)))
    )
    monkeypatch.setattr(DualShrinkageFit, "_common", [])


@pytest.mark.parametrize("size", [0, 1, 2])
@pytest.mark.parametrize("m", [9, 20])
def test_posterior_is_that_of_conditioning_all_values(size, m, monkeypatch):
    rows, sample = some_coalitions(m)
    basis = DegreeBasis(N, P, 2)
    fit = DualShrinkageFit(sample, np.random.default_rng(1).normal(size=(m, 2)), basis, PRIOR)
    believe_the_prior(monkeypatch)
    covariance = literal_posterior(rows, 1.0)
    coalitions = enumerate_coalitions(N)
    law = probabilities(coalitions, P)
    columns = basis.columns(standardised(coalitions, P)) * law[:, None]
    found = fit.part_covariances(size)
    for degree in range(size, 3):
        for other in range(size, 3):
            left, right = (
                basis.parts(size, d) @ columns[:, basis.degree_slice(d)].T for d in (degree, other)
            )
            expected = np.diag(left @ covariance @ right.T)
            assert found[:, degree, other] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_errors_allow_for_what_sets_have_in_common(size, monkeypatch):
    """As much as the fit is off when it is given the common functions instead of the values."""
    _, sample = some_coalitions(20)
    basis = DegreeBasis(N, P, 3)
    common = common_parts(PRIOR, basis, standardised(sample.coalitions, P))
    assert [(part.degree, part.coefficients.shape) for part in common] == [
        (2, (10, 5)),
        (3, (10, 5)),
    ]
    fit = DualShrinkageFit(sample, np.ones((20, 1)), basis, PRIOR)
    with monkeypatch.context() as context:
        context.setattr(DualShrinkageFit, "_common", [])
        without = fit.part_covariances(size)
    found = fit.part_covariances(size) - without
    for degree in range(size, 4):
        parts = basis.parts(size, degree)
        expected = 0
        for part in common:
            of_common = DualShrinkageFit(sample, part.values, basis, PRIOR).coefficients(degree)
            if part.degree == degree:
                of_common = of_common - part.coefficients
            expected += np.sum((parts @ of_common) ** 2, axis=1)
        assert found[:, degree, degree] == pytest.approx(expected, abs=1e-9)


def test_a_player_has_the_same_in_common_with_all_others():
    even = Prior(P, 2.0, np.full(N, 0.5))
    coalitions = enumerate_coalitions(N)
    z = standardised(coalitions, P)
    (common,) = common_parts(even, DegreeBasis(N, P, 2), z)
    ratio = common.values / (z * (z.sum(axis=1, keepdims=True) - z))
    assert ratio == pytest.approx(ratio[0, 0])


def test_all_coalitions_leave_nothing_open():
    _, sample = some_coalitions(2**N)
    values = np.random.default_rng(1).normal(size=(2**N, 2))
    # unequal weights say nothing about the values themselves
    fit = DualShrinkageFit(sample, values, DegreeBasis(N, P, 2), PRIOR)
    exact = ProjectionFit(enumerate_side(N, P), values, DegreeBasis(N, P, 2))
    for size in range(3):
        assert fit.part_covariances(size) == pytest.approx(0, abs=1e-9)
        assert fit.coefficients(size) == pytest.approx(exact.coefficients(size), abs=1e-9)


def test_primal_form_has_the_covariance_of_ridge_regression():
    _, sample = some_coalitions(28)
    basis = DegreeBasis(N, P, 2)
    values = np.random.default_rng(1).normal(size=(28, 2))
    fit = PrimalShrinkageFit(sample, values, basis, PRIOR)
    columns = basis.columns(standardised(sample.coalitions, P))
    noise = 1 + PRIOR.variance_above(2)
    penalties = np.concatenate([1 / PRIOR.variances(subsets) for subsets in basis.subsets])
    penalties[0] = 0
    inverse = linalg.inv(columns.T @ columns / noise + np.diag(penalties))
    parts = basis.parts(1, 2).toarray()
    place = basis.degree_slice(2)
    expected = np.diag(parts @ inverse[place, place] @ parts.T)
    assert fit.part_covariances(1)[:, 2, 2] == pytest.approx(expected)
    residuals = values - columns @ linalg.solve(
        columns.T @ columns / noise + np.diag(penalties), columns.T @ values / noise
    )
    assert np.trace(fit.value_covariance) > np.sum(residuals**2) / noise / 27


def test_errors_of_products_are_those_of_simulated_sides(monkeypatch):
    """Draw both sides from their posteriors and look how far the interactions scatter."""
    rng = np.random.default_rng(0)
    fits = []
    for seed, m in ((0, 20), (1, 24)):
        _, sample = some_coalitions(m, seed)
        values = rng.normal(size=(m, 2)) + 2
        fits.append(DualShrinkageFit(sample, values, DegreeBasis(N, P, 2), PRIOR))
    believe_the_prior(monkeypatch)
    terms = Terms(2, (2, 2))
    found = posterior_standard_errors(*fits, terms)

    draws = []
    roots = [_root_of_coefficients(fit) for fit in fits]
    for _ in range(4000):
        sides = []
        for fit, root in zip(fits, roots, strict=True):
            estimate = np.vstack([fit.coefficients(d) for d in range(3)])
            scatter = root @ rng.normal(size=(root.shape[1], 2))
            sides.append(estimate + scatter @ linalg.sqrtm(fit.value_covariance).real)
        drawn = [DrawnFit(fit.basis, side) for fit, side in zip(fits, sides, strict=True)]
        draws.append(list(joint_interactions(*drawn, terms).values()))
    simulated = np.std(draws, axis=0)
    assert list(found.values()) == pytest.approx(simulated, rel=0.08)


def _root_of_coefficients(fit):
    """A square root of the covariance of all coefficients, by conditioning all values."""
    rows = np.flatnonzero(
        (enumerate_coalitions(N)[:, None] == fit.sample.coalitions[None]).all(axis=2).any(axis=1)
    )
    coalitions = enumerate_coalitions(N)
    columns = fit.basis.columns(standardised(coalitions, P))
    projection = columns.T * probabilities(coalitions, P)
    return linalg.sqrtm(projection @ literal_posterior(rows, 1.0) @ projection.T).real


class DrawnFit(ProjectionFit):
    """A side with coefficients that were drawn."""

    def __init__(self, basis, coefficients):
        super().__init__(enumerate_side(N, P), np.zeros((2**N, 2)), basis)
        self._coefficients = coefficients


GAMES = {
    "smooth": (lambda seed: smooth_game(12, 5, seed), {"budget_image": 200}),
    "both sides sampled": (
        lambda seed: smooth_game(10, 9, seed),
        {"budget_image": 128, "budget_text": 100},
    ),
    "noise": (lambda seed: random_game(10, 4, seed), {"budget_image": 200}),
}


def distances(game, p, seed, **budgets):
    """Errors in standard errors, by the number of players."""
    fixlip = FIxLIP(game.n_players, p=p, random_state=seed)
    values = fixlip.approximate(game=game, **budgets)
    errors = fixlip.standard_errors().interactions
    exact = exact_interactions(game, "FWBII", 2, p)
    return [
        [
            abs(values[players] - exact[players]) / error
            for players, error in errors.items()
            if len(players) == size and error > 0  # what was enumerated has no error
        ]
        for size in (1, 2)
    ]


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("p", [0.3, 0.5])
def test_intervals_cover_the_exact_values(name, p):
    make, budgets = GAMES[name]
    runs = [distances(make(seed), p, seed, **budgets) for seed in range(8)]
    for found in map(np.concatenate, zip(*runs, strict=True)):
        assert np.mean(found < 1.96) >= 0.92
        assert 0.4 <= np.mean(found < 0.674) <= 0.75


def test_intervals_cover_the_exact_values_of_an_encoder():
    """Its pairs share signs and its small coalitions differ, of which the prior knows nothing."""
    scene, encoder = demo_scene(), load_encoder("demo", batch_size=64)
    seeds = count()  # errors of the same coalitions are alike
    runs = []
    for text in ("a lion and a unicorn", "a photo of a tent here"):
        game = VisionLanguageGame(
            encoder, scene.image, text, image_players=Grid(3, 3), text_players=Words()
        )
        runs += [
            distances(game, p, next(seeds), budget_image=m, budget_text=2**5)
            for p, m in product((0.3, 0.5, 0.7), (48, 96, 192))
            for _ in range(3)
        ]
    for found in map(np.concatenate, zip(*runs, strict=True)):
        assert 0.9 <= np.mean(found < 1.96) <= 0.99
        assert 0.4 <= np.mean(found < 0.674) <= 0.65


@pytest.mark.parametrize("m", [150, 300])
def test_intervals_of_least_squares_cover_the_exact_values(m):
    errors = []
    for seed in range(4):
        game = smooth_game(12, 5, seed)
        fixlip = FIxLIP(17, estimator="least_squares", random_state=seed)
        values = fixlip.approximate(game=game, budget_image=m)
        exact = exact_interactions(game, "FWBII")
        errors += [
            (values[players] - exact[players]) / error
            for players, error in fixlip.standard_errors().interactions.items()
        ]
    assert 0.92 <= np.mean(np.abs(errors) < 1.96) <= 0.995


def test_nothing_estimated_has_no_error():
    for estimator in ("shrinkage", "least_squares"):
        fixlip = FIxLIP(7, estimator=estimator)
        fixlip.approximate(10**6, random_game(4, 3))
        errors = fixlip.standard_errors()
        assert set(errors.interactions.values()) == {0.0}
        assert errors.estimated is False


def test_other_games_have_errors_too():
    fixlip = FIxLIP(9, random_state=0)
    values = fixlip.approximate(80, lambda coalitions: coalitions.sum(axis=1) ** 2.0)
    errors = fixlip.standard_errors()
    assert errors.interactions.keys() == values.interactions.keys()
    assert all(error > 0 for error in errors.interactions.values())


def test_the_same_run_has_the_same_errors():
    def errors(estimator):
        fixlip = FIxLIP(13, estimator=estimator, random_state=3)
        fixlip.approximate(game=random_game(9, 4), budget_image=60)
        return fixlip.standard_errors().values

    for estimator in ("shrinkage", "least_squares"):
        assert (errors(estimator) == errors(estimator)).all()


def test_errors_are_unknown_without_coalitions_to_spare():
    fixlip = FIxLIP(13, estimator="least_squares", random_state=3)
    fixlip.approximate(game=random_game(9, 4), budget_image=46)
    assert np.isnan(fixlip.standard_errors().values).all()


def test_there_are_no_errors_before_the_first_run():
    with pytest.raises(RuntimeError, match="no standard errors"):
        FIxLIP(5).standard_errors()


@pytest.mark.parametrize("p", [0.3, 0.5])
@pytest.mark.parametrize(("size", "degree", "other"), [(0, 0, 0), (0, 1, 2), (1, 1, 2), (2, 2, 2)])
def test_noise_spreads_to_interactions_as_a_literal_sum_says(p, size, degree, other):
    basis = DegreeBasis(N, p, 2)
    coalitions = enumerate_coalitions(N)
    columns = basis.columns(standardised(coalitions, p)) * probabilities(coalitions, p)[:, None]
    left, right = (
        basis.parts(size, d) @ columns[:, basis.degree_slice(d)].T for d in (degree, other)
    )
    expected = np.sum(left * right, axis=1)
    assert basis.covariance_of_noise(size, degree, other) == pytest.approx(expected[0])
    assert expected == pytest.approx(expected[0])


def test_orders_may_exceed_the_players_of_a_side():
    fixlip = FIxLIP(9, 5, random_state=0)
    values = fixlip.approximate(game=random_game(4, 5), budget_image=10)
    errors = fixlip.standard_errors().interactions
    assert errors.keys() == values.interactions.keys()
    assert all(np.isfinite(list(errors.values())))
