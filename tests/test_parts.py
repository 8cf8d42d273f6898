"""Parts of interactions of a Gaussian process, against derivatives of all its values."""

import numpy as np
import pytest
import torch
from test_kernels import ALL, N, random_prior

from shapiq_fixlip.solver.basis import standardised, subsets_up_to
from shapiq_fixlip.solver.derivative_index import DerivativeIndex, faithful_index, taylor_index
from shapiq_fixlip.solver.derivatives import derivatives_of
from shapiq_fixlip.solver.diffuse import Diffuse
from shapiq_fixlip.solver.mixture import white_noise
from shapiq_fixlip.solver.parts import Parts, PriorCovariances
from shapiq_fixlip.solver.set_chunks import ListedSets
from shapiq_fixlip.solver.symmetric import symmetric, symmetric_of_two, without, without_of_two

P = 0.3
INDICES = {
    "faithful": faithful_index(P),
    "SII": DerivativeIndex((0.2, 0.9), ((0.4, 0.6),), (0.0, 0.0)),
    "STII": taylor_index(3, 2),
    "k-SII": DerivativeIndex((0.2, 0.9), ((0.4, 0.6),), (-0.5, -0.5)),
}
SIZES = [(size, degree) for degree in (1, 2, 3) for size in range(degree + 1)]


def literal_parts(values, index, size, max_degree):
    """Return the parts of functions with values ``(2^n, d)``, of shape ``(parts, q, d)``."""
    subsets = subsets_up_to(N, max_degree)
    parts = []
    for node, factor in zip(index.nodes, index.factors, strict=True):
        for degree in range(size, max_degree + 1):
            derivatives = derivatives_of(values, [subsets[degree]], node)
            is_inside = [
                [set(players) <= set(larger) for larger in subsets[degree].tolist()]
                for players in subsets[size].tolist()
            ]
            parts.append(factor ** (degree - size) * np.array(is_inside) @ derivatives)
    return np.stack(parts)


def literal_covariances(covariance, index, size, max_degree):
    """Return the covariances of parts with values and, for each set, with each other."""
    with_values = literal_parts(covariance, index, size, max_degree)
    each_other = [
        np.einsum("sqq->sq", literal_parts(part.T, index, size, max_degree)) for part in with_values
    ]
    return with_values.transpose(0, 2, 1), np.stack(each_other).transpose(2, 0, 1)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize(("size", "max_degree"), SIZES)
@pytest.mark.parametrize("is_noise", [False, True])
def test_covariances_are_those_of_derivatives_of_all_values(name, size, max_degree, is_noise):
    prior = random_prior(P)
    mixture = white_noise(N, ALL) if is_noise else prior.mixture()
    covariance = np.eye(2**N) if is_noise else prior.covariance(ALL, ALL).numpy()
    parts = Parts(INDICES[name], max_degree)
    subsets = torch.as_tensor(subsets_up_to(N, size)[size])
    expected = literal_covariances(covariance, INDICES[name], size, max_degree)
    found = list(parts.covariances(mixture, ALL, size))
    listed = torch.cat([some.without_fillers(some.players) for some, _ in found])
    assert listed.tolist() == subsets.tolist()
    with_values = torch.cat(
        [some.without_fillers(of_some, dim=2) for some, of_some in found], dim=2
    )
    each_other = PriorCovariances(parts, mixture, size).of(subsets)
    for one, other in zip((with_values, each_other), expected, strict=True):
        assert one.numpy() == pytest.approx(other, abs=1e-10)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize(("size", "max_degree"), SIZES)
def test_coefficients_of_a_diffuse_function_have_the_same_variances_and_correlations(
    name, size, max_degree
):
    z = standardised(ALL.numpy() > 0, P)
    sets = subsets_up_to(N, max_degree)[max_degree]
    products = np.stack([z[:, players].prod(axis=1) for players in sets], axis=1)
    sums = products.sum(axis=1)
    alike = 0.03 ** (max_degree / 2)
    covariance = ((1 - alike) * products @ products.T + alike * np.outer(sums, sums)) / len(sets)
    diffuse = Diffuse(INDICES[name], max_degree, P)
    subsets = torch.as_tensor(subsets_up_to(N, size)[size])
    with_values, each_other = literal_covariances(covariance, INDICES[name], size, max_degree)
    assert diffuse.value_covariance(ALL).numpy() == pytest.approx(covariance, abs=1e-10)
    scales, sums = diffuse.part_value_covariances(ALL, ListedSets(subsets))
    found = scales[:, None, None] * sums
    assert found.numpy() == pytest.approx(with_values, abs=1e-10)
    prior = np.broadcast_to(diffuse.part_covariance(N, size).numpy(), each_other.shape)
    assert prior == pytest.approx(each_other, abs=1e-10)


def test_degrees_of_a_function_are_those_of_its_derivatives():
    """And all degrees together are the function."""
    covariance = random_prior(P).covariance(ALL, ALL).numpy()
    found = (
        Parts(faithful_index(P), N)
        .degree_covariances(random_prior(P).mixture(), ALL[:6], ALL)
        .numpy()
    )
    for degree, players in enumerate(subsets_up_to(N, N)):
        changes = (ALL[:6].numpy() - P)[:, players].prod(axis=2)
        expected = changes @ derivatives_of(covariance, [players], P)
        assert found[degree] == pytest.approx(expected, abs=1e-10)
    assert found.sum(axis=0) == pytest.approx(covariance[:6], abs=1e-9)


def test_sums_over_all_pairs():
    mixture, dual = random_prior(P).mixture(), torch.rand(2, 2**N, dtype=torch.float64)
    parts = Parts(INDICES["SII"], 2)
    ((subsets, covariances),) = parts.covariances(mixture, ALL, 2)
    expected = subsets.without_fillers(torch.einsum("pmq,pm->q", covariances, dual))
    assert parts.of_all_pairs(mixture, ALL, dual).numpy() == pytest.approx(expected.numpy())


def test_symmetric_polynomials_are_sums_over_sets():
    rng = np.random.default_rng(0)
    numbers = torch.tensor(rng.normal(size=(2, N)))
    found = symmetric(numbers, 3)
    for degree, sets in enumerate(subsets_up_to(N, 3)):
        assert found[degree].numpy() == pytest.approx(
            numbers.numpy()[:, sets].prod(axis=2).sum(axis=1)
        )
    left = without(found, numbers[..., [[1, 4]]])[..., 0]
    assert left.numpy() == pytest.approx(symmetric(numbers[:, [0, 2, 3]], 3).numpy())


def test_symmetric_polynomials_of_two_numbers_are_coefficients():
    rng = np.random.default_rng(0)
    numbers = tuple(torch.tensor(rng.normal(size=N)) for _ in range(3))
    found = symmetric_of_two(*numbers, N).numpy()
    for y, w in rng.normal(size=(4, 2)):
        expected = np.prod(
            [1 + y * a + w * b + y * w * c for a, b, c in zip(*numbers, strict=True)]
        )
        powers = np.power.outer([y, w], np.arange(N + 1))
        assert powers[0] @ found @ powers[1] == pytest.approx(expected)
    left = without_of_two(symmetric_of_two(*numbers, 2), numbers, torch.tensor([[1, 4]]))[..., 0]
    others = tuple(of_players[[0, 2, 3]] for of_players in numbers)
    assert left.numpy() == pytest.approx(symmetric_of_two(*others, 2).numpy())
