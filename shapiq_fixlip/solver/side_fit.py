"""What every fit of one side offers, whatever its estimator.

A side is a function from coalitions to embeddings. Its *fit* estimates the parts of interactions of
:mod:`shapiq_fixlip.solver.derivative_index`, from which two fits together make the interactions of
a separable game (:mod:`shapiq_fixlip.solver.combine`).
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self, override

import numpy as np
import torch

from shapiq_fixlip.solver.basis import subsets_up_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.set_chunks import SetChunk
    from shapiq_fixlip.typing import FloatArray

__all__ = ["CPU", "HeldOut", "PosteriorFit", "SideFit", "held_out_rows", "roots_of"]

CPU = torch.device("cpu")

_TRIFLE = 1e-4
"""The share of a variance that is left out with the directions that hold the least of it."""

_MAX_ROWS = 1024
"""The most coalitions of each side that are held out; other numbers were not compared."""


@dataclass(frozen=True)
class HeldOut:
    """Coalitions that were held out, with their predictions.

    Attributes:
        embeddings: Those of these coalitions, of shape ``(r, d)``.
        by_degree: The predictions, each by all other coalitions: for every degree the component of
            the function, of shape ``(degrees, r, d)``; or only the whole function.
        weights: Of the coalitions, of shape ``(r,)``, summing to one.
    """

    embeddings: FloatArray
    by_degree: FloatArray
    weights: FloatArray


class SideFit(ABC):
    """The parts of the interactions of one side.

    Attributes:
        index: The index of interactions.
        sample: The coalitions it was fitted to.
        embeddings: Those of these coalitions, of shape ``(m, d)``.
        n: Number of players.
        max_degree: The most players of the side in an interaction.
        subsets: For every size the sets of players that are wanted, of shape ``(q, size)``.
        has_all_subsets: Whether these are all sets.
        device: Where tensors are.
    """

    def __init__(
        self,
        sample: Sample,
        embeddings: FloatArray,
        index: DerivativeIndex,
        max_degree: int,
        subsets: list[np.ndarray] | None = None,
        device: torch.device = CPU,
    ) -> None:
        """Keep what is fitted, and list the sets of players, by default all."""
        self.sample, self.embeddings, self.index = sample, embeddings, index
        self.n, self.max_degree = sample.coalitions.shape[1], max_degree
        self.has_all_subsets, self.device = subsets is None, device
        self.subsets = subsets_up_to(self.n, max_degree) if subsets is None else subsets

    def with_index(self, index: DerivativeIndex) -> Self:
        """Return the same fit of the parts of another index.

        What a cached property holds may depend on the index, and is computed anew; all else is
        kept.
        """
        other = copy.copy(self)
        other.index = index
        for name in vars(self):
            if isinstance(getattr(type(self), name, None), cached_property):
                del vars(other)[name]
        return other

    @abstractmethod
    def parts(self, size: int) -> FloatArray:
        """Return the estimated parts of all sets of players of a size, ``(q, parts, d)``."""

    def contract(self, size: int, vectors: FloatArray) -> FloatArray:
        """Return sums of inner products of all parts of each set with one vector each.

        Args:
            size: The number of players of the sets.
            vectors: Of shape ``(parts, r, d)``.

        Returns:
            Of shape ``(q, r)``.
        """
        return np.einsum("qpd,prd->qr", self.parts(size), vectors, optimize=True)

    @abstractmethod
    def held_out(self, rng: np.random.Generator) -> HeldOut:
        """Predict coalitions of the sample, each by all the others, by degree.

        Args:
            rng: Draws coalitions of a large sample.
        """


class PosteriorFit(SideFit):
    """A fit that knows how far its estimates may be off."""

    @abstractmethod
    def parts_in_chunks(
        self, size: int, directions: torch.Tensor | None
    ) -> Iterator[tuple[SetChunk, torch.Tensor]]:
        """Yield some sets of players at a time, and their parts.

        Args:
            size: The number of players.
            directions: Vectors of shape ``(r, d)``, of which inner products with the parts are
                yielded instead, or ``None``.

        Yields:
            A chunk of ``q`` sets, fillers included, and a tensor of shape ``(parts, d, q)`` or
            ``(parts, r, q)``.
        """

    @override
    def parts(self, size: int) -> FloatArray:
        chunks = self.parts_in_chunks(size, None)
        found = torch.cat([sets.without_fillers(parts, dim=2) for sets, parts in chunks], dim=2)
        return found.permute(2, 0, 1).cpu().numpy()

    def products_of_parts(self, size: int, roots: torch.Tensor) -> FloatArray:
        """Return the products ``x_t' C x_u`` of the parts of every set with a matrix ``C``.

        Args:
            size: The number of players of the sets.
            roots: Vectors whose outer products add up to ``C``, of shape ``(r, d)``.

        Returns:
            Of shape ``(q, parts, parts)``.
        """
        chunks = self.parts_in_chunks(size, roots)
        found = [
            sets.without_fillers(torch.einsum("prq,srq->qps", parts, parts))
            for sets, parts in chunks
        ]
        return torch.cat(found).cpu().numpy()

    @property
    @abstractmethod
    def left_out_errors(self) -> torch.Tensor:
        """How far embeddings are from predictions by all others, ``(m, d)``; none if known."""

    @property
    @abstractmethod
    def output_covariance(self) -> torch.Tensor:
        """Covariance of the unit of noise in the embedding of one coalition, ``(d, d)``."""

    @abstractmethod
    def error_covariances(self, size: int) -> FloatArray:
        """Return the covariances of the errors of parts, before :attr:`output_covariance`.

        Args:
            size: The number of players of the sets.

        Returns:
            Those of the parts of every set, of shape ``(q, parts, parts)``.
        """


def roots_of(covariance: torch.Tensor) -> torch.Tensor:
    """Return vectors whose outer products add up to a covariance, ``(r, d)``, but for a trifle."""
    if not covariance.any():  # of an enumerated side
        return covariance[:0]
    squares, directions = torch.linalg.eigh(covariance)
    squares = squares.clamp(min=0)
    is_kept = squares.cumsum(dim=0) > _TRIFLE * squares.sum()
    return (directions * squares.sqrt())[:, is_kept].T


def held_out_rows(weights: FloatArray, rng: np.random.Generator) -> tuple[np.ndarray, FloatArray]:
    """Return positions of coalitions, all or 1,024 draws, and their weights, summing to one."""
    weights = weights / weights.sum()
    if len(weights) <= _MAX_ROWS:
        return np.arange(len(weights)), weights
    rows, counts = np.unique(rng.choice(len(weights), _MAX_ROWS, p=weights), return_counts=True)
    return rows, counts / _MAX_ROWS
