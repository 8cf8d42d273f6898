"""Checks of the options that several ways of explaining a game share."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, get_args

from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.typing import Estimator

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = [
    "ascending_probabilities",
    "check_options",
    "check_seed",
    "probability",
]


def probability(name: str, value: float) -> float:
    """Return the value of an argument as a probability.

    Raises:
        InputError: If it is no number between 0 and 1.
    """
    if not isinstance(value, Real) or not 0 < value < 1:
        msg = f"{name} must be greater than 0 and less than 1, got {value!r}."
        raise InputError(msg)
    return float(value)


def ascending_probabilities(name: str, values: Sequence[float]) -> tuple[float, ...]:
    """Return different probabilities in ascending order.

    Raises:
        InputError: If they are no list of numbers between 0 and 1.
    """
    try:
        ascending = tuple(sorted({float(value) for value in values}))
    except (TypeError, ValueError) as error:
        msg = f"{name} must be a list of numbers, got {brief(values)}."
        raise InputError(msg) from error
    if not ascending:
        msg = f"{name} must be one or more numbers, got none."
        raise InputError(msg)
    if not all(0 < value < 1 for value in ascending):
        msg = f"{name} must be greater than 0 and less than 1, got {brief(values)}."
        raise InputError(msg)
    return ascending


def check_options(*, max_order: int, p: float, estimator: str, random_state: int | None) -> None:
    """Refuse what no game can be approximated with.

    Raises:
        InputError: If an argument is not allowed.
    """
    whole_number("max_order", max_order)
    check_seed(random_state)
    probability("p", p)
    if estimator not in get_args(Estimator.__value__):
        msg = f"estimator must be 'shrinkage' or 'least_squares', got {estimator!r}."
        raise InputError(msg)


def check_seed(random_state: int | None) -> None:
    """Refuse what is no seed.

    Raises:
        InputError: If it is neither a whole number from 0 on nor ``None``.
    """
    if random_state is not None:
        whole_number("random_state", random_state, least=0)
