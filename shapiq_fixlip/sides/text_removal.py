"""How players leave a text: what the model sees of it without them."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, override

import numpy as np
import torch

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.files import PACKAGE_FOLDER
from shapiq_fixlip.typing import TextRemovalName
from shapiq_fixlip.validation import check_unicode, names_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.encoders.base import TextTower
    from shapiq_fixlip.encoders.tokenizer import PreparedText

__all__ = [
    "HiddenTokens",
    "RemovedTokens",
    "Replace",
    "ReplacedTokens",
    "TextRemoval",
    "check_text_removal",
    "make_text_removal",
]


@dataclass(frozen=True)
class Replace:
    """Another token takes the place of every absent one.

    Attributes:
        text: A text of one token. Default: what the model was trained to see in the place of a
            hidden or unknown token, or else a full stop.
    """

    text: str | None = None

    def __post_init__(self) -> None:
        """Check that the replacement is a text.

        Raises:
            InputError: If it is not, or if it is not valid Unicode.
        """
        given: object = self.text
        if given is not None and not isinstance(given, str):
            msg = f"must have a replacement of exactly one token, got {brief(given)}."
            raise InputError("text_removal", msg)
        if given is not None:
            check_unicode("text_removal", given)

    @override
    def __str__(self) -> str:
        return "replace" if self.text is None else f"replace:{self.text}"


class TextRemoval(ABC):
    """Embeds a text of which only some tokens are present."""

    def __init__(self, tower: TextTower, text: str, prepared: PreparedText) -> None:
        """Keep the text.

        Args:
            tower: The text tower.
            text: The text.
            prepared: The text as the tower takes it.
        """
        self._tower, self._text, self._prepared = tower, text, prepared

    @abstractmethod
    def embed(self, kept: CoalitionMatrix) -> torch.Tensor:
        """Embed the text with some of its tokens, ``(b, L)``, to ``(b, d)``."""

    def lengths(self, kept: CoalitionMatrix) -> NDArray[np.intp]:
        """Return how many tokens the model gets; those of one batch must have equally many."""
        return np.zeros(len(kept), dtype=np.intp)

    @abstractmethod
    def shown(self, kept: NDArray[np.bool_]) -> str:
        """Return the text with some of its tokens, ``(L,)``, for a person to look at."""

    def _without(self, kept: NDArray[np.bool_], filler: str) -> str:
        """Return the text with one filler for every run of absent letters."""
        is_there = np.ones(len(self._text), dtype=bool)
        for (start, end), stays in zip(self._prepared.spans, kept, strict=True):
            if not stays:
                is_there[start:end] = False
        letters = [
            letter if stays else filler * bool(i == 0 or is_there[i - 1])
            for i, (letter, stays) in enumerate(zip(self._text, is_there, strict=True))
        ]
        return "".join(letters)


class HiddenTokens(TextRemoval):
    """``"attention"``: no token attends to an absent one; the others keep their positions."""

    @override
    def embed(self, kept: CoalitionMatrix) -> torch.Tensor:
        mask = self._prepared.attention_mask * torch.from_numpy(kept)
        return self._tower.embed(self._prepared.ids.expand(len(kept), -1), mask)

    @override
    def shown(self, kept: NDArray[np.bool_]) -> str:
        """Return the text with three dots for what is hidden."""
        return self._without(kept, "…")


class RemovedTokens(TextRemoval):
    """``"remove"``: the letters of absent tokens are deleted, and what is left is tokenized."""

    def __init__(self, tower: TextTower, text: str, prepared: PreparedText) -> None:
        """Keep the text."""
        super().__init__(tower, text, prepared)
        # cached, as lengths are asked for before embeddings
        self._tokenized = lru_cache(maxsize=4096)(self._prepare_what_fits)

    def _prepare_what_fits(self, text: str) -> PreparedText:
        """Split a text, which may have more tokens than before, as other letters have met."""
        fits = self._tower.tokenizer.fits
        beginning = next(text[:end] for end in range(len(text), -1, -1) if fits(text[:end]))
        if beginning != text:
            warnings.warn(  # the same words each time, so that it is shown once
                "Without some parts the text has more tokens than the model takes; what does "
                "not fit is cut.",
                RuntimeWarning,
                skip_file_prefixes=(PACKAGE_FOLDER,),
            )
        return self._tower.prepare(beginning)

    @override
    def embed(self, kept: CoalitionMatrix) -> torch.Tensor:
        texts = [self._tokenized(self.shown(row)) for row in kept]
        ids = torch.cat([text.ids for text in texts])
        return self._tower.embed(ids, torch.cat([text.attention_mask for text in texts]))

    @override
    def lengths(self, kept: CoalitionMatrix) -> NDArray[np.intp]:
        return np.array([self._tokenized(self.shown(row)).ids.shape[1] for row in kept])

    @override
    def shown(self, kept: NDArray[np.bool_]) -> str:
        """Return the text that the model gets."""
        return self._text if kept.all() else " ".join(self._without(kept, "").split())


class ReplacedTokens(TextRemoval):
    """``"replace"``: another token takes the place of every absent one."""

    def __init__(
        self, tower: TextTower, text: str, prepared: PreparedText, replacement: str | None
    ) -> None:
        """Keep the text, and look up the token."""
        super().__init__(tower, text, prepared)
        self._token = tower.tokenizer.replacement(replacement)
        self._shown = tower.tokenizer.name(self._token)

    @override
    def embed(self, kept: CoalitionMatrix) -> torch.Tensor:
        ids = torch.where(torch.from_numpy(kept), self._prepared.ids, self._token)
        return self._tower.embed(ids, self._prepared.attention_mask.expand(len(kept), -1))

    @override
    def shown(self, kept: NDArray[np.bool_]) -> str:
        return self._without(kept, self._shown)


def check_text_removal(removal: TextRemovalName | Replace) -> None:
    """Check that a removal of text players is known.

    Raises:
        InputError: If it is unknown.
    """
    names = names_of(TextRemovalName)
    given: object = removal
    if not isinstance(given, Replace) and not (isinstance(given, str) and given in names):
        allowed = ", ".join(names)
        msg = f"must be {allowed}, replace:TOKEN or Replace(TOKEN), got {brief(removal)}."
        raise InputError("text_removal", msg)


def make_text_removal(
    removal: TextRemovalName | Replace, tower: TextTower, text: str, prepared: PreparedText
) -> TextRemoval:
    """Return the removal of a name.

    Raises:
        InputError: If it is unknown, or if its replacement is not exactly one token.
    """
    check_text_removal(removal)
    if removal == "attention":
        return HiddenTokens(tower, text, prepared)
    if removal == "remove":
        return RemovedTokens(tower, text, prepared)
    other = removal.text if isinstance(removal, Replace) else None
    return ReplacedTokens(tower, text, prepared, other)
