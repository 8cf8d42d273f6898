"""Models of open_clip.

The towers follow from the classes of their modules, never from the model's name:

- open_clip's own vision transformer (CLIP, CoCa) and timm's (SigLIP) take patches as tokens;
- any other image tower (ResNet, ConvNeXt, EVA, hybrids) is used by its pixels;
- open_clip's own text transformer, whose ``forward`` takes no mask, is run module by module, with
  absent tokens hidden inside attention;
- a text transformer from Hugging Face takes a mask by itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from open_clip.hf_model import HFTextEncoder
from open_clip.timm_model import TimmModel
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from open_clip.transform import PreprocessCfg, image_transform_v2
from open_clip.transformer import TextTransformer, VisionTransformer, text_global_pool
from timm.models.vision_transformer import VisionTransformer as TimmVisionTransformer
from torchvision.transforms import Normalize

from shapiq_fixlip.encoders.base import (
    DEFAULT_GRID,
    Encoder,
    ImageTower,
    PatchTower,
    PreparedImage,
    TextTower,
    pooled_alone,
    unit_length,
)
from shapiq_fixlip.encoders.tokenizers import OpenClipTokenizer, Tokenizer, WrappedTokenizer
from shapiq_fixlip.errors import InputError, whole_number

if TYPE_CHECKING:
    from PIL import Image
    from torchvision.transforms import Compose

__all__ = ["from_open_clip", "trunk_takes_tokens"]

type OpenClipModel = Any
"""A ``CLIP``, ``CustomTextCLIP`` or ``CoCa``, whose modules their types do not describe."""


def from_open_clip(
    model: OpenClipModel,
    tokenizer: SimpleTokenizer | HFTokenizer,
    preprocess: Compose | None = None,
    *,
    batch_size: int = 64,
) -> Encoder:
    """Make an encoder of an open_clip model in memory, and put the model in evaluation mode.

    Args:
        model: From ``open_clip.create_model_and_transforms``, or any other with its interface.
        tokenizer: From ``open_clip.get_tokenizer``.
        preprocess: Its transform for validation. Default: the one noted in the model.
        batch_size: Inputs in one forward pass. Default 64.

    Raises:
        InputError: If the model lacks a tower, or there is no transform that normalises images.
    """
    whole_number("batch_size", batch_size)
    lacking = [
        name for name in ("visual", "encode_image", "logit_scale") if not hasattr(model, name)
    ]
    if lacking:
        msg = (
            "model must be a dual encoder of open_clip, "
            f"got a {type(model).__name__}, which has no {' and no '.join(lacking)}; "
            "for any other there is CallableEncoder."
        )
        raise InputError(msg)
    model = model.eval()
    if preprocess is None:
        preprocess = _noted_transform(model)
    bias = getattr(model, "logit_bias", None)
    return Encoder(
        image_tower=_image_tower(model, preprocess, batch_size),
        text_tower=_text_tower(model, tokenizer, batch_size),
        logit_scale=math.exp(model.logit_scale.item()),
        logit_bias=0.0 if bias is None else bias.item(),
    )


def _noted_transform(model: OpenClipModel) -> Compose:
    noted = getattr(model.visual, "preprocess_cfg", None)
    if noted is None:
        msg = "preprocess must be given for a model that does not note its own, got None."
        raise InputError(msg)
    return image_transform_v2(PreprocessCfg(**noted), is_train=False)


def _image_tower(model: OpenClipModel, preprocess: Compose, batch_size: int) -> PixelTower:
    if isinstance(model.visual, VisionTransformer):
        return OpenClipPatchTower(model, preprocess, batch_size)
    if isinstance(model.visual, TimmModel) and trunk_takes_tokens(model.visual.trunk):
        return TimmPatchTower(model, preprocess, batch_size)
    return PixelTower(model, preprocess, batch_size)


def trunk_takes_tokens(trunk: OpenClipModel) -> bool:
    """Tell whether a model of timm is a plain vision transformer with learnt positions."""
    # a subclass may do other things to its tokens
    return type(trunk) is TimmVisionTransformer and trunk.pos_embed is not None


class PixelTower(ImageTower):
    """Any image tower, used through ``encode_image``."""

    def __init__(self, model: OpenClipModel, preprocess: Compose, batch_size: int) -> None:
        """Wrap the vision side of a model."""
        steps = getattr(preprocess, "transforms", ())
        normalize = [step for step in steps if isinstance(step, Normalize)]
        if not normalize:
            msg = f"preprocess must normalise images in one of its steps, got {preprocess!r}."
            raise InputError(msg)
        self.batch_size = batch_size
        self._model, self._preprocess, self._normalize = model, preprocess, normalize[-1]

    def prepare(self, image: Image.Image) -> PreparedImage:
        """Resize, crop and normalise an RGB image as the model was trained."""
        weights = next(self._model.visual.parameters())
        pixels = self._preprocess(image)[None].to(weights.device, weights.dtype)
        grid, size = self._cut(pixels)
        return PreparedImage(pixels, grid, size, self._normalize.mean, self._normalize.std)

    def _cut(self, pixels: torch.Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return rows and columns, and height and width of what they cover."""
        return DEFAULT_GRID, (pixels.shape[2], pixels.shape[3])

    def embed_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed normalised pixels of shape ``(m, 3, H, W)`` to unit length, ``(m, d)`` float32."""
        return unit_length(self._model.encode_image(pixels))


class OpenClipPatchTower(PatchTower, PixelTower):
    """The vision transformer of open_clip, which has a class token."""

    @property
    def embeds_nothing(self) -> bool:  # type: ignore[override]  # it depends on the pooling
        """Whether the class token, which is left, is part of what is read off."""
        return self._model.visual.attn_pool is not None or self._model.visual.pool_type == "tok"

    def _cut(self, pixels: torch.Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
        height, width = self._model.visual.patch_size
        rows, columns = pixels.shape[2] // height, pixels.shape[3] // width
        return (rows, columns), (rows * height, columns * width)

    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed the patches with their positions, ``(m, rows * columns, width)``."""
        visual = self._model.visual
        patches = visual.conv1(pixels).flatten(2).transpose(1, 2)
        return patches + visual.positional_embedding[1:].to(patches.dtype)

    def embed_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed images given by patch tokens, ``(m, t, width)``, to unit length, ``(m, d)``."""
        visual = self._model.visual
        class_token = (visual.class_embedding + visual.positional_embedding[0]).to(tokens.dtype)
        hidden = torch.cat([class_token.expand(len(tokens), 1, -1), tokens], dim=1)
        hidden = visual.transformer(visual.ln_pre(hidden))
        pooled, _ = visual._pool(hidden)  # noqa: SLF001 - six ways of pooling, told by one method
        return unit_length(pooled if visual.proj is None else pooled @ visual.proj)


class TimmPatchTower(PatchTower, PixelTower):
    """The vision transformer of timm, with or without a class token (SigLIP has none)."""

    @property
    def embeds_nothing(self) -> bool:  # type: ignore[override]  # it depends on the pooling
        """Whether the class token, which is left, is what is read off."""
        return self._model.visual.trunk.global_pool == "token"

    def _cut(self, pixels: torch.Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
        height, width = self._model.visual.trunk.patch_embed.patch_size
        rows, columns = pixels.shape[2] // height, pixels.shape[3] // width
        return (rows, columns), (rows * height, columns * width)

    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed the patches with their positions, ``(m, rows * columns, width)``."""
        trunk = self._model.visual.trunk
        return trunk._pos_embed(trunk.patch_embed(pixels))[:, trunk.num_prefix_tokens :]  # noqa: SLF001 - as above

    def embed_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed images given by patch tokens, ``(m, t, width)``, to unit length, ``(m, d)``."""
        visual = self._model.visual
        trunk = visual.trunk
        hidden = torch.cat([self._prefix().expand(len(tokens), -1, -1), tokens], dim=1)
        hidden = trunk.norm(trunk.blocks(trunk.norm_pre(hidden)))
        return unit_length(visual.head(pooled_alone(trunk.forward_head, hidden)))

    def _prefix(self) -> torch.Tensor:
        """Return class and register tokens with their positions, which no image changes."""
        trunk = self._model.visual.trunk
        prefix = [token for token in (trunk.cls_token, trunk.reg_token) if token is not None]
        if not prefix:
            return trunk.pos_embed.new_zeros(1, 0, trunk.embed_dim)
        tokens = torch.cat(prefix, dim=1)
        return tokens if trunk.no_embed_class else tokens + trunk.pos_embed[:, : tokens.shape[1]]


def _text_tower(
    model: OpenClipModel, tokenizer: SimpleTokenizer | HFTokenizer, batch_size: int
) -> TextTower:
    text = getattr(model, "text", model)  # the first CLIP carries its text modules itself
    is_padded = not isinstance(text, HFTextEncoder) and _sees_padding(text)
    length = getattr(text, "context_length", 0) or tokenizer.context_length
    adapted: Tokenizer
    if isinstance(tokenizer, SimpleTokenizer):
        adapted = OpenClipTokenizer(tokenizer, length, is_padded=is_padded)
    elif isinstance(tokenizer, HFTokenizer):
        length = min(length, tokenizer.context_length or length)
        adapted = WrappedTokenizer(tokenizer, length, is_padded=is_padded)
    else:
        msg = f"tokenizer must be one of open_clip, got a {type(tokenizer).__name__}."
        raise InputError(msg)
    if isinstance(text, HFTextEncoder):
        return HuggingFaceTextTower(text, adapted, batch_size)
    return OpenClipTextTower(text, adapted, batch_size)


def _sees_padding(text: OpenClipModel) -> bool:
    """Tell whether what is read off a text can attend to what follows the end of the text."""
    return text.attn_mask is None or _pooling(text) not in ("argmax", "eos")


def _pooling(text: OpenClipModel) -> str:
    """Return how the embedding is read off, with an appended class token as ``"last"``."""
    if not isinstance(text, TextTransformer):
        return text.text_pool_type
    return text.pool_type if text.cls_emb is None else "last"


class HuggingFaceTextTower(TextTower):
    """A text transformer from Hugging Face inside an open_clip model."""

    def __init__(self, text: HFTextEncoder, tokenizer: Tokenizer, batch_size: int) -> None:
        """Wrap the text side of a model."""
        self._text, self.tokenizer, self.batch_size = text, tokenizer, batch_size

    def embed(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embed texts to unit length, ``(m, d)`` float32."""
        device = next(self._text.parameters()).device
        ids = ids.to(device)
        is_there = (ids != self._text.config.pad_token_id) & attention_mask.to(device).bool()
        outputs = self._text.transformer(input_ids=ids, attention_mask=is_there.long())
        return unit_length(self._text.proj(self._text.pooler(outputs, is_there.long())))


class OpenClipTextTower(TextTower):
    """The text transformer of open_clip, run module by module to hide tokens from attention."""

    def __init__(self, text: OpenClipModel, tokenizer: Tokenizer, batch_size: int) -> None:
        """Wrap the text side of a model, or a model that carries its text modules itself."""
        self._text, self.tokenizer, self.batch_size = text, tokenizer, batch_size
        is_module = isinstance(text, TextTransformer)
        self._class_token = text.cls_emb if is_module else None
        self._hides_padding = is_module and (text.use_pad_mask or text.cls_emb is not None)

    def embed(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embed texts to unit length, ``(m, d)`` float32."""
        text = self._text
        ids = ids.to(text.positional_embedding.device)
        is_hidden = ~attention_mask.to(ids.device).bool()
        hidden = text.token_embedding(ids).to(text.transformer.get_cast_dtype())
        if self._class_token is not None:
            class_token = self._class_token.to(hidden.dtype).expand(len(ids), 1, -1)
            hidden = torch.cat([hidden, class_token], dim=1)
        hidden = hidden + text.positional_embedding[: hidden.shape[1]].to(hidden.dtype)
        hidden = text.transformer(hidden, attn_mask=self._mask(ids, is_hidden, hidden))
        return unit_length(self._projected(self._pooled(hidden, ids)))

    def _mask(
        self, ids: torch.Tensor, is_hidden: torch.Tensor, hidden: torch.Tensor
    ) -> torch.Tensor:
        """Return what is added to the scores of attention, ``(m * heads, L, L)``."""
        text, length = self._text, hidden.shape[1]
        never = is_hidden.new_zeros(len(ids), length - ids.shape[1])  # the class token, if any
        columns = torch.cat([is_hidden, never], dim=1)
        if self._hides_padding:
            padding = ids == text.pad_id
            # the weights of CoCa are trained with the class token counted as the first
            parts = [padding, never] if text.correct_cls_mask else [never, padding]
            columns = columns | torch.cat(parts, dim=1)
        mask = hidden.new_zeros(len(ids), length, length)
        if text.attn_mask is not None:
            mask += text.attn_mask[:length, :length]
        mask.masked_fill_(columns[:, None], -torch.inf)
        return mask.repeat_interleave(text.transformer.resblocks[0].attn.num_heads, dim=0)

    def _pooled(self, hidden: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        text = self._text
        if self._class_token is not None:
            return text.ln_final(hidden[:, -1])
        hidden, pooling = text.ln_final(hidden), _pooling(text)
        if pooling == "eos":
            end = text.eos_id if isinstance(text, TextTransformer) else text.text_eos_id
            return text_global_pool(hidden, ids, pooling, eos_token_id=end)
        return text_global_pool(hidden, ids, pooling)

    def _projected(self, pooled: torch.Tensor) -> torch.Tensor:
        projection = self._text.text_projection
        if projection is None:
            return pooled
        return (
            projection(pooled) if isinstance(projection, torch.nn.Module) else pooled @ projection
        )
