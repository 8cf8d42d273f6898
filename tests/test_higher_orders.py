"""Interactions of three players and more, found from a part of the coalitions."""

import numpy as np
import pytest
from small_games import TableSide, all_coalitions

from shapiq_fixlip import FIxLIP, SeparableGame, exact_interactions, interaction_table

N_PATCHES, N_WORDS = 11, 5


def planted_game(patches, words, strength):
    """Noise of every order, weak pairs, and one strong interaction of some patches and words."""
    rng = np.random.default_rng(0)
    tables = []
    for n, planted in ((N_PATCHES, patches), (N_WORDS, words)):
        coalitions = all_coalitions(n)
        table = np.column_stack(
            [
                coalitions @ rng.normal(size=(n, 4)) * 0.3 + rng.normal(size=(2**n, 4)) * 0.05,
                coalitions[:, list(planted)].all(axis=1),
            ]
        )
        tables.append(table)
    tables[0][:, -1] *= strength
    return SeparableGame(
        TableSide(tables[0], prefix="patch", batch_size=256), TableSide(tables[1], prefix="word")
    )


@pytest.mark.parametrize("max_order", [3, 4])
def test_errors_and_what_is_resolved_of_two_sampled_sides(max_order):
    game = planted_game((2, 7), (1,), strength=4.0)
    fixlip = FIxLIP(16, max_order, random_state=0)
    values = fixlip.approximate(game=game, budget_image=60, budget_text=20)
    errors = fixlip.standard_errors()
    assert errors.interactions.keys() == values.interactions.keys()
    assert all(len(players) == max_order for players in fixlip.resolved())


@pytest.mark.parametrize("p", [0.4, 0.5, 0.7])
@pytest.mark.parametrize(
    ("patches", "words", "limits"),
    [((2, 7), (1,), (2, 1)), ((4,), (0, 3), (1, 2)), ((1, 9), (4,), (None, None))],
)
def test_a_planted_interaction_of_three_is_found(p, patches, words, limits):
    game = planted_game(patches, words, strength=4.0)
    planted = (*patches, *(N_PATCHES + word for word in words))
    fixlip = FIxLIP(16, 3, p=p, max_order_image=limits[0], max_order_text=limits[1], random_state=0)
    values = fixlip.approximate(game=game, budget_image=300)
    of_three = {s: v for s, v in values.interactions.items() if len(s) == 3}
    assert max(of_three, key=lambda s: abs(of_three[s])) == planted
    exact = exact_interactions(game, "FWBII", 3, p)[planted]
    assert exact == pytest.approx(4.0, abs=0.2)
    assert of_three[planted] == pytest.approx(exact, abs=0.8)
    others = [abs(value) for players, value in of_three.items() if players != planted]
    assert max(others) < of_three[planted] / 3


def test_the_fit_gets_better_with_the_order():
    game = planted_game((2, 7), (1,), strength=4.0)
    quality = []
    for order in (1, 2, 3):
        fixlip = FIxLIP(16, order, random_state=0)
        fixlip.approximate(game=game, budget_image=300)
        quality.append(fixlip.last_run.r2)
    assert quality == sorted(quality)
    assert quality[2] > quality[1] + 0.05


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_only_the_wanted_interactions_are_there(estimator):
    game = planted_game((2, 7), (1,), strength=4.0)
    fixlip = FIxLIP(16, 3, max_order_image=2, max_order_text=1, estimator=estimator, random_state=0)
    values = fixlip.approximate(game=game, budget_image=300)
    shapes = {
        (sum(i < N_PATCHES for i in players), sum(i >= N_PATCHES for i in players))
        for players in values.interactions
    }
    assert shapes == {(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (2, 1)}
    assert len(values.interactions) == 1 + 11 + 5 + 55 + 55 + 55 * 5


def test_least_squares_needs_no_more_passes_than_its_limits_ask_for():
    game = planted_game((4,), (0, 3), strength=4.0)
    options = {"estimator": "least_squares", "random_state": 0}
    fixlip = FIxLIP(16, 3, max_order_image=1, **options)
    fixlip.approximate(game=game, budget_image=40)
    with pytest.raises(ValueError, match=r"at least 232 distinct coalitions .* got 40"):
        FIxLIP(16, 3, **options).approximate(game=game, budget_image=40)


def test_interactions_of_three_are_listed_by_name():
    game = planted_game((2, 7), (1,), strength=4.0)
    values = FIxLIP(16, 3, random_state=0).approximate(game=game, budget_image=300)
    table = interaction_table(values, game)
    strongest = table[table["players"].map(len) == 3].iloc[0]
    assert strongest["name"] == "patch 2 × patch 7 × word 1"
    assert strongest["kind"] == "player 1 × player 1 × player 2"
