"""Checks of options that several approximators and functions share."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Literal, TypeAliasType, get_args, get_origin

import numpy as np

from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.typing import Estimator

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ascending_probabilities",
    "check_choice",
    "check_flag",
    "check_options",
    "check_random_state",
    "check_unicode",
    "n_threads",
    "names_of",
    "probability",
    "shared_random_state",
]

_MIN_PROBABILITY = 1e-30
"""The smallest probability, whose powers for up to 20 players are numbers of double precision."""

_N_SEEDS = 2**32
"""Number of seeds to draw from: all unsigned 32-bit integers."""


def names_of(choices: object) -> tuple[str, ...]:
    """Return the names of an alias in :mod:`shapiq_fixlip.typing`: a ``Literal``, or several.

    >>> names_of(Estimator)
    ('shrinkage', 'least_squares')
    """
    if isinstance(choices, TypeAliasType):
        return names_of(choices.__value__)
    if get_origin(choices) is Literal:
        return get_args(choices)
    return tuple(name for part in get_args(choices) for name in names_of(part))


def check_choice(name: str, value: object, choices: TypeAliasType) -> None:
    """Check that the value of an argument is one of the names of a ``Literal``.

    Args:
        name: Name of the argument.
        value: Its value.
        choices: An alias in :mod:`shapiq_fixlip.typing`, see :func:`names_of`.

    Raises:
        InputError: If it is not one of these names.

    >>> check_choice("estimator", "ols", Estimator)
    Traceback (most recent call last):
    shapiq_fixlip.errors.InputError: estimator must be 'shrinkage' or 'least_squares', got 'ols'.
    """
    names = names_of(choices)
    if not isinstance(value, str) or value not in names:
        pair = len(names) == 2  # noqa: PLR2004 - one or the other
        allowed = " or ".join(map(repr, names)) if pair else f"one of {', '.join(names)}"
        msg = f"must be {allowed}, got {brief(value)}."
        raise InputError(name, msg)


def probability(name: str, value: float) -> float:
    """Return the value of an argument as a probability.

    Raises:
        InputError: If it is not a number between 0 and 1, both excluded, or so small that its
            powers are no numbers.
    """
    if not isinstance(value, Real) or not 0 < value < 1:
        msg = f"must be a number greater than 0 and less than 1, got {brief(value)}."
        raise InputError(name, msg)
    if not _MIN_PROBABILITY <= float(value) < 1:
        msg = f"must be at least {_MIN_PROBABILITY} and less than 1, got {brief(value)}."
        raise InputError(name, msg)
    return float(value)


def ascending_probabilities(name: str, values: Sequence[float]) -> tuple[float, ...]:
    """Return the values of an argument as probabilities, each once, in ascending order.

    Raises:
        InputError: If they are not a list of at least one number between 0 and 1, both excluded.
    """
    try:
        ascending = tuple(sorted({float(value) for value in values}))
    except (OverflowError, TypeError, ValueError) as error:
        msg = f"must be a list of numbers, got {brief(values)}."
        raise InputError(name, msg) from error
    if not ascending:
        msg = "must have at least one number, got none."
        raise InputError(name, msg)
    return tuple(probability(name, value) for value in ascending)


def check_options(*, max_order: int, p: float, estimator: str, random_state: int | None) -> None:
    """Check the options of an approximator.

    Raises:
        InputError: If an argument is not allowed.
    """
    whole_number("max_order", max_order)
    check_random_state(random_state)
    probability("p", p)
    check_choice("estimator", estimator, Estimator)


def check_flag(name: str, value: object) -> None:
    """Check that the value of an argument is ``True`` or ``False``.

    Raises:
        InputError: If it is neither.
    """
    if not isinstance(value, bool | np.bool_):
        msg = f"must be True or False, got {brief(value)}."
        raise InputError(name, msg)


def check_unicode(name: str, text: str) -> None:
    """Check that a text can be encoded, as it cannot with half of a surrogate pair.

    Raises:
        InputError: If it cannot.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = f"must be valid Unicode, got {brief(text)}."
        raise InputError(name, msg) from error


def check_random_state(random_state: int | None) -> int | None:
    """Return a seed as an integer of Python, or ``None``.

    Raises:
        InputError: If it is neither a whole number from 0 on nor ``None``.
    """
    return None if random_state is None else whole_number("random_state", random_state, least=0)


def n_threads(name: str, number: int | None) -> int:
    """Return a number of threads as joblib takes it: -1 for one on each core, 1 for ``None``.

    Raises:
        InputError: If it is neither -1 nor at least 1.
    """
    if number is None or number == -1:
        return number or 1
    try:
        return whole_number(name, number)
    except InputError as error:
        msg = f"must be -1 or at least 1, got {brief(number)}."
        raise InputError(name, msg) from error


def shared_random_state(random_state: int | None) -> int:
    """Return a seed for several runs to share: the given one, or a random one for ``None``."""
    if random_state is None:
        return int(np.random.default_rng().integers(_N_SEEDS))
    return random_state
