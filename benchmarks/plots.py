"""Pictures and pages of many players: how long they take and how large they are.

1. ``image_text_plot`` and ``heatmap_grid`` of 1,024 patches and 77 words.
2. ``Explanation.page`` of 57, 276 and 1,101 players: seconds, bytes, and the longest of several
   interactions in the browser (pointing, pinning, the slider, sorting, searching, removing).
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import transformers
import typer
from playwright.sync_api import sync_playwright
from reporting import print_machine, print_table, require
from shapiq import InteractionValues
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from shapiq_fixlip import Explanation, VisionLanguageGame, from_transformers, image_text_plot
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.demo.tokenizer import make_tokenizer
from shapiq_fixlip.plot import heatmap_grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

MAX_SECONDS, MAX_BYTES, MAX_MILLISECONDS = 5.0, 7e6, 100.0

ACTS = """() => {
  const time = (act) => {
    const started = performance.now();
    act();
    document.body.getBoundingClientRect();
    return performance.now() - started;
  };
  const over = (one) => one.dispatchEvent(new PointerEvent('pointerover', {bubbles: true}));
  const words = [...document.querySelectorAll('#caption button')];
  const parts = [...document.querySelectorAll('#regions [data-player]')];
  const type = (id, text) => {
    document.getElementById(id).value = text;
    document.getElementById(id).dispatchEvent(new Event('input', {bubbles: true}));
  };
  const click = (selector) => document.querySelector(selector).click();
  return {
    word: time(() => over(words[1])),
    patch: time(() => over(parts[7])),
    pin: time(() => words[2].click()),
    release: time(() => words[2].click()),
    slider: time(() => type('links', 60)),
    sort: time(() => click('#heads [data-key=value]')),
    kind: time(() => click('#heads [data-key=kind]')),
    search: time(() => type('search', 'patch (3')),
    all: time(() => type('search', '')),
    alone: time(() => click('input[value=alone]')),
    total: time(() => click('input[value=total]')),
    remove: time(() => click('#remove-most')),
    back: time(() => click('#bring-back')),
  };
}"""


def game_of(side: int, n_words: int) -> VisionLanguageGame:
    """Return a game of ``side`` × ``side`` patches and some words, under a tiny random model."""
    tower = {
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
    }
    tokenizer = make_tokenizer()
    tokenizer.model_max_length = n_words + 2
    config = transformers.CLIPConfig(
        vision_config={**tower, "image_size": 7 * side, "patch_size": 7},
        text_config={
            **tower,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": n_words + 2,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        },
        projection_dim=8,
    )
    torch.manual_seed(0)
    size = {"height": 7 * side, "width": 7 * side}
    encoder = from_transformers(
        transformers.CLIPModel(config).eval(),
        CLIPImageProcessorPil(size=size, crop_size=size),
        tokenizer,
    )
    return VisionLanguageGame(encoder, demo_scene().image, " ".join(["lion"] * n_words))


def random_values(game: VisionLanguageGame) -> InteractionValues:
    """Return random interactions of one and two players."""
    n = game.n_players
    rng = np.random.default_rng(0)
    players = [(i,) for i in range(n)] + [(i, j) for i in range(n) for j in range(i + 1, n)]
    found = dict(zip(players, rng.normal(size=len(players)).tolist(), strict=True))
    return InteractionValues(
        {(): 0.0, **found},
        index="FBII",
        max_order=2,
        min_order=0,
        n_players=n,
        baseline_value=0.0,
    )


def median_seconds(act: Callable[[], object]) -> float:
    """Return the median of three turns."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


def longest_act(page: Path) -> tuple[str, float]:
    """Return the slowest thing that a person can do, and its milliseconds: medians of five."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": 1300, "height": 900})
        tab.goto(page.as_uri())
        turns = pd.DataFrame([tab.evaluate(ACTS) for _ in range(5)])
        browser.close()
    medians = turns.median()
    return str(medians.idxmax()), float(medians.max())


def page_figures(game: VisionLanguageGame) -> dict[str, object]:
    """Return a row of the table of pages."""
    values = random_values(game)
    explanation = Explanation(game, values, standard_errors=abs(values))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        seconds = median_seconds(lambda: explanation.page(path))
        act, milliseconds = longest_act(path)
        return {
            "players": game.n_players,
            "seconds": seconds,
            "bytes": path.stat().st_size,
            "slowest": act,
            "milliseconds": milliseconds,
        }


def main() -> None:
    """Print all figures."""
    mpl.use("Agg")
    print_machine()
    game = game_of(32, 77)
    values = random_values(game)

    def drawn(draw: Callable[..., tuple[Figure, object]]) -> None:
        figure, _ = draw(values, game)
        figure.canvas.draw()
        plt.close(figure)

    pictures = [
        {"picture": draw.__name__, "seconds": median_seconds(lambda draw=draw: drawn(draw))}
        for draw in (image_text_plot, heatmap_grid)
    ]
    print_table("1,024 patches and 77 words", pd.DataFrame(pictures))
    pages = [page_figures(one) for one in (game_of(7, 8), game_of(16, 20), game)]
    print_table("Pages, with errors", pd.DataFrame(pages))
    require(
        f"the picture in {MAX_SECONDS:g} s, pages below {MAX_BYTES:g} bytes, "
        f"{MAX_MILLISECONDS:g} ms for everything",
        is_reached=pictures[0]["seconds"] < MAX_SECONDS
        and all(row["bytes"] < MAX_BYTES for row in pages)
        and all(row["milliseconds"] < MAX_MILLISECONDS for row in pages),
    )


if __name__ == "__main__":
    typer.run(main)
