"""Parsers of the values of options, and the types of these values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import typer

from shapiq_fixlip.validation import names_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAliasType

__all__ = [
    "Budget",
    "Numbers",
    "Texts",
    "WholeNumbers",
    "budget",
    "choice",
    "number",
    "numbers",
    "texts",
    "whole_number",
    "whole_numbers",
]

type Budget = int | Literal["auto"]
"""See :meth:`~shapiq_fixlip.FIxLIP.approximate`."""

type Numbers = tuple[float, ...]
"""Numbers, separated by commas."""

type WholeNumbers = tuple[int, ...]
"""Whole numbers, separated by commas."""

type Texts = tuple[str, ...]
"""Texts, separated by commas."""


def number(text: str) -> float:
    """Parse a number."""
    return _read(text, float, "a number")


def whole_number(text: str) -> int:
    """Parse a whole number."""
    return _read(text, int, "a whole number")


def budget(text: str) -> Budget:
    """Parse a whole number or ``"auto"``."""
    return "auto" if text == "auto" else _read(text, int, "a whole number or 'auto'")


def texts(text: str) -> Texts:
    """Parse texts, separated by commas."""
    return tuple(part.strip() for part in text.split(","))


def numbers(text: str | Numbers) -> Numbers:
    """Parse numbers, separated by commas; a default is a tuple already."""
    return text if isinstance(text, tuple) else tuple(map(number, text.split(",")))


def whole_numbers(text: str) -> WholeNumbers:
    """Parse whole numbers, separated by commas."""
    return tuple(map(whole_number, text.split(",")))


def choice(choices: TypeAliasType) -> Callable[[str], Any]:
    """Return a parser for the names of an alias in :mod:`shapiq_fixlip.typing`."""

    def read(text: str) -> str:
        names = names_of(choices)
        if text not in names:
            msg = f"must be one of {', '.join(names)}, got {text!r}."
            raise typer.BadParameter(msg)
        return text

    return read


def _read[T](text: str, kind: Callable[[str], T], name: str) -> T:
    """Convert a text to a type, whose name the error shows."""
    try:
        return kind(text)
    except ValueError as error:
        msg = f"must be {name}, got {text!r}."
        raise typer.BadParameter(msg) from error
