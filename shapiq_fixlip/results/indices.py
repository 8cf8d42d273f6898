"""The name of weighted Banzhaf interactions in shapiq.

shapiq knows the faithful Banzhaf interactions at ``p = 0.5`` as ``FBII``. Those at any other ``p``
are the *faithful weighted Banzhaf interactions*, ``FWBII``; the expected derivatives at ``p`` that
they are made of, ``BII`` at one half, are the *weighted Banzhaf interactions*, ``WBII``. shapiq has
no entry point for indices of other packages and warns about names it does not know, so these names
are added to its tables here, once, when a module of this package that needs them is imported.
"""

from __future__ import annotations

from typing import Literal, cast

from shapiq.game_theory import indices as shapiq_indices

__all__ = [
    "ATTRIBUTION",
    "BANZHAF_P",
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
"""What other methods find, whose numbers are no index of a game."""

SHAPLEY_INDICES = ("SV", "SII", "k-SII")
"""Integrals over ``p``; the other indices hold at one ``p``."""

SINGLE_PLAYER_INDICES = ("SV", "BV")

BANZHAF_P = 0.5
"""The probability of a player to be present that makes interactions those of Banzhaf."""


def faithful_banzhaf_index(p: float) -> FaithfulBanzhafIndex:
    """Return the index of p-faithful interactions: ``"FBII"`` at one half, else ``"FWBII"``.

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
