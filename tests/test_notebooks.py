"""What notebooks show: short words, tables, and progress where somebody looks."""

import io
import logging
import sys
import time
from html.parser import HTMLParser

import pytest
from small_models import CAPTION, SCENE, random_encoder

from shapiq_fixlip import (
    CallableEncoder,
    ContrastGame,
    InputError,
    RunReport,
    VisionLanguageGame,
    compare,
    explain,
    load_encoder,
)
from shapiq_fixlip.plot import image_text_plot
from shapiq_fixlip.progress import passes_shown, tracked

ATTACK = "a <script>alert(1)</script> dog"


class Seen(HTMLParser):
    """What a browser makes of HTML."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def test_runs_are_short_and_tables():
    run = RunReport((256, 64), 0.81, 1.79, 0.8804, is_exact=False)
    expected = "<RunReport: passes 256 + 64, seconds 0.8 + 1.8, R² 0.880, values estimated>"
    assert repr(run) == expected
    assert Seen(run._repr_html_()).texts[:3] == ["RunReport", "passes", "256 + 64"]
    unknown = RunReport((8,), float("nan"), float("nan"), float("nan"), is_exact=True, stopped="x")
    assert repr(unknown) == "<RunReport: passes 8, values exact, stopped x>"


def test_encoders_are_short_and_tables():
    encoder = load_encoder("demo")
    assert repr(encoder).startswith("<Encoder: ")
    assert f"{encoder.logit_scale:.4g} · cosine" in repr(encoder)
    assert len(repr(encoder)) < 100
    assert str(encoder.text_tower.tokenizer.context_length) in Seen(encoder._repr_html_()).texts
    own = CallableEncoder(
        encoder.image_tower.embed_pixels,
        encoder.text_tower.embed,
        preprocess=lambda image: encoder.image_tower.prepare(image).pixels[0],
        tokenizer=encoder.text_tower.tokenizer,
        mean=(0.5,) * 3,
        std=(0.5,) * 3,
        logit_bias=-2.0,
    )
    assert repr(own).startswith("<CallableEncoder: ")
    assert repr(own).endswith("1 · cosine -2>")


def test_games_are_short_and_show_their_image():
    game = VisionLanguageGame(random_encoder(), SCENE, ATTACK)
    n_image, n_text = game.n_players_image, game.n_players_text
    assert f"players {n_image} + {n_text}, similarity" in repr(game)
    assert repr(game).startswith("<VisionLanguageGame: 'a <script>")
    assert len(repr(game)) < 150
    seen = Seen(game._repr_html_())
    tags = [tag for tag, _ in seen.tags]
    assert "script" not in tags
    (image,) = (attributes for tag, attributes in seen.tags if tag == "img")
    assert image["src"].startswith("data:image/png;base64,")
    assert ATTACK in image["alt"]
    assert f"{game.full_value:.4g}" in seen.texts
    contrast = ContrastGame(game, game.with_text("a yellow hydrant"))
    assert repr(contrast).startswith("<ContrastGame: ")
    assert "<img" in contrast._repr_html_()


def test_pictures_show_themselves_once():
    explanation = explain(SCENE, "a dog", image_players="2x2")
    drawn = explanation.plot()
    figure, axes = drawn
    assert (drawn.figure, drawn.axes) == (figure, axes)
    assert drawn._ipython_display_() is None  # the notebook shows the figure itself
    assert isinstance(image_text_plot(explanation.values, explanation.game), type(drawn))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_automatic(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    plain, terminal = io.StringIO(), Terminal()
    for stream, verbose in ((plain, "auto"), (terminal, False)):
        monkeypatch.setattr(sys, "stderr", stream)
        assert list(tracked(range(3), "things", total=3, verbose=verbose)) == [0, 1, 2]
    assert plain.getvalue() == terminal.getvalue() == caplog.text == ""
    monkeypatch.setattr(sys, "stderr", terminal)
    list(tracked(range(3), "things", total=3, verbose="auto"))
    assert terminal.getvalue().strip("\r \n") == ""  # it took less than a second
    monkeypatch.setattr("shapiq_fixlip.progress._SECONDS_WITHOUT_A_BAR", 1e-9)
    slow = (time.sleep(0.15) for _ in range(3))
    list(tracked(slow, "things", total=3, verbose="auto"))
    assert "Things" in terminal.getvalue()


@pytest.mark.parametrize("verbose", ["yes", None, 3, []])
def test_other_ways_of_showing_progress_are_refused(verbose):
    message = "verbose must be True, False or 'auto', got"
    with pytest.raises(InputError, match=message):
        explain(SCENE, CAPTION, model="missing", verbose=verbose)
    game = VisionLanguageGame(random_encoder(), SCENE, "a dog", image_players="2x2")
    with pytest.raises(InputError, match=message):
        compare(game, verbose=verbose)
    with pytest.raises(InputError, match=message), passes_shown(verbose=verbose):
        pass
