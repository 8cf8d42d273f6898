"""An explainer of a model with the interface of shapiq's explainers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, cast, override

import joblib
import numpy as np
from shapiq.explainer.base import Explainer

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.explaining.game import explain_exactly, explain_game
from shapiq_fixlip.explaining.methods import chosen_method
from shapiq_fixlip.explaining.pairs import GameMaker, as_pair, as_pairs
from shapiq_fixlip.games.zero_shot import PROMPT_TEMPLATE
from shapiq_fixlip.progress import check_verbose, tracked
from shapiq_fixlip.validation import check_random_state, n_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from numpy.typing import NDArray
    from shapiq import InteractionValues
    from shapiq.approximator.base import Approximator

    from shapiq_fixlip.encoders.loading import ModelLike
    from shapiq_fixlip.explaining.explanation import Explanation
    from shapiq_fixlip.explaining.methods import AnyApproximator
    from shapiq_fixlip.explaining.pairs import GameChoices, PairLike
    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.typing import ClassValue, ExactIndex, Verbosity

__all__ = ["VisionLanguageExplainer"]


class VisionLanguageExplainer(Explainer):
    """Explains why a model finds images and texts similar.

    Attributes:
        p: Probability that a player is present; ``None`` for indices that have none.
        explanation: The last explanation, with its standard errors and costs.
        explanations: All of the last call.

    Examples:
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> explainer = VisionLanguageExplainer("demo", p=0.3, random_state=0)
        >>> values = explainer.explain(scene.image, scene.caption)
        >>> values.index, values.n_players, explainer.explanation.run.passes
        ('FWBII', 58, (256, 256))

        With other players, and another index by an approximator of shapiq:

        >>> choices = {"image_players": "2x2", "approximator": "regression"}
        >>> explainer = VisionLanguageExplainer("demo", index="k-SII", **choices)
        >>> explainer.explain(x={"image": scene.image, "text": "a lion"}, budget=64).n_players
        6

        Several pairs, and several classes:

        >>> [found.index for found in explainer.explain_X([(scene.image, "a lion")], budget=64)]
        ['k-SII']
        >>> explainer = VisionLanguageExplainer("demo", class_names=["lion", "snail", "cup"])
        >>> explainer.game(scene.image).text
        'a photo of a lion. | a photo of a snail.'
    """

    def __init__(  # noqa: PLR0913 - model, index, approximator, and classes
        self,
        model: ModelLike | Callable[[ImageLike, str], ImageTextGame],
        *,
        index: ExactIndex = "FWBII",
        max_order: int | None = None,
        p: float | None = None,
        approximator: str | Approximator[Any] = "auto",
        budget: int | Literal["auto"] | None = None,
        random_state: int | None = None,
        class_names: Sequence[str] | None = None,
        class_value: ClassValue = "margin",
        prompt_template: str = PROMPT_TEMPLATE,
        **choices: Unpack[GameChoices],
    ) -> None:
        """Choose the model, the index and the budget.

        Args:
            model: An encoder, a model or its name for :func:`~shapiq_fixlip.load_encoder`, or a
                function from an image and a text to their game.
            index: See :data:`~shapiq_fixlip.typing.ExactIndex`. Default ``"FWBII"``. Those that are
                not approximated are exact, and need at most 16 players on each side.
            max_order: Maximum number of players in an interaction. Default: 1 for ``"SV"`` and
                ``"BV"``, else 2.
            p: Probability that a player is present, for ``"FWBII"`` and ``"WBII"``. Default 0.5.
            approximator: ``"auto"`` (default) for :class:`~shapiq_fixlip.FIxLIP` and
                :class:`~shapiq_fixlip.CrossModalShapley`; or as in shapiq's explainers a name, such
                as ``"regression"`` or ``"proxyshap"``, or an approximator, whose index and order
                count.
            budget: Maximum number of coalition values. With ``"auto"``, for Banzhaf interactions
                only, passes are doubled until more would change little. Default: 256 passes of each
                side; 2,048 values for approximators of shapiq.
            random_state: Seed. Default: ``None``, a new one for every explanation.
            class_names: Explain why an image is of one of these classes. Default: none.
            class_value: See :data:`~shapiq_fixlip.typing.ClassValue`. Default ``"margin"``.
            prompt_template: The text of a class, with ``{}`` for its name. Default
                ``"a photo of a {}."``.
            **choices: Players, removals and value of :class:`~shapiq_fixlip.VisionLanguageGame`.

        Raises:
            InputError: If an argument is not allowed.
        """
        self._method = chosen_method(
            approximator, index=index, max_order=max_order, p=p, random_state=random_state
        )
        self._method.check_budget(budget)
        self._budget, self._random_state = budget, random_state
        self.p = self._method.p
        classes = {
            "class_names": class_names,
            "class_value": class_value,
            "prompt_template": prompt_template,
        }
        self._maker = GameMaker(model, classes, choices)
        self._explanations: list[Explanation] = []
        label: Any = self._method.index
        super().__init__(model=self.game, index=label, max_order=self._method.max_order)

    @property
    def explanation(self) -> Explanation:
        """The last explanation, for tables, pictures and pages.

        Raises:
            RuntimeError: If nothing has been explained yet.
        """
        if not self._explanations:
            msg = "There is no explanation before the first call of explain."
            raise RuntimeError(msg)
        return self._explanations[-1]

    @property
    def explanations(self) -> list[Explanation]:
        """All explanations of the last call."""
        return list(self._explanations)

    def game(self, image: ImageLike, text: str | None = None) -> ImageTextGame:
        """Return the game of an image and a text, to use it with other tools of shapiq.

        Args:
            image: See :data:`~shapiq_fixlip.sides.ImageLike`.
            text: The text. With class names it is one of them, by default the best.

        Raises:
            InputError: If the image or the text cannot be used.
        """
        return self._maker.game(image, text)

    def approximator_for(self, game: ImageTextGame) -> Approximator[Any] | None:
        """Return an approximator for a game, such as for ``shapiq.AgnosticExplainer``.

        It is ``None`` for an index that is computed exactly.
        """
        return self._method.approximator(game.n_players, self._random_state)

    @override
    def explain(  # type: ignore[override]  # an image and a text beside x
        self,
        image: ImageLike | PairLike | None = None,
        text: str | None = None,
        *,
        x: PairLike | None = None,
        budget: int | Literal["auto"] | None = None,
        random_state: int | None = None,
    ) -> InteractionValues:
        """Explain the similarity of an image and a text.

        Args:
            image: A path, bytes, an open file, a Pillow image, an array or a tensor; see
                :data:`~shapiq_fixlip.sides.ImageLike`.
            text: The text. With class names it is one of them, by default the best.
            x: Both at once, as shapiq's explainers take their input. Default: ``image`` and
                ``text``.
            budget: Another budget than that of the explainer.
            random_state: Another seed than that of the explainer.

        Returns:
            The interactions of the players of ``game(image, text)``.

        Raises:
            InputError: If the image or the text cannot be used.
        """
        if (x is None) == (image is None):
            msg = "must be given, or x in its place."
            raise InputError("image", msg)
        pair = as_pair(cast("Any", image if x is None else x))
        if text is not None:
            if x is not None or pair[1] is not None:
                msg = f"must be given once, got {brief(text)} beside a pair."
                raise InputError("text", msg)
            pair = as_pair((pair[0], text))
        return self.explain_function(pair, budget=budget, random_state=random_state)

    @override
    def explain_function(  # type: ignore[override]  # nothing is ignored
        self,
        x: PairLike | ImageLike,
        *,
        budget: int | Literal["auto"] | None = None,
        random_state: int | None = None,
    ) -> InteractionValues:
        """Explain the similarity of an image and a text; see :meth:`explain`."""
        return self.explain_X([x], budget=budget, random_state=random_state)[0]

    @override
    def explain_X(  # type: ignore[override]  # pairs, not rows of a table
        self,
        X: Sequence[PairLike | ImageLike],
        *,
        n_jobs: int | None = None,
        random_state: int | None = None,
        verbose: Verbosity = False,
        budget: int | Literal["auto"] | None = None,
    ) -> list[InteractionValues]:
        """Explain many pairs.

        Equal texts, and images that are the same object or path, are embedded once, unless the
        model is a function that makes games of its own.

        Args:
            X: The pairs, each as :meth:`explain` takes it, or a pandas table with the columns
                ``image`` and ``text``.
            n_jobs: Number of threads, -1 for one on each core. Default: one.
            random_state: Another seed than that of the explainer. All pairs have the same one, so
                that they share passes; without any, a new one for every call.
            verbose: See :data:`~shapiq_fixlip.typing.Verbosity`. Default ``False``.
            budget: Another budget for each pair than that of the explainer.

        Returns:
            The interactions of every pair, in order.

        Raises:
            InputError: If a pair cannot be used, or an argument is not allowed.
        """
        check_verbose(verbose)
        self._method.check_budget(budget)
        check_random_state(random_state)
        pairs = as_pairs(X)
        wanted = self._budget if budget is None else budget
        seed = self._method.seed(self._random_state if random_state is None else random_state)
        games = tracked(self._maker.games(pairs), "pairs", total=len(pairs), verbose=verbose)

        def explained(game: ImageTextGame) -> tuple[Explanation, AnyApproximator | None]:
            approximator = self._method.approximator(game.n_players, seed)
            if approximator is None:
                index, order = cast("Any", self._method.index), self.max_order
                return explain_exactly(game, index, order, self._maker.settings), None
            settings = self._maker.settings
            explanation = explain_game(game, approximator, budget=wanted, settings=settings)
            return explanation, approximator

        parallel = joblib.Parallel(n_jobs=n_threads("n_jobs", n_jobs), require="sharedmem")
        done = list(parallel(joblib.delayed(explained)(game) for game in games))
        self._explanations = [explanation for explanation, _ in done]
        self._approximator = done[-1][1]
        return [explanation.values for explanation in self._explanations]

    @override
    def predict(
        self, x: PairLike | ImageLike | Sequence[PairLike | ImageLike]
    ) -> NDArray[np.float64]:
        """Return the model's output, which interactions explain.

        Args:
            x: A pair as :meth:`explain` takes it, or a list of some.

        Returns:
            The value of the full coalition of every pair, of shape ``(m,)``.

        Raises:
            InputError: If a pair cannot be used.
        """
        pairs = as_pairs(x if isinstance(x, list) else [cast("Any", x)])
        return np.array([game.original_model_output for game in self._maker.games(pairs)])

    @override
    def set_random_state(self, random_state: int | None = None) -> None:
        """Set the seed of all explanations to come.

        Args:
            random_state: The seed. Default: ``None``, no change, as in shapiq.

        Raises:
            InputError: If it is not allowed.
        """
        if random_state is not None:
            self._random_state = check_random_state(random_state)
