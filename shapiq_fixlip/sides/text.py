"""The text of the pair, its players and their removal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE, TowerSide
from shapiq_fixlip.sides.players import distinct_names, with_nobody
from shapiq_fixlip.sides.text_players import Fixed, TextPlayers, Tokens, token_players
from shapiq_fixlip.sides.text_removal import check_text_removal, text_removal

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from shapiq_fixlip.encoders.base import Outline, TextTower
    from shapiq_fixlip.sides.text_players import ReadText
    from shapiq_fixlip.sides.text_removal import Replace
    from shapiq_fixlip.typing import BoolMatrix, TextRemovalName

__all__ = ["TextSide", "check_text_choices"]


def check_text_choices(
    text: str,
    words: TextPlayers,
    removal: TextRemovalName | Replace,
    outline: Outline | None = None,
) -> ReadText:
    """Find the players in a text, and refuse contradictory choices before a model is loaded.

    Args:
        text: The text.
        words: Its players.
        removal: How they leave it.
        outline: What is known of the model, if anything.

    Raises:
        InputError: If the text is no string, no valid Unicode or blank, or if it has more words
            than the model takes tokens, or the choices do not fit.
    """
    if not isinstance(text, str):
        msg = f"must be a string, got {type(text).__name__}."
        raise InputError("text", msg)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = f"must be valid Unicode, got {text!r}."
        raise InputError("text", msg) from error
    if not text.strip():
        msg = f"must have at least one word, got {text!r}."
        raise InputError("text", msg)
    if not isinstance(words, TextPlayers):
        msg = f"must be Tokens(), Words(), Phrases(...), Template() or Fixed(), got {words!r}."
        raise InputError("words", msg)
    check_text_removal(removal)
    n_words = len(text.split())
    if outline is not None and n_words > outline.context_length:
        msg = f"must have at most {outline.context_length} tokens, got {n_words} words."
        raise InputError("text", msg)
    return words.read(text)


class TextSide(TowerSide):
    """A text whose parts are players; tokens that begin, end or pad it always stay.

    Attributes:
        text: The text as the model gets it.
        words: What each player says, in reading order unless phrases were given in another; equal
            ones under the same name.
        joins_previous: Whether each player goes on, without a blank, where the one before ends.
        tower: Embeds it.
        prepared: The text as the tower takes it.
        token_player: Each token's player, -1 for none, of shape ``(L,)``.
    """

    def __init__(
        self,
        tower: TextTower,
        text: str,
        *,
        words: TextPlayers | None = None,
        removal: TextRemovalName | Replace = "attention",
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Split the text into tokens and give them to players.

        Args:
            tower: Embeds texts.
            text: The text.
            words: Its player map. Default: every token is a player.
            removal: How players leave it; see :data:`~shapiq_fixlip.typing.TextRemovalName`.
                Default ``"attention"``.
            cache_size: The most embeddings that are kept.
            verbose: Whether to show a progress bar while embedding.

        Raises:
            InputError: If the text is blank, longer than the tower's context, or has no tokens for
                its players, or the choices do not fit.
        """
        words = Tokens() if words is None else words
        read = check_text_choices(text, words, removal)
        self.text, self.kind = read.text, words.kind
        self.tower, self.prepared = tower, tower.prepare(read.text)
        self.token_player, says = token_players(self.prepared, read)
        if not says and not isinstance(words, Fixed):
            msg = f"must have at least one token that is not special, got {text!r}."
            raise InputError("text", msg)
        self.words = tuple(says)
        self.joins_previous = self._joins()
        self._removal = text_removal(removal, tower, read.text, self.prepared)
        super().__init__(
            distinct_names(self.words),
            batch_size=tower.batch_size,
            cache_size=cache_size,
            verbose=verbose,
        )

    def _joins(self) -> tuple[bool, ...]:
        start, end = np.array(self.prepared.spans).T
        letters = [
            (self.token_player == player) & (end > start) for player in range(len(self.words))
        ]
        starts = [start[mine].min() if mine.any() else None for mine in letters]
        ends = [end[mine].max() if mine.any() else None for mine in letters]
        return tuple(
            bool(here is not None and here == before)
            for here, before in zip(starts, [None, *ends], strict=False)
        )

    def _kept(self, coalitions: BoolMatrix) -> BoolMatrix:
        """Return which tokens are left, ``(m, L)``."""
        return with_nobody(coalitions)[:, self.token_player]

    def _embed_batch(self, coalitions: BoolMatrix) -> torch.Tensor:
        return self._removal.embed(self._kept(coalitions))

    def _lengths(self, coalitions: BoolMatrix) -> NDArray[np.intp]:
        return self._removal.lengths(self._kept(coalitions))

    def shown(self, coalition: NDArray[np.bool_]) -> str:
        """Return what the model sees of the text when only some players are present.

        Args:
            coalition: Of shape ``(n_players,)``.

        Returns:
            The text; hidden tokens are three dots.
        """
        return self._removal.shown(self._kept(coalition[None])[0])

    def naming(self, phrase: str) -> tuple[int, ...]:
        """Return the players who say a phrase, as a whole word, wherever the text has it.

        Capital letters do not count. Several players share a phrase of several words, or one that
        the tokenizer splits; none says it if the text has it not, or only where no player is.

        Args:
            phrase: A part of the text.
        """
        starts, ends = np.array(self.prepared.spans).T
        is_said = np.zeros(len(starts), dtype=bool)
        for match in re.finditer(rf"\b{re.escape(phrase)}\b", self.text, re.IGNORECASE):
            is_said |= (starts < match.end()) & (ends > match.start())
        players = np.unique(self.token_player[is_said])
        return tuple(players[players >= 0].tolist())
