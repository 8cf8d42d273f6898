"""How many passes of each side a budget buys."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.typing import BudgetSplit
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEFAULT_PASSES", "Passes", "split_budget", "wanted_passes"]

DEFAULT_PASSES = 256
"""Encoder passes of each side if no budget is given."""

_FEWEST_PASSES_OF_PAPER = 4


@dataclass(frozen=True)
class Passes:
    """What a caller asks for.

    Attributes:
        pairs: The most values of pairs, or of coalitions of a whole game; ``None`` if the sides
            have numbers of their own.
        image: The most passes of the first side, ``None`` for 256.
        text: The most passes of the second side, ``None`` for 256.
    """

    pairs: int | None = None
    image: int | None = None
    text: int | None = None


def wanted_passes(
    players: tuple[int, int],
    fewest: tuple[int, int],
    wanted: Passes,
    *,
    split: BudgetSplit = "balanced",
) -> tuple[int, int]:
    """Return the most passes of each side.

    Args:
        players: The number of players of each side.
        fewest: The passes of each side without which nothing can be fitted.
        wanted: What the caller asks for.
        split: See :data:`~shapiq_fixlip.typing.BudgetSplit`.

    Raises:
        InputError: If an argument is not allowed, or too small for the fewest passes.
    """
    check_choice("split", split, BudgetSplit)
    if wanted.pairs is not None:
        if wanted.image is not None or wanted.text is not None:
            msg = (
                "must be given alone, or budget_image and budget_text instead, "
                f"got {wanted.pairs}, {wanted.image} and {wanted.text}."
            )
            raise InputError("budget", msg)
        return split_budget(wanted.pairs, *players, split, fewest)
    passes = [
        DEFAULT_PASSES if given is None else whole_number(name, given)
        for name, given in (("budget_image", wanted.image), ("budget_text", wanted.text))
    ]
    return passes[0], passes[1]


def split_budget(
    budget: int,
    n_first: int,
    n_second: int,
    split: BudgetSplit = "balanced",
    fewest: Sequence[int] = (1, 1),
) -> tuple[int, int]:
    """Turn a number of coalition values into passes of the two sides.

    Args:
        budget: The most values of pairs, the product of the two numbers of passes.
        n_first: Players of the first (image) side.
        n_second: Players of the second (text) side.
        split: See :data:`~shapiq_fixlip.typing.BudgetSplit`.
        fewest: What the balanced split gives each side at least.

    Returns:
        The passes of the first and of the second side.

    Raises:
        InputError: If the budget is too small for the split.

    >>> split_budget(2**17, 49, 8), split_budget(2**17, 49, 8, "paper")
    ((512, 256), (2184, 60))
    """
    whole_number("budget", budget)
    if n_second > n_first:
        second, first = split_budget(budget, n_second, n_first, split, fewest[::-1])
        return first, second
    fewest_first, fewest_second = fewest if split == "balanced" else (1, _FEWEST_PASSES_OF_PAPER)
    if budget < fewest_first * fewest_second:
        msg = (
            f"must be at least {fewest_first * fewest_second} for the {split} split "
            f"({fewest_first} x {fewest_second} coalitions of the two sides), got {budget}."
        )
        raise InputError("budget", msg)
    root = math.isqrt(budget)
    if split == "balanced":
        wanted = min(root, budget // fewest_first)
    else:
        wanted = math.ceil(math.sqrt(budget) * n_second / n_first)
    passes_second = min(max(wanted, fewest_second), 2**n_second)
    return min(2**n_first, budget // passes_second), passes_second
