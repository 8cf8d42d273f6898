import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_fixlip import InputError
from shapiq_fixlip.approximators.budget import split_budget
from shapiq_fixlip.coalitions.sampling import distinct_rows, draw_sample, enumerate_side

probabilities = st.floats(0.02, 0.98)


@given(st.integers(1, 9), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_distinct_rows_rebuild_all_rows(n, m, seed):
    rows = np.random.default_rng(seed).random((m, n)) < 0.5
    first, inverse = distinct_rows(rows)
    assert (rows[first][inverse] == rows).all()
    assert len(first) == len(np.unique(rows, axis=0))
    assert (np.diff(first) > 0).all()


@given(st.integers(1, 8), probabilities)
def test_enumerated_weights_are_the_probabilities(n, p):
    sample = enumerate_side(n, p)
    sizes = sample.coalitions.sum(axis=1)
    assert sample.weights == pytest.approx(p**sizes * (1 - p) ** (n - sizes))
    assert len(np.unique(sample.coalitions, axis=0)) == 2**n


@given(st.integers(2, 60), st.integers(1, 50), probabilities, st.integers(0, 2**32 - 1))
def test_drawn_coalitions_are_distinct_and_within_the_budget(n, size, p, seed):
    sample = draw_sample(n, p, size, np.random.default_rng(seed))
    assert 1 <= len(sample) <= max(size, 1)
    assert len(np.unique(sample.coalitions, axis=0)) == len(sample)
    assert sample.weights.sum() == pytest.approx(1)
    assert sample.is_exact == (size >= 2**n)


def test_drawing_stops_where_nearly_all_draws_are_alike():
    sample = draw_sample(30, 1e-9, 100, np.random.default_rng(0))
    assert len(sample) < 100


def test_weights_are_the_numbers_of_draws():
    sample = draw_sample(6, 0.3, 40, np.random.default_rng(0))
    counts = sample.weights / sample.weights.min()
    assert counts == pytest.approx(counts.round())
    assert counts.max() > 1


def test_players_are_present_as_often_as_p_says():
    sample = draw_sample(40, 0.3, 4000, np.random.default_rng(0))
    frequency = sample.weights @ sample.coalitions
    assert frequency == pytest.approx(np.full(40, 0.3), abs=5 * np.sqrt(0.21 / 4000))


@pytest.mark.parametrize("budget", [2**15, 2**17, 2**21])
def test_paper_split_follows_its_formula(budget):
    n_image, n_text = 49, 8
    m_text = int(np.clip(np.ceil(np.sqrt(budget) * n_text / n_image), 4, 2**n_text))
    assert split_budget(budget, n_image, n_text, "paper") == (budget // m_text, m_text)


@given(st.integers(64, 2**22), st.integers(1, 60), st.integers(1, 60))
def test_splits_stay_within_the_budget(budget, n_first, n_second):
    for split in ("balanced", "paper"):
        try:
            first, second = split_budget(budget, n_first, n_second, split)
        except InputError:
            assert split == "paper"
            continue
        assert first * second <= budget
        assert 1 <= first <= 2**n_first
        assert 1 <= second <= 2**n_second


def test_split_does_not_depend_on_which_side_is_first():
    assert split_budget(5000, 8, 49) == split_budget(5000, 49, 8)[::-1]


def test_paper_split_of_a_budget_too_small_for_its_texts_is_refused():
    with pytest.raises(InputError, match="budget must be at least 4 .* got 3"):
        split_budget(3, 49, 8, "paper")
