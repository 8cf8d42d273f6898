"""A sweep over p: every p from the same passes, as good as the passes allow, or refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats
from small_games import random_game, smooth_game

from shapiq_fixlip import Explanation, FIxLIP, InputError, exact_interactions, sweep_p
from shapiq_fixlip.coalitions.sampling import draw_mixture, probabilities
from shapiq_fixlip.plot import sweep_plot

TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


@pytest.fixture(scope="module")
def game():
    return smooth_game()


@pytest.fixture(scope="module")
def sweep(game):
    return sweep_p(game, budget_image=500, random_state=0)


def agreement(values, exact, order):
    keys = [players for players in exact.interactions if len(players) == order]
    return np.corrcoef([values[k] for k in keys], [exact[k] for k in keys])[0, 1]


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_every_p_agrees_with_its_exact_interactions(game, estimator):
    sweep = sweep_p(game, budget_image=700, estimator=estimator, random_state=0)
    assert list(sweep.explanations) == TENTHS
    for p, explanation in sweep.explanations.items():
        values = explanation.values
        exact = exact_interactions(game, "FWBII", 2, p)
        assert values.index == exact.index == ("FBII" if p == 0.5 else "FWBII")
        assert agreement(values, exact, 1) > 0.99
        assert agreement(values, exact, 2) > 0.97


def test_passes_are_made_once():
    game = random_game(10, 4)
    before = [side.n_passes for side in game.sides]
    sweep = sweep_p(game, budget_image=300, random_state=0)
    after = [side.n_passes for side in game.sides]
    # the empty and the full coalition are known from building the game
    assert np.subtract(after, before) == pytest.approx(sweep.passes, abs=2)
    assert sweep.passes[0] <= 300
    assert sweep.passes[1] == 16


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_where_all_is_evaluated_it_is_exact(p):
    game = random_game(5, 3)
    sweep = sweep_p(game, [p])
    exact = exact_interactions(game, "FWBII", 2, p)
    found = sweep.explanations[p].values
    for players, value in found.interactions.items():
        assert value == pytest.approx(exact[players], abs=1e-8)
    assert found.estimated is False
    assert sweep.explanations[p].run.is_exact


def test_effective_sizes_are_those_of_literal_weights():
    draws = draw_mixture(8, (0.2, 0.6), 100, np.random.default_rng(0))
    rows = np.repeat(draws.coalitions, draws.counts.astype(int), axis=0)
    assert len(rows) == 100
    mixture = (probabilities(rows, 0.2) + probabilities(rows, 0.6)) / 2
    weights = probabilities(rows, 0.4) / mixture
    expected = weights.sum() ** 2 / (weights**2).sum()
    assert draws.effective_size(0.4) == pytest.approx(expected)
    assert draws.at(0.4).weights.sum() == pytest.approx(1)


def test_reweighted_sizes_follow_the_law():
    draws = draw_mixture(30, (0.2, 0.5, 0.8), 60_000, np.random.default_rng(0))
    sample = draws.at(0.35)
    sizes = np.bincount(sample.coalitions.sum(axis=1), weights=sample.weights, minlength=31)
    assert sizes == pytest.approx(stats.binom.pmf(np.arange(31), 30, 0.35), abs=0.01)


def test_one_probability_is_as_good_as_drawing_there(game):
    sweep = sweep_p(game, [0.4], budget_image=300, random_state=0)
    draws = sweep.quality.loc[0.4, "effective_image"]
    assert draws == pytest.approx(300)
    direct = FIxLIP(17, p=0.4, random_state=1).approximate(game=game, budget_image=300)
    assert agreement(sweep.explanations[0.4].values, direct, 2) > 0.98


def test_p_far_from_the_draws_is_refused_before_any_pass(game):
    before = game.sides[0].n_passes
    with pytest.raises(
        InputError, match=r"budget_image must give at least 16 effective .* p = 0.9"
    ):
        sweep_p(game, [0.5, 0.9], drawn_at=[0.2], budget_image=300, random_state=0)
    assert game.sides[0].n_passes == before
    near = sweep_p(game, [0.3], drawn_at=[0.35], budget_image=300, random_state=0)
    assert 16 < near.quality.loc[0.3, "effective_image"] < 300


def test_least_squares_needs_as_many_effective_coalitions_as_columns(game):
    with pytest.raises(InputError, match="at least 79 effective coalitions at every p, got"):
        sweep_p(game, budget_image=256, estimator="least_squares", random_state=0)


def test_the_same_seed_gives_the_same_bits(game):
    runs = [sweep_p(game, [0.3, 0.6], budget_image=100, random_state=5) for _ in range(2)]
    for p in (0.3, 0.6):
        first, second = (run.explanations[p].values.values for run in runs)
        assert (first == second).all()


def test_table_has_a_column_for_each_p(sweep):
    table = sweep.interactions()
    assert table.columns.tolist() == ["name", "kind", "players", *TENTHS]
    assert len(table) == len(sweep.explanations[0.5].values.interactions) - 1
    row = table.iloc[0]
    assert row[0.7] == sweep.explanations[0.7].values[row["players"]]
    largest = table[TENTHS].abs().max(axis=1)
    assert (np.diff(largest) <= 0).all()


def test_plot_draws_the_strongest_pairs(sweep):
    figure, axes = sweep_plot(sweep.explanations, n_strongest=5)
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) == 9]
    assert len(lines) == 5
    table = sweep.interactions()
    strongest = table[table["players"].map(len) == 2].iloc[0]
    assert lines[0].get_label() == strongest["name"]
    assert lines[0].get_ydata() == pytest.approx(strongest[TENTHS].astype(float).to_numpy())
    figure.canvas.draw()


def test_plot_of_single_players(game):
    sweep = sweep_p(game, [0.3, 0.7], max_order=1, random_state=0)
    _, axes = sweep.plot()
    assert len(axes.get_lines()) == 9
    assert plt.get_fignums()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ps": []}, "ps must have at least one number, got none"),
        ({"ps": [0.5, 1.0]}, "ps must be a number greater than 0 and less than 1"),
        ({"ps": 0.5}, "ps must be a list of numbers, got 0.5"),
        ({"ps": ["half"]}, "ps must be a list of numbers"),
        ({"drawn_at": [0]}, "drawn_at must be a number greater than 0 and less than 1"),
        ({"max_order": 18}, r"max_order must be 1 to the number of players \(17\), got 18"),
        ({"estimator": "ols"}, "estimator must be 'shrinkage' or 'least_squares'"),
        ({"budget_image": 0}, "budget_image must be at least 1, got 0"),
        ({"budget_image": 40}, "budget_image must give at least 16 effective"),
        ({"random_state": -1}, "random_state must be at least 0"),
    ],
)
def test_bad_options_are_refused(game, options, message):
    with pytest.raises(InputError, match=message):
        sweep_p(game, **{"random_state": 0, **options})


def test_other_games_are_refused(sweep):
    with pytest.raises(InputError, match="game must be a SeparableGame, got <built-in"):
        sweep_p(len)
    mixed = {0.3: Explanation(random_game(4, 3), sweep.explanations[0.3].values)}
    with pytest.raises(InputError, match="values must be of 7 players as the game, got 17"):
        sweep_plot(mixed)
    with pytest.raises(InputError, match="explanations must be at least one, got none"):
        sweep_plot({})
    with pytest.raises(InputError, match="n_strongest must be at least 1, got 0"):
        sweep.plot(n_strongest=0)


def test_one_player_has_interactions_of_one():
    sweep = sweep_p(random_game(1, 0), [0.3])
    assert sweep.explanations[0.3].values.max_order == 1
