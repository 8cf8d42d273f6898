"""Explanations of the similarity of an image and a text, by one function call."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack, cast, override

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.encoders.loading import model_name
from shapiq_fixlip.files import as_json, as_path
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.games.loading import load_game
from shapiq_fixlip.output import result_folder, writing
from shapiq_fixlip.page.page import make_page
from shapiq_fixlip.plot.image_text import image_text_plot
from shapiq_fixlip.progress import check_verbose, passes_shown
from shapiq_fixlip.results.explained import one_line_summary
from shapiq_fixlip.results.saving import EXPLANATION_FILES, read_explanation, write_explanation
from shapiq_fixlip.results.tables import interaction_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import torch
    from matplotlib.axes import Axes
    from shapiq import InteractionValues

    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.approximators.shapley import CrossModalShapley
    from shapiq_fixlip.encoders.loading import ModelLike
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.page.page import Page
    from shapiq_fixlip.plot.chosen_players import Chosen
    from shapiq_fixlip.plot.drawn import Drawn
    from shapiq_fixlip.plot.options import PictureOptions
    from shapiq_fixlip.results.run_report import RunReport
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.parsing import (
        ImagePlayersLike,
        ImageRemovalLike,
        TextPlayersLike,
        TextRemovalLike,
    )
    from shapiq_fixlip.typing import Estimator, ExplainedIndex, Palette, ValueScale, Verbosity

__all__ = ["Explanation", "explain", "explain_game"]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The explanation of a game, shown as an interactive page in a notebook.

    Attributes:
        game: The explained game; a :class:`~shapiq_fixlip.games.SavedGame` if loaded from files.
        values: The interactions.
        run: Cost of the computation and quality of the fit; ``None`` if unknown.
        standard_errors: Those of the interactions; ``None`` if unknown.
        settings: How they were computed, such as the model, the players and ``p``.
        resolved: Those of the highest order that differ from zero; ``None`` if unknown.
    """

    game: SeparableGame
    values: InteractionValues
    run: RunReport | None = None
    standard_errors: InteractionValues | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    resolved: frozenset[tuple[int, ...]] | None = None

    @override
    def __repr__(self) -> str:
        return f"<Explanation: {one_line_summary(self)}>"

    def _repr_html_(self) -> str:
        """Return the page for a notebook."""
        return self.page()._repr_html_()

    def table(self, *, level: float = 0.95) -> pd.DataFrame:
        """List the interactions as :func:`~shapiq_fixlip.interaction_table` does.

        Args:
            level: Level of the intervals, between 0 and 1. Default 0.95.

        Raises:
            InputError: If the level is not allowed.
        """
        return interaction_table(
            self.values, self.game, self.standard_errors, resolved=self.resolved, level=level
        )

    def plot(
        self, condition_on: Chosen | None = None, **options: Unpack[PictureOptions]
    ) -> Drawn[Axes]:
        """Draw the image, the text and the strongest pairs of an image and a text player.

        Args:
            condition_on: See :func:`~shapiq_fixlip.image_text_plot`.
            **options: Any other arguments of :func:`~shapiq_fixlip.image_text_plot`, such as
                ``view="links"`` or ``width=3.25``.

        Raises:
            InputError: If there is no such player, or an argument is not allowed.
        """
        return image_text_plot(
            self.values,
            as_image_text(self.game),
            condition_on=condition_on,
            resolved=self.resolved,
            **options,
        )

    def page(self, path: Path | str | None = None, *, palette: Palette = "shapiq") -> Page:
        """Make an interactive page: one HTML file that loads nothing from elsewhere.

        Args:
            path: File to write, such as ``"explanation.html"``. Default: ``None``, no file.
            palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.

        Raises:
            InputError: If the file cannot be written, or the palette is unknown.
        """
        return make_page(self, path, palette=palette)

    def save(self, out: Path | str) -> None:
        """Write the explanation into a folder, whole or not at all.

        ``shapiq.InteractionValues.load`` also reads ``explanation.json``. Two pictures beside it
        hold the image as the model sees it, and the player of every pixel.

        Args:
            out: The folder; made if it does not exist.

        Raises:
            InputError: If files cannot be written there.
        """
        as_image_text(self.game)
        with result_folder(as_path("out", out), EXPLANATION_FILES) as results, writing(Path(out)):
            write_explanation(self, results.workplace)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a saved explanation; its tables, pictures and pages need no model.

        Args:
            path: Its folder, or its JSON file.

        Raises:
            InputError: If there is none, or its format is newer than this version.
        """
        return cls(**read_explanation(as_path("path", path)))


def explain(  # noqa: PLR0913 - all that a game and its approximator take
    image: ImageLike,
    text: str,
    *,
    model: ModelLike = "demo",
    revision: str | None = None,
    against: str | None = None,
    image_players: ImagePlayersLike = "patches",
    text_players: TextPlayersLike = "tokens",
    image_removal: ImageRemovalLike = "zero",
    text_removal: TextRemovalLike = "attention",
    truncation: bool = False,
    value: ValueScale = "logit",
    index: ExplainedIndex = "FWBII",
    p: float | None = None,
    max_order: int | None = None,
    max_order_image: int | None = None,
    max_order_text: int | None = None,
    estimator: Estimator = "shrinkage",
    budget: int | Literal["auto"] | None = None,
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = 0,
    device: str | torch.device = "cpu",
    verbose: Verbosity = "auto",
) -> Explanation:
    """Explain why a model finds an image and a text similar.

    Args:
        image: The image: a path or any other :data:`~shapiq_fixlip.sides.ImageLike`.
        text: The text.
        model: The model: ``"demo"``, ``"demo-siglip"`` or ``"demo-shortcut"`` (embedded), a folder,
            an id on the Hugging Face hub, or ``"open_clip:MODEL/TAG"``; or an encoder or a model in
            memory. Default ``"demo"``.
        revision: Branch, tag or commit of a model on the hub. Default: the latest version.
        against: Another text: explain why the first one fits better. Default: none.
        image_players: Players of the image: patches, ROWSxCOLUMNS, superpixels[:NUMBER],
            labels:FILE or boxes:LEFT,TOP,RIGHT,BOTTOM;... Default ``"patches"``.
        text_players: Players of the text: tokens, words, phrases:ONE;ANOTHER, fixed (no players) or
            template, for a text such as 'a photo of a {dog}'. Default ``"tokens"``.
        image_removal: How absent image players are removed: zero, mean, gray, black, blur, drop or
            fill:FILE. Default ``"zero"``.
        text_removal: How absent text players are removed: attention, remove, replace or
            replace:TOKEN. Default ``"attention"``.
        truncation: Whether to explain only the first words of a text that has too many tokens,
            which is refused otherwise. Default ``False``.
        value: What is explained: logit or cosine of the embeddings. Default ``"logit"``.
        index: Interaction index: FWBII, FBII, WBII, BII, BV, Fourier, SV, SII, k-SII, FSII, STII,
            CHII or kADD-SHAP. Default ``"FWBII"``.
        p: Probability that a player is present, for FWBII and WBII. Default 0.5.
        max_order: Maximum number of players in an interaction. Default: 2; 1 for SV and BV.
        max_order_image: Maximum number of image players in an interaction. Default: ``max_order``.
        max_order_text: Maximum number of text players in an interaction. Default: ``max_order``.
        estimator: How indices at one p are fitted: shrinkage or least_squares. Default
            ``"shrinkage"``.
        budget: Maximum number of image-text pairs; with auto, passes are doubled until more would
            change little. Default: 256 passes of each side.
        budget_image: Maximum number of image passes. Default 256.
        budget_text: Maximum number of text passes. Default 256.
        random_state: Seed of the sampling. Default 0.
        device: Torch device, such as 'cuda', or 'auto'. Default ``"cpu"``.
        verbose: See :data:`~shapiq_fixlip.typing.Verbosity`. Default ``"auto"``.

    Raises:
        InputError: If an argument cannot be used, if possible before any weights are loaded.

    Examples:
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> explanation = explain(demo_scene().image, "a lion", image_players="2x2")
        >>> explanation
        <Explanation: 'a lion', 4 + 2 players, FBII of order 2, exact, R² = 0.975>
    """
    settings = ApproximationSettings(
        index=index,
        max_order=max_order,
        p=p,
        estimator=estimator,
        max_order_image=max_order_image,
        max_order_text=max_order_text,
        random_state=random_state,
    )
    settings.check_budget(budget, budget_image, budget_text)
    check_verbose(verbose)
    choices: dict[str, Any] = {
        "revision": revision,
        "against": against,
        "image_players": image_players,
        "text_players": text_players,
        "image_removal": image_removal,
        "text_removal": text_removal,
        "truncation": truncation,
        "value": value,
    }
    told = {name: as_json(choice) for name, choice in choices.items() if choice}
    game = load_game(image, text, model=model, **choices, device=device)
    with passes_shown(verbose=verbose):
        return explain_game(
            game,
            settings.approximator(game.n_players),
            budget=budget,
            budget_image=budget_image,
            budget_text=budget_text,
            settings={"model": model_name(model), **told},
        )


def explain_game(
    game: SeparableGame,
    approximator: FIxLIP | CrossModalShapley,
    *,
    budget: int | Literal["auto"] | None = None,
    budget_image: int | None = None,
    budget_text: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Explanation:
    """Explain a game with an approximator.

    Args:
        game: The game.
        approximator: One for as many players.
        budget: See ``approximator.approximate``.
        budget_image: Maximum number of image passes. Default 256.
        budget_text: Maximum number of text passes. Default 256.
        settings: Further settings to keep, such as the model. Default: none.

    Raises:
        InputError: If an argument does not suit the game.
    """
    values = approximator.approximate(
        cast("Any", budget), game, budget_image=budget_image, budget_text=budget_text
    )
    run, errors = approximator.last_run, approximator.standard_errors()
    all_settings = {**(settings or {}), **approximator.settings}
    return Explanation(game, values, run, errors, all_settings, approximator.resolved())
