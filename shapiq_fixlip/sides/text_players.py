"""Player maps of texts: which parts of a text are players.

Tokens of no player always stay, among them those that begin, end or pad the text. All is checked
without a model, except how players and tokens fit: a token cannot leave in part, so it belongs to
one player as a whole, who is called by all that it says.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

import numpy as np

from shapiq_fixlip.encoders.tokenizer import stripped
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.sides.players import LETTERS_WITHOUT_BLANKS, merged, occurrences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shapiq_fixlip.encoders.tokenizer import PreparedText, Span

__all__ = ["Fixed", "Phrases", "ReadText", "Template", "TextPlayers", "Tokens", "Words"]

_NOBODY = -1


@dataclass(frozen=True)
class ReadText:
    """A text and its players.

    Attributes:
        text: As the model gets it.
        spans: Where each player begins and ends, in reading order or in that of the user; ``None``
            if every token is a player.
        is_strict: Whether the tokenizer must leave something of every player, and none of its
            tokens may reach beyond one. Otherwise players of which it leaves nothing are dropped,
            and those that share a token are one, in reading order.
    """

    text: str
    spans: tuple[Span, ...] | None
    is_strict: bool = False


class TextPlayers(ABC):
    """Says which parts of a text are players.

    Attributes:
        kind: What one player is called.
    """

    kind = "word"

    @override
    @abstractmethod
    def __str__(self) -> str:
        """Return how the map is written on the command line."""

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    @abstractmethod
    def read(self, text: str) -> ReadText:
        """Find the players in a text, without any model.

        Raises:
            InputError: If they are not in it.
        """


class Tokens(TextPlayers):
    """Every token of the model, which may be a part of a word (default)."""

    @override
    def read(self, text: str) -> ReadText:
        return ReadText(text, None)

    @override
    def __str__(self) -> str:
        return "tokens"


class Words(TextPlayers):
    """Words between blanks, with their punctuation; in Chinese and Japanese every letter.

    Words that share a token of the model are one player.

    Examples:
        >>> read = Words().read("A black-and-white dog , asleep!")
        >>> [read.text[start:end] for start, end in read.spans]
        ['A', 'black-and-white', 'dog ,', 'asleep!']
    """

    _word = re.compile(
        rf"[{LETTERS_WITHOUT_BLANKS}][^\w\s]*|[^\s{LETTERS_WITHOUT_BLANKS}]+", re.UNICODE
    )

    @override
    def read(self, text: str) -> ReadText:
        spans: list[Span] = []
        leading: int | None = None
        for match in self._word.finditer(text):
            start, end = match.span()
            if not _is_punctuation(match[0]):
                spans.append((start if leading is None else leading, end))
                leading = None
            elif spans:
                spans[-1] = (spans[-1][0], end)
            elif leading is None:
                leading = start
        if leading is not None:  # the text is nothing but punctuation
            spans.append((leading, len(text.rstrip())))
        return ReadText(text, tuple(spans))

    @override
    def __str__(self) -> str:
        return "words"


def _is_punctuation(word: str) -> bool:
    return all(unicodedata.category(letter)[0] == "P" for letter in word)


class Phrases(TextPlayers):
    """Some parts of the text, each made of whole tokens of the model; the rest always stays.

    Examples:
        >>> read = Phrases(["black dog", "hydrant"]).read("a black dog next to a hydrant")
        >>> read.spans
        ((2, 11), (22, 29))
    """

    kind = "phrase"

    def __init__(self, phrases: Sequence[str]) -> None:
        """Choose the phrases.

        Args:
            phrases: As they stand in the text. If one occurs several times, the first occurrence
                is meant; a phrase that is given twice means the first two.

        Raises:
            InputError: If there are none, or one is blank.
        """
        given: object = phrases
        is_list = isinstance(given, Iterable) and not isinstance(given, str)
        parts: list[object] = list(phrases) if is_list else []
        if not parts or not all(isinstance(part, str) and part.strip() for part in parts):
            msg = f"must be a list of parts of the text, none of them blank, got {phrases!r}."
            raise InputError("phrases", msg)
        self.phrases = tuple(map(str, parts))

    @override
    def read(self, text: str) -> ReadText:
        spans: list[Span] = []
        for phrase in self.phrases:
            # whole words come first: "cat" does not mean a part of "category"
            found = [span for span in occurrences(phrase, text) if text[slice(*span)] == phrase]
            found = found or [match.span() for match in re.finditer(re.escape(phrase), text)]
            free = [span for span in found if span not in spans]
            if not free:
                where = "does not occur again" if found else "is not there"
                msg = f"must occur in the text {brief(text)}, got {brief(phrase)}, which {where}."
                raise InputError("phrases", msg)
            spans.append(free[0])
        for first, second in zip(sorted(spans), sorted(spans)[1:], strict=False):
            if first[1] > second[0]:
                msg = f"must not overlap, got {text[slice(*first)]!r} and {text[slice(*second)]!r}."
                raise InputError("phrases", msg)
        return ReadText(text, tuple(spans), is_strict=True)

    @override
    def __str__(self) -> str:
        return f"phrases:{';'.join(self.phrases)}"


class Template(TextPlayers):
    """What stands in braces, in whole tokens; the model gets the text without the braces.

    Examples:
        >>> Template().read("a photo of a {black dog}")
        ReadText(text='a photo of a black dog', spans=((13, 22),), is_strict=True)
    """

    kind = "phrase"

    @override
    def read(self, text: str) -> ReadText:
        parts = re.split(r"\{([^{}]*)\}", text)  # outside and inside braces in turn
        outside, inside = parts[::2], parts[1::2]
        is_matched = not any(brace in part for part in outside for brace in "{}")
        if not inside or not is_matched or not all(part.strip() for part in inside):
            msg = (
                "must be a template whose players stand in braces, such as "
                f"'a photo of a {{dog}}', got {text!r}."
            )
            raise InputError("text", msg)
        plain = outside[0]
        spans: list[Span] = []
        for player, rest in zip(inside, outside[1:], strict=True):
            spans.append((len(plain), len(plain) + len(player)))
            plain += player + rest
        return ReadText(plain, tuple(spans), is_strict=True)

    @override
    def __str__(self) -> str:
        return "template"


class Fixed(TextPlayers):
    """No players: the whole text always stays, so that the image alone is explained."""

    @override
    def read(self, text: str) -> ReadText:
        return ReadText(text, ())

    @override
    def __str__(self) -> str:
        return "fixed"


def token_players(prepared: PreparedText, read: ReadText) -> tuple[NDArray[np.intp], list[str]]:
    """Assign every token to a player.

    A token belongs to the player with whom it shares letters. One without letters, which stands for
    a blank, belongs to the player of the next token.

    Args:
        prepared: The text as a tower takes it.
        read: The text and its players.

    Returns:
        Each token's player, -1 for none, of shape ``(L,)``, and what each player says.

    Raises:
        InputError: If a token reaches beyond a player, or the tokenizer leaves nothing of one, and
            players are strict.
    """
    ordinary = np.flatnonzero(~prepared.is_special)
    token_player = np.full(len(prepared.is_special), _NOBODY)
    if read.spans is None:
        token_player[ordinary] = np.arange(len(ordinary))
        return token_player, [prepared.tokens[i] for i in ordinary]
    start, end = np.array(prepared.spans)[ordinary].T
    tokens = [prepared.spans[i] for i in ordinary[start < end]]
    players = _with_whole_tokens(read, read.spans, tokens)
    if not players:
        return token_player, []
    first, last = np.array(players).T
    is_shared = np.minimum(end[:, None], last) > np.maximum(start[:, None], first)
    owner = np.where(is_shared.any(axis=1), is_shared.argmax(axis=1), _NOBODY)
    for i in reversed(np.flatnonzero(start == end)):
        owner[i] = owner[i + 1] if i + 1 < len(owner) else _NOBODY
    present = np.unique(owner[owner != _NOBODY])
    says = [" ".join(read.text[slice(*span)].split()) for span in players]
    if read.is_strict and len(present) < len(says):
        lost = np.setdiff1d(np.arange(len(says)), present)[0]
        msg = f"must have at least one token for every player, got none for {says[lost]!r}."
        raise InputError("text", msg)
    owner[owner != _NOBODY] = np.searchsorted(present, owner[owner != _NOBODY])
    token_player[ordinary] = owner
    return token_player, [says[i] for i in present]


def _with_whole_tokens(read: ReadText, spans: Sequence[Span], tokens: Sequence[Span]) -> list[Span]:
    """Merge players that share a token, or refuse strict ones beyond which a token reaches.

    Args:
        read: The text and how strict its players are.
        spans: Where each player begins and ends.
        tokens: Where each token that has letters begins and ends.
    """
    players = [stripped(span, read.text) for span in spans]
    if not read.is_strict:
        wholes = merged([*players, *tokens])
        return [(a, b) for a, b in wholes if any(a <= first < b for first, _ in players)]
    for player in players:
        first, last = player
        wholes = merged([player, *tokens])
        whole = next((each for each in wholes if each[0] <= first < each[1]), player)
        if whole != player:
            cut = next((a, b) for a, b in tokens if a < first < b or a < last < b)
            got, token, fit = (brief(read.text[slice(*part)]) for part in (player, cut, whole))
            msg = f"must not cut a token of the model, got {got} of {token}; {fit} would do."
            raise InputError("text_players", msg)
    return players
