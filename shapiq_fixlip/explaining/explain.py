"""Explanations of the similarity of an image and a text, by one function call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.encoders.loading import model_name
from shapiq_fixlip.explaining.game import explain_game
from shapiq_fixlip.files import as_json
from shapiq_fixlip.games.loading import load_game
from shapiq_fixlip.games.zero_shot import PROMPT_TEMPLATE, check_classes
from shapiq_fixlip.progress import check_verbose, passes_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from shapiq_fixlip.encoders.loading import ModelLike
    from shapiq_fixlip.explaining.explanation import Explanation
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.parsing import (
        ImagePlayersLike,
        ImageRemovalLike,
        TextPlayersLike,
        TextRemovalLike,
    )
    from shapiq_fixlip.typing import ClassValue, Estimator, ExplainedIndex, ValueScale, Verbosity

__all__ = ["explain"]


def explain(  # noqa: PLR0913 - all that a game and its approximator take
    image: ImageLike,
    text: str | None = None,
    *,
    model: ModelLike = "demo",
    revision: str | None = None,
    against: str | None = None,
    class_names: Sequence[str] | None = None,
    class_value: ClassValue = "margin",
    prompt_template: str = PROMPT_TEMPLATE,
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
    dtype: str | torch.dtype | None = None,
    verbose: Verbosity = "auto",
) -> Explanation:
    """Explain why a model finds an image and a text similar.

    Args:
        image: The image: a path or any other :data:`~shapiq_fixlip.sides.ImageLike`.
        text: The text; with class names one of them, by default the one that fits best.
        model: The model: ``"demo"``, ``"demo-siglip"`` or ``"demo-shortcut"`` (embedded), a folder,
            an id on the Hugging Face hub, or ``"open_clip:MODEL/TAG"``; or an encoder or a model in
            memory. Default ``"demo"``.
        revision: Branch, tag or commit of a model on the hub. Default: the latest version.
        against: Another text: explain why the first one fits better. Default: none.
        class_names: Explain why the image is of one of these classes. Default: none.
        class_value: What is explained of a class: margin, mean-margin, logit or probability.
            Default ``"margin"``.
        prompt_template: The text of a class, with {} for its name. Default ``"a photo of a {}."``.
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
        dtype: Type of weights and activations, such as 'bfloat16'; embeddings stay float32. A model
            in memory keeps its own. Default: float32.
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
        "dtype": dtype,
    }
    names = check_classes(class_names, text, class_value, prompt_template, value)
    if names:
        classes = {"class_names": names, "class_value": class_value}
        choices |= {**classes, "prompt_template": prompt_template}
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
