"""The names of weighted Banzhaf interactions in shapiq.

In shapiq, the faithful Banzhaf interactions at ``p = 0.5`` are ``FBII``. Those at any other ``p``
are the *faithful weighted Banzhaf interactions*, ``FWBII``. They are made of the expected
derivatives at ``p``: the *weighted Banzhaf interactions*, ``WBII``, called ``BII`` at ``p = 0.5``.
shapiq has no entry point for indices of other packages, and warns about unknown names. So these
names are added to its tables here, once, when a module of this package that needs them is imported.
"""

from __future__ import annotations

from typing import Literal, cast

from shapiq.game_theory import indices as shapiq_indices

__all__ = [
    "ATTRIBUTION",
    "BANZHAF_P",
    "DERIVATIVE_INDICES",
    "FBII",
    "FWBII",
    "SHAPLEY_INDICES",
    "SINGLE_PLAYER_INDICES",
    "WBII",
    "faithful_banzhaf_index",
]

type FaithfulBanzhafIndex = Literal["FBII", "FWBII"]

FBII: FaithfulBanzhafIndex = "FBII"
FWBII: FaithfulBanzhafIndex = "FWBII"
WBII: Literal["WBII"] = "WBII"

ATTRIBUTION = "Attribution"
"""The label of the results of other methods, which are not an interaction index."""

SHAPLEY_INDICES = ("SV", "SII", "k-SII")
"""Indices that are integrals over ``p``; all other indices hold at one ``p``."""

DERIVATIVE_INDICES = ("SII", "BII", WBII)
"""Indices that are expected derivatives: those of a coalition do not add up to its value."""

SINGLE_PLAYER_INDICES = ("SV", "BV")
"""Indices of order 1."""

BANZHAF_P = 0.5
"""The probability that a player is present for which weighted Banzhaf is Banzhaf."""


def faithful_banzhaf_index(p: float) -> FaithfulBanzhafIndex:
    """Return the index of p-faithful interactions: ``"FBII"`` at ``p = 0.5``, else ``"FWBII"``.

    >>> faithful_banzhaf_index(0.5), faithful_banzhaf_index(0.3)
    ('FBII', 'FWBII')
    """
    return FBII if p == BANZHAF_P else FWBII


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
