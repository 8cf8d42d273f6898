"""Shapley interactions of separable games from few passes.

1. At full budget the result is exact; always: efficiency, linearity, dummy players, same seed same
   bits.
2. On a smooth game the errors are smaller than those of shapiq's approximators at equal passes.
3. What cannot be approximated is refused before it costs anything.
"""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from shapiq import AgnosticExplainer, ExactComputer, Game, InteractionValues
from shapiq.approximator import SVARMIQ, KernelSHAPIQ, PermutationSamplingSII, ProxySHAP
from small_games import TableSide, all_coalitions, assert_same, random_game, random_table

from shapiq_fixlip import InputError, SeparableGame, exact_interactions
from shapiq_fixlip.approximators.shapley import CrossModalShapley
from shapiq_fixlip.coalitions.sampling import (
    distinct_rows,
    draw_of_all_sizes,
    enumerate_of_all_sizes,
)

INDICES = [
    *(("SV", 1), ("SII", 1), ("SII", 2), ("k-SII", 1), ("k-SII", 2), ("FSII", 1), ("FSII", 2)),
    *(("STII", 1), ("STII", 2), ("CHII", 2), ("kADD-SHAP", 1), ("kADD-SHAP", 2)),
]
THEIRS = [KernelSHAPIQ, SVARMIQ, PermutationSamplingSII, ProxySHAP]


def smooth_table(n, seed, *, dummy=False):
    """Embeddings that are normalised sums over players and pairs; the first may do nothing."""
    rng = np.random.default_rng(seed)
    coalitions = all_coalitions(n).astype(float)
    if dummy:
        coalitions[:, 0] = 0
    sums = 2 + coalitions @ rng.normal(size=(n, 8)) / 2
    sums += np.einsum("mi,mj,ijd->md", coalitions, coalitions, 0.05 * rng.normal(size=(n, n, 8)))
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def smooth_game(n_first=10, n_second=4, *, scale=20.0, dummy=False):
    return SeparableGame(
        TableSide(smooth_table(n_first, 0, dummy=dummy), prefix="patch", batch_size=64),
        TableSide(smooth_table(n_second, 1), batch_size=64),
        scale=scale,
    )


def error(found, expected, size=None):
    """The mean squared error relative to the mean square."""
    truth = {s: v for s, v in expected.interactions.items() if s and size in {None, len(s)}}
    differences = np.array([found[s] - v for s, v in truth.items()])
    return np.mean(differences**2) / np.mean(np.array(list(truth.values())) ** 2)


def positions_of_coalitions(coalitions):
    return coalitions @ (1 << np.arange(coalitions.shape[1]))


@pytest.mark.parametrize(("n", "size", "n_fixed"), [(12, 90, 26), (12, 70, 2), (40, 99, 2)])
def test_sample_of_all_sizes(n, size, n_fixed):
    sample = draw_of_all_sizes(n, size, np.random.default_rng(0), max_fixed_share=1 / 3)
    assert (sample.n_fixed, len(sample), sample.is_exact) == (n_fixed, size, False)
    assert len(distinct_rows(sample.coalitions)[0]) == size
    sizes = sample.coalitions.sum(axis=1)
    assert sizes[:2].tolist() == [0, n]
    assert set(sizes[2:n_fixed]) <= {1, n - 1}
    drawn = draw_of_all_sizes(60, 3000, np.random.default_rng(0), max_fixed_share=0).coalitions
    assert np.histogram(drawn.sum(axis=1), 4, (0, 60))[0] == pytest.approx(750, rel=0.1)


def test_search_for_the_last_coalitions_ends():
    sample = draw_of_all_sizes(9, 511, np.random.default_rng(0), max_fixed_share=1 / 3)
    assert 490 < len(sample) <= 511


@pytest.mark.parametrize("sizes", [(2, 1), (4, 3), (1, 6), (7, 3)])
@pytest.mark.parametrize(("index", "order"), INDICES)
def test_full_budget_is_exact(sizes, index, order):
    game = random_game(*sizes)
    approximator = CrossModalShapley(sum(sizes), order, index)
    found, expected = approximator.approximate(10**6, game), exact_interactions(game, index, order)
    assert_same(found, dict(expected.interactions), 1e-10)
    for attribute in ("index", "max_order", "estimated", "baseline_value", "estimation_budget"):
        assert getattr(found, attribute) == getattr(expected, attribute)
    assert approximator.last_run.is_exact
    assert approximator.last_run.r2 == pytest.approx(1)


@given(st.integers(6, 16), st.integers(0, 4), st.integers(12, 60), st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_values_add_up_to_the_full_coalition(n_first, n_second, passes, seed):
    game = random_game(n_first, n_second, seed)
    whole = game.full_value - game.empty_value
    for index, order in (("SV", 1), ("k-SII", 2), ("FSII", 2)):
        approximator = CrossModalShapley(game.n_players, order, index, random_state=seed)
        found = approximator.approximate(game=game, budget_image=passes)
        assert sum(found.values) - found[()] == pytest.approx(whole, rel=1e-6, abs=1e-6)


def test_values_of_many_players_add_up_too():
    class LargeSide(TableSide):
        def _embed_batch(self, coalitions):
            return torch.from_numpy(self.table[coalitions[:, :5] @ (1 << np.arange(5))])

    side = LargeSide(random_table(5, 6, 0), batch_size=64)
    side.player_names = tuple(f"patch {i}" for i in range(120))
    game = SeparableGame(side, TableSide(random_table(3, 6, 1)), scale=10.0)
    found = CrossModalShapley(123, random_state=0).approximate(game=game, budget_image=150)
    whole = game.full_value - game.empty_value
    assert len(found.interactions) == 1 + 123 + 123 * 122 // 2
    assert sum(found.values) - found[()] == pytest.approx(whole, rel=1e-6)


def test_values_scale_with_the_game():
    small, large = (
        CrossModalShapley(14, random_state=0).approximate(game=smooth_game(scale=scale))
        for scale in (1.0, 8.0)
    )
    assert_same(8 * small, dict(large.interactions), 1e-6)


def test_a_dummy_player_gets_nearly_nothing():
    game = smooth_game(dummy=True)
    found = CrossModalShapley(14, 2, "SII", random_state=0).approximate(game=game, budget_image=120)
    largest = max(abs(value) for players, value in found.interactions.items() if players)
    for players, value in found.interactions.items():
        if 0 in players:
            assert abs(value) < 0.01 * largest


def test_seeds_decide():
    game = smooth_game()
    runs = [
        CrossModalShapley(14, random_state=seed).approximate(game=game, budget_image=60)
        for seed in (3, 3, 4)
    ]
    assert runs[0].interactions == runs[1].interactions != runs[2].interactions
    assert abs(runs[0][(0,)] - runs[2][(0,)]) > 1e-9


def passes_of(coalitions, n_first):
    parts = coalitions[:, :n_first], coalitions[:, n_first:]
    return sum(len(distinct_rows(part)[0]) for part in parts)


@pytest.mark.parametrize("method", THEIRS)
def test_errors_are_smaller_than_those_of_shapiq_at_equal_passes(method):
    game, passes = smooth_game(), 100
    exact = {index: exact_interactions(game, index, 2) for index in ("SII", "k-SII")}
    values = game(all_coalitions(14))
    budget, made = passes, 0
    while made < passes + 16:  # theirs may make more passes than ours, never fewer
        asked = []

        def counted(coalitions, asked=asked):
            asked.append(np.atleast_2d(coalitions).astype(bool))
            return values[positions_of_coalitions(asked[-1])]

        budget = int(1.1 * budget)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about packages that are not installed
            try:
                theirs = method(14, max_order=2, index="k-SII", random_state=0)
                found = theirs.approximate(budget, counted)
            except ValueError:  # the budget is too small for it
                continue
        made = passes_of(np.concatenate(asked), 10)
    ours = CrossModalShapley(14, 2, "k-SII", random_state=0)
    ours_found = ours.approximate(game=game, budget_image=passes)
    assert ours.last_run.passes == (passes, 16)
    for size in (1, 2):
        ours_error = error(ours_found, exact["k-SII"], size)
        assert ours_error < 0.05
        assert ours_error < 0.5 * error(found, exact["k-SII"], size)


@pytest.mark.parametrize(("index", "order"), INDICES)
def test_both_sides_may_be_sampled(index, order):
    game = smooth_game(10, 9)
    approximator = CrossModalShapley(19, order, index, random_state=0)
    found = approximator.approximate(game=game, budget_image=200, budget_text=150)
    assert error(found, exact_interactions(game, index, order)) < 0.01
    assert approximator.last_run.passes == (200, 150)
    assert (found.estimated, found.estimation_budget) == (True, 30_000)
    assert approximator.last_run.r2 > 0.95


def test_r2_foretells_how_well_new_coalitions_are_predicted():
    game = smooth_game(12, 4)
    approximator = CrossModalShapley(16, random_state=0)
    approximator.approximate(game=game, budget_image=80)
    sample = enumerate_of_all_sizes(12)
    assert sample.weights.sum() == pytest.approx(1)
    found = [approximator.last_run.r2]
    approximator.approximate(game=game, budget_image=600)
    found.append(approximator.last_run.r2)
    assert 0.7 < found[0] < found[1] < 1


def test_values_that_never_change_are_no_obstacle():
    table = np.tile([0.6, 0.8], (2**9, 1))
    game = SeparableGame(TableSide(table, prefix="patch"), TableSide(table[:4]))
    approximator = CrossModalShapley(11, random_state=0)
    found = approximator.approximate(game=game, budget_image=40)
    assert max(abs(found.values)) < 1e-6
    assert approximator.last_run.r2 == 1


def test_a_game_that_is_not_centred_keeps_its_offset():
    options = [{"normalize": True}, {"normalize": False}]
    centred, raw = (
        CrossModalShapley(12, 2, "SII", random_state=0).approximate(
            game=random_game(9, 3, **option), budget_image=50
        )
        for option in options
    )
    empty = random_game(9, 3).empty_value
    assert raw[()] - centred[()] == pytest.approx(empty)
    assert raw.baseline_value == pytest.approx(empty)
    assert raw[(0, 10)] == pytest.approx(centred[(0, 10)])


def test_default_is_256_passes_of_each_side():
    approximator = CrossModalShapley(19, 1, random_state=0)
    approximator.approximate(game=random_game(10, 9))
    assert approximator.last_run.passes == (256, 256)
    assert approximator.last_run.seconds_encoder > 0
    assert approximator.last_run.seconds_solver > 0


def test_there_is_no_last_run_before_the_first_one():
    with pytest.raises(RuntimeError, match="no last run before the first one"):
        _ = CrossModalShapley(4).last_run


@pytest.mark.parametrize("index", ["SV", "SII", "k-SII"])
def test_agnostic_explainer(index):
    game = random_game(5, 3)
    approximator = CrossModalShapley(8, index=index, random_state=0)
    order = approximator.max_order
    explainer = AgnosticExplainer(game, index=index, max_order=order, approximator=approximator)
    found, expected = explainer.explain(budget=256), ExactComputer(game)(index, order)
    assert found.index == index
    for players, value in expected.interactions.items():
        if players:
            assert found[players] == pytest.approx(value, abs=1e-9)


def test_labels_survive_saving(tmp_path):
    game = random_game(7, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for index in ("SV", "SII", "k-SII"):
            approximator = CrossModalShapley(9, index=index, random_state=0)
            values = approximator.approximate(game=game, budget_image=30)
            values.save(tmp_path / "values.json")
            loaded = InteractionValues.load(tmp_path / "values.json")
            assert loaded.interactions == values.interactions
            for name in ("index", "max_order", "estimated", "estimation_budget", "baseline_value"):
                assert getattr(loaded, name) == getattr(values, name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 8.0}, "n must be a whole number, got 8.0"),
        ({"index": "BII"}, "index must be one of SV, SII, k-SII, .*, kADD-SHAP, got 'BII'"),
        ({"max_order": 0}, "max_order must be at least 1, got 0"),
        ({"max_order": 2.0}, "max_order must be a whole number, got 2.0"),
        ({"max_order": 3}, "max_order must be at most 2 for k-SII of 8 players, got 3; "),
        ({"max_order": 2, "index": "SV"}, "max_order must be at most 1 for SV of 8 players, got 2"),
        ({"max_order": 2, "n": 1}, "max_order must be at most 1 for k-SII of 1 players, got 2"),
        ({"random_state": -1}, "random_state must be at least 0, got -1"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        CrossModalShapley(**{"n": 8, **options})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "game must be a SeparableGame, got None; for other games shapiq has approximators"),
        ({"game": Game(12, normalize=False)}, "game must be a SeparableGame, got .* KernelSHAPIQ"),
        ({"game": len, "budget": 99}, "game must be a SeparableGame, got <built-in"),
        ({"game": random_game(3, 2), "budget": 99}, "game must have 12 players, like the .* got 5"),
        (
            {"game": random_game(7, 5), "budget": 99, "budget_text": 9},
            "budget must be left out if a side",
        ),
        (
            {"game": random_game(7, 5), "budget_image": 3},
            "budget_image must give at least 8 .* coalitions .* got 3",
        ),
        ({"game": random_game(7, 5), "budget": 63}, r"at least 64 .*\(8 x 8 .* got 63"),
        ({"game": random_game(7, 5), "budget": 1e3}, "budget must be a whole number, got 1000.0"),
        ({"game": random_game(7, 5), "budget_text": -1}, "budget_text must be at least 1, got -1"),
        ({"game": random_game(7, 5), "budget": 99, "split": "half"}, "split must be"),
    ],
)
def test_bad_runs_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        CrossModalShapley(12).approximate(**arguments)


def test_more_than_a_machine_can_hold_is_refused_before_any_pass():
    game = random_game(14, 2)
    passes = game.sides[0].n_passes
    with pytest.raises(
        InputError, match="at most 8,192 coalitions of a side with 14 players, or a"
    ):
        CrossModalShapley(16).approximate(game=game, budget_image=10_000)
    assert game.sides[0].n_passes == passes
