"""Intervals and stabilities from standard errors, and the table that shows them."""

import numpy as np
import pytest
from scipy import stats
from small_games import random_game

from shapiq_fixlip import FIxLIP, InputError, interaction_table
from shapiq_fixlip.results.intervals import error_bars


@pytest.fixture(scope="module")
def run():
    game = random_game(9, 4)
    fixlip = FIxLIP(13, random_state=0)
    return game, fixlip.approximate(game=game, budget_image=60), fixlip.standard_errors()


def test_intervals_have_the_level():
    table = error_bars(np.array([2.0, -1.0]), np.array([0.5, 0.1]), level=0.9)
    assert table["low"].tolist() == pytest.approx(stats.norm.ppf(0.05, [2, -1], [0.5, 0.1]))
    assert table["high"].tolist() == pytest.approx(stats.norm.ppf(0.95, [2, -1], [0.5, 0.1]))


def test_sign_stability_is_the_probability_of_the_sign():
    table = error_bars(np.array([1.0, -1.0, 0.0]), np.array([1.0, 0.5, 1.0]))
    expected = [stats.norm.sf(0, 1, 1), stats.norm.cdf(0, -1, 0.5), 0.5]
    assert table["sign_stability"].tolist() == pytest.approx(expected)


def test_rank_stability_is_that_of_all_drawn_anew():
    rng = np.random.default_rng(1)
    values, errors = rng.normal(size=40), rng.uniform(0, 0.5, 40)
    drawn = np.abs(values + errors * rng.normal(size=(20_000, 40)))
    among = drawn >= np.sort(drawn, axis=1)[:, -10:-9]
    found = error_bars(values, errors)["rank_stability"]
    assert found.to_numpy() == pytest.approx(among.mean(axis=0), abs=0.03)
    assert found.sum() == pytest.approx(10)


def test_rank_stability_of_many_is_that_of_all_drawn_anew():
    rng = np.random.default_rng(2)
    values, errors = rng.normal(size=2000) ** 3, rng.uniform(0, 2, 2000)
    errors[:200] = 0
    drawn = np.abs(values + errors * rng.normal(size=(4000, 2000)))
    among = drawn >= np.sort(drawn, axis=1)[:, -10:-9]
    found = error_bars(values, errors)["rank_stability"]
    assert found.to_numpy() == pytest.approx(among.mean(axis=0), abs=0.04)
    assert found.sum() == pytest.approx(10)


def test_exact_values_are_certain():
    table = error_bars(np.arange(1.0, 31), np.zeros(30))
    assert (table["sign_stability"] == 1).all()
    assert table["rank_stability"].tolist() == [0] * 20 + [1] * 10
    assert (table["low"] == table["high"]).all()


def test_unknown_errors_stay_unknown():
    table = error_bars(np.arange(1.0, 31), np.full(30, np.nan))
    assert table[["low", "high", "sign_stability", "rank_stability"]].isna().all(axis=None)


def test_table_shows_the_errors_of_its_rows(run):
    game, values, errors = run
    table = interaction_table(values, game, errors)
    for row in table.itertuples():
        assert row.standard_error == errors[row.players]
        assert row.low < row.value < row.high
    assert "standard_error" not in interaction_table(values, game)


@pytest.mark.parametrize("level", [0, 1, -0.5, "high", float("nan")])
def test_bad_levels_are_refused(run, level):
    game, values, errors = run
    with pytest.raises(
        InputError, match="level must be a number greater than 0 and less than 1, got"
    ):
        interaction_table(values, game, errors, level=level)


def test_errors_of_another_game_are_refused(run):
    game, values, _ = run
    fixlip = FIxLIP(5, random_state=0)
    fixlip.approximate(100, random_game(3, 2))
    with pytest.raises(InputError, match="standard_errors must be of 13 players .* got 5"):
        interaction_table(values, game, fixlip.standard_errors())


def test_every_interaction_needs_an_error(run):
    game, values, _ = run
    of_players = FIxLIP(13, 1, random_state=0)
    of_players.approximate(game=game, budget_image=60)
    with pytest.raises(InputError, match=r"for each interaction of values, got none for \(0, 1\)"):
        interaction_table(values, game, of_players.standard_errors())
