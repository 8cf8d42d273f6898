"""An explainer of a model with the interface of shapiq's explainers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, override

import torch
from shapiq.explainer.base import Explainer

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.encoders.loading import load_encoder
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.explanation import explain_game
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.games.vision_language import VisionLanguageGame

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import InteractionValues

    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.approximators.shapley import CrossModalShapley
    from shapiq_fixlip.encoders.loading import ModelLike
    from shapiq_fixlip.explanation import Explanation
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.typing import ExplainedIndex

__all__ = ["VisionLanguageExplainer"]


class VisionLanguageExplainer(Explainer):
    """Explains why a model finds images and texts similar.

    Attributes:
        p: Probability that a player is present; ``None`` for Shapley interactions.
        explanation: The last explanation, with its standard errors and costs.

    Examples:
        >>> from functools import partial
        >>> from shapiq_fixlip import VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> explainer = VisionLanguageExplainer("demo", p=0.3, random_state=0)
        >>> values = explainer.explain(scene.image, scene.caption)
        >>> values.index, values.n_players, explainer.explanation.run.passes
        ('FWBII', 58, (256, 256))

        With other players and another index:

        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> make_game = partial(VisionLanguageGame, encoder, image_players="3x3")
        >>> explainer = VisionLanguageExplainer(make_game, index="k-SII")
        >>> explainer.explain(scene.image, "a lion").n_players
        11
    """

    def __init__(
        self,
        model: ModelLike | Callable[[ImageLike, str], VisionLanguageGame],
        *,
        index: ExplainedIndex = "FWBII",
        max_order: int | None = None,
        p: float | None = None,
        budget: int | Literal["auto"] | None = None,
        random_state: int | None = None,
    ) -> None:
        """Choose the model, the index and the budget.

        Args:
            model: An encoder, a model or its name for :func:`~shapiq_fixlip.load_encoder`, or a
                function from an image and a text to their game, for other players and removals.
            index: See :data:`~shapiq_fixlip.typing.ExplainedIndex`. Default ``"FWBII"``.
            max_order: Maximum number of players in an interaction. Default: 1 for ``"SV"`` and
                ``"BV"``, else 2.
            p: Probability that a player is present, for ``"FWBII"`` only. Default 0.5.
            budget: Maximum number of coalition values. With ``"auto"``, for Banzhaf interactions
                only, passes are doubled until more would change little. Default: 256 passes of each
                side.
            random_state: Seed. Default: ``None``, a new one for every explanation.

        Raises:
            InputError: If an argument is not allowed.
        """
        self._settings = ApproximationSettings(
            index=index, max_order=max_order, p=p, random_state=random_state
        )
        self._settings.check_budget(budget)
        self._explanation: Explanation | None = None
        self.p = None if self._settings.is_shapley else self._settings.p_used
        self._make_game = _maker_of_games(model)
        self._budget = budget
        order = self._settings.wanted_order
        label: Any = index
        if order == 1:  # as shapiq calls it
            label = "SV" if self._settings.is_shapley else "BV"
        super().__init__(model=self.game, index=label, max_order=order)

    @property
    def explanation(self) -> Explanation:
        """The last explanation, for tables, pictures and pages.

        Raises:
            RuntimeError: If nothing has been explained yet.
        """
        if self._explanation is None:
            msg = "There is no explanation before the first call of explain."
            raise RuntimeError(msg)
        return self._explanation

    def game(self, image: ImageLike, text: str) -> VisionLanguageGame:
        """Return the game of an image and a text, to use it with other tools of shapiq."""
        game = self._make_game(image, text)
        if not isinstance(game, SeparableGame):
            msg = (
                f"must be a function from an image and a text to a game, got one to {brief(game)}."
            )
            raise InputError("model", msg)
        return game

    def approximator_for(self, game: VisionLanguageGame) -> FIxLIP | CrossModalShapley:
        """Return an approximator for a game, such as for ``shapiq.AgnosticExplainer``."""
        return self._settings.approximator(game.n_players)

    @override
    def explain(  # type: ignore[override]  # an image and a text, not a row of a table
        self, image: ImageLike, text: str
    ) -> InteractionValues:
        """Explain the similarity of an image and a text.

        Args:
            image: A path, bytes, an open file, a Pillow image, an array or a tensor; see
                :data:`~shapiq_fixlip.sides.ImageLike`.
            text: The text.

        Returns:
            The interactions of the players of ``game(image, text)``.

        Raises:
            InputError: If the image or the text cannot be used.
        """
        return self.explain_function((image, text))

    @override
    def explain_function(  # type: ignore[override]
        self, x: tuple[ImageLike, str]
    ) -> InteractionValues:
        """Explain the similarity of a pair of an image and a text."""
        game = self.game(*x)
        self._approximator = self.approximator_for(game)
        self._explanation = explain_game(game, self._approximator, budget=self._budget)
        return self._explanation.values


def _maker_of_games(
    model: ModelLike | Callable[[ImageLike, str], VisionLanguageGame],
) -> Callable[[ImageLike, str], VisionLanguageGame]:
    # models can be called, too, and so can their classes
    is_class = isinstance(model, type) and issubclass(model, torch.nn.Module)
    if isinstance(model, str | Path | torch.nn.Module) or is_class:
        model = load_encoder(cast("str", model))
    if isinstance(model, Encoder):
        return partial(VisionLanguageGame, model)
    if not callable(model):
        msg = (
            "must be an encoder, its name, or a function from an image and a text to a game, "
            f"got {brief(model)}."
        )
        raise InputError("model", msg)
    return model
