"""The attention of both towers on the whole image and the whole text, with its gradients.

All supported libraries compute attention by ``torch.nn.functional.scaled_dot_product_attention``.
To record it, this function is replaced by one that computes the same and keeps the weights. So no
model needs hooks or another implementation of attention.
"""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from shapiq_fixlip.baselines.tokens import places
from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapiq_fixlip.games.vision_language import VisionLanguageGame

__all__ = [
    "Attention",
    "Recorder",
    "TracedTower",
    "explicit_attention",
    "image_attention",
    "traced",
    "traced_towers",
]

_BATCH_HEADS_LENGTH_WIDTH = 4

_TURN = threading.Lock()


@dataclass(frozen=True)
class Attention:
    """One attention layer on one input. All tensors are in the graph of the similarity.

    Attributes:
        query: Queries, of shape ``(heads, t_query, width)``.
        key: Keys, of shape ``(heads, t_key, width)``.
        value: Values, of shape ``(heads, t_key, width)``.
        weights: Attention weights, of shape ``(heads, t_query, t_key)``; rows sum to 1.
        output: Weighted sums of the values, of shape ``(heads, t_query, width)``.
    """

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    weights: torch.Tensor
    output: torch.Tensor


@dataclass(frozen=True)
class TracedTower:
    """The attention of one tower.

    Attributes:
        layers: The layers from first to last. The last one may have a single query, which pools the
            tokens.
        places: Positions of the patches of the image, or of the tokens of the text, among all
            tokens of the tower.
        pooled: From which queries of the last layer the embedding is computed, boolean.
    """

    layers: tuple[Attention, ...]
    places: slice
    pooled: torch.Tensor


@dataclass
class Recorder:
    """Replaces the attention of torch, and records it.

    Attributes:
        layers: The attention layers on single inputs, in the order in which they ran.
    """

    layers: list[Attention] = field(default_factory=list)

    def __call__(  # noqa: D102 - that of torch
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        dropout_p: float = 0.0,  # noqa: ARG002 - towers are in evaluation mode
        is_causal: bool = False,  # noqa: FBT001, FBT002
        *,
        scale: float | None = None,
        enable_gqa: bool = False,  # noqa: ARG002 - no tower shares keys
    ) -> torch.Tensor:
        scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
        scores = query @ key.transpose(-2, -1) * scale
        if is_causal:
            attn_mask = torch.ones_like(scores[0, 0], dtype=torch.bool).tril()
        if attn_mask is not None:
            is_boolean = attn_mask.dtype == torch.bool
            hidden = ~attn_mask if is_boolean else attn_mask
            scores = scores.masked_fill(hidden, -torch.inf) if is_boolean else scores + hidden
        weights = scores.softmax(dim=-1)
        if not torch.is_grad_enabled() or query.ndim != _BATCH_HEADS_LENGTH_WIDTH or len(query) > 1:
            return weights @ value
        # the recorded tensors must be those in the graph of the similarity
        weights = weights[0]
        if not weights.requires_grad:
            weights.requires_grad_()
        output = weights @ value[0]
        self.layers.append(Attention(query[0], key[0], value[0], weights, output))
        return output[None]


@contextmanager
def explicit_attention(recorder: Recorder | None = None) -> Iterator[list[Attention]]:
    """Compute attention explicitly, so that it can be recorded and differentiated in any mode.

    This holds for the whole process: other threads that enter wait, and none may run a model in the
    meantime.

    Args:
        recorder: What computes it. Default: a new one.

    Yields:
        The attention layers on single inputs; a list that is extended while towers run.
    """
    with _TURN:
        attention, multi_head = (
            functional.scaled_dot_product_attention,
            functional.multi_head_attention_forward,
        )
        is_fast = torch.backends.mha.get_fastpath_enabled()

        def without_averages(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the arguments of torch
            # with need_weights=True, torch would not call the replaced function
            return multi_head(*args, **(kwargs | {"need_weights": False}))

        recorder = recorder or Recorder()
        functional.scaled_dot_product_attention = recorder  # type: ignore[assignment]  # arguments by name
        functional.multi_head_attention_forward = without_averages
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            yield recorder.layers
        finally:
            functional.scaled_dot_product_attention = attention
            functional.multi_head_attention_forward = multi_head
            torch.backends.mha.set_fastpath_enabled(is_fast)


def traced_towers(
    game: VisionLanguageGame, method: str
) -> tuple[TracedTower, TracedTower, torch.Tensor]:
    """Run both towers on the whole image and the whole text.

    Args:
        game: The game.
        method: Name of the method that needs attention, for the error.

    Returns:
        The image tower, the text tower, and the similarity, a scalar tensor with its graph.

    Raises:
        InputError: If a tower has no attention among all patches or tokens that can be recorded.
    """
    text = game.text_side
    of_image, first = image_attention(game, method)
    with torch.enable_grad():
        with explicit_attention() as of_text:
            second = text.tower.embed(text.prepared.ids, text.prepared.attention_mask)
        similarity = game.scale * (first * second).sum() + game.bias
    if not _can_be_followed(of_text):
        raise _not_followed(method, "text")
    return (
        traced(of_image, places(game.image_side), similarity),
        traced(of_text, places(text), similarity),
        similarity,
    )


def image_attention(
    game: VisionLanguageGame, method: str
) -> tuple[Sequence[Attention], torch.Tensor]:
    """Run the image tower on the whole image.

    Args:
        game: The game.
        method: Name of the method that needs attention, for the error.

    Returns:
        The attention layers from first to last, and the embedding, ``(1, d)``, with its graph.

    Raises:
        InputError: If the tower has no attention among all patches that can be recorded.
    """
    image = game.image_side
    if not isinstance(image.tower, PatchTower):
        raise _not_followed(method, "image")
    with torch.enable_grad(), explicit_attention() as layers:
        embedding = image.tower.embed_pixels(image.prepared.pixels)
    if not _can_be_followed(layers):
        raise _not_followed(method, "image")
    return layers, embedding


def traced(layers: Sequence[Attention], at: slice, similarity: torch.Tensor) -> TracedTower:
    """Return a traced tower whose patches or tokens are at some positions among all tokens."""
    return TracedTower(tuple(layers), at, _pooled(similarity, layers[-1]))


def _can_be_followed(layers: list[Attention]) -> bool:
    """Return whether all layers are over all tokens, but for a last one that pools by one query."""
    if not layers:
        return False
    *before, last = [tuple(layer.weights.shape[1:]) for layer in layers]
    length = last[1]
    is_pooled = bool(before) and last == (1, length)
    return all(shape == (length, length) for shape in before) and (is_pooled or last[0] == length)


def _pooled(similarity: torch.Tensor, layer: Attention) -> torch.Tensor:
    """Return which queries of the last layer are used: those with a gradient."""
    (gradient,) = torch.autograd.grad(similarity, layer.output, retain_graph=True)
    return gradient.abs().amax(dim=(0, 2)) > 0


def _not_followed(method: str, tower: str) -> InputError:
    msg = (
        f"must have attention among all tokens of the {tower} for {method}, computed by torch's "
        "scaled_dot_product_attention (attn_implementation='sdpa' in transformers), got a tower "
        "without."
    )
    return InputError("game", msg)
