"""Pictures of 9 to 1,024 image players and 1 to 60 words: what must hold in any of them."""

import warnings
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pictures import assert_apart_and_inside, compared, links_of, titles_of, words_of
from shapiq import InteractionValues
from skimage import data
from skimage.color import deltaE_ciede2000, rgb2lab
from small_models import encoder_of_grid, random_encoder

from shapiq_fixlip import (
    Boxes,
    Explanation,
    InputError,
    Superpixels,
    VisionLanguageGame,
    image_text_plot,
)
from shapiq_fixlip.plot import (
    heatmap_grid,
    image_text_plots,
    players_inside,
    subset_plot,
    subset_plots,
)
from shapiq_fixlip.plot.fonts import Lettering
from shapiq_fixlip.plot.shown import of_words_that_matter, shown
from shapiq_fixlip.plot.word_maps import maps_of_words, words_that_matter
from shapiq_fixlip.results.views import cross_pairs

PHOTO = data.astronaut()
SIDES = (3, 7, 14, 24, 32)
WORDS = (1, 8, 20, 60)
WIDTHS = (3.25, 6.75)
MIN_DIFFERENCE, MIN_LINK, MIN_POINTS = 20, 0.8, 6


@cache
def game_of(side, n_words):
    nouns = ["dog", "hydrant", "yellow", "black", "next", "photo"]
    text = " ".join(nouns[i % len(nouns)] for i in range(n_words))
    encoder = encoder_of_grid(side, 80)
    return VisionLanguageGame(encoder, PHOTO, text, text_players="words")


@cache
def values_of(n_image, n_text, sign=0):
    """Return values as real models have them: words are strong, pairs of patches weak."""
    n, rng = n_image + n_text, np.random.default_rng(0)
    numbers = rng.standard_t(4, size=(n, n)) * 0.05
    numbers[:n_image, n_image] += np.exp(-(np.linspace(-3, 3, n_image) ** 2))  # the first word
    numbers[n_image:, n_image:] *= 20
    single = rng.normal(size=n) * np.repeat([0.2, 2.0], [n_image, n_text])
    if sign:
        numbers, single = sign * abs(numbers), sign * abs(single)
    rows, columns = np.triu_indices(n, 1)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    found = {(): 1.0, **{(i,): float(value) for i, value in enumerate(single)}}
    found |= dict(zip(pairs, numbers[rows, columns].tolist(), strict=True))
    return InteractionValues(
        found, index="FBII", max_order=2, min_order=0, n_players=n, baseline_value=1.0
    )


def drawn(side, n_words, width, **options):
    game = game_of(side, n_words)
    values = values_of(game.n_players_image, n_words)
    return image_text_plot(values, game, width=width, **options)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n_words", WORDS)
@pytest.mark.parametrize("side", SIDES)
def test_nothing_overlaps_and_all_is_legible(side, n_words, width):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, axes = drawn(side, n_words, width)
        assert_apart_and_inside(figure)
    assert figure.get_figwidth() == pytest.approx(width)
    assert len(words_of(axes)) == n_words
    assert min(text.get_fontsize() for text in axes.texts) >= MIN_POINTS
    assert all(link.get_linewidth() >= MIN_LINK for link in links_of(axes))
    assert bool(links_of(axes)) == (side == 3)
    assert bool(titles_of(axes)) == (side > 3)
    plt.close(figure)


@pytest.mark.parametrize("palette", ["shapiq", "colour_blind"])
@pytest.mark.parametrize("photo", ["astronaut", "coffee", "chelsea", "rocket"])
@pytest.mark.parametrize("side", SIDES)
def test_the_strongest_patch_of_the_strongest_word_is_seen(side, photo, palette):
    encoder = encoder_of_grid(side)
    game = VisionLanguageGame(encoder, getattr(data, photo)(), "dog and hydrant")
    n_image = game.n_players_image
    values = values_of(n_image, game.n_players_text)
    pairs = cross_pairs(values, n_image)
    patch, word = np.unravel_index(np.abs(pairs).argmax(), pairs.shape)
    title = game.player_names[n_image + word]
    figure, axes = image_text_plot(values, game, view="maps", palette=palette, width=20)
    overlay = axes.images[2 * titles_of(axes).index(title) + 1]
    pictures = []
    for is_shown in (True, False):
        overlay.set_visible(is_shown)
        figure.canvas.draw()
        pictures.append(np.array(figure.canvas.buffer_rgba())[..., :3] / 255)
    plt.close(figure)
    box = overlay.get_window_extent()
    height = pictures[0].shape[0]
    rows, columns = np.nonzero(game.image_side.regions == patch)
    x = box.x0 + (columns + 0.5) / game.image_side.regions.shape[1] * box.width
    y = height - box.y1 + (rows + 0.5) / game.image_side.regions.shape[0] * box.height
    seen, plain = (rgb2lab(picture[y.astype(int), x.astype(int)]) for picture in pictures)
    assert np.mean(deltaE_ciede2000(seen, plain)) >= MIN_DIFFERENCE


@pytest.mark.parametrize("sign", [-1, 1])
def test_values_of_one_sign_have_one_colour(sign):
    game = game_of(7, 8)
    _, axes = image_text_plot(values_of(49, 8, sign), game)
    tints = np.concatenate([image.get_array() for image in axes.images if image.get_zorder() == 2])
    coloured = tints[tints[..., 3] > 0]
    assert len(np.unique(coloured[:, :3], axis=0)) == 1
    assert (coloured[0, 0] > coloured[0, 2]) == (sign > 0)


@pytest.mark.parametrize(
    "players", [Boxes([(100, 0, 330, 512), (0, 0, 90, 380)]), Superpixels(40), "4x6"]
)
def test_other_players_are_drawn_with_numbers_and_without_overlap(players):
    game = VisionLanguageGame(
        encoder_of_grid(14), PHOTO, "dog and hydrant", image_players=players, text_players="words"
    )
    values = values_of(game.n_players_image, 3)
    for view in ("links", "maps"):
        figure, _ = image_text_plot(values, game, view=view, numbered=True)
        assert_apart_and_inside(figure)
        plt.close(figure)


def mattering(*explanations):
    return [word for one in words_that_matter(explanations)[-1] for word in one.words]


def test_words_that_matter_get_maps_in_the_order_of_the_text():
    game = game_of(7, 8)
    pairs = np.zeros((49, 8))
    pairs[:3, 5], pairs[4, 2], pairs[5, 7] = 1.0, -1.2, 0.2
    resolved = np.ones(pairs.shape, dtype=bool)
    assert mattering(maps_of_words(game, pairs, resolved)) == [2, 5]
    resolved[:3, 5] = False
    assert mattering(maps_of_words(game, pairs, resolved)) == [2]
    resolved[:] = False
    assert mattering(maps_of_words(game, pairs, resolved)) == [2, 5]
    other = np.zeros((49, 8))
    other[1, 0] = 3.0
    both = [maps_of_words(game, one, ~resolved) for one in (pairs, other)]
    assert mattering(*both) == [0, 2, 5]
    weak = maps_of_words(game, 0.01 * pairs, ~resolved)
    assert mattering(weak) == [2, 5]
    assert mattering(both[0], weak) == [2, 5]  # the same words, as weak as they are here
    shorter = maps_of_words(game_of(7, 1), 0.01 * pairs[:, 2:3], ~resolved[:, :1])
    assert mattering(shorter) == [0]
    assert mattering(both[0], shorter) == []
    assert mattering(maps_of_words(game, 0 * pairs, ~resolved)) == []


def test_parts_of_a_word_have_one_map():
    game = VisionLanguageGame(encoder_of_grid(7), PHOTO, "a hydrantdogs")
    n = game.n_players_text
    assert n > 2
    values = values_of(49, n)
    (content,) = of_words_that_matter(shown(values, game))
    joined = content.maps[-1]
    assert joined.title == "·".join(game.text_labels[1:])
    pairs = cross_pairs(values, 49)
    assert joined.numbers == pytest.approx(pairs[:, 1:].sum(axis=1))


@pytest.mark.parametrize("scale", [0.05, 100.0, 1e7, (3, 2e-5, 12345)])
def test_scales_of_any_size_have_numbers_that_can_be_read(scale):
    for side, width in ((7, 3.25), (3, 6.75)):
        figure, _ = drawn(side, 8, width, scale=scale)
        assert_apart_and_inside(figure)
        plt.close(figure)


def test_links_of_one_column_do_not_coincide():
    _, axes = image_text_plot(values_of(9, 1), game_of(3, 1))
    curves = {tuple(map(tuple, link.get_path().vertices.round(3))) for link in links_of(axes)}
    middles = [curve[1][0] - curve[0][0] for curve in curves if curve[0][0] == curve[3][0]]
    assert len(set(middles)) == len(middles) > 1


def test_what_is_pale_is_explained():
    game, values = game_of(7, 8), values_of(49, 8)
    for resolved, told in ((frozenset({(24, 49)}), True), (None, False)):
        _, axes = image_text_plot(values, game, resolved=resolved)
        assert ("pale: may be chance" in [text.get_text() for text in axes.texts]) == told


def test_what_is_not_resolved_is_faded_in_maps():
    game = game_of(7, 8)
    values = values_of(49, 8)
    resolved = frozenset({(24, 49), (23, 49)})
    content = shown(values, game, resolved=resolved)
    assert set(np.flatnonzero(content.maps[0].is_resolved)) == {23, 24}
    _, axes = image_text_plot(values, game, resolved=resolved)
    opacity = axes.images[3].get_array()[..., 3]  # after those of all words
    strong = [opacity[game.image_side.regions == patch].max() for patch in (24, 25)]
    expected = [abs(values[(patch, 49)]) for patch in (24, 25)]
    assert strong[0] == pytest.approx(0.7 * expected[0] / content.limits.pairs)
    assert strong[1] == pytest.approx(0.35 * 0.7 * expected[1] / content.limits.pairs)
    _, axes = image_text_plot(values, game, resolved=resolved, only_resolved=True)
    assert axes.images[3].get_array()[..., 3][game.image_side.regions == 25].max() == 0


def test_several_players_are_added_up():
    game = game_of(7, 8)
    values = values_of(49, 8)
    pairs = cross_pairs(values, 49)
    content = shown(values, game, condition_on=["dog", 50, "patch (0,0)", "patch (0,1)"])
    assert content.chosen == (0, 1, 49, 50)
    assert content.image == pytest.approx(pairs[:, :2].sum(axis=1))
    assert content.text == pytest.approx(pairs[:2].sum(axis=0))
    for same in (np.array([50, 49, 0, 1]), range(2)):
        assert shown(values, game, condition_on=same).chosen == tuple(sorted(same))
    assert shown(values, game, condition_on=np.array(50)).chosen == (50,)


def test_players_inside_a_box():
    game = game_of(7, 8)  # patches of 4 pixels
    assert players_inside(game, (0, 0, 8, 4)) == (0, 1)
    assert players_inside(game, (0, 0, 9.4, 4)) == (0, 1)
    assert players_inside(game, (0, 0, 10.5, 4)) == (0, 1, 2)
    assert players_inside(game, (0, 0, 28, 28)) == tuple(range(49))
    for wrong in ((0, 0, 1, 1), (100, 100, 110, 110)):
        with pytest.raises(InputError, match="box must have a player of the 28 x 28 pixels"):
            players_inside(game, wrong)
    for wrong in (
        (5, 0, 5, 9),
        (0, 0, 5),
        "box",
        (0, 0, "a", 4),
        (0, [0, 1], 5, 5),
        (0, 0, np.nan, 5),
    ):
        with pytest.raises(InputError, match="box must be left, upper, right and lower edge"):
            players_inside(game, wrong)


def test_a_picture_in_given_axes_or_a_subfigure_stays_there():
    game, values = game_of(7, 8), values_of(49, 8)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5))
    places = [left.get_position().bounds, right.get_position().bounds]
    for ax, options in ((left, {}), (right, {"condition_on": "hydrant"})):
        found, axes = image_text_plot(values, game, ax=ax, **options)
        assert (found, axes) == (figure, ax)
    assert [left.get_position().bounds, right.get_position().bounds] == places
    assert tuple(figure.get_size_inches()) == (10, 5)
    assert_apart_and_inside(figure)
    figure = plt.figure(figsize=(9, 4))
    part, _ = figure.subfigures(1, 2)
    found, axes = image_text_plot(values, game, figure=part)
    assert found is figure
    assert axes.get_figure(root=False) is part
    assert_apart_and_inside(figure)
    for ax in plt.subplots(3, 3, figsize=(3, 3))[1].flat:  # far too small, but not an error
        image_text_plot(values, game, ax=ax)
    image_text_plot(values, game, ax=plt.figure().add_axes((0, 0, 0.01, 0.3)))
    with pytest.raises(InputError, match="ax must be plain axes"):
        image_text_plot(values, game, ax=plt.figure().add_subplot(projection="polar"))


def test_files_hold_text_as_text(tmp_path):
    figure, _ = drawn(7, 8, 3.25)
    figure.savefig(tmp_path / "a.svg")
    figure.savefig(tmp_path / "a.pdf")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ">hydrant</text>" in svg
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert b"/Type3" not in pdf
    assert b"/CIDFontType2" in pdf or b"/Type42" in pdf


def test_transparent_pictures_are_legible_on_white_and_black():
    _figure, axes = drawn(7, 8, 6.75)
    words = {id(word) for word in words_of(axes)}
    for text in axes.texts:
        if id(text) in words:
            assert text.get_bbox_patch().get_facecolor()[3] == 1
        else:
            assert text.get_color() == "#757575"  # 4.6 : 1 on either


def test_right_to_left_captions_run_right_to_left():
    game = VisionLanguageGame(random_encoder(), PHOTO, "dog", image_players="2x2")
    for labels, sign in ((("כלב", "ליד", "ברז"), -1), (("dog", "at", "tap"), 1)):
        _, axes = image_text_plot(values_of(4, 3), _Renamed(game, labels))
        lefts = [word.get_position()[0] for word in words_of(axes)]
        assert lefts == sorted(lefts)[::sign]


class _Renamed(VisionLanguageGame):
    """A game whose words are called otherwise."""

    def __init__(self, game, labels):
        self.__dict__.update(game.__dict__)
        self.labels = labels

    @property
    def text_labels(self):
        return self.labels

    @property
    def n_players_text(self):
        return len(self.labels)

    @property
    def joins_previous(self):
        return (False,) * len(self.labels)

    @property
    def n_players(self):
        return 4 + len(self.labels)

    @n_players.setter
    def n_players(self, n):
        pass


def test_a_script_without_a_font_is_told_once_and_drawn_as_a_note():
    with pytest.warns(UserWarning, match="for Cuneiform install Noto Sans Cuneiform") as told:
        lettering = Lettering(["\U00012000\U00012001", "dog", "a\U00012002"])
    assert len(told) == 1
    assert lettering.words == ("[Cuneiform]", "dog", "a[Cuneiform]")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Lettering(["dog", "שלום", "собака"]).words == ("dog", "שלום", "собака")


def test_subsets_show_every_pair_of_some_players():
    game, values = game_of(7, 8), values_of(49, 8)
    players = ["dog", "hydrant", "patch (3,3)", "patch (0,6)", "patch (5,5)"]
    figure, axes = subset_plot(values, game, players)
    assert_apart_and_inside(figure)
    links = links_of(axes)
    chosen = sorted({6, 24, 40} | {49 + game.text_labels.index(w) for w in players[:2]})
    expected = sorted((values[(i, j)] for i in chosen for j in chosen if i < j), key=abs)
    assert len(links) == len(expected)
    raises = [link.get_edgecolor()[0] > 0.5 for link in links]
    assert raises == [value > 0 for value in expected]
    assert links[-1].get_linewidth() == pytest.approx(3.8)
    with pytest.raises(InputError, match="players must be a player's name .* got 'cat'"):
        subset_plot(values, game, ["cat"])
    with pytest.raises(InputError, match="players must be at least one player, got none"):
        subset_plot(values, game, [])


def test_panels_are_below_each_other_in_a_column_and_beside_each_other_on_a_page():
    game, values = game_of(7, 8), values_of(49, 8)
    both = {"one": Explanation(game, values), "the other": Explanation(game, values * 0.5)}
    for width, n_of_subsets, n_of_maps in ((3.25, 1, 1), (6.75, 2, 1), (9.5, 2, 2)):
        for n_columns, (figure, axes) in (
            (n_of_subsets, subset_plots(both, ["dog", 0], width=width)),
            (n_of_maps, image_text_plots(both, width=width)),
        ):
            assert [titles_of(one)[0] for one in axes] == list(both)
            assert_apart_and_inside(figure)
            lefts = {round(one.get_position().x0, 3) for one in axes}
            assert len(lefts) == n_columns
            plt.close(figure)
    _, axes = image_text_plots(both)
    strong, weak = (one.images[3].get_array()[..., 3].max() for one in axes)
    assert weak == pytest.approx(strong / 2)


def test_maps_of_words_fit_given_axes():
    game, values = game_of(7, 8), values_of(49, 8)
    figure, ax = plt.subplots(figsize=(6, 3))
    found, axes = heatmap_grid(values, game, ax=ax)
    assert (found, axes) == (figure, ax)
    assert_apart_and_inside(figure)


def test_the_base_is_grey_where_colours_could_not_be_told_from_it():
    values = values_of(49, 8)
    for colour, is_grey in (((255, 13, 87), True), ((120, 160, 60), False)):
        photo = np.full((64, 64, 3), 255, dtype=np.uint8)
        photo[:, :] = colour
        game = game_of(7, 8)
        red = VisionLanguageGame(encoder_of_grid(7), photo, game.text, text_players="words")
        _, axes = image_text_plot(values, red, condition_on="dog")
        base = axes.images[0].get_array()
        assert bool((base == base[..., :1]).all()) == is_grey


def test_the_image_beside_maps_stays_as_it_is_unless_grey_was_chosen():
    game, values = game_of(7, 8), values_of(49, 8)
    for base, is_grey in (("auto", False), ("image", False), ("grey", True)):
        _, axes = image_text_plot(values, game, base=base)
        largest = max(axes.images, key=lambda image: abs(np.diff(image.get_extent()[:2])[0]))
        assert (largest.get_array()[..., :1] == largest.get_array()).all() == is_grey
        both = {"one": Explanation(game, values), "two": Explanation(game, values)}
        for one in image_text_plots(both, base=base)[1]:
            largest = max(one.images, key=lambda image: abs(np.diff(image.get_extent()[:2])[0]))
            assert (largest.get_array()[..., :1] == largest.get_array()).all() == is_grey


def test_a_grey_base_has_no_colours_of_its_own():
    game = game_of(7, 8)
    _, axes = image_text_plot(values_of(49, 8), game, base="grey", condition_on="dog")
    base = axes.images[0].get_array()
    assert (base == base[..., :1]).all()
    _, axes = image_text_plot(values_of(49, 8), game, condition_on="dog", base="image")
    assert (axes.images[0].get_array() == game.image_side.image).all()


@compared
def test_picture_of_a_page():
    return drawn(7, 8, 6.75)[0]


@compared
def test_picture_of_a_column():
    return drawn(14, 20, 3.25)[0]


@compared
def test_picture_of_a_thousand_patches_and_sixty_words():
    return drawn(32, 60, 6.75)[0]


@compared
def test_picture_of_a_box():
    game = game_of(14, 8)
    box = players_inside(game, (0, 0, 28, 56))
    return image_text_plot(values_of(196, 8), game, condition_on=box)[0]


@compared
def test_picture_of_numbered_superpixels():
    game = VisionLanguageGame(
        encoder_of_grid(32), PHOTO, "dog and hydrant", image_players=Superpixels(30)
    )
    n_image, n_text = game.n_players_image, game.n_players_text
    return image_text_plot(values_of(n_image, n_text), game, view="links", numbered=True)[0]


@compared
def test_picture_of_a_subset():
    players = ["dog", "hydrant", "patch (3,3)", "patch (0,6)"]
    return subset_plot(values_of(49, 8), game_of(7, 8), players)[0]


@compared
def test_picture_of_two_explanations():
    game, values = game_of(7, 8), values_of(49, 8)
    both = {"one": Explanation(game, values), "the other": Explanation(game, values * -0.5)}
    return image_text_plots(both)[0]
