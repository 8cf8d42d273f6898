"""The beginning of a text that fits into the context of a model."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.sides.text_players import Words

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.tokenizer import Tokenizer

__all__ = ["beginning_that_fits"]


def beginning_that_fits(text: str, tokenizer: Tokenizer) -> str:
    """Return the whole words of a text that fit, from its start; all of it if it fits.

    Raises:
        InputError: If not even the first word fits.
    """
    if tokenizer.fits(text):
        return text
    ends = (end for _, end in Words().read(text).spans or ())
    fitting = [*takewhile(lambda end: tokenizer.fits(text[:end]), ends)]
    if not fitting:
        msg = (
            f"must begin with a word of at most {tokenizer.context_length} tokens, "
            f"got {brief(text)}."
        )
        raise InputError("text", msg)
    return text[: fitting[-1]]
