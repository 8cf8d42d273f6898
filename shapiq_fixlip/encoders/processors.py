"""Checks that an image processor and a tokenizer of transformers fit the configuration of a model.

They need no weights: a plain image and a short text are processed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from transformers import PreTrainedTokenizerBase

from shapiq_fixlip.encoders.failures import refusing
from shapiq_fixlip.encoders.rules import channels
from shapiq_fixlip.errors import InputError, brief

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

    type Processor = Any

__all__ = ["check_pixels", "check_tokens", "parts_of"]

_IMAGE_SIZE = (256, 192)

_MAX_ENLARGEMENT = 4
"""How many times longer than in training the sides of an image may be.

The time of attention grows with the fourth power of that.
"""


def parts_of(
    image_processor: Processor, tokenizer: Processor | None
) -> tuple[Processor, Processor]:
    """Return an image processor and a tokenizer, also if they are in a processor of both.

    Args:
        image_processor: An image processor or a processor of both.
        tokenizer: A tokenizer or a processor of both. Default: the one of ``image_processor``.

    Raises:
        InputError: If one of them is something else.
    """
    if tokenizer is None and not hasattr(image_processor, "tokenizer"):
        msg = (
            "must be given, unless image_processor is a processor of images and texts such as "
            f"CLIPProcessor, got {_named(image_processor)} alone."
        )
        raise InputError("tokenizer", msg)
    given = image_processor if tokenizer is None else tokenizer
    tokenizer = getattr(given, "tokenizer", given)
    image_processor = getattr(image_processor, "image_processor", image_processor)
    if not isinstance(tokenizer, PreTrainedTokenizerBase):
        msg = f"must be a tokenizer of transformers, got {_named(tokenizer)}."
        raise InputError("tokenizer", msg)
    if isinstance(image_processor, PreTrainedTokenizerBase) or not callable(image_processor):
        msg = f"must be an image processor of transformers, got {_named(image_processor)}."
        raise InputError("image_processor", msg)
    return image_processor, tokenizer


def _named(value: object) -> str:
    is_plain = value is None or isinstance(value, str | type)
    return brief(value) if is_plain else f"a {type(value).__name__}"


def check_pixels(image_processor: Processor, vision_config: PreTrainedConfig) -> None:
    """Process a plain image, and check that the model can take it.

    Args:
        image_processor: An image processor.
        vision_config: The configuration of the model's image tower.

    Raises:
        InputError: If it cannot be processed, or has another shape than the model takes.
    """
    words, are_channels = channels("numbers")
    for name in ("image_mean", "image_std"):
        given = getattr(image_processor, name, None)
        if given is not None and not are_channels(given):
            msg = f"must have {words} as {name}, got {brief(given)}."
            raise InputError("image_processor", msg)
    with refusing("must be able to process an image", argument="image_processor"):
        picture = Image.new("RGB", _IMAGE_SIZE, "gray")
        pixels = image_processor(images=picture, return_tensors="pt")["pixel_values"]
        is_finite = bool(torch.isfinite(pixels).all())
        shape = tuple(pixels.shape)
    if not is_finite:
        msg = "must make finite pixels, got NaN or infinity."
        raise InputError("image_processor", msg)
    if hasattr(vision_config, "num_patches"):  # NaFlex: one image, its patches, their numbers
        _check_patches(shape, vision_config)
    else:
        _check_shape(shape, vision_config, is_resized=getattr(image_processor, "do_resize", True))


def _check_patches(shape: tuple[int, ...], vision_config: PreTrainedConfig) -> None:
    side, channels = vision_config.patch_size, vision_config.num_channels
    wanted, most = channels * side**2, vision_config.num_patches * _MAX_ENLARGEMENT**2
    if len(shape) != 3 or shape[2] != wanted or shape[1] > most:  # noqa: PLR2004 - as above
        msg = f"must make at most {most} patches of {wanted} numbers each, got {shape[1:]}."
        raise InputError("image_processor", msg)


def _check_shape(
    shape: tuple[int, ...], vision_config: PreTrainedConfig, *, is_resized: bool
) -> None:
    if len(shape) != 4 or shape[:2] != (1, 3):  # noqa: PLR2004 - images, channels, height, width
        msg = f"must make an image of three channels, (1, 3, height, width), got {shape}."
        raise InputError("image_processor", msg)
    sides = f"{shape[2]} x {shape[3]} pixels"
    patch = getattr(vision_config, "patch_size", None) or 1
    if min(shape[2:]) < patch:
        msg = f"must make images of at least a patch, {patch} x {patch} pixels, got {sides}."
        raise InputError("image_processor", msg)
    trained = getattr(vision_config, "image_size", None)
    if is_resized and trained and max(shape[2:]) > _MAX_ENLARGEMENT * trained:
        msg = (
            f"must make images of at most {_MAX_ENLARGEMENT} times the {trained} pixels that the "
            f"model was trained with, got {sides}."
        )
        raise InputError("image_processor", msg)


def check_tokens(tokenizer: Processor, text_config: PreTrainedConfig) -> None:
    """Check that a model has an embedding of every token.

    Args:
        tokenizer: A tokenizer.
        text_config: The configuration of the model's text tower.

    Raises:
        InputError: If it has not, or if a text cannot be split.
    """
    with refusing("must be able to split a text into tokens", argument="tokenizer"):
        ids = tokenizer("a dog", verbose=False)["input_ids"]
        n_tokens = max([tokenizer.vocab_size, *(token + 1 for token in ids)])
    if n_tokens > text_config.vocab_size:
        msg = (
            f"must have at most {text_config.vocab_size} tokens, of which the model has "
            f"embeddings, got {n_tokens}."
        )
        raise InputError("tokenizer", msg)
