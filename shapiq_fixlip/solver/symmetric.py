"""Elementary symmetric polynomials: sums over all sets of players of products over the players.

That of degree ``j`` is the coefficient of ``y^j`` in ``prod_i (1 + y x_i)``. With two numbers for
each player and one for both together, those of degrees ``j`` and ``k`` are the coefficients of
``y^j w^k`` in ``prod_i (1 + y a_i + w b_i + y w c_i)``. To leave a player out is to divide by its
factor.
"""

from __future__ import annotations

from itertools import product

import torch
from torch.nn.functional import pad

__all__ = ["from_power_sums", "symmetric", "symmetric_of_two", "without", "without_of_two"]


def symmetric(numbers: torch.Tensor, max_degree: int) -> torch.Tensor:
    """Return the polynomials up to a degree, by Newton's identities.

    Args:
        numbers: Of shape ``(..., n)``.
        max_degree: The highest degree.

    Returns:
        Of shape ``(max_degree + 1, ...)``.

    >>> symmetric(torch.tensor([2.0, 3.0, 5.0]), 2).tolist()
    [1.0, 10.0, 31.0]
    """
    power_sums = [(numbers**power).sum(dim=-1) for power in range(1, max_degree + 1)]
    return from_power_sums(torch.ones_like(numbers[..., 0]), power_sums)


def from_power_sums(one: torch.Tensor, power_sums: list[torch.Tensor]) -> torch.Tensor:
    """Return the polynomials of numbers of which the sums of powers from 1 on are known.

    Args:
        one: The polynomial of degree zero, which gives the shape.
        power_sums: For each power a tensor of the same shape.

    Returns:
        Of shape ``(len(power_sums) + 1, ...)``.
    """
    found = [one]
    for degree in range(1, len(power_sums) + 1):
        terms = [
            (-1) ** (power - 1) * found[degree - power] * power_sums[power - 1]
            for power in range(1, degree + 1)
        ]
        found.append(torch.stack(terms).sum(dim=0) / degree)
    return torch.stack(found)


def without(polynomials: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """Leave the players of each set out.

    Args:
        polynomials: Those of all players, of shape ``(degrees, ...)``.
        numbers: Of the players of sets, of shape ``(..., q, size)``.

    Returns:
        Of shape ``(degrees, ..., q)``.
    """
    left = polynomials[..., None].repeat(*[1] * polynomials.dim(), numbers.shape[-2])
    for of_player in numbers.unbind(-1):
        for degree in range(1, len(left)):
            left[degree] -= of_player * left[degree - 1]
    return left


def symmetric_of_two(
    first: torch.Tensor, second: torch.Tensor, both: torch.Tensor, max_degree: int
) -> torch.Tensor:
    """Return the polynomials of two numbers for each player, up to a degree in each.

    Args:
        first: The first numbers, of shape ``(..., n)``.
        second: The second numbers, of the same shape.
        both: Those of both together, of the same shape.
        max_degree: The highest degree in each.

    Returns:
        Of shape ``(max_degree + 1, max_degree + 1, ...)``.
    """
    found = first.new_zeros(max_degree + 1, max_degree + 1, *first.shape)
    found[0, 0] = 1
    if max_degree:
        found[1, 0], found[0, 1], found[1, 1] = first, second, both
    while found.shape[-1] > 1:  # halve the number of factors
        if found.shape[-1] % 2:
            found = pad(found, (0, 1))
            found[0, 0, ..., -1] = 1
        found = _product(found[..., ::2], found[..., 1::2])
    return found[..., 0]


def _product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Multiply polynomials of two variables, ``(degrees, degrees, ...)``, up to their degrees."""
    found = torch.zeros_like(left)
    degrees = range(len(left))
    for i, j in product(degrees, degrees):
        found[i:, j:] += left[i, j] * right[: len(left) - i, : len(left) - j]
    return found


def without_of_two(
    polynomials: torch.Tensor,
    numbers: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    subsets: torch.Tensor,
) -> torch.Tensor:
    """Leave the players of each set out.

    Args:
        polynomials: Those of all players, of shape ``(degrees, degrees, ...)``.
        numbers: The three numbers of the players, each of shape ``(..., n)``.
        subsets: Sets of players, of shape ``(q, size)``.

    Returns:
        Of shape ``(degrees, degrees, ..., q)``.
    """
    left = polynomials[..., None].repeat(*[1] * polynomials.dim(), len(subsets))
    for players in subsets.T:
        a, b, c = (of_players[..., players] for of_players in numbers)
        for i in range(len(left)):
            for j in range(len(left)):
                if i:
                    left[i, j] -= a * left[i - 1, j]
                if j:
                    left[i, j] -= b * left[i, j - 1]
                if i and j:
                    left[i, j] -= c * left[i - 1, j - 1]
    return left
