"""Games of two sides that never see each other: ``v(S) = scale <f(S_1), g(S_2)> + bias``.

1. A value is a pure function of the coalition, whatever else is asked for with it or before it.
2. The players of the first side come first.
3. ``m_1`` and ``m_2`` coalitions of the sides cost ``m_1 + m_2`` passes for ``m_1 * m_2`` values.

Tests hold every game to this contract.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast, override
from zipfile import BadZipFile

import numpy as np
from shapiq import Game

from shapiq_fixlip.coalitions.chunks import row_chunks
from shapiq_fixlip.errors import InputError, brief, first_line
from shapiq_fixlip.files import as_path
from shapiq_fixlip.sides.base import checked_embeddings
from shapiq_fixlip.sides.players import distinct_names
from shapiq_fixlip.validation import check_flag

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeGuard

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix, GameValues

    from shapiq_fixlip.sides.base import Side

__all__ = [
    "SeparableGame",
    "check_all_loaded",
    "check_own_values",
    "check_separable",
    "factorises",
]

_BROKEN_FILES = (OSError, LookupError, TypeError, ValueError)


class SeparableGame(Game):
    """The similarity of two sides as a ``shapiq.Game``; everything in shapiq runs on it.

    Attributes:
        sides: The first and the second side.
        scale: The factor of the inner product.
        bias: What is added to the scaled inner product.
        player_names: The unique names of all players, those of the first side first.
        empty_value: The value of the empty coalition, not centred.
        full_value: The value of the full coalition, not centred.
        is_centred: Whether a call of the game centres its values.
        has_loaded_values: Whether values come from a file (:meth:`load_values`).
    """

    has_loaded_values: bool
    is_centred: bool

    def __init__(
        self,
        first: Side,
        second: Side,
        *,
        scale: float = 1.0,
        bias: float = 0.0,
        normalize: bool = True,
    ) -> None:
        """Join two sides.

        Args:
            first: The side whose players come first.
            second: The other side.
            scale: The factor of the inner product. Default 1.
            bias: What is added to the scaled inner product. Default 0.
            normalize: Whether a call of the game centres its values, so that the empty coalition
                has the value 0 (``value_function`` never does). Default ``True``.

        Raises:
            InputError: If the sides embed in different spaces, or ``scale`` or ``bias`` is not
                finite.
        """
        if not (math.isfinite(scale) and math.isfinite(bias)):
            msg = f"and bias must be finite, got {scale} and {bias}."
            raise InputError("scale", msg)
        self.sides, self.has_loaded_values, self.is_centred = (first, second), False, normalize
        self.scale, self.bias = float(scale), float(bias)
        self.player_names = tuple(_names_of_both(first, second))
        n_players = first.n_players + second.n_players
        bounds = np.array([[False], [True]]).repeat(n_players, axis=1)
        self.empty_value, self.full_value = self.value_function(bounds).tolist()
        super().__init__(
            n_players,
            normalize=normalize,
            normalization_value=self.empty_value,
            player_names=list(self.player_names),
        )

    @property
    def original_model_output(self) -> float:
        """The model's output for the untouched input: :attr:`full_value`, by shapiq's name."""
        return self.full_value

    @override
    def load_values(self, path: Path | str, *, precomputed: bool = False) -> None:
        """Use the values of a file from now on, instead of those of the sides.

        See ``shapiq.Game``. The game, ``FIxLIP``, ``exact_interactions`` and all of shapiq look
        them up; what needs the sides themselves refuses such a game. Whether values are centred
        stays as it is, whatever the file says.

        Args:
            path: A file by ``save_values`` or ``save``, of as many players.
            precomputed: Whether to look values up although some are missing; these cannot be asked
                for any more. Default ``False``.

        Raises:
            InputError: If there is no such file, or if values are missing: that of the empty or
                full coalition, or any if ``precomputed`` is ``False``.
        """
        path = as_path("path", path)
        check_flag("precomputed", precomputed)
        loaded = Game(self.n_players, normalize=False)
        try:
            loaded.load_values(path, precomputed=precomputed)
        except (*_BROKEN_FILES, BadZipFile) as error:
            msg = f"must be a file of values of {self.n_players} players, got {path}: "
            raise InputError("path", msg + first_line(error)) from error
        if not loaded.precomputed:
            msg = (
                f"must be True for a file with some of the values alone, got {precomputed} for "
                f"{loaded.n_values_stored:,} of 2^{self.n_players} values in {path}."
            )
            raise InputError("precomputed", msg)
        values, everyone = loaded.game_values, tuple(range(self.n_players))
        if () not in values or everyone not in values:
            msg = f"must have the values of the empty and of the full coalition, got {path}."
            raise InputError("path", msg)
        self.game_values, self._precompute_flag, self.has_loaded_values = values, True, True
        self.empty_value, self.full_value = values[()], values[everyone]
        self.normalization_value = self.empty_value if self.is_centred else 0.0
        self._empty_coalition_value_property = self._grand_coalition_value_property = None

    @override
    def value_function(self, coalitions: CoalitionMatrix) -> GameValues:
        """Return the values of coalitions, not centred.

        Args:
            coalitions: Boolean, of shape ``(m, n_players)``.

        Returns:
            Of shape ``(m,)``.

        Raises:
            InputError: If the coalitions are not boolean, or do not have a column for each player.
        """
        first_part, second_part = self._parts(coalitions)
        if not len(first_part):
            return np.empty(0)
        first, second = (
            checked_embeddings(side, part)
            for side, part in zip(self.sides, (first_part, second_part), strict=True)
        )
        if first.shape != second.shape:
            msg = (
                "must embed in the space of the first side, "
                f"got {second.shape[1]} and {first.shape[1]} dimensions."
            )
            raise InputError("second", msg)
        # a sum for each row: the summation order of a matrix product depends on the batch
        products = [
            np.einsum("md,md->m", first[rows], second[rows], dtype=np.float64)
            for rows in row_chunks(*first.shape)
        ]
        return self.scale * np.concatenate(products) + self.bias

    def shown(self, coalition: NDArray[np.bool_]) -> tuple[Any, Any]:
        """Return what the model sees of each side, for a person to look at.

        Args:
            coalition: Boolean, of shape ``(n_players,)``.

        Returns:
            For an image a uint8 array of shape ``(H, W, 3)``, for a text a string.

        Raises:
            InputError: If the coalition is not boolean, or does not have an entry for each player.
        """
        first, second = self._parts(coalition)
        return self.sides[0].shown(first[0]), self.sides[1].shown(second[0])

    def _parts(self, coalitions: CoalitionMatrix) -> tuple[CoalitionMatrix, CoalitionMatrix]:
        """Check coalitions, and split them into those of the first and of the second side."""
        try:
            coalitions = np.atleast_2d(coalitions)
        except ValueError as error:
            msg = f"must be rows of equal length, got {brief(coalitions)}."
            raise InputError("coalitions", msg) from error
        if coalitions.dtype != np.bool_ and not np.isin(coalitions, (0, 1)).all():
            msg = (
                "must be True or False, or 1 or 0, for each player, "
                f"got others of type {coalitions.dtype}."
            )
            raise InputError("coalitions", msg)
        coalitions = coalitions.astype(bool)
        if coalitions.shape[1:] != (len(self.player_names),):
            msg = (
                f"must have {len(self.player_names)} columns, one for each player, "
                f"got shape {coalitions.shape}."
            )
            raise InputError("coalitions", msg)
        n_first = self.sides[0].n_players
        return coalitions[:, :n_first], coalitions[:, n_first:]


def _names_of_both(first: Side, second: Side) -> list[str]:
    """Return unique names for all players, with the number of the side if both share a name."""
    if set(first.player_names) & set(second.player_names) and first.kind == second.kind:
        return [
            f"{number}: {name}"
            for number, side in enumerate((first, second), start=1)
            for name in side.player_names
        ]
    return distinct_names([*first.player_names, *second.player_names])


def check_all_loaded(game: SeparableGame) -> None:
    """Check that no value is missing of a game with loaded values.

    Raises:
        InputError: If one is.
    """
    n_values = 2**game.n_players
    if game.has_loaded_values and game.n_values_stored < n_values:
        msg = f"must have all {n_values:,} values, got {game.n_values_stored:,} loaded ones."
        raise InputError("game", msg)


def factorises(game: object) -> TypeGuard[SeparableGame]:
    """Return whether a game has sides from which all its values follow."""
    return isinstance(game, SeparableGame) and not game.has_loaded_values


def check_separable(game: object) -> None:
    """Check that ``game`` is a :class:`SeparableGame`.

    Raises:
        InputError: If it is not.
    """
    if not isinstance(game, SeparableGame):
        msg = f"must be a SeparableGame, got {brief(game)}."
        raise InputError("game", msg)


def check_own_values(game: object) -> None:
    """Check that ``game`` is a :class:`SeparableGame` whose values are those of its sides.

    Raises:
        InputError: If it is not.
    """
    check_separable(game)
    if cast("SeparableGame", game).has_loaded_values:
        msg = (
            "must have the values of its sides, got one with loaded values; FIxLIP, "
            "exact_interactions and all of shapiq use these."
        )
        raise InputError("game", msg)
