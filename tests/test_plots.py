"""Pictures of explanations; some are compared with stored ones, up to a tolerance."""

import time
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from pictures import compared, links_of, titles_of, words_of
from shapiq import InteractionValues
from skimage.color import deltaE_ciede2000, rgb2lab
from small_models import CAPTION, SCENE, encoder_of_grid, random_encoder

from shapiq_fixlip import (
    Boxes,
    ContrastGame,
    Fixed,
    FIxLIP,
    Grid,
    InputError,
    Patches,
    Superpixels,
    Tokens,
    VisionLanguageGame,
    Words,
    image_text_plot,
)
from shapiq_fixlip.metrics import InsertionDeletion
from shapiq_fixlip.plot import heatmap_grid, insertion_deletion_plot
from shapiq_fixlip.plot.chosen_players import named_players
from shapiq_fixlip.plot.palettes import ends
from shapiq_fixlip.plot.scales import limits_of
from shapiq_fixlip.plot.shown import shown
from shapiq_fixlip.results.views import cross_pairs, shared_values


def fixed_values(n_players, n_image, seed=0, order=2):
    """Return an explanation that no model has part in, with a few strong pairs."""
    rng = np.random.default_rng(seed)
    numbers = {(): 1.0}
    numbers |= {(i,): rng.normal() for i in range(n_players)}
    if order == 2:
        for i in range(n_players):
            for j in range(i + 1, n_players):
                numbers[(i, j)] = rng.normal(scale=1.5 if i < n_image <= j else 0.1)
    return InteractionValues(
        numbers, index="FBII", max_order=order, min_order=0, n_players=n_players, baseline_value=1.0
    )


@pytest.fixture(scope="module")
def game():
    return VisionLanguageGame(
        random_encoder(), SCENE, CAPTION, image_players=Grid(3, 3), text_players=Words()
    )


@pytest.fixture(scope="module")
def values(game):
    return fixed_values(game.n_players, game.n_players_image)


def box_colours(axes):
    return np.array([word.get_bbox_patch().get_facecolor() for word in words_of(axes)])


@compared
def test_picture_of_everything(values, game):
    return image_text_plot(values, game)[0]


@compared
def test_picture_of_one_word(values, game):
    return image_text_plot(values, game, condition_on="dog", palette="colour_blind")[0]


@compared
def test_picture_of_one_patch(values, game):
    return image_text_plot(values, game, condition_on="cell (1,1)")[0]


@compared
def test_picture_of_first_order(values, game):
    return image_text_plot(values, game, first_order=True)[0]


@compared
def test_picture_of_maps_of_words(values, game):
    return heatmap_grid(values, game, n_columns=3)[0]


@compared
def test_picture_of_removal_curves():
    steps = np.linspace(1, 0, 11)
    return insertion_deletion_plot(
        {
            "pairs": InsertionDeletion(steps**3 * 8 + 1, steps**0.3 * 8 + 1),
            "players": InsertionDeletion(steps**2 * 8 + 1, steps**0.7 * 8 + 1),
        }
    )[0]


def test_every_kind_has_its_own_scale_unless_asked_otherwise(values, game):
    content = shown(values, game)
    image, text = np.split(np.abs(shared_values(values)), [9])
    assert content.limits == (image.max(), text.max(), np.abs(cross_pairs(values, 9)).max())
    assert limits_of(None, content.limits) == content.limits
    assert limits_of(7, content.limits) == (7, 7, 7)
    assert limits_of((1, 2, 3.5), content.limits) == (1, 2, 3.5)


def test_links_are_the_strongest_pairs_in_order(values, game):
    content = shown(values, game, top_k=5)
    pairs = cross_pairs(values, 9)
    assert [abs(link.value) for link in content.links] == sorted(
        np.abs(pairs).ravel(), reverse=True
    )[:5]
    assert all(link.value == values[(link.patch, 9 + link.word)] for link in content.links)


def test_links_that_lower_are_dashed(values, game):
    _, axes = image_text_plot(values, game, top_k=40)
    lowers, raises = (to_rgb(colour) for colour in ends("shapiq"))
    for link in links_of(axes):
        is_raising = link.get_edgecolor()[0] > 0.5
        assert link.get_edgecolor()[:3] == pytest.approx(raises if is_raising else lowers)
        assert (link.get_linestyle() in ("-", "solid")) == is_raising


def test_conditioned_on_a_word_the_image_has_its_pairs(values, game):
    word = list(game.player_names).index("dog")
    for name in ("dog", word):
        content = shown(values, game, condition_on=name)
        assert content.image == pytest.approx([values[(patch, word)] for patch in range(9)])
        assert not content.text.any()
        assert content.chosen == (word,)
        assert not content.links


def test_conditioned_on_a_patch_the_caption_has_its_pairs(values, game):
    content = shown(values, game, condition_on=4)
    assert content.text == pytest.approx([values[(4, word)] for word in range(9, 16)])
    assert not content.image.any()


def test_a_phrase_has_the_pairs_of_its_words_added_up(values, game):
    content = shown(values, game, condition_on="yellow hydrant")
    two = [list(game.player_names).index(word) for word in ("yellow", "hydrant")]
    assert content.chosen == tuple(two)
    assert content.image == pytest.approx(
        [values[(patch, two[0])] + values[(patch, two[1])] for patch in range(9)]
    )


def test_pictures_of_several_words_have_one_scale(values, game):
    limits = {shown(values, game, condition_on=word).limits.image for word in game.player_names}
    assert limits == {np.abs(cross_pairs(values, 9)).max()}


def test_first_order_has_no_shares_of_pairs(values, game):
    content = shown(values, game, top_k=12, first_order=True)
    assert [*content.image, *content.text] == [values[(player,)] for player in range(16)]
    assert not content.links


def test_a_fixed_scale_gives_equal_values_equal_colours(values, game):
    both = [image_text_plot(scaled, game, scale=20)[1] for scaled in (values, values * 0.5)]
    strong, weak = (1 - box_colours(axes)[:, :3] for axes in both)
    assert weak == pytest.approx(strong / 2, abs=0.01)
    widths = [[link.get_linewidth() - 0.8 for link in links_of(axes)] for axes in both]
    assert widths[1] == pytest.approx(np.array(widths[0]) / 2)


def test_parts_of_a_word_touch_and_words_do_not():
    game = VisionLanguageGame(random_encoder(), SCENE, "a hydrantdogs, dog")
    assert len(game.text_labels) > 4  # the tokenizer splits
    figure, axes = image_text_plot(fixed_values(game.n_players, 16), game)
    figure.canvas.draw()
    boxes = [word.get_bbox_patch().get_window_extent() for word in words_of(axes)]
    gaps = [right.x0 - left.x1 for left, right in pairwise(boxes)]
    touching = [bool(gap < 2) for gap in gaps]
    assert touching == list(game.joins_previous[1:])
    assert touching[0] is False
    assert touching[-1] is False
    assert all(touching[1:-1])


@pytest.mark.parametrize(
    "players",
    [Grid(2, 2), Boxes([(50, 20, 150, 100), (130, 90, 250, 220)]), Superpixels(6), Patches()],
    ids=["grid", "boxes", "segments", "patches"],
)
@pytest.mark.parametrize("words", [Words(), Fixed(), Tokens()], ids=["words", "fixed", "tokens"])
def test_any_players_are_drawn(players, words):
    game = VisionLanguageGame(
        random_encoder(), SCENE, CAPTION, image_players=players, text_players=words
    )
    values = fixed_values(game.n_players, game.n_players_image)
    _, axes = image_text_plot(values, game)
    assert len(words_of(axes)) == (game.n_players_text or 7)
    tints = axes.images[1].get_array()
    inside = game.image_side.regions >= 0
    assert (tints[inside][:, 3] > 0).all()
    assert not tints[~inside].any()


def test_a_thousand_patches_and_seventy_seven_words_take_seconds():
    game = VisionLanguageGame(encoder_of_grid(32, 80), SCENE, " ".join(["dog"] * 77))
    values = fixed_values(1024 + 77, 1024)
    started = time.perf_counter()
    figure, axes = image_text_plot(values, game)
    figure.canvas.draw()
    assert time.perf_counter() - started < 30  # the claim of 5 is measured in benchmarks
    assert len(words_of(axes)) == 77


def test_grid_of_maps_shows_every_word_or_those_asked_for(values, game):
    _, axes = heatmap_grid(values, game)
    assert titles_of(axes) == list(game.player_names[9:])
    _, axes = heatmap_grid(values, game, players=["dog", 10, "yellow hydrant"], scale=2.0)
    assert titles_of(axes) == ["dog", game.player_names[10], "yellow hydrant"]
    opacity = axes.images[1].get_array()[..., 3]
    word = list(game.player_names).index("dog")
    largest = max(min(abs(values[(patch, word)]) / 2, 1) for patch in range(9))
    assert opacity.max() == pytest.approx(0.7 * largest)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"condition_on": "cat"}, "condition_on must be a player's name .* got 'cat'; the text"),
        ({"condition_on": 16}, "condition_on must be a player from 0 to 15, got 16"),
        ({"condition_on": 1.5}, "condition_on must be the name or the number of a player, got 1.5"),
        ({"condition_on": True}, "condition_on must be a player from 0 to 15, got True"),
        ({"condition_on": "dog", "first_order": True}, "first_order must be False to condition"),
        ({"top_k": 0}, "top_k must be at least 1, got 0"),
        ({"top_k": -3}, "top_k must be at least 1, got -3"),
        ({"top_k": 1.5}, "top_k must be a whole number, got 1.5"),
        ({"scale": 0}, "scale must be a positive number, got 0"),
        ({"scale": "own"}, "scale must be a positive number, got 'own'"),
        ({"scale": float("nan")}, "scale must be a positive number, got nan"),
        ({"scale": (1, 2)}, "scale must be a positive number, or three: of image players, text"),
        ({"scale": (1, 2, -3)}, "scale must be a positive number, got -3"),
        ({"condition_on": []}, "condition_on must be at least one player, got none"),
        ({"condition_on": ["dog", "cat"]}, "condition_on must be a player's name .* got 'cat'"),
        ({"view": "network"}, "view must be one of auto, links, maps, got 'network'"),
        ({"view": "maps", "condition_on": 0}, "view must be 'auto' or 'links' unless pairs of"),
        ({"base": "white"}, "base must be one of auto, image, grey, got 'white'"),
        ({"first_order": "no"}, "first_order must be True or False, got 'no'"),
        ({"numbered": 1}, "numbered must be True or False, got 1"),
        ({"width": 1}, "width must be from 2 to 40 inches, .* got 1"),
        ({"width": "wide"}, "width must be from 2 to 40 inches, .* got 'wide'"),
        ({"ax": 3}, "ax must be plain axes, without a figure, got 3"),
        ({"figure": "new"}, "figure must be a figure, got 'new'"),
        ({"palette": "red"}, "palette must be 'shapiq' or 'colour_blind', got 'red'"),
    ],
)
def test_bad_options_are_refused_and_leave_no_figure(values, game, options, message):
    with pytest.raises(InputError, match=message):
        image_text_plot(values, game, **options)
    assert not plt.get_fignums()


def test_what_cannot_be_mapped_is_refused(values, game):
    for words in ("dog", []):
        with pytest.raises(InputError, match="players must be a list of at least one text player"):
            heatmap_grid(values, game, players=words)
    with pytest.raises(InputError, match="players must be of the text, got 'cell"):
        heatmap_grid(values, game, players=["cell (0,0)"])
    first = fixed_values(16, 9, order=1)
    with pytest.raises(InputError, match="values must have pairs of players, got max_order = 1"):
        heatmap_grid(first, game)
    with pytest.raises(InputError, match="results must be what insertion_deletion returns"):
        insertion_deletion_plot({"pairs": 3})
    for draw in (image_text_plot, heatmap_grid):
        with pytest.raises(InputError, match="values must be of 16 players as the game, got 5"):
            draw(fixed_values(5, 3), game)
    assert not plt.get_fignums()


def test_names_come_before_phrases_in_contrasts_and_repeated_words():
    game = VisionLanguageGame(random_encoder(), SCENE, "dog and dog", text_players=Words())
    assert named_players(game, "dog") == (16,)
    assert named_players(game, "dog (2)") == (18,)
    assert named_players(game, "DOG") == (16, 18)
    contrast = ContrastGame(game, game.with_text("cat and dog"))
    assert named_players(contrast, "dog | cat") == (16,)
    values = FIxLIP(contrast.n_players, random_state=0).approximate(game=contrast, budget_image=64)
    image_text_plot(values, contrast, condition_on="dog | cat")


def test_values_that_are_not_finite_are_refused(values, game):
    for draw in (image_text_plot, heatmap_grid):
        with pytest.raises(InputError, match="values must be finite, got 138 values that are not"):
            draw(values * np.nan, game)


def test_a_side_without_players_is_said(values, game):
    fixed = VisionLanguageGame(
        random_encoder(), SCENE, CAPTION, image_players=Grid(3, 3), text_players=Fixed()
    )
    found = fixed_values(9, 9)
    image_text_plot(found, fixed)
    with pytest.raises(InputError, match="condition_on must be None where one side has no players"):
        image_text_plot(found, fixed, condition_on=0)
    with pytest.raises(InputError, match="got 'dog'; the text players are none"):
        image_text_plot(found, fixed, condition_on="dog")
    with pytest.raises(InputError, match="game must have text players, got none"):
        heatmap_grid(found, fixed)
    with pytest.raises(InputError, match="scale must be a positive number, got 'all'"):
        heatmap_grid(values, game, scale="all")
    with pytest.raises(InputError, match="players must be a list of at least one text player"):
        heatmap_grid(values, game, players=3)


def seen_without(kind, colour):
    """Return what people without one kind of cone see of a colour (Machado et al., 2009)."""
    matrices = {
        "protanopia": [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        "deuteranopia": [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        "tritanopia": [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    }
    linear = np.array(to_rgb(colour)) ** 2.2
    return (np.array(matrices[kind]) @ linear).clip(0, 1) ** (1 / 2.2)


@pytest.mark.parametrize("kind", ["protanopia", "deuteranopia", "tritanopia"])
def test_colour_blind_people_can_tell_the_colours_apart(kind):
    seen = [rgb2lab(seen_without(kind, colour)) for colour in ends("colour_blind")]
    white = rgb2lab(np.ones(3))
    assert deltaE_ciede2000(*seen) > 30
    assert min(deltaE_ciede2000(one, white) for one in seen) > 30
