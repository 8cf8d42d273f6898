"""Exact interactions of separable games.

1. They equal shapiq's ExactComputer, which evaluates every coalition of the whole game.
2. Faithful interactions equal their definition, a weighted fit over all coalitions.
3. Axioms: efficiency, top order, dummy players, Banzhaf values, games without higher interactions.
4. What cannot be computed is refused before it costs anything.
"""

import warnings
from itertools import product
from math import comb

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from shapiq import ExactComputer, InteractionValues
from shapiq.game_theory.moebius_converter import MoebiusConverter
from small_games import (
    TableSide,
    all_coalitions,
    assert_same,
    brute_force,
    random_game,
    random_table,
    subsets_up_to,
)

from shapiq_fixlip import (
    FIxLIP,
    InputError,
    SeparableGame,
    VisionLanguageGame,
    exact_interactions,
    load_encoder,
)
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.solver.derivatives import derivatives_of_all, shapley_nodes

TOLERANCE = 1e-10
ANY_ORDER = [
    *("SII", "BII", "k-SII", "FBII", "FSII", "STII", "CHII", "kADD-SHAP"),
    *("Moebius", "Co-Moebius", "Fourier"),
]
PLAYERS = [(2, 1), (1, 3), (3, 2), (4, 3), (2, 6), (5, 4), (7, 3)]


def weighted_derivative(game, players, p):
    """The expected discrete derivative by its definition."""
    others = [i for i in range(game.n_players) if i not in players]
    total = 0.0
    for coalition in all_coalitions(len(others)):
        row = np.zeros((2 ** len(players), game.n_players), dtype=bool)
        row[:, others] = coalition
        inside = all_coalitions(len(players))
        row[:, list(players)] = inside
        signs = (-1.0) ** (len(players) - inside.sum(axis=1))
        present = coalition.sum()
        total += p**present * (1 - p) ** (len(others) - present) * (signs @ game(row))
    return total


@pytest.mark.parametrize("sizes", PLAYERS)
@pytest.mark.parametrize(
    ("index", "order"),
    [
        ("SV", 1),
        ("BV", 1),
        *product(ANY_ORDER, (1, 2, 3, 4)),
    ],
)
def test_equals_shapiq(sizes, index, order):
    if order > sum(sizes):
        pytest.skip("more players in an interaction than in the game")
    assert_equals_shapiq(random_game(*sizes), index, order)


@pytest.mark.parametrize("model", ["demo", "demo-siglip"])
@pytest.mark.parametrize("index", ["SV", *ANY_ORDER])
def test_equals_shapiq_on_the_embedded_models(small_pairs, model, index):
    for order in (1,) if index == "SV" else (2, 4):
        assert_equals_shapiq(small_pairs[model], index, order)


@pytest.fixture(scope="module")
def small_pairs():
    scene = demo_scene()
    return {
        model: VisionLanguageGame(load_encoder(model), scene.image, "a lion", image_players="2x2")
        for model in ("demo", "demo-siglip")
    }


def assert_equals_shapiq(game, index, order):
    found = exact_interactions(game, index, order)
    with warnings.catch_warnings():  # that CHII is not defined for no player
        warnings.simplefilter("ignore")
        expected = ExactComputer(game)(index, order)
    # its regressions meet the full coalition with a large weight, and so only nearly
    tolerance = 1e-7 if index in {"FSII", "kADD-SHAP"} else TOLERANCE
    assert (found.index, found.max_order, found.estimated) == (expected.index, order, False) or (
        index == "Moebius"  # shapiq gives all orders
    )
    of_nobody = expected[()]
    if index == "Co-Moebius":  # where shapiq puts the value of the empty coalition
        of_nobody = game(game.grand_coalition)[0]
    else:
        assert found.baseline_value == pytest.approx(expected.baseline_value, abs=tolerance)
    assert found[()] == pytest.approx(of_nobody, abs=tolerance)
    for players in filter(None, subsets_up_to(game.n_players, order)):
        assert found[players] == pytest.approx(expected[players], abs=tolerance)


def constrained_fit(game, columns, order):
    """The best fit under Shapley's weights that meets the empty and the full coalition."""
    n, coalitions = game.n_players, all_coalitions(game.n_players)
    sizes, values = coalitions.sum(axis=1), game(coalitions) - game(coalitions[:1])
    inner = (sizes > 0) & (sizes < n)
    weights = np.array([1 / ((n - 1) * comb(n - 2, size - 1)) for size in sizes[inner]])
    subsets = subsets_up_to(n, order)[1:]
    design = np.array([[columns(subset, row) for subset in subsets] for row in coalitions])
    # the full coalition by a Lagrange multiplier
    gram = design[inner].T @ (weights[:, None] * design[inner])
    moments = design[inner].T @ (weights * values[inner])
    full = design[-1]
    system = np.block([[gram, full[:, None]], [full[None], np.zeros((1, 1))]])
    solved = np.linalg.solve(system, np.append(moments, values[-1]))
    return dict(zip(subsets, solved, strict=False))


def is_inside(subset, coalition):
    return float(all(coalition[player] for player in subset))


def bernoulli_share(subset, coalition):
    """How much of an interaction a coalition has (Pelegrina et al., 2023)."""
    size, inside = len(subset), sum(coalition[player] for player in subset)
    numbers = special.bernoulli(size)
    return sum(comb(inside, i) * numbers[size - i] for i in range(1, inside + 1))


@pytest.mark.parametrize("sizes", [(2, 1), (3, 2), (4, 4)])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("index", "columns"), [("FSII", is_inside), ("kADD-SHAP", bernoulli_share)]
)
def test_shapley_regressions_equal_their_definition(sizes, order, index, columns):
    if order >= sum(sizes):
        pytest.skip("a fit of all interactions is no regression")
    game = random_game(*sizes)
    found = exact_interactions(game, index, order)
    for players, value in constrained_fit(game, columns, order).items():
        assert found[players] == pytest.approx(value, abs=TOLERANCE)


@pytest.mark.parametrize("sizes", PLAYERS)
@pytest.mark.parametrize("index", ["FSII", "STII", "BII", "SII"])
def test_equals_shapiq_from_moebius_coefficients(sizes, index):
    game = random_game(*sizes)
    convert = MoebiusConverter(ExactComputer(game)("Moebius"))
    for order in range(1, min(4, game.n_players) + 1):
        found, expected = exact_interactions(game, index, order), convert(index, order)
        for players in filter(None, subsets_up_to(game.n_players, order)):
            assert found[players] == pytest.approx(expected[players], abs=TOLERANCE)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.85])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_faithful_interactions_equal_their_definition(p, order):
    game = random_game(4, 3)
    found = exact_interactions(game, "FWBII", order, p)
    assert_same(found, brute_force(game, p, order), TOLERANCE)
    assert found.index == ("BV" if order == 1 else "FBII" if p == 0.5 else "FWBII")


@pytest.mark.parametrize("p", [0.2, 0.5, 0.7])
def test_weighted_banzhaf_interactions_equal_their_definition(p):
    game = random_game(3, 3)
    found = exact_interactions(game, "WBII", 3, p)
    assert found.index == ("BII" if p == 0.5 else "WBII")
    for players in subsets_up_to(6, 3):
        expected = weighted_derivative(game, players, p)
        assert found[players] == pytest.approx(expected, abs=TOLERANCE)


@given(st.integers(1, 5), st.integers(1, 5), st.floats(0.05, 0.95), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_fixlip_at_full_budget_is_exact(n_first, n_second, p, seed):
    game = random_game(n_first, n_second, seed)
    order = min(3, game.n_players)
    estimated = FIxLIP(game.n_players, order, p=p).approximate(10**6, game)
    assert_same(estimated, dict(exact_interactions(game, "FWBII", order, p).interactions), 1e-9)


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_shapley_adds_up_to_the_full_coalition(n_first, n_second, seed):
    game = random_game(n_first, n_second, seed)
    whole = game.full_value - game.empty_value
    for index, order in (("SV", 1), ("k-SII", 2), ("k-SII", min(3, game.n_players))):
        found = exact_interactions(game, index, order)
        assert sum(found.values) - found[()] == pytest.approx(whole, abs=TOLERANCE)


@pytest.mark.parametrize("p", [0.25, 0.5])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_top_order_of_both_banzhaf_indices_is_the_same(p, order):
    game = random_game(4, 4)
    faithful = exact_interactions(game, "FWBII", order, p)
    weighted = exact_interactions(game, "WBII", order, p)
    for players in subsets_up_to(8, order):
        if len(players) == order:
            assert faithful[players] == pytest.approx(weighted[players], abs=TOLERANCE)


def test_faithful_values_at_one_half_are_the_banzhaf_values():
    game = random_game(5, 3)
    faithful, values = exact_interactions(game, "FWBII", 1), exact_interactions(game, "BV")
    for player in range(8):
        assert faithful[(player,)] == pytest.approx(values[(player,)], abs=TOLERANCE)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_a_game_without_higher_interactions_has_its_moebius_coefficients_at_every_p(p):
    rng = np.random.default_rng(0)  # whole numbers, which embeddings hold without rounding
    tables = [all_coalitions(n) @ rng.integers(-9, 9, size=(n, 5)) + 1 for n in (4, 3)]
    game = SeparableGame(TableSide(tables[0], prefix="patch"), TableSide(tables[1]), scale=2.0)
    moebius = exact_interactions(game, "Moebius", 2)
    faithful = exact_interactions(game, "FWBII", 2, p)
    for players in subsets_up_to(7, 2):
        assert faithful[players] == pytest.approx(moebius[players], abs=1e-9)
    assert max(abs(moebius.values)) > 1


def test_dummy_players_get_nothing():
    table = random_table(3, 6, 0)
    game = SeparableGame(
        TableSide(np.concatenate([table, table]), prefix="patch"), TableSide(random_table(2, 6, 1))
    )
    for index in ("FWBII", "WBII", *ANY_ORDER):
        for players, value in exact_interactions(game, index, 2).interactions.items():
            if 3 in players:
                assert value == pytest.approx(0, abs=TOLERANCE)


def test_a_game_that_is_not_centred_keeps_its_offset():
    centred, raw = random_game(3, 2), random_game(3, 2, normalize=False)
    for index in ("FWBII", "WBII", "SII", "k-SII", "BV", "Moebius", "FSII", "STII", "kADD-SHAP"):
        found, expected = exact_interactions(raw, index), exact_interactions(centred, index)
        assert found[()] - expected[()] == pytest.approx(raw.empty_value, abs=TOLERANCE)
        assert found[(0,)] == pytest.approx(expected[(0,)], abs=TOLERANCE)


def test_a_side_without_players_plays_no_part():
    game = SeparableGame(
        TableSide(random_table(4, 6, 0), prefix="patch"), TableSide(random_table(0, 6, 1))
    )
    found, expected = exact_interactions(game, "SII", 2), ExactComputer(game)("SII", 2)
    for players in subsets_up_to(4, 2):
        assert found[players] == pytest.approx(expected[players], abs=TOLERANCE)


def test_each_side_is_evaluated_once_for_all_indices():
    game = random_game(6, 4)
    exact_interactions(game, "SV")
    for index in ("SII", "FWBII", "Moebius", "k-SII"):
        exact_interactions(game, index)
    assert [side.n_passes for side in game.sides] == [64, 16]


def test_the_largest_games_agree_with_each_other_and_stay_small():
    game = random_game(16, 3, dimension=4)
    shapley, values = exact_interactions(game, "SII", 2), exact_interactions(game, "SV")
    assert len(shapley.interactions) == 1 + 19 + comb(19, 2)
    for player in range(19):
        assert shapley[(player,)] == pytest.approx(values[(player,)], abs=TOLERANCE)


@given(st.integers(0, 40))
def test_the_nodes_integrate_polynomials_exactly(n):
    nodes, weights = shapley_nodes(n)
    for degree in range(n + 1):
        assert weights @ nodes**degree == pytest.approx(1 / (degree + 1), abs=1e-12)


def test_derivatives_leave_their_input_alone():
    values = random_table(4, 3, 0).astype(float)
    before = values.copy()
    derivatives_of_all(values, 0.3)
    assert (values == before).all()


def test_labels_survive_saving(tmp_path):
    game = random_game(3, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for index in ("FWBII", "WBII", "SII", "k-SII", "Moebius"):
            values = exact_interactions(game, index, 2, **({"p": 0.3} if "W" in index else {}))
            values.save(tmp_path / "values.json")
            loaded = InteractionValues.load(tmp_path / "values.json")
            assert loaded.index == index
            assert loaded.interactions == values.interactions


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ELC",), "index must be one of FWBII, FBII, .*, kADD-SHAP, Moebius, Co-Moebius, got"),
        (("SII", 5), "max_order must be at most 4 for SII of 7 players, got 5"),
        (("SII", 0), "max_order must be at least 1"),
        (("SII", 1.5), "max_order must be a whole number"),
        (("SV", 2), "max_order must be at most 1 for SV"),
        (("SII", 2, 0.3), "p must be left out for SII"),
        (("FBII", 2, 0.5), "p must be left out for FBII"),
        (("FWBII", 2, 0.0), "p must be a number greater than 0 and less than 1, got 0.0"),
        (("FWBII", 2, "half"), "p must be a number greater than 0 and less than 1, got 'half'"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        exact_interactions(random_game(4, 3), *arguments)


def test_games_that_cannot_be_enumerated_are_refused_with_the_cost():
    game = SeparableGame(LargeSide(17), TableSide(random_table(2, 6, 0)))
    passes = game.sides[0].n_passes
    with pytest.raises(InputError, match=r"got 17 and 2, which take 2\^17 \+ 2\^2 = 131,076 passe"):
        exact_interactions(game)
    assert game.sides[0].n_passes == passes


def test_other_games_are_refused():
    with pytest.raises(InputError, match="game must be a SeparableGame, got <built-in"):
        exact_interactions(len)


class LargeSide(TableSide):
    """A side with more players than can be listed; only the first one matters."""

    def __init__(self, n):
        super().__init__(random_table(1, 6, 0))
        self.player_names = tuple(f"patch {i}" for i in range(n))

    def _embed_batch(self, coalitions):
        return torch.from_numpy(self.table[coalitions[:, 0].astype(int)])


@pytest.mark.parametrize("p", [1e-30, 1e-9, 1 - 1e-9, 1 - 2**-53])
def test_extreme_probabilities_are_those_of_the_limit(p):
    game = random_game(4, 3)
    exact = exact_interactions(game, "FWBII", 3, p=p)
    estimated = FIxLIP(7, 3, p=p).approximate(game=game)
    assert estimated.interactions == pytest.approx(exact.interactions, abs=1e-12)
    if p < 0.5:  # as p falls, only the empty coalition is left
        limit = exact_interactions(game, "Moebius", 3)
        assert exact.interactions == pytest.approx(limit.interactions, abs=1e-5)
