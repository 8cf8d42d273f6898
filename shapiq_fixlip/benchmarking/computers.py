"""Exact values of separable games, as ``shapiq_benchmark`` wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast, override

from shapiq_benchmark import Computer

from shapiq_fixlip.approximators.exact import MAX_ORDER, MAX_PLAYERS, exact_interactions
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.results.indices import BANZHAF_P, OF_ANY_P, indices_at
from shapiq_fixlip.typing import ExactIndex
from shapiq_fixlip.validation import names_of, probability

if TYPE_CHECKING:
    from shapiq import Game, InteractionValues

__all__ = ["SeparableComputer", "computer_at"]


class SeparableComputer(Computer[SeparableGame]):
    """Exact values by :func:`~shapiq_fixlip.exact_interactions`.

    Each side is enumerated by itself: ``2^n_1 + 2^n_2`` passes in the place of ``2^(n_1 + n_2)``
    values. shapiq chooses only among its own computers, so pass this one explicitly.

    Attributes:
        p: Probability that a player is present, 0.5; :func:`computer_at` has others.

    Examples:
        >>> from shapiq_benchmark import Benchmark
        >>> from shapiq_fixlip.benchmarking import VisionLanguageSetup
        >>> setup = VisionLanguageSetup(text="a lion", image_players="2x3")
        >>> benchmark = Benchmark.from_setup(setup, SeparableComputer, cache=False)
        >>> benchmark.exact_values("FBII", 2).n_players
        8
    """

    name = "separable"
    p: ClassVar[float] = BANZHAF_P

    @classmethod
    @override
    def supports_game(cls, game: Game) -> bool:
        """Separable games with at most 16 players on each side."""
        return isinstance(game, SeparableGame) and (
            max(side.n_players for side in game.sides) <= MAX_PLAYERS
        )

    @classmethod
    @override
    def supported_indices(cls) -> tuple[Any, ...]:
        """The indices of :func:`~shapiq_fixlip.exact_interactions` that are at ``p``."""
        return indices_at(names_of(ExactIndex), cls.p)

    @override
    def max_order(self) -> int:
        return min(MAX_ORDER, self.game.n_players)

    @override
    def _compute(self, index: Any, order: int) -> InteractionValues:
        p = self.p if index in OF_ANY_P else None
        return exact_interactions(self.game, cast("ExactIndex", index), order, p)


def computer_at(p: float) -> type[SeparableComputer]:
    """Return the computer of ``"FWBII"`` and ``"WBII"`` at ``p``, in the place of Banzhaf's.

    Args:
        p: Probability that a player is present.

    Raises:
        InputError: If it is not allowed.
    """
    p = probability("p", p)
    name = SeparableComputer.name + ("" if p == BANZHAF_P else f"_{p}")
    content = {"p": p, "name": name, "__module__": __name__}
    return type(f"SeparableComputer_{p}", (SeparableComputer,), content)
