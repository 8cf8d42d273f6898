"""The data of a page, ready for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from shapiq_fixlip import __version__
from shapiq_fixlip.files import as_json
from shapiq_fixlip.page.answer import answer, predicts
from shapiq_fixlip.page.packing import (
    packed_bits,
    packed_errors,
    packed_players,
    packed_values,
)
from shapiq_fixlip.page.picture import picture
from shapiq_fixlip.plot.shown import MAX_IMAGE_PLAYERS_OF_LINKS, shown
from shapiq_fixlip.plot.word_maps import words_that_matter
from shapiq_fixlip.results.arrays import by_size, keys_of, numbers_of
from shapiq_fixlip.results.explained import LEFT_OUT, unit_size
from shapiq_fixlip.results.saving import content_without_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.page.entry import Entry
    from shapiq_fixlip.plot.word_maps import WordMap

__all__ = ["page_data"]

type _Json = dict[str, object]

_PAIR = 2


def page_data(entries: Sequence[Entry]) -> dict[str, object]:
    """Return the data that a page shows.

    Pictures, texts and lists of interactions that several explanations share are stored once.
    Numbers are little-endian arrays in base64: values in single precision, standard errors in half
    precision, what is resolved as bits (see :mod:`~shapiq_fixlip.page.packing`).

    Args:
        entries: The explanations, all of the same image players.
    """
    side = entries[0].game.image_side
    pictured = {one: picture(one) for one in (entry.game.image_side for entry in entries)}
    pictures: list[_Json] = []
    captions: list[_Json] = []
    sets: list[_Json] = []
    maps = _maps(entries)
    explanations = [
        {
            "label": entry.label,
            "picture": _number_of(pictured[entry.game.image_side], pictures),
            "caption": _number_of(_caption(entry.game), captions),
            **_interactions(entry, sets),
            "answer": answer(entry, its),
            "predicts": predicts(entry),
            "offset": entry.game.normalization_value,
            "unit": unit_size(entry),
            "is_whole": LEFT_OUT not in entry.settings,
            "facts": [[name, _written(fact)] for name, fact in _facts(entry).items()],
            "file": _file_without_data(entry.values, entry.settings),
        }
        for entry, its in zip(entries, maps, strict=True)
    ]
    of_caption: dict[object, list[_Json]] = {}
    for explanation, entry, its in zip(explanations, entries, maps, strict=True):
        caption = explanation["caption"]
        drawn = _shown_maps(entry, its)
        of_caption[caption] = max(drawn, of_caption.get(caption, []), key=len)
    return {
        "image_names": list(side.player_names),
        "image_kind": side.kind,
        "pictures": pictures,
        "captions": [
            {**caption, "maps": of_caption[number]} for number, caption in enumerate(captions)
        ],
        "sets": sets,
        "explanations": explanations,
    }


def _caption(game: ImageTextGame) -> _Json:
    return {
        "text": game.text,
        "unseen_text": game.unseen_text,
        "kind": game.sides[1].kind,
        "names": list(game.player_names[game.n_players_image :]),
        "labels": list(game.text_labels),
        "joins_previous": list(game.joins_previous),
    }


def _number_of[T](one: T, known: list[T]) -> int:
    """Return the place of something in a list, to which it is added if it is new."""
    if one not in known:
        known.append(one)
    return known.index(one)


def _maps(entries: Sequence[Entry]) -> list[tuple[WordMap, ...]]:
    """Return the maps of the words that matter in each explanation, on the scale of all."""
    return words_that_matter(
        [
            shown(entry.values, entry.game, view="maps", resolved=entry.resolved).maps
            if entry.values.max_order >= _PAIR
            and entry.game.n_players_image * entry.game.n_players_text
            else ()
            for entry in entries
        ]
    )


def _shown_maps(entry: Entry, maps: Sequence[WordMap]) -> list[_Json]:
    """Return the maps that the page draws, which are those of pictures: of many image players."""
    n_image = entry.game.n_players_image
    if n_image <= MAX_IMAGE_PLAYERS_OF_LINKS:
        return []
    return [{"title": one.title, "players": [n_image + word for word in one.words]} for one in maps]


def _interactions(entry: Entry, sets: list[_Json]) -> _Json:
    """Pack the interactions of an explanation; the list of a new set of players grows."""
    values, errors, resolved = entry.values, entry.standard_errors, entry.resolved
    found = by_size(values.interactions)
    places = [of_size.places for of_size in found] or [np.arange(0)]
    order, highest = np.concatenate(places), keys_of(values.interactions)[places[-1]]
    return {
        "set": _number_of(packed_players(found, values.n_players), sets),
        "values": packed_values(numbers_of(values)[order]),
        "baseline": values.baseline_value,
        "standard_errors": None
        if errors is None
        else packed_errors(numbers_of(errors, values)[order]),
        "resolved": None
        if resolved is None
        else packed_bits(map(frozenset(resolved).__contains__, highest)),
    }


def _facts(entry: Entry) -> dict[str, object]:
    """Return the facts about an explanation: what was computed, its costs and its fit."""
    values, game, run = entry.values, entry.game, entry.run
    facts: dict[str, object] = {
        "index": values.index,
        "max_order": values.max_order,
        "interactions": sum(map(bool, values.interactions)),
        "number of players": _counts(game),
        game.value_name: game.full_value,
        f"{game.value_name} of nothing": game.empty_value,
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
    told = {name: as_json(value) for name, value in settings.items()}
    content = content_without_data(values, {"shapiq_fixlip": __version__, "settings": told})
    del content["data"], content["timestamp"]  # so that the same explanation gives the same page
    return content
