"""Pictures of what insertion and deletion keep."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pages import number
from pictures import assert_apart_and_inside, compared, titles_of
from small_models import CAPTION, SCENE, encoder_of_grid, random_encoder

from shapiq_fixlip import FIxLIP, Grid, InputError, VisionLanguageGame
from shapiq_fixlip.games.saved import SavedGame
from shapiq_fixlip.metrics.removal_curves import removal_sequences
from shapiq_fixlip.plot import removal_plot

GONE = (0.55, 0.58, 0.61, 1.0)


def explained(side, **choices):
    encoder = encoder_of_grid(side) if side > 3 else random_encoder()
    game = VisionLanguageGame(encoder, SCENE, CAPTION, text_players="words", **choices)
    return FIxLIP(game.n_players, random_state=0).approximate(256, game), game


@pytest.fixture(scope="module")
def small():
    return explained(3, image_players=Grid(3, 3))


def test_the_players_that_are_kept_are_shown_with_their_similarity(small):
    values, game = small
    figure, axes = removal_plot(values, game, shares=[0.5, 0.25])
    assert axes.shape == (2, 2)
    for row, sequence in enumerate(removal_sequences(values)):
        for column, n in enumerate((8, 4)):
            kept, panel = sequence[16 - n], axes[row, column]
            title = titles_of(panel)[0]
            assert title.startswith(f"{n} of 16: ")
            similarity = number(title.split(": ")[1])
            assert similarity == pytest.approx(game.value_function(kept[None])[0], abs=6e-3)
            drawn = panel.images[1].get_array()
            for player in range(9):
                colour = drawn[game.image_side.regions == player][0]
                assert colour.tolist() == pytest.approx([0.0] * 4 if kept[player] else list(GONE))
            words = [text for text in panel.texts if text.get_gid() == "word"]
            assert [word.get_color() != "#c4c4c4" for word in words] == kept[9:].tolist()
    assert_apart_and_inside(figure)


@pytest.mark.parametrize("width", ["page", "column"])
@pytest.mark.parametrize("side", [7, 24])
def test_nothing_overlaps(side, width):
    values, game = explained(side)
    figure, _ = removal_plot(values, game, shares=[0.0, 0.3, 1.0], width=width)
    assert_apart_and_inside(figure)
    assert figure.get_figwidth() == {"page": 6.75, "column": 3.25}[width]
    plt.close(figure)


def test_games_without_a_model_have_no_similarities(small):
    values, game = small
    saved = SavedGame.without_model(game, range(7))
    _, axes = removal_plot(values, saved, shares=[0.5])
    assert titles_of(axes[0, 0])[0] == "8 of 16"


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([], r"shares must be one to 8 shares from 0 to 1, got \[\]"),
        ([0.5] * 9, "shares must be one to 8"),
        (0.5, "shares must be one to 8 shares from 0 to 1, got 0.5"),
        (np.array(0.5), "shares must be one to 8"),
        ([1.5], "shares must be numbers from 0 to 1, got 1.5"),
        ([np.nan], "shares must be numbers from 0 to 1, got nan"),
        ([True], "shares must be numbers from 0 to 1, got True"),
    ],
)
def test_other_shares_are_refused(shares, message, small):
    with pytest.raises(InputError, match=message):
        removal_plot(*small, shares=shares)


@pytest.mark.parametrize("width", ["wide", 1, True, None])
def test_other_widths_are_refused(width, small):
    message = "width must be from 2 to 40 inches, 'page' or 'column', got"
    with pytest.raises(InputError, match=message):
        removal_plot(*small, width=width)


@compared
def test_picture_of_removals():
    return removal_plot(*explained(7), shares=[0.75, 0.25])[0]
