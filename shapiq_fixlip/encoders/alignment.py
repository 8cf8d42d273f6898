"""Which part of a text each token stands for, if the tokenizer does not say it.

Tokenizers change texts before they split them: they drop case, accents or punctuation. So tokens
are searched for, one by one, in two forms of the text: one without case, one without all three.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapiq_fixlip.encoders.tokenizer import Span

__all__ = ["aligned"]


_PLAIN_QUOTES = str.maketrans("\u2018\u2019\u201a\u201b\u201c\u201d\u201e", "''''\"\"\"")


def aligned(pieces: Sequence[bytes], text: str) -> list[Span]:
    """Find one piece after the other in a text.

    Args:
        pieces: What each token stands for in UTF-8, which may be a part of a letter; empty for
            special tokens.
        text: The text before it was split.

    Returns:
        Where each piece begins and ends. A piece that is not found stands for the next word, but
        ends where the next found piece begins; several in a row stand for one word each.

    >>> aligned([b"", b"hydr", b"ants", b""], "Two Hydrants!")
    [(0, 0), (4, 8), (8, 12), (12, 12)]
    >>> aligned([b"a", b"dogs", b"bowl"], "a dog's bowl")
    [(0, 1), (2, 7), (8, 12)]
    """
    streams = _Stream(text, _plain), _Stream(text, _folded)
    spans: list[Span] = []
    is_found: list[bool] = []
    end = n_missed = 0
    for piece in pieces:
        span = _find(piece, streams, n_missed) if piece else (end, end)
        is_found.append(span is not None)
        if span is None:
            spans.append(_next_word(text, end, n_missed))
            n_missed += 1
        else:
            spans.append(span)
            n_missed, end = (0, span[1]) if piece else (n_missed, end)
    return _without_overlaps(spans, is_found)


def _without_overlaps(spans: list[Span], is_found: list[bool]) -> list[Span]:
    """End spans of pieces that were not found where the next found piece begins."""
    cut: list[Span] = []
    limit: int | None = None
    for (start, end), found in zip(reversed(spans), reversed(is_found), strict=True):
        if found:
            cut.append((start, end))
            limit = start if end > start else limit
        else:
            last = end if limit is None else min(end, limit)
            cut.append((min(start, last), last))
    return cut[::-1]


class _Stream:
    """A text as bytes, after some change and without blanks, with the letter of each byte."""

    def __init__(self, text: str, change: Callable[[str], str]) -> None:
        letters = ["" if letter.isspace() else change(letter) for letter in text]
        sizes = [len(letter.encode()) for letter in letters]
        self._bytes = "".join(letters).encode()
        self._owner = np.repeat(np.arange(len(text)), sizes)
        words = np.cumsum([letter.isspace() for letter in text], dtype=int)
        _, self._word = np.unique(words[self._owner], return_inverse=True)
        self._place = 0

    def here(self, piece: bytes) -> Span | None:
        """Search for a piece at exactly the present place."""
        return self._found(piece, self._place + len(piece))

    def ahead(self, piece: bytes, n_words: int) -> Span | None:
        """Search for a piece in some words, of which the present one is the first."""
        if self._place >= len(self._word):
            return None
        last = np.searchsorted(self._word, self._word[self._place] + n_words)
        return self._found(piece, int(last))

    def anywhere(self, piece: bytes) -> Span | None:
        """Search for a piece in the rest of the text, if it occurs there exactly once."""
        if self._bytes.count(piece, self._place) != 1:
            return None
        return self._found(piece, len(self._bytes))

    def _found(self, piece: bytes, last: int) -> Span | None:
        found = self._bytes.find(piece, self._place, last)
        if found < 0:
            return None
        return int(self._owner[found]), int(self._owner[found + len(piece) - 1]) + 1

    def advance(self, piece: bytes, span: Span) -> None:
        """Move behind a piece that was found here, or behind its letters if in another stream."""
        found = self._bytes.find(piece, self._place)
        is_here = bool(piece) and found >= 0 and self._owner[found] == span[0]
        behind = int(np.searchsorted(self._owner, span[1]))
        self._place = found + len(piece) if is_here else behind


def _find(piece: bytes, streams: tuple[_Stream, _Stream], n_missed: int) -> Span | None:
    """Find a piece in a stream: at the present place, in the words ahead, or where it is unique."""
    letters = piece.decode(errors="replace")
    is_whole = "\ufffd" not in letters  # not a part of a letter
    forms = _plain(letters).encode() if is_whole else piece, _folded(letters).encode()
    is_punctuation = not forms[1]
    n_words = 1 if is_punctuation else n_missed + 2
    searches: list[Callable[[_Stream, bytes], Span | None]] = [
        lambda stream, form: stream.here(form),
        lambda stream, form: stream.ahead(form, n_words),
    ]
    if not is_punctuation:
        searches.append(lambda stream, form: stream.anywhere(form))
    for search in searches:
        for form, stream in zip(forms, streams, strict=True):
            span = search(stream, form) if form else None
            if span is not None:
                for own_form, other in zip(forms, streams, strict=True):
                    other.advance(own_form, span)
                return span
    return None


def _plain(text: str) -> str:
    """Drop case and make quotes straight."""
    return text.lower().translate(_PLAIN_QUOTES)


def _folded(text: str) -> str:
    """Drop case, accents and punctuation."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if unicodedata.category(letter)[0] not in "MP" and letter != "\ufffd"
    )


def _next_word(text: str, place: int, n_skipped: int) -> Span:
    """Return the rest of the word at a place, or the next word, after some skipped words."""
    words = [match.span() for match in re.finditer(r"\S+", text[place:])]
    if n_skipped >= len(words):
        return len(text), len(text)
    start, end = words[n_skipped]
    return place + start, place + end
