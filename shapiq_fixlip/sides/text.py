"""The text of the pair; its players are its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE, Side
from shapiq_fixlip.sides.players import distinct_names
from shapiq_fixlip.sides.removal import HiddenTokens

if TYPE_CHECKING:
    import torch

    from shapiq_fixlip.encoders.base import TextTower
    from shapiq_fixlip.typing import BoolMatrix

__all__ = ["TextSide", "check_text"]


def check_text(text: str) -> None:
    """Refuse a text in which there is nothing to explain.

    Raises:
        InputError: If it is no string, no valid Unicode, or blank.
    """
    if not isinstance(text, str):
        msg = f"text must be a string, got {type(text).__name__}."
        raise InputError(msg)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = f"text must be valid Unicode, got {text!r}."
        raise InputError(msg) from error
    if not text.strip():
        msg = f"text must have at least one word, got {text!r}."
        raise InputError(msg)


class TextSide(Side):
    """A text whose tokens are players; absent ones are hidden from attention, as in the paper.

    Tokens that begin, end or pad the text always stay.

    Attributes:
        text: The text.
        tokens: The tokens of the players in reading order, equal ones under the same name.
    """

    def __init__(
        self,
        tower: TextTower,
        text: str,
        *,
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Split the text into tokens.

        Args:
            tower: Embeds texts.
            text: The text.
            cache_size: The most embeddings that are kept.
            verbose: Whether to show a progress bar while embedding.

        Raises:
            InputError: If the text is blank or longer than the tower's context.
        """
        check_text(text)
        prepared = tower.prepare(text)
        self.text = text
        self.tokens = tuple(
            token
            for token, is_special in zip(prepared.tokens, prepared.is_special, strict=True)
            if not is_special
        )
        if not self.tokens:
            msg = f"text must have at least one token that is not special, got {text!r}."
            raise InputError(msg)
        super().__init__(
            distinct_names(self.tokens),
            batch_size=tower.batch_size,
            cache_size=cache_size,
            verbose=verbose,
        )
        self._removal = HiddenTokens(tower, prepared)

    def _embed_batch(self, coalitions: BoolMatrix) -> torch.Tensor:
        return self._removal(coalitions)
