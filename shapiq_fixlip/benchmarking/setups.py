"""Setups of ``shapiq_benchmark``: games of images and texts by names and numbers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, override

import numpy as np
from shapiq_benchmark.setups import Setup, runtime_field

from shapiq_fixlip.demo.scenes import random_scene
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.files import file_digest, is_file, is_folder
from shapiq_fixlip.games.loading import load_game
from shapiq_fixlip.games.zero_shot import PROMPT_TEMPLATE
from shapiq_fixlip.typing import ClassValue, ValueScale  # noqa: TC001 - setups check their fields

if TYPE_CHECKING:
    from shapiq_fixlip.games.image_text import ImageTextGame

__all__ = ["VisionLanguageSetup"]

_N_OBJECTS = 2


@dataclass(frozen=True, kw_only=True)
class VisionLanguageSetup(Setup, name="vision_language"):  # type: ignore[call-arg]
    """The game of an image and a text under any model, of a demo scene by default.

    Attributes:
        model: As for :func:`~shapiq_fixlip.explain`; default ``"demo"``, which is embedded. The
            content of a folder counts for ``key``.
        revision: Branch, tag or commit of a model on the hub. Default: the latest version.
        image: The file of an image, whose content counts for ``key``. Default: a demo scene.
        scene: Seed of the demo scene. Default 0.
        text: The text. Default: the caption of the scene.
        against: Another text, for a contrast. Default: none.
        class_names: The classes of a zero-shot game. Default: none.
        class_value: See :data:`~shapiq_fixlip.typing.ClassValue`. Default ``"margin"``.
        prompt_template: The text of a class. Default ``"a photo of a {}."``.
        image_players: Players of the image. Default ``"3x3"``.
        text_players: Players of the text. Default ``"words"``.
        image_removal: How absent image players are removed. Default ``"zero"``.
        text_removal: How absent text players are removed. Default ``"attention"``.
        truncation: Whether a text may be longer than the model's context. Default ``False``.
        value: Logit or cosine. Default ``"logit"``.
        device: Torch device, not part of ``key``. Default ``"cpu"``.

    Examples:
        >>> from shapiq_benchmark import Benchmark
        >>> setup = VisionLanguageSetup(scene=1, text="a lion", image_players="2x2")
        >>> benchmark = Benchmark.from_setup(setup, cache=False)
        >>> benchmark.game.n_players
        6
    """

    model: str = "demo"
    revision: str | None = None
    image: str | None = None
    scene: int = 0
    text: str | None = None
    against: str | None = None
    class_names: tuple[str, ...] | None = None
    class_value: ClassValue = "margin"
    prompt_template: str = PROMPT_TEMPLATE
    image_players: str = "3x3"
    text_players: str = "words"
    image_removal: str = "zero"
    text_removal: str = "attention"
    truncation: bool = False
    value: ValueScale = "logit"
    device: str = runtime_field("cpu")

    @override
    def build(self) -> ImageTextGame:
        """Build the game.

        Raises:
            InputError: If a field cannot be used.
        """
        seed = whole_number("scene", self.scene, least=0)
        scene = random_scene(np.random.default_rng(seed), _N_OBJECTS)
        text = self.text
        if text is None and self.class_names is None:
            if self.image is not None:
                msg = f"must be given along with an image, got only {self.image!r}."
                raise InputError("text", msg)
            text = scene.caption
        return load_game(
            scene.image if self.image is None else self.image,
            text,
            model=self.model,
            revision=self.revision,
            against=self.against,
            class_names=self.class_names,
            class_value=self.class_value,
            prompt_template=self.prompt_template,
            image_players=self.image_players,
            text_players=self.text_players,
            image_removal=self.image_removal,
            text_removal=self.text_removal,
            truncation=self.truncation,
            value=self.value,
            device=self.device,
        )

    @property
    @override
    def key(self) -> str:
        """A stable identifier of the game; other contents of its files are another game."""
        key: str = super().key
        files = [Path(self.image)] if self.image is not None and is_file(self.image) else []
        if is_folder(self.model):
            files += sorted(file for file in Path(self.model).rglob("*") if file.is_file())
        if not files:
            return key
        content = " ".join([key, *map(file_digest, files)])
        return hashlib.sha256(content.encode()).hexdigest()[: len(key)]
