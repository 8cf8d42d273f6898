"""Encoders for models of open_clip.

The towers follow from the classes of their modules, never from the model's name:

- open_clip's own vision transformer (CLIP, CoCa) and timm's (SigLIP) take patches as tokens;
- any other image tower (ResNet, ConvNeXt, EVA, hybrids) is used by its pixels alone;
- open_clip's own text transformer, whose ``forward`` takes no mask, is run module by module, with
  absent tokens hidden inside attention;
- a text transformer from Hugging Face takes a mask by itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from open_clip.timm_model import TimmModel
from open_clip.transform import PreprocessCfg, image_transform_v2
from open_clip.transformer import VisionTransformer
from PIL import Image

from shapiq_fixlip.encoders.base import (
    Encoder,
    PatchTower,
)
from shapiq_fixlip.encoders.consistency import OwnOutput, check_consistency
from shapiq_fixlip.encoders.failures import reason
from shapiq_fixlip.encoders.open_clip_text import OpenClipModel, text_tower
from shapiq_fixlip.encoders.open_clip_towers import (
    OpenClipPatchTower,
    OpenClipPixelTower,
    TimmPatchTower,
    trunk_takes_tokens,
)
from shapiq_fixlip.encoders.scale_and_bias import scale_and_bias
from shapiq_fixlip.errors import InputError, whole_number

if TYPE_CHECKING:
    from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
    from torchvision.transforms import Compose

    from shapiq_fixlip.encoders.tokenizer import PreparedText

__all__ = ["check", "encoder_of", "from_open_clip"]

_N_CHANNELS = 3


def from_open_clip(
    model: OpenClipModel,
    tokenizer: SimpleTokenizer | HFTokenizer,
    *,
    preprocess: Compose | None = None,
    batch_size: int = 64,
) -> Encoder:
    """Make an encoder of an open_clip model in memory, and put the model in evaluation mode.

    The encoder is checked once: an image and a text must have the same embeddings alone, in a batch
    and in the model's own forward pass. If they have not, inputs are embedded one at a time, with a
    ``RuntimeWarning``.

    Args:
        model: From ``open_clip.create_model_and_transforms``, or any other with its interface.
        tokenizer: From ``open_clip.get_tokenizer``.
        preprocess: Its transform for validation. Default: the one noted in the model.
        batch_size: The number of inputs in one forward pass. Default 64.

    Raises:
        InputError: If the model lacks a tower, if the transform or the tokenizer does not fit it,
            if its embeddings depend on more than their inputs, or if ``batch_size`` is not a
            positive integer.
    """
    encoder = encoder_of(model, tokenizer, preprocess=preprocess, batch_size=batch_size)
    check(encoder, model)
    return encoder


def encoder_of(
    model: OpenClipModel,
    tokenizer: SimpleTokenizer | HFTokenizer,
    *,
    preprocess: Compose | None,
    batch_size: int,
) -> Encoder:
    """Make an encoder as :func:`from_open_clip` does, without running the model.

    Raises:
        InputError: If the model lacks something, or an argument cannot be used.
    """
    whole_number("batch_size", batch_size)
    lacking = [
        name for name in ("visual", "encode_image", "logit_scale") if not hasattr(model, name)
    ]
    if lacking:
        msg = (
            "must be a dual encoder of open_clip, "
            f"got a {type(model).__name__}, which has no {' and no '.join(lacking)}; "
            "for any other there is CallableEncoder."
        )
        raise InputError("model", msg)
    model = model.eval()
    if preprocess is None:
        preprocess = _noted_transform(model)
    image_tower = _image_tower(model, preprocess, batch_size)
    _check_transform(image_tower)
    scale, bias = scale_and_bias(model)
    return Encoder(
        image_tower=image_tower,
        text_tower=text_tower(model, tokenizer, batch_size),
        logit_scale=scale,
        logit_bias=bias,
    )


def check(encoder: Encoder, model: OpenClipModel) -> None:
    """Compare an encoder of this module with its model; see :func:`check_consistency`.

    Raises:
        InputError: If they differ, or the model cannot be run.
    """
    tower: Any = encoder.text_tower

    def forward(pixels: torch.Tensor, text: PreparedText) -> OwnOutput:
        pad = torch.full((1, tower.tokenizer.context_length - text.ids.shape[1]), tower.pad_id)
        ids = torch.cat([text.ids, pad], dim=1).to(pixels.device)
        image = model.encode_image(pixels, normalize=True)
        sentence = model.encode_text(ids, normalize=True)
        logit = model.logit_scale.exp() * (image * sentence).sum()
        if getattr(model, "logit_bias", None) is not None:
            logit = logit + model.logit_bias
        return OwnOutput(image.float(), sentence.float(), logit.item())

    check_consistency(encoder, model, forward)


def _check_transform(tower: OpenClipPixelTower) -> None:
    """Check with an image of no content that a transform gives the pixels that a tower takes.

    Raises:
        InputError: If it does not.
    """
    try:
        prepared = tower.prepare(Image.new("RGB", (64, 48)))
        n_means, n_stds = (len(tuple(numbers)) for numbers in (prepared.mean, prepared.std))
        n_patches = n_tokens = math.prod(prepared.grid)
        if isinstance(tower, PatchTower) and n_patches:
            with torch.no_grad():
                n_tokens = tower.patch_tokens(prepared.pixels).shape[1]
    except Exception as error:  # transforms fail in many ways
        msg = f"must turn images into pixels that the model takes, got an error ({reason(error)})."
        raise InputError("preprocess", msg) from error
    if (n_means, n_stds) != (_N_CHANNELS, _N_CHANNELS):
        msg = (
            "must have a mean and a standard deviation for each of three channels, "
            f"got {n_means} and {n_stds}."
        )
        raise InputError("preprocess", msg)
    size = tuple(prepared.pixels.shape[2:])
    if not n_patches or n_tokens != n_patches:
        msg = f"must crop images to the size that the model was trained with, got {size}."
        raise InputError("preprocess", msg)
    if not prepared.pixels.isfinite().all():
        msg = "must turn images into finite numbers, got NaN or infinity."
        raise InputError("preprocess", msg)


def _noted_transform(model: OpenClipModel) -> Compose:
    noted = getattr(model.visual, "preprocess_cfg", None)
    if noted is None:
        msg = "must be given for a model that does not note its own, got None."
        raise InputError("preprocess", msg)
    return image_transform_v2(PreprocessCfg(**noted), is_train=False)


def _image_tower(model: OpenClipModel, preprocess: Compose, batch_size: int) -> OpenClipPixelTower:
    if isinstance(model.visual, VisionTransformer):
        return OpenClipPatchTower(model, preprocess, batch_size)
    if isinstance(model.visual, TimmModel) and trunk_takes_tokens(model.visual.trunk):
        return TimmPatchTower(model, preprocess, batch_size)
    return OpenClipPixelTower(model, preprocess, batch_size)
