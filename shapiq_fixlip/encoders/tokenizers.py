"""Tokenizers of transformers and open_clip.

Fast tokenizers of transformers say themselves which part of a text a token stands for. For all
others, which may also clean the text first, see :mod:`~shapiq_fixlip.encoders.alignment`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, override

import numpy as np

from shapiq_fixlip.encoders.alignment import aligned, aligned_unescaped, covering
from shapiq_fixlip.encoders.tokenizer import Tokenizer
from shapiq_fixlip.errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

    from shapiq_fixlip.encoders.tokenizer import Span

__all__ = ["HuggingFaceTokenizer", "OpenClipTokenizer", "WrappedTokenizer"]

_PRINTED = [*range(33, 127), *range(161, 173), *range(174, 256)]
_OTHERS = [byte for byte in range(256) if byte not in _PRINTED]

_BYTES = {chr(byte): byte for byte in _PRINTED} | {
    chr(256 + place): byte for place, byte in enumerate(_OTHERS)
}
"""The byte behind each letter in the tokens of byte-level tokenizers, as GPT-2 writes them.

Bytes that can be printed are letters themselves, the others are those from 256 on.
"""

type TransformersTokenizer = Any
"""A ``PreTrainedTokenizerBase``, whose types do not describe its attributes."""


class HuggingFaceTokenizer(Tokenizer):
    """A tokenizer of transformers."""

    def __init__(
        self, tokenizer: TransformersTokenizer, context_length: int, *, is_padded: bool = False
    ) -> None:
        """Wrap a tokenizer.

        Args:
            tokenizer: A ``PreTrainedTokenizerBase``.
            context_length: The most tokens of a text, unless the tokenizer allows fewer.
            is_padded: Whether every text is padded to the full context. Default ``False``.

        Raises:
            InputError: If the tokenizer does not say how many tokens it allows.
        """
        self.context_length = min(context_length, _longest_text(tokenizer))
        self._tokenizer, self._is_padded = tokenizer, is_padded

    @override
    def _encode(self, text: str) -> tuple[list[int], Sequence[bool], Sequence[Span]]:
        encoded = self._tokenizer(
            text,
            padding="max_length" if self._is_padded else False,
            max_length=self.context_length if self._is_padded else None,
            return_special_tokens_mask=True,
            return_offsets_mapping=self._tokenizer.is_fast,
            verbose=False,  # texts that are too long are refused, not warned of
        )
        ids = encoded["input_ids"]
        # a special token may also be written in the text itself
        written = np.isin(ids, _special_ids(self._tokenizer))
        is_special = written | np.array(encoded["special_tokens_mask"], dtype=bool)
        if self._tokenizer.is_fast:
            return ids, is_special.tolist(), self._without_blanks(ids, encoded["offset_mapping"])
        pieces = _pieces(self._tokenizer, ids, is_special)
        return ids, is_special.tolist(), covering(aligned(pieces, text), text)

    def _without_blanks(self, ids: list[int], spans: Sequence[Span]) -> list[Span]:
        """Leave a letter to the token that has it, not to the blank that is put before it."""
        following = [*spans[1:], (0, 0)]
        return [
            (start, start)
            if start == after < end_after and not self._letters(token)
            else (start, end)
            for token, (start, end), (after, end_after) in zip(ids, spans, following, strict=True)
        ]

    def _letters(self, token: int) -> str:
        return str(self._tokenizer.decode([token])).strip()

    @override
    def name(self, token: int) -> str:
        return self._letters(token) or str(self._tokenizer.convert_ids_to_tokens(token))

    @property
    @override
    def _vocabulary_size(self) -> int:
        return len(self._tokenizer)

    @property
    @override
    def _placeholder(self) -> int | None:
        """The mask token, or else the unknown token unless it also begins, ends or pads texts."""
        if self._tokenizer.mask_token_id is not None:
            return int(self._tokenizer.mask_token_id)
        unknown = self._tokenizer.unk_token_id
        return None if unknown in (None, *_special_ids(self._tokenizer)) else int(unknown)


class WrappedTokenizer(HuggingFaceTokenizer):
    """A tokenizer of transformers in open_clip's wrapper, which cleans and pads texts."""

    def __init__(
        self, wrapper: HFTokenizer, context_length: int, *, is_padded: bool = False
    ) -> None:
        """Wrap the wrapper; see :class:`HuggingFaceTokenizer`."""
        super().__init__(wrapper.tokenizer, context_length, is_padded=is_padded)
        self._wrapper = wrapper

    @override
    def _encode(self, text: str) -> tuple[list[int], Sequence[bool], Sequence[Span]]:
        cleaned = self._wrapper.clean_fn(text)
        n_tokens = len(self._tokenizer(cleaned, verbose=False)["input_ids"])
        if getattr(self._wrapper, "tokenizer_mode", "") == "clips":  # it adds a class token
            n_tokens += 1
        wanted = max(n_tokens, self.context_length)  # so that nothing is cut off silently
        ids = self._wrapper([text], context_length=wanted)[0].tolist()
        if not self._is_padded:
            ids = ids[:n_tokens]
        special = np.isin(ids, _special_ids(self._tokenizer))
        if self._wrapper.strip_sep_token:  # it becomes a zero
            special |= np.array(ids) == 0
        spans = aligned_unescaped(_pieces(self._tokenizer, ids, special), text)
        return ids, special.tolist(), covering(spans, text)


class OpenClipTokenizer(Tokenizer):
    """The tokenizer of OpenAI's CLIP, as in open_clip."""

    def __init__(
        self, tokenizer: SimpleTokenizer, context_length: int, *, is_padded: bool = False
    ) -> None:
        """Wrap a tokenizer; see :class:`HuggingFaceTokenizer`."""
        self.context_length = context_length
        self._tokenizer, self._is_padded = tokenizer, is_padded

    @override
    def _encode(self, text: str) -> tuple[list[int], Sequence[bool], Sequence[Span]]:
        begin, end = self._tokenizer.sot_token_id, self._tokenizer.eot_token_id
        ids = [begin, *self._tokenizer.encode(text), end]
        special = [token in self._tokenizer.all_special_ids for token in ids]
        pieces = [b"" if s else self._bytes(t) for t, s in zip(ids, special, strict=True)]
        spans = covering(aligned_unescaped(pieces, text), text)
        n_padding = self.context_length - len(ids) if self._is_padded else 0
        ids += [0] * n_padding
        special += [True] * n_padding
        spans += [(len(text), len(text))] * n_padding
        return ids, special, spans

    def _bytes(self, token: int) -> bytes:
        letters = self._tokenizer.decoder[token].removesuffix("</w>")
        return bytes(self._tokenizer.byte_decoder[letter] for letter in letters)

    @override
    def name(self, token: int) -> str:
        if token in self._tokenizer.all_special_ids:
            return str(self._tokenizer.decoder[token])
        return self._bytes(token).decode(errors="replace").strip()

    @property
    @override
    def _vocabulary_size(self) -> int:
        return int(self._tokenizer.vocab_size)

    @property
    @override
    def _placeholder(self) -> int | None:
        return None


def _longest_text(tokenizer: TransformersTokenizer) -> int:
    """Return the most tokens of a text that a tokenizer allows.

    Args:
        tokenizer: A ``PreTrainedTokenizerBase``.

    Raises:
        InputError: If it does not say a number, which its own functions do not expect.
    """
    longest = tokenizer.model_max_length
    is_number = isinstance(longest, int | float) and not isinstance(longest, bool)
    if not is_number or longest < 1 or longest % 1:  # the rest of infinity is NaN, which is true
        msg = (
            "must have a tokenizer that can be used, got one with a broken setting "
            "(tokenizer_config.json: model_max_length must be a whole number of at least 1, "
            f"got {brief(longest)})."
        )
        raise InputError("model", msg)
    return int(longest)


def _special_ids(tokenizer: TransformersTokenizer) -> list[int]:
    roles = ("bos", "eos", "pad", "cls", "sep")
    ids = (getattr(tokenizer, f"{role}_token_id") for role in roles)
    return [token for token in ids if token is not None]


def _pieces(
    tokenizer: TransformersTokenizer, ids: list[int], is_special: np.ndarray
) -> list[bytes | None]:
    """Return the bytes that each token stands for; see :func:`aligned`."""
    return [
        b"" if special else _piece(tokenizer, token)
        for token, special in zip(ids, is_special, strict=True)
    ]


def _piece(tokenizer: TransformersTokenizer, token: int) -> bytes | None:
    if token == tokenizer.unk_token_id:
        return None
    name = tokenizer.convert_ids_to_tokens(token)
    if byte := re.fullmatch(r"<0x([0-9A-F]{2})>", name):  # a letter that sentencepiece splits
        return bytes.fromhex(byte[1])
    letters = str(tokenizer.decode([token]))
    if "\ufffd" in letters and set(name) <= _BYTES.keys():  # a letter that byte-level BPE splits
        return bytes(_BYTES[letter] for letter in name.removesuffix("</w>")).strip()
    letters = letters.replace("▁", " ").strip()
    return re.sub(r"^##(?=\w)", "", letters).encode()  # how BERT marks that a word goes on
