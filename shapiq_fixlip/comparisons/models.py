"""Comparison of several models on one image and one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PIL import ImageOps

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.comparisons.model_comparison import ModelComparison
from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.encoders.loading import load_encoder, read_outline
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.explaining.game import explain_game
from shapiq_fixlip.games.contrast import check_same_places
from shapiq_fixlip.games.loading import check_pair
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.progress import check_verbose, tracked
from shapiq_fixlip.results.views import explained_spread
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.marked_players import Boxes, Regions
from shapiq_fixlip.sides.parsing import choices_of
from shapiq_fixlip.validation import check_flag, check_random_state, shared_random_state

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from shapiq_fixlip.encoders.base import Outline
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.parsing import (
        ImagePlayersLike,
        ImageRemovalLike,
        TextPlayersLike,
        TextRemovalLike,
    )
    from shapiq_fixlip.typing import Verbosity

__all__ = ["check_models", "compare_models"]

_DEFAULT_MODELS = ("demo", "demo-siglip")


def compare_models(  # noqa: PLR0913 - those of a game and of FIxLIP
    image: ImageLike,
    text: str,
    *,
    models: Sequence[str] | Mapping[str, Encoder] = _DEFAULT_MODELS,
    revisions: Sequence[str] = (),
    image_players: ImagePlayersLike = "7x7",
    text_players: TextPlayersLike = "words",
    image_removal: ImageRemovalLike = "zero",
    text_removal: TextRemovalLike = "attention",
    truncation: bool = False,
    crop: bool = True,
    p: float | None = None,
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = 0,
    device: str | torch.device = "cpu",
    verbose: Verbosity = "auto",
) -> ModelComparison:
    """Explain one image and one text under several models, with the same players.

    Args:
        image: The image: a path or any other :data:`~shapiq_fixlip.sides.ImageLike`.
        text: The text.
        models: Two or more models: names for :func:`~shapiq_fixlip.load_encoder`, or encoders by
            any names. Default: ``"demo"`` and ``"demo-siglip"``.
        revisions: Branch, tag or commit on the hub, one for each model ('' for the latest version).
            Default: the latest versions.
        image_players: Players of the image: patches, ROWSxCOLUMNS, superpixels[:NUMBER],
            labels:FILE or boxes:LEFT,TOP,RIGHT,BOTTOM;... All models must have the same players, so
            patches are possible only if all models have equally many. Default ``"7x7"``.
        text_players: Players of the text: tokens, words, phrases:ONE;ANOTHER, fixed (no players) or
            template, for a text such as 'a photo of a {dog}'. Tokens differ between models. Default
            ``"words"``.
        image_removal: How absent image players are removed: zero, mean, gray, black, blur, drop or
            fill:FILE. Default ``"zero"``.
        text_removal: How absent text players are removed: attention, remove, replace or
            replace:TOKEN. Default ``"attention"``.
        truncation: Whether to explain only the first words of a text that has too many tokens,
            which is refused otherwise. Default ``False``.
        crop: Whether to crop the image to its central square, so that models that crop and models
            that squeeze images see the same. With boxes and regions, which are marked in the whole
            image, it is not cropped. Default ``True``.
        p: Probability that a player is present, for FWBII and WBII. Default 0.5.
        budget_image: Maximum number of image passes. Default 256.
        budget_text: Maximum number of text passes. Default 256.
        random_state: Seed of the sampling; all models see the same coalitions. Default 0.
        device: Torch device, such as 'cuda', or 'auto'. Default ``"cpu"``.
        verbose: See :data:`~shapiq_fixlip.typing.Verbosity`. Default ``"auto"``.

    Returns:
        The explanations by model, with their similarities.

    Raises:
        InputError: If the models do not have the same players in the same places of the image, or
            an argument is not allowed; if possible before any weights are loaded.

    Examples:
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> comparison = compare_models(
        ...     scene.image, "a lion", models=["demo", "demo-siglip"], image_players="3x3"
        ... )
        >>> list(comparison.explanations)
        ['demo', 'demo-siglip']
        >>> comparison.agreement.columns.tolist()
        ['pairs', 'pairs_linear', 'pairs_sign', 'pairs_top', 'players']
    """
    check_models(models)
    check_flag("crop", crop)
    check_verbose(verbose)
    _check_revisions(revisions, models)
    check_random_state(random_state)
    settings = ApproximationSettings(p=p, random_state=shared_random_state(random_state))
    settings.check_budget(None, budget_image, budget_text)
    choices = choices_of(
        image_players, text_players, image_removal, text_removal, truncation=truncation
    )
    loaded = load_image(image)
    if crop and not isinstance(choices["image_players"], Boxes | Regions):
        loaded = ImageOps.fit(loaded, (min(loaded.size),) * 2)
    check_pair(loaded, text, **choices)
    encoders = _encoders(
        models,
        revisions,
        device,
        lambda outline: check_pair(loaded, text, **choices, outline=outline),
    )
    games = {
        name: VisionLanguageGame(encoder, loaded, text, **choices)
        for name, encoder in encoders.items()
    }
    unseen = {game.unseen_text for game in games.values()}
    if len(unseen) > 1:
        msg = (
            "must cut the text at the same word for all models, which take different numbers of "
            f"tokens, got {len(unseen)} different places; shorten the text."
        )
        raise InputError("truncation", msg)
    _check_same_players(games)
    told = {
        "image_players": str(image_players),
        "text_players": str(text_players),
        "image_removal": str(image_removal),
        "text_removal": str(text_removal),
        "truncation": truncation,
        "crop": crop,
    }
    revised = dict(zip(models, revisions, strict=False))
    explanations = {
        name: explain_game(
            game,
            settings.approximator(game.n_players),
            budget_image=budget_image,
            budget_text=budget_text,
            settings={"model": name, "revision": revised.get(name) or None, **told},
        )
        for name, game in tracked(games.items(), "models", total=len(games), verbose=verbose)
    }
    spreads = {
        name: explained_spread(explanation.values, settings.p_used) or 1.0
        for name, explanation in explanations.items()
    }
    return ModelComparison(
        explanations,
        spreads,
        {"models": list(games), **told, "p": settings.p_used, "random_state": random_state},
    )


def _check_revisions(
    revisions: Sequence[str], models: Sequence[str] | Mapping[str, Encoder]
) -> None:
    given: object = revisions
    allowed = {0} if isinstance(models, Mapping) else {0, len(models)}
    if not isinstance(given, list | tuple) or len(given) not in allowed:
        msg = f"must be one for each of {len(models)} names, or none, got {brief(given)}."
        raise InputError("revisions", msg)


def _encoders(
    models: Sequence[str] | Mapping[str, Encoder],
    revisions: Sequence[str],
    device: str | torch.device,
    check: Callable[[Outline], None],
) -> dict[str, Encoder]:
    """Load the models that are names, after all of them have been checked."""
    if isinstance(models, Mapping):
        return dict(models)
    revised = [
        (name, revision or None)
        for name, revision in zip(models, revisions or [""] * len(models), strict=True)
    ]
    for name, revision in revised:
        check(read_outline(name, revision=revision))
    return {
        name: load_encoder(name, device=device, revision=revision) for name, revision in revised
    }


def check_models(models: object) -> None:
    """Check that ``models`` are at least two different names, or encoders by name.

    Raises:
        InputError: If they are not.
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
        msg = f"must be two or more different models, got {brief(names)}."
        raise InputError("models", msg)


def _check_same_players(games: Mapping[str, VisionLanguageGame]) -> None:
    first, *others = games.values()
    check_same_places([game.image_side for game in games.values()], "models")
    for other in others:
        if other.text_labels != first.text_labels:
            msg = (
                "must give all models the same players, such as words, "
                f"got {brief(first.text_labels)} and {brief(other.text_labels)}."
            )
            raise InputError("text_players", msg)
