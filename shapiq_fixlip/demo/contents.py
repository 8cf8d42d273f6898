"""What a scene shows: things, their colours, and where one is as seen from another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageColor, ImageOps

from shapiq_fixlip.demo.captions import MAX_OBJECTS, PLACES, filled, place_template, template
from shapiq_fixlip.demo.shapes import SHAPE_NAMES, shape
from shapiq_fixlip.demo.sprites import CLASS_NAMES, sprite
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.typing import SceneDetail
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np

__all__ = ["COLOURS", "TINTED_NAMES", "Contents", "Thing", "random_contents"]

COLOURS = {
    "red": "#e02020",
    "orange": "#ff8c00",
    "yellow": "#ffe000",
    "green": "#20a030",
    "blue": "#2050e0",
    "purple": "#9020c0",
}
"""The colours of things, as Pillow writes them."""

# fmt: off
TINTED_NAMES = (
    *SHAPE_NAMES,
    "car", "bus", "truck", "tractor", "bicycle", "scooter", "train", "boat",
    "house", "tent", "clock", "phone", "camera", "television", "key", "teapot",
    "umbrella", "balloon", "gift", "crown", "guitar", "drum", "chair", "robot",
)
# fmt: on
"""The names of the things that come in colours."""


@dataclass(frozen=True)
class Thing:
    """A thing to draw.

    Attributes:
        name: A class or, if there is a colour, a shape.
        colour: One of :data:`COLOURS`; ``None`` leaves a sprite as it is.
    """

    name: str
    colour: str | None = None

    @property
    def noun(self) -> str:
        """What a caption calls it, such as ``"red star"``."""
        return self.name if self.colour is None else f"{self.colour} {self.name}"

    @property
    def picture(self) -> Image.Image:
        """An RGBA picture of it."""
        return _picture(self)


@cache
def _picture(thing: Thing) -> Image.Image:
    picture = shape(thing.name) if thing.name in SHAPE_NAMES else sprite(thing.name)
    if thing.colour is None:
        return picture
    middle = ImageColor.getrgb(COLOURS[thing.colour])
    dark, light = (tuple(round(c + (end - c) * 0.6) for c in middle) for end in (0, 255))
    grey, alpha = picture.convert("L"), picture.getchannel("A")
    if thing.name in SHAPE_NAMES:
        tinted = Image.new("RGB", picture.size, middle)
    else:
        grey = ImageOps.autocontrast(grey, cutoff=2, mask=alpha)
        tinted = ImageOps.colorize(grey, dark, light, middle)
    tinted.putalpha(alpha)
    return tinted


@dataclass(frozen=True)
class Contents:
    """What a scene shows.

    Attributes:
        things: One to four things with different names, and different colours if they have any.
        place: Where the first of two things is, as seen from the second: one of
            :data:`~shapiq_fixlip.demo.captions.PLACES`. ``None`` puts things anywhere.
    """

    things: tuple[Thing, ...]
    place: str | None = None

    def swapped(self) -> Contents | None:
        """Return the same things with two places, or else two colours, exchanged, if there are."""
        if len(self.things) == 1:
            return None
        first, second, *others = self.things
        if self.place is not None:
            return replace(self, things=(second, first))
        if first.colour == second.colour:
            return None
        first, second = replace(first, colour=second.colour), replace(second, colour=first.colour)
        return replace(self, things=(first, second, *others))

    def captions(self, rng: np.random.Generator, n_named: int) -> tuple[str, str | None]:
        """Return a random sentence about the first things, and the same one about a swap, if any.

        A place is told of two things. With colours, one named thing is enough to tell a swap.
        """
        sentence = template(n_named, rng) if self.place is None else place_template(self.place, rng)
        told = [
            filled(sentence, [thing.noun for thing in contents.things[: sentence.count("{}")]])
            for contents in (self, self.swapped())
            if contents is not None
        ]
        return told[0], (told[1] if len(told) > 1 else None)


def random_contents(
    rng: np.random.Generator, detail: SceneDetail, n_objects: int | None = None
) -> Contents:
    """Draw different things.

    Args:
        rng: The only source of randomness.
        detail: ``"names"`` draws classes in the colours that they have; ``"colours"`` things of
            different colours; ``"places"`` two classes and where the first is.
        n_objects: 1 to 4; 2 for places. Default: a random number.

    Raises:
        InputError: If an argument is not allowed.
    """
    check_choice("detail", detail, SceneDetail)
    if detail == "places":
        if n_objects not in (None, 2):
            msg = f"must be 2 for places, got {n_objects!r}."
            raise InputError("n_objects", msg)
        names = _drawn(rng, CLASS_NAMES, 2)
        return Contents(tuple(map(Thing, names)), PLACES[rng.integers(len(PLACES))])
    n = int(rng.integers(1, MAX_OBJECTS + 1)) if n_objects is None else n_objects
    if not 1 <= whole_number("n_objects", n, least=0) <= MAX_OBJECTS:
        msg = f"must be 1 to {MAX_OBJECTS}, got {n}."
        raise InputError("n_objects", msg)
    if detail == "colours":
        names, colours = _drawn(rng, TINTED_NAMES, n), _drawn(rng, COLOURS, n)
        return Contents(tuple(map(Thing, names, colours)))
    return Contents(tuple(map(Thing, _drawn(rng, CLASS_NAMES, n))))


def _drawn(rng: np.random.Generator, choices: Collection[str], n: int) -> list[str]:
    return [list(choices)[i] for i in rng.choice(len(choices), n, replace=False)]
