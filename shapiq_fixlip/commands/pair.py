"""The image and the text of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

__all__ = ["chosen_input", "chosen_pair"]


def chosen_pair(image: str | None, text: str | None) -> tuple[str | Image, str]:
    """Return the given image and text, or those of a demo scene.

    Raises:
        InputError: If there is an image without a text.
    """
    if image is None:
        scene = demo_scene()
        return scene.image, scene.caption
    if text is None:
        msg = f"must be given along with an image, got only {image!r}."
        raise InputError("text", msg)
    return image, text


def chosen_input(
    image: str | None, text: str | None, class_names: Sequence[str] | None
) -> tuple[str | Image, str | None]:
    """Return the same, but with class names one of them as the text, or none.

    Raises:
        InputError: If there is an image without a text and without class names.
    """
    if class_names is None:
        return chosen_pair(image, text)
    return demo_scene().image if image is None else image, text
