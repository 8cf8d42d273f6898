"""What an encoder offers: two towers that embed masked inputs in one space.

1. A tower embeds one batch of inputs to vectors of unit length in float32.
2. It knows its patches or tokens and which tokens are special, but nothing of players or games.
3. What it returns for an input does not depend on the other inputs of a batch of the same size.

Tests hold every encoder to this contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch
    from PIL import Image

__all__ = ["Encoder", "ImageTower", "PatchTower", "PreparedImage", "PreparedText", "TextTower"]


@dataclass(frozen=True)
class PreparedImage:
    """An image as a tower takes it.

    Attributes:
        pixels: Normalised, of shape ``(1, 3, H, W)``; zero is the mean of the normalisation.
        grid: Rows and columns of the tower's patches.
        shown: What the model sees of the image, uint8, ``(H', W', 3)``, cut to the patches.
    """

    pixels: torch.Tensor
    grid: tuple[int, int]
    shown: np.ndarray


@dataclass(frozen=True)
class PreparedText:
    """A text as a tower takes it.

    Attributes:
        ids: Token numbers, of shape ``(1, L)``.
        attention_mask: Of shape ``(1, L)``, one where the model attends to the token.
        tokens: A readable name of every token.
        is_special: Which tokens begin, end or pad the text, of shape ``(L,)``.
    """

    ids: torch.Tensor
    attention_mask: torch.Tensor
    tokens: tuple[str, ...]
    is_special: np.ndarray


class ImageTower(ABC):
    """Embeds images given as pixels.

    Attributes:
        batch_size: Images in one forward pass.
    """

    batch_size: int

    @abstractmethod
    def prepare(self, image: Image.Image) -> PreparedImage:
        """Resize, crop and normalise an RGB image as the model was trained."""

    @abstractmethod
    def embed_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed normalised pixels of shape ``(m, 3, H, W)`` to unit length, ``(m, d)`` float32."""


class PatchTower(ImageTower):
    """A vision transformer, which can also take images as tokens, one for each patch."""

    @abstractmethod
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed the patches with their positions.

        Args:
            pixels: Of shape ``(m, 3, H, W)``.

        Returns:
            Of shape ``(m, rows * columns, width)``, row by row; without a class token.
        """

    @abstractmethod
    def embed_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed images given by patch tokens, ``(m, t, width)``, to unit length, ``(m, d)``."""


class TextTower(ABC):
    """Embeds texts given as tokens.

    Attributes:
        batch_size: Texts in one forward pass.
        context_length: The most tokens of a text, special ones included.
    """

    batch_size: int
    context_length: int

    @abstractmethod
    def prepare(self, text: str) -> PreparedText:
        """Split a text into tokens.

        Raises:
            InputError: If the text has more tokens than the context holds.
        """

    @abstractmethod
    def embed(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embed texts to unit length.

        Args:
            ids: Token numbers, of shape ``(m, L)``.
            attention_mask: Of shape ``(m, L)``, zero where no token may attend to the token.

        Returns:
            Of shape ``(m, d)``, float32.
        """


@dataclass(frozen=True)
class Encoder:
    """A dual encoder: the similarity of a pair is ``logit_scale * cosine + logit_bias``.

    Attributes:
        image_tower: Embeds images.
        text_tower: Embeds texts.
        logit_scale: The factor of the cosine (already exponentiated).
        logit_bias: What SigLIP adds; 0 for CLIP.
    """

    image_tower: ImageTower
    text_tower: TextTower
    logit_scale: float
    logit_bias: float
