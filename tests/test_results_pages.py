"""The pages of results say what the files of results say."""

import importlib.util
import re
from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def making():
    spec = importlib.util.spec_from_file_location("make_results", DOCS / "make_results.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_number_is_from_a_file(making):
    for page, text in making.pages().items():
        assert (DOCS / f"{page}.md").read_text(encoding="utf-8") == text


def test_every_column_says_whose_definition_it_is(making):
    for experiment in making.EXPERIMENTS.values():
        for figure in experiment.figures:
            assert figure in making.WHOSE or figure.partition(",")[0] in making.WHOSE


def test_tables_are_of_today_or_say_when(making):
    page = (DOCS / "results.md").read_text(encoding="utf-8")
    made = pd.read_csv(making.MADE, dtype=str).iloc[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", made["date"])
    for fact in ("date", "versions", "machine", "seeds"):
        assert made[fact] in page


def test_pairs_beat_single_players_on_the_page(making):
    """The paper's claim, on both embedded models."""
    for name in ("pointing-game", "pointing-game-siglip"):
        found = making.Found(name, making.EXPERIMENTS[name])
        claim = making.claim_of(found)
        assert claim["mean"] > 0
        assert claim["least_errors"] > 3


def test_what_fixlip_can_see_it_finds(making):
    """All that is planted at p = 0.5, but nine patches that are equal."""
    for name in ("truth", "truth-196"):
        means = making.Found(name, making.EXPERIMENTS[name]).read()
        of_half = means[means["method"] == "fixlip:0.5"].pivot_table(
            index="model", columns="figure", values="mean"
        )
        seen = of_half.drop(index="known:nine-patches")
        assert (seen["found"] == 1).all()
        assert seen["coverage, planted"].mean() > 0.9
        assert of_half.loc["known:nine-patches", "found"] < 1
