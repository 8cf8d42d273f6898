"""What one can do on a page: ask what if, search, filter, take files away, switch between tabs."""

import itertools
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import PARTS, number, signs, table, word
from PIL import Image
from playwright.sync_api import expect
from shapiq import InteractionValues
from small_models import CAPTION, SCENE, encoder_of_grid, random_encoder

from shapiq_fixlip import (
    ContrastGame,
    Explanation,
    FIxLIP,
    Grid,
    InputError,
    VisionLanguageGame,
    Words,
    explain_pairs,
)
from shapiq_fixlip.metrics.prediction import explained_at
from shapiq_fixlip.page import make_page
from shapiq_fixlip.page.data import page_data
from shapiq_fixlip.page.entry import entries_of
from shapiq_fixlip.results.run_report import RunReport

WIDTHS = (390, 800, 1400)


@pytest.fixture(scope="module")
def game():
    return VisionLanguageGame(
        random_encoder(), SCENE, CAPTION, image_players=Grid(3, 3), text_players=Words()
    )


def with_order(game, max_order):
    approximator = FIxLIP(game.n_players, max_order=max_order, random_state=0)
    values = approximator.approximate(game=game, budget_image=64, budget_text=64)
    return Explanation(
        game,
        values,
        approximator.last_run,
        approximator.standard_errors(),
        {"model": "random", "p": 0.5},
        approximator.resolved(),
    )


@pytest.fixture(scope="module")
def explanation(game):
    return with_order(game, 2)


@pytest.fixture(scope="module")
def page(explanation):
    return explanation.page()


def planted(game, found, resolved=None, run=None):
    """Return an explanation of which all numbers are known."""
    n = game.n_players
    singles = {(player,): 0.0 for player in range(n)}
    pairs = dict.fromkeys(itertools.combinations(range(n), 2), 0.0)
    values = InteractionValues(
        {(): 0.0, **singles, **pairs, **found},
        index="FBII",
        max_order=2,
        min_order=0,
        n_players=n,
        baseline_value=0.0,
    )
    return Explanation(game, values, run=run, resolved=resolved)


def said(explanation):
    (shown,) = page_data(entries_of(explanation))["explanations"]
    return "".join(text for text, _ in shown["answer"]["sentence"])


# What is told first


def test_the_answer_comes_first(opened, explanation, page):
    tab = opened(page)
    game = explanation.game
    told = {name: tab.locator(f"#{name}").inner_text() for name in ("value", "empty", "fit")}
    assert tab.locator("h1").inner_text() == "Why image and text are similar"
    assert number(told["value"]) == pytest.approx(game.full_value, abs=6e-4)
    assert number(told["empty"]) == pytest.approx(game.empty_value, abs=6e-4)
    assert float(told["fit"]) == pytest.approx(explanation.run.r2, abs=6e-4)
    sizes = {"text": 0.0, "all": 0.0}
    for players, value in explanation.values.interactions.items():
        sizes["all"] += abs(value) if players else 0
        sizes["text"] += abs(value) if players and players[-1] >= 9 else 0
    image = f"{100 * (1 - sizes['text'] / sizes['all']):.0f} % of the interactions are of the image"
    assert tab.locator("#shares-told").inner_text().startswith(image)
    expect(tab.locator("#dependence")).to_be_hidden()
    checked = replace(explanation, settings={"similarity_to_random_words": 0.25})
    expect(opened(checked.page()).locator("#dependence")).to_have_text("75 %")
    assert tab.locator("#sentence").inner_text() == said(explanation)


def test_the_sentence_says_where_words_are_found_and_what_does_little(game):
    names = list(game.player_names)
    dog, yellow, black = (names.index(name) for name in ("dog", "yellow", "black"))
    run = RunReport((64, 64), 1.0, 1.0, 0.86, is_exact=False)
    found = {(0, dog): 2.0, (1, dog): 1.5, (8, yellow): 1.0, (4, black): -1.2, (3, dog): 0.1}
    others = {(i,): 0.5 for i in range(9, 16) if names[i] not in ("next", "to")}
    assert said(planted(game, found | others, run=run)) == (
        "As a whole, the similarity is below that of nothing; black is contradicted at cell (1,1); "
        "dog is found at 2 cells, top left; yellow is found at cell (2,2); next and to do little; "
        "14 % is not explained by single players and pairs."
    )


def test_the_sentence_does_not_say_what_is_not_known(game):
    whole = "As a whole, the similarity is below that of nothing"
    some = planted(game, {(12,): 1.0, (2, 3): 5.0})
    assert said(some) == f"{whole}; 6 words do little."
    assert said(planted(game, {})) == f"{whole}."
    assert said(replace(some, settings={"difference": "b - a"})) == "6 words do little."
    only_image = {(player,): 1.0 for player in range(16)}
    values = InteractionValues(only_image, index="SV", max_order=1, min_order=1, n_players=16)
    run = RunReport((64, 64), 1.0, 1.0, 0.86, is_exact=False)
    assert said(Explanation(game, values, run=run)) == f"{whole}."  # Shapley values predict nothing


def test_words_in_the_sentence_are_no_markup(opened):
    attack = "<b>dog</b> &amp; a"
    game = VisionLanguageGame(encoder_of_grid(4), SCENE, attack, text_players=Words())
    n = game.n_players
    tab = opened(planted(game, {(0, n - 3): 1.0}).page())
    assert "<b>dog</b>" in tab.locator("#sentence").inner_text()
    assert tab.locator("#sentence b").count() == 0


def test_one_outlier_does_not_turn_the_sentence(game):
    many = {(patch, 12): 0.9 for patch in range(6)}
    assert "is found at 6 cells" in said(planted(game, many | {(8, 12): -1.0}))


def test_a_word_that_is_found_is_not_said_to_do_little(game):
    told = said(planted(game, {(10,): 100.0, (3, 12): 1.0, (4, 13): 0.9}))
    found, idle = told.split("; ")[1:3], told.split("; ")[3:]
    assert all("is found" in one for one in found)
    assert not any(name in one for one in idle for name in ("next", "to a"))


def test_contrasts_favour_a_text(game):
    other = game.with_text("black cat next to a yellow hydrant")
    contrast = planted(ContrastGame(game, other), {(3, 12): 1.0})
    assert "favours the text at cell (1,0)" in said(contrast)


@pytest.mark.parametrize(
    ("similarity", "told"),
    [(-0.4, "100 %"), (0, "100 %"), (1, "0 %"), (float("nan"), None), ("x", None), (True, None)],
)
def test_what_depends_on_the_caption_is_a_share(opened, explanation, similarity, told):
    settings = {"similarity_to_random_words": similarity}
    shown = opened(replace(explanation, settings=settings).page()).locator("#dependence")
    if told is None:
        expect(shown).to_be_hidden()
    else:
        expect(shown).to_have_text(told)


# What if


def predicted(tab):
    return number(tab.locator("#predicted").inner_text())


def parts_of(tab):
    rows = tab.locator("#parts tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return {name: number(value) for name, value, _ in rows}


@pytest.mark.parametrize("max_order", [1, 2, 3])
def test_what_if_adds_up_all_interactions_of_what_is_left(opened, game, max_order):
    explanation = with_order(game, max_order)
    tab = opened(explanation.page())
    largest = max(map(abs, explanation.values.interactions.values()))
    rng = np.random.default_rng(max_order)
    for coalition in rng.random((12, 16)) < 0.6:
        away = np.flatnonzero(~coalition).tolist()
        shown = tab.evaluate(
            "away => { page.change({removed: new Set(away)});"
            " return page.explanation.inside(page.isPresent).predicted }",
            away,
        )
        expected = explained_at(explanation.values, coalition[None])[0] + game.empty_value
        assert shown == pytest.approx(expected, abs=1e-5 * largest)
        assert predicted(tab) == pytest.approx(expected, abs=6e-4)
        assert sum(parts_of(tab).values()) == pytest.approx(expected, abs=5e-3)


def test_clicks_remove_and_bring_back(opened, explanation, page):
    tab = opened(page)
    game = explanation.game
    all_players = np.ones((1, 16), dtype=bool)

    def expected(*away):
        left = all_players.copy()
        left[0, list(away)] = False
        return explained_at(explanation.values, left)[0] + game.empty_value

    assert predicted(tab) == pytest.approx(expected(), abs=6e-4)
    tab.get_by_label("a click or brush removes").check()
    word(tab, "dog").click()
    tab.locator(PARTS).nth(4).click()
    assert predicted(tab) == pytest.approx(expected(4, 10), abs=6e-4)
    assert word(tab, "dog").get_attribute("aria-pressed") == "true"
    assert tab.locator("#stage .gone").count() == 2
    change = tab.locator("#predicted-change").inner_text()
    assert change.endswith("as 2 players are away")
    assert number(change.split()[0]) == pytest.approx(expected(4, 10) - expected(), abs=6e-4)
    tab.locator(PARTS).nth(4).click()
    assert predicted(tab) == pytest.approx(expected(10), abs=6e-4)
    tab.get_by_label("a click or brush removes").uncheck()
    assert word(tab, "dog").get_attribute("aria-pressed") == "false"  # it is away, not pinned
    assert tab.locator("#stage .gone").count() == 1
    tab.get_by_role("button", name="Bring all back").click()
    assert predicted(tab) == pytest.approx(expected(), abs=6e-4)


def test_a_brush_removes_patches_and_brings_them_back(opened, page):
    tab = opened(page)
    tab.get_by_label("a click or brush removes").check()
    box = tab.locator("#regions").bounding_box()

    def at(row, column):
        return (
            box["x"] + (column + 0.5) / 3 * box["width"],
            box["y"] + (row + 0.5) / 3 * box["height"],
        )

    def brush(*places):
        tab.mouse.move(*at(*places[0]))
        tab.mouse.down()
        for place in places[1:]:
            tab.mouse.move(*at(*place), steps=10)
        tab.mouse.up()

    def gone():
        return [
            int(one)
            for one in tab.locator("#regions .gone").evaluate_all(
                "all => all.map(one => one.dataset.player)"
            )
        ]

    brush((0, 0), (0, 2), (2, 2), (0, 2))
    assert gone() == [0, 1, 2, 5, 8]
    brush((0, 1), (1, 1), (1, 2))  # begins with one that is away: brings back
    assert gone() == [0, 2, 8]
    brush((1, 1))
    assert gone() == [0, 2, 4, 8]
    ends = [word(tab, name).bounding_box() for name in ("black", "next")]
    places = [(one["x"] + 10, one["y"] + 10) for one in ends]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    tab.mouse.move(*places[1], steps=20)
    tab.mouse.up()
    assert tab.locator("#caption .gone").all_inner_texts() == ["black", "dog", "next"]


def test_what_if_by_keyboard(opened, page):
    tab = opened(page)
    tab.get_by_label("a click or brush removes").focus()
    tab.keyboard.press("Space")
    tab.locator(PARTS).first.focus()
    before = predicted(tab)
    tab.keyboard.press("Enter")
    assert tab.locator("#regions .gone").count() == 1
    assert predicted(tab) != before
    assert "with it again" in tab.locator("#status").inner_text()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.locator("#caption .gone").count() == 1
    tab.get_by_role("button", name="Bring all back").focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "removing"
    assert predicted(tab) == before


def test_the_most_important_are_those_whose_going_lowers_most(opened, explanation, page):
    tab = opened(page)
    left = np.ones(16, dtype=bool)
    for _ in range(10):
        others = np.array([left & (np.arange(16) != player) for player in range(16)])
        loss = explained_at(explanation.values, left[None]) - explained_at(
            explanation.values, others
        )
        left[np.argmax(np.where(left, loss, -np.inf))] = False
    tab.get_by_role("button", name="Remove the ten most important").click()
    gone = tab.locator("#stage .gone").evaluate_all("all => all.map(one => +one.dataset.player)")
    assert sorted(gone) == np.flatnonzero(~left).tolist()
    before = predicted(tab)
    for _ in range(2):  # until nobody's going lowers the prediction
        remove = tab.get_by_role("button", name="Remove the ten most important")
        if remove.is_enabled():
            remove.click()
    expect(remove).to_be_disabled()
    assert predicted(tab) <= before
    left = tab.locator("#stage .gone").count() < 16
    assert (
        not left or tab.evaluate("Math.max(...page.explanation.inside(page.isPresent).losses)") <= 0
    )
    assert tab.evaluate("document.activeElement.id") != ""  # the focus is not lost


def test_only_the_pins_are_kept(opened, page):
    tab = opened(page)
    keep = tab.get_by_role("button", name="Keep only the pins")
    expect(keep).to_be_disabled()
    word(tab, "dog").click()
    tab.locator(PARTS).nth(3).click()
    keep.click()
    assert tab.locator("#stage .gone").count() == 14
    assert tab.locator("#lines path").count() <= 1
    assert tab.locator("#predicted-change").inner_text().endswith("as 14 players are away")


def test_nobody_is_most_important_where_all_lower_the_similarity(opened, game):
    tab = opened(planted(game, {(player,): -1.0 for player in range(16)}).page())
    expect(tab.get_by_role("button", name="Remove the ten most important")).to_be_disabled()


def test_what_is_away_comes_back_in_a_tab_that_predicts_nothing(opened, explanation):
    values = explanation.values
    sii = InteractionValues(
        dict(values.interactions), index="SII", max_order=2, min_order=0, n_players=16
    )
    both = {"FBII": explanation, "SII": Explanation(explanation.game, sii)}
    tab = opened(make_page(both))
    tab.get_by_label("a click or brush removes").check()
    word(tab, "dog").click()
    tab.get_by_role("tab", name="SII").click()
    assert tab.locator("#stage .gone").count() == 0
    word(tab, "dog").click()
    assert word(tab, "dog").get_attribute("aria-pressed") == "true"
    assert tab.locator("#stage .gone").count() == 0


def test_derivatives_predict_nothing(opened, explanation):
    values = explanation.values
    sii = InteractionValues(
        dict(values.interactions), index="SII", max_order=2, min_order=0, n_players=16
    )
    tab = opened(make_page(Explanation(explanation.game, sii)))
    expect(tab.locator("#what-if")).to_be_hidden()


# The table


def test_a_pin_lists_all_that_touches_it_and_a_switch_only_what_is_among_pins(opened, page):
    tab = opened(page)
    expect(tab.get_by_label("only among pins")).to_be_disabled()
    word(tab, "dog").click()
    word(tab, "yellow").click()
    expect(tab.locator("#shown")).to_have_text("31 of 31")  # 2 words, 15 + 14 pairs
    tab.get_by_label("only among pins").check()
    assert {row[0] for row in table(tab)} == {"dog", "yellow", "dog × yellow"}
    assert tab.locator("#lines path").count() == 0
    tab.locator(PARTS).nth(2).click()
    assert tab.locator("#lines path").count() == 2
    tab.locator(PARTS).nth(2).click()
    word(tab, "yellow").click()  # one pin is left: the switch says nothing
    expect(tab.locator("#shown")).to_have_text("16 of 16")
    tab.keyboard.press("Escape")
    expect(tab.locator("#shown")).to_have_text("50 of 136")


def test_interactions_are_found_by_name_and_kind(opened, page):
    tab = opened(page)
    search = tab.get_by_role("searchbox")
    search.fill("DOG")
    expect(tab.locator("#shown")).to_have_text("16 of 16")
    search.fill("dog × cell (1")
    assert {row[0] for row in table(tab)} == {f"cell (1,{column}) × dog" for column in range(3)}
    search.fill("cell (1,1)")
    expect(tab.locator("#shown")).to_have_text("16 of 16")
    search.fill("dog × dog")
    assert table(tab) == []
    search.press("Escape")
    search.fill("unicorn")
    assert table(tab) == []
    search.fill("")
    kinds = tab.locator("#kind option").all_inner_texts()
    assert kinds == ["all kinds", "cell", "word", "cell × cell", "cell × word", "word × word"]
    tab.locator("#kind").select_option("word × word")
    expect(tab.locator("#shown")).to_have_text("21 of 21")
    assert {row[1] for row in table(tab)} == {"word × word"}


def test_whiskers_stay_beside_the_digits(opened, explanation):
    huge = abs(explanation.values) * 50
    page = make_page(Explanation(explanation.game, explanation.values, standard_errors=huge))
    tab = opened(page)
    reach = tab.locator("#rows tr").first.evaluate(
        "row => [row.querySelector('.bar').getBoundingClientRect(), ...row.cells]"
        ".map((one, i) => i ? one.getBoundingClientRect() : one).map(box => [box.left, box.right])"
    )
    bar, _, _, value, cell, margin = reach
    assert value[1] <= bar[0] <= bar[1] <= margin[0] + 0.5
    assert cell[0] <= bar[0]
    style = "getComputedStyle(document.querySelector('.bar')).overflow"
    assert tab.evaluate(style) == "hidden"


def test_rows_come_as_one_scrolls(opened, page):
    tab = opened(page)
    tab.locator("#scrolled").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    expect(tab.locator("#shown")).to_have_text("100 of 136")
    tab.locator("#scrolled").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    expect(tab.locator("#shown")).to_have_text("136 of 136")
    expect(tab.get_by_role("button", name="More")).to_be_hidden()


@pytest.mark.parametrize("largest", [1e9, 1e-9])
def test_errors_of_any_size_are_told(opened, explanation, largest):
    first = next(players for players in explanation.values.interactions if players)
    errors = dict.fromkeys(explanation.values.interactions, 0.1) | {first: largest}
    errors = InteractionValues(
        errors, index="FBII", max_order=2, min_order=0, n_players=16, baseline_value=0.0
    )
    tab = opened(replace(explanation, standard_errors=errors).page())
    told = [float(row[4]) for row in table(tab) if row[0] != "cell (0,0)"]
    assert told == pytest.approx([0.196] * len(told), rel=0.02)


def test_values_beyond_single_precision_are_refused(game):
    with pytest.raises(InputError, match="values must be less than 3.4e38 to be shown"):
        planted(game, {(0,): 1e40}).page()


# Files to take away


def taken(tab, name, tmp_path):
    with tab.expect_download() as started:
        tab.get_by_role("button", name=name).click()
    path = tmp_path / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_the_picture_is_taken_away_as_svg_and_png(opened, page, tmp_path):
    tab = opened(page)
    word(tab, "dog").click()
    widths = tab.locator("#lines path").evaluate_all(
        "all => all.map(one => parseFloat(one.getAttribute('stroke-width')))"
    )
    path = taken(tab, "Download the picture as SVG", tmp_path)
    assert path.name == "explanation.svg"
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    space = "{http://www.w3.org/2000/svg}"
    texts = [text.text for text in root.iter(f"{space}text")]
    assert texts[:7] == CAPTION.split()[:7]
    fills = {one.get("fill") for one in root.iter() if one.get("fill")}
    assert all(re.fullmatch("#[0-9a-f]{6}|none|url.*", fill) for fill in fills)
    strokes = [
        float(one.get("stroke-width").removesuffix("px"))
        for one in root.iter(f"{space}path")
        if one.get("fill") == "none"
    ]
    assert strokes[: len(widths)] == pytest.approx(widths, abs=1e-3)
    assert all(one.get("href").startswith("data:") for one in root.iter(f"{space}image"))
    path = taken(tab, "Download the picture as PNG", tmp_path)
    png = Image.open(path)
    assert png.size == (2 * int(root.get("width")), 2 * int(root.get("height")))
    assert len(png.convert("RGB").getcolors(2**24)) > 100


def test_the_table_is_taken_away_as_csv(opened, explanation, page, tmp_path):
    tab = opened(page)
    read = pd.read_csv(taken(tab, "Download the table as CSV", tmp_path))
    expected = explanation.table()
    assert read["name"].tolist() == expected["name"].tolist()
    assert read["kind"].tolist() == expected["kind"].tolist()
    assert read["value"].to_numpy() == pytest.approx(expected["value"].to_numpy(), rel=1e-6)
    errors = expected["standard_error"].to_numpy()
    assert read["standard_error"].to_numpy() == pytest.approx(errors, rel=5e-3)
    told = expected["resolved"].map({True: "yes", False: "no"}, na_action="ignore")
    assert read["resolved"].fillna("").tolist() == told.fillna("").tolist()


def test_names_stay_whole_in_csv(opened, tmp_path):
    game = VisionLanguageGame(encoder_of_grid(4), SCENE, 'a, "dog"', text_players=Words())
    n = game.n_players
    tab = opened(planted(game, {(0, n - 1): 1.0}).page())
    read = pd.read_csv(taken(tab, "Download the table as CSV", tmp_path))
    assert read["name"][0] == " × ".join([game.player_names[0], game.player_names[-1]])


def test_names_are_no_formulas_in_csv(opened, tmp_path):
    game = VisionLanguageGame(encoder_of_grid(4), SCENE, "=1+1 dog", text_players=Words())
    tab = opened(planted(game, {(game.n_players_image,): 1.0}).page())
    read = pd.read_csv(taken(tab, "Download the table as CSV", tmp_path))
    assert read["name"][0] == f"'{game.player_names[-2]}"


# Several explanations


def test_a_tab_of_single_players_takes_no_maps_away(opened, wide_explanation):
    singles = replace(
        wide_explanation,
        values=wide_explanation.values.get_n_order(1),
        standard_errors=None,
        resolved=None,
    )
    tab = opened(make_page({"pairs": wide_explanation, "singles": singles}))
    assert tab.locator(".map").count() > 0


def test_pins_have_one_scale_in_all_tabs(opened, explanation):
    stronger = replace(explanation, values=explanation.values * 3)
    tab = opened(make_page({"one": explanation, "stronger": stronger}))
    word(tab, "dog").click()
    word(tab, "yellow").click()
    scales = tab.locator("#scales").inner_text()
    tab.get_by_role("tab", name="stronger").click()
    tab.mouse.move(5, 5)
    assert tab.locator("#scales").inner_text() == scales


def test_several_texts_of_an_image_are_tabs_with_one_scale(opened, game):
    texts = ["a black dog", "a yellow hydrant next to a dog"]
    pair = explain_pairs(game, texts=texts, budget_image=64, budget_text=64)
    named = dict(zip(texts, pair, strict=True))
    tab = opened(make_page(named))
    tabs = tab.get_by_role("tab")
    assert tabs.all_inner_texts() == texts
    scales = tab.locator("#scales").inner_text()
    word(tab, "dog").click()
    tab.locator(PARTS).nth(4).click()
    tabs.nth(0).focus()
    tab.keyboard.press("ArrowRight")
    assert tabs.nth(1).get_attribute("aria-selected") == "true"
    assert tab.evaluate("document.activeElement.textContent") == texts[1]
    assert tab.locator("#caption button").all_inner_texts() == texts[1].split()
    pinned = tab.locator("#stage [aria-pressed=true]").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label') ?? one.textContent)"
    )
    assert pinned == ["cell (1,1)", "dog"]  # those of the same names
    tab.keyboard.press("Escape")
    tab.mouse.move(5, 5)
    assert tab.locator("#scales").inner_text() == scales
    similarity = number(tab.locator("#value").inner_text())
    assert similarity == pytest.approx(pair[1].game.full_value, abs=6e-4)


# For everybody


@pytest.fixture(scope="module")
def wide_explanation():
    """Maps, a long text and errors."""
    game = VisionLanguageGame(encoder_of_grid(7), SCENE, " ".join([CAPTION] * 3))
    approximator = FIxLIP(game.n_players, random_state=0)
    values = approximator.approximate(game=game, budget_image=64, budget_text=64)
    errors = approximator.standard_errors()
    return Explanation(
        game, values, approximator.last_run, errors, {"model": "x" * 80}, approximator.resolved()
    )


@pytest.fixture(scope="module")
def wide_page(wide_explanation):
    """The same as tabs."""
    explanation = wide_explanation
    return make_page({"one": explanation, "another with a long name " * 3: explanation})


STATES = {
    "at rest": lambda _: None,
    "pinned": lambda tab: (word(tab, "dog").first.click(), tab.locator(PARTS).nth(4).click()),
    "removing": lambda tab: (
        tab.get_by_label("a click or brush removes").check(),
        tab.get_by_role("button", name="Remove the ten most important").click(),
    ),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_serious_fault(opened, wide_page, width, theme):
    tab = opened(wide_page)
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=theme)
    for act in STATES.values():
        act(tab)
        found = Axe().run(tab).response["violations"]
        faults = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in faults]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_nothing_is_cut_off(opened, wide_page, width, state):
    tab = opened(wide_page)
    tab.set_viewport_size({"width": width, "height": 900})
    STATES[state](tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    cut = tab.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(one => {
          const box = one.getBoundingClientRect();
          const style = getComputedStyle(one);
          const isSeen = one.checkVisibility({visibilityProperty: true}) && box.width;
          const hides = style.overflowX === 'hidden' && one.localName !== 'svg';
          return isSeen && (box.left < -0.5 || box.right > innerWidth + 0.5
            || (hides && one.scrollWidth > one.clientWidth + 1));
        }).map(one => one.outerHTML.slice(0, 80))"""
    )
    assert cut == []
    assert tab.locator("#scrolled").evaluate("one => one.scrollWidth - one.clientWidth") <= 0


def test_the_text_is_in_one_place(opened, page):
    tab = opened(page)
    places = tab.evaluate(
        "text => [...document.querySelectorAll('body *')].filter(one =>"
        " !one.querySelector('#caption')"
        " && one.innerText?.replaceAll(/\\s+/g, ' ').trim() === text).map(one => one.id)",
        CAPTION,
    )
    assert places == ["caption"]


def test_a_focus_ring_is_no_pin(opened, page):
    tab = opened(page)
    looks = "one => [getComputedStyle(one).stroke, getComputedStyle(one).strokeDasharray]"
    tab.locator("#links").focus()
    tab.keyboard.press("Tab")
    while tab.evaluate("document.activeElement.tagName") != "path":
        tab.keyboard.press("Tab")
    ring = tab.locator("#ring")
    assert ring.get_attribute("d") == tab.locator(PARTS).first.get_attribute("d")
    focused = ring.evaluate(looks)
    tab.keyboard.press("Enter")
    pinned = tab.locator(PARTS).first.evaluate(looks)
    assert focused != pinned
    tab.keyboard.press("ArrowRight")
    assert ring.get_attribute("d") == tab.locator(PARTS).nth(1).get_attribute("d")
    assert tab.locator("#regions [aria-pressed=true]").count() == 1
    tab.keyboard.press("Tab")
    assert ring.get_attribute("d") is None
    assert signs(tab, "#caption button") != []
