"""README and documentation: links lead somewhere, and `make docs` runs all code, block by block."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", DOCS / "quickstart.md", *sorted((DOCS / "how-to").glob("*.md"))]
TEXTS = [*PAGES, *(DOCS / f"{name}.md" for name in ("why", "numbers", "mathematics"))]
TEXTS += [DOCS / "command-line.md"]
MADE = "auto_gallery"  # by the build


def blocks(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.pages
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_blocks_run_one_after_the_other(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": page.stem}
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), names)
    assert blocks(page)
    if page.stem == "README":
        written = {"explanation.png", "explanation.html", "explanation.json"}
        assert {file.name for file in tmp_path.iterdir()} == written
        assert "RunReport" in capsys.readouterr().out


def test_a_model_of_your_own_takes_less_than_fifty_lines():
    model = blocks(DOCS / "how-to" / "own-model.md")[0]
    assert len([line for line in model.splitlines() if line.strip()]) < 50


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith(MADE) or (page.parent / target).exists()
