"""Explanations of many pairs in one call; passes that they share are made once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.explaining.game import explain_game
from shapiq_fixlip.games.vision_language import check_vision_language

if TYPE_CHECKING:
    from shapiq_fixlip.explaining.explanation import Explanation
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.typing import Estimator, ExplainedIndex

__all__ = ["explain_pairs"]

_IMAGE_NDIMS = (2, 3)
"""Those of the array of an image; an array of several images has four."""


def explain_pairs(  # noqa: PLR0913 - those of an approximator and its method approximate
    game: VisionLanguageGame,
    *,
    texts: Iterable[str] | None = None,
    images: Iterable[ImageLike] | None = None,
    index: ExplainedIndex = "FWBII",
    p: float | None = None,
    max_order: int | None = None,
    estimator: Estimator = "shrinkage",
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = 0,
) -> list[Explanation]:
    """Explain many captions for one image, many images for one caption, or all pairs of both.

    Args:
        game: A game with the model, the players and the removals of all pairs.
        texts: The captions. Default: that of the game.
        images: The images. Default: that of the game.
        index: See :data:`~shapiq_fixlip.typing.ExplainedIndex`. Default ``"FWBII"``.
        p: Probability that a player is present, for FWBII and WBII. Default 0.5.
        max_order: Maximum number of players in an interaction. Default: 2; 1 for SV and BV.
        estimator: See :data:`~shapiq_fixlip.typing.Estimator`. Default ``"shrinkage"``.
        budget_image: Maximum number of passes for each image. Default 256.
        budget_text: Maximum number of passes for each text. Default 256.
        random_state: Seed of the sampling; all games of an image see the same coalitions of it,
            unless it is ``None``. Default 0.

    Returns:
        One explanation for each pair: all texts with the first image, then all with the next one.

    Raises:
        InputError: If a list is empty, an image or a text cannot be used, or an argument is not
            allowed.
    """
    check_vision_language(game)
    settings = ApproximationSettings(
        index=index, max_order=max_order, p=p, estimator=estimator, random_state=random_state
    )
    settings.check_budget(None, budget_image, budget_text)
    text_sides, image_sides = [game.text_side], [game.image_side]
    if texts is not None:
        text_sides = [game.with_text(text).text_side for text in _entries("texts", texts)]
    if images is not None:
        image_sides = [game.with_image(image).image_side for image in _entries("images", images)]
    pairs = [
        game.with_sides(image_side, text_side)
        for image_side in image_sides
        for text_side in text_sides
    ]
    return [
        explain_game(
            pair,
            settings.approximator(pair.n_players),
            budget_image=budget_image,
            budget_text=budget_text,
        )
        for pair in pairs
    ]


def _entries[T](name: str, given: Iterable[T]) -> list[T]:
    """Return the entries of a list.

    Raises:
        InputError: If there are none, or it is a single text or image.
    """
    is_file = isinstance(given, str | bytes | bytearray) or hasattr(given, "read")
    is_single = is_file or getattr(given, "ndim", 0) in _IMAGE_NDIMS
    is_list = isinstance(cast("object", given), Iterable) and not is_single
    entries = list(given) if is_list else []
    if not entries:
        msg = f"must be a list with at least one entry, got {brief(given)}."
        raise InputError(name, msg)
    return entries
