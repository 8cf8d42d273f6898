"""The estimators of one side, each against a slow and literal formula."""

import math

import numpy as np
import pytest
from small_games import weighted_fit

from shapiq_fixlip import InputError
from shapiq_fixlip.coalitions.sampling import Sample, draw_sample, enumerate_side, probabilities
from shapiq_fixlip.solver.basis import DegreeBasis, standardised
from shapiq_fixlip.solver.combine import Terms, cross_validated_r2, joint_interactions
from shapiq_fixlip.solver.least_squares import LeastSquaresFit
from shapiq_fixlip.solver.relevance import Prior
from shapiq_fixlip.solver.shrinkage import DualShrinkageFit, PrimalShrinkageFit, fit_with_shrinkage
from shapiq_fixlip.solver.side_fit import CoefficientFit, ProjectionFit

N, P, DIMENSION = 6, 0.4, 3
PRIOR = Prior(P, 5.0, np.array([0.5, 0.02, 0.8, 0.1, 0.3, 0.2]))
KINDS = [DualShrinkageFit, PrimalShrinkageFit]


def draw(n=N, m=40, seed=0, dimension=DIMENSION, p=P):
    rng = np.random.default_rng(seed)
    sample = draw_sample(n, p, m, rng)
    return sample, rng.normal(size=(len(sample), dimension))


def without(sample, values, row):
    keep = np.arange(len(sample)) != row
    return Sample(sample.coalitions[keep], sample.weights[keep], is_exact=False), values[keep]


def evaluate(fit, coalitions):
    """Evaluate a fit at coalitions, one part for each degree."""
    columns = fit.basis.columns(standardised(coalitions, fit.basis.p))
    return [
        columns[:, fit.basis.degree_slice(d)] @ fit.coefficients(d)
        for d in range(fit.basis.max_degree + 1)
    ]


def prior_of(n):
    """A prior for the first players of the one above."""
    return Prior(P, PRIOR.strength, PRIOR.relevances[:n])


def shrinkage_fit(kind, sample, values, prior=None):
    n = sample.coalitions.shape[1]
    return kind(sample, values, DegreeBasis(n, P, 2), prior or prior_of(n))


def penalised_least_squares(sample, values, max_degree, noise):
    """Minimise the weighted error plus each squared coefficient over its prior variance.

    With products of all degrees, what is left over at the coalitions is part of the function, too.
    """
    n = sample.coalitions.shape[1]
    basis = DegreeBasis(n, P, max_degree)
    columns = basis.columns(standardised(sample.coalitions, P))
    weights = sample.weights / noise
    penalties = np.concatenate([1 / prior_of(n).variances(subsets) for subsets in basis.subsets])
    penalties[0] = 0  # the constant is free
    normal = columns.T @ (weights[:, None] * columns) + np.diag(penalties)
    coefficients = np.linalg.solve(normal, columns.T @ (weights[:, None] * values))
    if max_degree == n:
        law = probabilities(sample.coalitions, P)[:, None]
        coefficients += columns.T @ (law * (values - columns @ coefficients))
    return coefficients


@pytest.mark.parametrize("m", [10, 22, 60])
@pytest.mark.parametrize(("kind", "degree"), [(DualShrinkageFit, N), (PrimalShrinkageFit, 2)])
def test_shrinkage_minimises_its_penalised_error(kind, degree, m):
    """In its dual form with products of all degrees, else with those of high degree as noise."""
    sample, values = draw(m=m)
    noise = 1 + (PRIOR.variance_above(2) if kind is PrimalShrinkageFit else 0)
    expected = penalised_least_squares(sample, values, degree, noise * sample.weights.mean())
    fit = shrinkage_fit(kind, sample, values)
    found = np.vstack([fit.coefficients(d) for d in range(3)])
    assert found == pytest.approx(expected[: len(found)], abs=1e-9)
    vectors = np.random.default_rng(5).normal(size=(4, DIMENSION))
    assert fit.contract(vectors, 2) == pytest.approx(found @ vectors.T, abs=1e-9)


def test_large_samples_of_few_players_are_solved_in_primal_form(monkeypatch):
    monkeypatch.setattr("shapiq_fixlip.solver.shrinkage._MAX_EQUATIONS", 30)
    for m, kind in ((30, DualShrinkageFit), (40, PrimalShrinkageFit)):
        sample, values = draw(m=m)
        fit = fit_with_shrinkage(sample, values, DegreeBasis(N, P, 2), np.eye(DIMENSION))
        assert type(fit) is kind
    sample, values = draw(n=9, m=40)  # more products than coalitions
    fit = fit_with_shrinkage(sample, values, DegreeBasis(9, P, 2), np.eye(DIMENSION))
    assert type(fit) is DualShrinkageFit


@pytest.mark.parametrize("kind", KINDS)
def test_shrinkage_leaves_one_out_exactly(kind):
    sample, values = draw(m=30)
    fit = shrinkage_fit(kind, sample, values)
    for row in (0, 11, 29):
        expected = evaluate(refit_without(sample, values, row, kind), sample.coalitions[[row]])
        found = fit.held_out(np.array([row]))
        for part, part_expected in zip(found, expected, strict=True):
            assert part == pytest.approx(part_expected, abs=1e-9)


def refit_without(sample, values, row, kind):
    """Fit all coalitions but one, literally, each with the noise that it has among all."""
    n = sample.coalitions.shape[1]
    is_primal = kind is PrimalShrinkageFit
    noise = 1 + (prior_of(n).variance_above(2) if is_primal else 0)
    coefficients = penalised_least_squares(
        *without(sample, values, row),
        2 if is_primal else n,
        noise * sample.weights.mean(),
    )
    return LiteralFit(sample, values, DegreeBasis(n, P, 2), coefficients)


class LiteralFit(CoefficientFit):
    """Coefficients that were found elsewhere."""

    held_out = None

    def __init__(self, sample, values, basis, coefficients):
        super().__init__(sample, values, basis)
        self._coefficients = coefficients[: basis.ends[-1]]


def test_least_squares_leaves_one_out_as_a_refit_does():
    sample, values = draw(m=50)
    basis = DegreeBasis(N, P, 2)
    fit = LeastSquaresFit(sample, values, basis)
    for row in (0, 20, 49):
        refit = LeastSquaresFit(*without(sample, values, row), basis)
        interactions = refit.interactions(refit.contract(np.eye(DIMENSION), 2), 2)
        is_inside = [
            sample.coalitions[row, players].all(axis=1).astype(float) for players in basis.subsets
        ]
        expected = [np.concatenate(is_inside) @ interactions]
        assert sum(fit.held_out(np.array([row]))) == pytest.approx(np.array(expected), abs=1e-9)


def test_constants_are_not_shrunk():
    sample, values = draw(m=15)
    for kind in KINDS:
        fit, shifted = (shrinkage_fit(kind, sample, v) for v in (values, values + 1000))
        assert shifted.coefficients(0) == pytest.approx(fit.coefficients(0) + 1000)
        assert shifted.coefficients(1) == pytest.approx(fit.coefficients(1), abs=1e-8)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_factorised_least_squares_is_the_dense_fit_of_all_pairs(order):
    image, image_values = draw(n=5, m=30, seed=1)
    text, text_values = draw(n=4, m=15, seed=2)
    fits = [
        LeastSquaresFit(sample, values, DegreeBasis(sample.coalitions.shape[1], P, order))
        for sample, values in ((image, image_values), (text, text_values))
    ]
    found = joint_interactions(*fits, Terms(order, (order, order)))
    pairs = [(i, j) for i in range(len(image)) for j in range(len(text))]
    coalitions = np.array(
        [np.concatenate([image.coalitions[i], text.coalitions[j]]) for i, j in pairs]
    )
    weights = np.array([image.weights[i] * text.weights[j] for i, j in pairs])
    values = np.array([image_values[i] @ text_values[j] for i, j in pairs])
    expected = weighted_fit(coalitions, weights, values, list(found))
    assert len(found) == sum(math.comb(9, size) for size in range(order + 1))
    assert list(found.values()) == pytest.approx(list(expected.values()), abs=1e-9)


def test_cross_modal_terms_are_the_dense_fit_without_the_others():
    image, image_values = draw(n=5, m=30, seed=1)
    text, text_values = draw(n=4, m=15, seed=2)
    fits = [
        LeastSquaresFit(sample, values, DegreeBasis(sample.coalitions.shape[1], P, 1))
        for sample, values in ((image, image_values), (text, text_values))
    ]
    found = joint_interactions(*fits, Terms(2, (1, 1)))
    assert {len({i < 5 for i in players}) for players in found if len(players) == 2} == {2}
    coalitions = np.hstack(
        [
            np.repeat(image.coalitions, len(text), axis=0),
            np.tile(text.coalitions, (len(image), 1)),
        ]
    )
    weights = np.outer(image.weights, text.weights).ravel()
    expected = weighted_fit(
        coalitions, weights, (image_values @ text_values.T).ravel(), list(found)
    )
    assert list(found.values()) == pytest.approx(list(expected.values()), abs=1e-9)


def test_projection_is_least_squares_with_all_coalitions():
    sample = enumerate_side(4, P)
    values = np.random.default_rng(0).normal(size=(16, DIMENSION))
    basis = DegreeBasis(4, P, 2)
    exact, fitted = (fit(sample, values, basis) for fit in (ProjectionFit, LeastSquaresFit))
    vectors = np.eye(DIMENSION)
    assert exact.interactions(exact.contract(vectors, 2), 2) == pytest.approx(
        fitted.interactions(fitted.contract(vectors, 2), 2)
    )


def test_cross_validated_r2_is_that_of_refits():
    """Leave out a pair of coalitions, refit, predict the pair; literally, for every pair."""
    image, image_values = draw(n=5, m=12, seed=1)
    text, text_values = draw(n=4, m=9, seed=2)
    terms = Terms(2, (2, 2))

    truth = image_values @ text_values.T
    predicted = np.empty_like(truth)
    for i in range(len(image)):
        for j in range(len(text)):
            interactions = joint_interactions(
                refit_without(image, image_values, i, PrimalShrinkageFit),
                refit_without(text, text_values, j, DualShrinkageFit),
                terms,
            )
            pair = np.concatenate([image.coalitions[i], text.coalitions[j]])
            predicted[i, j] = sum(v for s, v in interactions.items() if pair[list(s)].all())
    weights = np.outer(image.weights, text.weights)
    mean = np.average(truth, weights=weights)
    expected = 1 - np.sum(weights * (truth - predicted) ** 2) / np.sum(
        weights * (truth - mean) ** 2
    )
    fits = [
        shrinkage_fit(PrimalShrinkageFit, image, image_values),
        shrinkage_fit(DualShrinkageFit, text, text_values),
    ]
    found = cross_validated_r2(*fits, terms, np.random.default_rng(0))
    assert found == pytest.approx(expected, abs=1e-9)


def test_least_squares_names_both_numbers_if_there_are_too_few_coalitions():
    sample, values = draw(m=21)
    with pytest.raises(InputError, match=r"at least 22 distinct coalitions .* got 21"):
        LeastSquaresFit(sample, values, DegreeBasis(N, P, 2))


def test_least_squares_refuses_coalitions_that_cannot_tell_interactions_apart():
    sample, values = draw(m=60)
    always = sample.coalitions.copy()
    always[:, 0] = True
    always = np.unique(always, axis=0)
    stuck = Sample(always, np.full(len(always), 1 / len(always)), is_exact=False)
    with pytest.raises(InputError, match="tell all 22 interactions"):
        LeastSquaresFit(stuck, values[: len(always)], DegreeBasis(N, P, 2))
