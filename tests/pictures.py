"""What is drawn in a picture, and whether it looks as before."""

import matplotlib as mpl
import pytest
from packaging.version import Version

from shapiq_fixlip.plot.caption import WORD
from shapiq_fixlip.plot.links import LINK
from shapiq_fixlip.plot.titles import TITLE

STORED_BY = "3.11"
"""The version of matplotlib that drew the stored pictures; older ones place labels elsewhere."""


def compared(test):
    """Compare what a test draws with a stored picture.

    The tolerance is for other versions of the library that draws letters.
    """
    options = {"tolerance": 12, "savefig_kwargs": {"dpi": 60}, "style": "default"}
    is_older = Version(mpl.__version__) < Version(STORED_BY)
    skipped = pytest.mark.skipif(is_older, reason=f"pictures are of matplotlib {STORED_BY}")
    return skipped(pytest.mark.mpl_image_compare(**options)(test))


def links_of(axes):
    """Return the links, the weakest first."""
    return [patch for patch in axes.patches if patch.get_gid() == LINK]


def words_of(axes):
    """Return the words of the caption."""
    return [text for text in axes.texts if text.get_gid() == WORD]


def titles_of(axes):
    """Return the titles of maps and panels."""
    return [text.get_text() for text in axes.texts if text.get_gid() == TITLE]


def boxes_of_texts(figure):
    """Return all texts and their places, in pixels; those of words with the boxes around them."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found = []
    for axes in figure.axes:
        for text in axes.texts:
            if text.get_visible() and text.get_text():
                patch = text.get_bbox_patch()
                box = (patch or text).get_window_extent(renderer)
                found.append((text.get_text(), box))
    return found


def assert_apart_and_inside(figure):
    """Check that no text overlaps another one or leaves the figure."""
    boxes = boxes_of_texts(figure)
    width, height = figure.canvas.get_width_height()
    for number, (text, box) in enumerate(boxes):
        assert -0.5 <= box.x0 < box.x1 <= width + 0.5, text
        assert -0.5 <= box.y0 < box.y1 <= height + 0.5, text
        for other_text, other in boxes[:number]:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            down = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert across < 1 or down < 1, (text, other_text)
