"""Interactions that are known because the model was written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, override

import numpy as np
import torch
from shapiq import InteractionValues

from shapiq_fixlip.approximators.exact import exact_interactions
from shapiq_fixlip.encoders.known import KnownImageTower, KnownTextTower
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.games.vision_language import check_vision_language
from shapiq_fixlip.sides.base import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.encoders.known import KnownModel
    from shapiq_fixlip.encoders.known_readings import Counts, Reading
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import ExactIndex, FloatArray

__all__ = ["ZERO", "KnownGame", "known_interactions", "planted_pairs"]

_N_CHECKED = 8
"""Coalitions at which the game must have the values that follow from what is known."""

_TOLERANCE = 1e-3
"""By which these may differ, and below which a patch does not show a code."""

ZERO = 1e-9
"""Exact values, relative to the largest, that count as zero."""

_EXACT = (torch.float32, torch.float64)


def known_interactions(
    game: VisionLanguageGame,
    index: ExactIndex = "FWBII",
    max_order: int | None = None,
    p: float | None = None,
) -> InteractionValues:
    """Return the exact interactions of a game whose model was written down.

    Few patches and words matter to the models ``"known:sum"``, ``"known:any-patch"``,
    ``"known:both-patches"`` and others; their interactions follow from what the models count. All
    other players have none. The game is evaluated at eight coalitions to check that.

    Args:
        game: The game of such a model, with patches as players, such as one of
            :class:`~shapiq_fixlip.datasets.CodedImages`.
        index: See :func:`~shapiq_fixlip.exact_interactions`. Default ``"FWBII"``.
        max_order: Maximum number of players in an interaction. Default as there.
        p: Probability that a player is present, for ``"FWBII"`` and ``"WBII"``. Default 0.5.

    Returns:
        The interactions of all players that matter.

    Raises:
        InputError: If the model is another one or not in single precision at least, the image is
            not one of codes, the text repeats words too often, players or their removal leave more
            than whole patches and words, or an argument is not allowed.

    Examples:
        >>> from shapiq_fixlip import VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.datasets import CodedImages
        >>> example = CodedImages(1)[0]
        >>> game = VisionLanguageGame(load_encoder("known:sum"), example.image, example.text)
        >>> exact = known_interactions(game)
        >>> round(max(exact.interactions.values()), 6)
        1.0
    """
    return KnownGame.of(game).interactions(index, max_order, p)


def planted_pairs(game: VisionLanguageGame) -> NDArray[np.bool_]:
    """Return which patches and words the model of known answers reads together.

    They have an exact Shapley interaction, too: a patch and a word of ``known:word-order`` have
    none if the words come in the other order.

    Args:
        game: See :func:`known_interactions`.

    Returns:
        Of shape ``(n_players_image, n_players_text)``.

    Raises:
        InputError: As :func:`known_interactions`.
    """
    return KnownGame.of(game).planted


@dataclass(frozen=True)
class KnownGame:
    """What is known of a game.

    Attributes:
        n_players: The number of players of the game.
        players: The numbers of the players that matter, those of the image first.
        reduced: The game of these alone.
        planted: See :func:`planted_pairs`.
    """

    n_players: int
    players: tuple[int, ...]
    reduced: SeparableGame
    planted: NDArray[np.bool_]

    @classmethod
    def of(cls, game: VisionLanguageGame) -> KnownGame:
        """Count what each player brings, and check the game against what follows."""
        check_vision_language(game)
        image, text = game.image_side, game.text_side
        if not isinstance(image.tower, KnownImageTower) or not isinstance(
            text.tower, KnownTextTower
        ):
            msg = "must be of a model of known answers, such as 'known:sum', got another one."
            raise InputError("game", msg)
        reading = image.tower.model.reading
        codes = image.tower.detect(image.prepared.pixels)[0]
        words = text.tower.detect(text.prepared.ids)[0]
        _check_read(image.tower.model, codes)
        of_patches = image.patch_shares @ codes.double().cpu().numpy()
        of_tokens = text.token_shares @ words.double().cpu().numpy()
        first = np.flatnonzero(np.abs(of_patches).max(axis=1) > _TOLERANCE)
        second = np.flatnonzero(of_tokens[:, : len(reading.words)].any(axis=1))
        sides = (
            _Counted(of_patches[first], reading.codes, reading.embed_image),
            _Counted(of_tokens[second], reading.counted_words, reading.embed_text),
        )
        if not reading.fits(*(side.counts_of_all for side in sides)):
            msg = "must have a text that repeats fewer words, got features that are too long."
            raise InputError("game", msg)
        reduced = SeparableGame(*sides, scale=game.scale, bias=game.bias)
        players = (*first.tolist(), *(game.n_players_image + second).tolist())
        _check_values(game, reduced, players)
        together = _read_together(reading, of_patches, of_tokens)
        return cls(game.n_players, players, reduced, together & _interact(game, reduced, players))

    def interactions(
        self, index: ExactIndex, max_order: int | None = None, p: float | None = None
    ) -> InteractionValues:
        """Return the exact interactions of all players that matter."""
        exact = exact_interactions(self.reduced, index, max_order, p)
        renamed = {
            tuple(self.players[i] for i in players): value
            for players, value in exact.interactions.items()
        }
        return InteractionValues(
            renamed,
            index=exact.index,
            max_order=exact.max_order,
            min_order=exact.min_order,
            n_players=self.n_players,
            estimated=False,
            baseline_value=exact.baseline_value,
        )


def _check_read(model: KnownModel, codes: torch.Tensor) -> None:
    """Check that numbers are exact enough, and that patches show codes or do not."""
    if codes.dtype not in _EXACT:
        msg = f"must be of a model in float32 or float64, got {codes.dtype}."
        raise InputError("game", msg)
    if not torch.isclose(codes, codes.round(), rtol=0, atol=_TOLERANCE).all():
        msg = "must have an image of codes, as of CodedImages, got another image."
        raise InputError("game", msg)
    if not codes.round().any():
        msg = f"must have an image with some of {', '.join(model.reading.codes)}, got none of them."
        raise InputError("game", msg)


def _read_together(
    reading: Reading, of_patches: FloatArray, of_tokens: FloatArray
) -> NDArray[np.bool_]:
    """Return which patches and words are read by the same feature."""
    together = np.zeros((len(of_patches), len(of_tokens)), dtype=bool)
    for feature in reading.features:
        codes = [reading.codes.index(code) for code in feature.codes]
        words = [reading.words.index(word) for word in feature.words]
        shows = np.abs(of_patches[:, codes]).max(axis=1) > _TOLERANCE
        together |= np.outer(shows, of_tokens[:, words].any(axis=1))
    return together


def _interact(
    game: VisionLanguageGame, reduced: SeparableGame, players: Sequence[int]
) -> NDArray[np.bool_]:
    """Return which patches and words have a Shapley interaction."""
    found = np.zeros((game.n_players_image, game.n_players_text), dtype=bool)
    exact = exact_interactions(reduced, "SII").interactions
    largest = max(map(abs, exact.values()), default=0.0)
    for numbers in exact:
        named = [players[i] for i in numbers]
        if len(named) == 2 and named[0] < game.n_players_image <= named[1]:  # noqa: PLR2004 - a pair
            is_there = abs(exact[numbers]) > ZERO * largest
            found[named[0], named[1] - game.n_players_image] = is_there
    return found


def _check_values(game: VisionLanguageGame, reduced: SeparableGame, players: Sequence[int]) -> None:
    """Check that the players that matter explain the values of some coalitions."""
    rng = np.random.default_rng(0)
    coalitions = rng.random((_N_CHECKED, game.n_players)) < rng.random((_N_CHECKED, 1))
    expected = reduced.value_function(coalitions[:, list(players)])
    if not np.allclose(game.value_function(coalitions), expected, atol=_TOLERANCE):
        msg = (
            "must have single patches and words as players that leave nothing when they are "
            "removed (image_removal='zero', text_removal='attention'), got others."
        )
        raise InputError("game", msg)


class _Counted(Side):
    """The players of one side that matter, each with what it adds to the counts."""

    kind = "player"

    def __init__(
        self,
        counts: FloatArray,
        names: Sequence[str],
        embed: Callable[[Counts], torch.Tensor],
    ) -> None:
        self.player_names = tuple(map(str, range(len(counts))))
        self._counts, self._names, self._embed, self._n_passes = counts, names, embed, 0

    @property
    @override
    def n_passes(self) -> int:
        return self._n_passes

    @property
    def counts_of_all(self) -> Counts:
        """The counts of all players together, ``(1,)`` for each name."""
        return self._counts_of(np.ones((1, self.n_players), dtype=bool))

    def _counts_of(self, coalitions: CoalitionMatrix) -> Counts:
        counts = torch.as_tensor(coalitions.astype(np.float64) @ self._counts)
        return dict(zip(self._names, counts.unbind(dim=1), strict=True))

    @override
    def embed(self, coalitions: CoalitionMatrix) -> FloatArray:  # type: ignore[override]  # exact
        self._n_passes += len(coalitions)
        return self._embed(self._counts_of(coalitions)).numpy()
