"""shapiq's computers, approximators, explainers and plots run on the game and its explanation."""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest
import shapiq
from PIL import Image
from shapiq import AgnosticExplainer, ExactComputer, InteractionValues
from shapiq.approximator import SVARMIQ, KernelSHAPIQ, RegressionFBII
from small_games import all_coalitions, assert_same, random_game
from small_models import SCENE, random_encoder

from shapiq_fixlip import (
    ContrastGame,
    CrossModalShapley,
    Explanation,
    FIxLIP,
    InputError,
    Regions,
    VisionLanguageGame,
    compare,
    exact_interactions,
    image_text_plot,
    sweep_p,
)
from shapiq_fixlip.metrics import p_faithfulness
from shapiq_fixlip.page import make_page
from shapiq_fixlip.results import image_interactions, text_interactions


@pytest.fixture(scope="module")
def game():
    return random_game(4, 3)


@pytest.fixture(scope="module")
def pair():
    return VisionLanguageGame(random_encoder(), SCENE, "a dog and a hydrant")


@pytest.fixture(scope="module", params=[0.5, 0.3])
def values(request, pair):
    return FIxLIP(pair.n_players, p=request.param, random_state=0).approximate(game=pair)


def test_exact_computer(game):
    values = FIxLIP(7).approximate(10**6, game)
    exact = ExactComputer(game)("FBII", 2)
    assert max(abs(values[s] - v) for s, v in exact.interactions.items() if s) < 1e-8


@pytest.mark.parametrize(
    ("approximator", "index"),
    [(KernelSHAPIQ, "k-SII"), (SVARMIQ, "k-SII"), (RegressionFBII, "FBII")],
)
def test_approximators(game, approximator, index):
    options = {} if approximator is RegressionFBII else {"index": index}
    estimated = approximator(7, max_order=2, random_state=0, **options).approximate(128, game)
    exact = ExactComputer(game)(index, 2)
    assert estimated.index == index
    for players in [(0,), (5,), (0, 5), (1, 2)]:
        assert estimated[players] == pytest.approx(exact[players], abs=1.0)


def test_regression_of_shapiq_agrees_at_full_budget(game):
    ours = FIxLIP(7).approximate(128, game)
    theirs = RegressionFBII(7, max_order=2, random_state=0).approximate(128, game)
    assert [ours[s] for s in theirs.interactions if s] == pytest.approx(
        [v for s, v in theirs.interactions.items() if s], abs=1e-6
    )


def test_agnostic_explainer(game):
    fixlip = FIxLIP(7, random_state=0)
    explainer = AgnosticExplainer(game, index="FBII", max_order=2, approximator=fixlip)
    values = explainer.explain(budget=128)
    assert values.interactions == fixlip.approximate(128, game).interactions


def test_game_is_saved_and_loaded(tmp_path):
    small = random_game(3, 2)
    small.precompute()
    small.save_values(tmp_path / "game.npz")
    loaded = shapiq.Game(5, normalize=False)
    loaded.load_values(tmp_path / "game.npz", precomputed=True)
    coalitions = np.eye(5, dtype=bool)
    assert loaded(coalitions) == pytest.approx(small(coalitions))


def test_json_keeps_everything(values, tmp_path):
    values.save(tmp_path / "values.json")
    loaded = InteractionValues.load(tmp_path / "values.json")
    assert loaded.interactions == values.interactions
    for attribute in ("index", "max_order", "n_players", "estimated", "estimation_budget"):
        assert getattr(loaded, attribute) == getattr(values, attribute)
    assert loaded.baseline_value == values.baseline_value == values[()]


def test_selections_and_arithmetic(values):
    strongest = values.get_top_k(5)
    largest = sorted(map(abs, values.interactions.values()))[-5:]
    assert set(largest) <= set(np.abs(strongest.values))
    pairs = values.get_n_order(2, min_order=2)
    assert {len(players) for players in pairs.interactions if players} == {2}
    doubled = values + values
    assert doubled[(0, 17)] == pytest.approx((2 * values)[(0, 17)])
    assert (values - values)[(0, 17)] == 0
    assert (-values)[(0, 17)] == -values[(0, 17)]


PLOTS = {
    "network": lambda values, names: values.plot_network(feature_names=names, show=False),
    "si_graph": lambda values, names: values.plot_si_graph(feature_names=names, show=False),
    "force": lambda values, names: values.plot_force(feature_names=names, show=False),
    "waterfall": lambda values, names: values.plot_waterfall(feature_names=names, show=False),
    "upset": lambda values, names: values.plot_upset(feature_names=names, show=False),
    "stacked_bar": lambda values, names: values.plot_stacked_bar(feature_names=names, show=False),
}


@pytest.mark.parametrize("plot", PLOTS)
def test_plots(values, pair, plot):
    PLOTS[plot](values, list(pair.player_names))
    assert plt.get_fignums()


@pytest.mark.parametrize("index", ["FBII", "k-SII"])
def test_patches_and_the_image_fit_the_interaction_graph(pair, index):
    small = pair.with_text("a dog")
    kind = FIxLIP if index == "FBII" else partial(CrossModalShapley, index=index)
    found = kind(small.n_players, random_state=0).approximate(game=small, budget_image=32)
    side = small.image_side
    _, axes = found.plot_si_graph(
        feature_names=list(small.player_names),
        feature_image_patches=dict(enumerate(side.player_pictures)),
        center_image=Image.fromarray(side.image),
        n_interactions=10,
        show=False,
    )
    assert len(axes.images) == 1 + small.n_players_image


def test_pictures_of_players_put_together_are_the_image():
    regions = np.random.default_rng(0).integers(-1, 4, size=(24, 32)).repeat(10, 0).repeat(10, 1)
    game = VisionLanguageGame(random_encoder(), SCENE, "a dog", image_players=Regions(regions + 1))
    side = game.image_side
    whole = np.full_like(side.image, 255)
    for player, picture in enumerate(side.player_pictures):
        rows, columns = np.nonzero(side.regions == player)
        place = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        whole[place] = np.minimum(whole[place], np.asarray(picture))
    expected = np.where(side.regions[..., None] >= 0, side.image, 255)
    assert (whole == expected).all()


def test_sentence_plot_of_the_words(values, pair):
    words = text_interactions(values, pair)
    assert words.n_players == pair.n_players_text
    assert words[(1,)] == values[(pair.n_players_image + 1,)]
    words.plot_sentence(list(pair.text_side.text_labels), show=False)
    assert plt.get_fignums()


def test_patches_alone(values, pair):
    patches = image_interactions(values, pair)
    assert patches.n_players == 16
    assert patches[(3, 5)] == values[(3, 5)]
    assert max(map(max, filter(None, patches.interactions))) == 15


@pytest.mark.parametrize("name", ["values.npz", "values.json"])
def test_loaded_values_are_used(tmp_path, name):
    stored, game = random_game(4, 3, seed=1), random_game(4, 3, seed=2)
    stored.precompute()
    stored.save_values(tmp_path / name)
    game.load_values(tmp_path / name)
    assert game.has_loaded_values
    assert (game.empty_value, game.full_value) == (stored.empty_value, stored.full_value)
    coalitions = all_coalitions(7)
    assert (game(coalitions) == stored(coalitions)).all()
    passes = [side.n_passes for side in game.sides]
    for index in ("FBII", "SV", "k-SII", "FSII", "Moebius"):
        found, expected = exact_interactions(game, index), exact_interactions(stored, index)
        assert_same(found, dict(expected.interactions), 1e-10)
        assert found.baseline_value == pytest.approx(expected.baseline_value)
    fixlip = FIxLIP(7)
    assert_same(
        fixlip.approximate(game=game), FIxLIP(7).approximate(game=stored).interactions, 1e-9
    )
    assert fixlip.last_run.passes == (128,)
    assert FIxLIP(7, random_state=0).approximate(100, game).estimation_budget <= 100
    assert [side.n_passes for side in game.sides] == passes


@pytest.fixture
def game_of_some_values(tmp_path):
    stored = random_game(4, 3)
    stored.precompute(all_coalitions(7)[[*range(99), 127]])
    stored.save_values(tmp_path / "some.npz")
    return tmp_path / "some.npz"


def test_some_of_the_values_are_never_ignored(game_of_some_values):
    game = random_game(4, 3)
    with pytest.raises(InputError, match=r"precomputed must be True .* False for 100 of 2\^7 valu"):
        game.load_values(game_of_some_values)
    assert not game.has_loaded_values
    game.load_values(game_of_some_values, precomputed=True)
    with pytest.raises(InputError, match="game must have all 128 values, got 100 loaded ones"):
        exact_interactions(game)
    with pytest.raises(InputError, match="game must have all 128 values, got 100 loaded ones"):
        FIxLIP(7).approximate(128, game)


def test_the_empty_and_the_full_coalition_must_be_among_loaded_values(tmp_path):
    game = random_game(4, 3)
    game.precompute(all_coalitions(7)[1:9])
    game.save_values(tmp_path / "some.npz")
    with pytest.raises(InputError, match="path must have the values of the empty and of the full"):
        random_game(4, 3).load_values(tmp_path / "some.npz", precomputed=True)


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("stored_normalize", [True, False])
def test_loaded_values_are_centred_as_the_game_is(tmp_path, normalize, stored_normalize):
    stored = random_game(3, 2, normalize=stored_normalize)
    stored.precompute()
    stored.save_values(tmp_path / "values.json")
    game = random_game(3, 2, seed=5, normalize=normalize)
    game.load_values(tmp_path / "values.json")
    expected = 0.0 if normalize else stored.empty_value
    assert game(game.empty_coalition)[0] == pytest.approx(expected)
    whole = game(game.grand_coalition)[0] - game(game.empty_coalition)[0]
    assert whole == pytest.approx(stored.full_value - stored.empty_value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.npz", None),
        ("values.txt", b"1"),
        ("values.npz", b"no archive"),
        ("values.json", b"{}"),
        ("values.json", b"["),
        (3, None),
    ],
)
def test_files_without_values_are_refused(tmp_path, name, content):
    path = tmp_path / name if isinstance(name, str) else name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="path must be") as raised:
        random_game(3, 2).load_values(path)
    assert "\n" not in str(raised.value)


def test_games_made_from_one_with_loaded_values_have_their_own(tmp_path):
    encoder = random_encoder()
    choices = {"image_players": "2x2", "text_players": "words"}
    game = VisionLanguageGame(encoder, SCENE, "a dog", **choices)
    other = VisionLanguageGame(encoder, SCENE, "a cat", **choices)
    other.precompute()
    other.save_values(tmp_path / "values.npz")
    game.load_values(tmp_path / "values.npz")
    made = game.with_text("a bird")
    assert not made.has_loaded_values
    fresh = VisionLanguageGame(encoder, SCENE, "a bird", **choices)
    assert_same(exact_interactions(made), dict(exact_interactions(fresh).interactions), 1e-9)


def test_games_are_saved_where_there_is_a_folder(tmp_path):
    game = VisionLanguageGame(random_encoder(), SCENE, "a dog", image_players="2x2")
    game.save(tmp_path / "game")
    assert VisionLanguageGame.load(tmp_path / "game").text == "a dog"
    with pytest.raises(InputError, match="path must be in a folder that exists, got"):
        game.save(tmp_path / "missing" / "game.json")


@pytest.mark.parametrize(
    "use",
    [
        lambda game: CrossModalShapley(7).approximate(game=game),
        lambda game: p_faithfulness(exact_interactions(game), game),
        lambda game: sweep_p(game, [0.4]),
        lambda game: compare(game, ["SV"]),
        lambda game: FIxLIP(7).approximate(game=game, budget_image=4),
    ],
)
def test_what_needs_the_sides_refuses_loaded_values(tmp_path, use):
    game = random_game(4, 3)
    game.precompute()
    game.save_values(tmp_path / "values.npz")
    game.load_values(tmp_path / "values.npz")
    with pytest.raises(InputError, match="loaded values"):
        use(game)


def test_a_saved_game_comes_back_with_what_pictures_need(tmp_path):
    encoder = random_encoder()
    game = VisionLanguageGame(encoder, SCENE, "a dog", image_players="2x2", text_players="words")
    for part in (game, ContrastGame(game, game.with_text("a cat"))):
        part.save(tmp_path / "before.json")
        again = VisionLanguageGame.load(tmp_path / "before.json")
        assert again.facts() == part.facts()
        assert (again.image_side.image == part.image_side.image).all()
        values = exact_interactions(part, "k-SII")
        image_text_plot(values, again)
        make_page(Explanation(again, values))
        part.precompute()
        part.save(tmp_path / "game.json", desc="a test")
        again = VisionLanguageGame.load(str(tmp_path / "game.json"))
        assert again.original_model_output == pytest.approx(part.original_model_output)
        assert_same(exact_interactions(again, "k-SII"), dict(values.interactions), 1e-10)
        make_page(Explanation(again, values))
        plain = shapiq.Game.load(tmp_path / "game.json")
        assert plain(plain.grand_coalition) == pytest.approx(part(part.grand_coalition))
        raw = VisionLanguageGame.load(tmp_path / "game.json", normalize=False)
        assert raw.normalization_value == 0
        assert raw(raw.empty_coalition)[0] == pytest.approx(part.empty_value)
    assert [file.name for file in tmp_path.iterdir() if "json" not in file.suffix] == []


@pytest.mark.parametrize("content", ["", "{}", '{"parameters": {"game": {}}}'])
def test_files_that_are_no_saved_games_are_refused(tmp_path, content):
    (tmp_path / "game.json").write_text(content)
    with pytest.raises(InputError, match="path must be a saved game of an image and a text, got"):
        VisionLanguageGame.load(tmp_path / "game.json")
    with pytest.raises(InputError, match="path must be a saved game of an image and a text, got"):
        VisionLanguageGame.load(tmp_path / "missing.json")
