"""Insertion and deletion: parity with the paper's code, exhaustive search, and literal curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapiq import InteractionValues
from small_games import TableSide, all_coalitions, random_game, subsets_up_to
from small_models import REFERENCE, REFERENCE_MODELS, SCENE

from shapiq_fixlip import (
    FIxLIP,
    InputError,
    SeparableGame,
    VisionLanguageGame,
    exact_interactions,
    load_encoder,
)
from shapiq_fixlip.metrics.prediction import explained_at
from shapiq_fixlip.metrics.removal_curves import (
    InsertionDeletion,
    insertion_deletion,
    insertion_deletion_limit,
    mean_curves,
    removal_sequences,
)

VALUE_TOLERANCE = 1e-5  # single precision
AREA_TOLERANCE = 1e-4  # in parts of the area, which is in units of a difference of two values
EXPLANATION_TOLERANCE = 1e-8


def some_values(n, orders, seed=0):
    rng = np.random.default_rng(seed)
    interactions = {s: rng.normal() for s in subsets_up_to(n, max(orders)) if len(s) in orders}
    return InteractionValues(
        interactions, index="FBII", max_order=max(orders), n_players=n, min_order=min(orders)
    )


@pytest.fixture(scope="module", params=REFERENCE_MODELS)
def reference(request):
    with np.load(REFERENCE / "values" / f"{request.param}.npz") as values:
        return dict(values)


def explanation_of(reference, p):
    table = zip(reference[f"{p}_interactions"], reference[f"{p}_interaction_values"], strict=True)
    interactions = {
        tuple(sorted(int(player) for player in players if player >= 0)): value
        for players, value in table
    }
    return InteractionValues(
        interactions,
        index="FBII",
        max_order=2,
        n_players=reference["coalitions"].shape[1],
        min_order=0,
        baseline_value=interactions[()],
    )


@pytest.mark.parametrize("p", ["p3", "p5", "p7"])
def test_explanations_have_the_values_of_the_papers_code(reference, p):
    found = explained_at(explanation_of(reference, p), reference["coalitions"])
    expected = reference[f"{p}_explanation_at_coalitions"]
    assert np.abs(found - expected).max() <= EXPLANATION_TOLERANCE


@pytest.mark.parametrize("p", ["p3", "p5", "p7"])
def test_sequences_are_those_of_the_papers_code(reference, p):
    most_first, least_first = removal_sequences(explanation_of(reference, p))
    assert (most_first[:-1] == reference[f"{p}_greedy_mif"]).all()
    assert (least_first[:-1] == reference[f"{p}_greedy_lif"]).all()
    assert not most_first[-1].any()
    assert not least_first[-1].any()


@pytest.mark.parametrize("p", ["p3", "p5", "p7"])
@pytest.mark.parametrize("name", REFERENCE_MODELS)
def test_curves_are_those_of_the_papers_code(name, p):
    with np.load(REFERENCE / "values" / f"{name}.npz") as values:
        reference = dict(values)
    game = VisionLanguageGame(
        load_encoder(REFERENCE / "models" / name), SCENE, str(reference["text"])
    )
    found = insertion_deletion(explanation_of(reference, p), game)
    expected = InsertionDeletion(reference[f"{p}_curve_mif"], reference[f"{p}_curve_lif"])
    assert found.most_first == pytest.approx(expected.most_first, abs=VALUE_TOLERANCE)
    assert found.least_first == pytest.approx(expected.least_first, abs=VALUE_TOLERANCE)
    assert found.area == pytest.approx(expected.area, rel=AREA_TOLERANCE)


@given(st.integers(0, 1000), st.integers(1, 4), st.integers(0, 3), st.sampled_from([{1}, {1, 2}]))
def test_greedy_subsets_grow_by_the_largest_gain(seed, n_first, n_second, orders):
    n = n_first + n_second
    values = some_values(n, orders, seed)
    most_first, least_first = removal_sequences(values)
    assert (least_first == literal_greedy(values, 1)).all()
    assert (most_first == literal_greedy(values, -1)).all()


def literal_greedy(values, sign):
    """The paper's nested loops."""
    n = values.n_players

    def total(players):
        inside = np.isin(np.arange(n), players)
        return sign * (explained_at(values, inside[None])[0] - values.baseline_value)

    best = {}
    for start in range(n):
        subset = [start]
        while True:
            if len(subset) not in best or total(subset) > total(best[len(subset)]) + 1e-12:
                best[len(subset)] = list(subset)
            others = [player for player in range(n) if player not in subset]
            if not others:
                break
            subset.append(max(others, key=lambda player: total([*subset, player])))
    kept = [np.isin(np.arange(n), best[size]) for size in range(n, 0, -1)]
    return np.array([*kept, np.zeros(n, dtype=bool)])


@pytest.mark.parametrize("seed", range(5))
def test_exhaustive_subsets_are_the_best_there_are(seed):
    values = some_values(8, {1, 2}, seed)
    coalitions = (np.arange(2**8)[:, None] >> np.arange(8)) & 1 == 1
    totals, sizes = explained_at(values, coalitions), coalitions.sum(axis=1)
    exhaustive = removal_sequences(values, "exhaustive")
    greedy = removal_sequences(values)
    for kept, found, best in zip(exhaustive, greedy, (np.min, np.max), strict=True):
        assert kept.sum(axis=1).tolist() == list(range(8, -1, -1))
        reached = explained_at(values, kept)
        assert reached == pytest.approx([best(totals[sizes == size]) for size in range(8, -1, -1)])
        sign = 1 if best is np.max else -1
        assert (sign * explained_at(values, found) <= sign * reached + 1e-9).all()


def test_single_players_leave_by_value():
    values = some_values(6, {1})
    order = np.argsort([values[(i,)] for i in range(6)])
    most_first, least_first = removal_sequences(values)
    for n_gone in range(7):
        assert set(np.flatnonzero(most_first[n_gone])) == set(order[: 6 - n_gone])
        assert set(np.flatnonzero(least_first[n_gone])) == set(order[n_gone:])
    assert all(
        (np.array(found) == exhaustive).all()
        for found, exhaustive in zip(
            removal_sequences(values), removal_sequences(values, "exhaustive"), strict=True
        )
    )


def of_players(numbers):
    return InteractionValues(
        {(i,): number for i, number in enumerate(numbers)},
        index="SV",
        max_order=1,
        n_players=len(numbers),
        min_order=1,
    )


@given(st.lists(st.sampled_from([0.0, 0.0, 1.0, -2.0]), min_size=1, max_size=7))
def test_players_of_equal_value_leave_together_as_in_the_papers_code(numbers):
    """Kept are, for each value from the one end, all that are not beyond it."""
    array = np.array(numbers)
    most_first, least_first = removal_sequences(of_players(numbers))
    nobody = np.zeros((1, len(numbers)), dtype=bool)
    expected = [array <= value for value in np.sort(array)[::-1]]
    assert (most_first == np.concatenate([expected, nobody])).all()
    expected = [array >= value for value in np.sort(array)]
    assert (least_first == np.concatenate([expected, nobody])).all()


@given(st.lists(st.sampled_from([0.0, 0.0, 1.0, -2.0]), min_size=1, max_size=7), st.integers(0, 99))
def test_players_of_equal_value_leave_in_an_order_that_is_drawn(numbers, seed):
    array = np.array(numbers)
    sequences = removal_sequences(of_players(numbers), ties="random", random_state=seed)
    for kept, sign in zip(sequences, (-1, 1), strict=True):
        assert kept.sum(axis=1).tolist() == list(range(len(numbers), -1, -1))
        for row in kept[:-1]:
            out = sign * array[~row]
            assert out.max(initial=-np.inf) <= (sign * array[row]).min()


def test_the_seed_draws_the_order_of_ties():
    flat = of_players([1.0] * 12)
    first, again, other = (
        removal_sequences(flat, ties="random", random_state=seed)[0] for seed in (0, 0, 1)
    )
    assert (first == again).all()
    assert (first != other).any()
    values = some_values(6, {1, 2})
    for drawn, whole in zip(
        removal_sequences(values, ties="random", random_state=3),
        removal_sequences(values),
        strict=True,
    ):
        assert (drawn == whole).all()  # without ties nothing is drawn


def test_a_map_with_many_zeros_has_another_area():
    game = random_game(5, 4)
    values = of_players([2.0, 0, 0, 0, 0, 0, 0, 0, -1.0])
    together = insertion_deletion(values, game)
    assert len(np.unique(together.most_first)) <= 4
    drawn = [
        insertion_deletion(values, game, ties="random", random_state=seed).area for seed in range(5)
    ]
    assert np.ptp(drawn) > 1e-3
    for bad in ({"ties": "first"}, {"random_state": -1}):
        with pytest.raises(InputError, match=f"{next(iter(bad))} must be"):
            insertion_deletion(values, game, **bad)


def test_curves_are_game_values_from_all_players_to_none():
    game = random_game(4, 3)
    values = exact_interactions(game)
    found = insertion_deletion(values, game)
    for curve, kept in zip(
        (found.most_first, found.least_first), removal_sequences(values), strict=True
    ):
        assert curve == pytest.approx([game.value_function(row)[0] for row in kept])
    assert found.most_first[0] == pytest.approx(game.full_value)
    assert found.most_first[-1] == pytest.approx(game.empty_value)
    ends = found.curves.iloc[[0, -1]].to_numpy()
    assert ends == pytest.approx(np.outer(np.sign([game.full_value - game.empty_value, 0]), [1, 1]))
    height = abs(game.full_value - game.empty_value)
    assert found.area == pytest.approx((found.least_first - found.most_first).mean() / height)


def test_the_explanation_of_all_orders_has_the_largest_area_of_its_kind():
    game = random_game(4, 3, seed=2)
    moebius = exact_interactions(game, "Moebius", max_order=2)
    turned = InteractionValues(
        {players: -value for players, value in moebius.interactions.items()},
        index="Moebius",
        max_order=2,
        n_players=7,
        min_order=0,
    )
    area = insertion_deletion(exact_interactions(game), game).area
    assert area > 0
    assert insertion_deletion(turned, game).area == pytest.approx(
        -insertion_deletion(moebius, game).area
    )


def literal_search(game, largest, grows):
    """Sets of players, one by one."""
    better = max if largest else min
    everyone = set(range(game.n_players))

    def value(players):
        return game.value_function(np.isin(np.arange(game.n_players), list(players))[None])[0]

    players = set() if grows else everyone
    found = {len(players): value(players)}
    while players != (everyone if grows else set()):
        if grows:
            options = [players | {one} for one in everyone - players]
        else:
            options = [players - {one} for one in players]
        players = better(options, key=value)
        found[len(players)] = value(players)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_limit_is_the_best_of_two_greedy_searches_on_the_game(seed):
    game = random_game(4, 3, seed=seed)
    limit = insertion_deletion_limit(game)
    for curve, largest in ((limit.least_first, True), (limit.most_first, False)):
        searches = [literal_search(game, largest, grows) for grows in (True, False)]
        best = max if largest else min
        expected = [best(found[size] for found in searches) for size in range(7, -1, -1)]
        assert curve == pytest.approx(expected)
    assert limit.area >= insertion_deletion(exact_interactions(game), game).area - 1e-9
    with pytest.raises(InputError, match="game must be"):
        insertion_deletion_limit(lambda coalitions: coalitions)


def test_an_additive_game_reaches_its_limit():
    numbers = np.random.default_rng(0).normal(size=8)
    side = TableSide(all_coalitions(8) @ numbers[:, None])
    game = SeparableGame(side, TableSide(np.ones((1, 1))))
    explained = insertion_deletion(exact_interactions(game, "FWBII", 1), game)
    assert insertion_deletion_limit(game).area == pytest.approx(explained.area)


def test_less_similar_than_nothing_still_rewards_the_right_order():
    curves = InsertionDeletion(np.array([-1.0, -3.0, 0.0]), np.array([-1.0, 2.0, 0.0]))
    assert curves.curves["least_first"].tolist() == [-1, 2, 0]
    assert curves.area == pytest.approx(5 / 3)


def test_no_difference_to_explain_has_no_area():
    assert np.isnan(InsertionDeletion(np.array([1.0, 3.0, 1.0]), np.array([1.0, 2.0, 1.0])).area)


def test_curves_of_different_lengths_are_averaged_by_share_kept():
    short = InsertionDeletion(np.array([4.0, 1.0, 0.0]), np.array([4.0, 4.0, 0.0]))
    long = InsertionDeletion(np.array([2.0, 1, 1, 1, 0]), np.array([2.0, 2, 2, 2, 0]))
    flat = InsertionDeletion(np.ones(3), np.ones(3))
    table = mean_curves([short, long, flat], n_points=5)
    assert table.index.tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert table["most_first"].tolist() == pytest.approx([1, 0.5625, 0.375, 0.3125, 0])
    assert table["least_first"].tolist() == pytest.approx([1, 1, 1, 0.75, 0])
    assert table.loc[0.5, "most_first_error"] == pytest.approx(0.125)
    with pytest.raises(InputError, match="results must be at least one with finite curves"):
        mean_curves([flat])
    with pytest.raises(InputError, match="n_points must be at least 2, got 1"):
        mean_curves([short], n_points=1)


def not_finite():
    values = some_values(7, {1})
    values.interactions[(0,)] = np.nan
    return values


def baseline_not_finite():
    values = some_values(7, {1})
    values.baseline_value = np.inf
    return values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (baseline_not_finite(), "values must be finite, got 1 values that are not"),
        (some_values(6, {1}), "values must be of 7 players as the game, got 6"),
        (not_finite(), "values must be finite, got 1 values that are not"),
        (some_values(7, {1, 2, 3}), "values must have interactions of 1 to 2 players, got up to 3"),
        (some_values(7, {0}), "values must have interactions of 1 to 2 players, got up to 0"),
        ("values", "values must be InteractionValues, got 'values'"),
    ],
)
def test_unusable_explanations_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        insertion_deletion(values, random_game(4, 3))


def test_other_bad_input_is_refused():
    game = random_game(9, 5)
    values = FIxLIP(14, random_state=0).approximate(game=game)
    with pytest.raises(InputError, match="search must be 'greedy' or 'exhaustive', got 'best'"):
        insertion_deletion(values, game, search="best")
    with pytest.raises(InputError, match="search must be 'greedy' for more than 12 players"):
        insertion_deletion(values, game, search="exhaustive")
    with pytest.raises(InputError, match="game must be a SeparableGame, got 3"):
        insertion_deletion(values, 3)
