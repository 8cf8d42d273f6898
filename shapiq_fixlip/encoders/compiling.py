"""Blocks of transformers that torch compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from PIL import Image

from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.encoders.silence import silent
from shapiq_fixlip.errors import InputError, first_line

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.base import Encoder

__all__ = ["compile_blocks"]


def compile_blocks(encoder: Encoder) -> None:
    """Let torch compile the blocks of both towers, and check that it can.

    Raises:
        InputError: If there are none, or torch cannot on this machine.
    """
    image, text = encoder.image_tower, encoder.text_tower
    blocks = [*text.blocks, *(image.blocks if isinstance(image, PatchTower) else ())]
    if not blocks:
        msg = "must be False for a model without blocks of a transformer, got True."
        raise InputError("compile", msg)
    for block in blocks:
        block.compile()
    try:
        with silent(), torch.inference_mode():
            pixels = image.prepare(Image.new("RGB", (64, 64))).pixels
            image.embed_pixels(pixels.expand(image.batch_size, -1, -1, -1))
            prepared = text.prepare("a")
            both = prepared.ids, prepared.attention_mask
            ids, mask = (part.expand(text.batch_size, -1) for part in both)
            text.embed(ids, mask)
    except Exception as error:  # compilers fail in many ways
        for block in blocks:  # the model may be the user's own
            block._compiled_call_impl = None  # noqa: SLF001 - torch has no other way back
        reason = first_line(error)
        msg = f"must be False here, as torch cannot compile the model ({reason}), got True."
        raise InputError("compile", msg) from error
