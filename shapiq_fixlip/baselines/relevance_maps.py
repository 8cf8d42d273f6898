"""Attention rollout and GAME: how attention carries what tokens say to what is read off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.baselines.attention import traced_towers
from shapiq_fixlip.baselines.tokens import attributions
from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.games.vision_language import check_vision_language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapiq import InteractionValues

    from shapiq_fixlip.baselines.attention import TracedTower
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["attention_rollout", "generic_attention", "relevance"]


def attention_rollout(game: VisionLanguageGame) -> InteractionValues:
    """Multiply the attention of all layers (Abnar and Zuidema, ACL 2020).

    In every layer a token passes on itself and what it attends to in equal parts: the mean of the
    identity and of the attention averaged over heads. A query that pools the tokens has nothing of
    its own to pass on. Neither side knows anything of the other.

    Args:
        game: The game of a model with attention among all tokens of both towers.

    Returns:
        Single players, not negative: the part of each one's patches or tokens in what is read off.

    Raises:
        InputError: If a tower has no such attention.
    """
    check_vision_language(game)
    *towers, _ = traced_towers(game, "attention rollout")

    def rollout(tower: TracedTower) -> FloatArray:
        averages = (layer.weights.detach().double().mean(dim=0) for layer in tower.layers)
        sums = (layer + _identity(layer) for layer in averages)
        return _read_off(tower, (layer / layer.sum(dim=1, keepdim=True) for layer in sums))

    return attributions(game, *map(rollout, towers))


def generic_attention(game: VisionLanguageGame, *, n_layers: int | None = 1) -> InteractionValues:
    """Follow attention weighted by its gradients: GAME (Chefer, Gur and Wolf, ICCV 2021).

    The relevance ``R`` starts as the identity and becomes ``R + A R`` in each layer, where ``A`` is
    the mean over heads of the positive part of attention times its gradient.

    Args:
        game: The game of a model with attention among all tokens of both towers.
        n_layers: How many of the last layers are followed. Default 1, as in the paper of FIxLIP;
            ``None`` for all. Where the model pools by attention (SigLIP), that is one of them.

    Returns:
        Single players, not negative: the relevance of each one's patches or tokens for what is read
        off.

    Raises:
        InputError: If a tower has no such attention, or ``n_layers`` is less than 1.
    """
    check_vision_language(game)
    if n_layers is not None:
        whole_number("n_layers", n_layers)
    *towers, similarity = traced_towers(game, "GAME")
    return attributions(game, *(relevance(tower, similarity, n_layers) for tower in towers))


def relevance(tower: TracedTower, similarity: torch.Tensor, n_layers: int | None) -> FloatArray:
    """Return the relevance of the patches or tokens of a tower by its last layers."""
    weights = [layer.weights for layer in tower.layers[-(n_layers or 0) :]]
    gradients = torch.autograd.grad(similarity, weights, retain_graph=True)
    averages = (
        (gradient * layer.detach()).clamp(min=0).double().mean(dim=0)
        for layer, gradient in zip(weights, gradients, strict=True)
    )
    return _read_off(tower, (layer + _identity(layer) for layer in averages))


def _identity(layer: torch.Tensor) -> torch.Tensor:
    """Return what tokens keep of themselves: all, but nothing for the query of a pooling."""
    is_square = layer.shape[0] == layer.shape[1]
    return torch.eye(*layer.shape).to(layer) if is_square else torch.zeros_like(layer)


def _read_off(tower: TracedTower, factors: Iterable[torch.Tensor]) -> FloatArray:
    """Multiply the factors of all layers, and return the mean row of what is read off.

    It is zero where nothing is: a text that says nothing to a model leaves the image unread.
    """
    first, *others = factors
    product = first
    for factor in others:
        product = factor @ product
    total = product[tower.pooled].sum(dim=0) / tower.pooled.sum().clamp(min=1)
    row: FloatArray = total[tower.places].cpu().numpy()
    return row
