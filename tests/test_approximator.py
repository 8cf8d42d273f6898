import numpy as np
import pytest
from shapiq import Game
from small_games import TableSide, all_coalitions, explained, random_game

from shapiq_fixlip import FIxLIP, InputError, SeparableGame


def held_out_r2(values, game, p, seed=0, m=4000):
    coalitions = np.random.default_rng(seed).random((m, game.n_players)) < p
    truth = game(coalitions)
    return 1 - np.mean((truth - explained(values, coalitions)) ** 2) / np.var(truth)


def smooth_game(n_first=12, n_second=5, seed=0):
    """A game whose embeddings are sums over players and pairs, so that few passes say much."""

    def table(n, seed):
        rng = np.random.default_rng(seed)
        coalitions = all_coalitions(n).astype(float)
        singles, pairs = rng.normal(size=(n, 8)), rng.normal(size=(n, n, 8)) * 0.15
        sums = 1.5 + coalitions @ singles
        sums += np.einsum("mi,mj,ijd->md", coalitions, coalitions, pairs)
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)

    return SeparableGame(
        TableSide(table(n_first, seed), prefix="patch", batch_size=64),
        TableSide(table(n_second, seed + 1)),
        scale=20.0,
    )


@pytest.mark.parametrize("p", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_cross_validated_faithfulness_foretells_that_of_new_coalitions(p, estimator):
    game = smooth_game()
    fixlip = FIxLIP(17, 2, p=p, estimator=estimator, random_state=0)
    values = fixlip.approximate(game=game, budget_image=200)
    assert fixlip.report.faithfulness == pytest.approx(held_out_r2(values, game, p), abs=0.05)
    assert not fixlip.report.is_exact
    assert values.estimated


def test_faithfulness_of_an_exact_explanation_is_that_of_the_whole_law():
    game = random_game(4, 3)
    fixlip = FIxLIP(7, 2, p=0.5)
    values = fixlip.approximate(10**6, game)
    coalitions = all_coalitions(7)
    truth = game(coalitions)
    expected = 1 - np.mean((truth - explained(values, coalitions)) ** 2) / np.var(truth)
    assert fixlip.report.faithfulness == pytest.approx(expected)


def test_shrinkage_needs_fewer_passes_than_least_squares():
    game = smooth_game()
    fits = {}
    for estimator, passes in (("shrinkage", 60), ("least_squares", 90)):
        fixlip = FIxLIP(17, 2, estimator=estimator, random_state=0)
        values = fixlip.approximate(game=game, budget_image=passes)
        fits[estimator] = held_out_r2(values, game, 0.5)
    assert fits["shrinkage"] > fits["least_squares"]


def test_report_tells_passes_and_seconds():
    game = random_game(9, 4)
    fixlip = FIxLIP(13, 2, random_state=0)
    values = fixlip.approximate(game=game, budget_image=50, budget_text=1000)
    assert fixlip.report.passes == (50, 16)
    assert values.estimation_budget == 800
    assert fixlip.report.seconds_encoder > 0
    assert fixlip.report.seconds_solver > 0


def test_default_is_256_passes_of_each_side():
    fixlip = FIxLIP(19, 1, random_state=0)
    fixlip.approximate(game=random_game(10, 9))
    assert fixlip.report.passes == (256, 256)


@pytest.mark.parametrize(("split", "passes"), [("balanced", (32, 31)), ("paper", (55, 18))])
def test_budget_is_split(split, passes):
    fixlip = FIxLIP(14, 1, random_state=0)
    fixlip.approximate(1000, random_game(9, 5), split=split)
    assert fixlip.report.passes == passes


def test_there_is_no_report_before_the_first_run():
    with pytest.raises(RuntimeError, match="no report"):
        _ = FIxLIP(4).report


def test_approximator_can_be_called_as_those_of_shapiq():
    game = random_game(4, 3)
    assert (FIxLIP(7)(10**6, game).values == FIxLIP(7).approximate(10**6, game).values).all()


def test_values_describe_the_game_as_called():
    centred, raw = random_game(4, 3), random_game(4, 3, normalize=False)
    left, right = (FIxLIP(7).approximate(10**6, game) for game in (centred, raw))
    assert right[()] - left[()] == pytest.approx(raw.empty_value)
    assert right[(0, 5)] == pytest.approx(left[(0, 5)])


def test_many_more_columns_than_coalitions_are_no_obstacle_to_shrinkage():
    """All pairs of 256 players from 64 coalitions, without a matrix of all columns."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=256)
    fixlip = FIxLIP(256, 2, random_state=0)
    values = fixlip.approximate(64, lambda coalitions: coalitions @ weights)
    assert len(values.interactions) == 1 + 256 + 256 * 255 // 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 0.0}, "p must be greater than 0 and less than 1, got 0.0"),
        ({"p": 1}, "p must be greater than 0 and less than 1, got 1"),
        ({"p": float("nan")}, "p must be .* got nan"),
        ({"max_order": 0}, "max_order must be at least 1, got 0"),
        ({"max_order": 9}, r"max_order must be 1 to the number of players \(8\), got 9"),
        ({"estimator": "ols"}, "estimator must be 'shrinkage' or 'least_squares', got 'ols'"),
        ({"max_order": 1, "cross_modal_only": True}, "cross_modal_only must be False"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        FIxLIP(8, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "game must be a game"),
        ({"game": random_game(3, 2), "budget": 99}, "game must have 12 players .* got 5"),
        (
            {"game": random_game(7, 5), "budget": 99, "budget_image": 9},
            "budget must be given alone",
        ),
        ({"game": random_game(7, 5), "budget_image": 3}, "at least 8 coalitions .* got 3"),
        ({"game": random_game(7, 5), "budget": 0}, "budget must be at least 1"),
        ({"game": random_game(7, 5), "budget_text": -1}, "at least 8 coalitions .* got -1"),
        ({"game": random_game(7, 5), "budget": 99, "split": "half"}, "split must be"),
        ({"game": lambda c: c.sum(axis=1)}, "budget must be given, alone"),
        ({"game": lambda c: c.sum(axis=1), "budget_image": 9}, "budget must be given, alone"),
        ({"game": lambda c: c.sum(axis=1) / 0.0, "budget": 99}, "finite values, got 99"),
        ({"game": lambda c: c.sum(axis=1), "budget": 5}, "at least 8 coalitions .* got 5"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_bad_runs_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        FIxLIP(12).approximate(**arguments)


def test_cross_modal_interactions_need_two_sides():
    with pytest.raises(InputError, match="cross_modal_only must be False for a game that is not"):
        FIxLIP(5, cross_modal_only=True).approximate(32, Game(5, normalize=False))


def test_too_few_coalitions_for_least_squares_are_refused_before_any_pass():
    game = random_game(9, 4)
    passes = game.sides[0].n_passes
    with pytest.raises(InputError, match=r"at least 46 distinct coalitions .* got 45"):
        FIxLIP(13, estimator="least_squares").approximate(game=game, budget_image=45)
    assert game.sides[0].n_passes == passes
