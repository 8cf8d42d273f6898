"""The names of indices, in groups, and those of weighted Banzhaf interactions in shapiq.

In shapiq, the faithful Banzhaf interactions at ``p = 0.5`` are ``FBII``. Those at any other ``p``
are the *faithful weighted Banzhaf interactions*, ``FWBII``. They are made of the expected
derivatives at ``p``: the *weighted Banzhaf interactions*, ``WBII``, called ``BII`` at ``p = 0.5``.
shapiq has no entry point for indices of other packages, and warns about unknown names. So these
names are added to its tables here, once, when a module of this package that needs them is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from shapiq.game_theory import indices as shapiq_indices

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.typing import BanzhafIndex, ShapleyIndex
from shapiq_fixlip.validation import check_choice, names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ATTRIBUTION",
    "BANZHAF_INDICES",
    "BANZHAF_P",
    "DERIVATIVE_INDICES",
    "FBII",
    "FWBII",
    "OF_ANY_P",
    "SHAPLEY_INDICES",
    "SINGLE_PLAYER_INDICES",
    "WBII",
    "check_banzhaf_index",
    "index_at",
    "indices_at",
]

FBII: Literal["FBII"] = "FBII"
FWBII: Literal["FWBII"] = "FWBII"
WBII: Literal["WBII"] = "WBII"

ATTRIBUTION = "Attribution"
"""The label of the results of other methods, which are not an interaction index."""

SHAPLEY_INDICES = names_of(ShapleyIndex)
"""Indices that generalise the Shapley value, integrals over ``p``."""

BANZHAF_INDICES = names_of(BanzhafIndex)
"""Indices at one ``p``."""

OF_ANY_P = (FWBII, WBII)
"""Indices at any ``p``; the others of ``BANZHAF_INDICES`` are at 0.5."""

DERIVATIVE_INDICES = ("SII", "BII", WBII, "CHII", "kADD-SHAP", "Co-Moebius", "Fourier")
"""Indices that are expected derivatives: those of a coalition do not add up to its value."""

SINGLE_PLAYER_INDICES = ("SV", "BV")
"""Indices of order 1."""

BANZHAF_P = 0.5
"""The probability that a player is present for which weighted Banzhaf is Banzhaf."""


def index_at(index: str, p: float) -> str:
    """Return the name of an index at ``p``: weighted Banzhaf at one half is Banzhaf.

    >>> index_at("FWBII", 0.5), index_at("FWBII", 0.3), index_at("WBII", 0.5)
    ('FBII', 'FWBII', 'BII')
    """
    return index.replace("W", "") if p == BANZHAF_P else index


def indices_at(indices: Sequence[str], p: float) -> tuple[str, ...]:
    """Return those indices whose name says what they are at ``p``: weighted ones but at one half.

    >>> indices_at(["FWBII", "FBII", "SV"], 0.5), indices_at(["FWBII", "FBII"], 0.3)
    (('FBII', 'SV'), ('FWBII',))
    """
    is_half = p == BANZHAF_P
    is_fixed = set(BANZHAF_INDICES) - set(OF_ANY_P)
    return tuple(i for i in indices if i not in (OF_ANY_P if is_half else is_fixed))


def check_banzhaf_index(index: str, max_order: int, p: float) -> None:
    """Check that an index is one of ``BANZHAF_INDICES``, and fits the order and ``p``.

    Raises:
        InputError: If not.
    """
    check_choice("index", index, BanzhafIndex)
    if index == "BV" and max_order > 1:
        msg = f"must be 1 for BV, got {max_order}."
        raise InputError("max_order", msg)
    if index not in OF_ANY_P and p != BANZHAF_P:
        msg = f"must be {BANZHAF_P} for {index}, got {p}; FWBII and WBII take any p."
        raise InputError("p", msg)


def _register() -> None:
    concepts = cast("dict[str, dict[str, str | None]]", shapiq_indices.ALL_AVAILABLE_CONCEPTS)
    source = "https://arxiv.org/abs/2508.05430"
    new: dict[str, dict[str, str | None]] = {
        FWBII: {
            "name": "Faithful Weighted Banzhaf Interaction Index",
            "source": source,
            "generalizes": "BV",
        },
        WBII: {
            "name": "Weighted Banzhaf Interaction Index",
            "source": source,
            "generalizes": "BV",
        },
        ATTRIBUTION: {"name": "Attribution", "source": source, "generalizes": None},
    }
    for index, concept in new.items():
        concepts.setdefault(index, concept)
        if index not in shapiq_indices.AllIndices:
            vars(shapiq_indices)["AllIndices"] = (*shapiq_indices.AllIndices, index)


_register()
