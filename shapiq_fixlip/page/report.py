"""From explanations to a page."""

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
    from collections.abc import Mapping

    from jinja2 import Template
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.page.entry import Named
    from shapiq_fixlip.results.run_report import RunReport
    from shapiq_fixlip.typing import Palette

__all__ = ["Report", "report"]

_SCRIPTS = ("explanation.js", "stage.js", "table.js", "page.js")
_HEIGHT = 860  # of a page inside a notebook, in pixels


@dataclass(frozen=True)
class Report:
    """A page that shows explanations; a notebook shows it where it is returned.

    Attributes:
        html: The whole page.
    """

    html: str

    def save(self, path: Path | str) -> None:
        """Write the page into a file, whole or not at all.

        Args:
            path: Such as ``"explanation.html"``; its folder must exist.

        Raises:
            InputError: If the file cannot be written.
        """
        if not isinstance(path, str | Path):
            msg = f"must be a file that can be written, got {brief(path)}."
            raise InputError("path", msg)
        try:
            with replacing(_target(Path(path))) as unfinished:
                unfinished.write_text(self.html, encoding="utf-8")
        except (OSError, ValueError) as error:  # a ValueError for letters that no file has
            reason = first_line(error)
            msg = f"must be a file that can be written, got {str(path)!r} ({reason})"
            raise InputError("path", msg) from error

    def _repr_html_(self) -> str:
        """Show the page inside a notebook, apart from the styles and scripts around it."""
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts allow-downloads" '
            f'title="explanation" style="width:100%;height:{_HEIGHT}px;border:0"></iframe>'
        )


def report(
    values: InteractionValues | Named[InteractionValues],
    game: ImageTextGame | Named[ImageTextGame],
    path: Path | str | None = None,
    *,
    standard_errors: InteractionValues | Named[InteractionValues] | None = None,
    run_report: RunReport | Named[RunReport] | None = None,
    facts: Mapping[str, object] | None = None,
    palette: Palette = "shapiq",
) -> Report:
    """Make an interactive page of an explanation, or of several to switch between.

    Point at a word and the patches it works with light up, point at a patch and the words do; a
    click keeps it so. The page is one HTML file that loads nothing from elsewhere, and holds the
    explanation as a file for ``shapiq.InteractionValues.load``.

    Args:
        values: Interactions of the game; several by name, such as the models' or the indices', or
            by ``p``, such as ``sweep_p(...).values``.
        game: The game that was explained; by the same names if there is one for each explanation,
            as of several models. All must have the same players.
        path: Where to write the page, such as ``"explanation.html"``. Default ``None``, nowhere.
        standard_errors: Those of the interactions, such as ``FIxLIP.standard_errors()``; by the
            same names if there are several explanations. Default none.
        run_report: What the approximation cost and how well it fits, such as ``FIxLIP.report``; by
            the same names if there are several explanations. Default none.
        facts: What else is told of how it was computed, such as ``{"model": "demo", "p": 0.5}``.
            Default none.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.

    Returns:
        The page.

    Raises:
        InputError: If values and games do not fit each other, the file cannot be written, or an
            argument is not allowed. Nothing is written then.

    Examples:
        >>> from shapiq_fixlip import FIxLIP, Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> choices = {"players": Grid(3, 3)}
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, scene.image, "a lion", **choices)
        >>> values = FIxLIP(game.n_players).approximate(game=game)
        >>> "a lion" in report(values, game).html
        True
    """
    lowers, raises = ends(palette)
    entries = entries_of(
        values, game, standard_errors=standard_errors, run_report=run_report, facts=facts
    )
    script, style = _sources()
    style = f":root{{--lowers:{lowers};--raises:{raises}}}\n{style}"
    page = Report(
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
    """Return the file that a path, or a link there, leads to."""
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
    """Return the script and the style of every page."""
    folder = files("shapiq_fixlip.page")
    parts = [(folder / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    script = "\n".join(['"use strict";', *parts])
    return script, (folder / "page.css").read_text(encoding="utf-8")


def _embeddable(data: dict[str, object]) -> Markup:
    """Write data as JSON that no parser of HTML can take for anything else."""
    written = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for letter in "<>&":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(written)  # noqa: S704 - all letters that matter are escaped


def _hash(source: str) -> str:
    """Return what a content security policy calls a script or a style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
