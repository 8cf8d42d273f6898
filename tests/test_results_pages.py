"""The pages of results say what the files of results say."""

import re
import sys
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(autouse=True)
def scripts_of_docs(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])


@pytest.fixture
def making():
    return import_module("make_results")


@pytest.fixture
def found():
    tables = import_module("result_tables")
    return {name: tables.Found(name, one) for name, one in tables.EXPERIMENTS.items()}


def test_every_number_is_from_a_file(making):
    for page, text in making.pages().items():
        assert (DOCS / f"{page}.md").read_text(encoding="utf-8") == text


def test_every_column_says_whose_definition_it_is(found):
    for one in found.values():
        for figure in one.experiment.figures:
            assert f"- *{figure}*: " in one.definitions or (
                f"- *{figure.partition(',')[0]}*: " in one.definitions
            )


def test_pages_say_when_and_with_what_they_were_made(making):
    page = (DOCS / "results.md").read_text(encoding="utf-8")
    made = pd.read_csv(making.MADE, dtype=str).iloc[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", made["date"])
    for fact in ("date", "versions", "machine", "seeds"):
        assert made[fact] in page


def test_what_the_pages_say_in_words_is_checked(making, found, monkeypatch):
    making.check_claims(found)
    monkeypatch.setattr(making, "FEWEST_ERRORS", 1000)
    with pytest.raises(
        ValueError,
        match="not so: pairs beat .* on pointing-game, ",
    ):
        making.check_claims(found)


def test_what_fixlip_can_see_it_finds(found):
    """All that is planted at p = 0.5, but nine patches that are equal."""
    for name in ("truth", "truth-196"):
        means = found[name].read()
        of_half = means[means["method"] == "fixlip:0.5"].pivot_table(
            index="model", columns="figure", values="mean"
        )
        seen = of_half.drop(index="known:nine-patches")
        assert (seen["found"] == 1).all()
        assert seen["coverage, planted"].mean() > 0.9
        assert of_half.loc["known:nine-patches", "found"] < 1
