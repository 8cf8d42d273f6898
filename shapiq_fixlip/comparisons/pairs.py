"""Many explanations in one call, with the passes that they share made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.vision_language import VisionLanguageGame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.results.run_report import RunReport
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.typing import Estimator

__all__ = ["Explanation", "explain_pairs"]


@dataclass(frozen=True)
class Explanation:
    """The interactions of one game and what they cost.

    Attributes:
        game: What was explained.
        values: Its interactions.
        report: How many coalitions were evaluated, in which time, and how good the fit is.
    """

    game: VisionLanguageGame
    values: InteractionValues
    report: RunReport


def explain_pairs(  # noqa: PLR0913 - those of FIxLIP and its method approximate
    game: VisionLanguageGame,
    *,
    texts: Sequence[str] | None = None,
    images: Sequence[ImageLike] | None = None,
    max_order: int = 2,
    p: float = 0.5,
    estimator: Estimator = "shrinkage",
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int = 0,
) -> list[Explanation]:
    """Explain many captions for one image, many images for one caption, or all pairs of both.

    Args:
        game: A game with the image, the text and the choices (players, removal, ...) that the
            others shall have, too.
        texts: The captions. Default: that of the game.
        images: The images. Default: that of the game.
        max_order: The most players of an interaction. Default 2.
        p: Probability of a player to be present. Default 0.5.
        estimator: See :data:`~shapiq_fixlip.typing.Estimator`. Default ``"shrinkage"``.
        budget_image: The most passes for each image. Default 256.
        budget_text: The most passes for each text. Default 256.
        random_state: Seed; all games of one image see the same coalitions of it. Default 0.

    Returns:
        One explanation for each pair, image by image, as many times ``len(texts)``.

    Raises:
        InputError: If a list is empty, an image or a text cannot be used, or an argument is bad.
    """
    if not isinstance(game, VisionLanguageGame):
        msg = f"must be a VisionLanguageGame, got a {type(game).__name__}."
        raise InputError("game", msg)
    for name, given in (("texts", texts), ("images", images)):
        if given is not None and (isinstance(given, str) or not len(given)):
            msg = f"must be a list with at least one entry, got {brief(given)}."
            raise InputError(name, msg)
    whole_number("random_state", random_state, least=0)
    text_sides = [game.text_side]
    if texts is not None:
        text_sides = [game.with_text(text).text_side for text in texts]
    image_sides = [game.image_side]
    if images is not None:
        image_sides = [game.with_image(image).image_side for image in images]
    explanations = []
    for image_side in image_sides:
        for text_side in text_sides:
            pair = game.with_sides(image_side, text_side)
            fixlip = FIxLIP(
                pair.n_players, max_order, p=p, estimator=estimator, random_state=random_state
            )
            values = fixlip.approximate(
                game=pair, budget_image=budget_image, budget_text=budget_text
            )
            explanations.append(Explanation(pair, values, fixlip.report))
    return explanations
