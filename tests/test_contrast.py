"""Contrasts are differences of games, explanations of them differences of explanations."""

import numpy as np
import pytest
from pictures import assert_apart_and_inside, words_of
from small_games import assert_same, brute_force
from small_models import CAPTION, SCENE, random_encoder
from small_open_clip import random_open_clip_encoder

from shapiq_fixlip import (
    Boxes,
    ContrastGame,
    Fixed,
    FIxLIP,
    Grid,
    InputError,
    Phrases,
    SeparableGame,
    Superpixels,
    Template,
    VisionLanguageGame,
    Words,
    image_text_plot,
    interaction_table,
)
from shapiq_fixlip.sides import ImageSide, TextSide

SWAPPED = "yellow hydrant next to a black dog"
SQUARE = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
CHOICES = {"image_players": Grid(2, 2), "text_players": Words()}


@pytest.fixture(scope="module")
def game():
    return VisionLanguageGame(random_encoder(), SCENE, CAPTION, **CHOICES)


def some_coalitions(n, m=40):
    return np.random.default_rng(0).random((m, n)) < 0.5


def test_captions_of_one_layout_keep_their_players(game):
    other = game.with_text(SWAPPED)
    contrast = ContrastGame(game, other)
    assert contrast.n_players == game.n_players == 11
    assert contrast.text_labels[:2] == ("black | yellow", "dog | hydrant")
    assert contrast.text == f"{CAPTION} | {SWAPPED}"
    coalitions = some_coalitions(11)
    expected = game.value_function(coalitions) - other.value_function(coalitions)
    assert contrast.value_function(coalitions) == pytest.approx(expected, abs=1e-5)
    assert contrast.shown(contrast.grand_coalition)[1] == contrast.text


def test_captions_of_other_layouts_are_fixed(game):
    other = game.with_text("a dog")
    contrast = ContrastGame(game, other)
    assert (contrast.n_players, contrast.n_players_text, contrast.text_labels) == (4, 0, ())
    coalitions = some_coalitions(4)
    values = [
        pair.value_function(
            np.pad(coalitions, ((0, 0), (0, pair.n_players - 4)), constant_values=1)
        )
        for pair in (game, other)
    ]
    assert contrast.value_function(coalitions) == pytest.approx(values[0] - values[1], abs=1e-5)


def test_explanations_are_differences_of_explanations(game):
    """By linearity, whatever is sampled."""
    other = game.with_text(SWAPPED)
    games = [game, other, ContrastGame(game, other)]
    first, second, contrast = (
        FIxLIP(11, estimator="least_squares", random_state=0).approximate(
            game=pair, budget_image=14, budget_text=64
        )
        for pair in games
    )
    for players, value in contrast.interactions.items():
        assert value == pytest.approx(first[players] - second[players], abs=1e-5)


def test_explanations_of_a_fixed_text_are_exact(game):
    contrast = ContrastGame(game, game.with_text("a dog"))
    values = FIxLIP(4, p=0.3, random_state=0).approximate(game=contrast)
    assert_same(values, brute_force(contrast, 0.3, 2), 1e-6)


def test_several_rivals_count_by_their_mean_or_by_the_best():
    template = VisionLanguageGame(
        random_encoder(),
        SCENE,
        "a photo of a {dog}",
        image_players=Grid(2, 2),
        text_players=Template(),
    )
    rivals = [template.with_text(f"a photo of a {{{name}}}") for name in ("cat", "hydrant", "car")]
    coalitions = some_coalitions(5)
    values = np.array([rival.value_function(coalitions) for rival in rivals])
    own = template.value_function(coalitions)
    mean = ContrastGame(template, rivals)
    assert mean.value_function(coalitions) == pytest.approx(own - values.mean(axis=0), abs=1e-5)
    best = ContrastGame(template, rivals, others="best")
    strongest = max(range(3), key=lambda i: rivals[i].full_value)
    assert best.value_function(coalitions) == pytest.approx(own - values[strongest], abs=1e-5)
    assert best.text_labels == (f"dog | {('cat', 'hydrant', 'car')[strongest]}",)


def test_passes_of_the_image_are_made_once(game):
    fresh = game.with_image(SCENE)
    before = fresh.image_side.n_passes
    contrast = ContrastGame(fresh, [fresh.with_text(SWAPPED), fresh.with_text("a b c d e f dog")])
    FIxLIP(contrast.n_players, random_state=0).approximate(game=contrast)
    assert fresh.image_side.n_passes == before + 2**4 - 2  # empty and full were there before
    assert contrast.sides[0] is fresh.image_side


def test_one_model_against_another():
    games = [
        VisionLanguageGame(encoder, SQUARE, CAPTION, **CHOICES)
        for encoder in (random_encoder(), random_open_clip_encoder("OpenCLIP ResNet"))
    ]
    contrast = ContrastGame(*games)
    coalitions = some_coalitions(11)
    first, second = (game.value_function(coalitions) for game in games)
    assert contrast.value_function(coalitions) == pytest.approx(first - second, abs=1e-5)
    assert contrast.player_names == games[0].player_names
    values = FIxLIP(11, max_order=2, random_state=0).approximate(game=contrast)
    assert_same(values, brute_force(contrast, 0.5, 2), 1e-5)


def test_models_that_see_other_parts_are_told_apart():
    """One crops the image of 320 x 240 pixels, the other one keeps all of it."""
    encoders = random_encoder("CLIP"), random_encoder("SigLIP 2 NaFlex")
    games = [VisionLanguageGame(encoder, SCENE, CAPTION, **CHOICES) for encoder in encoders]
    with pytest.raises(InputError, match="in the same places, .* centres are .% of the image"):
        ContrastGame(*games)
    boxes = Boxes([[60, 20, 160, 200], [160, 20, 260, 200]])
    games = [
        VisionLanguageGame(encoder, SCENE, CAPTION, image_players=boxes, text_players=Words())
        for encoder in encoders
    ]
    assert ContrastGame(*games).n_players_image == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda game: (game, []), "against must be a VisionLanguageGame or several .* got none"),
        (lambda game: (game, ["a cat"]), "against must be a VisionLanguageGame or several"),
        (lambda game: (game, None), "against must be a VisionLanguageGame or .* got NoneType"),
        (lambda game: (ContrastGame(game, game), game), "game must be a VisionLanguageGame, got"),
        (
            lambda game: (
                game,
                VisionLanguageGame(random_encoder(), SCENE, CAPTION, image_players=Grid(1, 4)),
            ),
            "against must have the same image players, such as Grid",
        ),
        (
            lambda _: [
                VisionLanguageGame(
                    random_encoder(family), SCENE, CAPTION, image_players=Superpixels(5)
                )
                for family in ("CLIP", "SigLIP 2 NaFlex")
            ],
            "against must have ",
        ),
    ],
)
def test_games_that_do_not_fit_are_refused(game, make, message):
    with pytest.raises(InputError, match=message):
        ContrastGame(*make(game))


def test_bad_options_are_refused(game):
    other = game.with_text("a dog")
    with pytest.raises(InputError, match="others must be 'mean' or 'best', got 'worst'"):
        ContrastGame(game, other, others="worst")
    with pytest.raises(InputError, match="fix_text must be True .* got False for 7 and 2"):
        ContrastGame(game, other, fix_text=False)
    assert ContrastGame(game, game.with_text(SWAPPED), fix_text=True).n_players == 4


def test_contrasts_are_drawn_and_listed(game):
    for other in (SWAPPED, "a dog"):
        contrast = ContrastGame(game, game.with_text(other))
        values = FIxLIP(contrast.n_players, random_state=0).approximate(game=contrast)
        figure, axes = image_text_plot(values, contrast)
        written = [word.get_text() for word in words_of(axes)]
        assert written == list(contrast.text_labels or contrast.text.split())
        assert len(interaction_table(values, contrast)) == len(values.interactions) - 1
        figure.clear()


def test_captions_with_signs_of_mathematics_are_drawn_as_they_are(game):
    dollars = game.with_text("$^$ dogs" + " dog" * 20, Phrases(["$^$ dogs", "dog " * 19 + "dog"]))
    values = FIxLIP(dollars.n_players, random_state=0).approximate(game=dollars, budget_text=64)
    figure, axes = image_text_plot(values, dollars)
    figure.canvas.draw()
    written = [word.get_text() for word in words_of(axes)]
    assert written[0] == "$^$ dogs"
    assert written[1].endswith("…")
    assert_apart_and_inside(figure)


def test_two_images_make_a_game():
    tower = random_encoder().image_tower
    flipped = np.asarray(VisionLanguageGame(random_encoder(), SCENE, "a").image_side.image)[:, ::-1]
    sides = [ImageSide(tower, image, image_players=Grid(2, 2)) for image in (SCENE, flipped.copy())]
    game = SeparableGame(*sides)
    whole = np.ones((1, 4), dtype=bool)
    cosine = (sides[0].embed(whole) * sides[1].embed(whole)).sum()
    assert game.full_value == pytest.approx(cosine, abs=1e-6)
    assert game.player_names[:5:4] == ("1: cell (0,0)", "2: cell (0,0)")
    values = FIxLIP(8, max_order=2, random_state=0).approximate(game=game)
    assert_same(values, brute_force(game, 0.5, 2), 1e-6)
    kinds = set(interaction_table(values, game)["kind"])
    assert kinds == {
        "cell 1",
        "cell 2",
        "cell 1 × cell 1",
        "cell 2 × cell 2",
        "cell 1 × cell 2",
    }
    shown = game.shown(np.ones(8, dtype=bool))
    assert (shown[1] == sides[1].image).all()


def test_two_texts_make_a_game():
    tower = random_encoder().text_tower
    game = SeparableGame(TextSide(tower, CAPTION), TextSide(tower, SWAPPED), scale=10)
    assert game.n_players == 16
    values = FIxLIP(16, random_state=0).approximate(game=game)
    assert not values.estimated
    assert game.shown(np.zeros(16, dtype=bool))[1] == "… … … … … … …"


def test_other_texts_and_images_share_their_passes(game):
    other = game.with_text("a dog", Fixed())
    assert other.image_side is game.image_side
    assert other.n_players_text == 0
    assert game.with_image(SQUARE).text_side is game.text_side
    assert game.text == CAPTION
