"""Synergistic faithfulness, by its formula."""

from itertools import pairwise

import numpy as np
import pytest
from shapiq import InteractionValues
from small_games import random_game

from shapiq_fixlip import InputError, exact_interactions
from shapiq_fixlip.metrics import synergistic_faithfulness


def literal(order_first, order_second, game, n_steps):
    """Both areas, group by group."""
    n, m = len(order_first), len(order_second)
    everybody = set(range(n + m))

    def value(players):
        coalition = np.zeros((1, n + m), dtype=bool)
        coalition[0, list(players)] = True
        return game.value_function(coalition)[0]

    curves = [], []
    for step in range(n_steps + 1):
        first = set(order_first[: round(step * n / n_steps)])
        second = set(order_second[: round(step * m / n_steps)])
        both = first | second
        curves[0].append(value(both) - value(first) - value(second) + value(()))
        left = [value(everybody - group) for group in (set(), first, second, both)]
        curves[1].append(left[0] - left[1] - left[2] + left[3])
    scale = (value(everybody) - value(())) * n_steps
    return [sum((one + other) / 2 for one, other in pairwise(curve)) / scale for curve in curves]


@pytest.mark.parametrize("n_steps", [1, 4, 10])
def test_it_is_the_joint_dividend_of_growing_groups(n_steps):
    game = random_game(5, 4)
    values = exact_interactions(game, "SV")
    numbers = np.array([values[(i,)] for i in range(9)])
    order_first = np.argsort(-numbers[:5]).tolist()
    order_second = (5 + np.argsort(-numbers[5:])).tolist()
    found = synergistic_faithfulness(values, game, n_steps=n_steps)
    assert list(found) == pytest.approx(literal(order_first, order_second, game, n_steps))


def test_pairs_are_shared_equally_by_their_players():
    game = random_game(3, 2)
    pairs = {(0, 3): 6.0, (1, 4): -2.0, (2,): 1.0, (): 5.0}
    values = InteractionValues(pairs, index="SII", max_order=2, n_players=5, min_order=0)
    singles = {(0,): 3.0, (3,): 3.0, (1,): -1.0, (4,): -1.0, (2,): 1.0}
    shared = InteractionValues(singles, index="SV", max_order=1, n_players=5, min_order=1)
    assert synergistic_faithfulness(values, game) == synergistic_faithfulness(shared, game)


def test_bad_input_is_refused():
    game = random_game(3, 2)
    values = exact_interactions(game, "SV")
    with pytest.raises(InputError, match="n_steps must be at least 1, got 0"):
        synergistic_faithfulness(values, game, n_steps=0)
    with pytest.raises(InputError, match="values must .* 5 players"):
        synergistic_faithfulness(exact_interactions(random_game(2, 2), "SV"), game)
