"""A budget that stops by itself."""

import math
from unittest.mock import Mock

import numpy as np
import pytest
from small_games import TableSide, random_game, random_table, smooth_game

from shapiq_fixlip import FIxLIP, InputError, SeparableGame
from shapiq_fixlip.approximators.auto_budget import expected_correlations, until_stable
from shapiq_fixlip.coalitions.sampling import draw_sample, enumerate_side
from shapiq_fixlip.solver import observations
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.fitted_game import solve
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.solver.terms import Terms


def pairs_between(interactions, n_first):
    return np.array([v for s, v in interactions.items() if len(s) == 2 and s[0] < n_first <= s[1]])


def test_an_easy_game_takes_the_fewest_passes():
    game = smooth_game()
    fixlip = FIxLIP(17, random_state=0)
    values = fixlip.approximate("auto", game)
    assert fixlip.last_run.passes == (256, 32)
    same = FIxLIP(17, random_state=0).approximate(game=game)
    assert values.interactions == same.interactions


@pytest.mark.parametrize("p", [0.3, 0.5])
def test_a_hard_game_takes_more_and_then_agrees_with_all(p):
    game = noisy_game()
    fixlip = FIxLIP(17, p=p, random_state=0)
    values = fixlip.approximate("auto", game)
    passes, _ = fixlip.last_run.passes
    assert passes > 256
    exact = FIxLIP(17, p=p).approximate(10**7, game)
    found, expected = (pairs_between(each.interactions, 13) for each in (values, exact))
    assert np.corrcoef(found, expected)[0, 1] > 0.99


def test_pairs_that_are_negligible_do_not_keep_it_going():
    weights = np.linspace(-1, 1, 20)
    fixlip = FIxLIP(20, random_state=0)
    fixlip.approximate("auto", lambda coalitions: coalitions @ weights)
    assert fixlip.last_run.passes == (256,)


def test_passes_that_need_not_be_made_again_count_as_made(monkeypatch):
    expected, made = [], []
    monkeypatch.setattr(observations, "expect", expected.append)
    monkeypatch.setattr(observations, "advance", made.append)
    fixlip = FIxLIP(14, random_state=0)

    def game(coalitions):
        return coalitions.sum(axis=1)

    for budget in (60, 200):
        fixlip.approximate(budget, game, resume=budget > 60)
    assert (expected, made) == ([60, 200], [60, 60, 140])


def test_passes_of_earlier_rounds_are_used_again():
    game = noisy_game()
    fixlip = FIxLIP(17, random_state=0)
    fixlip.approximate("auto", game)
    assert game.sides[0].n_passes <= fixlip.last_run.passes[0] + 2  # the empty and the full one
    assert fixlip.last_run.seconds_encoder > 0
    assert fixlip.last_run.seconds_solver > 0


def test_small_games_are_evaluated_in_full():
    fixlip = FIxLIP(7)
    fixlip.approximate("auto", random_game(4, 3))
    assert fixlip.last_run.is_exact


def test_limits_leave_interactions_to_be_judged():
    options = {"max_order": 3, "max_order_image": 1, "max_order_text": 1, "random_state": 0}
    limited = FIxLIP(17, **options)
    limited.approximate("auto", smooth_game())
    assert limited.last_run.passes == (256, 32)


def test_a_constant_game_takes_the_fewest_passes():
    constant = np.full((2**12, 3), 0.5)
    game = SeparableGame(
        TableSide(constant, prefix="patch", batch_size=256),
        TableSide(constant[:32], prefix="word"),
        scale=10.0,
        bias=0.0,
    )
    fixlip = FIxLIP(17, random_state=0)
    fixlip.approximate("auto", game)
    assert fixlip.last_run.passes == (256, 32)


def test_games_that_are_not_separable_have_one_budget():
    fixlip = FIxLIP(14, random_state=0)
    fixlip.approximate("auto", lambda coalitions: coalitions.sum(axis=1) ** 2.0)
    assert fixlip.last_run.passes == (256,)


def test_it_says_why_it_stopped(monkeypatch):
    def stopped(game, **options):
        fixlip = FIxLIP(game.n_players, random_state=0, **options)
        fixlip.approximate("auto", game)
        return fixlip.last_run.stopped

    assert stopped(random_game(4, 3)) == "all coalitions are evaluated"
    assert stopped(smooth_game()) == "more passes would change little"
    monkeypatch.setattr("shapiq_fixlip.approximators.auto_budget._MAX_PASSES", 256)
    assert stopped(noisy_game()).startswith("256 passes are the most; interactions of 2 players")
    fixlip = FIxLIP(17, random_state=0)
    fixlip.approximate(game=smooth_game())
    assert fixlip.last_run.stopped is None


def test_it_watches_what_is_asked_for():
    """Pairs of one side take more passes than pairs of both; without them it stops earlier."""
    game = noisy_game()
    passes = []
    for options in ({}, {"cross_modal_only": True}):
        fixlip = FIxLIP(17, random_state=0, **options)
        fixlip.approximate("auto", game)
        passes.append(fixlip.last_run.passes[0])
    assert passes[0] > passes[1]


@pytest.mark.parametrize("random_state", [0, None])
def test_a_run_can_be_continued(random_state):
    game = smooth_game()
    fixlip = FIxLIP(17, random_state=random_state)
    fixlip.approximate(game=game, budget_image=60)
    drawn = fixlip._solved.solution.observations.samples[0].coalitions
    asked, seconds = game.sides[0].n_passes, fixlip.last_run.seconds_encoder
    values = fixlip.approximate(game=game, budget_image=150, resume=True)
    assert fixlip.last_run.passes[0] == 150
    assert (fixlip._solved.solution.observations.samples[0].coalitions[:60] == drawn).all()
    assert game.sides[0].n_passes <= asked + 90
    assert fixlip.last_run.seconds_encoder > seconds
    if random_state is not None:
        whole = FIxLIP(17, random_state=0).approximate(game=game, budget_image=150)
        assert values.interactions == whole.interactions


def test_games_without_memory_are_not_asked_twice():
    asked = []

    def game(coalitions):
        asked.extend(map(tuple, coalitions.tolist()))
        return coalitions.sum(axis=1) ** 2.0 + coalitions[:, 0] * coalitions[:, 1]

    fixlip = FIxLIP(14, random_state=0)
    fixlip.approximate(60, game)
    values = fixlip.approximate(200, game, resume=True)
    assert len(asked) == len(set(asked)) == 200
    assert fixlip.approximate(60, game, resume=True).interactions == values.interactions
    assert len(asked) == 200


def test_a_budget_that_stops_by_itself_begins_with_what_is_known():
    game, fixlip = smooth_game(), FIxLIP(17, random_state=0)
    fixlip.approximate(game=game, budget_image=1000)
    fixlip.approximate("auto", game, resume=True)
    assert fixlip.last_run.passes[0] == 1000


def test_errors_that_are_unknown_do_not_stop_it():
    solution = Mock(terms=Terms(1, (1, 0)), observations=Mock(is_exact=False, n_sampled=256))
    solution.values = {(0, 0): np.zeros((1, 1)), (1, 0): np.zeros((1, 1))}
    solution.standard_errors.return_value = {(1, 0): np.full((1, 1), math.nan)}
    solution.observations.n_players = (1, 0)
    solution.observations.largest_value = 1.0
    found, why = until_stable(lambda _: solution)
    assert found is solution
    assert why.startswith("4,096 passes are the most; interactions of order 1 are")


def test_only_the_same_game_can_be_continued():
    fixlip = FIxLIP(17, random_state=0)
    for _ in range(2):
        with pytest.raises(InputError, match="resume must be False unless this approx"):
            fixlip.approximate(game=smooth_game(), resume=True)
        fixlip.approximate(game=smooth_game(), budget_image=60)
    with pytest.raises(InputError, match="resume must be True or False, got 'yes'"):
        fixlip.approximate(game=smooth_game(), resume="yes")


def test_expected_correlation_is_that_of_estimates_and_errors():
    samples = (draw_sample(9, 0.5, 60, np.random.default_rng(0)), enumerate_side(4, 0.5))
    observations = evaluate_sides(random_game(9, 4), samples)
    solution = solve(observations, faithful_index(0.5), Terms(2, (2, 2)), "shrinkage")
    errors = solution.standard_errors(np.random.default_rng(0))[1, 1].ravel()
    estimates = solution.values[1, 1].ravel()
    expected = np.sqrt(estimates @ estimates / (estimates @ estimates + errors @ errors))
    assert 0.1 < expected < 0.999
    found = expected_correlations(solution)
    assert found[1, 1] == pytest.approx(expected)
    assert found.keys() == {(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)}
    assert found[0, 2] > found[2, 0]  # all texts are known


def test_it_needs_errors_and_no_other_budget():
    game = random_game(9, 4)
    with pytest.raises(InputError, match="budget must be a number for the estimator 'least_squa"):
        FIxLIP(13, estimator="least_squares").approximate("auto", game)
    with pytest.raises(InputError, match="budget must be left out if a side"):
        FIxLIP(13).approximate("auto", game, budget_image=64)
    with pytest.raises(InputError, match="budget must be a whole number, got 'soon'"):
        FIxLIP(13).approximate("soon", game)


def noisy_game():
    """A smooth game with noise on one side that no few passes tell."""
    smooth = smooth_game(13, 4)
    table = smooth.sides[0].table + 0.5 * random_table(13, 8, 5)
    return SeparableGame(type(smooth.sides[0])(table, batch_size=256), smooth.sides[1])
