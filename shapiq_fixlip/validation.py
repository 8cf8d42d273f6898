"""Checks of the options that several ways of explaining a game share."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, get_args

import numpy as np

from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.typing import Estimator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAliasType

__all__ = [
    "ascending_probabilities",
    "check_choice",
    "check_options",
    "check_seed",
    "probability",
    "seed_for_all",
]

_N_SEEDS = 2**32


def check_choice(name: str, value: object, choices: TypeAliasType) -> None:
    """Check that the value of an argument is one of a few names.

    Args:
        name: The argument.
        value: Its value.
        choices: An alias of a ``Literal`` in :mod:`shapiq_fixlip.typing`.

    Raises:
        InputError: If it is another one.

    >>> check_choice("estimator", "ols", Estimator)
    Traceback (most recent call last):
    shapiq_fixlip.errors.InputError: estimator must be 'shrinkage' or 'least_squares', got 'ols'.
    """
    names = get_args(choices.__value__)
    if not isinstance(value, str) or value not in names:
        pair = len(names) == 2  # noqa: PLR2004 - one or the other
        allowed = " or ".join(map(repr, names)) if pair else f"one of {', '.join(names)}"
        msg = f"must be {allowed}, got {brief(value)}."
        raise InputError(name, msg)


def probability(name: str, value: float) -> float:
    """Return the value of an argument as a probability.

    Raises:
        InputError: If it is no number between 0 and 1.
    """
    if not isinstance(value, Real) or not 0 < value < 1:
        msg = f"must be greater than 0 and less than 1, got {value!r}."
        raise InputError(name, msg)
    return float(value)


def ascending_probabilities(name: str, values: Sequence[float]) -> tuple[float, ...]:
    """Return different probabilities in ascending order.

    Raises:
        InputError: If they are no list of numbers between 0 and 1.
    """
    try:
        ascending = tuple(sorted({float(value) for value in values}))
    except (TypeError, ValueError) as error:
        msg = f"must be a list of numbers, got {brief(values)}."
        raise InputError(name, msg) from error
    if not ascending:
        msg = "must be one or more numbers, got none."
        raise InputError(name, msg)
    if not all(0 < value < 1 for value in ascending):
        msg = f"must be greater than 0 and less than 1, got {brief(values)}."
        raise InputError(name, msg)
    return ascending


def check_options(*, max_order: int, p: float, estimator: str, random_state: int | None) -> None:
    """Refuse what no game can be approximated with.

    Raises:
        InputError: If an argument is not allowed.
    """
    whole_number("max_order", max_order)
    check_seed(random_state)
    probability("p", p)
    check_choice("estimator", estimator, Estimator)


def check_seed(random_state: int | None) -> None:
    """Refuse what is no seed.

    Raises:
        InputError: If it is neither a whole number from 0 on nor ``None``.
    """
    if random_state is not None:
        whole_number("random_state", random_state, least=0)


def seed_for_all(random_state: int | None) -> int:
    """Return a seed that several runs share, a new one for ``None``."""
    if random_state is None:
        return int(np.random.default_rng().integers(_N_SEEDS))
    return random_state
