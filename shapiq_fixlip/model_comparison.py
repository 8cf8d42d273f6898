"""The same image and text under several models, side by side."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import ImageOps
from scipy import stats
from tqdm.auto import tqdm

from shapiq_fixlip.approximator import FIxLIP
from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.encoders.loading import load_encoder, read_outline
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.contrast import check_same_places
from shapiq_fixlip.games.loading import check_pair
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.images import load_image
from shapiq_fixlip.options import check_options
from shapiq_fixlip.output import result_folder, writing
from shapiq_fixlip.page.report import report
from shapiq_fixlip.sides.image_players import Grid
from shapiq_fixlip.sides.marked_players import Boxes, Regions
from shapiq_fixlip.sides.text_players import Words
from shapiq_fixlip.views import (
    cross_pairs,
    explained_spread,
    interaction_columns,
    shared_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from shapiq import InteractionValues

    from shapiq_fixlip.images import ImageLike
    from shapiq_fixlip.page.report import Report
    from shapiq_fixlip.run_report import RunReport
    from shapiq_fixlip.sides.image_players import ImagePlayers
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.text_players import TextPlayers
    from shapiq_fixlip.sides.text_removal import Replace
    from shapiq_fixlip.typing import FloatArray, ImageRemovalName, Palette, TextRemovalName

__all__ = ["ModelComparison", "check_models", "compare_models"]

_ORDER = 2
_N_TOP = 10
_GRID = (7, 7)


@dataclass(frozen=True)
class ModelComparison:
    """Explanations of one image and one text by several models, of the same players.

    Attributes:
        games: What was explained, by the models' names.
        explanations: The interactions as each model has them, in its own logits.
        standard_errors: Theirs.
        reports: What each explanation cost and how well it fits.
        spreads: The standard deviation of what each explanation predicts at ``p``, in logits: what
            models are compared in units of, as their logits have scales of their own.
        p: The probability of a player to be present.
    """

    games: dict[str, VisionLanguageGame]
    explanations: dict[str, InteractionValues]
    standard_errors: dict[str, InteractionValues]
    reports: dict[str, RunReport]
    spreads: dict[str, float]
    p: float

    @property
    def normalized(self) -> dict[str, InteractionValues]:
        """The interactions in units of each model's spread."""
        return {
            name: values * (1 / self.spreads[name]) for name, values in self.explanations.items()
        }

    @property
    def table(self) -> pd.DataFrame:
        """One row for each model: what it finds, what that cost and how well it fits.

        The columns are ``similarity``, ``similarity_of_nothing`` and ``spread`` in the model's
        logits, ``passes_image``, ``passes_text``, ``seconds`` and ``faithfulness``, the
        cross-validated R² at ``p``.
        """
        rows = [
            {
                "similarity": self.games[name].full_value,
                "similarity_of_nothing": self.games[name].empty_value,
                "spread": self.spreads[name],
                "passes_image": report.passes[0],
                "passes_text": report.passes[1],
                "seconds": report.seconds_encoder + report.seconds_solver,
                "faithfulness": report.faithfulness,
            }
            for name, report in self.reports.items()
        ]
        return pd.DataFrame(rows, index=pd.Index(self.reports, name="model"))

    @property
    def agreement(self) -> pd.DataFrame:
        """One row for each pair of models: how alike what they find is.

        The columns are ``pairs`` and ``pairs_linear``, Spearman's and Pearson's correlation of all
        pairs of a patch and a word; ``pairs_sign``, the share of the ten strongest pairs of either
        model that have the same sign in both; ``pairs_top``, the share of the ten strongest pairs
        of one model that are among those of the other; and ``players``, Spearman's correlation of
        players, each with an equal share of its interactions. Not a number where there are no
        pairs.
        """
        first = next(iter(self.games.values()))
        found = {
            name: (cross_pairs(values, first.n_players_image).ravel(), shared_values(values))
            for name, values in self.explanations.items()
        }
        rows = [
            {"model": one, "other": other, **_agreement(found[one], found[other])}
            for one, other in itertools.combinations(found, 2)
        ]
        return pd.DataFrame(rows).set_index(["model", "other"])

    def interactions(self) -> pd.DataFrame:
        """List all interactions by name in units of spread, the strongest of any model first."""
        return interaction_columns(self.normalized, next(iter(self.games.values())))

    def report(self, path: Path | str | None = None, *, palette: Palette = "shapiq") -> Report:
        """Make an interactive page on which models are switched, in units of spread.

        Args:
            path: Where to write the page. Default ``None``, nowhere.
            palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.

        Raises:
            InputError: If the file cannot be written, or there is no such palette.
        """
        errors = {
            name: values * (1 / self.spreads[name]) for name, values in self.standard_errors.items()
        }
        return report(
            self.normalized,
            self.games,
            path,
            standard_errors=errors,
            run_report=self.reports,
            facts={"p": self.p, "unit": "standard deviation of each model's predictions at p"},
            palette=palette,
        )

    def save(self, out: Path | str, origin: Mapping[str, object] | None = None) -> None:
        """Write the comparison into a folder.

        ``models.json`` has the table and the agreement, ``models.csv`` all interactions in units
        of spread with one column for each model. Each model also has a file of its own interactions
        for ``shapiq.InteractionValues.load``, ``model-1.json`` and so on.

        Args:
            out: Made if it does not exist.
            origin: Facts to be written along. Default none.

        Raises:
            InputError: If files cannot be written there.
        """
        with result_folder(Path(out)) as workplace, writing(Path(out)):
            self.write(workplace, origin or {})

    def write(self, folder: Path, origin: Mapping[str, object]) -> None:
        """Write the files of :meth:`save` into a folder that is there."""
        first = next(iter(self.games.values()))
        facts: dict[str, Any] = {**origin, "p": self.p, "player_names": list(first.player_names)}
        summary = {
            **facts,
            "models": json.loads(self.table.reset_index().to_json(orient="records")),
            "agreement": json.loads(self.agreement.reset_index().to_json(orient="records")),
        }
        (folder / "models.json").write_text(
            json.dumps(summary, indent=2, ensure_ascii=False), encoding="utf-8"
        )
        self.interactions().to_csv(folder / "models.csv", index=False)
        for number, (name, values) in enumerate(self.explanations.items(), start=1):
            values.to_json_file(folder / f"model-{number}.json", **{**facts, "model": name})


def compare_models(  # noqa: PLR0913 - those of a game and of FIxLIP
    models: Sequence[str] | Mapping[str, Encoder],
    image: ImageLike,
    text: str,
    *,
    players: ImagePlayers | None = None,
    words: TextPlayers | None = None,
    removal: ImageRemovalName | Fill = "zero",
    text_removal: TextRemovalName | Replace = "attention",
    crop: bool = True,
    p: float = 0.5,
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = None,
    device: str | torch.device = "cpu",
    verbose: bool = False,
) -> ModelComparison:
    """Explain one image and one text under several models, with the same players.

    Args:
        models: Names for :func:`~shapiq_fixlip.load_encoder`, or encoders by any names; two at
            least.
        image: A path, a Pillow image, or a uint8 array of shape ``(H, W, 3)``.
        text: The text.
        players: The player map of the image, which must give all models the same players: not
            ``Patches()``, unless they have equally many. Default ``Grid(7, 7)``.
        words: The player map of the text. Default ``Words()``, as tokens differ between models.
        removal: What is in the place of absent image players. Default ``"zero"``.
        text_removal: What is in the place of absent text players. Default ``"attention"``.
        crop: Whether the image is cut to its central square first, so that models that crop and
            models that squeeze images see the same. Boxes and regions, which are marked in the
            whole image, are left as they are. Default ``True``.
        p: Probability of a player to be present. Default 0.5.
        budget_image: The most image passes of each model. Default 256.
        budget_text: The most text passes of each model. Default 256.
        random_state: Seed; all models see the same coalitions. Default ``None``, a new one at every
            call.
        device: Where models that are named run. Default ``"cpu"``.
        verbose: Whether to show a progress bar. Default ``False``.

    Returns:
        The interactions of every model and how alike they are.

    Raises:
        InputError: If the models do not have the same players in the same places of the image, or
            an argument is not allowed. What can be known without weights is refused first.

    Examples:
        >>> from shapiq_fixlip import Grid
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> comparison = compare_models(
        ...     ["demo", "demo-siglip"], scene.image, "a lion", players=Grid(3, 3), random_state=0
        ... )
        >>> list(comparison.explanations)
        ['demo', 'demo-siglip']
        >>> comparison.agreement.columns.tolist()
        ['pairs', 'pairs_linear', 'pairs_sign', 'pairs_top', 'players']
    """
    check_models(models)
    check_options(max_order=_ORDER, p=p, estimator="shrinkage", random_state=random_state)
    players, words = players or Grid(*_GRID), words or Words()
    choices: dict[str, Any] = {
        "players": players,
        "removal": removal,
        "words": words,
        "text_removal": text_removal,
    }
    loaded = load_image(image)
    if crop and not isinstance(players, Boxes | Regions):
        loaded = ImageOps.fit(loaded, (min(loaded.size),) * 2)
    check_pair(loaded, [text], **choices)
    if isinstance(models, Mapping):
        encoders = dict(models)
    else:
        for name in models:
            check_pair(loaded, [text], **choices, outline=read_outline(name))
        encoders = {name: load_encoder(name, device=device) for name in models}
    games = {
        name: VisionLanguageGame(encoder, loaded, text, **choices)
        for name, encoder in encoders.items()
    }
    _check_same_players(games)
    if random_state is None:  # one for all, so that they see the same coalitions
        random_state = int(np.random.default_rng().integers(2**32))
    explanations, errors, reports = {}, {}, {}
    for name, game in tqdm(games.items(), "models", unit="model", disable=not verbose):
        fixlip = FIxLIP(game.n_players, min(_ORDER, game.n_players), p=p, random_state=random_state)
        explanations[name] = fixlip.approximate(
            game=game, budget_image=budget_image, budget_text=budget_text
        )
        errors[name], reports[name] = fixlip.standard_errors(), fixlip.report
    spreads = {name: explained_spread(values, p) or 1.0 for name, values in explanations.items()}
    return ModelComparison(games, explanations, errors, reports, spreads, p)


def check_models(models: Sequence[str] | Mapping[str, Encoder]) -> None:
    """Refuse what are no models to compare.

    Raises:
        InputError: If they are fewer than two, are named twice, or are none.
    """
    is_named = isinstance(models, Mapping)
    is_list = isinstance(models, Sequence) and not isinstance(models, str)
    if not (is_named or is_list) or len(set(models)) < 2 or len(set(models)) < len(models):  # noqa: PLR2004 - a comparison
        msg = f"models must be two or more different ones, got {brief(models)}."
        raise InputError(msg)
    parts = models.values() if isinstance(models, Mapping) else models
    kind = Encoder if is_named else str
    for part in parts:
        if not isinstance(part, kind):
            msg = f"models must be names of models, or encoders by their names, got {brief(part)}."
            raise InputError(msg)


def _check_same_players(games: Mapping[str, VisionLanguageGame]) -> None:
    first, *others = games.values()
    check_same_places([game.image_side for game in games.values()], "models")
    for other in others:
        if other.words != first.words:
            msg = (
                "words must give all models the same players, such as Words(), "
                f"got {brief(first.words)} and {brief(other.words)}."
            )
            raise InputError(msg)


def _agreement(
    one: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray]
) -> dict[str, float]:
    """Compare the pairs and the players of two models."""
    (pairs, players), (other_pairs, other_players) = one, other
    top, other_top = (set(np.argsort(-np.abs(found))[:_N_TOP]) for found in (pairs, other_pairs))
    either = sorted(top | other_top)
    return {
        "pairs": _correlation(stats.spearmanr, pairs, other_pairs),
        "pairs_linear": _correlation(stats.pearsonr, pairs, other_pairs),
        "pairs_sign": float(np.mean(pairs[either] * other_pairs[either] > 0)) if either else np.nan,
        "pairs_top": len(top & other_top) / len(top) if top else np.nan,
        "players": _correlation(stats.spearmanr, players, other_players),
    }


def _correlation(kind: Callable[..., Any], one: FloatArray, other: FloatArray) -> float:
    """Return a correlation, not a number where one of both is constant."""
    varies = len(one) > 1 and min(np.ptp(one), np.ptp(other)) > 0
    return float(kind(one, other).statistic) if varies else np.nan
