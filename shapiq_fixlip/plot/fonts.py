"""Letters of all scripts, as far as the installed fonts have them."""

from __future__ import annotations

import unicodedata
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Lettering", "is_right_to_left"]

_PACKAGE = str(Path(__file__).parents[1])

_FONT = "DejaVu Sans"  # part of matplotlib
_REGULAR = (400, "normal", "regular")  # weights
_NOT_DRAWN = ("Emoji", "Last Resort")
"""Parts of the names of fonts whose letters are pictures, or signs that there is none."""

_CJK = "Noto Sans CJK"
_FONT_OF_SCRIPT = {"CJK": _CJK, "HIRAGANA": _CJK, "KATAKANA": _CJK, "HANGUL": _CJK}
_EMOJI = "emoji"


class Lettering:
    """The fonts for some words, and what is drawn where no font has a letter.

    Attributes:
        families: Names of fonts, for matplotlib.
        words: The words, with a note such as "[CJK]" in place of letters that cannot be drawn.
    """

    def __init__(self, words: Sequence[str], *, is_told: bool = False) -> None:
        """Find fonts; what has none is told in one warning, unless it was."""
        words = [" ".join(word.split()) for word in words]
        missing = {letter for word in words for letter in word if not _has(_FONT, letter)}
        self.families = [_FONT]
        for name in _fonts_with(frozenset(missing)):
            self.families.append(name)
            missing = {letter for letter in missing if not _has(name, letter)}
        scripts = {letter: _script(letter) for letter in missing}
        self.words = tuple(_noted(word, scripts) for word in words)
        if scripts and not is_told:
            _warn(scripts)


def is_right_to_left(text: str) -> bool:
    """Return whether a text runs right to left, by its first letter that tells.

    >>> is_right_to_left("12 שלום"), is_right_to_left("a dog")
    (True, False)
    """
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


@cache
def _files() -> dict[str, str]:
    """Return the file of each installed font, its upright and regular one if there is one."""
    plainest_last = sorted(
        font_manager.fontManager.ttflist,
        key=lambda font: (font.style == "normal", font.weight in _REGULAR),
    )
    return {font.name: font.fname for font in plainest_last}


@cache
def _letters(name: str) -> frozenset[int]:
    """Return the codes of the letters of an installed font."""
    return frozenset(FT2Font(_files()[name]).get_charmap())


def _has(name: str, letter: str) -> bool:
    return not letter.isprintable() or letter.isspace() or ord(letter) in _letters(name)


@cache
def _fonts_with(letters: frozenset[str]) -> tuple[str, ...]:
    """Return installed fonts that have some of the letters, those with most of them first."""
    names = [
        name
        for name in sorted(_files())
        if name != _FONT and not any(n in name for n in _NOT_DRAWN)
    ]
    found, left = [], set(letters)
    while left and names:
        best = max(names, key=lambda name: sum(_has(name, letter) for letter in left))
        covered = {letter for letter in left if _has(best, letter)}
        if not covered:
            break
        found.append(best)
        left -= covered
    return tuple(found)


def _script(letter: str) -> str:
    if unicodedata.category(letter) in ("So", "Sk"):
        return _EMOJI
    return unicodedata.name(letter, "other").split(maxsplit=1)[0].split("-")[0]


def _noted(word: str, scripts: dict[str, str]) -> str:
    """Replace what cannot be drawn by the name of its script."""
    kept = "".join(letter for letter in word if letter not in scripts)
    notes = dict.fromkeys(scripts[letter] for letter in word if letter in scripts)
    return kept + "".join(f"[{_title(script)}]" for script in notes)


def _title(script: str) -> str:
    return script if script in ("CJK", _EMOJI) else script.capitalize()


def _warn(scripts: dict[str, str]) -> None:
    wanted = {
        script: _FONT_OF_SCRIPT.get(script, f"Noto Sans {script.capitalize()}")
        for script in sorted(set(scripts.values()))
        if script != _EMOJI
    }
    told = "; ".join(f"for {_title(script)} install {font}" for script, font in wanted.items())
    letters = "".join(sorted(scripts)[:8])
    msg = f"no installed font can draw {letters!r}" + (f": {told}." if told else ".")
    warnings.warn(msg, UserWarning, skip_file_prefixes=(_PACKAGE,))
