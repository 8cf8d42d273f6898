"""Every architecture of open_clip with random weights: is the full game its own similarity?

Layers are few and narrow, and images have few patches; all else is kept. Tokenizers and text towers
on the hub are replaced by small ones of the same kind.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import open_clip
import pandas as pd

from shapiq_fixlip import InputError, VisionLanguageGame, from_open_clip
from shapiq_fixlip.sides.images import load_image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from small_models import CAPTION, SCENE
from small_open_clip import kind, own_similarity, small_architecture, transform

__all__ = ["open_clip_table"]


def open_clip_table() -> pd.DataFrame:
    """Return a row for each architecture.

    Returns:
        The columns ``library``, ``model``, ``image tower``, ``text tower``, ``difference`` from the
        model's own similarity, and the ``reason`` of a refusal.
    """
    logging.getLogger().setLevel(logging.ERROR)  # open_clip warns that weights are random
    names = {name: kind(name) for name in open_clip.list_models()}
    one_of_each = {kind_: name for name, kind_ in names.items()}
    compared = {kind_: _compared(name) for kind_, name in one_of_each.items()}
    rows = [{"model": name, **compared[kind_]} for name, kind_ in names.items()]
    return pd.DataFrame(rows).assign(library="open_clip")[["library", *rows[0]]]


def _compared(name: str) -> dict[str, Any]:
    model, tokenizer = small_architecture(name)
    text = getattr(model, "text", model)
    row = {
        "image tower": type(getattr(model.visual, "trunk", model.visual)).__name__,
        "text tower": type(getattr(text, "transformer", text)).__name__,
        "difference": None,
        "reason": None,
    }
    try:
        encoder = from_open_clip(model, tokenizer, preprocess=transform(model))
        game = VisionLanguageGame(encoder, SCENE, CAPTION)
    except InputError as error:
        return row | {"reason": str(error)}
    pixels = transform(model)(load_image(SCENE))[None]
    own = own_similarity(model, pixels, tokenizer([CAPTION]))
    return row | {"difference": abs(game.full_value - own)}


if __name__ == "__main__":
    print(open_clip_table().to_string())
