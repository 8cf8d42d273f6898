"""Standard errors, against errors of all values written out, and against the truth.

1. The posterior covariance equals that of literal Gaussian conditioning on a small side; the
   allowance is the error of the same estimates for functions that the prior does not know.
2. The variance of a product of two fits equals that of simulated pairs of sides.
3. Intervals cover exact values at about their nominal rate.
4. Where nothing is estimated, errors are zero.
"""

from dataclasses import replace
from itertools import count, product

import numpy as np
import pytest
import torch
from scipy import linalg
from small_games import random_game, smooth_game
from test_parts import literal_parts
from test_side_fit import DIMENSION, INDICES, N, P, draw, literal_values, shrink

from shapiq_fixlip import (
    CrossModalShapley,
    FIxLIP,
    Grid,
    VisionLanguageGame,
    Words,
    exact_interactions,
    load_encoder,
)
from shapiq_fixlip.coalitions.sampling import enumerate_coalitions
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.solver.basis import standardised, subsets_up_to
from shapiq_fixlip.solver.combine import joint_interactions
from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.solver.shrinkage import ShrinkageFit
from shapiq_fixlip.solver.standard_errors import posterior_standard_errors
from shapiq_fixlip.solver.terms import Terms
from shapiq_fixlip.solver.unexplained import Unexplained

NOTHING = property(lambda self: torch.zeros(len(self._weights), dtype=torch.float64))


def rows_of(fit):
    return fit.sample.coalitions @ (1 << np.arange(fit.n))


def literal_weights(fit):
    """Return the weights of observations in the estimates of all values, ``(2^n, m)``."""
    unit = np.eye(len(fit.sample))
    probe = object.__new__(ShrinkageFit)
    probe.__dict__ = fit.__dict__ | {"embeddings": unit}
    return literal_values(probe)


def literal_errors(fit, covariance, size, max_degree):
    """Return the covariances of the errors of estimated parts of another function.

    Args:
        fit: Whose estimates are used.
        covariance: That of all values of the function.
        size: The size of the sets.
        max_degree: That of the fit.
    """
    errors = literal_weights(fit) @ np.eye(2**N)[rows_of(fit)] - np.eye(2**N)
    of_parts = literal_parts(errors, fit.index, size, max_degree)  # (parts, q, 2^n)
    return np.einsum("pqa,ab,sqb->qps", of_parts, covariance, of_parts)


def literal_noise(fit):
    noise = np.ones(2**N)
    noise[rows_of(fit)] = fit.process.noise.numpy()
    return np.diag(noise)


def all_coalitions():
    return torch.tensor(enumerate_coalitions(N), dtype=torch.float64)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize(("size", "max_degree"), [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2)])
@pytest.mark.parametrize("m", [9, 20])
def test_posterior_is_that_of_conditioning_all_values(name, size, max_degree, m, monkeypatch):
    fit = shrink(*draw(m=m), INDICES[name], max_degree)
    monkeypatch.setattr(Unexplained, "squares", NOTHING)
    signal = fit.process.prior.covariance(all_coalitions(), all_coalitions()).numpy()
    expected = literal_errors(fit, signal + literal_noise(fit), size, max_degree)
    found = fit.error_covariances(size)
    assert found == pytest.approx(expected, abs=1e-7 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize(("size", "max_degree"), [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2)])
def test_errors_allow_for_what_is_unexplained(name, size, max_degree, monkeypatch):
    """As if so much more were of the highest degree, and at single coalitions."""
    fit = shrink(*draw(m=20), INDICES[name], max_degree)
    with monkeypatch.context() as context:
        context.setattr(Unexplained, "squares", NOTHING)
        posterior = fit.error_covariances(size)
    del fit.__dict__["_errors"]
    unexplained = Unexplained(fit.process, fit.sample)
    assert unexplained.typical > 0.5
    all_of_it = fit.error_covariances(size) - posterior
    z = standardised(enumerate_coalitions(N), P)
    sets = subsets_up_to(N, max_degree)[max_degree]
    products = np.stack([z[:, players].prod(axis=1) for players in sets], axis=1)
    sums = products.sum(axis=1)
    alike = 0.03 ** (max_degree / 2)
    diffuse = ((1 - alike) * products @ products.T + alike * np.outer(sums, sums)) / len(sets)
    diffuse *= unexplained.typical.item()
    expected = literal_errors(fit, diffuse, size, max_degree)
    alone = np.full(2**N, unexplained.mean.item())
    alone[rows_of(fit)] = unexplained.squares.numpy()
    expected += literal_errors(fit, np.diag(alone), size, max_degree)
    assert all_of_it == pytest.approx(expected, abs=1e-7 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("n_fixed", [0, 2])
def test_what_is_unexplained_is_told_by_leaving_out(n_fixed):
    """Of coalitions that were drawn; if all sizes are, the first two are the empty and full one.

    One that the others tell little about counts less.
    """
    sample, values = draw(m=20)
    sample = replace(sample, n_fixed=n_fixed)
    values[:n_fixed] *= 100
    fit = ShrinkageFit(sample, values, INDICES["SII"], 2, p=P, directions=np.eye(DIMENSION))
    scale = np.trace(fit.output_covariance)
    covariance = fit.process.prior.covariance(fit.coalitions, fit.coalitions).numpy()
    found, predicted = [], []
    for left_out in range(len(sample)):
        rest = np.delete(np.arange(len(sample)), left_out)
        inverse = linalg.inv((covariance + np.diag(fit.process.noise))[np.ix_(rest, rest)])
        crossed = covariance[left_out, rest]
        of_constant = 1 - crossed @ inverse.sum(axis=1)
        constant = inverse.sum(axis=0) @ values[rest] / inverse.sum()
        prediction = constant + crossed @ inverse @ (values[rest] - constant)
        found.append(((values[left_out] - prediction) ** 2).sum() / scale)
        predicted.append(
            covariance[left_out, left_out]
            - crossed @ inverse @ crossed
            + of_constant**2 / inverse.sum()
        )
    found, predicted, drawn = np.array(found), np.array(predicted), slice(n_fixed, None)
    typical = sample.weights / np.sqrt(predicted + fit.process.noise.numpy())

    def mean(numbers, weights):
        return np.average(numbers[drawn], weights=weights[drawn])

    share = mean(predicted, typical) / mean(found, typical)
    assert 0.1 < share < 1.2
    unexplained = Unexplained(fit.process, sample)
    expected = found * (1 - 0.3 * share**2)
    assert unexplained.squares.numpy() == pytest.approx(expected)
    assert unexplained.mean.item() == pytest.approx(mean(expected, sample.weights))
    assert unexplained.typical.item() == pytest.approx(mean(expected, typical))


def test_errors_of_products_are_those_of_simulated_sides(monkeypatch):
    """Draw both sides from their posteriors and look how far the interactions scatter."""
    monkeypatch.setattr(Unexplained, "squares", NOTHING)
    rng = np.random.default_rng(0)
    fits = [shrink(draw(m=m, seed=m)[0], rng.normal(size=(m, DIMENSION)) + 2) for m in (20, 24)]
    terms = Terms(2, (2, 2))
    found = posterior_standard_errors(*fits, terms)
    draws = []
    roots = [_root_of_values(fit) for fit in fits]
    estimates = [[fit.parts(size) for size in range(3)] for fit in fits]
    for _ in range(2000):
        sides = [
            DrawnFit(fit, around, root @ rng.normal(size=(2**N, DIMENSION)))
            for fit, around, root in zip(fits, estimates, roots, strict=True)
        ]
        draws.append(joint_interactions(*sides, terms))
    for sizes, errors in found.items():
        simulated = np.std([drawn[sizes] for drawn in draws], axis=0)
        assert errors == pytest.approx(simulated, rel=0.1)


def _root_of_values(fit):
    """A square root of the posterior covariance of all values."""
    coalitions = all_coalitions()
    signal = fit.process.prior.covariance(coalitions, coalitions).numpy() + literal_noise(fit)
    errors = literal_weights(fit) @ np.eye(2**N)[rows_of(fit)] - np.eye(2**N)
    return linalg.sqrtm(errors @ signal @ errors.T).real


class DrawnFit(EnumeratedFit):
    """A side whose parts were drawn."""

    def __init__(self, fit, around, scatter):
        values = scatter @ linalg.sqrtm(fit.output_covariance.numpy()).real
        super().__init__(fit.sample, values, fit.index, fit.max_degree)
        self._around = around

    def parts(self, size):
        return super().parts(size) + self._around[size]


GAMES = {
    "smooth": (lambda seed: smooth_game(12, 5, seed), {"budget_image": 200}),
    "both sides sampled": (
        lambda seed: smooth_game(10, 9, seed),
        {"budget_image": 128, "budget_text": 100},
    ),
    "noise": (lambda seed: random_game(10, 4, seed), {"budget_image": 200}),
}

MOST_WITHIN = {"smooth": 0.8, "both sides sampled": 0.8, "noise": 0.96}
"""Half of them would be exact; noise could be of the highest degree, and is not."""


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
        assert 0.4 <= np.mean(found < 0.674) <= MOST_WITHIN[name]


def test_intervals_cover_the_exact_values_of_an_encoder():
    """Its pairs share signs, of which the prior knows nothing."""
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
        assert np.mean(found < 1.96) >= 0.93
        assert 0.5 <= np.mean(found < 0.674) <= 0.85


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


@pytest.mark.parametrize(("index", "order"), [("SV", 1), ("SII", 2), ("k-SII", 2)])
def test_intervals_of_shapley_interactions_cover_the_exact_values(index, order):
    distances = {1: [], 2: []}
    for seed, passes in product(range(4), (60, 120)):
        game = smooth_game(10, 4, seed)
        exact = exact_interactions(game, index, order)
        shapley = CrossModalShapley(14, order, index, random_state=seed)
        values = shapley.approximate(game=game, budget_image=passes)
        for players, error in shapley.standard_errors().interactions.items():
            if players and error > 0:
                distances[len(players)].append(abs(values[players] - exact[players]) / error)
    for size in range(1, order + 1):
        assert np.mean(np.array(distances[size]) < 1.96) >= 0.93
        assert np.mean(np.array(distances[size]) < 0.674) <= 0.9


@pytest.mark.parametrize(("index", "order"), [("SV", 1), ("SII", 1), ("k-SII", 1), ("k-SII", 2)])
def test_the_known_value_of_no_player_has_no_error(index, order):
    shapley = CrossModalShapley(13, order, index, random_state=0)
    shapley.approximate(game=random_game(9, 4), budget_image=60)
    errors = shapley.standard_errors()
    assert errors[()] == 0
    assert errors[0,] > 0


def test_errors_are_unknown_beside_too_many_coalitions_for_shrinkage():
    """Errors of more than 8,192 coalitions take least squares, for which 20 are too few."""
    fixlip = FIxLIP(25, random_state=0)
    values = fixlip.approximate(game=random_game(16, 9), budget_image=9000, budget_text=20)
    errors = fixlip.standard_errors()
    assert errors.interactions.keys() == values.interactions.keys()
    assert np.isnan(errors.values).all()
    assert fixlip.resolved() == frozenset()


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
    with pytest.raises(RuntimeError, match="no standard errors"):
        CrossModalShapley(13).standard_errors()


def test_orders_may_exceed_the_players_of_a_side():
    fixlip = FIxLIP(9, 5, random_state=0)
    values = fixlip.approximate(game=random_game(4, 5), budget_image=10)
    errors = fixlip.standard_errors().interactions
    assert errors.keys() == values.interactions.keys()
    assert all(np.isfinite(list(errors.values())))
