"""Draw the pictures of the README and the how-to pages: ``python docs/make_pictures.py``.

Screenshots of the page need Chromium; ``make browser`` installs it.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from shapiq_fixlip import compare, compare_explanations, compare_models, explain, sweep_p
from shapiq_fixlip.demo.scenes import demo_scene, random_scene
from shapiq_fixlip.plot import heatmap_grid, players_inside, removal_plot, subset_plot

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from playwright.sync_api import Page as Tab

    from shapiq_fixlip import Explanation
    from shapiq_fixlip.plot import Drawn

IMAGES = Path(__file__).parent / "images"
DPI = 110
COLOURS = 256  # enough for pictures that are looked at, and a third of the size

WORDS = ["lion", "unicorn", "tent"]
PLAYERS = ["lion", "unicorn", "patch (5,0)", "patch (5,1)", "patch (1,5)"]


def keep(name: str, drawn: Drawn[object] | Figure, dpi: int = DPI) -> None:
    """Save a picture."""
    figure = drawn[0] if isinstance(drawn, tuple) else drawn
    file = io.BytesIO()
    figure.savefig(file, dpi=dpi)
    plt.close(figure)
    shrink(name, file.getvalue())


def shrink(name: str, png: bytes) -> None:
    """Write a picture with few colours."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


def draw(explanation: Explanation) -> None:
    """Draw all that how-to pages show of one explanation."""
    values, game = explanation.values, explanation.game
    keep("explanation", explanation.plot(), dpi=200)
    keep("unicorn", explanation.plot("unicorn", width="column"))
    keep("box", explanation.plot(players_inside(game, (0, 120, 80, 224)), width="column"))
    keep("subset", subset_plot(values, game, PLAYERS))
    keep("words", heatmap_grid(values, game, players=WORDS, n_columns=3))
    keep("removals", removal_plot(values, game))
    keep("sweep", sweep_p(game).plot(n_strongest=5))


def draw_comparisons(explanation: Explanation) -> None:
    """Draw several explanations side by side."""
    scene = demo_scene()
    cells = explain(scene.image, scene.caption, image_players="3x3", text_players="words")
    keep("cells", cells.plot())
    keep("indices", compare(cells.game, ["FWBII", "k-SII"], [0.3]).plot())
    models = compare_models(scene.image, scene.caption, image_players="4x4")
    keep("models", models.plot())
    twin = explain(scene.image, scene.caption, model="demo-shortcut", text_players="words")
    keep("difference", compare_explanations({"demo": explanation, "its twin": twin}).plot())
    coloured = random_scene(np.random.default_rng(0), 2, detail="colours")
    contrast = explain(
        coloured.image, coloured.caption, against=coloured.swap, text_players="words"
    )
    keep("contrast", contrast.plot())


def at_rest(tab: Tab) -> None:
    """Leave the page as it is."""


def ask_what_if(tab: Tab) -> None:
    """Pin two players, and remove some others."""
    tab.locator("#regions").get_by_label("patch (1,5)").click()
    tab.locator("#caption").get_by_text("unicorn", exact=True).click()
    tab.get_by_label("a click or brush removes").check()
    for name in ("patch (5,0)", "patch (5,1)", "patch (6,0)", "patch (6,1)"):
        tab.locator("#regions").get_by_label(name).click()
    tab.locator("#caption").get_by_text("lion", exact=True).click()
    tab.mouse.move(2, 2)
    tab.evaluate("scrollTo(0, 0)")


SHOTS: dict[str, tuple[tuple[int, int], str, Callable[[Tab], None]]] = {
    "page": ((1280, 860), "light", at_rest),
    "page-what-if": ((1280, 860), "light", ask_what_if),
    "page-dark": ((1280, 860), "dark", at_rest),
    "page-phone": ((390, 844), "light", at_rest),
}


def shoot(explanation: Explanation) -> None:
    """Take screenshots of the page."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        explanation.page(file)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, ((width, height), theme, act) in SHOTS.items():
            tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
            tab.goto(file.as_uri())
            act(tab)
            shrink(name, tab.screenshot())
            tab.close()
        browser.close()


def main() -> None:
    """Draw everything."""
    scene = demo_scene()
    explanation = explain(scene.image, scene.caption, text_players="words")
    draw(explanation)
    draw_comparisons(explanation)
    shoot(explanation)


if __name__ == "__main__":
    main()
