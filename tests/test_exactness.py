"""FIxLIP on small games, of which every value is known.

1. At full budget it equals the definition, at any p and order, whatever the estimator.
2. At p = 0.5 it equals shapiq's exact FBII.
3. Dummy players, symmetric players and sums of games are treated as an index must.
4. The same seed gives the same bits.
"""

import numpy as np
import pytest
from shapiq import ExactComputer, Game
from small_games import (
    TableSide,
    all_coalitions,
    assert_same,
    brute_force,
    random_game,
    random_table,
    subsets_up_to,
    weighted_fit,
)

from shapiq_fixlip import FIxLIP, SeparableGame

FULL = 10**6
TOLERANCE = 1e-8


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("p", [0.3, 0.5, 0.8])
def test_full_budget_equals_the_definition(p, order, estimator):
    game = random_game(5, 3)
    fixlip = FIxLIP(8, order, p=p, estimator=estimator)
    values = fixlip.approximate(FULL, game)
    assert_same(values, brute_force(game, p, order), TOLERANCE)
    assert values.estimated is False
    assert fixlip.last_run.is_exact
    assert fixlip.last_run.passes == (32, 8)


@pytest.mark.parametrize("p", [0.3, 0.5])
def test_any_order_up_to_all_players_is_exact(p):
    game = random_game(3, 2)
    values = FIxLIP(5, 5, p=p).approximate(FULL, game)
    assert_same(values, brute_force(game, p, 5), TOLERANCE)
    # with all orders the explanation is the game itself: its Möbius coefficients, at every p
    coalitions = all_coalitions(5)
    explained = sum(v * coalitions[:, list(s)].all(axis=1) for s, v in values.interactions.items())
    assert explained == pytest.approx(game(coalitions), abs=TOLERANCE)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_half_equals_the_exact_index_of_shapiq(order):
    game = random_game(4, 3)
    values = FIxLIP(7, order).approximate(FULL, game)
    index = "FBII" if order > 1 else "BV"
    exact = ExactComputer(game)(index, order)
    assert values.index == exact.index == index
    for players in subsets_up_to(7, order)[1:]:
        assert values[players] == pytest.approx(exact[players], abs=TOLERANCE)


@pytest.mark.parametrize("p", [0.3, 0.5, 0.8])
def test_any_other_game_is_fitted_as_a_whole(p):
    game = random_game(4, 3)
    separable = FIxLIP(7, 2, p=p).approximate(FULL, game)
    plain = Game(7, normalize=False)
    plain.value_function = game
    for other in (plain, game.__call__):
        whole = FIxLIP(7, 2, p=p).approximate(FULL, other)
        assert_same(whole, dict(separable.interactions), TOLERANCE)


@pytest.mark.parametrize("order", [2, 3])
def test_cross_modal_interactions_are_those_of_a_fit_without_the_others(order):
    game, p = random_game(4, 3), 0.4
    values = FIxLIP(7, order, p=p, cross_modal_only=True).approximate(FULL, game)
    wanted = [
        players
        for players in subsets_up_to(7, order)
        if len(players) < order or 0 < sum(i < 4 for i in players) < order
    ]
    coalitions = all_coalitions(7)
    sizes = coalitions.sum(axis=1)
    weights = p**sizes * (1 - p) ** (7 - sizes)
    assert_same(values, weighted_fit(coalitions, weights, game(coalitions), wanted), TOLERANCE)


@pytest.mark.parametrize("limits", [(2, 1), (1, 2), (1, 1), (3, 1)])
@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_limits_of_each_side_are_those_of_a_fit_without_the_others(limits, estimator):
    game, p = random_game(4, 3), 0.4
    fixlip = FIxLIP(
        7, 3, p=p, max_order_image=limits[0], max_order_text=limits[1], estimator=estimator
    )
    values = fixlip.approximate(FULL, game)
    wanted = [
        players
        for players in subsets_up_to(7, 3)
        if sum(i < 4 for i in players) <= limits[0] and sum(i >= 4 for i in players) <= limits[1]
    ]
    coalitions = all_coalitions(7)
    sizes = coalitions.sum(axis=1)
    weights = p**sizes * (1 - p) ** (7 - sizes)
    assert_same(values, weighted_fit(coalitions, weights, game(coalitions), wanted), TOLERANCE)


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_dummy_players_get_nothing(estimator):
    table = random_table(4, 6, 0)
    repeated = np.concatenate([table, table])  # the fifth player changes nothing
    game = SeparableGame(TableSide(repeated, prefix="patch"), TableSide(random_table(3, 6, 1)))
    values = FIxLIP(8, 2, p=0.3, estimator=estimator).approximate(FULL, game)
    for players, value in values.interactions.items():
        if 4 in players:
            assert value == pytest.approx(0, abs=TOLERANCE)


def test_symmetric_players_get_the_same():
    sizes = all_coalitions(4).sum(axis=1)
    by_size = random_table(3, 6, 0)[: 4 + 1]
    game = SeparableGame(
        TableSide(by_size[sizes], prefix="patch"), TableSide(random_table(3, 6, 1))
    )
    values = FIxLIP(7, 2, p=0.6).approximate(FULL, game)
    assert {round(values[(i,)], 9) for i in range(4)} == {round(values[(0,)], 9)}
    for word in (4, 5, 6):
        assert len({round(values[(i, word)], 9) for i in range(4)}) == 1


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_interactions_are_linear_in_the_game(estimator):
    image, text = random_table(4, 6, 0), [random_table(3, 6, seed) for seed in (1, 2)]

    def explain(text_table, scale):
        game = SeparableGame(
            TableSide(image, prefix="patch"), TableSide(text_table), scale=scale, normalize=False
        )
        return FIxLIP(7, 2, p=0.3, estimator=estimator).approximate(FULL, game).interactions

    left, right = explain(text[0], 2.0), explain(text[1], -3.0)
    joined = explain(2.0 * text[0] - 3.0 * text[1], 1.0)
    for players, value in joined.items():
        assert value == pytest.approx(left[players] + right[players], abs=1e-5)  # float32 tables


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_the_same_seed_gives_the_same_bits(estimator):
    def explain(seed):
        fixlip = FIxLIP(15, 2, p=0.4, estimator=estimator, random_state=seed)
        return fixlip.approximate(game=random_game(9, 6), budget_image=80, budget_text=40).values

    assert (explain(3) == explain(3)).all()
    assert (explain(3) != explain(4)).any()


def test_the_same_approximator_repeats_itself():
    game = random_game(9, 6)
    fixlip = FIxLIP(15, 2, random_state=0)
    first, second = (fixlip.approximate(game=game, budget_image=60).values for _ in range(2))
    assert (first == second).all()


def test_the_sides_are_sampled_by_streams_of_their_own():
    game = random_game(9, 9)
    seen = []
    for side in game.sides:
        side.embed = lambda coalitions, embed=side.embed: (
            seen.append(coalitions) or embed(coalitions)
        )
    FIxLIP(18, 2, random_state=0).approximate(game=game, budget_image=50, budget_text=50)
    assert not np.array_equal(*seen)
