"""The regression behind shrinkage, against conditioning all values of a small side."""

from unittest.mock import Mock

import numpy as np
import pytest
import torch
from scipy import linalg, stats
from test_kernels import ALL, N, random_prior

from shapiq_fixlip.coalitions.sampling import draw_sample, enumerate_side
from shapiq_fixlip.solver.basis import standardised
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.fitted_game import solve
from shapiq_fixlip.solver.gaussian_process import (
    GaussianProcess,
    choose_prior,
    negative_restricted_log_likelihood,
)
from shapiq_fixlip.solver.observations import Observations, evaluate_sides
from shapiq_fixlip.solver.terms import Terms

P = 0.3
PRIOR = random_prior(P)


def some_rows(m, seed=0):
    return np.sort(np.random.default_rng(seed).choice(2**N, m, replace=False))


def observe(m, d=2, seed=0):
    """Return the rows of some coalitions, the noise and the values there."""
    rng = np.random.default_rng(seed)
    return some_rows(m, seed), rng.uniform(0.5, 2, m), rng.normal(size=(m, d))


def process_of(rows, noise, values):
    return GaussianProcess(PRIOR, ALL[rows], torch.tensor(noise), torch.tensor(values))


def literal_estimate(rows, noise, values):
    """Return the posterior mean at all coalitions and its weights, with an unknown constant."""
    signal = PRIOR.covariance(ALL, ALL).numpy()
    inverse = linalg.inv(signal[np.ix_(rows, rows)] + np.diag(noise))
    constant = inverse.sum(axis=0) / inverse.sum()
    weights = signal[:, rows] @ inverse
    weights += np.outer(1 - weights.sum(axis=1), constant)
    return weights @ values, weights


@pytest.mark.parametrize("m", [9, 25])
def test_estimate_is_that_of_conditioning_all_values(m):
    rows, noise, values = observe(m)
    process = process_of(rows, noise, values)
    expected, weights = literal_estimate(rows, noise, values)
    covariances = PRIOR.covariance(ALL[rows], ALL)
    found = process.constant + covariances.T @ process.dual
    assert found.numpy() == pytest.approx(expected, abs=1e-9)
    found = process.weights(covariances[None], torch.ones(1, dtype=torch.float64))
    assert found[0].T.numpy() == pytest.approx(weights, abs=1e-9)


def test_errors_of_estimates_are_those_of_conditioning_all_values():
    rows, noise, values = observe(12)
    signal = PRIOR.covariance(ALL, ALL).numpy()
    _, weights = literal_estimate(rows, noise, values)
    observed = signal[np.ix_(rows, rows)] + np.diag(noise)
    expected = signal - weights @ signal[rows] - signal[:, rows] @ weights.T
    expected += weights @ observed @ weights.T
    covariances = PRIOR.covariance(ALL[rows], ALL)
    process = process_of(rows, noise, values)
    (found,) = process.weights(covariances[None], torch.ones(1, dtype=torch.float64))
    terms = found * (process.covariance @ found - 2 * covariances)
    assert signal.diagonal() + terms.sum(dim=0).numpy() == pytest.approx(
        expected.diagonal(), abs=1e-9
    )


def test_one_is_left_out_exactly():
    rows, noise, values = observe(14)
    process = process_of(rows, noise, values)
    lost, lost_constant = process.left_out_changes(torch.arange(14))
    signal = PRIOR.covariance(ALL, ALL[rows])
    for row in (0, 6, 13):
        others = np.delete(np.arange(14), row)
        expected, _ = literal_estimate(rows[others], noise[others], values[others])
        error = process.left_out_errors[row]
        assert error.numpy() == pytest.approx(values[row] - expected[rows[row]], abs=1e-9)
        dual = process.dual - lost[:, [row]] * error
        found = process.constant - lost_constant[row] * error + signal @ dual
        assert found.numpy() == pytest.approx(expected, abs=1e-9)


def test_constants_are_not_shrunk():
    rows, noise, values = observe(8)
    process, shifted = process_of(rows, noise, values), process_of(rows, noise, values + 1000)
    assert shifted.constant.numpy() == pytest.approx(process.constant.numpy() + 1000)
    assert shifted.dual.numpy() == pytest.approx(process.dual.numpy(), abs=1e-9)


def test_likelihood_is_that_of_the_differences_of_values():
    """The restricted likelihood is that of contrasts, with the scale at its best value."""
    rng = np.random.default_rng(1)
    output = rng.normal(size=(9, 1))
    contrasts = linalg.null_space(np.ones((1, 9))).T

    def literal(covariance):
        observed, covariance = contrasts @ output[:, 0], contrasts @ covariance @ contrasts.T
        scale = observed @ linalg.solve(covariance, observed) / 8
        return -2 * stats.multivariate_normal(cov=scale * covariance).logpdf(observed)

    def found(covariance):
        return negative_restricted_log_likelihood(torch.tensor(covariance), torch.tensor(output))[0]

    left, right = (
        random_prior(P, seed).covariance(ALL[:9], ALL[:9]).numpy() + np.eye(9) for seed in (1, 2)
    )
    assert found(left) - found(right) == pytest.approx(literal(left) - literal(right), abs=1e-9)


def test_gradient_of_the_likelihood_is_that_of_finite_differences():
    rng = np.random.default_rng(0)
    covariance = random_prior(P).covariance(ALL[:9], ALL[:9]) + torch.eye(9, dtype=torch.float64)
    outputs, step = torch.tensor(rng.normal(size=(9, 3))), torch.tensor(rng.normal(size=(9, 9)))
    step = 1e-6 * (step + step.T)
    _, gradient = negative_restricted_log_likelihood(covariance, outputs)
    after, before = (
        negative_restricted_log_likelihood(covariance + sign * step, outputs)[0] for sign in (1, -1)
    )
    assert (after - before) / 2 == pytest.approx(float((gradient * step).sum()), rel=1e-6)


def test_covariances_that_are_none_have_no_likelihood():
    value, _ = negative_restricted_log_likelihood(-torch.eye(3), torch.ones(3, 1))
    assert value == float("inf")


def drawn(n, m, p=0.5):
    sample = draw_sample(n, p, m, np.random.default_rng(0))
    return torch.tensor(sample.coalitions, dtype=torch.float64), torch.ones(m, dtype=torch.float64)


def test_players_that_matter_are_found():
    coalitions, noise = drawn(20, 100)
    z = standardised(coalitions.numpy() > 0, 0.5)
    rng = np.random.default_rng(0)
    outputs = 3 * z[:, [2]] + 2 * z[:, [7]] * z[:, [11]] + 0.3 * rng.normal(size=(100, 1))
    prior = choose_prior(coalitions, noise, torch.tensor(outputs), 0.5)
    assert set(np.argsort(prior.relevances.numpy())[-3:]) == {2, 7, 11}


def test_sizes_that_matter_are_found():
    """A normalised sum varies more among small coalitions, a sum does not."""
    coalitions, noise = drawn(20, 120)
    sums = 0.5 + coalitions @ torch.tensor(np.random.default_rng(0).normal(size=(20, 20)))
    normalised = sums / sums.norm(dim=1, keepdim=True)
    empty, full = torch.zeros(1, 20, dtype=torch.float64), torch.ones(1, 20, dtype=torch.float64)
    ratios = [
        float(prior.covariance(empty, empty) / prior.covariance(full, full))
        for prior in (choose_prior(coalitions, noise, out, 0.5) for out in (sums, normalised))
    ]
    assert 0.5 < ratios[0] < 2
    assert ratios[1] > 4


def test_values_that_never_change_are_no_obstacle():
    coalitions, noise = drawn(6, 20)
    prior = choose_prior(coalitions, noise, torch.full((20, 1), 0.1, dtype=torch.float64), 0.5)
    assert prior.relevances.isfinite().all()
    process = GaussianProcess(prior, coalitions, noise, torch.full_like(noise[:, None], 0.1))
    assert process.constant.numpy() == pytest.approx(0.1)
    assert process.dual.numpy() == pytest.approx(0, abs=1e-12)
    assert process.left_out_errors.numpy() == pytest.approx(0, abs=1e-12)


def test_the_same_values_choose_the_same_prior_bit_for_bit():
    coalitions, noise = drawn(12, 60)
    outputs = torch.tensor(np.random.default_rng(0).normal(size=(60, 5)))
    one, other = (choose_prior(coalitions, noise, outputs, 0.5) for _ in range(2))
    assert (one.relevances == other.relevances).all()
    assert one.strength == other.strength


def test_rounding_does_not_stop_a_fit():
    """Coalitions that are all but equal to the prior get more noise."""
    prior = random_prior(P)
    noise = torch.full((2**N,), 1e-30, dtype=torch.float64)
    process = GaussianProcess(
        prior, torch.cat([ALL, ALL]), noise.repeat(2), torch.ones(2**N * 2, 1, dtype=torch.float64)
    )
    assert process.dual.isfinite().all()
    assert (process.noise > noise[0]).all()


def everything_on(device):
    """What a fit of both sides tells, computed on a device."""
    rng = np.random.default_rng(0)
    samples = [draw_sample(n, 0.5, m, rng) for n, m in ((60, 200), (12, 100))]
    embeddings = []
    for sample in samples:
        n = sample.coalitions.shape[1]
        sums = 1 + sample.coalitions @ rng.normal(size=(n, 8)) * rng.gamma(0.5, size=8)
        embeddings.append(sums / np.linalg.norm(sums, axis=1, keepdims=True))
    observations = Observations(
        tuple(samples), tuple(embeddings), 0.0, (200, 100), 0.0, torch.device(device)
    )
    solution = solve(observations, faithful_index(0.5), Terms(2, (2, 2)), "shrinkage")
    errors = solution.standard_errors(np.random.default_rng(0))
    arrays = [*solution.values.values(), *errors.values()]
    arrays += [np.array(solution.r2(np.random.default_rng(0)))]
    return arrays, solution.resolved(errors)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_same_fit_and_errors():
    (on_cpu, resolved), (on_gpu, same) = everything_on("cpu"), everything_on("cuda")
    for expected, found in zip(on_cpu, on_gpu, strict=True):
        assert found == pytest.approx(expected, abs=1e-10 * np.abs(expected).max())
    assert all((resolved[sizes] == same[sizes]).all() for sizes in resolved)


def test_what_knows_no_double_precision_solves_on_the_cpu():
    side = Mock(device=torch.device("mps"), n_players=1)
    side.embed.return_value = np.ones((2, 3), dtype=np.float32)
    game = Mock(sides=(side, side), scale=1.0, bias=0.0, normalization_value=0.0)
    samples = (enumerate_side(1, 0.5), enumerate_side(1, 0.5))
    assert evaluate_sides(game, samples).device == torch.device("cpu")
