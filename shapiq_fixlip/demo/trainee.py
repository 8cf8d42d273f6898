"""What training needs of a small dual encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from shapiq_fixlip.demo.tokenizer import make_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from transformers import CLIPTokenizer

__all__ = ["PIXEL_MEAN", "PIXEL_STD", "Trainee"]

PIXEL_MEAN = PIXEL_STD = (0.5, 0.5, 0.5)
"""Mean and standard deviation by which pixels between 0 and 1 are normalised."""


class Trainee(ABC):
    """A small dual encoder of scenes and captions, whose inputs may be incomplete.

    Attributes:
        patch_size: Side of a patch in pixels.
        model: The model that is trained.
        tokenizer: Its tokenizer.
    """

    patch_size: ClassVar[int]
    model: Any
    tokenizer: CLIPTokenizer

    def __init__(self) -> None:
        """Make an untrained model."""
        self.tokenizer = make_tokenizer()
        self.model = self._untrained()

    @abstractmethod
    def _untrained(self) -> Any:  # noqa: ANN401 - a model of transformers
        """Return a model with random weights."""

    @abstractmethod
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return patch tokens of normalised pixels, with positions, ``(m, n_patches, width)``."""

    @abstractmethod
    def embed_patches(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed images given by some of their patch tokens, ``(m, t, width)``, to ``(m, d)``."""

    @abstractmethod
    def tokenized(self, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the token ids of captions and their attention mask, both ``(m, L)``."""

    @abstractmethod
    def embed_texts(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embed texts, ``(m, L)``, to vectors, ``(m, d)``."""

    @abstractmethod
    def loss(self, cosines: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """Return the loss of the similarities of all images (rows) and captions (columns).

        Args:
            cosines: Cosine similarities, of shape ``(m, m)``.
            same: Which scenes have the same contents, boolean, of shape ``(m, m)``.
        """

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write a folder from which transformers loads the model and its processor."""
