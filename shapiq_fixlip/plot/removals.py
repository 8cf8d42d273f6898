"""Which players insertion and deletion keep, as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, cast

import matplotlib.pyplot as plt
import numpy as np

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.games.saved import SavedGame
from shapiq_fixlip.metrics.checks import check_explanation
from shapiq_fixlip.metrics.removal_curves import removal_sequences
from shapiq_fixlip.plot.canvas import arrange, inches, panels
from shapiq_fixlip.plot.caption import Caption
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.plot.image_text import words_of
from shapiq_fixlip.plot.keys import MINUS
from shapiq_fixlip.plot.picture import Frame, draw_picture
from shapiq_fixlip.plot.style import Style
from shapiq_fixlip.plot.titles import draw_headings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.plot.canvas import Canvas
    from shapiq_fixlip.typing import SubsetSearch, Width

__all__ = ["removal_plot"]

_GONE = (0.55, 0.58, 0.61, 1.0)
_SHARES = (0.8, 0.5, 0.2, 0.05)
_MARGIN, _GAP = 0.06, 0.1
_MAX_PANELS = 8
_ROWS = ("most important removed first", "least important removed first")


def removal_plot(
    values: InteractionValues,
    game: ImageTextGame,
    *,
    shares: Sequence[float] = _SHARES,
    search: SubsetSearch = "greedy",
    width: Width = "page",
    show: bool = False,
) -> Drawn[NDArray[np.object_]]:
    """Draw which players are left as insertion and deletion remove them.

    Of a good explanation, the similarity falls at once if the most important players are removed
    first (above), and stays if the least important ones are (below). A smaller picture need not
    show a part of a larger one, since players are chosen anew for every size.

    Args:
        values: Interactions of the game, of one or two players.
        game: The explained game. The similarity of what is left is written above each picture; it
            costs a pass of each side, and is left out for games without a model.
        shares: Shares of players that are left, from 0 to 1, at most eight. Default 0.8, 0.5, 0.2
            and 0.05.
        search: See :data:`~shapiq_fixlip.typing.SubsetSearch`. Default ``"greedy"``.
        width: See :data:`~shapiq_fixlip.typing.Width`. Default ``"page"``.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, of shape ``(2, len(shares))``.

    Raises:
        InputError: If the values are of other orders or of another number of players, or an
            argument is not allowed.
    """
    as_image_text(game)
    check_explanation(values, game)
    given: object = shares
    is_list = isinstance(given, Sequence | np.ndarray) and np.ndim(shares) == 1
    if not is_list or not 0 < len(shares) <= _MAX_PANELS:
        msg = f"must be one to {_MAX_PANELS} shares from 0 to 1, got {brief(shares)}."
        raise InputError("shares", msg)
    n_left = [round(_share(share) * game.n_players) for share in shares]
    kept = np.concatenate(
        [
            sequence[[game.n_players - n for n in n_left]]
            for sequence in removal_sequences(values, search)
        ]
    )
    similarities = [None] * len(kept) if isinstance(game, SavedGame) else game.value_function(kept)
    canvases, n_columns = panels(width, len(kept), 0.99 * inches(width) / len(shares))
    for i, (canvas, coalition, similarity) in enumerate(
        zip(canvases, kept, similarities, strict=True)
    ):
        row, column = divmod(i, len(shares))
        told = "" if similarity is None else f": {similarity:.2f}".replace("-", MINUS)
        draw_headings(
            canvas, "" if column else _ROWS[row], f"{coalition.sum()} of {game.n_players}{told}"
        )
        _draw_kept(canvas, game, coalition)
    arrange(canvases, n_columns)
    if show:
        plt.show()
    axes = np.array([canvas.axes for canvas in canvases]).reshape(2, len(shares))
    return Drawn(canvases[0].root, axes)


def _share(share: object) -> float:
    is_number = isinstance(share, Real) and not isinstance(share, bool)
    if not is_number or not 0 <= float(cast("float", share)) <= 1:
        raise InputError("shares", f"must be numbers from 0 to 1, got {brief(share)}.")
    return float(cast("float", share))


def _draw_kept(canvas: Canvas, game: ImageTextGame, coalition: NDArray[np.bool_]) -> None:
    """Draw the image without its absent players, and the caption with absent words pale."""
    in_image, in_text = np.split(coalition, [game.n_players_image])
    rows, columns = game.image_side.regions.shape
    side = canvas.width - 2 * _MARGIN
    frame = Frame(_MARGIN, canvas.top + _MARGIN, side, side * rows / columns)
    tints = np.where(in_image[:, None], 0.0, _GONE)
    draw_picture(canvas.axes, game.image_side, tints, frame, style=Style(base="image").on())
    caption = Caption(canvas, *words_of(game))
    top = frame.top + frame.height + _GAP
    caption.place(top, np.ones((len(caption.tops), 3)), absent=np.flatnonzero(~in_text).tolist())
    canvas.bottom = top + caption.height + _GAP
