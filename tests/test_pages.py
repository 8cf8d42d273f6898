"""README and documentation: links lead somewhere, and `make docs` runs all code, block by block."""

import re
from pathlib import Path

import pytest

from shapiq_fixlip.demo.scenes import demo_scene

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [DOCS / "quickstart.md", *sorted((DOCS / "how-to").glob("*.md"))]
TEXTS = sorted({ROOT / "README.md", *PAGES, *DOCS.glob("*.md"), *(DOCS / "api").glob("*.md")})
MADE = "auto_gallery"  # by the build
ON_THE_HUB = "openai/clip-vit-base-patch32"


def blocks(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.pages
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_blocks_run_one_after_the_other(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": page.stem}
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), names)
    assert blocks(page)


@pytest.mark.pages
def test_the_readme_runs_on_an_image_of_ones_own(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    demo_scene().image.save("dog.jpg")
    names = {}
    for block in blocks(ROOT / "README.md"):
        assert ON_THE_HUB in block
        exec(block.replace(ON_THE_HUB, "demo"), names)
    assert {file.name for file in tmp_path.iterdir()} == {"dog", "dog.jpg", "dog.html"}
    assert names["again"].values.interactions == names["explanation"].values.interactions
    assert "dog" in capsys.readouterr().out


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_is_not_wider_than_a_page(page):
    assert max(len(line) for block in blocks(page) for line in block.splitlines()) <= 100


def test_a_model_of_your_own_takes_less_than_fifty_lines():
    model = blocks(DOCS / "how-to" / "own-model.md")[0]
    assert len([line for line in model.splitlines() if line.strip()]) < 50


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.removeprefix("../").startswith(MADE) or (page.parent / target).exists()
