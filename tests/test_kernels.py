"""The prior of a side, against literal products and sums over players."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shapiq_fixlip.coalitions.sampling import enumerate_coalitions
from shapiq_fixlip.solver.basis import standardised
from shapiq_fixlip.solver.kernels import Prior, prior_of
from shapiq_fixlip.solver.mixture import white_noise

N = 5
ALL = torch.tensor(enumerate_coalitions(N), dtype=torch.float64)


def random_prior(p, seed=0):
    rng = np.random.default_rng(seed)
    shapes = [rng.normal(), rng.normal() - 1, rng.uniform(-3, 1), rng.uniform(-2, 2)]
    return prior_of(torch.tensor([*shapes, *rng.normal(size=N)]), p)


@given(st.floats(0.05, 0.95), st.integers(0, 1000))
def test_covariance_is_the_formula(p, seed):
    prior = random_prior(p, seed)
    left, right = ALL[[0, 7, 31]], ALL[[5, 31]]
    z, z_right = standardised(left.numpy() > 0, p), standardised(right.numpy() > 0, p)
    found = prior.covariance(left, right)
    for i, j in np.ndindex(3, 2):
        size = float((left[i] + right[j]) @ prior.shares)
        of_sizes = sum(
            float(weight) * math.exp(-float(rate) * size / 2)
            for weight, rate in zip(prior.size_weights, prior.size_rates, strict=True)
        )
        product = np.prod(1 + prior.relevances.numpy() * z[i] * z_right[j])
        assert float(found[i, j]) == pytest.approx(float(prior.strength) * product * of_sizes)


@pytest.mark.parametrize("p", [0.3, 0.5])
def test_mixture_is_the_same_covariance(p):
    prior = random_prior(p)
    mixture = prior.mixture()
    present = ALL.long()
    factors = mixture.tables[:, torch.arange(N), present[:, None], present]
    found = torch.einsum("r,rab->ab", mixture.weights, factors.prod(dim=3))
    assert found.numpy() == pytest.approx(prior.covariance(ALL, ALL).numpy())


def test_white_noise_is_independent_at_all_coalitions():
    mixture = white_noise(N, ALL)
    present = ALL.long()
    factors = mixture.tables[:, torch.arange(N), present[:, None], present]
    assert (factors.prod(dim=3)[0].numpy() == np.eye(2**N)).all()


@pytest.mark.parametrize("exponent", [0.1, 1.0, 4.0])
@pytest.mark.parametrize("shift", [0.2, 1.0, 5.0])
def test_sizes_matter_as_a_power_does(exponent, shift):
    """The exponentials stand for a power of the size, relative to that of an average size."""
    shapes = [0.0, -40.0, math.log(exponent), math.log(shift)]
    prior = prior_of(torch.tensor([*shapes, *[0.0] * N], dtype=torch.float64), 0.5)
    sizes = (ALL @ prior.shares).numpy()
    assert prior.shares.sum() * 0.5 == pytest.approx(1)
    found = prior.covariance(ALL, ALL).numpy()
    mean_sizes = (sizes[:, None] + sizes) / 2
    assert found == pytest.approx(((shift + mean_sizes) / (shift + 1)) ** -exponent, rel=0.06)


def test_at_one_half_it_is_a_hamming_kernel():
    relevances = torch.tensor([0.5, 0.02, 0.9, 0.1, 0.3], dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    prior = Prior(0.5, one[0], relevances, one, 0 * one, one)
    rates = np.log((1 + relevances.numpy()) / (1 - relevances.numpy()))
    differs = (ALL[:, None] != ALL).numpy()
    assert prior.covariance(ALL, ALL).numpy() == pytest.approx(
        np.prod(1 + relevances.numpy()) * np.exp(-(differs * rates).sum(axis=2))
    )
