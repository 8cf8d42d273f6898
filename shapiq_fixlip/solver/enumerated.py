"""A side of which all coalitions are known: nothing is estimated."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, override

import numpy as np
import torch

from shapiq_fixlip.solver.basis import positions, subsets_up_to, supersets
from shapiq_fixlip.solver.derivatives import derivatives_of
from shapiq_fixlip.solver.set_chunks import ListedSets
from shapiq_fixlip.solver.side_fit import HeldOut, PosteriorFit, held_out_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.solver.set_chunks import SetChunk
    from shapiq_fixlip.typing import FloatArray

__all__ = ["EnumeratedFit"]


class EnumeratedFit(PosteriorFit):
    """The exact parts of a side, of which all coalitions come in the order of enumeration."""

    @cached_property
    def _derivatives(self) -> list[list[FloatArray]]:
        """The expected derivatives of every node and degree, each of shape ``(q, d)``."""
        ends = np.cumsum([len(subsets) for subsets in self._all_subsets])[:-1]
        return [
            np.split(derivatives_of(self.embeddings, self._all_subsets, node), ends)
            for node in self.index.nodes
        ]

    @cached_property
    def _all_subsets(self) -> list[np.ndarray]:
        return subsets_up_to(self.n, self.max_degree)

    @override
    def parts(self, size: int) -> FloatArray:
        sums = [supersets(self._all_subsets, size, d) for d in range(size, self.max_degree + 1)]
        parts = [
            factor ** (degree - size) * (sums[degree - size] @ of_node[degree])
            for factor, of_node in zip(self.index.factors, self._derivatives, strict=True)
            for degree in range(size, self.max_degree + 1)
        ]
        places = positions(self._all_subsets[size], self.subsets[size], self.n)
        return np.stack(parts, axis=1)[places]

    def moments_by_degree(self) -> list[FloatArray]:
        """Return the mean products of all pairs of dimensions of the parts of each degree."""
        (p,), (of_degrees,) = self.index.nodes, self._derivatives
        return [(p * (1 - p)) ** size * d.T @ d for size, d in enumerate(of_degrees)]

    @override
    def parts_in_chunks(
        self, size: int, directions: torch.Tensor | None
    ) -> Iterator[tuple[SetChunk, torch.Tensor]]:
        parts = torch.as_tensor(self.parts(size)).to(self.device).permute(1, 2, 0)
        found = parts if directions is None else directions @ parts
        yield ListedSets(torch.as_tensor(self.subsets[size]).to(self.device)), found

    @property
    @override
    def left_out_errors(self) -> torch.Tensor:
        return torch.zeros(0, self.embeddings.shape[1], dtype=torch.float64, device=self.device)

    @property
    @override
    def output_covariance(self) -> torch.Tensor:
        d = self.embeddings.shape[1]
        return torch.zeros(d, d, dtype=torch.float64, device=self.device)

    @override
    def error_covariances(self, size: int) -> FloatArray:
        n_parts = len(self.index.nodes) * (self.max_degree + 1 - size)
        return np.zeros((len(self.subsets[size]), n_parts, n_parts))

    @override
    def held_out(self, rng: np.random.Generator) -> HeldOut:
        """Return the parts of the function itself: nothing is estimated, so nothing is held out."""
        rows, weights = held_out_rows(self.sample.weights, rng)
        if not self.index.predicts_values:
            return HeldOut(self.embeddings[rows], self.embeddings[None, rows], weights)
        (node,), (derivatives,) = self.index.nodes, self._derivatives
        changes = self.sample.coalitions[rows] - node
        parts = [
            changes[:, players].prod(axis=2) @ of_degree
            for players, of_degree in zip(self._all_subsets, derivatives, strict=True)
        ]
        return HeldOut(self.embeddings[rows], np.stack(parts), weights)
