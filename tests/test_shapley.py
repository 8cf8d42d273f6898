"""Shapley interactions of separable games from few passes.

1. The surrogate: its covariance is the formula, its likelihood has the gradient of finite
   differences, its derivatives are those of its values at all coalitions, the empty and the full
   coalition are met.
2. At full budget the result is exact; always: efficiency, linearity, dummy players, same seed same
   bits.
3. On a smooth game the errors are smaller than those of shapiq's approximators at equal passes.
4. What cannot be approximated is refused before it costs anything.
"""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
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
from shapiq_fixlip.solver.all_p import Surrogate, _best_noises, _tuned_rows
from shapiq_fixlip.solver.basis import DegreeBasis
from shapiq_fixlip.solver.covariance import Covariance, _negative_log_posterior, choose_covariance
from shapiq_fixlip.solver.derivatives import derivatives_of_all, positions_of

INDICES = [("SV", 1), ("SII", 1), ("SII", 2), ("k-SII", 1), ("k-SII", 2)]
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


def random_side(n, m):
    """Coalitions, their vectors, and what is believed about them."""
    rng = np.random.default_rng(0)
    coalitions = draw_of_all_sizes(n, m, rng, max_fixed_share=0.5)[0].coalitions
    covariance = Covariance(rng.uniform(0.05, 1, n), rng.uniform(0.1, 1), 1.3)
    values = rng.normal(size=(len(coalitions), 4))
    return coalitions, values, {"covariance": covariance, "noises": (0.01, 0.01), "n_fixed": 2}


def random_surrogate(n, m):
    coalitions, values, beliefs = random_side(n, m)
    return Surrogate(coalitions, values, **beliefs)


def test_covariance_is_the_formula():
    rng = np.random.default_rng(0)
    covariance = Covariance(rng.uniform(0.1, 1, 5), 0.7, 1.4)
    left, right = rng.random((6, 5)) < 0.5, rng.random((4, 5)) < 0.5
    found = covariance.between(left, right)
    for i, coalition in enumerate(left):
        for j, other in enumerate(right):
            rates = sum(covariance.rates[k] for k in range(5) if coalition[k] != other[k])
            gap = math.log(coalition.sum() + 1.4) - math.log(other.sum() + 1.4)
            expected = math.exp(-rates) * math.exp(-0.7 * gap**2)
            assert found[i, j] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_gradient_is_that_of_finite_differences(seed):
    rng = np.random.default_rng(seed)
    coalitions, outputs = (rng.random((12, 5)) < 0.5).astype(float), rng.normal(size=(12, 2))
    parameters = rng.normal(size=8)
    error_of_gradient = optimize.check_grad(
        lambda x: _negative_log_posterior(x, coalitions, outputs)[0],
        lambda x: _negative_log_posterior(x, coalitions, outputs)[1],
        parameters,
    )
    assert error_of_gradient < 1e-4


def test_likelihood_is_that_of_the_differences_of_values():
    rng = np.random.default_rng(1)
    coalitions, output = rng.random((9, 4)) < 0.5, rng.normal(size=9)
    contrasts = np.linalg.qr(np.column_stack([np.ones(9), rng.normal(size=(9, 8))]))[0][:, 1:]

    def literal(parameters):
        noise, size_rate, shift = np.exp(parameters[:3])
        covariance = Covariance(np.exp(parameters[3:]), size_rate, shift)
        matrix = covariance.between(coalitions, coalitions) + noise * np.eye(9)
        matrix = contrasts.T @ matrix @ contrasts
        square = contrasts.T @ output @ np.linalg.solve(matrix, contrasts.T @ output)
        prior = np.sum((parameters[3:] - parameters[3:].mean()) ** 2)
        return np.linalg.slogdet(matrix)[1] + 8 * math.log(square) + prior

    left, right = rng.normal(size=(2, 7))
    values = [
        _negative_log_posterior(x, coalitions.astype(float), output[:, None])[0]
        for x in (left, right)
    ]
    assert values[0] - values[1] == pytest.approx(literal(left) - literal(right), abs=1e-9)


def test_players_that_matter_are_found():
    rng = np.random.default_rng(0)
    sample, _ = draw_of_all_sizes(12, 100, rng, max_fixed_share=0.5)
    signs = np.where(sample.coalitions, 1.0, -1.0)
    outputs = 3 * signs[:, [2]] + 2 * signs[:, [7]] * signs[:, [11]]
    covariance, noise = choose_covariance(sample.coalitions, outputs)
    assert set(np.argsort(covariance.rates)[-3:]) == {2, 7, 11}
    assert noise < 0.3


@pytest.mark.parametrize("n", [4, 5, 8, 11])
@pytest.mark.parametrize("p", [0.0, 0.13, 0.5, 0.92, 1.0])
def test_derivatives_of_the_surrogate_are_those_of_its_values(n, p):
    surrogate = random_surrogate(n, 14)
    expected = derivatives_of_all(surrogate(all_coalitions(n)), p)
    none, singles, pairs = map(positions_of, DegreeBasis(n, 0.5, 2).subsets)
    found = surrogate.singles(p)
    assert found == pytest.approx(expected[np.concatenate([none, singles])], abs=1e-9)
    vector = np.arange(4) - 1.0
    assert surrogate.pairs(p, vector) == pytest.approx(expected[pairs] @ vector, abs=1e-9)


def test_pairs_do_not_depend_on_how_they_are_cut(monkeypatch):
    surrogate = random_surrogate(9, 30)
    whole = surrogate.pairs(0.3, np.ones(4))
    monkeypatch.setattr("shapiq_fixlip.solver.all_p._PAIRS_CHUNK", 30 * 5)
    assert surrogate.pairs(0.3, np.ones(4)) == pytest.approx(whole, abs=1e-12)


def test_coalitions_that_are_left_out_are_predicted_by_a_fit_to_the_others():
    coalitions, values, beliefs = random_side(6, 20)
    found = Surrogate(coalitions, values, **beliefs).hold_out()
    assert (found.values == values[2:]).all()
    for row in (2, 11, 19):
        others = np.delete(np.arange(20), row)
        part = Surrogate(coalitions[others], values[others], **beliefs)
        expected = part(coalitions[[row]])[0]
        assert found.predicted[row - 2] == pytest.approx(expected, abs=1e-8)


def test_empty_and_full_coalition_are_met_and_other_given_ones_nearly():
    rng = np.random.default_rng(0)
    sample, n_fixed = draw_of_all_sizes(8, 50, rng, max_fixed_share=0.5)
    values = random_table(8, 5, 0).astype(float)[positions_of_coalitions(sample.coalitions)]
    covariance = Covariance(np.full(8, 0.2), 0.3, 1.5)
    surrogate = Surrogate(
        sample.coalitions, values, covariance=covariance, noises=(0.3, 3e-4), n_fixed=n_fixed
    )
    differences = np.abs(surrogate(sample.coalitions) - values).max(axis=1)
    assert n_fixed == 18
    assert differences[:2].max() < 1e-12
    assert differences[2:18].max() < 0.05 < np.median(differences[18:])


def positions_of_coalitions(coalitions):
    return coalitions @ (1 << np.arange(coalitions.shape[1]))


def test_noise_is_small_without_noise_and_large_with_it():
    rng = np.random.default_rng(0)
    coalitions = draw_of_all_sizes(10, 120, rng, max_fixed_share=0.5)[0].coalitions
    covariance = Covariance(np.full(10, 0.05), 0.1, 1.5).between(coalitions, coalitions)
    smooth = np.linalg.cholesky(covariance + 1e-9 * np.eye(120)) @ rng.normal(size=(120, 3))
    noisy = smooth + 0.7 * rng.normal(size=(120, 3)) * (np.arange(120) >= 22)[:, None]
    found = [_best_noises(covariance, outputs, 22, 0.3) for outputs in (smooth, noisy)]
    assert found[0] == pytest.approx((3e-4, 3e-7))
    assert found[1] == pytest.approx((0.3, 3e-4))


def test_given_coalitions_that_mislead_are_not_met():
    """Where single players act unlike all larger coalitions, they are outvoted."""
    rng = np.random.default_rng(0)
    sample, n_fixed = draw_of_all_sizes(20, 150, rng, max_fixed_share=0.5)
    assert n_fixed == 42
    outputs = np.where(sample.coalitions, 1.0, -1.0) @ rng.normal(size=(20, 3))
    outputs[2:n_fixed] += 30 * rng.normal(size=(n_fixed - 2, 3))
    covariance = Covariance(np.full(20, 0.01), 1e-6, 1.5)
    drawn, given = _best_noises(
        covariance.between(sample.coalitions, sample.coalitions), outputs, n_fixed, 0.3
    )
    assert given == drawn


@pytest.mark.parametrize(("n", "size", "n_fixed"), [(12, 90, 26), (12, 70, 2), (40, 99, 2)])
def test_sample_of_all_sizes(n, size, n_fixed):
    sample, found = draw_of_all_sizes(n, size, np.random.default_rng(0), max_fixed_share=1 / 3)
    assert (found, len(sample), sample.is_exact) == (n_fixed, size, False)
    assert len(distinct_rows(sample.coalitions)[0]) == size
    sizes = sample.coalitions.sum(axis=1)
    assert sizes[:2].tolist() == [0, n]
    assert set(sizes[2:n_fixed]) <= {1, n - 1}
    drawn = draw_of_all_sizes(60, 3000, np.random.default_rng(0), max_fixed_share=0)[0].coalitions
    assert np.histogram(drawn.sum(axis=1), 4, (0, 60))[0] == pytest.approx(750, rel=0.1)


def test_search_for_the_last_coalitions_ends():
    sample, _ = draw_of_all_sizes(9, 511, np.random.default_rng(0), max_fixed_share=1 / 3)
    assert 490 < len(sample) <= 511


@pytest.mark.parametrize(("m", "n_fixed"), [(100, 26), (300, 26), (1024, 402), (300, 290)])
def test_rows_that_choose_the_covariance(m, n_fixed):
    rows = _tuned_rows(m, n_fixed, np.random.default_rng(0))
    assert len(set(rows)) == min(m, 256)
    assert (rows < n_fixed).sum() >= min(n_fixed, 128)


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
    for index, order in (("SV", 1), ("k-SII", 2)):
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
        ({"index": "STII"}, "index must be one of SV, SII, k-SII, got 'STII'"),
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
