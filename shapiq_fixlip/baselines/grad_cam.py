"""Grad-CAM: the last feature map of a convolutional network, weighted by gradients."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional
from torch.nn.modules.module import register_module_forward_hook

from shapiq_fixlip.baselines.attention import explicit_attention
from shapiq_fixlip.baselines.tokens import single_values
from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.vision_language import check_vision_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapiq import InteractionValues
    from torch import nn

    from shapiq_fixlip.baselines.attention import Attention
    from shapiq_fixlip.games.vision_language import VisionLanguageGame

__all__ = ["grad_cam"]

_IMAGES_CHANNELS_HEIGHT_WIDTH = 4

_POOLING = 1
"""The most layers of attention of a convolutional network, whose map may be pooled by it."""


def grad_cam(game: VisionLanguageGame) -> InteractionValues:
    """Weight the channels of the last feature map by their gradients (Selvaraju et al., ICCV 2017).

    The heat of a place is the positive part of the sum over channels of the feature there, times
    the mean over all places of the gradient of the similarity by this channel. It is interpolated
    to the pixels, and players get the sum of theirs, divided by the number of pixels of a place.

    Args:
        game: The game of a model whose image tower is a convolutional network.

    Returns:
        Non-negative values of single players; those of text players are 0, as the method is about
        images.

    Raises:
        InputError: If the image tower is a transformer, or has no feature map.
    """
    check_vision_language(game)
    image, text = game.image_side, game.text_side
    pixels = image.prepared.pixels.clone().requires_grad_()
    maps: list[torch.Tensor] = []
    attention: Sequence[Attention] = ()
    if not isinstance(image.tower, PatchTower):
        with torch.enable_grad(), explicit_attention() as attention, _recording(maps):
            embedding = image.tower.embed_pixels(pixels)
    if not maps or len(attention) > _POOLING:
        msg = (
            "must have a convolutional network for the image for Grad-CAM, got another tower; "
            "grad_eclip and legrad are for transformers."
        )
        raise InputError("game", msg)
    with torch.no_grad():
        wanted = text.tower.embed(text.prepared.ids, text.prepared.attention_mask)
    similarity = game.scale * (embedding * wanted.to(embedding.device)).sum()
    (gradient,) = torch.autograd.grad(similarity, maps[-1])
    weights = gradient.double().mean(dim=(2, 3), keepdim=True)
    heat = (weights * maps[-1].detach().double()).sum(dim=1, keepdim=True).clamp(min=0)
    size = image.regions.shape
    of_pixels = functional.interpolate(heat, size, mode="bilinear", align_corners=False)
    is_there = image.regions >= 0
    heat_of_pixels = of_pixels[0, 0].cpu().numpy()[is_there]
    of_players = np.bincount(image.regions[is_there], heat_of_pixels, image.n_players)
    of_players *= heat[0, 0].numel() / image.regions.size
    return single_values(game, of_players, np.zeros(text.n_players))


@contextmanager
def _recording(maps: list[torch.Tensor]) -> Iterator[None]:
    """Keep what modules of this thread return, if it is a feature map of one image."""
    thread = threading.get_ident()

    def keep(_: nn.Module, __: object, output: object) -> None:
        if threading.get_ident() != thread or not isinstance(output, torch.Tensor):
            return
        is_map = output.ndim == _IMAGES_CHANNELS_HEIGHT_WIDTH and output.shape[2:].numel() > 1
        if is_map and output.requires_grad:
            maps.append(output)

    handle = register_module_forward_hook(keep)
    try:
        yield
    finally:
        handle.remove()
