"""p-faithfulness of an explanation, against the literal sum over its interactions."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from shapiq import InteractionValues
from small_games import all_coalitions, brute_force, explained, random_game, subsets_up_to

from shapiq_fixlip import FIxLIP, InputError, exact_interactions
from shapiq_fixlip.metrics import faithfulness_figures, p_faithfulness, prediction
from shapiq_fixlip.metrics.prediction import explained_values


def some_values(n, order, seed=0):
    rng = np.random.default_rng(seed)
    interactions = {players: rng.normal() for players in subsets_up_to(n, order)}
    return InteractionValues(
        interactions,
        index="FBII",
        max_order=order,
        n_players=n,
        min_order=0,
        baseline_value=interactions[()],
    )


@given(n_first=st.integers(0, 4), n_second=st.integers(0, 3), order=st.integers(0, 4))
def test_predictions_are_sums_of_the_interactions_inside(n_first, n_second, order):
    values = some_values(n_first + n_second, min(order, n_first + n_second))
    first, second = all_coalitions(n_first), all_coalitions(n_second)
    found = explained_values(values, first, second)
    assert found.shape == (len(first), len(second))
    for column, coalition in enumerate(second):
        whole = np.hstack([first, np.tile(coalition, (len(first), 1))])
        assert found[:, column] == pytest.approx(explained(values, whole))


def test_predictions_do_not_depend_on_chunks(monkeypatch):
    values, first, second = some_values(7, 3), all_coalitions(4), all_coalitions(3)
    expected = explained_values(values, first, second)
    monkeypatch.setattr(prediction, "_CHUNK", 2)
    assert explained_values(values, first, second) == pytest.approx(expected)


@pytest.mark.parametrize("index", ["FWBII", "k-SII", "SII", "SV", "BV", "Moebius"])
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_of_all_coalitions_it_is_the_weighted_coefficient_of_determination(index, p):
    game = random_game(4, 3)
    values = exact_interactions(game, index)
    coalitions = all_coalitions(7)
    sizes = coalitions.sum(axis=1)
    weights = p**sizes * (1 - p) ** (7 - sizes)
    truth = game(coalitions)
    inside = {players: value for players, value in values.interactions.items() if players}
    predicted = values.baseline_value + sum(
        value * coalitions[:, list(players)].all(axis=1) for players, value in inside.items()
    )
    mean = weights @ truth
    expected = 1 - weights @ (truth - predicted) ** 2 / (weights @ (truth - mean) ** 2)
    assert p_faithfulness(values, game, p) == pytest.approx(expected)


def test_the_faithful_index_is_most_faithful_at_its_p():
    game = random_game(4, 3)
    best = {p: p_faithfulness(exact_interactions(game, "FWBII", p=p), game, p) for p in (0.3, 0.6)}
    for p, found in best.items():
        assert found == pytest.approx(1 - _unexplained(game, brute_force(game, p, 2), p), abs=1e-9)
        for index in ("SII", "k-SII", "FBII", "SV"):
            assert p_faithfulness(exact_interactions(game, index), game, p) < found


def _unexplained(game, interactions, p):
    coalitions = all_coalitions(game.n_players)
    sizes = coalitions.sum(axis=1)
    weights = p**sizes * (1 - p) ** (game.n_players - sizes)
    predicted = sum(
        value * coalitions[:, list(players)].all(axis=1) for players, value in interactions.items()
    )
    truth = game(coalitions)
    return weights @ (truth - predicted) ** 2 / (weights @ (truth - weights @ truth) ** 2)


def test_samples_estimate_it():
    game = random_game(9, 4)
    values = exact_interactions(game, "FWBII", p=0.4)
    exact = p_faithfulness(values, game, 0.4, n_coalitions=512)
    sampled = [
        p_faithfulness(values, game, 0.4, n_coalitions=128, random_state=s) for s in range(20)
    ]
    assert len(set(sampled)) == 20
    assert np.mean(sampled) == pytest.approx(exact, abs=0.03)


def test_the_same_seed_judges_by_other_coalitions_than_the_explanation_saw():
    game = random_game(9, 4)
    values = FIxLIP(13, random_state=3).approximate(game=game, budget_image=60)
    before = game.sides[0].n_passes
    once, again = (p_faithfulness(values, game, n_coalitions=60, random_state=3) for _ in range(2))
    assert once == again
    assert 40 < game.sides[0].n_passes - before <= 60


def test_a_constant_game_has_nothing_to_explain():
    game = random_game(3, 2, scale=0.0)
    assert p_faithfulness(exact_interactions(game), game) == 1


def not_finite():
    values = exact_interactions(random_game(3, 2))
    values.interactions[(0,)], values.interactions[(1, 2)] = np.nan, np.inf
    return values


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 0}, "p must be a number greater than 0 and less than 1, got 0"),
        ({"p": "half"}, "p must be a number greater than 0"),
        ({"n_coalitions": 1}, "n_coalitions must be at least 2, got 1"),
        ({"n_coalitions": True}, "n_coalitions must be a whole number, got True"),
        ({"values": None}, "values must be InteractionValues, got None"),
        ({"values": not_finite()}, "values must be finite, got 2 values that are not"),
        ({"random_state": -1}, "random_state must be at least 0"),
        ({"game": random_game(2, 2)}, "values must be of 4 players as the game, got 5"),
        ({"game": lambda coalitions: coalitions.sum(axis=1)}, "game must be a SeparableGame"),
    ],
)
def test_bad_input_is_refused(options, message):
    game = random_game(3, 2)
    with pytest.raises(InputError, match=message):
        p_faithfulness(**{"values": exact_interactions(game), "game": game, **options})


def literal_figures(truth, predicted):
    """Every figure by its definition, with loops over pairs for the ranks."""
    signs = [
        np.sign(truth[i] - truth[j]) * np.sign(predicted[i] - predicted[j])
        for i in range(len(truth))
        for j in range(i)
    ]
    ranks = [values.argsort().argsort() for values in (truth, predicted)]
    return {
        "r2": 1 - ((truth - predicted) ** 2).sum() / ((truth - truth.mean()) ** 2).sum(),
        "mse": ((truth - predicted) ** 2).mean(),
        "mae": np.abs(truth - predicted).mean(),
        "pearson": np.corrcoef(truth, predicted)[0, 1],
        "spearman": np.corrcoef(*ranks)[0, 1],
        "kendall": np.mean(signs),
        "cosine": truth @ predicted / np.sqrt((truth @ truth) * (predicted @ predicted)),
    }


def noted(monkeypatch, game):
    """Return the coalitions of every later call of a game, as a list that grows."""
    drawn, evaluate = [], type(game).value_function

    def note(self, coalitions):
        drawn.append(coalitions)
        return evaluate(self, coalitions)

    monkeypatch.setattr(type(game), "value_function", note)
    return drawn


def test_figures_are_those_of_their_definitions(monkeypatch):
    game = random_game(12, 5)
    values = FIxLIP(17, random_state=0).approximate(game=game, budget_image=60)
    drawn = noted(monkeypatch, game)
    found = faithfulness_figures(values, game, n_coalitions=50, random_state=0)
    (coalitions,) = drawn
    assert len(np.unique(coalitions, axis=0)) == 50  # so that no ranks are shared
    truth, predicted = game(coalitions), explained(values, coalitions)
    assert dataclasses.asdict(found) == pytest.approx(literal_figures(truth, predicted))


@pytest.mark.parametrize("p", [0.3, "shapley"])
def test_the_empty_and_the_full_coalition_are_forced_in(p, monkeypatch):
    game = random_game(8, 4)
    values = FIxLIP(12, random_state=0).approximate(game=game, budget_image=60)
    drawn = noted(monkeypatch, game)
    for with_ends in (False, True):
        faithfulness_figures(values, game, p, n_coalitions=40, with_ends=with_ends, random_state=0)
    plain, forced = drawn
    assert len(forced) == len(plain) == 40
    assert not forced[0].any()
    assert forced[1].all()
    assert (forced[2:] == plain[2:]).all()
    assert not (plain.all(axis=1) | ~plain.any(axis=1)).any()
    with pytest.raises(InputError, match="with_ends must be True or False, got 2"):
        faithfulness_figures(values, game, with_ends=2)


@pytest.mark.parametrize("at", [0.3, 0.5, "shapley"])
def test_figures_approach_those_of_all_coalitions(at):
    game = random_game(4, 3)
    values = exact_interactions(game, "FWBII", p=0.3)
    coalitions = all_coalitions(7)
    sizes = coalitions.sum(axis=1)
    if at == "shapley":
        with np.errstate(divide="ignore"):
            weights = 1 / (special.comb(7, sizes) * sizes * (7 - sizes))
        weights[[0, -1]] = 0
    else:
        weights = at**sizes * (1 - at) ** (7 - sizes)
    truth, predicted = game(coalitions), explained(values, coalitions)
    errors = truth - predicted
    mean = np.average(truth, weights=weights)
    expected = 1 - weights @ errors**2 / (weights @ (truth - mean) ** 2)
    found = faithfulness_figures(values, game, at, n_coalitions=20_000, random_state=0)
    assert found.r2 == pytest.approx(expected, abs=0.02)
    assert found.mse == pytest.approx(np.average(errors**2, weights=weights), rel=0.05)
    if at != "shapley":
        assert found.r2 == pytest.approx(p_faithfulness(values, game, at), abs=0.02)


def test_figures_of_a_perfect_explanation_are_the_best():
    game = random_game(2, 2)
    found = faithfulness_figures(exact_interactions(game, "Moebius", 4), game, random_state=0)
    best = {"mse": 0, "mae": 0, "r2": 1, "pearson": 1, "spearman": 1, "kendall": 1, "cosine": 1}
    assert dataclasses.asdict(found) == pytest.approx(best, abs=1e-9)


def test_figures_of_what_does_not_vary_are_not_numbers():
    constant = random_game(3, 2, scale=0.0)
    found = faithfulness_figures(exact_interactions(constant), constant, random_state=0)
    assert (found.r2, found.mse, found.mae) == (1, 0, 0)
    assert np.isnan([found.pearson, found.spearman, found.kendall, found.cosine]).all()


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (1.0, "p must be a number greater than 0 and less than 1, got 1.0"),
        ("banzhaf", "p must be a number greater than 0"),
    ],
)
def test_figures_refuse_other_coalitions(at, message):
    game = random_game(3, 2)
    with pytest.raises(InputError, match=message):
        faithfulness_figures(exact_interactions(game), game, at)
