"""What an encoder offers: two towers that embed masked inputs in one space.

1. A tower embeds a batch of inputs to unit length in float32.
2. It knows its patches or tokens and which tokens are special, but nothing about players or games.
3. The embedding of an input does not depend on the other inputs of a batch of the same size.

Tests hold every encoder to this contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from shapiq_fixlip.notebooks import facts_html

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from shapiq_fixlip.encoders.tokenizer import PreparedText, Tokenizer

__all__ = [
    "DEFAULT_GRID",
    "Encoder",
    "ImageTower",
    "Outline",
    "PatchTower",
    "PreparedImage",
    "TextTower",
    "pooled_alone",
    "transformer_blocks",
    "unit_length",
]

DEFAULT_GRID = (7, 7)
"""Rows and columns into which an image is cut for a tower that has no patches."""


def unit_length(features: torch.Tensor) -> torch.Tensor:
    """Scale vectors, ``(m, d)``, to unit length in float32."""
    return functional.normalize(features.float(), dim=-1)


def pooled_alone(
    pool: Callable[[torch.Tensor], torch.Tensor], hidden: torch.Tensor
) -> torch.Tensor:
    """Pool the tokens of images, ``(m, t, width)``, by attention with a single query.

    On the CPU this is done one image after the other: the summation order of attention with one
    query depends on the place in memory, and so on the place in the batch.
    """
    if hidden.device.type != "cpu":
        return pool(hidden)
    return torch.cat([pool(row.clone()) for row in hidden.split(1)])


def transformer_blocks(module: nn.Module) -> Sequence[nn.Module]:
    """Return the blocks of a transformer: the longest list of modules in it."""
    lists = [part for part in module.modules() if isinstance(part, nn.ModuleList)]
    return list(max(lists, key=len, default=()))


@dataclass(frozen=True)
class PreparedImage:
    """An image as a tower takes it.

    Attributes:
        pixels: Normalised, of shape ``(1, 3, H, W)``; zero is the mean of the normalisation.
        grid: Rows and columns of the tower's patches; without any, those of :data:`DEFAULT_GRID`.
        size: Height and width of what the tower sees, at most ``(H, W)``: whole patches only.
        mean: What was subtracted from each channel, whose values range from 0 to 1.
        std: What each channel was divided by.
    """

    pixels: torch.Tensor
    grid: tuple[int, int]
    size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def picture(self, pixels: torch.Tensor | None = None) -> NDArray[np.uint8]:
        """Return normalised pixels as a picture for a person to look at.

        Args:
            pixels: Normalised, of shape ``(1, 3, H, W)``. Default: those of the image.

        Returns:
            A uint8 array of shape ``(*size, 3)``.
        """
        height, width = self.size
        shown = (self.pixels if pixels is None else pixels)[0, :, :height, :width]
        bytes_ = (shown.float().cpu().numpy().transpose(1, 2, 0) * self.std + self.mean) * 255
        return bytes_.round().clip(0, 255).astype(np.uint8)


class ImageTower(ABC):
    """Embeds images given as pixels.

    Attributes:
        batch_size: The number of images in one forward pass.
    """

    batch_size: int

    @abstractmethod
    def prepare(self, image: Image.Image) -> PreparedImage:
        """Resize, crop and normalise an RGB image as the model was trained."""

    @abstractmethod
    def features_of_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed normalised pixels, ``(m, 3, H, W)``, to vectors of any norm, ``(m, d)``."""

    def embed_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed normalised pixels of shape ``(m, 3, H, W)`` to unit length, ``(m, d)`` float32."""
        return unit_length(self.features_of_pixels(pixels))


class PatchTower(ImageTower):
    """A vision transformer, which also takes images as tokens, one for each patch.

    Attributes:
        embeds_nothing: Whether an image without patch tokens has an embedding, as it has with a
            class token.
    """

    embeds_nothing: bool

    @property
    @abstractmethod
    def blocks(self) -> Sequence[nn.Module]:
        """The blocks of the transformer; hidden states are the first argument of each."""

    @override
    def features_of_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.features_of_tokens(self.patch_tokens(pixels))

    @abstractmethod
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed patches with their positions.

        Args:
            pixels: Of shape ``(m, 3, H, W)``.

        Returns:
            Of shape ``(m, rows * columns, width)``, row by row, without a class token.
        """

    @abstractmethod
    def features_of_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed images that are given by any of their patch tokens.

        Args:
            tokens: Of shape ``(m, t, width)``.

        Returns:
            Vectors of any norm, of shape ``(m, d)``.
        """

    def embed_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed images given by patch tokens, ``(m, t, width)``, to unit length, ``(m, d)``."""
        return unit_length(self.features_of_tokens(tokens))


class TextTower(ABC):
    """Embeds texts given as tokens.

    Attributes:
        batch_size: The number of texts in one forward pass.
        tokenizer: Splits texts into tokens.
    """

    batch_size: int
    tokenizer: Tokenizer

    @property
    def blocks(self) -> Sequence[nn.Module]:
        """The blocks of the transformer, each a function of hidden states; none if unknown."""
        return ()

    def prepare(self, text: str) -> PreparedText:
        """Split a text into tokens.

        Raises:
            InputError: If the text has more tokens than the context holds.
        """
        return self.tokenizer.prepare(text)

    @abstractmethod
    def features(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embed texts.

        Args:
            ids: Token ids, of shape ``(m, L)``, on any device.
            attention_mask: Of shape ``(m, L)``; no token attends to those with a zero.

        Returns:
            Vectors of any norm, of shape ``(m, d)``.
        """

    def embed(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embed texts to unit length, ``(m, d)`` float32; arguments as for ``features``."""
        return unit_length(self.features(ids, attention_mask))


@dataclass(frozen=True)
class Encoder:
    """A dual encoder: the similarity of a pair is ``logit_scale * cosine + logit_bias``.

    Attributes:
        image_tower: Embeds images.
        text_tower: Embeds texts.
        logit_scale: The factor of the cosine; not its logarithm.
        logit_bias: What SigLIP adds; 0 for CLIP.
    """

    image_tower: ImageTower
    text_tower: TextTower
    logit_scale: float
    logit_bias: float

    @override
    def __str__(self) -> str:
        return f"{type(self.image_tower).__name__} and {type(self.text_tower).__name__}"

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}, {self._formula}>"

    def _repr_html_(self) -> str:
        """Return a table for a notebook."""
        facts = {
            "image tower": type(self.image_tower).__name__,
            "text tower": type(self.text_tower).__name__,
            "most tokens of a text": self.text_tower.tokenizer.context_length,
            "similarity": self._formula,
        }
        return facts_html(type(self).__name__, facts)

    @property
    def _formula(self) -> str:
        bias = f" {self.logit_bias:+.4g}" if self.logit_bias else ""
        return f"{self.logit_scale:.4g} · cosine{bias}"


@dataclass(frozen=True)
class Outline:
    """What is known of a model before its weights are loaded.

    Attributes:
        name: The name of the model.
        has_patches: Whether its image tower is a :class:`PatchTower`.
        n_patches: The number of patches of an image; ``None`` if it depends on the image or if the
            tower has no patches.
        context_length: The most tokens of a text.
    """

    name: str
    has_patches: bool
    n_patches: int | None
    context_length: int
