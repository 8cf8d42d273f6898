"""The estimators of one side, each against a slow and literal formula."""

import math

import numpy as np
import pytest
from scipy import optimize
from small_games import weighted_fit

from shapiq_fixlip import InputError
from shapiq_fixlip.basis import DegreeBasis, standardised
from shapiq_fixlip.fits import ProjectionFit
from shapiq_fixlip.interactions import Terms, faithfulness, joint_interactions
from shapiq_fixlip.least_squares import LeastSquaresFit
from shapiq_fixlip.sampling import Sample, draw_sample, enumerate_side
from shapiq_fixlip.shrinkage import DualShrinkageFit, PrimalShrinkageFit, choose_strengths

N, P, DIMENSION = 6, 0.4, 3
STRENGTHS = np.array([5.0, 0.7])


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


def shrinkage_fits(sample, values):
    basis = DegreeBasis(sample.coalitions.shape[1], P, 2)
    return [fit(sample, values, basis, STRENGTHS) for fit in (DualShrinkageFit, PrimalShrinkageFit)]


def test_shrinkage_minimises_its_penalised_error():
    sample, values = draw(m=20, dimension=1)
    basis = DegreeBasis(N, P, 2)
    columns = basis.columns(standardised(sample.coalitions, P))
    weights = sample.weights / sample.weights.mean()
    penalty = np.concatenate(
        [[0.0], *(np.full(math.comb(N, d), math.comb(N, d) / STRENGTHS[d - 1]) for d in (1, 2))]
    )

    def loss(c):
        return weights @ (values[:, 0] - columns @ c) ** 2 + penalty @ c**2

    expected = optimize.minimize(loss, np.zeros(basis.ends[-1]), tol=1e-12).x
    for fit in shrinkage_fits(sample, values):
        found = np.concatenate([fit.coefficients(d)[:, 0] for d in range(3)])
        assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("m", [10, 22, 60])
def test_dual_and_primal_shrinkage_are_the_same(m):
    dual, primal = shrinkage_fits(*draw(m=m))
    vectors = np.random.default_rng(5).normal(size=(4, DIMENSION))
    assert dual.contract(vectors, 2) == pytest.approx(primal.contract(vectors, 2), abs=1e-9)
    assert dual.coefficients(2) == pytest.approx(primal.coefficients(2), abs=1e-9)
    rows = np.array([0, 3, 7])
    for left, right in zip(dual.held_out(rows), primal.held_out(rows), strict=True):
        assert left == pytest.approx(right, abs=1e-9)


@pytest.mark.parametrize("kind", [DualShrinkageFit, PrimalShrinkageFit])
def test_shrinkage_leaves_one_out_exactly(kind):
    sample, values = draw(m=30)
    fit = kind(sample, values, DegreeBasis(N, P, 2), STRENGTHS)
    for row in (0, 11, 29):
        expected = evaluate(refit_without(sample, values, row, kind), sample.coalitions[[row]])
        found = fit.held_out(np.array([row]))
        for part, part_expected in zip(found, expected, strict=True):
            assert part == pytest.approx(part_expected, abs=1e-9)


def refit_without(sample, values, row, kind):
    """Fit all coalitions but one, each with the noise that it has among all."""
    rest, rest_values = without(sample, values, row)
    ratio = rest.weights.mean() / sample.weights.mean()
    basis = DegreeBasis(sample.coalitions.shape[1], P, 2)
    return kind(rest, rest_values, basis, STRENGTHS * ratio)


def test_least_squares_leaves_one_out_as_a_refit_does():
    sample, values = draw(m=50)
    basis = DegreeBasis(N, P, 2)
    fit = LeastSquaresFit(sample, values, basis)
    for row in (0, 20, 49):
        refit = LeastSquaresFit(*without(sample, values, row), basis)
        columns = basis.columns(standardised(sample.coalitions[[row]], P))
        expected = columns @ np.linalg.solve(
            refit._upper, np.concatenate([refit.coefficients(d) for d in range(3)])
        )
        assert sum(fit.held_out(np.array([row]))) == pytest.approx(expected, abs=1e-9)


def test_strengths_follow_what_the_degrees_explain():
    rng = np.random.default_rng(0)
    sample = draw_sample(20, 0.5, 120, rng)
    z = standardised(sample.coalitions, 0.5)
    noise = rng.normal(size=(120, 1))
    linear = choose_strengths(sample, 3 * z[:, :5].sum(axis=1, keepdims=True) + noise, 2, 0.5)
    pairs = choose_strengths(sample, 9 * z[:, [0]] * z[:, [1]] + noise, 2, 0.5)
    assert linear[0] > 10 * linear[1]
    assert pairs[1] > 10 * pairs[0]


def test_constants_are_not_shrunk():
    sample, values = draw(m=15)
    for fit, shifted in zip(
        shrinkage_fits(sample, values), shrinkage_fits(sample, values + 1000), strict=True
    ):
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


def test_cross_validated_faithfulness_is_that_of_refits():
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
    fits = [shrinkage_fits(image, image_values)[1], shrinkage_fits(text, text_values)[0]]
    found = faithfulness(*fits, terms, np.random.default_rng(0))
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
