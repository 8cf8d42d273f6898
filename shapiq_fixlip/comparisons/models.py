"""The same image and text under several models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import ImageOps
from tqdm.auto import tqdm

from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.comparisons.model_comparison import ModelComparison
from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.encoders.loading import load_encoder, read_outline
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.contrast import check_same_places
from shapiq_fixlip.games.loading import check_pair
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.results.tables import explained_spread
from shapiq_fixlip.sides.image_players import Grid
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.marked_players import Boxes, Regions
from shapiq_fixlip.sides.text_players import Words
from shapiq_fixlip.validation import check_options, seed_for_all

if TYPE_CHECKING:
    import torch

    from shapiq_fixlip.sides.image_players import ImagePlayers
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.text_players import TextPlayers
    from shapiq_fixlip.sides.text_removal import Replace
    from shapiq_fixlip.typing import ImageRemovalName, TextRemovalName

__all__ = ["check_models", "compare_models"]

_ORDER = 2
_GRID = (7, 7)


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
    random_state = seed_for_all(random_state)
    explanations, errors, reports = {}, {}, {}
    for name, game in tqdm(games.items(), "models", unit="model", disable=not verbose):
        fixlip = FIxLIP(game.n_players, min(_ORDER, game.n_players), p=p, random_state=random_state)
        explanations[name] = fixlip.approximate(
            game=game, budget_image=budget_image, budget_text=budget_text
        )
        errors[name], reports[name] = fixlip.standard_errors(), fixlip.report
    spreads = {name: explained_spread(values, p) or 1.0 for name, values in explanations.items()}
    return ModelComparison(games, explanations, errors, reports, spreads, p)


def check_models(models: object) -> None:
    """Refuse what are no models to compare.

    Raises:
        InputError: If they are fewer than two, are named twice, or are none.
    """
    names, wrong = [], [models]
    if isinstance(models, Sequence | Mapping) and not isinstance(models, str):
        names = list(models)
        encoders = models.values() if isinstance(models, Mapping) else ()
        wrong = [name for name in names if not isinstance(name, str)]
        wrong += [encoder for encoder in encoders if not isinstance(encoder, Encoder)]
    if wrong:
        msg = f"must be names of models, or encoders by names, got {brief(wrong[0])}."
        raise InputError("models", msg)
    if len(set(names)) < max(2, len(names)):
        msg = f"must be two or more different ones, got {brief(names)}."
        raise InputError("models", msg)


def _check_same_players(games: Mapping[str, VisionLanguageGame]) -> None:
    first, *others = games.values()
    check_same_places([game.image_side for game in games.values()], "models")
    for other in others:
        if other.words != first.words:
            msg = (
                "must give all models the same players, such as Words(), "
                f"got {brief(first.words)} and {brief(other.words)}."
            )
            raise InputError("words", msg)
