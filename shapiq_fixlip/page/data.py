"""The data of a page, ready for JSON."""

from __future__ import annotations

import base64
import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapiq_fixlip import __version__
from shapiq_fixlip.files import as_json
from shapiq_fixlip.page.picture import picture
from shapiq_fixlip.plot.shown import of_words_that_matter, shown
from shapiq_fixlip.results.resolved import resolved_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.page.entry import Entry

__all__ = ["page_data"]

_LOWER_ORDER = 2
"""Stands for interactions of which it is not told whether they are resolved; as in the script."""

type Interactions = tuple[tuple[int, ...], ...]


def page_data(entries: Sequence[Entry]) -> dict[str, object]:
    """Return the data that a page shows.

    Pictures and lists of interactions that several explanations share are stored once. Numbers are
    little-endian arrays in base64: values in double precision, standard errors in single precision,
    the players of all interactions, one after the other, as unsigned 16-bit integers, and what is
    resolved as unsigned bytes.

    Args:
        entries: The explanations, all of the same players.
    """
    game = entries[0].game
    sides = dict.fromkeys(entry.game.image_side for entry in entries)
    sets = dict.fromkeys(tuple(entry.values.interactions) for entry in entries)
    first, second = game.sides
    return {
        "text": game.text,
        "unseen_text": game.unseen_text,
        "player_names": list(game.player_names),
        "text_labels": list(game.text_labels),
        "joins_previous": list(game.joins_previous),
        "kinds": [first.kind, second.kind],
        "n_players_image": game.n_players_image,
        "pictures": [picture(side) for side in sides],
        "maps": _maps(entries),
        "sets": [_players(interactions) for interactions in sets],
        "explanations": [
            {
                "label": entry.label,
                "picture": list(sides).index(entry.game.image_side),
                "set": list(sets).index(tuple(entry.values.interactions)),
                "values": _encoded(entry.values.interactions.values(), "<f8"),
                "standard_errors": _errors(entry),
                "resolved": _resolved(entry),
                "facts": [[name, _written(fact)] for name, fact in _facts(entry).items()],
                "file": _file_without_data(entry.values, entry.settings),
            }
            for entry in entries
        ],
    }


def _maps(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Return the words that matter, if pictures show them as maps, too."""
    contents = of_words_that_matter(
        *(shown(entry.values, entry.game, resolved=entry.resolved) for entry in entries)
    )
    n_image = entries[0].game.n_players_image
    return [
        {"title": one.title, "players": [n_image + word for word in one.words]}
        for one in contents[0].maps
    ]


def _players(interactions: Interactions) -> dict[str, str]:
    return {
        "sizes": _encoded([len(players) for players in interactions], "<u1"),
        "players": _encoded([player for players in interactions for player in players], "<u2"),
    }


def _errors(entry: Entry) -> str | None:
    if entry.standard_errors is None:
        return None
    errors = entry.standard_errors.interactions
    return _encoded((errors[players] for players in entry.values.interactions), "<f4")


def _resolved(entry: Entry) -> str | None:
    """Return 1 for each interaction that is resolved, 0 for others, 2 for those of lower order."""
    if entry.resolved is None:
        return None
    column = resolved_column(entry.resolved, entry.values, entry.values.interactions)
    return _encoded(column.to_numpy(dtype=float, na_value=_LOWER_ORDER), "<u1")


def _encoded(numbers: Iterable[float], dtype: str) -> str:
    return base64.b64encode(np.array([*numbers], dtype=dtype).tobytes()).decode()


def _facts(entry: Entry) -> dict[str, object]:
    """Return the facts about an explanation: what was computed, its costs and its fit."""
    values, game, run = entry.values, entry.game, entry.run
    facts: dict[str, object] = {
        "index": values.index,
        "max_order": values.max_order,
        "interactions": sum(map(bool, values.interactions)),
        "number of players": _counts(game),
        "similarity": game.full_value,
        "similarity of nothing": game.empty_value,
        "estimated": "yes" if values.estimated else "no, exact",
    }
    if run is not None:
        facts["passes"] = " + ".join(map(str, run.passes))
        if not math.isnan(run.seconds_encoder):
            facts["seconds"] = f"{run.seconds_encoder:.1f} encoder, {run.seconds_solver:.1f} solver"
        if not math.isnan(run.r2):
            kind = "exact" if run.is_exact else "cross-validated"
            facts["fit quality (R²)"] = f"{run.r2:.3f}, {kind}"
        if run.stopped is not None:
            facts["stopped"] = run.stopped
    told = {name: value for name, value in entry.settings.items() if value is not None}
    return facts | {name: value for name, value in told.items() if name not in facts}


def _counts(game: ImageTextGame) -> str:
    return f"{game.n_players_image} of the image, {game.n_players_text} of the text"


def _written(fact: object) -> str:
    return f"{fact:.4g}" if isinstance(fact, float) else str(fact)


def _file_without_data(values: InteractionValues, settings: Mapping[str, object]) -> dict[str, Any]:
    """Return the file for ``InteractionValues.load`` without the values, which the page adds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "explanation.json"
        values.to_json_file(path)
        written = json.loads(path.read_text(encoding="utf-8"))
    del written["data"], written["timestamp"]  # so that the same explanation gives the same page
    written["parameters"] = {
        "shapiq_fixlip": __version__,
        "settings": {k: as_json(v) for k, v in settings.items()},
    }
    return written
