"""Which part of a text each token stands for, if the tokenizer does not say it.

Tokenizers change texts before they split them: they drop case, accents or punctuation. So tokens
are searched for, one by one, in four forms of the text: as it stands, without case, also with plain
letters in the place of ligatures and full-width ones, and without all that may be dropped.
"""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shapiq_fixlip.encoders.tokenizer import Span

__all__ = ["aligned", "aligned_unescaped", "covering"]

_ENTITY = re.compile(r"&(?:amp;)*#?\w+;")
"""An HTML entity, which may be escaped itself."""


_PLAIN_QUOTES = str.maketrans("\u2018\u2019\u201a\u201b\u201c\u201d\u201e", "''''\"\"\"")


def aligned(pieces: Sequence[bytes | None], text: str) -> list[Span]:
    """Find one piece after the other in a text.

    Args:
        pieces: What each token stands for in UTF-8, which may be a part of a letter; empty for
            special tokens and blanks; ``None`` if unknown.
        text: The text before it was split.

    Returns:
        Where each piece begins and ends, in reading order if it stands for letters. Pieces that are
        not found stand for what is between those that are: for a word or a letter each if there are
        as many, or else each of them for all of it.

    >>> aligned([b"", b"hydr", b"ants", b""], "Two Hydrants!")
    [(0, 0), (4, 8), (8, 12), (12, 12)]
    >>> aligned([b"a", b"dogs", b"bowl"], "a dog's bowl")
    [(0, 1), (2, 7), (8, 12)]
    >>> aligned([None, None, b"dog"], "\u72d7\u72ac, dog")
    [(0, 3), (0, 3), (4, 7)]
    """
    streams = [_Stream(text, change) for change in _FORMS]
    found: list[Span | None] = []
    n_missed = 0
    for piece in pieces:
        if piece == b"":
            found.append(None)
            continue
        span = _find(piece, streams, n_missed) if piece else None
        found.append(span or _rest_of_letter(streams))
        n_missed = 0 if found[-1] else n_missed + 1
    return _completed(found, pieces, text)


def _completed(found: list[Span | None], pieces: Sequence[bytes | None], text: str) -> list[Span]:
    """Place the pieces that were not found between those that were."""
    spans: list[Span] = []
    waiting: list[bytes | None] = []
    end = 0
    for span, piece in zip([*found, (len(text), len(text))], [*pieces, b""], strict=True):
        if span is None:
            waiting.append(piece)
            continue
        shares = _shared_out(text, end, span[0], sum(each != b"" for each in waiting))
        for each in waiting:
            place = spans[-1][1] if spans else 0
            spans.append((place, place) if each == b"" else next(shares))
        waiting, end = [], span[1]
        spans.append(span)
    return spans[:-1]


def _shared_out(text: str, start: int, end: int, n_pieces: int) -> Iterator[Span]:
    """Say which part of the text between two places each of some pieces stands for."""
    for part in (r"\S+", r"\S"):
        spans = [match.span() for match in re.compile(part).finditer(text, start, end)]
        if len(spans) == n_pieces:
            return iter(spans)
    return repeat((spans[0][0], spans[-1][1]) if spans else (start, start), n_pieces)


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

    def begun(self) -> int | None:
        """Return the letter of which a part was found, and the present place is the next part."""
        here, before = self._owner[self._place :][:1], self._owner[: self._place][-1:]
        return int(here[0]) if np.array_equal(here, before) and len(here) else None

    def advance(self, piece: bytes, span: Span) -> None:
        """Move behind a piece that was found here, or behind its letters if in another stream."""
        found = self._bytes.find(piece, self._place)
        is_here = bool(piece) and found >= 0 and self._owner[found] == span[0]
        behind = int(np.searchsorted(self._owner, span[1]))
        self._place = found + len(piece) if is_here else behind


def _find(piece: bytes, streams: Sequence[_Stream], n_missed: int) -> Span | None:
    """Find a piece at the present place, in the words ahead, or where it is unique.

    Of several streams in which it is found, the one that is least far decides: a stream cannot stay
    inside a letter of which another one makes several.
    """
    letters = piece.decode(errors="replace")
    is_whole = "\ufffd" not in letters  # not a part of a letter
    forms = [change(letters).encode() if is_whole else piece for change in _FORMS[:-1]]
    forms.append(_folded(letters).encode())
    is_punctuation = not forms[-1]
    n_words = 1 if is_punctuation else n_missed + 2
    searches: list[Callable[[_Stream, bytes], Span | None]] = [
        lambda stream, form: stream.here(form),
        lambda stream, form: stream.ahead(form, n_words),
    ]
    if not is_punctuation:
        searches.append(lambda stream, form: stream.anywhere(form))
    searched = [(stream, form) for stream, form in zip(streams, forms, strict=True) if form]
    for search in searches:
        spans = [span for each in searched if (span := search(*each)) is not None]
        if spans:
            nearest = min(spans, key=lambda span: span[0])
            for stream, form in zip(streams, forms, strict=True):
                stream.advance(form, nearest)
            return nearest
    return None


def _rest_of_letter(streams: Sequence[_Stream]) -> Span | None:
    """Return the letter of which only a part was found so far, if there is one, and leave it."""
    begun = [letter for stream in streams if (letter := stream.begun()) is not None]
    if not begun:
        return None
    span = min(begun), min(begun) + 1
    for stream in streams:
        stream.advance(b"", span)
    return span


def _plain(text: str) -> str:
    """Drop case and make quotes straight."""
    return text.lower().translate(_PLAIN_QUOTES)


def _compatible(text: str) -> str:
    """Drop case, and write ligatures and full-width letters as plain ones."""
    return "".join(unicodedata.normalize("NFKC", _plain(text)).split())


def _folded(text: str) -> str:
    """Drop case, accents and punctuation."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if unicodedata.category(letter)[0] not in "MP" and letter != "\ufffd"
    )


_FORMS: tuple[Callable[[str], str], ...] = (str, _plain, _compatible, _folded)
"""The forms of a text, from the closest to that in which the least is left."""


def covering(spans: Sequence[Span], text: str) -> list[Span]:
    """Add what no token covers of a word to its tokens, as cleaning a text drops it.

    Such letters leave together with what is left of their word. A word of which no token is left
    stays uncovered.

    Args:
        spans: Where each token begins and ends, as :func:`aligned` returns them.
        text: The text before it was cleaned and split.

    >>> covering([(0, 4), (5, 6), (11, 15)], "cats &amp; dogs")
    [(0, 4), (5, 10), (11, 15)]
    """
    is_free = [not letter.isspace() for letter in text]
    for start, end in spans:
        is_free[start:end] = [False] * (end - start)
    covered = list(spans)
    for match in re.finditer("1+", "".join(map(str, map(int, is_free)))):
        first, last = match.span()
        before = [i for i, (start, end) in enumerate(covered) if start < end == first]
        after = [i for i, (start, end) in enumerate(covered) if last == start < end]
        for i in before or after:
            start, end = covered[i]
            covered[i] = (start, last) if before else (first, end)
    return covered


def aligned_unescaped(pieces: Sequence[bytes | None], text: str) -> list[Span]:
    """Find pieces as :func:`aligned` does, in a text whose HTML entities are resolved first.

    >>> aligned_unescaped([b"cats", b"&", b"dogs"], "cats &amp; dogs")
    [(0, 4), (5, 10), (11, 15)]
    """
    plain, places, end = "", [], 0
    for match in _ENTITY.finditer(text):
        meaning = html.unescape(html.unescape(match[0]))
        if meaning != match[0]:
            plain += text[end : match.start()] + meaning
            places += [(i, i + 1) for i in range(end, match.start())]
            places += [match.span()] * len(meaning)
            end = match.end()
    plain += text[end:]
    places += [(i, i + 1) for i in range(end, len(text))]
    places.append((len(text), len(text)))
    return [
        (places[start][0], places[last - 1][1] if last > start else places[start][0])
        for start, last in aligned(pieces, plain)
    ]
