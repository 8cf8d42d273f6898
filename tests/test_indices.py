import warnings

import numpy as np
import pytest
from shapiq import InteractionValues
from shapiq.game_theory import indices as shapiq_indices

from shapiq_fixlip.results.indices import FWBII, index_at


@pytest.mark.parametrize(
    ("index", "p", "expected"),
    [
        ("FWBII", 0.5, "FBII"),
        ("FWBII", 0.3, "FWBII"),
        ("FWBII", 0.501, "FWBII"),
        ("WBII", 0.5, "BII"),
        ("WBII", 0.4, "WBII"),
        ("FBII", 0.5, "FBII"),
        ("Fourier", 0.5, "Fourier"),
    ],
)
def test_only_one_half_is_what_shapiq_calls_banzhaf(index, p, expected):
    assert index_at(index, p) == expected


def test_shapiq_accepts_the_index_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = InteractionValues(
            np.array([0.5, 1.0, 2.0]),
            index=FWBII,
            max_order=1,
            n_players=2,
            min_order=0,
            baseline_value=0.5,
        )
    assert values.index == "BV"  # what shapiq does with a Banzhaf index at order 1
    assert shapiq_indices.is_index_valid(FWBII)
    assert shapiq_indices.index_generalizes_bv(FWBII)
