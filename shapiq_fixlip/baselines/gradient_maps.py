"""Grad-ECLIP: attention values, weighted by gradients of the similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from shapiq_fixlip.baselines.attention import traced_towers
from shapiq_fixlip.baselines.grad_eclip_as_published import grad_eclip_as_published
from shapiq_fixlip.baselines.tokens import attributions
from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.games.vision_language import check_vision_language
from shapiq_fixlip.typing import GradEclipVersion
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.baselines.attention import Attention, TracedTower
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["grad_eclip", "heat_of_layers"]

_TEXT_LAYERS = 8
"""Text layers to sum over by default."""


def grad_eclip(
    game: VisionLanguageGame,
    *,
    n_text_layers: int = _TEXT_LAYERS,
    version: GradEclipVersion = "formula",
) -> InteractionValues:
    """Weight the values of attention by channel and by position (Zhao et al., ICML 2024).

    The heat of token ``i`` is ``max(Σ_c w_c λ_i v_ic, 0)``, summed over the channels ``c`` of all
    heads. ``w`` is the gradient of the similarity with respect to the output of attention at the
    token that the embedding is computed from, and ``v_i`` are the values. ``λ_i`` is the cosine of
    that token's query with the key of ``i``, rescaled to 0 for the smallest and 1 for the largest.

    Args:
        game: The game of a model with attention among all tokens of both towers.
        n_text_layers: Number of the last layers of the text tower to sum over. Default 8, or all if
            there are fewer. Of the image tower, only the last layer is used.
        version: ``"formula"`` (default), or ``"published"`` for what the published code computes,
            for models of CLIP's kind only; see :data:`~shapiq_fixlip.typing.GradEclipVersion`.

    Returns:
        Non-negative values of single players: the heat of their patches or tokens.

    Raises:
        InputError: If a tower has no such attention, or an argument is not allowed.
    """
    check_vision_language(game)
    whole_number("n_text_layers", n_text_layers)
    check_choice("version", version, GradEclipVersion)
    if version == "published":
        return grad_eclip_as_published(game, n_text_layers)
    image, text, similarity = traced_towers(game, "Grad-ECLIP")
    of_patches = heat_of_layers(image, similarity, 1)
    of_tokens = heat_of_layers(text, similarity, n_text_layers)
    return attributions(game, of_patches, of_tokens)


def heat_of_layers(tower: TracedTower, similarity: torch.Tensor, n_layers: int) -> FloatArray:
    """Return the heat of the patches or tokens of a tower, summed over its last layers."""
    layers = tower.layers[-n_layers:]
    gradients = torch.autograd.grad(
        similarity, [layer.output for layer in layers], retain_graph=True
    )
    maps = [
        _heat(layer, gradient, tower) for layer, gradient in zip(layers, gradients, strict=True)
    ]
    found: FloatArray = torch.stack(maps).sum(dim=0).cpu().numpy()
    return found


def _heat(layer: Attention, gradient: torch.Tensor, tower: TracedTower) -> torch.Tensor:
    """Return the heat of the patches or tokens in one layer, summed over the pooled queries."""
    query, key, value, slope = (
        part.detach().double().transpose(0, 1).flatten(1)  # from heads to channels
        for part in (layer.query, layer.key, layer.value, gradient)
    )
    key, value = key[tower.places], value[tower.places]
    query, slope = query[tower.pooled], slope[tower.pooled]
    cosines = functional.normalize(query, dim=1) @ functional.normalize(key, dim=1).T
    lowest, highest = cosines.aminmax(dim=1, keepdim=True)
    loosened = (cosines - lowest) / (highest - lowest).clamp(min=torch.finfo(cosines.dtype).tiny)
    return (loosened * (slope @ value.T)).clamp(min=0).sum(dim=0)
