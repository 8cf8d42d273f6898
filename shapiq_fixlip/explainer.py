"""One object from a model to explanations, as shapiq's explainers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from shapiq.explainer.base import Explainer

from shapiq_fixlip.approximators.by_index import approximator_for, highest_order
from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.encoders.loading import load_encoder
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.results.indices import BANZHAF_P, SHAPLEY_INDICES
from shapiq_fixlip.results.run_report import Reporting
from shapiq_fixlip.typing import ExplainedIndex
from shapiq_fixlip.validation import check_choice, check_seed, probability

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import InteractionValues

    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.approximators.shapley import CrossModalShapley
    from shapiq_fixlip.sides.images import ImageLike

__all__ = ["VisionLanguageExplainer"]

_DEFAULT_ORDER = 2


class VisionLanguageExplainer(Reporting, Explainer):
    """Explains why a model finds images and texts similar.

    Attributes:
        p: Probability of a player to be present; ``None`` for Shapley interactions.
        report: What the last explanation cost and how good it is.

    Examples:
        >>> from functools import partial
        >>> from shapiq_fixlip import Grid, VisionLanguageGame, Words, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> explainer = VisionLanguageExplainer("demo", p=0.3, random_state=0)
        >>> values = explainer.explain(scene.image, scene.caption)
        >>> values.index, values.n_players, explainer.report.passes
        ('FWBII', 58, (256, 256))

        With other players, in Shapley interactions:

        >>> choices = {"players": Grid(3, 3), "words": Words()}
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> make_game = partial(VisionLanguageGame, encoder, **choices)
        >>> explainer = VisionLanguageExplainer(make_game, index="k-SII")
        >>> explainer.explain(scene.image, "a lion").n_players
        11
    """

    def __init__(
        self,
        model: Encoder | str | Callable[[ImageLike, str], VisionLanguageGame],
        *,
        index: ExplainedIndex = "FWBII",
        max_order: int | None = None,
        p: float | None = None,
        budget: int | Literal["auto"] | None = None,
        random_state: int | None = None,
    ) -> None:
        """Choose what is explained, and how.

        Args:
            model: An encoder, the name of one for :func:`~shapiq_fixlip.load_encoder`, or a
                function from an image and a text to their game, for other players and removals.
            index: See :data:`~shapiq_fixlip.typing.ExplainedIndex`. Default ``"FWBII"``.
            max_order: The most players of an interaction. Default 1 for ``"SV"`` and ``"BV"``, else
                2.
            p: Probability of a player to be present, for ``"FWBII"`` only. Default 0.5.
            budget: The most coalition values; ``"auto"``, for Banzhaf interactions only, until more
                would change little. Default 256 passes of each side.
            random_state: Seed. Default ``None``, a new one for every explanation.

        Raises:
            InputError: If an argument is not allowed.
        """
        check_choice("index", index, ExplainedIndex)
        if p is not None and index != "FWBII":
            msg = f"must be left out for {index}, it is for FWBII, got {p!r}."
            raise InputError("p", msg)
        if budget == "auto" and index in SHAPLEY_INDICES:
            msg = f"must be a number for {index}, got 'auto'."
            raise InputError("budget", msg)
        if budget is not None and budget != "auto":
            whole_number("budget", budget)
        highest = highest_order(index)
        if max_order is None:
            max_order = highest or _DEFAULT_ORDER
        if whole_number("max_order", max_order) > (highest or max_order):
            msg = f"must be at most {highest} for {index}, got {max_order}."
            raise InputError("max_order", msg)
        p = probability("p", BANZHAF_P if p is None else p)
        check_seed(random_state)
        self.p = None if index in SHAPLEY_INDICES else p
        self._make_game = _maker_of_games(model)
        self._chosen_index, self._budget, self._random_state = index, budget, random_state
        label: Any = index if max_order > 1 else "SV" if index in SHAPLEY_INDICES else "BV"
        super().__init__(model=self.game, index=label, max_order=max_order)

    def game(self, image: ImageLike, text: str) -> VisionLanguageGame:
        """Return the game of an image and a text, for anything else that shapiq does with games."""
        return self._make_game(image, text)

    def approximator_for(self, game: VisionLanguageGame) -> FIxLIP | CrossModalShapley:
        """Return what approximates a game, for ``shapiq.AgnosticExplainer`` and others."""
        return approximator_for(
            self._chosen_index,
            game.n_players,
            self.max_order,
            p=BANZHAF_P if self.p is None else self.p,
            random_state=self._random_state,
        )

    def explain(  # type: ignore[override]  # an image and a text, not a row of a table
        self, image: ImageLike, text: str
    ) -> InteractionValues:
        """Explain the similarity of an image and a text.

        Args:
            image: A path, a PIL image, or a uint8 array of shape ``(H, W, 3)``.
            text: Any text.

        Returns:
            The interactions; players are those of ``game(image, text)``.

        Raises:
            InputError: If the image or the text cannot be used.
        """
        return self.explain_function((image, text))

    def explain_function(  # type: ignore[override]
        self, x: tuple[ImageLike, str]
    ) -> InteractionValues:
        """Explain a pair of an image and a text."""
        game = self.game(*x)
        approximator = self.approximator_for(game)
        budget: Any = self._budget
        values = approximator.approximate(budget, game)
        self._approximator, self._report = approximator, approximator.report
        return values


def _maker_of_games(
    model: Encoder | str | Callable[[ImageLike, str], VisionLanguageGame],
) -> Callable[[ImageLike, str], VisionLanguageGame]:
    if isinstance(model, str):
        model = load_encoder(model)
    if isinstance(model, Encoder):
        return partial(VisionLanguageGame, model)
    if not callable(model):
        msg = (
            "must be an encoder, its name, or a function from an image and a text to a game, "
            f"got {brief(model)}."
        )
        raise InputError("model", msg)
    return model
