import dataclasses
import json
from contextlib import suppress
from copy import deepcopy
from functools import reduce
from operator import getitem
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from shapiq import InteractionValues
from small_models import SCENE, random_encoder

from shapiq_fixlip import (
    ContrastGame,
    CrossModalShapley,
    Explanation,
    FIxLIP,
    InputError,
    RunReport,
    SeparableGame,
    Superpixels,
    VisionLanguageGame,
    exact_interactions,
    explain,
    explain_game,
)
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.page import make_page
from shapiq_fixlip.results import interaction_table

CAPTION = "a black dog next to a hydrant"
STORED = Path(__file__).parent / "explanation-0.2"


@pytest.fixture(scope="module")
def model():
    return random_encoder()


@pytest.fixture(scope="module")
def explanation(model):
    return explain(SCENE, CAPTION, model=model, image_players="3x4", text_players="words")


def picture_of(figure):
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())


def same_numbers(one, other):
    assert one.interactions.keys() == other.interactions.keys()
    numbers = [
        [values.interactions[players] for players in one.interactions] for values in (one, other)
    ]
    np.testing.assert_array_equal(*numbers)


def test_one_call_is_a_game_an_approximator_and_its_errors(model, explanation):
    game = VisionLanguageGame(model, SCENE, CAPTION, image_players="3x4", text_players="words")
    fixlip = FIxLIP(game.n_players, random_state=0)
    same_numbers(explanation.values, fixlip.approximate(game=game))
    same_numbers(explanation.standard_errors, fixlip.standard_errors())
    assert dataclasses.replace(explanation.run, seconds_encoder=0, seconds_solver=0) == (
        dataclasses.replace(fixlip.last_run, seconds_encoder=0, seconds_solver=0)
    )
    assert explanation.game.player_names == game.player_names
    assert explanation.resolved == fixlip.resolved()
    expected = interaction_table(
        explanation.values,
        explanation.game,
        explanation.standard_errors,
        resolved=explanation.resolved,
    )
    assert explanation.table().equals(expected)


@pytest.mark.parametrize(
    ("options", "index", "max_order", "passes"),
    [
        ({"p": 0.3}, "FWBII", 2, (256, 128)),
        ({"index": "FBII", "max_order": 1, "budget_image": 32}, "BV", 1, (32, 128)),
        ({"max_order": 3, "max_order_image": 2, "max_order_text": 1}, "FBII", 3, (256, 128)),
        ({"estimator": "least_squares", "max_order": 1, "budget": 2048}, "BV", 1, (45, 45)),
        ({"index": "BV"}, "BV", 1, (256, 128)),
        ({"index": "SV", "budget": 4096}, "SV", 1, (64, 64)),
        ({"index": "SII", "max_order": 1}, "SV", 1, (256, 128)),
        ({"index": "k-SII"}, "k-SII", 2, (256, 128)),
    ],
)
def test_every_option_arrives(model, options, index, max_order, passes):
    choices = {"image_players": "3x4", "text_players": "words"}
    explanation = explain(SCENE, CAPTION, model=model, **choices, **options)
    assert explanation.values.max_order == max_order
    assert explanation.run.passes == passes
    assert explanation.values.index == index  # as shapiq calls it where interactions are single
    assert explanation.standard_errors.interactions.keys() >= explanation.values.interactions.keys()
    told = {name: value for name, value in options.items() if name in explanation.settings}
    assert told.items() <= explanation.settings.items()


def test_choices_of_the_game_arrive(model):
    explanation = explain(
        SCENE,
        "a photo of a {dog}",
        model=model,
        against="a photo of a {cat}",
        image_players=Superpixels(6),
        text_players="template",
        image_removal="blur",
        text_removal="remove",
        value="cosine",
        random_state=3,
    )
    lion = VisionLanguageGame(
        model,
        SCENE,
        "a photo of a {dog}",
        image_players="superpixels:6",
        text_players="template",
        image_removal="blur",
        text_removal="remove",
        value="cosine",
    )
    game = ContrastGame(lion, lion.with_text("a photo of a {cat}"))
    assert explanation.game.full_value == game.full_value
    assert explanation.game.player_names == game.player_names
    same_numbers(explanation.values, FIxLIP(game.n_players, random_state=3).approximate(game=game))


def test_it_says_in_one_line_what_it_is(explanation):
    run = explanation.run
    assert repr(explanation) == (
        f"<Explanation: '{CAPTION}', 12 + 7 players, FBII of order 2, 256 + 128 passes, "
        f"R² = {run.r2:.3f}>"
    )
    exact = dataclasses.replace(run, is_exact=True)
    assert ", exact, R²" in repr(dataclasses.replace(explanation, run=exact))
    assert repr(dataclasses.replace(explanation, run=None)).endswith("FBII of order 2>")


def test_a_notebook_shows_the_page(explanation):
    page = explanation.page()
    assert explanation._repr_html_() == page._repr_html_()
    assert page.html == make_page(explanation).html


def test_a_folder_brings_everything_back_but_the_model(explanation, tmp_path):
    explanation.save(tmp_path / "dog")
    loaded = Explanation.load(tmp_path / "dog")
    same_numbers(loaded.values, explanation.values)
    same_numbers(loaded.standard_errors, explanation.standard_errors)
    assert loaded.resolved == explanation.resolved
    assert loaded.values == explanation.values
    assert loaded.run == explanation.run
    assert loaded.settings == explanation.settings
    assert repr(loaded) == repr(explanation)
    assert loaded.table().equals(explanation.table())
    assert loaded.page().html == explanation.page().html
    for options in ({}, {"condition_on": "black dog"}, {"condition_on": "cell (1,2)"}):
        drawn, again = (picture_of(one.plot(**options)[0]) for one in (explanation, loaded))
        np.testing.assert_array_equal(drawn, again)
    pictures = zip(
        explanation.game.image_side.player_pictures,
        loaded.game.image_side.player_pictures,
        strict=True,
    )
    assert all(one == other for one, other in pictures)
    with pytest.raises(InputError, match="game must have a model to be evaluated"):
        loaded.game(np.ones(19, dtype=bool))
    assert loaded.game.sides[0].n_passes == 0


def test_what_was_loaded_can_be_saved_again(explanation, tmp_path):
    explanation.save(tmp_path / "first")
    Explanation.load(tmp_path / "first").save(tmp_path / "second")
    again = Explanation.load(tmp_path / "second" / "explanation.json")
    assert again.page().html == explanation.page().html
    assert again.settings == explanation.settings
    drawn, redrawn = (picture_of(one.plot("black dog")[0]) for one in (explanation, again))
    np.testing.assert_array_equal(drawn, redrawn)


def test_shapiq_reads_the_same_file(explanation, tmp_path):
    explanation.save(tmp_path)
    assert InteractionValues.load(tmp_path / "explanation.json") == explanation.values


@pytest.mark.parametrize("index", ["SV", "k-SII", "FBII"])
def test_explanations_without_errors_are_saved_without(model, tmp_path, index):
    explanation = explain(SCENE, "a dog", model=model, image_players="2x2", index=index)
    explanation = dataclasses.replace(explanation, standard_errors=None, resolved=None)
    explanation.save(tmp_path)
    loaded = Explanation.load(tmp_path)
    assert loaded.standard_errors is loaded.resolved is None
    assert loaded.values == explanation.values
    assert not {"standard_error", "resolved"} & set(loaded.table())


@pytest.mark.parametrize("resolved", [[[0]], [[0, 99]], [["a"]], [[0.7, 9.2]], {"12": 1}, 3])
def test_files_must_tell_pairs_that_are_resolved(explanation, tmp_path, resolved):
    explanation.save(tmp_path)
    path = tmp_path / "explanation.json"
    facts = json.loads(path.read_text())
    facts["parameters"]["resolved"] = resolved
    path.write_text(json.dumps(facts))
    with pytest.raises(InputError, match="path must be the path of a saved explanation"):
        Explanation.load(tmp_path)


def test_what_is_unknown_is_saved_as_unknown(explanation, tmp_path):
    unknown = dataclasses.replace(
        explanation,
        run=RunReport((8, 8), 0.1, 0.1, r2=float("nan"), is_exact=False),
        standard_errors=explanation.standard_errors * np.nan,
        settings={},
    )
    unknown.save(tmp_path)
    assert "NaN" not in (tmp_path / "explanation.json").read_text()
    loaded = Explanation.load(tmp_path)
    assert np.isnan(loaded.run.r2)
    assert np.isnan(loaded.standard_errors.values).all()
    dataclasses.replace(explanation, run=None).save(tmp_path)
    assert Explanation.load(tmp_path).run is None


def test_a_contrast_is_saved_as_what_it_is(model, tmp_path):
    game = VisionLanguageGame(model, SCENE, "a dog", image_players="2x2", text_players="words")
    contrast = ContrastGame(game, game.with_text("a cat"))
    explanation = explain_game(contrast, FIxLIP(contrast.n_players, random_state=0))
    explanation.save(tmp_path)
    loaded = Explanation.load(tmp_path)
    assert loaded.game.text == "a dog | a cat"
    assert loaded.game.text_labels == ("a", "dog | cat")
    assert loaded.page().html == explanation.page().html
    drawn, again = (picture_of(one.plot("dog | cat")[0]) for one in (explanation, loaded))
    np.testing.assert_array_equal(drawn, again)
    for one in (explanation, loaded):
        with pytest.raises(InputError, match="must be a player's name or number, got 'dog'"):
            one.plot("dog")


def test_explanations_of_later_versions_read_the_stored_one():
    explanation = Explanation.load(STORED)
    scene = demo_scene()
    assert explanation.game.text == scene.caption
    assert explanation.settings["model"] == "demo"
    assert explanation.run.passes == (128, 256)
    assert explanation.run.r2 == pytest.approx(0.867, abs=0.001)
    table = explanation.table()
    assert table["name"][0] == "cell (1,2) × tent"
    assert table["value"][0] == pytest.approx(4.146652, abs=1e-6)
    assert (table["standard_error"] >= 0).all()
    assert scene.caption in explanation.page().html
    figure, _ = explanation.plot(condition_on="unicorn")
    assert figure.axes


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            lambda folder: (folder / "explanation.json").unlink(),
            "must be the path of a saved explan",
        ),
        (lambda folder: (folder / "explanation-image.png").unlink(), "explanation-image.png"),
        (
            lambda folder: (folder / "explanation-image.png").write_bytes(
                (folder / "explanation-image.png").read_bytes().replace(b"IDAT", b"ID\0T")
            ),
            "must be the path of a saved",
        ),
        (
            lambda folder: (folder / "explanation.json").write_text("[1]"),
            "must be the path of a saved",
        ),
        (
            lambda folder: (folder / "explanation.json").write_text("{"),
            "must be the path of a saved",
        ),
        (
            lambda folder: (folder / "explanation-image.png").write_text("?"),
            "must be the path of a sav",
        ),
    ],
)
def test_a_damaged_folder_is_refused(explanation, tmp_path, broken, message):
    explanation.save(tmp_path)
    broken(tmp_path)
    with pytest.raises(InputError, match=message):
        Explanation.load(tmp_path)


def entries(content, path=()):
    for key, value in content.items() if isinstance(content, dict) else ():
        yield (*path, key)
        yield from entries(value, (*path, key))


@pytest.mark.parametrize("value", [None, "x", [], {}, -1, 0.5, [None], True])
def test_a_changed_entry_is_refused_or_harmless(explanation, tmp_path, value):
    explanation.save(tmp_path)
    file = tmp_path / "explanation.json"
    whole = json.loads(file.read_bytes())
    for path in entries(whole["parameters"]):
        changed = deepcopy(whole)
        *above, last = path
        reduce(getitem, above, changed["parameters"])[last] = value
        file.write_text(json.dumps(changed), encoding="utf-8")
        with suppress(InputError):
            loaded = Explanation.load(tmp_path)
            assert loaded.table() is not None
            assert loaded.page().html
            assert repr(loaded)


def test_values_of_shapiq_alone_are_no_explanation(explanation, tmp_path):
    explanation.values.to_json_file(tmp_path / "explanation.json")
    with pytest.raises(
        InputError, match=r"path must be the path of a saved explanation, got .*'format'"
    ):
        Explanation.load(tmp_path)


def test_a_later_format_is_refused_with_the_version_that_wrote_it(explanation, tmp_path):
    explanation.save(tmp_path)
    file = tmp_path / "explanation.json"
    content = json.loads(file.read_text())
    content["parameters"] |= {"format": 2, "shapiq_fixlip": "9.9"}
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"format 1 at most, .* got 2, by 9\.9"):
        Explanation.load(tmp_path)


def test_a_game_of_two_images_has_a_table_but_no_picture(model):
    game = VisionLanguageGame(model, SCENE, "a dog", image_players="2x2")
    two = SeparableGame(game.image_side, game.image_side)
    explanation = explain_game(two, FIxLIP(8, random_state=0))
    assert set(explanation.table()["kind"]) >= {"cell 1", "cell 2", "cell 1 × cell 2"}
    assert repr(explanation).startswith("<Explanation: 4 + 4 players, FBII of order 2, exact")
    for act in (explanation.plot, explanation.page, lambda: explanation.save("nowhere")):
        with pytest.raises(InputError, match="game must be of an image and a text"):
            act()
    assert not Path("nowhere").exists()


def test_shapley_and_exact_values_agree_on_what_is_enumerated(model):
    game = VisionLanguageGame(model, SCENE, "a dog", image_players="2x2")
    explanation = explain_game(game, CrossModalShapley(game.n_players, index="SV"))
    exact = exact_interactions(game, "SV")
    for players, value in exact.interactions.items():
        assert explanation.values[players] == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": "ELC"}, "index must be one of FWBII, FBII, .*, kADD-SHAP, got 'ELC'"),
        (
            {"index": "k-SII", "p": 0.3},
            "p must be left out for k-SII, as it is only for FWBII and WBII, got 0.3",
        ),
        ({"index": "SV", "max_order": 2}, "max_order must be at most 1 for SV, got 2"),
        ({"index": "SII", "max_order": 3}, "max_order must be at most 2 for SII, got 3"),
        ({"index": "SII", "estimator": "least_squares"}, "estimator must be left out for SII"),
        ({"index": "SII", "max_order_image": 1}, "max_order_image must be left out for SII, got 1"),
        ({"index": "SII", "budget": "auto"}, "budget must be a number for SII, got 'auto'"),
        (
            {"max_order_text": 3},
            "max_order_text must be at most 2, the maximum order",
        ),
        ({"p": 1.5}, "p must be a number greater than 0 and less than 1, got 1.5"),
        ({"budget": "much"}, "budget must be a whole number, got 'much'"),
        ({"budget_image": 0}, "budget_image must be at least 1, got 0"),
        ({"value": "angle"}, "value must be 'logit' or 'cosine', got 'angle'"),
        (
            {"image_players": "0x3"},
            r"image_players must be patches, .* got '0x3' \(rows must",
        ),
        ({"image_players": 3}, r"image_players must be Patches\(\), .* got 3"),
        ({"text_players": "letters"}, "text_players must be tokens, words, .* got 'letters'"),
        ({"image_removal": "white"}, "image_removal must be zero, .* got 'white'"),
        ({"text_removal": None}, "text_removal must be attention, .* got None"),
        ({"random_state": -1}, "random_state must be at least 0, got -1"),
    ],
)
def test_bad_input_is_refused_before_the_model_is_looked_for(options, message):
    with pytest.raises(InputError, match=message) as refused:
        explain(SCENE, CAPTION, model="there/is/none", **options)
    assert refused.value.argument in options


def test_figures_can_be_closed(explanation):
    figure, axes = explanation.plot("hydrant", top_k=3, palette="colour_blind", scale=(1, 2, 3))
    assert axes in figure.axes
    plt.close(figure)
    assert not plt.fignum_exists(figure.number)


def test_numbers_of_numpy_and_other_settings_are_written_as_json_has_them(model, tmp_path):
    explanation = explain(
        SCENE,
        "a dog",
        model=model,
        image_players="2x2",
        max_order=np.int64(2),
        random_state=np.int64(3),
    )
    told = {"a": Path("b"), "c": np.float32(0.5), "d": float("nan"), "e": (1, np.int8(2)), "f": {}}
    dataclasses.replace(explanation, settings={**explanation.settings, **told}).save(tmp_path)
    settings = Explanation.load(tmp_path).settings
    assert settings["random_state"] == 3
    assert [settings[name] for name in "acdef"] == ["b", 0.5, None, [1, 2], "{}"]
    assert "NaN" not in (tmp_path / "explanation.json").read_text()


def test_a_folder_may_have_any_name(explanation, tmp_path):
    explanation.save(tmp_path / "dog.json")
    assert Explanation.load(tmp_path / "dog.json").run == explanation.run


def test_files_of_the_user_stay(explanation, tmp_path):
    explanation.save(tmp_path)
    mine = [tmp_path / name for name in ("explanation-dog.png", "explanation-image (copy).png")]
    for path in mine:
        path.write_text("mine")
    explanation.save(tmp_path)
    assert [path.read_text() for path in mine] == ["mine", "mine"]


def test_what_an_earlier_run_left_beside_it_goes(explanation, tmp_path):
    explanation.save(tmp_path)
    (tmp_path / "explanation.html").write_text("of the earlier run")
    explanation.save(tmp_path)
    assert not (tmp_path / "explanation.html").exists()


def test_files_that_do_not_belong_together_are_refused(model, explanation, tmp_path):
    explanation.save(tmp_path / "one")
    explain(SCENE, CAPTION, model=model, image_players="2x2").save(tmp_path / "other")
    name = "explanation-regions.png"
    (tmp_path / "one" / name).write_bytes((tmp_path / "other" / name).read_bytes())
    with pytest.raises(InputError, match="do not belong together"):
        Explanation.load(tmp_path / "one")


@pytest.mark.parametrize("written", [0, -1, "1", None])
def test_there_are_no_other_formats(explanation, tmp_path, written):
    explanation.save(tmp_path)
    file = tmp_path / "explanation.json"
    content = json.loads(file.read_text())
    content["parameters"]["format"] = written
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match="path must be the path of a saved explanation"):
        Explanation.load(tmp_path)


@pytest.mark.parametrize("given", [None, 5, "a\0b"])
def test_what_is_no_path_is_refused(explanation, given):
    with pytest.raises(InputError, match="out must be a path, got"):
        explanation.save(given)
    with pytest.raises(InputError, match="path must be a path, got"):
        Explanation.load(given)
