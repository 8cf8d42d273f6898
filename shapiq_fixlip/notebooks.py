"""How objects show themselves in notebooks."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["facts_html", "image_html"]

_HEIGHT = 160  # of an image, in pixels


def facts_html(heading: str, facts: Mapping[str, object]) -> str:
    """Return a heading and a table of facts as HTML, in which all texts stay texts.

    >>> facts_html("<b>", {"a": 1})
    '<strong>&lt;b&gt;</strong><table><tr><th>a</th><td>1</td></tr></table>'
    """
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(fact))}</td></tr>"
        for name, fact in facts.items()
    )
    return f"<strong>{html.escape(heading)}</strong><table>{rows}</table>"


def image_html(image: NDArray[np.uint8], description: str) -> str:
    """Return an image, of shape ``(H, W, 3)``, as HTML that loads nothing."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<img src="data:image/png;base64,{data}" alt="{html.escape(description)}" '
        f'style="height:{_HEIGHT}px">'
    )
