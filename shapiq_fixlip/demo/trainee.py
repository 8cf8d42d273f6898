"""What training needs of a small dual encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from safetensors.torch import save_file

from shapiq_fixlip.demo.batches import TRAINING_SIZE
from shapiq_fixlip.demo.scenes import SCENE_SIZE
from shapiq_fixlip.demo.tokenizer import make_tokenizer
from shapiq_fixlip.demo.weights import adapted

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import CLIPTokenizer
    from transformers.processing_utils import ProcessorMixin

__all__ = ["PIXEL_MEAN", "PIXEL_STD", "Trainee"]

PIXEL_MEAN = PIXEL_STD = (0.5, 0.5, 0.5)
"""Mean and standard deviation by which pixels between 0 and 1 are normalised."""


class Trainee(ABC):
    """A small dual encoder of scenes and captions, whose inputs may be incomplete.

    It is trained on scenes of half the size, and saved as a model of whole scenes, whose patches
    see the means of 2 × 2 pixels.

    Attributes:
        grid_side: The number of patches along a side.
        dropped_share: The share of patch tokens that leave the sequence at first.
        zeroed_part: The share of steps, at the end, in which patches are zeroed and do not leave.
        model: The model that is trained.
        tokenizer: Its tokenizer.
    """

    grid_side: ClassVar[int]
    dropped_share: ClassVar[float]
    zeroed_part: ClassVar[float]
    model: Any
    tokenizer: CLIPTokenizer

    def __init__(self, start: Path | None = None) -> None:
        """Make a model.

        Args:
            start: The folder of a model of the same kind to go on from. Default: random weights.
        """
        self.tokenizer = make_tokenizer()
        self.model = self._untrained(TRAINING_SIZE)
        self.model.set_attn_implementation("eager")  # on CPUs, the fused one is slow backwards
        if start is not None:
            before = self._loaded(start)
            vocabulary = type(self.tokenizer).from_pretrained(start).get_vocab()
            self.model.load_state_dict(
                adapted(
                    before.state_dict(),
                    self.model.state_dict(),
                    vocabularies=(vocabulary, self.tokenizer.get_vocab()),
                )
            )

    @abstractmethod
    def _untrained(self, image_size: int) -> Any:  # noqa: ANN401 - a model of transformers
        """Return a model of images of a size, with random weights."""

    @abstractmethod
    def _loaded(self, folder: Path) -> Any:  # noqa: ANN401 - a model of transformers
        """Return a model from a folder."""

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
    def _processor(self) -> ProcessorMixin:
        """Return what makes inputs of whole scenes and captions."""

    def save(self, folder: Path) -> None:
        """Write a folder from which transformers loads the model, in float32, and its processor.

        The file has half precision, which halves it.
        """
        whole = self._untrained(SCENE_SIZE)
        vocabulary = self.tokenizer.get_vocab()
        weights = adapted(
            self.model.state_dict(), whole.state_dict(), vocabularies=(vocabulary, vocabulary)
        )
        folder.mkdir(parents=True, exist_ok=True)
        whole.config.architectures = [type(whole).__name__]
        whole.config.dtype = torch.float32
        whole.config.save_pretrained(folder)
        self._processor().save_pretrained(folder)
        halves = {
            name: weight.half() if weight.is_floating_point() else weight
            for name, weight in weights.items()
        }
        file = folder / "model.safetensors"
        save_file({k: v.contiguous().cpu() for k, v in halves.items()}, file, {"format": "pt"})
        file.chmod(0o644)
