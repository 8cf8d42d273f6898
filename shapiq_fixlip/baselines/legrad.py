"""LeGrad: gradients of attention in the last layers of a vision transformer."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from shapiq_fixlip.baselines.attention import explicit_attention, image_attention, traced
from shapiq_fixlip.baselines.tokens import attributions, places
from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.games.vision_language import check_vision_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq import InteractionValues
    from torch import nn

    from shapiq_fixlip.encoders.base import PatchTower
    from shapiq_fixlip.games.vision_language import VisionLanguageGame

__all__ = ["legrad"]

_LAYERS = 2
"""Layers to sum over by default, as in the authors' code."""


def legrad(game: VisionLanguageGame, *, n_layers: int = _LAYERS) -> InteractionValues:
    """Sum gradients with respect to attention over layers (Bousselham et al., 2404.03214).

    Each of the last layers has a similarity of its own: that of the text with the mean of the
    tokens after the layer, projected as the class token is. The number of a patch is the positive
    part of the gradient of this similarity by the attention of the layer to the patch, averaged
    over heads and over all tokens that attend, and summed over layers. Where the model pools tokens
    by attention (SigLIP), the tokens after each layer are pooled so, and the attention is that of
    the pooling. All numbers are rescaled, the smallest to 0 and the largest to 1.

    The authors' code for SigLIP also sets patches to zero that a text about nothing makes large;
    this is left out here.

    Args:
        game: The game of a model with attention among all patches.
        n_layers: Number of the last layers. Default 2, or all if there are fewer.

    Returns:
        Non-negative values of single players; those of text players are 0, as the method is about
        images.

    Raises:
        InputError: If the image tower has no such attention, or ``n_layers`` is less than 1.
    """
    check_vision_language(game)
    whole_number("n_layers", n_layers)
    image, text = game.image_side, game.text_side
    layers, embedding = image_attention(game, "LeGrad")
    with torch.no_grad():
        wanted = text.tower.embed(text.prepared.ids, text.prepared.attention_mask)
    wanted = wanted.to(embedding.device)
    tower = cast("PatchTower", image.tower)
    is_pooling = layers[-1].weights.shape[1] == 1
    is_read = traced(layers, places(image), (embedding * wanted).sum()).pooled
    total = torch.zeros(len(image.patch_shares.T), dtype=torch.float64)
    for block in list(tower.blocks)[-n_layers:]:
        with _read_after(block, tower.blocks[-1], None if is_pooling else is_read) as found:
            embedded = tower.embed_pixels(image.prepared.pixels)
        (gradient,) = torch.autograd.grad((embedded * wanted).sum(), found["weights"])
        total += gradient.clamp(min=0).double().mean(dim=(0, 1))[places(image)].cpu()
    spread = (total.max() - total.min()).clamp(min=torch.finfo(total.dtype).tiny)
    of_patches = ((total - total.min()) / spread).numpy()
    return attributions(game, of_patches, np.zeros(text.prepared.ids.shape[1]))


@contextmanager
def _read_after(
    block: nn.Module, last: nn.Module, is_read: torch.Tensor | None
) -> Iterator[dict[str, torch.Tensor]]:
    """Let a tower read the tokens after a block in place of those after the last one.

    Args:
        block: The block.
        last: The last block.
        is_read: The tokens that the embedding is read from, which become the mean of all; ``None``
            if all are pooled by attention.

    Yields:
        After the run, the attention ``weights`` of the block, or of the pooling.
    """
    found: dict[str, torch.Tensor] = {}
    thread = threading.get_ident()

    def look(_: nn.Module, __: Any, states: torch.Tensor) -> None:  # noqa: ANN401
        if threading.get_ident() == thread:
            found["states"], found["weights"] = states, layers[-1].weights

    def replace(_: nn.Module, __: Any, after: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        if threading.get_ident() != thread:
            return after
        states = found["states"]
        if is_read is None:
            return states
        return torch.where(is_read[:, None], states.mean(dim=1, keepdim=True), states)

    with torch.enable_grad(), explicit_attention() as layers:
        handles = block.register_forward_hook(look), last.register_forward_hook(replace)
        try:
            yield found
            if is_read is None:
                found["weights"] = layers[-1].weights
        finally:
            for handle in handles:
                handle.remove()
