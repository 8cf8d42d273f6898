"""The interactive page, in a real browser."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from pages import MINUS, PARTS, opacities, pairs_with, signs, strengths, table, word
from pictures import links_of, titles_of
from playwright.sync_api import expect
from shapiq import InteractionValues
from small_models import CAPTION, SCENE, encoder_of_grid, random_encoder

from shapiq_fixlip import (
    Explanation,
    Fixed,
    FIxLIP,
    Grid,
    InputError,
    Superpixels,
    VisionLanguageGame,
    Words,
    image_text_plot,
    sweep_p,
)
from shapiq_fixlip.page import make_page
from shapiq_fixlip.page.data import page_data
from shapiq_fixlip.page.entry import entries_of
from shapiq_fixlip.page.picture import outlines
from shapiq_fixlip.plot.shown import shown

ATTACK = "</script><script>alert(1)</script> <img src=x onerror=alert(2)> dog"


@pytest.fixture(scope="module")
def game():
    return VisionLanguageGame(
        random_encoder(), SCENE, CAPTION, image_players=Grid(3, 3), text_players=Words()
    )


@pytest.fixture(scope="module")
def fixlip(game):
    approximator = FIxLIP(game.n_players, random_state=0)
    approximator.approximate(game=game, budget_image=64, budget_text=64)
    return approximator


@pytest.fixture(scope="module")
def values(game, fixlip):
    return fixlip.approximate(game=game, budget_image=64, budget_text=64)


@pytest.fixture(scope="module")
def page(game, values, fixlip):
    settings = {"model": "random", "p": 0.5}
    explanation = Explanation(game, values, fixlip.last_run, fixlip.standard_errors(), settings)
    return make_page(explanation)


def explained(values, game, **more):
    return Explanation(game, values, **more)


def test_hovering_a_word_lights_its_patches(opened, page, values):
    tab = opened(page)
    at_rest = opacities(tab)
    word(tab, "dog").hover()
    pairs = pairs_with(values, 10)
    largest = max(
        abs(value) for s, value in values.interactions.items() if len(s) == 2 and s[0] < 9 <= s[1]
    )
    assert opacities(tab) == pytest.approx(0.7 * abs(pairs) / largest, abs=1e-4)
    assert signs(tab, PARTS) == np.sign(pairs).tolist()
    assert "dog" in tab.locator("#status").inner_text()
    tab.mouse.move(5, 5)
    assert opacities(tab) == at_rest
    assert tab.locator("#status").inner_text() == ""


def test_hovering_a_patch_lights_its_words(opened, page, values):
    tab = opened(page)
    tab.locator(PARTS).nth(4).hover()
    pairs = np.array([values[(4, player)] for player in range(9, 16)])
    assert np.argmax(strengths(tab)) == np.argmax(abs(pairs))
    assert signs(tab, "#caption button") == np.sign(pairs).tolist()
    assert tab.locator("#lines path").count() == 7


def test_focus_does_what_hovering_does(opened, page):
    tab = opened(page)
    word(tab, "dog").hover()
    hovered = opacities(tab)
    tab.mouse.move(5, 5)
    word(tab, "dog").focus()
    assert opacities(tab) == hovered


def test_pins_stay_and_add_up(opened, page, values):
    tab = opened(page)
    word(tab, "dog").click()
    tab.mouse.move(5, 5)
    assert word(tab, "dog").get_attribute("aria-pressed") == "true"
    assert signs(tab, PARTS) == np.sign(pairs_with(values, 10)).tolist()
    word(tab, "yellow").click()
    both = pairs_with(values, 10) + pairs_with(values, 14)
    assert signs(tab, PARTS) == np.sign(both).tolist()
    word(tab, "dog").click()
    assert word(tab, "dog").get_attribute("aria-pressed") == "false"
    assert all("yellow" in row[0] for row in table(tab))
    tab.get_by_role("button", name="Release pins").click()
    assert tab.locator("[aria-pressed=true]").count() == 0


def test_slider_changes_the_number_of_links(opened, page):
    tab = opened(page)
    assert tab.locator("#lines path").count() == 12
    for n in (3, 0, 60):
        tab.locator("#links").fill(str(n))
        assert tab.locator("#lines path").count() == n
        assert tab.locator("#n-links").inner_text() == str(n)


def test_links_join_the_strongest_pairs(opened, page, values):
    tab = opened(page)
    tab.locator("#links").fill("1")
    start, end = tab.locator("#lines path").evaluate(
        """line => {
          const stage = document.getElementById('stage').getBoundingClientRect();
          return [0, line.getTotalLength()].map(length => {
            const point = line.getPointAtLength(length);
            return [stage.left + point.x, stage.top + point.y];
          });
        }"""
    )
    pairs = {s: abs(v) for s, v in values.interactions.items() if len(s) == 2 and s[0] < 9 <= s[1]}
    patch, player = max(pairs, key=pairs.get)
    part = tab.locator(PARTS).nth(patch).bounding_box()
    written = tab.locator("#caption button").nth(player - 9).bounding_box()
    lowest = [part["x"] + part["width"] / 2, part["y"] + part["height"]]
    assert start == pytest.approx(lowest, abs=1.5)
    assert end == pytest.approx([written["x"] + written["width"] / 2, written["y"]], abs=1.5)


def test_page_and_picture_draw_the_same_links(opened, page, game, values):
    tab = opened(page)
    on_page = tab.locator("#lines path").evaluate_all(
        "all => all.map(one => [getComputedStyle(one).stroke,"
        " parseFloat(one.getAttribute('stroke-width')), one.classList.contains('lowers')])"
    )
    _, axes = image_text_plot(values, game)
    drawn = [
        (
            f"rgb({', '.join(str(round(255 * part)) for part in link.get_edgecolor()[:3])})",
            link.get_linewidth(),
            link.get_linestyle() not in ("-", "solid"),
        )
        for link in links_of(axes)
    ]
    assert len(drawn) == 12
    assert [tuple(one) for one in on_page] == [
        (colour, pytest.approx(width, abs=1e-6), is_dashed) for colour, width, is_dashed in drawn
    ]


def test_words_that_matter_have_maps_as_in_pictures(opened):
    """The colour of a patch in a map is that of the picture, on its ground of pale grey."""
    game = VisionLanguageGame(encoder_of_grid(7), SCENE, CAPTION, text_players="words")
    rng = np.random.default_rng(0)
    n = game.n_players
    found = {(i,): float(rng.normal()) for i in range(n)}
    found |= {(i, j): float(rng.normal()) for i in range(49) for j in range(49, n)}
    values = InteractionValues(found, index="FBII", max_order=2, min_order=1, n_players=n)
    strong = sorted(found, key=lambda s: -abs(found[s]) if len(s) > 1 else 0)[:60]
    resolved = frozenset(strong)
    tab = opened(make_page(explained(values, game, resolved=resolved)))
    _, axes = image_text_plot(values, game, resolved=resolved)
    titles = titles_of(axes)[1:]
    assert tab.locator(".map > span:last-child").all_inner_texts() == titles
    assert tab.locator("#lines path").count() == 0
    for number in (0, len(titles) - 1):
        drawn = axes.images[2 * (number + 1) + 1].get_array()
        height, width = drawn.shape[:2]
        on_page = (
            tab.locator(".map canvas")
            .nth(number)
            .evaluate(
                "one => [...one.getContext('2d').getImageData(0, 0, one.width, one.height).data]"
            )
        )
        on_page = np.array(on_page).reshape(height, width, 4) / 255
        assert on_page[..., 3] == pytest.approx(drawn[..., 3], abs=0.01)
        seen = drawn[..., 3] > 0.1
        assert on_page[seen][:, :3] == pytest.approx(drawn[seen][:, :3], abs=0.05)
    tab.locator(".map").first.hover()
    assert titles[0] in tab.locator("#status").inner_text()
    tab.locator(".map").first.click()
    assert word(tab, titles[0]).get_attribute("aria-pressed") == "true"
    assert tab.locator(".map").first.get_attribute("aria-pressed") == "true"


def test_page_and_picture_have_the_same_scales(opened, page, game, values):
    tab = opened(page)
    limits = shown(values, game).limits
    told = tab.locator(".most").all_inner_texts()
    assert [float(one) for one in told] == pytest.approx(limits[:2], rel=2e-3)
    last = tab.locator("#scale-links span").last.inner_text()
    assert float(last) == pytest.approx(limits.pairs, rel=2e-3)


@pytest.mark.parametrize(("colour", "is_grey"), [((255, 13, 87), True), ((120, 160, 60), False)])
def test_the_image_is_grey_where_colours_could_not_be_told_from_it(opened, colour, is_grey):
    photo = np.full((64, 64, 3), colour, dtype=np.uint8)
    red = VisionLanguageGame(random_encoder(), photo, "dog", image_players=Grid(2, 2))
    found = {(player,): 1.0 + player for player in range(red.n_players)}
    values = InteractionValues(found, index="SV", max_order=1, min_order=1, n_players=red.n_players)
    tab = opened(make_page(explained(values, red)))
    assert tab.locator("#frame.grey").count() == is_grey
    _, axes = image_text_plot(values, red)
    base = axes.images[0].get_array()
    assert bool((base == base[..., :1]).all()) == is_grey


def test_switch_shows_alone_pairs_or_total(opened, page, values):
    tab = opened(page)
    tab.get_by_label("alone", exact=True).check()
    single = np.array([values[(player,)] for player in range(16)])
    assert opacities(tab) == pytest.approx(0.7 * abs(single[:9]) / abs(single[:9]).max(), abs=1e-4)
    assert tab.locator("#lines path").count() == 0
    assert len(table(tab)) == 16
    tab.get_by_label("pairs").check()
    assert all("×" in row[0] for row in table(tab))
    tab.get_by_label("total").check()
    assert tab.locator("#shown").inner_text() == "50 of 136"


def test_table_is_sorted_and_extended(opened, page, values):
    tab = opened(page)
    first = max((s for s in values.interactions if s), key=lambda s: abs(values[s]))
    rows = table(tab)
    sizes = [abs(float(row[2].replace(MINUS, "-"))) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(abs(values[first]), abs=1e-3)
    tab.get_by_role("button", name="value", exact=True).click()
    numbers = [float(row[2].replace(MINUS, "-")) for row in table(tab)]
    assert numbers == sorted(numbers, reverse=True)
    tab.get_by_role("button", name="value", exact=True).click()
    numbers = [float(row[2].replace(MINUS, "-")) for row in table(tab)]
    assert numbers == sorted(numbers)
    assert tab.locator("th[aria-sort=ascending]").inner_text().startswith("value")
    tab.get_by_role("button", name="More").click()
    assert len(table(tab)) == 136
    tab.get_by_role("button", name="interaction").click()
    assert [row[0] for row in table(tab)][:2] == ["cell (0,0)", "cell (0,1)"]


def test_table_has_error_bars_where_there_are_errors(opened, page, game, values, fixlip):
    tab = opened(page)
    errors = fixlip.standard_errors()
    first = max((s for s in values.interactions if s), key=lambda s: abs(values[s]))
    assert float(table(tab)[0][4]) == pytest.approx(1.96 * errors[first], abs=2e-3)
    assert tab.locator("#rows line").count() == 50
    tab.get_by_role("button", name="± 95 %").click()
    shown = [float(row[4]) for row in table(tab)]
    assert shown == sorted(shown)
    plain = opened(make_page(explained(values, game)))
    assert plain.get_by_role("button", name="± 95 %").count() == 0
    assert plain.locator("#rows line").count() == 0


def test_what_is_resolved_is_told_and_can_be_shown_alone(opened, values, game):
    pairs = [s for s in values.interactions if len(s) == 2]
    strongest = sorted((s for s in pairs if s[0] < 9 <= s[1]), key=lambda s: -abs(values[s]))
    resolved = frozenset([*strongest[:10:2], (0, 1)])
    tab = opened(make_page(explained(values, game, resolved=resolved)))
    assert tab.get_by_role("columnheader", name="resolved").count() == 1
    tab.get_by_role("button", name="More").click()
    tab.mouse.move(5, 5)
    told = {row[0]: row[-1] for row in table(tab)}
    names = {" × ".join(game.player_names[player] for player in s): s for s in values.interactions}
    for name, answer in told.items():
        players = names[name]
        assert answer == ("" if len(players) < 2 else "yes" if players in resolved else "no")
    pale = [not link for link in (s in resolved for s in strongest[:12])]
    is_pale = tab.locator("#lines path").evaluate_all(
        "all => all.map(one => one.classList.contains('unresolved')).reverse()"
    )
    assert is_pale == pale
    tab.get_by_label("resolved only").check()
    assert tab.locator("#lines path").count() == 5
    assert {row[-1] for row in table(tab)} == {"", "yes"}
    expect(tab.locator("#shown")).to_have_text(f"{6 + game.n_players} of {6 + game.n_players}")
    tab.get_by_role("button", name="resolved", exact=True).click()
    assert [row[-1] for row in table(tab)][:6] == ["yes"] * 6
    plain = opened(make_page(explained(values, game)))
    expect(plain.get_by_label("resolved only")).to_be_hidden()
    assert plain.get_by_role("columnheader", name="resolved").count() == 0


def test_errors_that_are_not_known_are_said_to_be(opened, values, game):
    tab = opened(make_page(explained(values, game, standard_errors=values * np.nan)))
    assert {row[4] for row in table(tab)} == {"unknown"}
    assert tab.locator("#rows line").count() == 0
    tab.get_by_role("button", name="± 95 %").click()
    assert len(table(tab)) == 50


def test_rows_point_at_the_picture(opened, page):
    tab = opened(page)
    tab.get_by_label("pairs").check()
    name = table(tab)[0][0].split(" × ")
    tab.locator("#rows tr").first.hover()
    assert tab.locator("#stage .active").count() == 2
    tab.locator("#rows tr button").first.click()
    pinned = tab.locator("[aria-pressed=true]").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label') ?? one.textContent)"
    )
    assert sorted(pinned) == sorted(name)


def test_everything_can_be_done_by_keyboard(opened, page):
    tab = opened(page)
    tab.locator("#links").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#n-links").inner_text() == "13"
    for _ in range(5):  # to the image, past whatever lies between
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.tagName") == "path":
            break
    label = (
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
    )
    assert tab.evaluate(label) == "cell (0,0)"
    for key, name in [
        ("ArrowRight", "cell (0,1)"),
        ("ArrowDown", "cell (1,1)"),
        ("ArrowLeft", "cell (1,0)"),
        ("ArrowLeft", "cell (1,0)"),
        ("ArrowUp", "cell (0,0)"),
    ]:
        tab.keyboard.press(key)
        assert tab.evaluate(label) == name
    tab.keyboard.press("Enter")
    assert tab.locator("path[aria-pressed=true]").count() == 1
    tab.keyboard.press("Tab")
    assert tab.evaluate(label) == "black"
    tab.keyboard.press("Space")
    assert tab.locator("[aria-pressed=true]").count() == 2
    tab.keyboard.press("Escape")
    assert tab.locator("[aria-pressed=true]").count() == 0


def test_the_keyboard_does_not_get_lost(opened, page):
    tab = opened(page)
    here = "document.activeElement.closest('tr')?.dataset.interaction"
    row = tab.locator("#rows tr button").nth(2)
    row.focus()
    before = tab.evaluate(here)
    tab.keyboard.press("Enter")  # pins, and makes other rows
    assert tab.evaluate(here) == before
    tab.get_by_role("button", name="Release pins").focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "links"
    tab.get_by_role("button", name="More").focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "scrolled"
    tab.locator(PARTS).nth(4).click()
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#regions path[tabindex='0']").count() == 1
    tab.keyboard.press("Tab")
    tab.keyboard.press("Shift+Tab")
    assert tab.evaluate("document.activeElement.dataset.player") == "5"


def test_what_is_pointed_at_is_told_even_if_another_is_pinned(opened, page):
    tab = opened(page)
    word(tab, "dog").click()
    pinned = opacities(tab)
    word(tab, "yellow").hover()
    assert tab.locator("#status").inner_text().startswith("yellow")
    assert opacities(tab) == pinned


@pytest.mark.parametrize("palette", ["shapiq", "colour_blind"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_the_strongest_colours(opened, game, palette, theme):
    players = [*range(9, 16)]
    found = {(player,): (-1.0) ** player for player in players}
    values = InteractionValues(found, index="SV", max_order=1, min_order=1, n_players=16)
    tab = opened(make_page(explained(values, game), palette=palette))
    tab.emulate_media(color_scheme=theme)
    colours = tab.locator("#caption button").evaluate_all(
        """words => words.map(word => {
          const style = getComputedStyle(word);
          return [style.color, style.backgroundColor].map(colour => {
            const context = new OffscreenCanvas(1, 1).getContext('2d');
            context.fillStyle = colour;
            context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
          });
        })"""
    )
    for ink, ground in colours:
        lighter, darker = sorted([luminance(ink), luminance(ground)], reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour):
    """Return the relative luminance of WCAG."""
    shares = np.array(colour) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_a_text_without_players_and_small_numbers_are_shown(opened):
    game = VisionLanguageGame(
        random_encoder(), SCENE, CAPTION, image_players=Grid(2, 2), text_players=Fixed()
    )
    found = {(player,): 1e-9 * (player + 1) for player in range(4)}
    values = InteractionValues(found, index="SV", max_order=1, min_order=1, n_players=4)
    tab = opened(make_page(explained(values, game, standard_errors=values * 0.1)))
    assert tab.locator("#caption").inner_text() == CAPTION
    assert tab.locator(".most").all_inner_texts() == ["+4.00e-9"]
    assert float(table(tab)[0][4]) == pytest.approx(1.96 * 4e-10, rel=0.01)


def test_a_link_to_a_file_stays_a_link(page, tmp_path):
    (tmp_path / "file.html").write_text("old")
    (tmp_path / "link.html").symlink_to(tmp_path / "file.html")
    page.save(tmp_path / "link.html")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "file.html").read_text(encoding="utf-8") == page.html


def test_everything_has_a_name_for_those_who_do_not_see_it(opened, page):
    tab = opened(page)
    assert CAPTION in tab.locator("img").get_attribute("alt")
    unnamed = tab.evaluate(
        "[...document.querySelectorAll('button, select, input, path, [role]')].filter(one =>"
        "!one.getAttribute('aria-label') && !one.textContent.trim() && !one.labels?.length"
        "&& one.id !== 'status' && !one.closest('[hidden], [aria-hidden=true]'))"
        ".map(one => one.outerHTML)"
    )
    assert unnamed == []


def test_light_and_dark_follow_the_system_and_the_button(opened, page):
    tab = opened(page)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(ground)
    tab.emulate_media(color_scheme="dark")
    dark = tab.evaluate(ground)
    assert light == "rgb(255, 255, 255)"
    assert dark != light
    tab.locator("#theme").click()
    assert tab.evaluate(ground) == light
    tab.locator("#theme").click()
    assert tab.evaluate(ground) == dark


def test_facts_tell_what_was_computed_and_how_well_it_fits(opened, page, fixlip):
    tab = opened(page)
    facts = dict(
        zip(tab.locator("dt").all_inner_texts(), tab.locator("dd").all_inner_texts(), strict=True)
    )
    assert facts["index"] == "FBII"
    assert facts["model"] == "random"
    assert facts["passes"] == "64 + 64"
    assert facts["fit quality (R²)"].startswith(f"{fixlip.last_run.r2:.3f}")
    assert (facts["max_order"], facts["p"]) == ("2", "0.5")


def test_a_page_says_why_passes_stopped(values, game, fixlip):
    run = replace(fixlip.last_run, stopped="more passes would change little")
    (shown,) = page_data(entries_of(explained(values, game, run=run)))["explanations"]
    assert ["stopped", "more passes would change little"] in shown["facts"]


def test_settings_take_the_place_of_no_fact_and_tell_nothing_that_is_unknown(opened, values, game):
    settings = {"index": "mine", "revision": None, "model": "random"}
    tab = opened(make_page(explained(values, game, settings=settings)))
    facts = list(
        zip(tab.locator("dt").all_inner_texts(), tab.locator("dd").all_inner_texts(), strict=True)
    )
    assert [fact for name, fact in facts if name == "index"] == ["FBII"]
    assert "revision" not in dict(facts)
    assert dict(facts)["model"] == "random"


def test_download_is_read_by_shapiq(opened, page, values, tmp_path):
    tab = opened(page)
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download as JSON").click()
    path = tmp_path / "downloaded.json"
    started.value.save_as(path)
    loaded = InteractionValues.load(path)
    assert dict(loaded.interactions) == pytest.approx(dict(values.interactions), rel=1e-6)
    assert (loaded.index, loaded.baseline_value) == (values.index, values.baseline_value)
    assert json.loads(path.read_text())["parameters"]["settings"] == {
        "model": "random",
        "p": 0.5,
    }


def test_switching_explanations_keeps_one_scale(opened, game):
    sweep = sweep_p(game, [0.3, 0.7], budget_image=64, random_state=0)
    tab = opened(sweep.page())
    assert tab.get_by_role("tab").all_inner_texts() == ["p = 0.3", "p = 0.7"]
    scales = tab.locator("#scales").inner_text()
    word(tab, "dog").click()
    for one, explanation in zip((0, 1), sweep.explanations.values(), strict=True):
        tab.get_by_role("tab").nth(one).click()
        pairs = pairs_with(explanation.values, 10)
        assert signs(tab, PARTS) == np.sign(pairs).tolist()
        assert word(tab, "dog").get_attribute("aria-pressed") == "true"
    tab.keyboard.press("Escape")
    tab.mouse.move(5, 5)
    assert tab.locator("#scales").inner_text() == scales


def test_data_shows_as_text_and_never_runs(opened):
    game = VisionLanguageGame(
        encoder_of_grid(4), SCENE, ATTACK, image_players=Grid(2, 2), text_players=Words()
    )
    values = FIxLIP(game.n_players, random_state=0).approximate(
        game=game, budget_image=16, budget_text=64
    )
    settings = {ATTACK: ATTACK, "&amp;": "<b>\u2028"}
    explanation = explained(values, game, settings=settings)
    page = make_page({ATTACK: explanation, "b": explanation})
    tab = opened(page)
    assert tab.title() == ATTACK
    assert "".join(tab.locator("#caption button").all_inner_texts()) == ATTACK.replace(" ", "")
    assert tab.locator("dd").last.inner_text().startswith("<b>")
    assert tab.get_by_role("tab").first.inner_text() == ATTACK
    assert tab.locator("img").count() == 1
    assert tab.evaluate("document.scripts.length") == 2
    assert ATTACK not in page.html


def test_a_script_that_gets_in_all_the_same_does_not_run(browser, page, tmp_path):
    page.save(tmp_path / "page.html")
    tab = browser.new_page()
    tab.goto((tmp_path / "page.html").as_uri())
    tab.evaluate(
        "() => { const script = document.createElement('script');"
        "script.textContent = 'window.ran = true'; document.body.append(script) }"
    )
    assert tab.evaluate("window.ran") is None
    tab.close()


def test_notebooks_show_the_page_in_a_frame(page, browser):
    tab = browser.new_page()
    tab.set_content(f"<html><body>{page._repr_html_()}</body></html>")
    frame = tab.frame_locator("iframe")
    frame.locator("#caption button").nth(1).hover()
    expect(frame.locator("#status")).to_contain_text("dog")
    tab.close()


def test_any_regions_are_outlined():
    rng = np.random.default_rng(0)
    regions = rng.integers(-1, 3, size=(6, 7))
    drawn = np.full_like(regions, -1)
    for player, path in enumerate(outlines(regions, 3)):
        for rectangle in path.split("M")[1:]:
            corner, rest = rectangle.split("h", 1)
            left, top = map(int, corner.split())
            width, height = (int(rest.split("v")[0]), int(rest.split("v")[1].split("h")[0]))
            assert (drawn[top : top + height, left : left + width] == -1).all()
            drawn[top : top + height, left : left + width] = player
    assert (drawn == regions).all()


def test_segments_light_up_where_they_are(opened):
    game = VisionLanguageGame(random_encoder(), SCENE, CAPTION, image_players=Superpixels(5))
    values = FIxLIP(game.n_players, random_state=0).approximate(game=game, budget_image=32)
    tab = opened(make_page(explained(values, game)))
    height, width = game.image_side.regions.shape
    row, column = 3, 20
    box = tab.locator("#regions").bounding_box()
    tab.mouse.move(
        box["x"] + (column + 0.5) / width * box["width"],
        box["y"] + (row + 0.5) / height * box["height"],
    )
    name = game.player_names[game.image_side.regions[row, column]]
    assert tab.locator("#status").inner_text().startswith(name)


SECONDS = """() => {
  const time = (act) => {
    const started = performance.now();
    act();
    document.body.getBoundingClientRect();
    return performance.now() - started;
  };
  const over = (one) => one.dispatchEvent(new PointerEvent('pointerover', {bubbles: true}));
  const words = [...document.querySelectorAll('#caption button')];
  const parts = [...document.querySelectorAll('#regions [data-player]')];
  const input = (id, text) => {
    document.getElementById(id).value = text;
    document.getElementById(id).dispatchEvent(new Event('input', {bubbles: true}));
  };
  const slider = document.getElementById('links');
  const head = (number) => document.querySelectorAll('#heads button')[number];
  const slide = () => slider.dispatchEvent(new Event('input', {bubbles: true}));
  slider.value = 60;
  return {
    word: time(() => over(words[1])),
    patch: time(() => over(parts[7])),
    pin: time(() => words[2].click()),
    release: time(() => words[2].click()),
    slider: time(slide),
    value: time(() => head(2).click()),
    name: time(() => head(0).click()),
    search: time(() => input('search', 'patch (3')),
    all: time(() => input('search', '')),
    alone: time(() => document.querySelector('input[value=alone]').click()),
    total: time(() => document.querySelector('input[value=total]').click()),
    remove: time(() => document.getElementById('remove-most').click()),
    back: time(() => document.getElementById('bring-back').click()),
  };
}"""


def with_superpixels():
    game = VisionLanguageGame(
        random_encoder(), SCENE, CAPTION, image_players=Superpixels(5), text_players=Words()
    )
    n = game.n_players
    found = {(player,): 1.0 for player in range(n)}
    return explained(
        InteractionValues(found, index="SV", max_order=1, min_order=1, n_players=n), game
    )


@pytest.mark.parametrize(
    ("side", "n_words", "most_bytes"),
    [(7, 8, 2 * 10**5), (16, 20, 10**6), (32, 75, 7 * 10**6)],
    ids=["57", "276", "1101"],
)
def test_pages_are_small_and_quick(opened, side, n_words, most_bytes):
    game = VisionLanguageGame(encoder_of_grid(side), SCENE, " ".join(["dog"] * n_words))
    rng = np.random.default_rng(0)
    n = game.n_players
    numbers = {(): 0.0} | {(i,): rng.normal() for i in range(n)}
    numbers |= {(i, j): rng.normal() for i in range(n) for j in range(i + 1, n)}
    values = InteractionValues(
        numbers, index="FBII", max_order=2, min_order=0, n_players=n, baseline_value=0.0
    )
    page = make_page(explained(values, game, standard_errors=abs(values) * 0.1))
    assert len(page.html.encode()) < most_bytes
    tab = opened(page)
    turns = [tab.evaluate(SECONDS) for _ in range(3)]
    assert max(min(turn[act] for turn in turns) for act in turns[0]) < 100  # milliseconds


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing/page.html", "path must be a file that can be written"),
        (".", "path must be a file that can be written"),
        (3, "path must be a file that can be written, got 3"),
        ("x" * 300, "path must be a file that can be written"),
        ("\0", "path must be a file that can be written"),
        (os.devnull, "path must be .*there is something that cannot"),
    ],
)
def test_places_that_cannot_be_written_are_refused(
    path, message, values, game, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        make_page(explained(values, game), path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            lambda v, g: {1: explained(v, g), "1": explained(v, g)},
            "explanations must have different names, got",
        ),
        (lambda *_: {}, "explanations must be at least one, got none"),
        (lambda _, g: explained(3, g), "explanations must have values of an Explanation, got 3"),
        (lambda v, _: explained(v, 3), "game must be of an image and a text, got 3"),
        (lambda v, g: explained(v * np.nan, g), "values must be finite"),
        (
            lambda v, g: explained(v, g, standard_errors=v * -1),
            "standard_errors must be finite and",
        ),
        (
            lambda v, g: explained(v, g, standard_errors=v * np.inf),
            "standard_errors must be finite",
        ),
        (
            lambda v, g: explained(v, g, resolved=frozenset([(0,)])),
            r"resolved must be interactions of the highest order, 2, got \(0,\)",
        ),
        (
            lambda v, g: explained(v, g, standard_errors=3),
            "standard_errors must be InteractionValues, got 3",
        ),
        (
            lambda v, _: explained(v, VisionLanguageGame(random_encoder(), SCENE, "a dog")),
            "values must be of 18 players as the game, got 16",
        ),
        (
            lambda v, g: {"a": explained(v, g), "b": explained(v, g.with_text("a dog"))},
            "values must be of 11 players as the game, got 16",
        ),
        (
            lambda v, g: {"a": explained(v, g), "b": with_superpixels()},
            "must have the same image players, got 9 of kind 'cell', and for 'b' 3 of kind",
        ),
    ],
)
def test_bad_explanations_are_refused_and_leave_nothing(given, message, values, game, tmp_path):
    with pytest.raises(InputError, match=message):
        make_page(given(values, game), tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_other_palettes_are_refused_and_leave_nothing(values, game, tmp_path):
    with pytest.raises(InputError, match="palette must be 'shapiq' or 'colour_blind', got 'red'"):
        make_page(explained(values, game), tmp_path / "page.html", palette="red")
    assert not list(tmp_path.iterdir())
