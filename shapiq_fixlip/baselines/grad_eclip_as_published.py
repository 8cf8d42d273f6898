"""Grad-ECLIP as its published code computes it, which is not what its formula says.

The layers that are looked into run with a single head, so that the embedding is another one;
queries and keys are compared after the output projection; and texts are padded. Published numbers
come from this. "Debunking Grad-ECLIP" (arXiv 2605.12952) says that it equals an attention map.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, override

import torch
from torch.nn import functional

from shapiq_fixlip.baselines.attention import Recorder, explicit_attention, traced_towers
from shapiq_fixlip.baselines.tokens import attributions, places
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq import InteractionValues

    from shapiq_fixlip.baselines.attention import Attention, TracedTower
    from shapiq_fixlip.games.vision_language import VisionLanguageGame

__all__ = ["grad_eclip_as_published"]


def grad_eclip_as_published(game: VisionLanguageGame, n_text_layers: int) -> InteractionValues:
    """Return the heat of patches and tokens; see :func:`~shapiq_fixlip.baselines.grad_eclip`.

    Args:
        game: The game of a model of CLIP's kind.
        n_text_layers: Number of the last layers of the text tower to sum over.

    Raises:
        InputError: If the model is not of CLIP's kind.
    """
    image, text, _ = traced_towers(game, "Grad-ECLIP")
    side = game.text_side
    end = side.prepared.ids.shape[1] - 1
    _check_is_clip(image, text, end)
    padded = torch.zeros(1, side.tower.tokenizer.context_length, dtype=torch.long)
    padded[:, : end + 1] = side.prepared.ids
    with torch.enable_grad():
        first = game.image_side.tower.embed_pixels(game.image_side.prepared.pixels)
        second = side.tower.embed(side.prepared.ids, side.prepared.attention_mask)
        with _single_heads(len(image.layers) - 1) as of_image:
            of_image.embedding = game.image_side.tower.embed_pixels(game.image_side.prepared.pixels)
        with _single_heads(max(0, len(text.layers) - n_text_layers)) as of_text:
            of_text.embedding = side.tower.embed(padded, torch.ones_like(padded))
        (row,) = image.pooled.nonzero()[:, 0].tolist()
        of_patches = of_image.heat(second.detach(), row, places(game.image_side)).clamp(min=0)
        of_tokens = of_text.heat(first.detach(), end, slice(None)).clamp(min=0)[: end + 1]
    scale = game.scale
    return attributions(game, scale * of_patches.cpu().numpy(), scale * of_tokens.cpu().numpy())


def _check_is_clip(image: TracedTower, text: TracedTower, end: int) -> None:
    """Check that a class token and the end of a text, which later tokens do not change, are pooled.

    Raises:
        InputError: If they are not.
    """
    is_causal = all(not layer.weights.triu(1).any() for layer in text.layers)
    is_pooled_at_end = text.pooled.nonzero()[:, 0].tolist() == [end]
    if len(image.pooled) == 1 or image.pooled.sum() != 1 or not (is_causal and is_pooled_at_end):
        msg = "must be 'formula' for a model that is not of CLIP's kind, got 'published'."
        raise InputError("version", msg)


class _SingleHeads(Recorder):
    """Computes the last layers with a single head, and notes the projections after these.

    Attributes:
        embedding: What the tower returned, of shape ``(1, d)``.
    """

    def __init__(self, first: int) -> None:
        super().__init__()
        self.embedding = torch.empty(0)
        self._first = first
        self._projections: list[tuple[torch.Tensor, torch.Tensor | None]] = []

    @override
    def __call__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        *args: Any,
        **kwargs: Any,
    ) -> torch.Tensor:
        if len(self.layers) < self._first:
            return super().__call__(query, key, value, *args, **kwargs)
        _, n_heads, length, width = query.shape
        merged = [
            part.transpose(1, 2).flatten(2)[:, None] for part in (query, key, value)
        ]  # (1, 1, t, heads * width)
        kwargs["scale"] = 1 / math.sqrt(n_heads * width)
        output = super().__call__(merged[0], merged[1], merged[2], *args, **kwargs)
        return output.view(1, length, n_heads, width).transpose(1, 2)

    @property
    def _looked_into(self) -> list[Attention]:
        return self.layers[self._first :]

    def note(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        """Note a projection if it follows a layer that is looked into."""
        if len(self._projections) < len(self._looked_into):
            self._projections.append((weight, bias))

    def heat(self, other: torch.Tensor, row: int, where: slice) -> torch.Tensor:
        """Return the heat of tokens, summed over the layers that are looked into.

        Args:
            other: The embedding of the other tower, of shape ``(1, d)``.
            row: The token that the embedding is computed from.
            where: Which tokens, of which the smallest and the largest cosine count.
        """
        similarity = (self.embedding * other).sum()
        outputs = [layer.output for layer in self._looked_into]
        gradients = torch.autograd.grad(similarity, outputs)
        maps = []
        for layer, gradient, (weight, bias) in zip(
            self._looked_into, gradients, self._projections, strict=True
        ):
            query, key = (
                functional.linear(part[0], weight, bias) for part in (layer.query, layer.key)
            )
            cosines = functional.cosine_similarity(query[row], key[where], dim=-1)
            loosened = (cosines - cosines.min()) / (cosines.max() - cosines.min())
            maps.append(loosened * (layer.value[0, where] @ gradient[0, row]))
        return torch.stack(maps).sum(dim=0).detach().double()


@contextmanager
def _single_heads(first: int) -> Iterator[_SingleHeads]:
    """Compute the layers from ``first`` on with a single head."""
    recorder, linear = _SingleHeads(first), functional.linear

    def noted(
        given: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        recorder.note(weight, bias)
        return linear(given, weight, bias)

    with explicit_attention(recorder):
        functional.linear = noted  # type: ignore[assignment]  # arguments by place
        try:
            yield recorder
        finally:
            functional.linear = linear
