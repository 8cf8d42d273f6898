"""The prior of the shrinkage estimator, against literal sums over all sets of players."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, optimize, stats

from shapiq_fixlip.coalitions.sampling import Sample, draw_sample
from shapiq_fixlip.solver.basis import standardised
from shapiq_fixlip.solver.relevance import Prior, _negative_log_posterior, choose_prior

N = 5
PRIOR = Prior(0.3, 2.5, np.array([0.5, 0.02, 0.9, 0.1, 0.3]))
SETS = list(chain.from_iterable(combinations(range(N), size) for size in range(N + 1)))


def literal_covariance(prior, z, others, sets):
    return sum(
        prior.strength
        * prior.relevances[list(s)].prod()
        * np.outer(z[:, list(s)].prod(axis=1), others[:, list(s)].prod(axis=1))
        for s in sets
    )


@pytest.fixture
def coalitions():
    return np.random.default_rng(0).random((7, N)) < 0.4


@given(st.floats(0.05, 0.95), st.integers(0, 1000))
def test_covariance_is_the_sum_over_all_sets(p, seed):
    rng = np.random.default_rng(seed)
    prior = Prior(p, rng.gamma(1), rng.uniform(0.01, 0.9, N))
    left, right = (rng.random((m, N)) < p for m in (4, 3))
    expected = literal_covariance(prior, standardised(left, p), standardised(right, p), SETS)
    assert prior.covariance(left, right) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("degree", range(N + 1))
def test_covariance_of_a_degree_is_the_sum_over_its_sets(coalitions, degree):
    z = standardised(coalitions, PRIOR.p)
    expected = literal_covariance(PRIOR, z, z[:3], [s for s in SETS if len(s) == degree])
    assert PRIOR.covariance_of_degree(z, z[:3], degree) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("degree", range(N + 1))
def test_variances(degree):
    of_degree = [s for s in SETS if len(s) == degree]
    subsets = np.array(of_degree, dtype=int).reshape(len(of_degree), degree)
    expected = [2.5 * PRIOR.relevances[list(s)].prod() for s in of_degree]
    assert PRIOR.variances(subsets) == pytest.approx(expected)
    above = sum(2.5 * PRIOR.relevances[list(s)].prod() for s in SETS if len(s) > degree)
    assert PRIOR.variance_above(degree) == pytest.approx(above, abs=1e-12)


@pytest.mark.parametrize("p", [0.3, 0.5])
def test_gradient_is_that_of_finite_differences(p):
    rng = np.random.default_rng(0)
    coalitions = (rng.random((12, N)) < p).astype(float)
    outputs, noise = rng.normal(size=(12, 2)), rng.uniform(0.5, 2, 12)
    parameters = np.concatenate([[1.0, -1.0], rng.normal(size=N)])
    error = optimize.check_grad(
        lambda x: _negative_log_posterior(x, coalitions, outputs, noise, p)[0],
        lambda x: _negative_log_posterior(x, coalitions, outputs, noise, p)[1],
        parameters,
    )
    assert error < 1e-4


def test_likelihood_is_that_of_the_differences_of_values():
    """The restricted likelihood is that of contrasts, with the scale at its best value."""
    rng = np.random.default_rng(1)
    coalitions, noise = (rng.random((9, N)) < 0.3).astype(float), rng.uniform(0.5, 2, 9)
    output = rng.normal(size=(9, 1))

    def literal(parameters):
        prior = Prior(0.3, np.exp(parameters[0]), 1 / (1 + np.exp(-parameters[1] - parameters[2:])))
        covariance = prior.covariance(coalitions, coalitions) + np.diag(noise)
        contrasts = linalg.null_space(np.ones((1, 9))).T
        observed = contrasts @ output[:, 0]
        covariance = contrasts @ covariance @ contrasts.T
        scale = observed @ linalg.solve(covariance, observed) / 8
        fit = stats.multivariate_normal(cov=scale * covariance).logpdf(observed)
        return -2 * fit + 0.6 * parameters[2:] @ parameters[2:]

    left, right = (np.concatenate([[1.0, -1.0], rng.normal(size=N)]) for _ in range(2))
    found = [_negative_log_posterior(x, coalitions, output, noise, 0.3)[0] for x in (left, right)]
    assert found[0] - found[1] == pytest.approx(literal(left) - literal(right), abs=1e-9)


def test_players_that_matter_are_found():
    rng = np.random.default_rng(0)
    sample = draw_sample(20, 0.5, 100, rng)
    z = standardised(sample.coalitions, 0.5)
    outputs = 3 * z[:, [2]] + 2 * z[:, [7]] * z[:, [11]] + 0.3 * rng.normal(size=(100, 1))
    relevances = choose_prior(sample, outputs, 0.5).relevances
    assert set(np.argsort(relevances)[-3:]) == {2, 7, 11}


def test_only_the_first_coalitions_choose():
    rng = np.random.default_rng(0)
    sample = draw_sample(12, 0.5, 600, rng)
    outputs = rng.normal(size=(600, 2))
    start = Sample(sample.coalitions[:512], sample.weights[:512], is_exact=False)
    whole, part = choose_prior(sample, outputs, 0.5), choose_prior(start, outputs[:512], 0.5)
    assert whole.strength == pytest.approx(part.strength)
    assert whole.relevances == pytest.approx(part.relevances)


def test_values_that_never_change_are_no_obstacle():
    sample = draw_sample(6, 0.5, 20, np.random.default_rng(0))
    prior = choose_prior(sample, np.full((20, 1), 0.1), 0.5)
    assert np.isfinite(prior.relevances).all()
