"""The text of the pair, its players and their removal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, override

import numpy as np

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE, TowerSide
from shapiq_fixlip.sides.parsing import as_text_players, as_text_removal
from shapiq_fixlip.sides.players import distinct_names, players_saying, with_background
from shapiq_fixlip.sides.text_players import Fixed, TextPlayers, token_players
from shapiq_fixlip.sides.text_removal import check_text_removal, make_text_removal
from shapiq_fixlip.sides.truncation import beginning_that_fits
from shapiq_fixlip.validation import check_flag, check_unicode

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.encoders.base import Outline, TextTower
    from shapiq_fixlip.sides.parsing import TextPlayersLike, TextRemovalLike
    from shapiq_fixlip.sides.text_players import ReadText
    from shapiq_fixlip.sides.text_removal import Replace
    from shapiq_fixlip.typing import TextRemovalName

__all__ = ["TextSide", "check_text_choices"]


def check_text_choices(
    text: str,
    text_players: TextPlayers,
    text_removal: TextRemovalName | Replace,
    outline: Outline | None = None,
    *,
    truncation: bool = False,
) -> ReadText:
    """Check that the choices fit a text and the model, before the model is loaded.

    Args:
        text: The text.
        text_players: Its player map.
        text_removal: How absent players leave it.
        outline: What is known of the model. Default: nothing.
        truncation: Whether a text may be longer than the model's context. Default ``False``.

    Returns:
        The text and its players.

    Raises:
        InputError: If the text is not a string, not valid Unicode, or blank, if it has more words
            than the model takes tokens, or if the choices do not fit.
    """
    if not isinstance(text, str):
        msg = f"must be a string, got {type(text).__name__}."
        raise InputError("text", msg)
    check_unicode("text", text)
    if not text.strip():
        msg = f"must have at least one word, got {text!r}."
        raise InputError("text", msg)
    if not isinstance(text_players, TextPlayers):
        msg = (
            "must be Tokens(), Words(), Phrases(...), Template() or Fixed(), "
            f"got {brief(text_players)}."
        )
        raise InputError("text_players", msg)
    check_text_removal(text_removal)
    check_flag("truncation", truncation)
    read = text_players.read(text)
    n_words = len(read.text.split())
    if outline is not None and n_words > outline.context_length and not truncation:
        msg = (
            f"must have at most {outline.context_length} tokens, got {n_words} words; "
            "with truncation, only the words that fit are explained."
        )
        raise InputError("text", msg)
    return read


def _beginning(read: ReadText, tower: TextTower) -> ReadText:
    """Return the whole words of a text that fit into the context, and the players among them.

    Raises:
        InputError: If not even one word fits, or a player that must be there does not.
    """
    text = read.text
    beginning = beginning_that_fits(text, tower.tokenizer)
    if beginning == text:
        return read
    end = len(beginning)
    if read.spans is None:
        return replace(read, text=beginning)
    outside = [span for span in read.spans if span[1] > end]
    if outside and read.is_strict:
        msg = (
            "must be in the part of the text that fits into the model's context, "
            f"got {brief(text[slice(*outside[0])])} after {brief(beginning)}."
        )
        raise InputError("text_players", msg)
    inside = tuple(span for span in read.spans if span not in outside)
    return replace(read, text=beginning, spans=inside)


class TextSide(TowerSide):
    """A text whose parts are players; tokens that begin, end or pad it always stay.

    Attributes:
        text: The text as the model gets it.
        unseen_text: The rest of a text that was cut, which the model does not get; empty if nothing
            was cut.
        text_labels: What each player says, in reading order unless phrases were given in another;
            unlike names, labels may be equal.
        joins_previous: Whether each player follows the one before without a blank, as parts of a
            word do.
        tower: The text tower.
        prepared: The text as the tower takes it.
        token_player: Each token's player, -1 for none, of shape ``(L,)``.
    """

    def __init__(
        self,
        tower: TextTower,
        text: str,
        *,
        text_players: TextPlayersLike = "tokens",
        text_removal: TextRemovalLike = "attention",
        truncation: bool = False,
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Split the text into tokens and assign them to players.

        Args:
            tower: The text tower.
            text: The text.
            text_players: Its player map. Default ``"tokens"``.
            text_removal: How players leave it; see :data:`~shapiq_fixlip.typing.TextRemovalName`.
                Default ``"attention"``.
            truncation: Whether to cut a text that has too many tokens, after the last whole word
                that fits. Default ``False``: it is refused.
            cache_size: The most embeddings that are kept. Default 65,536.
            verbose: Whether to show a progress bar while embedding.

        Raises:
            InputError: If the text is blank, longer than the tower's context, or without tokens for
                its players, or if the choices do not fit.
        """
        players = as_text_players(text_players)
        removal = as_text_removal(text_removal)
        given = check_text_choices(text, players, removal, truncation=truncation)
        read = _beginning(given, tower) if truncation else given
        self.text, self.unseen_text = read.text, given.text[len(read.text) :].strip()
        self.kind = players.kind
        self.tower, self.prepared = tower, tower.prepare(read.text)
        self.token_player, says = token_players(self.prepared, read)
        if not says and not isinstance(players, Fixed):
            msg = f"must have at least one token that is not special, got {text!r}."
            raise InputError("text", msg)
        self.text_labels = tuple(says)
        self.joins_previous = self._joins()
        self._removal = make_text_removal(removal, tower, read.text, self.prepared)
        super().__init__(
            distinct_names(self.text_labels),
            batch_size=tower.batch_size,
            cache_size=cache_size,
            verbose=verbose,
        )

    @property
    def token_shares(self) -> NDArray[np.float64]:
        """Which tokens belong to which player, ones and zeros of shape ``(n_players, L)``."""
        return np.equal.outer(np.arange(self.n_players), self.token_player).astype(np.float64)

    def _joins(self) -> tuple[bool, ...]:
        start, end = np.array(self.prepared.spans).T
        letters = [
            (self.token_player == player) & (end > start) for player in range(len(self.text_labels))
        ]
        starts = [start[mine].min() if mine.any() else None for mine in letters]
        ends = [end[mine].max() if mine.any() else None for mine in letters]
        before = zip(
            [None, *starts], [None, *ends], strict=True
        )  # tokens of one letter have the same span
        return tuple(
            here is not None and first is not None and bool(first <= here <= last)
            for here, (first, last) in zip(starts, before, strict=False)
        )

    def _kept(self, coalitions: CoalitionMatrix) -> CoalitionMatrix:
        """Return which tokens are present, ``(m, L)``."""
        return with_background(coalitions)[:, self.token_player]

    @override
    def _embed_batch(self, coalitions: CoalitionMatrix) -> torch.Tensor:
        return self._removal.embed(self._kept(coalitions))

    @override
    def _lengths(self, coalitions: CoalitionMatrix) -> NDArray[np.intp]:
        return self._removal.lengths(self._kept(coalitions))

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> str:
        """Return what the model sees of the text when only some players are present.

        Args:
            coalition: Of shape ``(n_players,)``.

        Returns:
            The text; three dots stand for hidden tokens.
        """
        return self._removal.shown(self._kept(coalition[None])[0])

    def naming(self, phrase: str) -> tuple[int, ...]:
        """Return the players who say a phrase, in whole words, wherever it stands in the text.

        Case does not matter. Several players may share a phrase, if it has several words or if the
        tokenizer splits it. There are none if it is not in the text, or belongs to no player.

        Args:
            phrase: A part of the text.
        """
        spans = np.array(self.prepared.spans)
        return players_saying(phrase, self.text, spans, self.token_player)
