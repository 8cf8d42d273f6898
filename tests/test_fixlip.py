import copy
import pickle

import numpy as np
import pytest
from shapiq import Game
from small_games import CountingSide, all_coalitions, explained, random_game, smooth_game

from shapiq_fixlip import FIxLIP, InputError, SeparableGame, sweep_p


def held_out_r2(values, game, p, seed=0, m=4000):
    coalitions = np.random.default_rng(seed).random((m, game.n_players)) < p
    truth = game(coalitions)
    return 1 - np.mean((truth - explained(values, coalitions)) ** 2) / np.var(truth)


@pytest.mark.parametrize("p", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_cross_validated_r2_foretells_that_of_new_coalitions(p, estimator):
    game = smooth_game()
    fixlip = FIxLIP(17, 2, p=p, estimator=estimator, random_state=0)
    values = fixlip.approximate(game=game, budget_image=200)
    assert fixlip.last_run.r2 == pytest.approx(held_out_r2(values, game, p), abs=0.05)
    assert not fixlip.last_run.is_exact
    assert values.estimated


@pytest.mark.parametrize("p", [0.1, 0.5])
@pytest.mark.parametrize("cross_modal_only", [False, True])
def test_r2_of_an_exact_explanation_is_that_of_the_whole_law(p, cross_modal_only):
    game = random_game(11, 2)  # more coalitions of a side than would be drawn
    fixlip = FIxLIP(13, 2, p=p, cross_modal_only=cross_modal_only)
    values = fixlip.approximate(10**6, game)
    coalitions = all_coalitions(13)
    sizes = coalitions.sum(axis=1)
    weights = p**sizes * (1 - p) ** (13 - sizes)
    truth = game(coalitions)
    mean = weights @ truth
    unexplained = weights @ (truth - explained(values, coalitions)) ** 2
    expected = 1 - unexplained / (weights @ (truth - mean) ** 2)
    assert fixlip.last_run.r2 == pytest.approx(expected)


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_r2_of_a_large_sample_is_that_of_new_coalitions(p):
    game = smooth_game(13, 4)
    fixlip = FIxLIP(17, 2, p=p, random_state=0)
    values = fixlip.approximate(game=game, budget_image=3000)
    assert fixlip.last_run.r2 == pytest.approx(held_out_r2(values, game, p), abs=0.03)


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_cross_modal_interactions_are_those_of_the_whole_fit(estimator):
    """Leaving out pairs of one side makes other pairs no less faithful."""
    game = smooth_game()
    runs = {}
    for cross_modal_only in (False, True):
        fixlip = FIxLIP(17, estimator=estimator, cross_modal_only=cross_modal_only, random_state=0)
        runs[cross_modal_only] = fixlip.approximate(game=game, budget_image=1500)
        kept = {s for s in runs[cross_modal_only].interactions if len(s) == 2}
        within = {s for s in kept if (s[0] < 12) == (s[1] < 12)}
        assert bool(within) != cross_modal_only
    pairs = [(i, j) for i in range(12) for j in range(12, 17)]
    whole, alone = ([run[pair] for pair in pairs] for run in runs.values())
    assert np.corrcoef(whole, alone)[0, 1] > 0.99


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
@pytest.mark.parametrize("constant", [0.0, 0.1])
def test_constant_games_are_explained_in_full(estimator, constant):
    fixlip = FIxLIP(9, 1, estimator=estimator, random_state=0)
    values = fixlip.approximate(100, lambda coalitions: np.full(len(coalitions), constant))
    assert fixlip.last_run.r2 == 1
    assert values[()] == pytest.approx(constant)
    assert values[(3,)] == pytest.approx(0, abs=1e-12)


def test_least_squares_gets_enough_passes_from_any_budget_that_allows_it():
    game = random_game(11, 5)  # 67 and 16 columns
    for budget in (3000, 10_000):
        fixlip = FIxLIP(16, estimator="least_squares", random_state=0)
        fixlip.approximate(budget, game)
        first, second = fixlip.last_run.passes
        assert first >= 67
        assert second >= 16
        assert first * second <= budget
    with pytest.raises(InputError, match=r"budget must be at least 1072 .*\(67 x 16 .*got 1071"):
        FIxLIP(16, estimator="least_squares").approximate(67 * 16 - 1, game)


def test_approximators_are_equal_if_all_options_are():
    assert FIxLIP(8, p=0.3) == FIxLIP(8, p=0.3)
    assert hash(FIxLIP(8, p=0.3)) == hash(FIxLIP(8, p=0.3))
    for options in ({"p": 0.8}, {"p": 0.3, "estimator": "least_squares"}, {"max_order": 1}):
        assert FIxLIP(8, **options) != FIxLIP(8, p=0.3)


def test_shrinkage_needs_fewer_passes_than_least_squares():
    game = smooth_game()
    fits = {}
    for estimator, passes in (("shrinkage", 60), ("least_squares", 90)):
        fixlip = FIxLIP(17, 2, estimator=estimator, random_state=0)
        values = fixlip.approximate(game=game, budget_image=passes)
        fits[estimator] = held_out_r2(values, game, 0.5)
    assert fits["shrinkage"] > fits["least_squares"]


def test_last_run_tells_passes_and_seconds():
    game = random_game(9, 4)
    fixlip = FIxLIP(13, 2, random_state=0)
    values = fixlip.approximate(game=game, budget_image=50, budget_text=1000)
    assert fixlip.last_run.passes == (50, 16)
    assert values.estimation_budget == 800
    assert fixlip.last_run.seconds_encoder > 0
    assert fixlip.last_run.seconds_solver > 0


def test_default_is_256_passes_of_each_side():
    fixlip = FIxLIP(19, 1, random_state=0)
    fixlip.approximate(game=random_game(10, 9))
    assert fixlip.last_run.passes == (256, 256)


@pytest.mark.parametrize(("split", "passes"), [("balanced", (32, 31)), ("paper", (55, 18))])
def test_budget_is_split(split, passes):
    fixlip = FIxLIP(14, 1, random_state=0)
    fixlip.approximate(1000, random_game(9, 5), split=split)
    assert fixlip.last_run.passes == passes


def test_there_is_no_last_run_before_the_first_one():
    with pytest.raises(RuntimeError, match="no last run before the first one"):
        _ = FIxLIP(4).last_run


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
        ({"p": 0.0}, "p must be a number greater than 0 and less than 1, got 0.0"),
        ({"p": 5e-324}, "p must be at least 1e-30 and less than 1, got 5e-324"),
        ({"p": 1}, "p must be a number greater than 0 and less than 1, got 1"),
        ({"p": float("nan")}, "p must be .* got nan"),
        ({"p": "0.5"}, "p must be .* got '0.5'"),
        ({"max_order": 0}, "max_order must be at least 1, got 0"),
        ({"n": 8.0}, "n must be a whole number, got 8.0"),
        ({"max_order": 2.0}, "max_order must be a whole number, got 2.0"),
        ({"random_state": -1}, "random_state must be at least 0, got -1"),
        ({"max_order": 9}, r"max_order must be 1 to the number of players \(8\), got 9"),
        ({"estimator": "ols"}, "estimator must be 'shrinkage' or 'least_squares', got 'ols'"),
        ({"max_order": 1, "cross_modal_only": True}, "cross_modal_only must be False"),
        (
            {"max_order_image": 3},
            "max_order_image must be at most 2, the maximum order, got 3",
        ),
        ({"max_order_text": 0}, "max_order_text must be at least 1, got 0"),
        ({"max_order_text": 1.0}, "max_order_text must be a whole number, got 1.0"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        FIxLIP(**{"n": 8, **options})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "game must be a game .* got None"),
        ({"game": "dog", "budget": 99}, "game must be a game .* got 'dog'"),
        ({"game": random_game(3, 2), "budget": 99}, "game must have 12 players, like the .* got 5"),
        (
            {"game": random_game(7, 5), "budget": 99, "budget_image": 9},
            "budget must be left out if a side has its own, got",
        ),
        (
            {"game": random_game(7, 5), "budget_image": 3},
            "budget_image must give at least 8 .* coalitions .* got 3",
        ),
        (
            {"game": random_game(7, 5), "budget_text": 3},
            "budget_text must give at least 8 .* coalitions .* got 3",
        ),
        ({"game": random_game(7, 5), "budget": 0}, "budget must be at least 1, got 0"),
        ({"game": random_game(7, 5), "budget": -5}, "budget must be at least 1, got -5"),
        ({"game": random_game(7, 5), "budget": 1e3}, "budget must be a whole number, got 1000.0"),
        ({"game": random_game(7, 5), "budget": 63}, r"at least 64 .*\(8 x 8 .* got 63"),
        ({"game": random_game(7, 5), "budget_image": 9.5}, "budget_image must be a whole number"),
        ({"game": random_game(7, 5), "budget_text": -1}, "budget_text must be at least 1, got -1"),
        ({"game": random_game(7, 5), "budget": 99, "split": "half"}, "split must be"),
        ({"game": lambda c: c.sum(axis=1)}, "budget must be given for a game that is not"),
        ({"game": lambda c: c.sum(axis=1), "budget_image": 9}, "budget_image must be left out"),
        (
            {"game": lambda c: c.sum(axis=1) / 0.0, "budget": 99},
            "finite values, got NaN or infinity for 99",
        ),
        ({"game": lambda c: c.sum(axis=1), "budget": 5}, "at least 8 .* coalitions .* got 5"),
        ({"game": lambda c: c.sum(axis=1)[:, None], "budget": 99}, r"one value .* got \(99, 1\)"),
        (
            {"game": lambda x: 1j * x[:, 0], "budget": 99},
            "real numbers, got values of type complex",
        ),
        ({"game": lambda x: x[:, 0].astype(str), "budget": 99}, "real numbers, got values of type"),
        ({"game": lambda _: 1.0, "budget": 99}, r"one value for each coalition, 99, got \(\)"),
        ({"game": Game(5, normalize=False), "budget": 99}, "game must have 12 players"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_bad_runs_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        FIxLIP(12).approximate(**arguments)


def test_cross_modal_interactions_need_two_sides():
    for limit in ({"cross_modal_only": True}, {"max_order_image": 1}, {"max_order_text": 1}):
        (name,) = limit
        with pytest.raises(InputError, match=f"{name} must be left out for a game that is not"):
            FIxLIP(5, **limit).approximate(32, Game(5, normalize=False))


def test_too_few_coalitions_for_least_squares_are_refused_before_any_pass():
    game = random_game(9, 4)
    passes = game.sides[0].n_passes
    with pytest.raises(
        InputError, match=r"budget_image must give least squares at least 46 .* got 45"
    ):
        FIxLIP(13, estimator="least_squares").approximate(game=game, budget_image=45)
    assert game.sides[0].n_passes == passes


@pytest.mark.parametrize("p", [0.001, 0.03, 0.97, 0.999])
def test_one_player_is_found_at_extreme_p(p):
    fixlip = FIxLIP(10, p=p, random_state=0)
    values = fixlip.approximate(64, lambda coalitions: coalitions[:, 0] * 1.0)
    errors = fixlip.standard_errors()
    assert values[(0,)] == pytest.approx(1, abs=max(1e-2, 3 * errors[(0,)]))
    assert np.isfinite([*values.interactions.values(), *errors.interactions.values()]).all()
    assert np.isfinite(fixlip.last_run.r2)


@pytest.mark.parametrize(
    "explained",
    [
        lambda game, m: FIxLIP(65).approximate(game=game, budget_image=m),
        lambda game, m: sweep_p(game, [0.4, 0.6], budget_image=m),
    ],
)
def test_too_many_coalitions_for_shrinkage_are_refused_before_any_pass(explained):
    """There are 2,081 interactions of the side, and at least four times as many need no prior."""
    game = SeparableGame(CountingSide(64, prefix="patch"), CountingSide(1))
    passes = game.sides[0].n_passes
    with pytest.raises(
        InputError,
        match="budget_image must give shrinkage at most 8,192 .* at least 8,324, got 8,300",
    ):
        explained(game, 8300)
    assert game.sides[0].n_passes == passes


def test_games_may_change_the_coalitions_they_are_given():
    def careless(coalitions):
        values = coalitions.sum(axis=1)
        coalitions[:] = False
        return values

    assert FIxLIP(5, 1).approximate(32, careless)[(3,)] == pytest.approx(1)


def test_more_than_a_machine_can_hold_is_refused_at_once():
    with pytest.raises(InputError, match="max_order must leave at most 10,000,000 interactions"):
        FIxLIP(49, 12).approximate(256, lambda coalitions: coalitions.sum(axis=1))
    with pytest.raises(InputError, match="at most 4,194,304 coalitions .* got 1,000,000,000,000"):
        FIxLIP(49).approximate(10**12, lambda coalitions: coalitions.sum(axis=1))


def test_p_that_leaves_too_few_coalitions_is_named():
    with pytest.raises(InputError, match="p must leave at least 8 different .* got .* at 1e-06"):
        FIxLIP(49, p=1e-6).approximate(256, lambda coalitions: coalitions.sum(axis=1))


def test_an_approximator_that_has_run_can_be_copied():
    fixlip = FIxLIP(7, random_state=0)
    game = random_game(4, 3)
    fixlip.approximate(game=game, budget_image=12)
    loaded = pickle.loads(pickle.dumps(fixlip))  # noqa: S301
    for copied in (loaded, copy.deepcopy(fixlip)):
        assert copied == fixlip
        assert copied.resolved() == fixlip.resolved()
        with pytest.raises(InputError, match="resume must be False unless"):
            copied.approximate(game=game, resume=True)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_values_must_be_of_a_size_that_can_be_squared(scale):
    with pytest.raises(InputError, match=r"game must have values of 1e-100 to 1e\+100 in size"):
        FIxLIP(5).approximate(30, lambda coalitions: scale * coalitions.sum(axis=1))


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
@pytest.mark.parametrize(("index", "p"), [("WBII", 0.3), ("BII", 0.5), ("Fourier", 0.5)])
def test_derivatives_are_sums_of_faithful_interactions(estimator, index, p):
    game, order = smooth_game(), 2
    runs = []
    for wanted in (index, "FWBII"):
        fixlip = FIxLIP(17, order, p=p, index=wanted, estimator=estimator, random_state=0)
        runs.append(fixlip.approximate(game=game, budget_image=200))
        assert fixlip.last_run.r2 > 0.9
        errors = fixlip.standard_errors()
        assert errors.index == runs[-1].index == (wanted if p != 0.5 else wanted.replace("W", ""))
        assert fixlip.resolved() == {
            players for players in fixlip.resolved() if len(players) == order
        }
    found, faithful = runs
    for players, value in found.interactions.items():
        sums = [
            p ** (len(larger) - len(players)) * e
            for larger, e in faithful.interactions.items()
            if set(players) <= set(larger)
        ]
        scale = (-0.5) ** len(players) if index == "Fourier" else 1
        assert value == pytest.approx(scale * sum(sums), abs=1e-9)


def test_fourier_coefficients_resolve_the_same_pairs():
    game = smooth_game()
    resolved = []
    for index in ("BII", "FBII", "Fourier"):
        fixlip = FIxLIP(17, index=index, random_state=0)
        fixlip.approximate(game=game, budget_image=200)
        resolved.append(fixlip.resolved())
    assert resolved[0]
    assert resolved[0] == resolved[1] == resolved[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": "SII"}, "index must be one of FWBII, FBII, WBII, BII, BV, Fourier, got 'SII'"),
        ({"index": "BII", "p": 0.3}, "p must be 0.5 for BII, got 0.3; FWBII and WBII take any p"),
        ({"index": "BV"}, "max_order must be 1 for BV, got 2"),
    ],
)
def test_indices_that_do_not_fit_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        FIxLIP(8, **options)
