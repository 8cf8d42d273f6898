from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_fixlip.coalitions.sampling import enumerate_side
from shapiq_fixlip.solver.basis import DegreeBasis, standardised

sizes = st.integers(0, 6)
degrees = st.integers(0, 4)
probabilities = st.floats(0.1, 0.9)


@given(sizes, probabilities, degrees)
def test_products_are_orthonormal_under_the_sampling_law(n, p, degree):
    sample = enumerate_side(n, p)
    basis = DegreeBasis(n, p, degree)
    columns = basis.columns(standardised(sample.coalitions, p))
    gram = columns.T @ (sample.weights[:, None] * columns)
    assert gram == pytest.approx(np.eye(basis.ends[-1]), abs=1e-9)


@given(sizes, probabilities, degrees, st.integers(0, 2**32 - 1))
def test_interactions_describe_the_same_function(n, p, degree, seed):
    coalitions = enumerate_side(n, p).coalitions
    basis = DegreeBasis(n, p, degree)
    coefficients = np.random.default_rng(seed).normal(size=(basis.ends[-1], 3))
    indicators = np.hstack(
        [coalitions[:, subsets].all(axis=2).astype(float) for subsets in basis.subsets]
    )
    function = basis.columns(standardised(coalitions, p)) @ coefficients
    assert indicators @ basis.interactions(coefficients) == pytest.approx(function, abs=1e-6)


def test_subsets_are_listed_by_degree_then_lexicographically():
    basis = DegreeBasis(5, 0.5, 3)
    listed = [tuple(players) for subsets in basis.subsets for players in subsets.tolist()]
    assert listed == [s for size in range(4) for s in combinations(range(5), size)]
    assert basis.ends == [1, 6, 16, 26]
