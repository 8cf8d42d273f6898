"""Players, removals and contrasts on the command line, with the embedded model."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from small_models import CAPTION, SCENE

from shapiq_fixlip import Explanation
from shapiq_fixlip.commands.printing import print_summary
from shapiq_fixlip.games import loading as games_loading
from shapiq_fixlip.metrics import prompt_sanity


@pytest.fixture
def files(tmp_path):
    """A label image and a background for the scene, and one for a demo scene of 224 pixels."""
    for name, size in (("scene", (320, 240)), ("demo", (224, 224))):
        labels = np.zeros(size[::-1], dtype=np.uint8)
        labels[:, : size[0] // 2] = 1
        labels[:, size[0] // 2 :] = 2
        Image.fromarray(labels).save(tmp_path / f"{name}.png")
    Image.new("RGB", (50, 40), "green").save(tmp_path / "background.png")


@pytest.mark.parametrize(
    ("options", "n_image", "n_text"),
    [
        (("--image-players", "3x4"), 12, 9),
        (("--image-players", "superpixels"), None, 9),
        (("--image-players", "superpixels:20"), None, 9),
        (("--image-players", "boxes:0,0,100,120;100,0,224,224"), 2, 9),
        (("--image-players", "labels:demo.png"), 2, 9),
        (("--text-players", "words"), 49, 9),
        (("--text-players", "phrases:lion;unicorn and a tent"), 49, 2),
        (("--text-players", "fixed"), 49, 0),
        *[(("--image-removal", name), 49, 9) for name in ("mean", "gray", "black", "blur", "drop")],
        (("--image-removal", "fill:background.png"), 49, 9),
        (("--text-removal", "remove"), 49, 9),
        (("--text-removal", "replace"), 49, 9),
        (("--text-removal", "replace:apple", "--text-players", "words"), 49, 9),
        (("--against", "a snail next to a unicorn and a tent"), 49, 9),
        (("--against", "a snail", "--image-players", "4x4"), 16, 0),
        (
            (
                *("--image-players", "2x2", "--text-players", "words"),
                *("--image-removal", "drop", "--max-order", "3"),
            ),
            4,
            9,
        ),
    ],
)
@pytest.mark.usefixtures("files")
def test_every_choice_works(explained, capsys, options, n_image, n_text):
    explanation = explained(*options, "--budget-image", 64)
    if n_image is not None:
        n_players = [side.n_players for side in explanation.game.sides]
        assert n_players == [n_image, n_text]
    print_summary(explanation)
    assert ("Difference" in capsys.readouterr().out) == ("--against" in options)
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option != "--max-order":  # which the interactions have
            assert explanation.settings[option.removeprefix("--").replace("-", "_")] == value


def test_a_contrast_has_no_line_about_its_prompt(run, tmp_path):
    few = ("--image-players", "2x2", "--budget-text", 16)
    code, out, _ = run("explain", *few, "--against", "a snail next to a unicorn and a tent")
    assert code == 0
    assert "Against      a snail next to a unicorn and a tent\n" in out
    assert "Prompt " not in out  # it is about captions already
    assert (tmp_path / "explanation" / "explanation.png").is_file()
    assert "similarity_to_random_words" not in Explanation.load(tmp_path / "explanation").settings


def test_two_image_players_are_too_few_to_compare(explained, capsys):
    explanation = explained("--image-players", "boxes:0,0,100,120;100,0,224,224")
    assert math.isnan(prompt_sanity(explanation.game).similarity_to_random_words)
    known = {"similarity_to_random_words": 0.25, "similarity_to_other_orders": 0.75}
    for found, is_told in ((known, True), (dict.fromkeys(known), False)):
        print_summary(replace(explanation, settings={**explanation.settings, **found}))
        assert ("Prompt       75% of the map depends" in capsys.readouterr().out) == is_told


def test_a_template_explains_what_stands_in_braces(explained, capsys):
    explanation = explained(
        *(SCENE, "a photo of a {dog}", "--text-players", "template", "--image-players", "3x3")
    )
    print_summary(explanation)
    assert "a photo of a dog" in capsys.readouterr().out
    assert explanation.game.player_names[9:] == ("dog",)
    assert explanation.settings["text_players"] == "template"
    sanity = prompt_sanity(explanation.game)
    assert 0 <= sanity.similarity_to_random_words <= 1
    assert 0 <= sanity.similarity_to_other_orders <= 1


@pytest.fixture
def no_weights(monkeypatch):
    """Fail as soon as a model is loaded."""

    def fail(*_, **__):
        pytest.fail("weights were loaded")

    monkeypatch.setattr(games_loading, "load_encoder", fail)


RESNET = {
    "model_cfg": {
        "embed_dim": 8,
        "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8},
        "text_cfg": {},
    }
}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--image-removal", "drop", "--model", "resnet"),
            "--image-removal must be zero, .* got 'drop' for",
        ),
        (
            ("--image-players", "boxes:0,0,321,50"),
            "inside the image of 320 x 240 pixels, got box 0",
        ),
        (("--image-players", "boxes:9,0,9,50"), "got box 0 with (9, 0, 9, 50), which is empty"),
        (("--image-players", "boxes:9,0,9"), "boxes must be of shape (n, 4)"),
        (("--image-players", "boxes:a,b,c,d"), "boxes must be a table of numbers"),
        (("--image-players", "labels:demo.png"), "320 x 240 pixels, got 224 x 224"),
        (("--image-players", "labels:nowhere.png"), "labels must be a file"),
        (
            ("--image-players", "8x8"),
            "--image-players must be at most 49, the patches that the model has, got 64",
        ),
        (("--image-players", "3"), "--image-players must be patches, ROWSxCOLUMNS,"),
        (("--image-players", "0x3"), "rows must be at least 1, got 0"),
        (("--text-players", "phrases:white dog"), "got 'white dog', which is not there"),
        (("--text-players", "phrases:black dog;dog next"), "phrases must not overlap"),
        (
            ("--text-players", "phrases:"),
            "--text-players must be tokens, words, template, fixed or phrases:",
        ),
        (
            ("--text-players", "letters"),
            "--text-players must be tokens, words, template, fixed or phrases:",
        ),
        (("--text-players", "template"), "text must be a template whose players stand in braces"),
        (
            ("--image-removal", "white"),
            "--image-removal must be zero, mean, gray, black, blur, drop",
        ),
        (("--text-removal", "drop"), "--text-removal must be attention, remove, replace"),
        (("--against", " "), "--against must have at least one word"),
        (("--against", "dog " * 33), "--against must have at most 32 tokens, got 33 words"),
        (
            ("--image-players", "superpixels:50"),
            "--image-players must be at most 49, the patches .* got 50",
        ),
    ],
)
@pytest.mark.usefixtures("files", "no_weights")
def test_what_cannot_be_is_refused_before_weights_are_loaded(
    run,
    tmp_path,
    options,
    message,
):
    (tmp_path / "resnet").mkdir()
    (tmp_path / "resnet" / "open_clip_config.json").write_text(json.dumps(RESNET))
    code, out, err = run("explain", SCENE, CAPTION, *options)
    assert (code, out) == (2, "")
    loading, line = err.splitlines()
    assert loading.startswith("Loading ")
    assert line.startswith("Error: ")
    for part in message.split(" .* "):
        assert part in line
    assert not (tmp_path / "explanation").exists()
