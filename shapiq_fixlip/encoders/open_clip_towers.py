"""The image towers of open_clip's models.

- open_clip's own vision transformer (CLIP, CoCa) and timm's (SigLIP) take patches as tokens;
- any other image tower (ResNet, ConvNeXt, EVA, hybrids) is used by its pixels alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import torch
from timm.layers.patch_embed import PatchEmbed
from timm.models.vision_transformer import VisionTransformer as TimmVisionTransformer
from torchvision.transforms import Normalize

from shapiq_fixlip.encoders.base import (
    DEFAULT_GRID,
    ImageTower,
    PatchTower,
    PreparedImage,
    pooled_alone,
)
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image
    from torch import nn
    from torchvision.transforms import Compose

    from shapiq_fixlip.encoders.open_clip_text import OpenClipModel

__all__ = ["OpenClipPatchTower", "OpenClipPixelTower", "TimmPatchTower", "trunk_takes_tokens"]


def trunk_takes_tokens(trunk: OpenClipModel) -> bool:
    """Tell whether a model of timm is a plain vision transformer with learnt positions."""
    # subclasses may change their tokens otherwise; hybrids take patches of a convolution's output
    is_plain = type(trunk) is TimmVisionTransformer and type(trunk.patch_embed) is PatchEmbed
    return is_plain and trunk.pos_embed is not None


class OpenClipPixelTower(ImageTower):
    """Any image tower, used through ``encode_image``."""

    def __init__(self, model: OpenClipModel, preprocess: Compose, batch_size: int) -> None:
        """Wrap the vision side of a model."""
        steps = getattr(preprocess, "transforms", ())
        normalize = [step for step in steps if isinstance(step, Normalize)]
        if not normalize:
            msg = f"must normalise images in one of its steps, got {preprocess!r}."
            raise InputError("preprocess", msg)
        self.batch_size = batch_size
        self._model, self._preprocess, self._normalize = model, preprocess, normalize[-1]

    @override
    def prepare(self, image: Image.Image) -> PreparedImage:
        weights = next(self._model.visual.parameters())
        pixels = self._preprocess(image)[None].to(weights.device, weights.dtype)
        grid, size = self._cut(pixels)
        return PreparedImage(pixels, grid, size, self._normalize.mean, self._normalize.std)

    def _cut(self, pixels: torch.Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the rows and columns of the grid, and the height and width that it covers."""
        if self._patch_size is None:
            return DEFAULT_GRID, (pixels.shape[2], pixels.shape[3])
        height, width = self._patch_size
        rows, columns = pixels.shape[2] // height, pixels.shape[3] // width
        return (rows, columns), (rows * height, columns * width)

    @property
    def _patch_size(self) -> tuple[int, int] | None:
        """Height and width of a patch; ``None`` for a tower without patches."""
        return None

    @override
    def features_of_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._model.encode_image(pixels)


class OpenClipPatchTower(PatchTower, OpenClipPixelTower):
    """The vision transformer of open_clip, which has a class token."""

    @property
    @override
    def embeds_nothing(self) -> bool:  # type: ignore[override]  # it depends on the pooling
        """Whether the class token, which always stays, is pooled into the embedding."""
        return self._model.visual.attn_pool is not None or self._model.visual.pool_type == "tok"

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return self._model.visual.transformer.resblocks

    @property
    @override
    def _patch_size(self) -> tuple[int, int]:
        return self._model.visual.patch_size

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        visual = self._model.visual
        patches = visual.conv1(pixels).flatten(2).transpose(1, 2)
        return patches + visual.positional_embedding[1:].to(patches.dtype)

    @override
    def features_of_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        visual = self._model.visual
        class_token = (visual.class_embedding + visual.positional_embedding[0]).to(tokens.dtype)
        hidden = torch.cat([class_token.expand(len(tokens), 1, -1), tokens], dim=1)
        hidden = visual.transformer(visual.ln_pre(hidden))
        pooled, _ = visual._pool(hidden)  # noqa: SLF001 - one method for six ways of pooling
        return pooled if visual.proj is None else pooled @ visual.proj


class TimmPatchTower(PatchTower, OpenClipPixelTower):
    """The vision transformer of timm, with or without a class token (SigLIP has none)."""

    @property
    @override
    def embeds_nothing(self) -> bool:  # type: ignore[override]  # it depends on the pooling
        """Whether the class token, which always stays, becomes the embedding."""
        return self._model.visual.trunk.global_pool == "token"

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return self._model.visual.trunk.blocks

    @property
    @override
    def _patch_size(self) -> tuple[int, int]:
        return self._model.visual.trunk.patch_embed.patch_size

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        trunk = self._model.visual.trunk
        return trunk._pos_embed(trunk.patch_embed(pixels))[:, trunk.num_prefix_tokens :]  # noqa: SLF001 - as above

    @override
    def features_of_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        visual = self._model.visual
        trunk = visual.trunk
        hidden = torch.cat([self._prefix().expand(len(tokens), -1, -1), tokens], dim=1)
        hidden = trunk.norm(trunk.blocks(trunk.norm_pre(hidden)))
        return visual.head(pooled_alone(trunk.forward_head, hidden))

    def _prefix(self) -> torch.Tensor:
        """Return class and register tokens with their positions, the same for all images."""
        trunk = self._model.visual.trunk
        prefix = [token for token in (trunk.cls_token, trunk.reg_token) if token is not None]
        if not prefix:
            return trunk.pos_embed.new_zeros(1, 0, trunk.embed_dim)
        tokens = torch.cat(prefix, dim=1)
        return tokens if trunk.no_embed_class else tokens + trunk.pos_embed[:, : tokens.shape[1]]
