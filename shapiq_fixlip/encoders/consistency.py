"""One cheap check of a loaded encoder: an embedding belongs to its input alone.

1. The embedding of an input does not depend on the other rows of its batch, nor on what is hidden
   in them.
2. It is the one of the model's own forward pass, and so is the similarity.

Two images and two texts are embedded in a batch each, and one pair passes through the model itself.
If something differs, plain attention is tried, and then one input at a time.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from shapiq_fixlip.encoders.failures import refusing
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import PACKAGE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from torch import nn

    from shapiq_fixlip.encoders.base import Encoder, ImageTower, TextTower
    from shapiq_fixlip.encoders.tokenizer import PreparedText

__all__ = ["OwnOutput", "check_consistency"]

_TEXT = "a dog"
_IMAGE_SIZE = (192, 256)

_SAME = 1e-6
"""The largest difference of unit embeddings that are taken for equal. Others were not compared."""

_FLOAT32_TOLERANCE = 1e-3
"""The largest difference of unit embeddings in float32 that is taken for rounding.

Other types have the square root of their precision: 0.03 for float16 and 0.09 for bfloat16.
"""


@dataclass(frozen=True)
class OwnOutput:
    """What a model itself returns for an image and a text.

    Attributes:
        image: The embedding of the image, of unit length, ``(1, d)``.
        text: The embedding of the text, of unit length, ``(1, d)``.
        logit: The similarity.
    """

    image: torch.Tensor
    text: torch.Tensor
    logit: float


type Undo = Callable[[], None]

type ForwardPass = Callable[[torch.Tensor, PreparedText], OwnOutput]
"""From the pixels of an image, ``(1, 3, H, W)``, and a text to the model's own output."""


def check_consistency(encoder: Encoder, model: nn.Module, forward: ForwardPass) -> None:
    """Check an encoder; if it is not consistent, try what makes it so, with a warning.

    Args:
        encoder: The encoder.
        model: The model in it.
        forward: The model's own forward pass.

    Raises:
        InputError: If the model cannot be run, or if nothing makes it consistent.
    """
    found = _difference(encoder, model, forward)
    if found is None:
        return
    for remedy, consequence in _REMEDIES:
        undo = remedy(encoder, model)
        if undo is None:
            continue
        if _difference(encoder, model, forward) is None:
            message = f"{type(model).__name__} gives {found}; so {consequence}."
            warnings.warn(message, RuntimeWarning, skip_file_prefixes=(PACKAGE_FOLDER,))
            return
        undo()
    msg = (
        "must give an input the same values alone, in a batch and in its own forward pass, "
        f"got {type(model).__name__}, which gives {found}."
    )
    raise InputError("model", msg)


def _use_plain_attention(_: Encoder, model: Any) -> Undo | None:  # noqa: ANN401 - any library
    """Switch a model of transformers to attention without any fused kernel."""
    before = getattr(getattr(model, "config", None), "_attn_implementation", None)
    if before in (None, "eager"):
        return None
    try:
        model.set_attn_implementation("eager")
    except (AttributeError, ValueError):
        return None
    return lambda: model.set_attn_implementation(before)


def _use_single_inputs(encoder: Encoder, _: nn.Module) -> Undo | None:
    towers: tuple[ImageTower | TextTower, ...] = (encoder.image_tower, encoder.text_tower)
    before = [tower.batch_size for tower in towers]

    def set_sizes(sizes: Iterable[int]) -> None:
        for tower, size in zip(towers, sizes, strict=True):
            tower.batch_size = size

    set_sizes((1, 1))
    return lambda: set_sizes(before)


_REMEDIES = (
    (_use_plain_attention, "its attention is set to 'eager', which is slower"),
    (_use_single_inputs, "inputs are embedded one at a time, which is slower"),
)
"""What may make a model consistent, and what a warning says of it."""


def _difference(encoder: Encoder, model: nn.Module, forward: ForwardPass) -> str | None:
    """Return in words what differs, or ``None``.

    Raises:
        InputError: If the model cannot be run.
    """
    tolerance = _tolerance(model)
    with refusing("must be able to embed an image and a text"):
        for what, difference, allowed in _differences(encoder, forward, tolerance):
            if not difference <= allowed:
                return f"{what}, with a difference of {difference:.2g}"
    return None


@torch.no_grad()  # not inference mode, in which what modules keep for later has no gradients
def _differences(
    encoder: Encoder, forward: ForwardPass, tolerance: float
) -> Iterator[tuple[str, float, float]]:
    """Yield what is compared, its largest difference, and the one that is allowed."""
    text, pixels = _inputs(encoder)
    ids, masks = _variants(text)
    images = _embedded(encoder.image_tower.embed_pixels, encoder.image_tower.batch_size, pixels)
    texts = _embedded(encoder.text_tower.embed, encoder.text_tower.batch_size, ids, masks)
    own = forward(pixels[:1], text)
    hidden = encoder.text_tower.embed(ids[1:2], masks[1:2])
    _check_apart("images", images)
    if not torch.equal(ids[0], ids[2]):
        _check_apart("texts", texts[::2])
    if not all(vectors.isfinite().all() for vectors in (images, texts, own.image, own.text)):
        msg = "must return finite embeddings, got NaN or infinity; try dtype='float32'."
        raise InputError("model", msg)
    logit = _logit(encoder, images, texts)
    apart = "another embedding alone than in a batch"
    yield f"an image {apart}", _largest(images[:1] - own.image), tolerance
    yield f"a text {apart}", _largest(texts[:1] - own.text), tolerance
    yield f"a text with hidden words {apart}", _largest(texts[1:2] - hidden), tolerance
    yield (
        "another similarity than its embeddings and its scale",
        abs(logit - own.logit),
        tolerance * max(1.0, encoder.logit_scale),
    )


def _check_apart(what: str, vectors: torch.Tensor) -> None:
    """Check that two different inputs have different embeddings.

    Raises:
        InputError: If they have the same one, as of CLIP whose texts lack its ``eos_token_id``.
    """
    if _largest(vectors[0] - vectors[1]) <= _SAME:
        msg = (
            f"must have different embeddings for different {what}, got the same; do its weights "
            "and the eos_token_id of its config.json fit its tokenizer?"
        )
        raise InputError("model", msg)


def _inputs(encoder: Encoder) -> tuple[PreparedText, torch.Tensor]:
    """Return a text and the pixels of two images."""
    try:
        text = encoder.text_tower.prepare(_TEXT)
    except InputError as error:
        msg = f"must be able to embed the text {_TEXT!r}, but {error}"
        raise InputError("model", msg) from error
    noise = np.random.default_rng(0).integers(0, 256, (*_IMAGE_SIZE, 3), dtype=np.uint8)
    pictures = [Image.fromarray(noise), Image.fromarray(noise // 4)]
    prepared = [encoder.image_tower.prepare(picture) for picture in pictures]
    return text, torch.cat([image.pixels for image in prepared])


def _variants(text: PreparedText) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and masks of a text, of the same with hidden words, and of another text."""
    is_special = torch.from_numpy(text.is_special)
    hidden = text.attention_mask * is_special if is_special.any() else text.attention_mask
    other = text.ids.clone()
    other[:, ~is_special] = other[:, ~is_special][:, :1]  # the first word, again and again
    ids = torch.cat([text.ids, text.ids, other])
    return ids, torch.cat([text.attention_mask, hidden, text.attention_mask])


def _embedded(
    embed: Callable[..., torch.Tensor], batch_size: int, *rows: torch.Tensor
) -> torch.Tensor:
    """Embed rows as sides do: together, or each alone if that is the size of a batch."""
    if batch_size == 1:
        return torch.cat([embed(*parts) for parts in zip(*(part.split(1) for part in rows))])  # noqa: B905
    return embed(*rows)


def _logit(encoder: Encoder, images: torch.Tensor, texts: torch.Tensor) -> float:
    return encoder.logit_scale * (images[0] @ texts[0]).item() + encoder.logit_bias


def _largest(difference: torch.Tensor) -> float:
    return difference.abs().max().item()


def _tolerance(model: nn.Module) -> float:
    types = {weight.dtype for weight in model.parameters() if weight.is_floating_point()}
    precisions = [torch.finfo(dtype).eps ** 0.5 for dtype in types]
    return max([_FLOAT32_TOLERANCE, *precisions])
