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
        self._images: _LeastRecentlyUsed[ImageSide] = _LeastRecentlyUsed(n_kept)
        self._texts: _LeastRecentlyUsed[TextSide] = _LeastRecentlyUsed(n_kept)
        self._base: VisionLanguageGame | None = None
        self._lock = Lock()

    def game(self, image: ImageLike, text: str, image_key: Hashable) -> VisionLanguageGame:
        """Return the game of an image and a text.

        Args:
            image: The image.
            text: The text.
            image_key: Equal for equal images, such as a digest of their pixels.

        Raises:
            InputError: If the image or the text cannot be used.
        """
        with self._lock:  # threads may share it
            return self._game(image, text, image_key)

    def _game(self, image: ImageLike, text: str, image_key: Hashable) -> VisionLanguageGame:
        if self._base is None:
            self._base = VisionLanguageGame(self._encoder, image, text, **self._choices)
            first, second = self._base.image_side, self._base.text_side
            self._images.get(image_key, lambda: first)
            self._texts.get(text, lambda: second)
        base = self._base
        text_side = self._texts.get(text, lambda: base.text_side_of(text))
        image_side = self._images.get(image_key, lambda: base.with_image(image).image_side)
        return base.with_sides(image_side, text_side)


class _LeastRecentlyUsed[T]:
    """A bounded number of things, those that were asked for last."""

    def __init__(self, size: int | None) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what has a key, which is made if it is not kept."""
        found = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = found
        if self._size is not None and len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return found
