"""Two explanations compared, saved ones too."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pages import MINUS, PARTS, number, word
from pictures import assert_apart_and_inside
from PIL import Image
from small_models import CAPTION, SCENE, encoder_of_grid, random_encoder

from shapiq_fixlip import (
    Explanation,
    Grid,
    InputError,
    Superpixels,
    VisionLanguageGame,
    Words,
    compare_explanations,
    explain_pairs,
)
from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.explaining.game import explain_game
from shapiq_fixlip.page.data import page_data
from shapiq_fixlip.page.entry import entries_of

TEXTS = ("a black dog", "a yellow hydrant next to a dog")


def explained(text, players=Grid(3, 3), seed=0, encoder=None, **settings):  # noqa: B008 - not changed
    game = VisionLanguageGame(
        encoder or random_encoder(), SCENE, text, image_players=players, text_players=Words()
    )
    approximator = ApproximationSettings(random_state=seed, **settings).approximator(game.n_players)
    return explain_game(game, approximator, budget_image=64, budget_text=64)


@pytest.fixture(scope="module")
def runs():
    return {"before": explained(CAPTION), "after": explained(CAPTION, seed=1)}


@pytest.fixture(scope="module")
def texts():
    game = VisionLanguageGame(
        random_encoder(), SCENE, TEXTS[0], image_players=Grid(3, 3), text_players=Words()
    )
    return dict(zip(TEXTS, explain_pairs(game, texts=TEXTS, budget_image=64), strict=True))


def test_the_difference_is_the_second_minus_the_first(runs):
    compared = compare_explanations(runs)
    before, after = (run.values for run in runs.values())
    difference = compared.difference
    assert difference.values.interactions.keys() == before.interactions.keys()
    for players, value in difference.values.interactions.items():
        assert value == pytest.approx(after[players] - before[players])
    assert difference.values.baseline_value == after.baseline_value - before.baseline_value
    full = [run.game.full_value for run in runs.values()]
    assert difference.game.full_value == pytest.approx(full[1] - full[0], abs=1e-6)
    errors = [run.standard_errors for run in runs.values()]
    some = (0, 12)
    expected = np.hypot(errors[0][some], errors[1][some])
    assert difference.standard_errors[some] == pytest.approx(expected)
    assert list(compared.shown()) == ["before", "after", f"after {MINUS} before"]


def test_an_explanation_agrees_with_itself(runs):
    same = runs["before"]
    compared = compare_explanations({"one": same, "other": same})
    assert compared.agreement.to_dict() == pytest.approx(
        {"pairs": 1, "pairs_linear": 1, "pairs_sign": 1, "pairs_top": 1, "players": 1}
    )
    assert not any(compared.difference.values.interactions.values())
    figure, axes = compared.plot()
    assert len(axes) == 3
    assert_apart_and_inside(figure)


def test_two_texts_are_compared_on_the_words_of_both(texts):
    compared = compare_explanations(texts)
    first, second = texts.values()
    assert compared.difference.game.text_labels == ("a", "dog")
    n = 9
    table = compared.interactions()
    row = table[table["name"] == "cell (1,1) × dog"].iloc[0]
    one, other = first.values[(4, n + 2)], second.values[(4, n + 6)]
    assert row[list(texts)].tolist() == pytest.approx([one, other])
    assert row["difference"] == pytest.approx(other - one)
    assert table["difference"].abs().is_monotonic_decreasing


def test_texts_without_a_common_word_are_compared_on_the_image():
    one = explained("black dog")
    other = explained("yellow hydrant")
    compared = compare_explanations({"one": one, "other": other})
    assert compared.difference.game.n_players_text == 0
    assert compared.difference.values[(4,)] == pytest.approx(other.values[(4,)] - one.values[(4,)])
    assert np.isnan(compared.agreement["pairs"])
    figure, _ = compared.plot()
    assert_apart_and_inside(figure)
    compared.page()


def test_saved_explanations_are_compared_and_the_comparison_is_saved(runs, tmp_path):
    for name, run in runs.items():
        run.save(tmp_path / name)
    paths = {"before": tmp_path / "before", "after": str(tmp_path / "after" / "explanation.json")}
    compared = compare_explanations(paths)
    compared.save(tmp_path / "both")
    loaded = Explanation.load(tmp_path / "both" / "difference.json")
    expected = compare_explanations(runs).difference
    assert dict(loaded.values.interactions) == pytest.approx(dict(expected.values.interactions))
    assert loaded.game.full_value == expected.game.full_value
    told = json.loads((tmp_path / "both" / "comparison.json").read_text())
    assert told["common_words"] == CAPTION.split()
    assert told["agreement"] == pytest.approx(compared.agreement.to_dict())
    table = pd.read_csv(tmp_path / "both" / "comparison.csv")
    assert table.columns.tolist()[3:] == ["before", "after", "difference"]


def test_pages_show_both_and_the_difference_on_one_scale(opened, texts):
    compared = compare_explanations(texts)
    tab = opened(compared.page())
    tabs = tab.get_by_role("tab")
    assert tabs.all_inner_texts() == [*TEXTS, f"{TEXTS[1]} {MINUS} {TEXTS[0]}"]
    scales = tab.locator("#scales").inner_text()
    tabs.nth(2).click()
    assert tab.locator("#scales").inner_text() == scales
    assert tab.locator("#caption button").all_inner_texts() == ["a", "dog"]
    full = compared.difference.game.full_value
    assert number(tab.locator("#value").inner_text()) == pytest.approx(full, abs=6e-4)
    told = tab.locator("#sentence").inner_text()
    assert "correlation" in told
    assert "the model gives" not in tab.locator("#predicted-change").inner_text()  # of whole texts
    assert "black" in tab.locator("#facts").inner_text()  # left out
    word(tab, "dog").hover()
    told = tab.locator(PARTS).nth(4).get_attribute("aria-label")
    assert told == "cell (1,1)"


def test_pictures_of_many_patches_show_maps_of_the_same_words():
    encoder = encoder_of_grid(7)
    one, other = (explained(CAPTION, "patches", seed, encoder) for seed in (0, 1))
    compared = compare_explanations({"one": one, "other": other})
    data = page_data(entries_of(compared.shown()))
    matter = {shown["title"] for shown in data["captions"][0]["maps"]}
    words = [text for text, is_word in data["explanations"][2]["answer"]["sentence"] if is_word]
    assert set(words[:1]) <= matter  # those that matter to both, and not to the difference alone
    figure, axes = compared.plot()
    maps = [
        [text.get_text() for text in panel.texts if text.get_gid() == "title"] for panel in axes
    ]
    assert [titles[0] for titles in maps[:2]] == ["one", "other"]
    assert maps[2][0].startswith(f"other {MINUS} one, correlation of pairs 0.")
    assert maps[0][1:] == maps[1][1:] == maps[2][1:]
    assert_apart_and_inside(figure)


def test_the_command_compares_saved_explanations(run, runs, tmp_path):
    for name, explanation in runs.items():
        explanation.save(tmp_path / name)
    code, out, err = run("compare", "before", "after/explanation.json", "--out", "both")
    assert code == 0, err
    assert "before and after" in out
    assert "Pairs that differ most" in out
    with Image.open(tmp_path / "both" / "comparison.png") as picture:
        assert picture.width > 1000
    code, out, _ = run("compare", "before", "after", "--out", "both", "--json")
    assert code == 0
    assert json.loads(out)["agreement"]["pairs"] < 1
    assert set(json.loads(out)["explanations"]) == {"before", "after"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["before"], "text must be another saved explanation, got only 'before'"),
        (["before", "gone"], "text must be the path of a saved explanation, got 'gone'"),
        (["gone.json", "before"], "image must be the path of a saved explanation, got 'gone.json'"),
        (["gone", "before"], "image must be the path of a saved explanation, got 'gone'"),
        (["before", "before"], "text must be another saved explanation than the first"),
        (["before", "before", "--ps", "0.3"], "--ps must not be given for saved explanations"),
        (["before", "before", "--model", "x"], "--model must not be given for saved"),
    ],
)
def test_the_command_refuses_what_does_not_fit(arguments, message, run, runs, tmp_path):
    runs["before"].save(tmp_path / "before")
    code, _, err = run("compare", *arguments)
    assert code == 2
    assert message in err
    assert not (tmp_path / "comparison").exists()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: explained(CAPTION, Superpixels(9)), "must have the same image players in the"),
        (
            lambda: explained(CAPTION, index="k-SII"),
            "same index in the same unit, got FBII of order 2 at p = 0.5 and k-S",
        ),
        (
            lambda: explained(CAPTION, max_order=1),
            "got FBII of order 2 at p = 0.5 and BV of order 1",
        ),
        (lambda: explained(CAPTION, p=0.3), "at p = 0.5 and FWBII of order 2 at p = 0.3"),
        (lambda: 3, "must be explanations or their files, got 3"),
    ],
)
def test_what_cannot_be_compared_is_refused(other, message, runs):
    with pytest.raises(InputError, match=message):
        compare_explanations({"one": runs["before"], "other": other()})


@pytest.mark.parametrize("given", [{}, [1, 2], {"one": 1}, "ab", None])
def test_two_are_compared(given):
    with pytest.raises(InputError, match="explanations must be two by name, got"):
        compare_explanations(given)


@pytest.mark.parametrize("name", ["", "name", "difference", " "])
def test_names_are_not_those_of_columns(name, runs):
    with pytest.raises(InputError, match="explanations must have names other than"):
        compare_explanations({name: runs["before"], "other": runs["after"]})


def test_names_that_are_written_alike_are_refused(runs):
    with pytest.raises(InputError, match="explanations must have different names"):
        compare_explanations({1: runs["before"], "1": runs["after"]})


def test_units_must_be_the_same(runs):
    scaled = replace(runs["after"], settings={**runs["after"].settings, "unit_size": 2.0})
    with pytest.raises(InputError, match=r"got FBII of order 2 at p = 0.5 and .* in units of 2"):
        compare_explanations({"one": runs["before"], "other": scaled})
