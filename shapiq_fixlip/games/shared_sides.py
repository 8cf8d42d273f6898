"""Games of many images and texts under one model, which share the passes of equal ones."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from shapiq_fixlip.games.vision_language import VisionLanguageGame

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from shapiq_fixlip.encoders.base import Encoder
    from shapiq_fixlip.sides.image import ImageSide
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.text import TextSide

__all__ = ["SharedSides"]


class SharedSides:
    """Makes games whose images and texts are the sides of earlier games if these are equal."""

    def __init__(
        self, encoder: Encoder, choices: Mapping[str, Any], *, n_kept: int | None = None
    ) -> None:
        """Keep the model and the choices.

        Args:
            encoder: The encoder.
            choices: Players, removals and others, as :class:`~shapiq_fixlip.VisionLanguageGame`
                takes them.
            n_kept: The most images, and the most texts, that are kept with their embeddings.
                Default: all.
        """
        self._encoder, self._choices = encoder, choices
        self._images: _Latest[ImageSide] = _Latest(n_kept)
        self._texts: _Latest[TextSide] = _Latest(n_kept)
        self._base: VisionLanguageGame | None = None
        self._lock = Lock()

    def game(self, image: ImageLike, text: str, name: Hashable) -> VisionLanguageGame:
        """Return the game of an image and a text.

        Args:
            image: The image.
            text: The text.
            name: What images have in common that are equal.

        Raises:
            InputError: If the image or the text cannot be used.
        """
        with self._lock:  # threads may share it
            return self._game(image, text, name)

    def _game(self, image: ImageLike, text: str, name: Hashable) -> VisionLanguageGame:
        if self._base is None:
            self._base = VisionLanguageGame(self._encoder, image, text, **self._choices)
            first, second = self._base.image_side, self._base.text_side
            self._images.get(name, lambda: first)
            self._texts.get(text, lambda: second)
        base = self._base
        text_side = self._texts.get(text, lambda: base.text_side_of(text))
        image_side = self._images.get(name, lambda: base.with_image(image).image_side)
        return base.with_sides(image_side, text_side)


class _Latest[T]:
    """What was asked for last."""

    def __init__(self, size: int | None) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what has a name, which is made if it is not kept."""
        if name not in self._kept:
            self._kept[name] = make()
        self._kept.move_to_end(name)
        if self._size is not None and len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return self._kept[name]
