"""From explanations to an HTML page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shapiq_fixlip import __version__
from shapiq_fixlip.errors import InputError, brief, first_line
from shapiq_fixlip.output import replacing
from shapiq_fixlip.page.data import page_data
from shapiq_fixlip.page.entry import entries_of
from shapiq_fixlip.plot.palettes import ends

if TYPE_CHECKING:
    from jinja2 import Template

    from shapiq_fixlip.results.explained import Explained, Named
    from shapiq_fixlip.typing import Palette

__all__ = ["Page", "make_page"]

_SCRIPTS = (
    *("numbers.js", "interactions.js", "explanation.js"),
    *("dom.js", "legibility.js", "stage.js", "links.js", "maps.js", "scales.js"),
    *("answer.js", "tabs.js", "status.js", "what_if.js", "filters.js", "table.js"),
    *("picture.js", "take_away.js"),
    "page.js",
)
_HEIGHT = 860  # of a page inside a notebook, in pixels


@dataclass(frozen=True)
class Page:
    """An interactive page of explanations, which a notebook shows as the value of a cell.

    Attributes:
        html: The whole page, as HTML.
    """

    html: str

    def save(self, path: Path | str) -> None:
        """Write the page into a file, whole or not at all.

        Args:
            path: The file, such as ``"explanation.html"``; its folder must exist.

        Raises:
            InputError: If the file cannot be written.
        """
        if not isinstance(path, str | Path):
            msg = f"must be a file that can be written, got {brief(path)}."
            raise InputError("path", msg)
        try:
            with replacing(_target(Path(path))) as unfinished:
                unfinished.write_text(self.html, encoding="utf-8")
        except (
            OSError,
            ValueError,
        ) as error:  # a ValueError for invalid characters
            reason = first_line(error)
            msg = f"must be a file that can be written, got {str(path)!r} ({reason})."
            raise InputError("path", msg) from error

    def _repr_html_(self) -> str:
        """Return the page for a notebook, isolated from the styles and scripts around it."""
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts allow-downloads" '
            f'title="explanation" style="width:100%;height:{_HEIGHT}px;border:0"></iframe>'
        )


def make_page(
    explanations: Explained | Named[Explained],
    path: Path | str | None = None,
    *,
    palette: Palette = "shapiq",
) -> Page:
    """Make an interactive page of an explanation, or of several to switch between.

    Pointing at a word or a patch highlights its pairs; a click pins it. The page is one HTML file
    that loads nothing from elsewhere. From it, the explanation can be downloaded as a file for
    ``shapiq.InteractionValues.load``.

    Args:
        explanations: An :class:`~shapiq_fixlip.Explanation`, or several by name, such as by model
            index or text, or by ``p``. All must have the same image players.
        path: File to write, such as ``"explanation.html"``. Default: ``None``, no file.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.

    Returns:
        The page.

    Raises:
        InputError: If explanations do not fit each other or their games, the file cannot be
            written, or the palette is unknown. Then no file is written.

    Examples:
        >>> from shapiq_fixlip import explain
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> explanation = explain(demo_scene().image, "a lion", image_players="3x3")
        >>> "a lion" in make_page(explanation).html
        True
    """
    lowers, raises = ends(palette)
    entries = entries_of(explanations)
    script, style = _sources()
    style = f":root{{--lowers:{lowers};--raises:{raises}}}\n{style}"
    page = Page(
        _template().render(
            title=entries[0].game.text,
            data=_embeddable(page_data(entries)),
            script=Markup(script),  # noqa: S704 - our own file
            style=Markup(style),  # noqa: S704 - our own file
            script_hash=_hash(script),
            style_hash=_hash(style),
            version=__version__,
        )
    )
    if path is not None:
        page.save(path)
    return page


def _target(path: Path) -> Path:
    """Return the file of a path, with links resolved."""
    target = path.resolve()
    if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
        msg = "there is something that cannot be written as a file"
        raise OSError(msg)
    return target


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("shapiq_fixlip.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")


@cache
def _sources() -> tuple[str, str]:
    """Return the script and the style sheet, which are the same for all pages."""
    folder = files("shapiq_fixlip.page")
    parts = [(folder / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    script = "\n".join(['"use strict";', *parts])
    return script, (folder / "page.css").read_text(encoding="utf-8")


def _embeddable(data: dict[str, object]) -> Markup:
    """Return data as JSON with "<", ">" and "&" escaped, so that it is safe inside HTML."""
    written = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for letter in "<>&":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(written)  # noqa: S704 - special characters of HTML are escaped


def _hash(source: str) -> str:
    """Return the hash by which a content security policy allows a script or a style sheet."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
