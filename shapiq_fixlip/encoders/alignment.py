"""Which part of a text a token stands for, where the tokenizer does not tell.

Tokenizers change texts before they split them: they drop case, accents or punctuation. So tokens
are looked for, one after the other, in the letters of the text and in what is left of them.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapiq_fixlip.encoders.tokenizer import Span

__all__ = ["aligned"]


def aligned(pieces: Sequence[bytes], text: str) -> list[Span]:
    """Find one piece after the other in a text.

    Args:
        pieces: What each token stands for in UTF-8, perhaps a part of a letter; nothing for special
            tokens.
        text: The text before it was split.

    Returns:
        Where each piece begins and ends. A piece that is not found stands for the rest of the word
        that comes next, or for nothing at the end of the text.

    >>> aligned([b"", b"hydr", b"ants", b""], "Two Hydrants!")
    [(0, 0), (4, 8), (8, 12), (12, 12)]
    >>> aligned([b"a", b"dogs", b"bowl"], "a dog's bowl")
    [(0, 1), (2, 7), (8, 12)]
    """
    streams = _Stream(text, str.lower), _Stream(text, _folded)
    spans: list[Span] = []
    end = 0
    for piece in pieces:
        span = _find(piece, streams) if piece else (end, end)
        if span is None:
            spans.append(_next_word(text, end))
            continue
        spans.append(span)
        end = span[1]
    return spans


class _Stream:
    """The letters of a text after some change, without blanks, as bytes that know their letter."""

    def __init__(self, text: str, change: Callable[[str], str]) -> None:
        letters = ["" if letter.isspace() else change(letter) for letter in text]
        sizes = [len(letter.encode()) for letter in letters]
        self._bytes = "".join(letters).encode()
        self._owner = np.repeat(np.arange(len(text)), sizes)
        self._place = 0
        words = np.cumsum([letter.isspace() for letter in text], dtype=int)
        self._word = words[self._owner]

    def find(self, piece: bytes, *, at_once: bool) -> Span | None:
        """Look for a piece right here, or else up to the end of the next word."""
        last = self._place + len(piece)
        if not at_once and self._place < len(self._word):
            later = np.flatnonzero(self._word[self._place :] > self._word[self._place])
            next_word = self._word[self._place + later[0]] if len(later) else self._word[-1]
            last = int(np.searchsorted(self._word, next_word, side="right"))
        found = self._bytes.find(piece, self._place, last)
        if found < 0:
            return None
        return int(self._owner[found]), int(self._owner[found + len(piece) - 1]) + 1

    def advance(self, piece: bytes, span: Span) -> None:
        """Go on behind a piece that was found here, or behind its letters if in another stream."""
        found = self._bytes.find(piece, self._place)
        is_here = bool(piece) and found >= 0 and self._owner[found] == span[0]
        behind = int(np.searchsorted(self._owner, span[1]))
        self._place = found + len(piece) if is_here else behind


def _find(piece: bytes, streams: tuple[_Stream, _Stream]) -> Span | None:
    """Find a piece in one of the streams, right here before further on."""
    forms = piece.lower(), _folded(piece.decode(errors="replace")).encode()
    for at_once in (True, False):
        for form, stream in zip(forms, streams, strict=True):
            span = stream.find(form, at_once=at_once) if form else None
            if span is not None:
                for own_form, other in zip(forms, streams, strict=True):
                    other.advance(own_form, span)
                return span
    return None


def _folded(text: str) -> str:
    """Drop case, accents and punctuation."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.lower())
        if unicodedata.category(letter)[0] not in "MP"
    )


def _next_word(text: str, place: int) -> Span:
    """Return the rest of the word at a place, or the next one."""
    rest = text[place:]
    start = place + len(rest) - len(rest.lstrip())
    return start, start + len(text[start:].split(maxsplit=1)[0]) if start < len(text) else start
