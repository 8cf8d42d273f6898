"""CLIP, SigLIP and their relatives from Hugging Face transformers.

The towers follow from the model's class and configuration, never from its name:

- a vision transformer with a class token (CLIP, MetaCLIP 2, AltCLIP, Chinese-CLIP);
- one that pools its patches by attention (SigLIP, SigLIP 2 at a fixed resolution);
- SigLIP 2 in its NaFlex form, whose number of patches follows from the shape of the image;
- any other tower with ``get_image_features``, used by its pixels alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, override

import torch
from transformers import (
    AltCLIPModel,
    ChineseCLIPModel,
    CLIPModel,
    MetaClip2Model,
    Siglip2Model,
    SiglipModel,
)

from shapiq_fixlip.encoders.base import (
    DEFAULT_GRID,
    Encoder,
    ImageTower,
    Outline,
    PatchTower,
    PreparedImage,
    TextTower,
    pooled_alone,
    transformer_blocks,
)
from shapiq_fixlip.encoders.tokenizers import HuggingFaceTokenizer
from shapiq_fixlip.errors import InputError, whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image
    from torch import nn

__all__ = ["from_transformers", "outline_of_config"]

type TransformersModel = Any
"""A ``PreTrainedModel``, whose types describe neither its towers nor its features."""

type TransformersProcessor = Any
"""A ``BaseImageProcessor`` or a ``PreTrainedTokenizerBase``, with the same gap in its types."""

_CLASS_TOKEN_MODELS = (CLIPModel, MetaClip2Model, AltCLIPModel, ChineseCLIPModel)
_PADDED_TEXT_MODELS = (SiglipModel, Siglip2Model)


def from_transformers(
    model: TransformersModel,
    image_processor: TransformersProcessor,
    tokenizer: TransformersProcessor,
    *,
    batch_size: int = 64,
) -> Encoder:
    """Make an encoder of a model in memory, and put the model in evaluation mode.

    Args:
        model: A dual encoder with ``get_image_features``, ``get_text_features`` and
            ``logit_scale``.
        image_processor: Its image processor.
        tokenizer: Its tokenizer.
        batch_size: The number of inputs in one forward pass. Default 64.

    Raises:
        InputError: If the model lacks something that a dual encoder needs, or ``batch_size`` is not
            a positive integer.
    """
    whole_number("batch_size", batch_size)
    needed = ("get_image_features", "get_text_features", "logit_scale")
    lacking = [name for name in needed if not hasattr(model, name)]
    if not hasattr(getattr(model, "config", None), "vision_config"):
        lacking.append("config.vision_config")
    if lacking:
        msg = (
            "must be a dual encoder such as CLIP or SigLIP, "
            f"got a {type(model).__name__}, which has no {' and no '.join(lacking)}; "
            "for any other there is CallableEncoder."
        )
        raise InputError("model", msg)
    model = model.eval()
    bias = getattr(model, "logit_bias", None)
    return Encoder(
        image_tower=_image_tower_class(type(model))(model, image_processor, batch_size),
        text_tower=HuggingFaceTextTower(model, tokenizer, batch_size),
        logit_scale=math.exp(model.logit_scale.item()),
        logit_bias=0.0 if bias is None else bias.item(),
    )


def outline_of_config(name: str, model_class: type, config: TransformersModel) -> Outline:
    """Return the outline that follows from the class and the configuration of a model."""
    tower = _image_tower_class(model_class)
    vision = config.vision_config
    has_patches = issubclass(tower, PatchTower)
    is_fixed = has_patches and not issubclass(tower, NaFlexTower)
    n_patches = (vision.image_size // vision.patch_size) ** 2 if is_fixed else None
    return Outline(name, has_patches, n_patches, config.text_config.max_position_embeddings)


def _image_tower_class(model_class: type) -> type[PixelTower]:
    if issubclass(model_class, _CLASS_TOKEN_MODELS):
        return ClassTokenTower
    if issubclass(model_class, Siglip2Model):
        return NaFlexTower
    if issubclass(model_class, SiglipModel):
        return AttentionPooledTower
    return PixelTower


class PixelTower(ImageTower):
    """Any image tower, used through ``get_image_features``."""

    def __init__(
        self, model: TransformersModel, image_processor: TransformersProcessor, batch_size: int
    ) -> None:
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
        mean, std = self._image_processor.image_mean, self._image_processor.image_std
        return PreparedImage(pixels, grid, (height, width), mean, std)

    @override
    def features_of_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        # only where it is needed, as not every model can interpolate
        options = {"interpolate_pos_encoding": True} if self._interpolates(pixels) else {}
        features = self._model.get_image_features(pixel_values=pixels, **options)
        return features.pooler_output

    def _interpolates(self, pixels: torch.Tensor) -> bool:
        trained = getattr(self._config, "image_size", None)
        return bool(trained) and tuple(pixels.shape[2:]) != (trained, trained)


class ClassTokenTower(PatchTower, PixelTower):
    """A vision transformer whose class token becomes the embedding."""

    embeds_nothing = True

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return transformer_blocks(self._model.vision_model)

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._tokens(pixels)[:, 1:]

    def _tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        embeddings = self._model.vision_model.embeddings
        return embeddings(pixels, interpolate_pos_encoding=self._interpolates(pixels))

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


class AttentionPooledTower(PatchTower, PixelTower):
    """A vision transformer without a class token, pooled by attention (SigLIP)."""

    embeds_nothing = False

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return transformer_blocks(self._model.vision_model)

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        embeddings = self._model.vision_model.embeddings
        return embeddings(pixels, interpolate_pos_encoding=self._interpolates(pixels))

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


class HuggingFaceTextTower(TextTower):
    """The text side of a model, used through ``get_text_features``."""

    def __init__(
        self, model: TransformersModel, tokenizer: TransformersProcessor, batch_size: int
    ) -> None:
        """Wrap the text side of a model."""
        self.batch_size = batch_size
        self._model = model
        self.tokenizer = HuggingFaceTokenizer(
            tokenizer,
            model.config.text_config.max_position_embeddings,
            # SigLIP was trained on texts padded to full length, with attention to the padding
            is_padded=isinstance(model, _PADDED_TEXT_MODELS),
        )

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return transformer_blocks(getattr(self._model, "text_model", torch.nn.Identity()))

    @override
    def features(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        device = self._model.device
        features = self._model.get_text_features(
            input_ids=ids.to(device), attention_mask=attention_mask.to(device)
        )
        return features.pooler_output
