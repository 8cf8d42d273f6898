"""Some interactions in the place of all: a list, a rule, those of some players, those in a box."""

import numpy as np
import pytest
from small_games import explained, random_game, smooth_game, weighted_fit

from shapiq_fixlip import FIxLIP, Grid, InputError, VisionLanguageGame, explain_game, load_encoder
from shapiq_fixlip.approximators import Among, Containing
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.page.answer import predicts, sentence
from shapiq_fixlip.page.entry import entries_of
from shapiq_fixlip.plot import players_inside

N = 17
GAME = smooth_game(12, 5)
CHOICES = {
    "list": ([(0,), (13, 0), (2, 3), (14, 15)], {(0,), (0, 13), (2, 3), (14, 15)}),
    "lookup": ({(1,): 0, (1, 2): 1}, {(1,), (1, 2)}),
    "containing": (Containing([3]), {(3,), *(tuple(sorted((3, i))) for i in range(N) if i != 3)}),
    "containing two": (Containing([14, 3]), {(3, 14)}),
    "among": (Among([14, 1, 2]), {(1,), (2,), (14,), (1, 2), (1, 14), (2, 14)}),
    "function": (
        lambda players: len(players) == 2 and players[0] == 0,
        {(0, i) for i in range(1, N)},
    ),
}


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize(
    "options", [{}, {"p": 0.3}, {"index": "WBII"}, {"max_order": 3}], ids=["", "p", "WBII", "order"]
)
def test_shrinkage_computes_the_same_numbers_but_fewer(name, options):
    choice, expected = CHOICES[name]
    every = FIxLIP(N, random_state=0, **options)
    some = FIxLIP(N, random_state=0, interactions=choice, **options)
    values = every.approximate(game=GAME, budget_image=100)
    found = some.approximate(game=GAME, budget_image=100)
    if "max_order" not in options:
        assert found.interactions.keys() == {(), *expected}
    elif name == "among":
        assert found.interactions.keys() == {(), *expected, (1, 2, 14)}
    assert found.index == values.index
    errors, found_errors = every.standard_errors(), some.standard_errors()
    for players, value in found.interactions.items():
        assert value == pytest.approx(values[players], abs=1e-10)
        assert found_errors[players] == pytest.approx(errors[players], rel=1e-9, abs=1e-12)
    assert some.last_run.r2 == every.last_run.r2
    assert some.resolved() <= found.interactions.keys()


@pytest.mark.parametrize("max_order", [2, 3])
def test_numbers_do_not_depend_on_how_a_list_is_cut(max_order, monkeypatch):
    fixlip = FIxLIP(N, max_order, interactions=Among(range(1, 16)), random_state=0)
    whole, errors = fixlip.approximate(game=GAME, budget_image=100), fixlip.standard_errors()
    monkeypatch.setattr("shapiq_fixlip.solver.set_chunks._CHUNK", 2**14)
    found = fixlip.approximate(game=GAME, budget_image=100)
    assert found.interactions == pytest.approx(whole.interactions, abs=1e-12)
    assert fixlip.standard_errors().interactions == pytest.approx(errors.interactions, abs=1e-12)


@pytest.mark.parametrize("players", [(6, 3), (4, 0)])
def test_exact_values_are_the_same_too(players):
    game = random_game(*players)
    values = FIxLIP(game.n_players).approximate(game=game)
    some = FIxLIP(game.n_players, interactions=Containing([2]))
    found = some.approximate(game=game)
    assert len(found.interactions) == 1 + game.n_players
    for interaction, value in found.interactions.items():
        assert value == pytest.approx(values[interaction], abs=1e-12)
    assert some.last_run.is_exact


def test_a_few_triples_are_computed_where_all_are_refused():
    """All of them would be more than ten million."""
    game = smooth_game(12, 5)

    def joint(coalitions):
        return game(coalitions[:, :N]) + 3.0 * coalitions[:, [0, 5, 400]].all(axis=1)

    fixlip = FIxLIP(401, 3, interactions=[(0, 5, 400), (1, 5, 399)], random_state=0)
    found = fixlip.approximate(300, joint)
    assert found.interactions.keys() == {(), (0, 5, 400), (1, 5, 399)}
    with pytest.raises(InputError, match="max_order must leave at most 10,000,000 interactions"):
        FIxLIP(401, 3, random_state=0).approximate(300, joint)


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("p", [0.3, 0.5])
def test_least_squares_fits_only_these_and_their_subsets(name, p):
    choice, expected = CHOICES[name]
    fixlip = FIxLIP(N, p=p, interactions=choice, estimator="least_squares", random_state=0)
    found = fixlip.approximate(game=GAME, budget_image=60, budget_text=20)
    subsets = {(), *expected, *((player,) for players in expected for player in players)}
    assert found.interactions.keys() == subsets
    image, text = fixlip._solved.solution.observations.samples
    coalitions = np.hstack(
        [np.repeat(image.coalitions, len(text), axis=0), np.tile(text.coalitions, (len(image), 1))]
    )
    weights = np.outer(image.weights, text.weights).ravel()
    literal = weighted_fit(coalitions, weights, GAME(coalitions), list(found.interactions))
    for players, value in literal.items():
        assert found[players] == pytest.approx(value, abs=1e-8)
    errors = fixlip.standard_errors()
    assert all(errors[players] > 0 for players in found.interactions)


def test_least_squares_needs_fewer_passes():
    options = {"estimator": "least_squares", "random_state": 0}
    with pytest.raises(InputError, match="budget_image must give least squares at least 79 dist"):
        FIxLIP(N, **options).approximate(game=GAME, budget_image=40)
    fixlip = FIxLIP(N, interactions=Containing([3]), **options)
    fixlip.approximate(game=GAME, budget_image=40)
    assert fixlip.last_run.passes[0] == 40
    with pytest.raises(InputError, match="budget_image must give least squares at least 24 dist"):
        fixlip.approximate(game=GAME, budget_image=20)


def test_what_only_these_explain_is_explained_by_least_squares():
    def game(coalitions):
        first, second, third = coalitions[:, [0, 3, 9]].T
        return 1.0 + 2.0 * first - 3.0 * first * second + 0.5 * third

    chosen = [(0, 3), (9,)]
    fixlip = FIxLIP(10, interactions=chosen, estimator="least_squares", random_state=0)
    found = fixlip.approximate(40, game)
    expected = {(): 1.0, (0,): 2.0, (3,): 0.0, (9,): 0.5, (0, 3): -3.0}
    assert found.interactions == pytest.approx(expected, abs=1e-9)
    assert fixlip.last_run.r2 == pytest.approx(1)
    assert fixlip.resolved() == {(0, 3)}
    every = FIxLIP(10, interactions=chosen, estimator="least_squares").approximate(1024, game)
    assert every.interactions == pytest.approx(expected, abs=1e-9)


def test_r2_of_least_squares_is_what_fresh_coalitions_say():
    rng = np.random.default_rng(0)
    fresh = rng.random((4000, N)) < 0.5
    fixlip = FIxLIP(N, interactions=Among(range(14)), estimator="least_squares", random_state=0)
    found = fixlip.approximate(game=GAME, budget_image=600)
    truth, predicted = GAME(fresh), explained(found, fresh)
    expected = 1 - np.mean((truth - predicted) ** 2) / np.var(truth)
    assert fixlip.last_run.r2 == pytest.approx(expected, abs=0.05)


def test_r2_of_least_squares_is_that_of_all_coalitions_if_they_are_known():
    game = random_game(6, 3)
    fixlip = FIxLIP(9, interactions=Containing([2]), estimator="least_squares")
    found = fixlip.approximate(game=game)
    every = (np.arange(2**9)[:, None] >> np.arange(9)) % 2 == 1
    truth, predicted = game(every), explained(found, every)
    assert fixlip.last_run.r2 == pytest.approx(
        1 - np.mean((truth - predicted) ** 2) / np.var(truth)
    )


def test_shrinkage_of_many_coalitions_is_least_squares_by_all_interactions(monkeypatch):
    """Errors come from the same fit of all of them, too."""
    monkeypatch.setattr("shapiq_fixlip.solver.fitted_game.MAX_SHRUNK", 350)
    found, errors = [], []
    for chosen in (None, [(0, 3), (2, 13)]):
        fixlip = FIxLIP(N, interactions=chosen, random_state=0)
        found.append(fixlip.approximate(game=GAME, budget_image=400))
        errors.append(fixlip.standard_errors())
    assert found[1].interactions.keys() == {(), (0, 3), (2, 13)}
    for players, value in found[1].interactions.items():
        assert value == pytest.approx(found[0][players], abs=1e-9)
        assert errors[1][players] == pytest.approx(errors[0][players], abs=1e-9)
        assert errors[1][players] > 0


def test_passes_are_doubled_until_these_are_stable():
    fixlip = FIxLIP(N, interactions=[(0, 13)], random_state=0)
    fixlip.approximate("auto", GAME)
    assert fixlip.last_run.stopped == "more passes would change little"
    assert fixlip.last_run.passes[0] == 512
    every = FIxLIP(N, random_state=0)
    every.approximate("auto", GAME)
    assert every.last_run.passes[0] == 256


def test_those_inside_a_box_are_drawn_listed_and_saved(tmp_path):
    scene, encoder = demo_scene(), load_encoder("demo")
    game = VisionLanguageGame(encoder, scene.image, scene.caption, image_players=Grid(4, 4))
    height, width = game.image_side.regions.shape
    inside = players_inside(game, (0, 0, width / 2, height / 2))
    assert inside == (0, 1, 4, 5)
    words = range(16, game.n_players)
    fixlip = FIxLIP(game.n_players, interactions=Among([*inside, *words]), random_state=0)
    explanation = explain_game(game, fixlip, budget_image=64, budget_text=64)
    table = explanation.table()
    n = 4 + len(words)
    assert len(table) == n + n * (n - 1) // 2
    assert explanation.settings["interactions"] == f"Among({[*inside, *words]})"
    explanation.save(tmp_path)
    loaded = type(explanation).load(tmp_path)
    assert loaded.values.interactions == explanation.values.interactions
    explanation.plot()
    explanation.page(tmp_path / "page.html")
    (entry,) = entries_of(explanation)
    assert not predicts(entry)  # others are missing
    assert sentence(entry, [])[0].text == f"Only {len(table)} chosen interactions were computed"
    only = FIxLIP(game.n_players, interactions=[(0, 16)], estimator="least_squares", random_state=0)
    (entry,) = entries_of(explain_game(game, only, budget_image=64, budget_text=64))
    assert predicts(entry)


@pytest.mark.parametrize(
    ("interactions", "message"),
    [
        ("0,1", "must be tuples of players, such as \\(3, 50\\), got '0' among them"),
        (3, "must be tuples of players, or a function of them, got 3"),
        ([], "must leave at least one interaction of 1 to 2 players, got none"),
        ([()], "must leave at least one interaction"),
        (lambda _: False, "must leave at least one interaction"),
        ([(0, 17)], "must be of at most 2 different players from 0 to 16, got \\(0, 17\\)"),
        ([(0, 1, 2)], "must be of at most 2 different players"),
        ([(4, 4)], "must be of at most 2 different players"),
        ([(-1,)], "must be at least 0, got -1"),
        ([("dog",)], "must be a whole number, got 'dog'"),
        (lambda _: "no", "must return True or False for \\(0,\\), got 'no'"),
        (lambda players: np.array(players) > 0, "must return True or False for \\(0,\\), got"),
        (Containing([17]), "must be of players 0 to 16, got Containing\\(\\[17\\]\\)"),
        (Containing([1, 2, 3]), "must leave at least one interaction"),
        (Among([0, 99]), "must be of players 0 to 16"),
    ],
)
def test_what_are_no_interactions_is_refused(interactions, message):
    with pytest.raises(InputError, match=f"interactions {message}"):
        FIxLIP(N, interactions=interactions)


def test_other_limits_and_bad_players_are_refused(monkeypatch):
    with pytest.raises(InputError, match="max_order_text must be left out if interactions are"):
        FIxLIP(N, interactions=[(0,)], max_order_text=1)
    with pytest.raises(InputError, match="cross_modal_only must be left out if interactions are"):
        FIxLIP(N, interactions=[(0,)], cross_modal_only=True)
    with pytest.raises(InputError, match="players must be numbers of players, such as"):
        Among([])
    with pytest.raises(InputError, match="players must be numbers of players, such as"):
        Containing(3)
    with pytest.raises(InputError, match="interactions must be a list, Containing or Among, as a"):
        FIxLIP(700, 3, interactions=lambda _: True)
    monkeypatch.setattr("shapiq_fixlip.approximators.chosen.MAX_INTERACTIONS", 800)
    with pytest.raises(InputError, match="interactions must leave at most 800 interactions, got"):
        FIxLIP(N, 3, interactions=Among(range(N)))
    monkeypatch.undo()
    chosen = FIxLIP(400, interactions=Containing([3]), estimator="least_squares", random_state=0)
    assert len(chosen._chosen) == 800
    with pytest.raises(InputError, match="interactions must leave least squares at most 8,192"):
        FIxLIP(140, interactions=lambda _: True, estimator="least_squares").approximate(
            2**15, lambda coalitions: coalitions[:, 0] + 0.0
        )


def test_approximators_of_other_interactions_are_others():
    one, same, other = (
        FIxLIP(N, interactions=chosen, random_state=0) for chosen in ([(0,)], {(0,)}, [(1,)])
    )
    assert one == same
    assert one != other
    assert one != FIxLIP(N, random_state=0)
