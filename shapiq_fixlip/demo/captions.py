"""Sentences that name objects, and say where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

__all__ = ["MAX_OBJECTS", "PLACES", "caption", "filled", "place_template", "template"]

MAX_OBJECTS = 4
"""The most objects in one scene."""

PLACES = ("left of", "right of", "above", "below")
"""Where the first of two objects is, as seen from the second."""

_TEMPLATES = (
    ("{}", "a photo of {}", "a picture of {}", "there is {}"),
    ("{} next to {}", "{} and {}", "a photo of {} and {}", "{} with {}"),
    ("{}, {} and {}", "{} next to {} and {}", "a photo of {}, {} and {}"),
    ("{}, {}, {} and {}", "{} and {} next to {} and {}"),
)

_PLACE_TEMPLATES = ("{{}} {} {{}}", "{{}} {} {{}}", "a photo of {{}} {} {{}}")


def caption(nouns: Sequence[str], rng: np.random.Generator) -> str:
    """Return a random sentence that names objects in the given order.

    Args:
        nouns: One to four nouns, such as ``"dog"`` or ``"red star"``.
        rng: Chooses the sentence.

    Raises:
        InputError: If there are no nouns or more than four.

    >>> import numpy as np
    >>> caption(["dog", "orange car"], np.random.default_rng(0))
    'a dog with an orange car'
    """
    if not 1 <= len(nouns) <= MAX_OBJECTS:
        msg = f"must hold 1 to {MAX_OBJECTS} nouns, got {len(nouns)}."
        raise InputError("nouns", msg)
    return filled(template(len(nouns), rng), nouns)


def template(n_nouns: int, rng: np.random.Generator) -> str:
    """Return a random sentence with a gap, ``{}``, for each of 1 to 4 nouns and its article."""
    templates = _TEMPLATES[n_nouns - 1]
    return templates[rng.integers(len(templates))]


def place_template(place: str, rng: np.random.Generator) -> str:
    """Return a random sentence with two gaps that says where the first object is."""
    return _PLACE_TEMPLATES[rng.integers(len(_PLACE_TEMPLATES))].format(place)


def filled(sentence: str, nouns: Sequence[str]) -> str:
    """Return the sentence with the nouns, each behind its article, in its gaps."""
    return sentence.format(*(f"{_article(noun)} {noun}" for noun in nouns))


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" and not noun.startswith("unicorn") else "a"
