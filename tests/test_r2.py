"""The coefficient of determination."""

import math

import numpy as np
import pytest

from shapiq_fixlip.solver.r2 import r2_of_sums, weighted_r2


def test_rounding_makes_no_more_than_one():
    assert r2_of_sums(unexplained=-2.2e-6, total=1.0, square=1.0) == 1.0


@pytest.mark.parametrize(
    ("unexplained", "total", "r2"), [(0.0, 2.0, 1.0), (2.0, 2.0, 0.0), (3.0, 2.0, -0.5)]
)
def test_it_is_the_explained_share(unexplained, total, r2):
    assert r2_of_sums(unexplained=unexplained, total=total, square=9.0) == r2


def test_constant_values_are_predicted_or_not():
    ones, weights = np.ones(3), np.full(3, 1 / 3)
    assert weighted_r2(ones, ones, weights) == 1.0
    assert math.isnan(weighted_r2(ones, ones + 0.1, weights))
