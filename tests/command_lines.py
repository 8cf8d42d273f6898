"""Random command lines, on generated files that are usable, odd or broken."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import typer
from hypothesis import strategies as st
from PIL import Image
from small_models import REFERENCE, REFERENCE_MODELS, SCENE

from shapiq_fixlip.commands.app import app

if TYPE_CHECKING:
    from pathlib import Path

_ODD = (
    *("", " ", "-", "--", "-1", "0", "1", "2", "1.5", "1e400", "5e-324", "nan", "inf", "true"),
    *(
        "None",
        "[]",
        "[/x]",
        "[v2]",
        "[red]x",
        "{}",
        "{",
        "%s",
        "%n",
        "a,b",
        ",",
        ";",
        ":",
        "=",
        "*",
    ),
    *("9" * 5000, "a" * 300, "a" * 5000, "\n", "a\nb", "\t", "\x00", "\x1b[31m", "\udcff", "é"),
    *(
        "黑狗",
        "🐕",
        "a\u0301",
        "\u200b",
        "\ufeff",
        "\u202eabc",
        "/",
        "..",
        "/dev/null",
        "~",
        "C:\\x",
    ),
    *("--help", "-h", "--ray", "auto", "cpu", "cuda:99", "meta", "1x1", "0x0", "3x", "99999x99999"),
)
"""Values that no option was made for, or only some."""

_SCENE = "black dog next to a yellow hydrant"

_TEXTS = (
    *(_SCENE, "dog", "a a a", "a photo of a {dog}", "{a} {b}", "Ein Hund", "一只黑色的狗", "{}{"),
    *(
        "dog " * 30,
        "dog " * 200,
        "!?",
        "(",
        "a\u0301e\u0301",
        "\uff24\uff2f\uff27",
        "<|endoftext|> dog",
        "\u200b",
    ),
)

_USABLE = {
    "budget": ("14", "200", "auto"),
    "budget_image": ("8", "14", "22"),
    "budget_text": ("8", "14"),
    "budgets_image": ("14", "14,20", "14,14"),
    "class_names": ("dog,cat", "dog", "dog,cat,a black dog", "dog,dog", ""),
    "class_value": ("margin", "mean-margin", "logit", "probability"),
    "data": (
        "demo-scenes",
        "demo-collages",
        "demo-marked",
        "coded",
        "csv:good.csv",
        "csv:mixed.csv",
    ),
    "data_random_state": ("0", "7"),
    "device": ("cpu", "auto"),
    "dtype": ("float32", "bfloat16"),
    "estimator": ("shrinkage", "least_squares"),
    "experiment": (
        "pointing-game",
        "insertion-deletion",
        "faithfulness",
        "stability",
        "time",
        "twins",
    ),
    "image_players": ("2x2", "1x1", "3x3", "patches", "superpixels:4", "boxes:0,0,9,9;9,9,20,30"),
    "image_removal": ("zero", "mean", "gray", "black", "blur", "drop", "fill:good.png"),
    "index": ("FWBII", "FBII", "BV", "SV", "SII", "k-SII"),
    "indices": ("FWBII", "FBII,BV", "SV,SII,k-SII", "FSII,STII,WBII", "FWBII,FWBII"),
    "max_order": ("1", "2", "3"),
    "max_order_image": ("1", "2"),
    "max_order_text": ("1", "2"),
    "methods": ("fixlip:0.5", "shapley", "occlusion", "grad-eclip,game", "rise:0.5", "exclip"),
    "metrics": ("faithfulness", "shares", "insertion-deletion", "pointing-game", "stability"),
    "n_coalitions": ("2", "20"),
    "n_inputs": ("1", "2"),
    "out": ("out", "out/deep/er", "results"),
    "p": ("0.5", "0.3", "0.9"),
    "prompt_template": ("a {}", "{}", "a dog", "a {b} {}"),
    "ps": ("0.5", "0.3,0.7"),
    "random_state": ("0", "3"),
    "random_states": ("0", "0,1"),
    "text_players": ("tokens", "words", "fixed", "template", "phrases:dog", "phrases:black dog;a"),
    "text_removal": ("attention", "remove", "replace", "replace:a"),
    "value": ("logit", "cosine"),
}
"""Values that are right for an option, if not with every other option."""

_NEVER = ("compile", "ray", "n_workers", "version", "install_completion", "show_completion")
"""Options that start other processes, or that end at once."""

_SMALL = {
    "explain": ("--budget-image", "14", "--budget-text", "14"),
    "compare": ("--budget-image", "14", "--budget-text", "14"),
    "compare-models": ("--budget-image", "14", "--budget-text", "14"),
    "batch": ("--budget-image", "14", "--budget-text", "14", "--n-inputs", "2"),
    "evaluate": ("--budgets-image", "14", "--budget-text", "14", "--n-inputs", "1"),
}
"""Options that keep a command short; one that is typed again has the later value."""


def make_files(folder: Path) -> None:
    """Fill a folder with images, tables and models of every kind."""
    shutil.copy(SCENE, folder / "good.png")
    scene = Image.open(SCENE).convert("RGB")
    scene.resize((40, 30)).save(folder / "small.jpg")
    whole = (folder / "good.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[:2000])
    (folder / "flipped.png").write_bytes(whole[:500] + b"\x00\xff" + whole[502:])
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no image", encoding="utf-8")
    (folder / "bad.pgm").write_bytes(b"P5 9 x 255\n123")
    scene.convert("L").resize((1, 300)).save(folder / "strip.png")
    Image.new("1", (20000, 20000)).save(folder / "wide.png")
    Image.fromarray(np.arange(30 * 40, dtype=np.uint16).reshape(30, 40)).save(folder / "deep.png")
    labels = np.zeros((scene.height, scene.width), dtype=np.uint8)
    labels[:100], labels[100:, :100] = 1, 2
    Image.fromarray(labels).save(folder / "labels.png")
    shutil.copy(SCENE, os.fsencode(folder) + b"/\xff.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "folder").mkdir()
    rows = f"image,caption\ngood.png,{_SCENE}\nsmall.jpg,a dog\n"
    (folder / "good.csv").write_text(rows, encoding="utf-8")
    (folder / "mixed.csv").write_text(rows + "cut.png,a\n,\nnone.png,b\n", encoding="utf-8")
    (folder / "bad.csv").write_bytes(b"image,caption\n\xff\xfe,\x00\n")
    (folder / "x.json").write_text("{", encoding="utf-8")
    for name in REFERENCE_MODELS:
        shutil.copytree(REFERENCE / "models" / name, folder / name)
    for entry, value in _BROKEN.items():
        broken = shutil.copytree(folder / "clip-32-8", folder / f"broken-{entry}")
        config = json.loads((broken / "config.json").read_bytes())
        section, _, name = entry.rpartition(".")
        (config[section] if section else config)[name] = value
        (broken / "config.json").write_text(json.dumps(config), encoding="utf-8")


_BROKEN = {
    "model_type": "bert",
    "vision_config.patch_size": 0,
    "vision_config.image_size": "x",
    "text_config.num_hidden_layers": 0,
    "projection_dim": None,
}
"""Entries of a model's configuration, and what breaks them."""

_IMAGES = (
    *("good.png", "good.png", "small.jpg", "deep.png", "strip.png", "cut.png", "flipped.png"),
    *("empty.png", "text.png", "bad.pgm", "wide.png", "\udcff.png", "pipe.png", "folder"),
    *("none.png", "good.csv", "https://example.org/a.png"),
)

_MODELS = (
    *("clip-32-8", "clip-32-8", "siglip-32-8", "siglip2-32-8", "folder", "good.png", "nobody/none"),
    *("open_clip:", "open_clip:ViT-B-32", "open_clip:ViT-B-32/good.png", "hf-hub:", "local-dir:x"),
    *(f"broken-{entry}" for entry in _BROKEN),
)


def _files(*kinds: str) -> tuple[str, ...]:
    return tuple(f"{kind}:{name}" for kind in kinds for name in ("labels.png", *_IMAGES))


_POOLS = _USABLE | {
    "against": _TEXTS,
    "data": (*_USABLE["data"], "csv:bad.csv", "csv:pipe.png", "coco:x.json,.", "collages:."),
    "image": _IMAGES,
    "image_players": (*_USABLE["image_players"], *_files("labels")),
    "image_removal": (*_USABLE["image_removal"], *_files("fill")),
    "model": _MODELS,
    "models": _MODELS,
    "text": _TEXTS,
}

_COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def _values(name: str) -> st.SearchStrategy[str]:
    """Mostly values of the option's own kind, now and then any."""
    own = st.sampled_from(_POOLS.get(name, _ODD))
    return st.integers(0, 9).flatmap(
        lambda dice: own if dice else st.sampled_from(_ODD) | st.text()
    )


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Draw the arguments after ``shapiq-fixlip``."""
    if not draw(st.integers(0, 40)):
        return draw(st.lists(st.sampled_from((*_ODD, *_COMMANDS)), max_size=4))
    name = draw(st.sampled_from(["explain", "explain", *_COMMANDS]))
    options = [p for p in _COMMANDS[name].params if p.name not in (*_NEVER, "help")]
    typed: list[str] = [*_SMALL[name], "--model" + "s" * (name in ("evaluate", "compare-models"))]
    typed.append("clip-32-8")
    if name == "compare-models":
        typed += ["--models", "siglip-32-8"]
    named = [p for p in options if p.param_type_name == "option"]
    for option in draw(st.lists(st.sampled_from(named), max_size=5, unique_by=lambda p: p.name)):
        typed.append(draw(st.sampled_from(option.opts)))
        if not option.is_flag:
            typed.append(draw(_values(option.name)))
    positional = [p.name for p in options if p.param_type_name == "argument"]
    n_given = draw(st.sampled_from([0, 1, *[2] * 10]))
    given = [draw(_values(argument)) for argument in positional[:n_given]]
    if draw(st.booleans()):
        given.insert(0, "--")
    return [name, *typed, *given]
