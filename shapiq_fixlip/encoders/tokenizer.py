"""What a tokenizer offers: tokens that know the part of the text they stand for."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PreparedText", "Span", "Tokenizer", "stripped"]

type Span = tuple[int, int]
"""Where a part of a text begins and ends."""


@dataclass(frozen=True)
class PreparedText:
    """A text as a tower takes it, on the CPU.

    Attributes:
        ids: Token ids, of shape ``(1, L)``.
        attention_mask: Of shape ``(1, L)``, one where the model attends to the token.
        tokens: What every token says: the part of the text that it stands for, or else its own
            name. Tokens that share a letter all say it.
        spans: Where that part begins and ends; ``(i, i)`` for tokens without one.
        is_special: Which tokens begin, end or pad the text, of shape ``(L,)``.
    """

    ids: torch.Tensor
    attention_mask: torch.Tensor
    tokens: tuple[str, ...]
    spans: tuple[Span, ...]
    is_special: np.ndarray


class Tokenizer(ABC):
    """Splits texts into the tokens of a model.

    Attributes:
        context_length: The most tokens of a text, special ones included.
    """

    context_length: int

    @abstractmethod
    def _encode(self, text: str) -> tuple[list[int], Sequence[bool], Sequence[Span]]:
        """Return the ids of the tokens, which of them are special, and their spans."""

    @abstractmethod
    def name(self, token: int) -> str:
        """Return a readable name of a token by itself."""

    @property
    @abstractmethod
    def _vocabulary_size(self) -> int:
        """The number of different tokens."""

    @property
    @abstractmethod
    def _placeholder(self) -> int | None:
        """The token that stands for a missing or unknown one; ``None`` if the model has none."""

    def prepare(self, text: str) -> PreparedText:
        """Split a text into tokens.

        Raises:
            InputError: If the text has more tokens than the context holds.
        """
        ids, is_special, spans = self._encode(text)
        if len(ids) > self.context_length:
            msg = (
                f"must have at most {self.context_length} tokens, those that begin and end it "
                f"included, got {len(ids)}."
            )
            raise InputError("text", msg)
        spans = _with_marks([stripped(span, text) for span in spans], text)
        tokens = (
            text[start:end] or self.name(token)
            for token, (start, end) in zip(ids, spans, strict=True)
        )
        return PreparedText(
            ids=torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            tokens=tuple(tokens),
            spans=tuple(spans),
            is_special=np.array(is_special, dtype=bool),
        )

    def fits(self, text: str) -> bool:
        """Return whether a text has no more tokens than the context holds."""
        return len(self._encode(text)[0]) <= self.context_length

    def replacement(self, text: str | None = None) -> int:
        """Return the token that takes the place of others.

        Args:
            text: A text of one token. Default: what the model was trained to see in the place of a
                hidden or unknown token, or else a full stop.

        Raises:
            InputError: If the text does not have exactly one token.
        """
        if text is None:
            if self._placeholder is not None:
                return self._placeholder
            text = "."
        ids = self._ordinary(text)
        if len(ids) != 1:
            msg = (
                f"must have a replacement of exactly one token, got {text!r}, which has {len(ids)}."
            )
            raise InputError("text_removal", msg)
        return ids[0]

    def random_words(
        self, size: int, rng: np.random.Generator, besides: Sequence[str] = ()
    ) -> list[str]:
        """Draw words that are one token each, or fewer if the vocabulary does not have as many.

        Args:
            size: How many words are drawn.
            rng: The only source of randomness.
            besides: Words that are left out, in lower case.
        """
        words: list[str] = []
        for token in rng.permutation(self._vocabulary_size):
            if len(words) == size:
                break
            word = self.name(int(token))
            if word.isalpha() and word.lower() not in besides and self._ordinary(word) == [token]:
                words.append(word)
        return words

    def _ordinary(self, text: str) -> list[int]:
        ids, is_special, _ = self._encode(text)
        return [token for token, special in zip(ids, is_special, strict=True) if not special]


def stripped(span: Span, text: str) -> Span:
    """Cut blanks off both ends of a part of a text."""
    start, end = span
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return start, max(start, start + len(part.strip()))


def _with_marks(spans: list[Span], text: str) -> list[Span]:
    """Add accents and other marks of which no token is left to the letters they stand on."""
    is_free = [unicodedata.category(letter)[0] == "M" for letter in text]
    for start, end in spans:
        is_free[start:end] = [False] * (end - start)
    n_marks = [0] * (len(text) + 1)  # free ones from a place on
    for place in reversed(range(len(text))):
        n_marks[place] = n_marks[place + 1] + 1 if is_free[place] else 0
    return [
        (start if end > start else end + n_marks[end], end + n_marks[end]) for start, end in spans
    ]
