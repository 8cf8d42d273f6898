"""Settings that all runs over a data set share: the inputs, their players and removals."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapiq_fixlip import __version__
from shapiq_fixlip.datasets.loading import check_data, data_digests, load_data
from shapiq_fixlip.files import file_digest
from shapiq_fixlip.sides.parsing import choices_of

if TYPE_CHECKING:
    from shapiq_fixlip.datasets.base import PairDataset

__all__ = ["DataRun"]

_WITH_FILES = ("labels", "fill")
"""Players and removals that are followed by the name of a file."""


@dataclass(frozen=True, kw_only=True)
class DataRun:
    """The inputs of a run, their players and removals; a part of :class:`~.work.Work`.

    Attributes:
        data: Data set: demo-scenes, demo-collages, demo-marked, coded[:196], csv:FILE,
            coco:CAPTIONS,IMAGES, collages:FOLDER or hub:NAME[@SPLIT].
        n_inputs: Maximum number of inputs. More can be added to a run later. Default: all; 100 of
            demo data, collages and a hub.
        data_random_state: Seed of randomly generated data.
        image_players: Players of the image: patches, ROWSxCOLUMNS, superpixels[:NUMBER],
            labels:FILE or boxes:LEFT,TOP,RIGHT,BOTTOM;...
        text_players: Players of the text: tokens, words, phrases:ONE;ANOTHER, fixed (no players) or
            template, for a text such as 'a photo of a {dog}'.
        image_removal: How absent image players are removed: zero, mean, gray, black, blur, drop or
            fill:FILE.
        text_removal: How absent text players are removed: attention, remove, replace or
            replace:TOKEN.
        truncation: Whether to explain only the first words of a text that has too many tokens,
            which is refused otherwise.
        device: Torch device, such as 'cuda', or 'auto'.
    """

    data: str = "demo-scenes"
    n_inputs: int | None = None
    data_random_state: int = 0
    image_players: str = "patches"
    text_players: str = "tokens"
    image_removal: str = "zero"
    text_removal: str = "attention"
    truncation: bool = False
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Check everything that can be checked before anything is loaded.

        Raises:
            InputError: If an argument is not allowed.
        """
        check_data(self.n_inputs, self.data_random_state)
        self.choices()

    @property
    def n_at_once(self) -> int:
        """How many inputs one process works on at once: one, as methods may change the model."""
        return 1

    def examples(self) -> PairDataset:
        """Return the data set.

        Raises:
            InputError: If there is no such data set, or it cannot be read.
        """
        return load_data(self.data, self.n_inputs, random_state=self.data_random_state)

    def choices(self) -> dict[str, Any]:
        """Return players and removals, as keyword arguments of a game.

        Files are read here, not for every input.

        Raises:
            InputError: If one is not allowed, or a file cannot be read.
        """
        return choices_of(
            self.image_players,
            self.text_players,
            self.image_removal,
            self.text_removal,
            truncation=self.truncation,
        )

    def facts(self) -> dict[str, Any]:
        """Return everything that records depend on, ready for JSON: settings and file digests."""
        settings = dataclasses.asdict(self)
        del settings["n_inputs"], settings["device"]  # results do not depend on them
        return {
            **settings,
            "data_digests": data_digests(self.data),
            "choice_digests": self._choice_digests(),
            "shapiq_fixlip": __version__,
        }

    def _choice_digests(self) -> dict[str, str]:
        """Return digests of the files in players and removals, to detect changed files."""
        written = [choice.partition(":") for choice in (self.image_players, self.image_removal)]
        names = [name for kind, _, name in written if kind in _WITH_FILES]
        return {name: file_digest(Path(name)) for name in names}
