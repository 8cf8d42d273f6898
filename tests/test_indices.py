import warnings

import numpy as np
import pytest
from shapiq import InteractionValues
from shapiq.game_theory import indices as shapiq_indices

from shapiq_fixlip.results.indices import FWBII, faithful_banzhaf_index


@pytest.mark.parametrize(("p", "index"), [(0.5, "FBII"), (0.3, "FWBII"), (0.501, "FWBII")])
def test_only_one_half_is_what_shapiq_calls_faithful_banzhaf(p, index):
    assert faithful_banzhaf_index(p) == index


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
