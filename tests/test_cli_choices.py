"""Players, removals and contrasts on the command line, with the embedded model."""

import json

import numpy as np
import pytest
from PIL import Image
from small_models import CAPTION, SCENE

from shapiq_fixlip.games import loading as games_loading


@pytest.fixture
def files(tmp_path):
    """A label image and a background for the scene, and one for a demo scene of 112 pixels."""
    for name, size in (("scene", (320, 240)), ("demo", (112, 112))):
        labels = np.zeros(size[::-1], dtype=np.uint8)
        labels[:, : size[0] // 2] = 1
        labels[:, size[0] // 2 :] = 2
        Image.fromarray(labels).save(tmp_path / f"{name}.png")
    Image.new("RGB", (50, 40), "green").save(tmp_path / "background.png")


@pytest.mark.parametrize(
    ("options", "n_image", "n_text"),
    [
        (("--players", "3x4"), 12, 9),
        (("--players", "superpixels"), None, 9),
        (("--players", "superpixels:20"), None, 9),
        (("--players", "boxes:0,0,50,60;50,0,112,112"), 2, 9),
        (("--players", "labels:demo.png"), 2, 9),
        (("--words", "words"), 49, 9),
        (("--words", "phrases:lion;unicorn and a tent"), 49, 2),
        (("--words", "fixed"), 49, 0),
        *[(("--removal", name), 49, 9) for name in ("mean", "gray", "black", "blur", "drop")],
        (("--removal", "fill:background.png"), 49, 9),
        (("--text-removal", "remove"), 49, 9),
        (("--text-removal", "replace"), 49, 9),
        (("--text-removal", "replace:apple", "--words", "words"), 49, 9),
        (("--against", "a snail next to a unicorn and a tent"), 49, 9),
        (("--against", "a snail", "--players", "4x4"), 16, 0),
        (("--players", "2x2", "--words", "words", "--removal", "drop", "--order", "3"), 4, 9),
    ],
)
@pytest.mark.usefixtures("files")
def test_every_choice_works(run, tmp_path, options, n_image, n_text):
    code, out, err = run("explain", *options, "--budget-image", 64)
    assert code == 0, err
    saved = json.loads((tmp_path / "explanation" / "explanation.json").read_text())
    names = saved["parameters"]["player_names"]
    if n_image is not None:
        assert len(names) == n_image + n_text
    assert ("Difference" in out) == ("--against" in options)
    # a contrast is about captions already, and two image players are too few to compare
    assert ("Prompt " in out) == ("--against" not in options and n_image != 2)
    assert (tmp_path / "explanation" / "explanation.png").is_file()


def test_a_template_explains_what_stands_in_braces(run, tmp_path):
    code, out, err = run(
        "explain", SCENE, "a photo of a {dog}", "--words", "template", "--players", "3x3"
    )
    assert code == 0, err
    assert "a photo of a dog" in out
    facts = json.loads((tmp_path / "explanation" / "explanation.json").read_text())["parameters"]
    assert facts["player_names"][9:] == ["dog"]
    assert facts["words"] == "template"
    assert set(facts["prompt_sanity"]) == {"shuffled", "nonsense"}


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
        (("--removal", "drop", "--model", "resnet"), "removal must be 'zero', .* got 'drop' for"),
        (("--players", "boxes:0,0,321,50"), "inside the image of 320 x 240 pixels, got box 0"),
        (("--players", "boxes:9,0,9,50"), "got box 0 with (9, 0, 9, 50), which is empty"),
        (("--players", "boxes:9,0,9"), "boxes must be of shape (n, 4)"),
        (("--players", "boxes:a,b,c,d"), "boxes must be a table of numbers"),
        (("--players", "labels:demo.png"), "320 x 240 pixels, got 112 x 112"),
        (("--players", "labels:nowhere.png"), "labels must be an image file"),
        (
            ("--players", "8x8"),
            "players must be at most 49, the patches that the model has, got 64",
        ),
        (("--players", "3"), "players must be patches, ROWSxCOLUMNS,"),
        (("--players", "0x3"), "rows must be at least 1, got 0"),
        (("--words", "phrases:white dog"), "got 'white dog', which is not there"),
        (("--words", "phrases:black dog;dog next"), "phrases must not overlap"),
        (("--words", "phrases:"), "words must be tokens, words, template, fixed or phrases:"),
        (("--words", "letters"), "words must be tokens, words, template, fixed or phrases:"),
        (("--words", "template"), "text must be a template whose players stand in braces"),
        (("--removal", "white"), "removal must be 'zero', 'mean', 'gray', 'black', 'blur', 'drop'"),
        (("--text-removal", "drop"), "text_removal must be 'attention', 'remove', 'replace'"),
        (("--against", " "), "text must have at least one word"),
        (("--against", "dog " * 33), "text must have at most 32 tokens, got 33 words"),
        (("--players", "superpixels:50"), "players must be at most 49, the patches .* got 50"),
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
    assert err.count("\n") == 1
    for part in message.split(" .* "):
        assert part in err
    assert not (tmp_path / "explanation").exists()
