"""Text towers of open_clip, with absent tokens hidden inside attention."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any, override

import torch
from open_clip.hf_model import HFTextEncoder
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from open_clip.transformer import TextTransformer, text_global_pool

from shapiq_fixlip.encoders.base import TextTower, transformer_blocks
from shapiq_fixlip.encoders.failures import reason
from shapiq_fixlip.encoders.tokenizers import OpenClipTokenizer, WrappedTokenizer
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from shapiq_fixlip.encoders.tokenizer import PreparedText, Tokenizer

__all__ = ["text_tower"]

type OpenClipModel = Any
"""A model of open_clip or its text module, whose types do not describe its parts."""


def text_tower(
    model: OpenClipModel, tokenizer: SimpleTokenizer | HFTokenizer, batch_size: int
) -> TextTower:
    """Return the tower of a model's text side.

    Raises:
        InputError: If the tokenizer is not one of open_clip's, or does not fit the model.
    """
    text = getattr(model, "text", model)  # CLIP itself holds its text modules
    if not isinstance(tokenizer, SimpleTokenizer | HFTokenizer):
        msg = f"must be one of open_clip, got a {type(tokenizer).__name__}."
        raise InputError("tokenizer", msg)
    pad_id = 0 if isinstance(tokenizer, SimpleTokenizer) else tokenizer.tokenizer.pad_token_id
    is_padded = _sees_padding(text, pad_id)
    length = getattr(text, "context_length", 0) or tokenizer.context_length
    adapted: Tokenizer
    if isinstance(tokenizer, SimpleTokenizer):
        adapted = OpenClipTokenizer(tokenizer, length, is_padded=is_padded)
        ids = set(range(tokenizer.vocab_size))
    else:
        length = min(length, tokenizer.context_length or length)
        adapted = WrappedTokenizer(tokenizer, length, is_padded=is_padded)
        added = set(tokenizer.tokenizer.added_tokens_decoder)  # many are never in a text
        ids = set(tokenizer.tokenizer.get_vocab().values()) - added
    of_library = isinstance(text, HFTextEncoder)
    tower_class = OpenClipHuggingFaceTextTower if of_library else OpenClipTextTower
    tower: _OpenClipTower = tower_class(text, adapted, batch_size, pad_id)
    _check_vocabulary(tower, ids)
    return tower


def _check_vocabulary(tower: _OpenClipTower, ids: set[int]) -> None:
    """Check that a tower embeds all tokens, and finds the end of a text.

    Raises:
        InputError: If it does not.
    """
    try:
        used = tower.tokenizer.prepare("a").ids[0].tolist()
    except Exception as error:  # tokenizers fail in many ways
        msg = f"must be able to split a text for the model, got an error ({reason(error)})."
        raise InputError("tokenizer", msg) from error
    with suppress(InputError):  # not every tokenizer has one
        ids = ids | {tower.tokenizer.replacement()}
    largest = max(ids.union(used))
    if largest >= tower.n_embeddings:
        msg = (
            f"must have token ids of which the model has embeddings, {tower.n_embeddings} in all, "
            f"got {largest}."
        )
        raise InputError("tokenizer", msg)
    if tower.end is not None and tower.end not in used:
        msg = f"must end texts with the model's eos_id, {tower.end}, got {used}."
        raise InputError("tokenizer", msg)


def _sees_padding(text: OpenClipModel, pad_id: int) -> bool:
    """Tell whether the embedding can depend on what follows the end of the text."""
    if isinstance(text, HFTextEncoder):  # it hides what it takes for padding
        return pad_id != text.config.pad_token_id
    return text.attn_mask is None or _pooling(text) not in ("argmax", "eos")


def _pooling(text: OpenClipModel) -> str:
    """Return how tokens are pooled; an appended class token counts as ``"last"``."""
    if not isinstance(text, TextTransformer):
        return text.text_pool_type
    return text.pool_type if text.cls_emb is None else "last"


class _OpenClipTower(TextTower):
    """The text side of an open_clip model.

    Attributes:
        pad_id: The token that fills texts up to the full context.
        end: The token whose place is pooled; ``None`` if pooling does not look for one.
    """

    end: int | None = None

    def __init__(
        self, text: OpenClipModel, tokenizer: Tokenizer, batch_size: int, pad_id: int
    ) -> None:
        """Wrap the text side of a model, or a model that holds its text modules itself."""
        self._text, self.tokenizer, self.batch_size = text, tokenizer, batch_size
        self.pad_id = pad_id

    @property
    @abstractmethod
    def n_embeddings(self) -> int:
        """The number of tokens that have an embedding."""

    @override
    def prepare(self, text: str) -> PreparedText:
        prepared = super().prepare(text)
        largest = int(prepared.ids.max())
        if largest >= self.n_embeddings:
            msg = (
                "must have tokens of which the model has embeddings, "
                f"got {self.tokenizer.name(largest)!r}."
            )
            raise InputError("text", msg)
        return prepared


class OpenClipHuggingFaceTextTower(_OpenClipTower):
    """A text transformer from Hugging Face inside an open_clip model."""

    @property
    @override
    def n_embeddings(self) -> int:
        return int(self._text.transformer.get_input_embeddings().num_embeddings)

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return transformer_blocks(self._text.transformer)

    @override
    def features(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        device = next(self._text.parameters()).device
        ids = ids.to(device)
        is_there = (ids != self._text.config.pad_token_id) & attention_mask.to(device).bool()
        outputs = self._text.transformer(input_ids=ids, attention_mask=is_there.long())
        return self._text.proj(self._text.pooler(outputs, is_there.long()))


class OpenClipTextTower(_OpenClipTower):
    """The text transformer of open_clip, run module by module to hide tokens from attention."""

    def __init__(
        self, text: OpenClipModel, tokenizer: Tokenizer, batch_size: int, pad_id: int
    ) -> None:
        """Wrap the text side of a model, or a model that holds its text modules itself."""
        super().__init__(text, tokenizer, batch_size, pad_id)
        is_module = isinstance(text, TextTransformer)
        self._class_token = text.cls_emb if is_module else None
        self._hides_padding = is_module and (text.use_pad_mask or text.cls_emb is not None)
        if _pooling(text) == "eos":
            self.end = text.eos_id if is_module else text.text_eos_id

    @property
    @override
    def n_embeddings(self) -> int:
        return int(self._text.token_embedding.num_embeddings)

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return self._text.transformer.resblocks

    @override
    def features(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        text = self._text
        ids = ids.to(text.positional_embedding.device)
        is_hidden = ~attention_mask.to(ids.device).bool()
        hidden = text.token_embedding(ids).to(text.transformer.get_cast_dtype())
        if self._class_token is not None:
            class_token = self._class_token.to(hidden.dtype).expand(len(ids), 1, -1)
            hidden = torch.cat([hidden, class_token], dim=1)
        hidden = hidden + text.positional_embedding[: hidden.shape[1]].to(hidden.dtype)
        hidden = text.transformer(hidden, attn_mask=self._mask(ids, is_hidden, hidden))
        return self._projected(self._pooled(hidden, ids))

    def _mask(
        self, ids: torch.Tensor, is_hidden: torch.Tensor, hidden: torch.Tensor
    ) -> torch.Tensor:
        """Return what is added to attention scores, of shape ``(m * heads, L, L)``."""
        text, length = self._text, hidden.shape[1]
        never = is_hidden.new_zeros(len(ids), length - ids.shape[1])  # the class token, if any
        columns = torch.cat([is_hidden, never], dim=1)
        if self._hides_padding:
            padding = ids == text.pad_id
            # weights of CoCa were trained with a mask that takes the class token as the first
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
        return text_global_pool(hidden, ids, pooling, eos_token_id=self.end)

    def _projected(self, pooled: torch.Tensor) -> torch.Tensor:
        projection = self._text.text_projection
        if projection is None:
            return pooled
        return (
            projection(pooled) if isinstance(projection, torch.nn.Module) else pooled @ projection
        )
