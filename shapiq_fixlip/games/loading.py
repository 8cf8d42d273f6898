"""From the name of a model to a game; what does not fit is refused before weights are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.encoders.loading import load_encoder, read_outline
from shapiq_fixlip.errors import InputError, brief, renamed
from shapiq_fixlip.games.contrast import ContrastGame
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.games.zero_shot import (
    PROMPT_TEMPLATE,
    check_classes,
    class_prompts,
    zero_shot_game,
)
from shapiq_fixlip.sides.image import check_image_choices
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.parsing import choices_of
from shapiq_fixlip.sides.text import check_text_choices
from shapiq_fixlip.sides.text_players import Template
from shapiq_fixlip.typing import ClassValue, ValueScale
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.encoders.base import Outline
    from shapiq_fixlip.encoders.loading import ModelLike
    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.sides.image_players import ImagePlayers
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.parsing import (
        ImagePlayersLike,
        ImageRemovalLike,
        TextPlayersLike,
        TextRemovalLike,
    )
    from shapiq_fixlip.sides.text_players import TextPlayers
    from shapiq_fixlip.sides.text_removal import Replace
    from shapiq_fixlip.typing import ImageRemovalName, TextRemovalName

__all__ = ["check_pair", "load_game"]


def load_game(  # noqa: PLR0913 - those of a game and of its model
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
    device: str | torch.device = "cpu",
    dtype: str | torch.dtype | None = None,
) -> ImageTextGame:
    """Load a model and make a game of an image and a text under it.

    Args:
        image: The image: a path or any other :data:`~shapiq_fixlip.sides.ImageLike`.
        text: The text; with class names one of them, by default the one that fits best.
        model: The model: ``"demo"``, ``"demo-siglip"`` or ``"demo-shortcut"`` (embedded), a folder,
            an id on the Hugging Face hub, or ``"open_clip:MODEL/TAG"``; or an encoder or a model in
            memory, see :func:`~shapiq_fixlip.load_encoder`.
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
        device: Torch device, such as 'cuda', or 'auto'. A model in memory stays where it is.
            Default ``"cpu"``.
        dtype: Type of weights and activations, such as 'bfloat16'; embeddings stay float32. A model
            in memory keeps its own. Default: float32.

    Returns:
        A :class:`~shapiq_fixlip.VisionLanguageGame`, a :class:`~shapiq_fixlip.ContrastGame` if
        there is another text, or the game of :func:`~shapiq_fixlip.games.zero_shot_game`.

    Raises:
        InputError: If an argument cannot be used, or does not fit the others. What can be checked
            without the model's weights is checked before they are loaded.
    """
    check_choice("value", value, ValueScale)
    loaded = load_image(image)
    choices = choices_of(
        image_players, text_players, image_removal, text_removal, truncation=truncation
    )
    names = check_classes(class_names, text, class_value, prompt_template, value)
    if class_names is not None:
        if against is not None:
            msg = f"must be left out with class names, got {brief(against)}."
            raise InputError("against", msg)
        marked = isinstance(choices["text_players"], Template)
        texts = class_prompts(names, prompt_template, marked=marked)
    elif text is None:
        msg = "must be given unless there are class names."
        raise InputError("text", msg)
    else:
        texts = [text]
    _check(loaded, texts, against, **choices)
    if not isinstance(model, Encoder | torch.nn.Module):
        _check(loaded, texts, against, **choices, outline=read_outline(model, revision=revision))
    encoder = _encoder(model, device, dtype, revision)
    if class_names is not None:
        return zero_shot_game(
            encoder,
            loaded,
            names,
            text=text,
            class_value=class_value,
            prompt_template=prompt_template,
            **choices,
            value=value,
        )
    game = VisionLanguageGame(encoder, loaded, texts[0], **choices, value=value)
    if against is None:
        return game
    with renamed("text", "against"):
        other = game.with_text(against)
    tokens, other_tokens = (part.text_side.prepared.ids.tolist() for part in (game, other))
    if tokens == other_tokens:
        raise _is_the_same(against)
    return ContrastGame(game, other)


def _encoder(
    model: ModelLike,
    device: str | torch.device,
    dtype: str | torch.dtype | None,
    revision: str | None,
) -> Encoder:
    """Return the encoder of a model; one in memory stays as it is."""
    if not isinstance(model, Encoder | torch.nn.Module):
        return load_encoder(model, device=device, dtype=dtype, revision=revision)
    if dtype is not None:
        msg = f"must be left out for a model in memory, which keeps its own, got {dtype!r}."
        raise InputError("dtype", msg)
    if isinstance(model, torch.nn.Module):
        return load_encoder(model, revision=revision)
    if revision is not None:
        msg = f"must be of a model on the hub, got {brief(revision)} for an encoder."
        raise InputError("revision", msg)
    return model


def _check(
    image: ImageLike,
    texts: Sequence[str],
    against: str | None,
    *,
    outline: Outline | None = None,
    **choices: Any,  # noqa: ANN401 - those of check_pair
) -> None:
    """Check the image and all texts, each by the name that it was given by."""
    first, *more = texts
    with renamed("text", "class_names" if more else "text"):
        check_pair(image, first, outline=outline, **choices)
    names = dict.fromkeys(more, "class_names") | ({} if against is None else {against: "against"})
    players, removal = choices["text_players"], choices["text_removal"]
    for text, name in names.items():
        with renamed("text", name):
            check_text_choices(text, players, removal, outline, truncation=choices["truncation"])
    if against is not None:
        _check_differs(against, first)


def _check_differs(against: str, text: str) -> None:
    """Check that the model sees two different texts."""
    if against.split() == text.split():
        raise _is_the_same(against)


def _is_the_same(against: str) -> InputError:
    msg = f"must be another text for the model, got {brief(against)}, too."
    return InputError("against", msg)


def check_pair(
    image: ImageLike,
    text: str,
    *,
    image_players: ImagePlayers,
    text_players: TextPlayers,
    image_removal: ImageRemovalName | Fill,
    text_removal: TextRemovalName | Replace,
    truncation: bool = False,
    outline: Outline | None = None,
) -> None:
    """Check that all arguments of :func:`load_game` fit each other, without any weights.

    Args:
        image: The image.
        text: The text.
        image_players: The player map of the image.
        text_players: The player map of the text.
        image_removal: What is in the place of absent image players.
        text_removal: What is in the place of absent text players.
        truncation: Whether the text may be longer than the model's context. Default ``False``.
        outline: What is known of the model. Default: nothing.

    Raises:
        InputError: If an argument cannot be used, or does not fit the others.
    """
    check_text_choices(text, text_players, text_removal, outline, truncation=truncation)
    check_image_choices(image, image_players, image_removal, outline)
