"""The pages of the documentation: their code runs as it stands, block by block."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = [*sorted((DOCS / "how-to").glob("*.md")), DOCS / "quickstart.md"]
TEXTS = [
    *PAGES,
    *(DOCS / f"{name}.md" for name in ("why", "numbers", "mathematics", "command-line")),
]
MADE = "auto_gallery"  # by the build


def blocks(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_blocks_run_one_after_the_other(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert blocks(page)
    names = {"__name__": page.stem}
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), names)


def test_a_model_of_your_own_takes_less_than_fifty_lines():
    model = blocks(DOCS / "how-to" / "own-model.md")[0]
    assert len([line for line in model.splitlines() if line.strip()]) < 50


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith(MADE) or (page.parent / target).exists()
