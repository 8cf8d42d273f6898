"""README and documentation: links lead somewhere, and `make docs` runs all code, block by block."""

import doctest
import json
import re
from pathlib import Path

import numpy as np
import pytest
import shapiq

import shapiq_fixlip
from shapiq_fixlip import VisionLanguageGame, load_encoder
from shapiq_fixlip.demo.scenes import demo_scene

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
DEMO_MODEL = Path(shapiq_fixlip.__file__).parent / "demo" / "model"
PAGES = [DOCS / "quickstart.md", *sorted((DOCS / "how-to").glob("*.md"))]
TEXTS = sorted(
    {
        *(ROOT / "README.md", *PAGES, *DOCS.glob("*.md")),
        *(DOCS / "api").glob("*.md"),
        *(DOCS / "upstream").glob("*.md"),
    }
)
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


@pytest.mark.pages
def test_the_notebook_for_shapiq_runs_and_uses_its_names_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    scene = demo_scene()
    scene.image.save("dog.jpg")
    notebook = json.loads(
        (DOCS / "upstream" / "explaining_clip_with_fixlip.ipynb").read_text("utf-8")
    )
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert "shapiq_fixlip" not in "".join(cells)
    names = {}
    for cell in cells:
        embedded = cell.replace(ON_THE_HUB, str(DEMO_MODEL)).replace(
            "a black dog next to a yellow hydrant", scene.caption
        )
        exec(embedded, names)
    game = names["game"]
    ours = VisionLanguageGame(
        load_encoder("demo"), "dog.jpg", scene.caption, image_players="4x4", text_players="words"
    )
    coalitions = np.random.default_rng(0).random((20, 25)) < 0.5
    assert game(coalitions) == pytest.approx(ours(coalitions), abs=1e-3)
    assert "lion" in capsys.readouterr().out


@pytest.mark.skipif(shapiq.__version__ != "1.8.0", reason="reports are of shapiq 1.8.0")
def test_reports_for_shapiq_are_true():
    failed, tried = doctest.testfile(str(DOCS / "upstream" / "reports.md"), module_relative=False)
    assert (failed, tried > 10) == (0, True)


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
