"""How the weights of one model become those of another with other patches or other words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["adapted"]


def adapted(
    weights: Mapping[str, torch.Tensor],
    like: Mapping[str, torch.Tensor],
    *,
    vocabularies: tuple[Mapping[str, int], Mapping[str, int]],
) -> dict[str, torch.Tensor]:
    """Return weights in the shapes of another model of the same kind.

    Patch embeddings answer to a patch of another size as to the same picture, larger or smaller;
    positions of patches are interpolated; words keep their embeddings, and new ones get those of
    the other model.

    Args:
        weights: The weights of a CLIP or a SigLIP of transformers.
        like: The weights of the other model.
        vocabularies: The ids of words, by token, of the model and of the other model.
    """
    result = {}
    for name, other in like.items():
        weight = weights[name].to(other.dtype)
        if name.endswith("patch_embedding.weight"):
            weight = _resized_patches(weight, other.shape[-1])
        elif name.endswith("vision_model.embeddings.position_embedding.weight"):
            weight = _moved(weight, len(other))
        elif name.endswith("token_embedding.weight"):
            weight = _same_words(weight, other, *vocabularies)
        result[name] = weight
    return result


def _resized_patches(weight: torch.Tensor, side: int) -> torch.Tensor:
    factor = weight.shape[-1] / side
    return functional.interpolate(weight, (side, side), mode="area") * factor**2


def _moved(weight: torch.Tensor, n_positions: int) -> torch.Tensor:
    """Interpolate positions on a square grid; a class token before it keeps its own."""
    n_special = len(weight) - int(len(weight) ** 0.5) ** 2
    grid = weight[n_special:].T
    before, after = (int((n - n_special) ** 0.5) for n in (len(weight), n_positions))
    if before == after:
        return weight
    moved = functional.interpolate(
        grid.reshape(1, -1, before, before), (after, after), mode="bicubic", align_corners=False
    )
    return torch.cat([weight[:n_special], moved.flatten(2)[0].T])


def _same_words(
    weight: torch.Tensor, other: torch.Tensor, before: Mapping[str, int], after: Mapping[str, int]
) -> torch.Tensor:
    result = other.clone()
    for token in before.keys() & after.keys():
        result[after[token]] = weight[before[token]]
    return result
