"""Encoders for any other model, from two functions that embed pixels and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import torch

from shapiq_fixlip.encoders.base import (
    DEFAULT_GRID,
    Encoder,
    ImageTower,
    PreparedImage,
    TextTower,
)
from shapiq_fixlip.encoders.rules import NUMBER, channels, check
from shapiq_fixlip.encoders.tokenizer import Tokenizer
from shapiq_fixlip.errors import InputError, brief, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

__all__ = ["CallableEncoder"]

type Channels = tuple[float, float, float]


class CallableEncoder(Encoder):
    """A dual encoder made of functions, for models that no loader supports.

    Images are masked pixel by pixel, with a grid of 7 x 7 cells as default players.

    Examples:
        >>> import torch
        >>> from shapiq_fixlip import VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> demo = load_encoder("demo")  # stands for a model of your own
        >>> prepared = demo.image_tower.prepare(demo_scene().image)
        >>> def preprocess(image):
        ...     return demo.image_tower.prepare(image).pixels[0]
        >>> encoder = CallableEncoder(
        ...     demo.image_tower.embed_pixels,
        ...     demo.text_tower.embed,
        ...     preprocess=preprocess,
        ...     tokenizer=demo.text_tower.tokenizer,
        ...     mean=prepared.mean,
        ...     std=prepared.std,
        ...     logit_scale=20.0,
        ... )
        >>> scene = demo_scene()
        >>> VisionLanguageGame(encoder, scene.image, scene.caption).n_players_image
        49
    """

    def __init__(  # noqa: PLR0913 - the parts of a model
        self,
        encode_image: Callable[[torch.Tensor], torch.Tensor],
        encode_text: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        *,
        preprocess: Callable[[Image.Image], torch.Tensor],
        tokenizer: Tokenizer,
        mean: Channels,
        std: Channels,
        logit_scale: float = 1.0,
        logit_bias: float = 0.0,
        batch_size: int = 16,
    ) -> None:
        """Combine the functions.

        Args:
            encode_image: From normalised pixels, ``(m, 3, H, W)``, to vectors, ``(m, d)``.
            encode_text: From token ids and an attention mask, both ``(m, L)`` on the CPU, to
                vectors, ``(m, d)``. Absent tokens have a zero in the mask.
            preprocess: From an RGB image to normalised pixels, ``(3, H, W)``. For boxes, regions
                and contrasts of models it may only resize, crop, pad and scale brightness, and must
                treat all images of one size alike.
            tokenizer: Splits texts; see
                :class:`~shapiq_fixlip.encoders.tokenizers.HuggingFaceTokenizer`.
            mean: What ``preprocess`` subtracts from each channel, whose values range from 0 to 1.
                Grey and black follow from it and from ``std``.
            std: What ``preprocess`` divides each channel by.
            logit_scale: The factor of the cosine. Default 1.
            logit_bias: What is added to the scaled cosine. Default 0.
            batch_size: The number of inputs in one forward pass. Default 16.

        Raises:
            InputError: If an argument cannot be used; later, if a function returns anything but a
                tensor of real numbers of the expected shape.
        """
        whole_number("batch_size", batch_size)
        functions = {"encode_image": encode_image, "encode_text": encode_text}
        for name, function in {**functions, "preprocess": preprocess}.items():
            if not callable(function):
                msg = f"must be a function, got {brief(function)}."
                raise InputError(name, msg)
        if not isinstance(tokenizer, Tokenizer):
            msg = (
                "must be a Tokenizer, such as HuggingFaceTokenizer or OpenClipTokenizer, "
                f"got {brief(tokenizer)}."
            )
            raise InputError("tokenizer", msg)
        check("mean", mean, channels("numbers"))
        check("std", std, channels("positive numbers", lambda number: number > 0))
        check("logit_scale", logit_scale, NUMBER)
        check("logit_bias", logit_bias, NUMBER)
        super().__init__(
            image_tower=_ImageFunction(encode_image, preprocess, (mean, std), batch_size),
            text_tower=_TextFunction(encode_text, tokenizer, batch_size),
            logit_scale=logit_scale,
            logit_bias=logit_bias,
        )


class _ImageFunction(ImageTower):
    def __init__(
        self,
        encode: Callable[[torch.Tensor], torch.Tensor],
        preprocess: Callable[[Image.Image], torch.Tensor],
        normalization: tuple[Channels, Channels],
        batch_size: int,
    ) -> None:
        self.batch_size = batch_size
        self._encode, self._preprocess, self._normalization = encode, preprocess, normalization

    @override
    def prepare(self, image: Image.Image) -> PreparedImage:
        pixels = self._preprocess(image)
        _check_shape("preprocess", pixels, (3, "height", "width"))
        mean, std = self._normalization
        size = (pixels.shape[1], pixels.shape[2])
        return PreparedImage(pixels[None], DEFAULT_GRID, size, mean, std)

    @override
    def features_of_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        vectors = self._encode(pixels)
        _check_shape("encode_image", vectors, (len(pixels), "d"))
        return vectors


class _TextFunction(TextTower):
    def __init__(
        self,
        encode: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        tokenizer: Tokenizer,
        batch_size: int,
    ) -> None:
        self.batch_size, self.tokenizer = batch_size, tokenizer
        self._encode = encode

    @override
    def features(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        vectors = self._encode(ids, attention_mask)
        _check_shape("encode_text", vectors, (len(ids), "d"))
        return vectors


def _check_shape(function: str, returned: object, wanted: tuple[int | str, ...]) -> None:
    """Check that a user's function returned numbers of a shape; names stand for any number."""
    if isinstance(returned, torch.Tensor) and not returned.is_floating_point():
        msg = f"must return floating-point numbers, got {returned.dtype}."
        raise InputError(function, msg)
    shape = tuple(returned.shape) if isinstance(returned, torch.Tensor) else ()
    same = (isinstance(want, str) or got == want for got, want in zip(shape, wanted, strict=False))
    if len(shape) != len(wanted) or not all(same):
        got = shape or type(returned).__name__
        form = ", ".join(map(str, wanted))
        msg = f"must return a tensor of shape ({form}), got {got}."
        raise InputError(function, msg)
