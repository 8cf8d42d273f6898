"""CLIP, SigLIP and their relatives from Hugging Face transformers.

The towers follow from the model's class and configuration, never from its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from transformers import (
    AltCLIPModel,
    ChineseCLIPModel,
    CLIPModel,
    MetaClip2Model,
    Siglip2Model,
    SiglipModel,
)

from shapiq_fixlip.encoders.base import Encoder, Outline, PatchTower
from shapiq_fixlip.encoders.consistency import OwnOutput, check_consistency
from shapiq_fixlip.encoders.failures import refusing
from shapiq_fixlip.encoders.huggingface_towers import (
    AttentionPooledTower,
    ClassTokenTower,
    NaFlexTower,
    TransformersPixelTower,
    TransformersTextTower,
    context_length,
)
from shapiq_fixlip.encoders.processors import check_pixels, check_tokens, parts_of
from shapiq_fixlip.encoders.scale_and_bias import scale_and_bias
from shapiq_fixlip.errors import InputError, whole_number

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.tokenizer import PreparedText

__all__ = [
    "check",
    "check_dual_encoder",
    "encoder_of",
    "from_transformers",
    "outline_of_config",
]

type TransformersModel = Any
"""A ``PreTrainedModel``, whose types describe neither its towers nor its features."""

type TransformersProcessor = Any
"""A ``BaseImageProcessor`` or a ``PreTrainedTokenizerBase``, with the same gap in its types."""

_CLASS_TOKEN_MODELS = (CLIPModel, MetaClip2Model, AltCLIPModel, ChineseCLIPModel)

_CONFIGS = ("vision_config", "text_config")


def from_transformers(
    model: TransformersModel,
    image_processor: TransformersProcessor,
    tokenizer: TransformersProcessor | None = None,
    *,
    batch_size: int = 64,
) -> Encoder:
    """Make an encoder of a model in memory, and put the model in evaluation mode.

    The encoder is checked once: an image and a text must have the same embeddings alone, in a batch
    and in the model's own forward pass. If they have not, the model is set to eager attention, or
    else inputs are embedded one at a time, with a ``RuntimeWarning``.

    Args:
        model: A dual encoder with ``get_image_features``, ``get_text_features`` and
            ``logit_scale``.
        image_processor: Its image processor, or a processor of images and texts, such as
            ``CLIPProcessor``.
        tokenizer: Its tokenizer. Default: the one of the processor.
        batch_size: The number of inputs in one forward pass. Default 64.

    Raises:
        InputError: If the model lacks something that a dual encoder needs, if its processors do not
            fit it, if its embeddings depend on more than their inputs, or if ``batch_size`` is not
            a positive integer.
    """
    whole_number("batch_size", batch_size)
    check_dual_encoder(model)
    image_processor, tokenizer = parts_of(image_processor, tokenizer)
    check_pixels(image_processor, model.config.vision_config)
    check_tokens(tokenizer, model.config.text_config)
    encoder = encoder_of(model, image_processor, tokenizer, batch_size=batch_size)
    check(encoder, model)
    return encoder


def encoder_of(
    model: TransformersModel,
    image_processor: TransformersProcessor,
    tokenizer: TransformersProcessor,
    *,
    batch_size: int,
) -> Encoder:
    """Make an encoder of a model and processors that fit it, without running the model.

    Raises:
        InputError: If the model lacks something.
    """
    check_dual_encoder(model)
    scale, bias = scale_and_bias(model)
    with refusing(f"must have a configuration of two towers, got {type(model).__name__}"):
        model = model.eval()
        return Encoder(
            image_tower=_image_tower_class(type(model))(model, image_processor, batch_size),
            text_tower=TransformersTextTower(model, tokenizer, batch_size),
            logit_scale=scale,
            logit_bias=bias,
        )


def check(encoder: Encoder, model: TransformersModel) -> None:
    """Compare an encoder of this module with its model; see :func:`check_consistency`.

    Raises:
        InputError: If they differ, or the model cannot be run.
    """
    image_tower, text_tower = encoder.image_tower, encoder.text_tower

    def forward(pixels: torch.Tensor, text: PreparedText) -> OwnOutput:
        output = model(
            **cast("TransformersPixelTower", image_tower).model_inputs(pixels),
            **cast("TransformersTextTower", text_tower).model_inputs(text.ids, text.attention_mask),
        )
        images, texts = (
            torch.nn.functional.normalize(vectors.float().reshape(1, -1), dim=-1)
            for vectors in (output.image_embeds, output.text_embeds)
        )
        return OwnOutput(images, texts, output.logits_per_image.item())

    check_consistency(encoder, model, forward)


def outline_of_config(name: str, model_class: type, config: TransformersModel) -> Outline:
    """Return the outline that follows from the class and the configuration of a model."""
    tower = _image_tower_class(model_class)
    vision = config.vision_config
    has_patches = issubclass(tower, PatchTower)
    is_fixed = has_patches and not issubclass(tower, NaFlexTower)
    n_patches = (vision.image_size // vision.patch_size) ** 2 if is_fixed else None
    return Outline(name, has_patches, n_patches, context_length(config.text_config))


def _image_tower_class(model_class: type) -> type[TransformersPixelTower]:
    if issubclass(model_class, _CLASS_TOKEN_MODELS):
        return ClassTokenTower
    if issubclass(model_class, Siglip2Model):
        return NaFlexTower
    if issubclass(model_class, SiglipModel):
        return AttentionPooledTower
    return TransformersPixelTower


def check_dual_encoder(model: TransformersModel) -> None:
    """Check that a model has what a dual encoder needs; its weights do not matter.

    Raises:
        InputError: If it lacks something.
    """
    if isinstance(model, type):
        msg = f"must be a model, got the class {model.__name__} itself; load or make one of it."
        raise InputError("model", msg)
    needed = ("get_image_features", "get_text_features", "logit_scale")
    lacking = [name for name in needed if not hasattr(model, name)]
    config = getattr(model, "config", None)
    lacking += [f"config.{name}" for name in _CONFIGS if not hasattr(config, name)]
    if lacking:
        msg = (
            "must be a dual encoder such as CLIP or SigLIP, "
            f"got {type(model).__name__}, which has no {' and no '.join(lacking)}; "
            "models of open_clip go to from_open_clip, any other to CallableEncoder."
        )
        raise InputError("model", msg)
