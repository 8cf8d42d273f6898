"""What a small dual encoder offers to its training."""

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
"""What pixels between 0 and 1 are normalised with."""


class Trainee(ABC):
    """A small dual encoder of scenes and captions, whose inputs may lack some of their parts.

    Attributes:
        patch_size: Side of a patch in pixels.
        model: The weights.
        tokenizer: Splits captions.
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
        """Embed normalised pixels as patches with their positions, ``(m, n_patches, width)``."""

    @abstractmethod
    def embed_patches(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed images given by some of their patches, ``(m, t, width)``, to vectors ``(m, d)``."""

    @abstractmethod
    def tokenized(self, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the tokens of captions and which of them are attended to, ``(m, L)`` each."""

    @abstractmethod
    def embed_texts(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embed texts to vectors ``(m, d)``."""

    @abstractmethod
    def loss(self, cosines: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """Return how wrong the similarities of all images (rows) and captions (columns) are.

        Args:
            cosines: Of shape ``(m, m)``.
            same: Which scenes have the same contents, boolean, of shape ``(m, m)``.
        """

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write a folder that transformers loads."""
