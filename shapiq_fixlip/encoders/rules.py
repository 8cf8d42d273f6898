"""Rules for values of users and of JSON files: what one must be, in words and as a check."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from shapiq_fixlip.errors import InputError, brief

__all__ = [
    "FLAG",
    "NAME",
    "NUMBER",
    "OBJECT",
    "Rule",
    "channels",
    "check",
    "is_number",
    "is_whole",
    "one_of",
    "or_null",
    "several",
    "whole",
]

type Rule = tuple[str, Callable[[Any], bool]]
"""What a value must be, in words, and the function that tells."""

_MAX_NUMBER = 1e30
"""Larger numbers are not meant: products of them are no numbers in single precision."""

_N_CHANNELS = 3


def is_whole(value: object, minimum: float = -math.inf, maximum: float = math.inf) -> bool:
    """Return whether a value is a whole number in a range."""
    return isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= maximum


def is_number(value: Any) -> bool:  # noqa: ANN401 - as JSON has it
    """Return whether a value is a number that can be calculated with."""
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and abs(value) <= _MAX_NUMBER


def whole(minimum: int, maximum: int) -> Rule:
    """Require a whole number."""
    words = f"a whole number from {minimum} to {maximum}" if minimum < maximum else f"{minimum}"
    return words, lambda value: is_whole(value, minimum, maximum)


def several(n: int, maximum: int) -> Rule:
    """Require a positive whole number, or ``n`` of them."""

    def holds(value: object) -> bool:
        parts = value if isinstance(value, list) and len(value) == n else [value]
        return all(is_whole(part, 1, maximum) for part in parts)

    return f"a whole number from 1 to {maximum}, or {n} of them", holds


def channels(words: str, is_allowed: Callable[[float], bool] = lambda _: True) -> Rule:
    """Require a number for each channel."""

    def holds(value: object) -> bool:
        return (
            isinstance(value, list | tuple)
            and len(value) == _N_CHANNELS
            and all(is_number(part) and is_allowed(part) for part in value)
        )

    return f"three {words} (one for each channel)", holds


def one_of(*names: str) -> Rule:
    """Require one of some names."""
    return f"one of {', '.join(names)}", lambda value: isinstance(value, str) and value in names


def or_null(rule: Rule) -> Rule:
    """Allow null, too."""
    words, holds = rule
    return f"{words}, or null", lambda value: value is None or holds(value)


FLAG: Rule = ("true or false", lambda value: isinstance(value, bool))
NAME: Rule = ("a name", lambda value: isinstance(value, str) and bool(value))
NUMBER: Rule = ("a number", is_number)
OBJECT: Rule = ("an object", lambda value: isinstance(value, dict))


def check(argument: str, value: object, rule: Rule) -> None:
    """Check the value of an argument.

    Raises:
        InputError: If it breaks the rule.
    """
    words, holds = rule
    if not holds(value):
        msg = f"must be {words}, got {brief(value)}."
        raise InputError(argument, msg)
