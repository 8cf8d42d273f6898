"""The towers of transformers' models.

- a vision transformer with a class token (CLIP, MetaCLIP 2, AltCLIP, Chinese-CLIP);
- one that pools its patches by attention (SigLIP, SigLIP 2 at a fixed resolution);
- SigLIP 2 in its NaFlex form, whose number of patches follows from the shape of the image;
- any other tower with ``get_image_features``, used by its pixels alone.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, override

import torch
from transformers import Siglip2Model, SiglipModel

from shapiq_fixlip.encoders.base import (
    DEFAULT_GRID,
    ImageTower,
    PatchTower,
    PreparedImage,
    TextTower,
    pooled_alone,
    transformer_blocks,
)
from shapiq_fixlip.encoders.failures import refusing
from shapiq_fixlip.encoders.tokenizers import HuggingFaceTokenizer
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.files import PACKAGE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image
    from torch import nn

    from shapiq_fixlip.encoders.tokenizer import PreparedText

__all__ = [
    "AttentionPooledTower",
    "ClassTokenTower",
    "NaFlexTower",
    "TransformersPixelTower",
    "TransformersTextTower",
    "context_length",
]

type Model = Any
"""A ``PreTrainedModel``, whose types describe neither its towers nor its features."""

type Processor = Any
"""A ``BaseImageProcessor`` or a ``PreTrainedTokenizerBase``, with the same gap in its types."""

type Channels = tuple[float, float, float]

_LATE_POSITIONS = ("roberta", "altclip")
"""Parts of the names of text models whose first position follows the number of the padding."""


class TransformersPixelTower(ImageTower):
    """Any image tower, used through ``get_image_features``."""

    def __init__(self, model: Model, image_processor: Processor, batch_size: int) -> None:
        """Wrap the vision side of a model."""
        self.batch_size = batch_size
        self._model, self._image_processor = model, image_processor
        self._config = model.config.vision_config

    @override
    def prepare(self, image: Image.Image) -> PreparedImage:
        pixels = self._image_processor(images=image, return_tensors="pt")["pixel_values"]
        return self._prepared(pixels.to(self._model.device, self._model.dtype))

    def _prepared(self, pixels: torch.Tensor) -> PreparedImage:
        height, width = pixels.shape[2:]
        grid = DEFAULT_GRID
        if patch := getattr(self._config, "patch_size", None):
            grid = (height // patch, width // patch)
            height, width = grid[0] * patch, grid[1] * patch
        if not all(grid):
            msg = (
                f"must make images of at least a patch, {patch} x {patch} pixels, "
                f"got {pixels.shape[2]} x {pixels.shape[3]}."
            )
            raise InputError("image_processor", msg)
        mean, std = self._normalization()
        return PreparedImage(pixels, grid, (height, width), mean, std)

    def _normalization(self) -> tuple[Channels, Channels]:
        """Return what the processor subtracts from values of 0 to 1, and divides them by."""
        processor = self._image_processor
        scale = 255.0
        if getattr(processor, "do_rescale", True):
            scale *= getattr(processor, "rescale_factor", 1 / 255)
        if not getattr(processor, "do_normalize", True):
            return (0.0, 0.0, 0.0), (1 / scale, 1 / scale, 1 / scale)
        mean, std = (
            (red / scale, green / scale, blue / scale)
            for red, green, blue in (processor.image_mean, processor.image_std)
        )
        return mean, std

    def model_inputs(self, pixels: torch.Tensor) -> dict[str, Any]:
        """Return what the model itself takes for normalised pixels, ``(m, 3, H, W)``."""
        # only where it is needed, as not every model can interpolate
        options = {"interpolate_pos_encoding": True} if self._interpolates(pixels) else {}
        return {"pixel_values": pixels, **options}

    @override
    def features_of_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._model.get_image_features(**self.model_inputs(pixels)).pooler_output

    def _interpolates(self, pixels: torch.Tensor) -> bool:
        trained = getattr(self._config, "image_size", None)
        return bool(trained) and tuple(pixels.shape[2:]) != (trained, trained)


class VisionTransformerTower(PatchTower, TransformersPixelTower):
    """A vision transformer of CLIP's kind, in whatever way it is pooled."""

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return transformer_blocks(self._model.vision_model)

    def _tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed images as the model's blocks take them, with a class token if there is one."""
        embeddings = self._model.vision_model.embeddings
        return embeddings(pixels, interpolate_pos_encoding=self._interpolates(pixels))


class ClassTokenTower(VisionTransformerTower):
    """A vision transformer whose class token becomes the embedding."""

    embeds_nothing = True

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._tokens(pixels)[:, 1:]

    @override
    def features_of_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        vision = self._model.vision_model
        class_token = self._class_token().expand(len(tokens), -1, -1)
        hidden = vision.pre_layrnorm(torch.cat([class_token, tokens], dim=1))
        hidden = vision.encoder(inputs_embeds=hidden).last_hidden_state
        pooled = vision.post_layernorm(hidden[:, 0])
        return self._model.visual_projection(pooled)

    def _class_token(self) -> torch.Tensor:
        """Return the class token with its position, the same for all images."""
        embeddings = self._model.vision_model.embeddings
        return (embeddings.class_embedding + embeddings.position_embedding.weight[0])[None, None]


class AttentionPooledTower(VisionTransformerTower):
    """A vision transformer without a class token, pooled by attention (SigLIP)."""

    embeds_nothing = False

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._tokens(pixels)

    @override
    def features_of_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        vision = self._model.vision_model
        hidden = vision.encoder(inputs_embeds=tokens).last_hidden_state
        return pooled_alone(vision.head, vision.post_layernorm(hidden))


class NaFlexTower(AttentionPooledTower):
    """SigLIP 2 in its NaFlex form, whose number of patches follows from the image's shape."""

    @override
    def prepare(self, image: Image.Image) -> PreparedImage:
        batch = self._image_processor(images=image, return_tensors="pt")
        rows, columns = batch["spatial_shapes"][0].tolist()
        patches = batch["pixel_values"][0, : rows * columns]
        side = self._config.patch_size
        pixels = patches.view(rows, columns, side, side, 3).permute(4, 0, 2, 1, 3)
        pixels = pixels.reshape(1, 3, rows * side, columns * side)
        return self._prepared(pixels.to(self._model.device, self._model.dtype))

    def _patches(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return flat patches, ``(m, rows * columns, 3 * side²)``, and grid shapes, ``(m, 2)``."""
        side = self._config.patch_size
        m, channels, height, width = pixels.shape
        rows, columns = height // side, width // side
        patches = pixels.view(m, channels, rows, side, columns, side).permute(0, 2, 4, 3, 5, 1)
        shapes = torch.tensor([[rows, columns]] * m, device=pixels.device)
        return patches.reshape(m, rows * columns, side * side * channels), shapes

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._model.vision_model.embeddings(*self._patches(pixels))

    @override
    def model_inputs(self, pixels: torch.Tensor) -> dict[str, Any]:
        patches, shapes = self._patches(pixels)
        mask = torch.ones(patches.shape[:2], dtype=torch.long, device=patches.device)
        return {"pixel_values": patches, "spatial_shapes": shapes, "pixel_attention_mask": mask}


class TransformersTextTower(TextTower):
    """The text side of a model, used through ``get_text_features``."""

    def __init__(self, model: Model, tokenizer: Processor, batch_size: int) -> None:
        """Wrap the text side of a model."""
        self.batch_size = batch_size
        self._model = model
        self._n_embeddings = model.config.text_config.vocab_size
        # SigLIP was trained on texts padded to full length, with attention to the padding
        is_siglip = isinstance(model, (SiglipModel, Siglip2Model))
        self.tokenizer = HuggingFaceTokenizer(
            tokenizer, context_length(model.config.text_config), is_padded=is_siglip
        )
        # and on texts in lower case, as not all of its tokenizers know
        self._expects_lower_case = is_siglip and _tells_case_apart(tokenizer)

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return transformer_blocks(getattr(self._model, "text_model", torch.nn.Identity()))

    @override
    def prepare(self, text: str) -> PreparedText:
        if self._expects_lower_case and text != text.lower():
            self._expects_lower_case = False  # once is enough, as parts of a text follow it
            warnings.warn(
                "SigLIP models were trained on texts in lower case, and this tokenizer keeps "
                f"capitals, got {brief(text)}; write texts in lower case.",
                UserWarning,
                skip_file_prefixes=(PACKAGE_FOLDER,),
            )
        problem = f"must be one that the model's tokenizer can split, got {brief(text)}"
        with refusing(problem, argument="text"):  # as without a token for unknown words
            return super().prepare(text)

    def model_inputs(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> dict[str, Any]:
        """Return what the model itself takes; see :meth:`features`.

        Raises:
            InputError: If the model has no embedding of a token.
        """
        if ids.max() >= self._n_embeddings:
            msg = (
                f"must have an embedding of every token, got {self._n_embeddings} embeddings and "
                f"a token with the id {ids.max().item()} from its tokenizer."
            )
            raise InputError("model", msg)
        device = self._model.device
        return {"input_ids": ids.to(device), "attention_mask": attention_mask.to(device)}

    @override
    def features(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        inputs = self.model_inputs(ids, attention_mask)
        return self._model.get_text_features(**inputs).pooler_output


def context_length(text_config: Model) -> int:
    """Return the most tokens of a text that a model has positions for."""
    positions = text_config.max_position_embeddings
    # those of RoBERTa begin behind the padding
    begins_late = any(name in str(text_config.model_type) for name in _LATE_POSITIONS)
    return positions - (text_config.pad_token_id + 1 if begins_late else 0)


def _tells_case_apart(tokenizer: Processor) -> bool:
    """Whether a tokenizer gives a word with capitals other tokens."""
    return tokenizer("A Dog")["input_ids"] != tokenizer("a dog")["input_ids"]
