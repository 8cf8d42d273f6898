"""Shrinkage: posterior means of the parts of a side, and how far they may be off.

Nearly the fit of least squares from far fewer passes: the prior of
:mod:`shapiq_fixlip.solver.kernels` learns from the same embeddings how much each player matters.
Faithful Banzhaf and Shapley interactions differ only in where derivatives are taken.

The posterior alone is too sure. What it calls noise is the part of the function that it did not
find, and a few hundred coalitions do not tell of which degree this part is. Errors allow for it:
they are those of the same estimates if what is unexplained were of the highest degree of the fit,
spread evenly over all sets of players, and at single coalitions. How much is unexplained, and
where, the leave-one-out errors tell.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, override

import numpy as np
import torch

from shapiq_fixlip.solver.gaussian_process import (
    GaussianProcess,
    choose_prior,
    inner_products,
)
from shapiq_fixlip.solver.mixture import white_noise
from shapiq_fixlip.solver.parts import Parts, PriorCovariances
from shapiq_fixlip.solver.side_fit import CPU, HeldOut, PosteriorFit, held_out_rows
from shapiq_fixlip.solver.threads import in_threads
from shapiq_fixlip.solver.unexplained import Unexplained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.kernels import Prior
    from shapiq_fixlip.solver.subsets import Subsets
    from shapiq_fixlip.typing import FloatArray

__all__ = ["ROWS_TUNED", "ShrinkageFit"]

ROWS_TUNED = 512
"""The most coalitions that choose the prior; every step costs their cube.

``benchmarks/passes.py`` and ``benchmarks/shapley.py`` measure the estimators with this number.
Others were not compared.
"""

_N_FOLDS, _N_FOLDS_OF_FEW, _FEW = 4, 8, 128
"""Parts into which a sample is cut; for each the prior is chosen from the others.

With 4 parts of 64 coalitions, R² is told too low on sparse games (``benchmarks/coverage.py``).
"""

_PAIR = 2
"""Players of a pair."""

_NEGLIGIBLE = 1e-12
"""The largest covariance of noise with parts that is left out, for 40 players and more at p = 0.5.

A coalition of many players alone changes no expected derivative.
"""


class ShrinkageFit(PosteriorFit):
    """The posterior of the parts of a side, with errors that allow for what is unexplained.

    Attributes:
        p: The presence probability at which players are standardised.
        n_fixed: How many of the first coalitions were not drawn.
        coalitions: Zeros and ones, of shape ``(m, n)``.
        process: The Gaussian process of the values of coalitions.
        white: The covariance of noise of variance one.
    """

    def __init__(  # noqa: PLR0913 - what is fitted, for what, and how
        self,
        sample: Sample,
        embeddings: FloatArray,
        index: DerivativeIndex,
        max_degree: int,
        subsets: list[np.ndarray] | None = None,
        device: torch.device = CPU,
        *,
        p: float,
        directions: FloatArray,
        n_fixed: int = 0,
    ) -> None:
        """Choose the prior that makes the embeddings most likely, and solve.

        Args:
            sample: The coalitions.
            embeddings: Those of the coalitions, of shape ``(m, d)``.
            index: The index of interactions.
            max_degree: The most players of the side in an interaction.
            subsets: The sets of players that are wanted, by size. Default: all.
            device: Where to solve. Default: the CPU.
            p: The presence probability at which players are standardised.
            directions: How the other side weighs dimensions; see ``Observations.directions``.
            n_fixed: How many of the first coalitions were not drawn. Default 0.
        """
        super().__init__(sample, embeddings, index, max_degree, subsets, device)
        self.p, self.n_fixed = p, n_fixed
        self.coalitions = torch.as_tensor(sample.coalitions, dtype=torch.float64).to(device)
        self._noise = torch.as_tensor(sample.weights.mean() / sample.weights).to(device)
        self._outputs = torch.as_tensor(embeddings @ directions).to(device)
        self.process = self._fit(np.arange(len(sample)))
        self.white = white_noise(self.n, self.coalitions)

    def _fit(self, choosing: np.ndarray, near: Prior | None = None) -> GaussianProcess:
        """Fit all coalitions with the prior that some of them choose.

        Args:
            choosing: Their positions, of shape ``(r,)``. Of more than 512, fixed ones fill what
                drawn ones leave, but at least half; they are evenly spaced.
            near: Where the search for the prior starts. Default: where all players matter alike.
        """
        fixed, drawn = choosing[choosing < self.n_fixed], choosing[choosing >= self.n_fixed]
        n_kept = min(len(fixed), max(ROWS_TUNED // 2, ROWS_TUNED - len(drawn)))
        kept = fixed[np.linspace(0, len(fixed) - 1, n_kept).astype(int)] if n_kept else fixed
        rows = torch.as_tensor(np.concatenate([kept, drawn[: ROWS_TUNED - n_kept]]))
        some = self.coalitions[rows], self._noise[rows], self._outputs[rows]
        prior = choose_prior(*some, self.p, near)
        embeddings = torch.as_tensor(self.embeddings).to(self.device)
        return GaussianProcess(prior, self.coalitions, self._noise, embeddings)

    @cached_property
    def functionals(self) -> Parts:
        """The parts as functionals of such a process."""
        return Parts(self.index, self.max_degree)

    @override
    def parts_in_chunks(
        self, size: int, directions: torch.Tensor | None
    ) -> Iterator[tuple[Subsets, torch.Tensor]]:
        dual, constant = self.process.dual, self.process.constant
        if directions is not None:
            of_outputs = directions.T
            dual, constant = dual @ of_outputs, constant @ of_outputs
        of_constant = self.of_constant(size)[:, None] * constant
        for subsets, covariances, _ in self.covariances(size):
            yield subsets, dual.T @ covariances + of_constant[..., None]

    @override
    def contract(self, size: int, vectors: FloatArray) -> FloatArray:
        """Return the same sums; those of all pairs need no table of pairs and coalitions."""
        process = self.process
        weights = torch.as_tensor(vectors).to(self.device)  # (parts, r, d)
        dual = torch.einsum("md,prd->rpm", process.dual, weights)
        if size == _PAIR == self.max_degree and self.has_all_subsets:
            of_all_pairs = partial(self.functionals.of_all_pairs, coalitions=self.coalitions)
            of_signal = [of_all_pairs(process.prior.mixture(), dual=one) for one in dual]
            of_noise = [of_all_pairs(self.white, dual=process.noise * one) for one in dual]
            found = (torch.stack(of_signal) + torch.stack(of_noise)).T
        else:
            found = torch.cat(
                [
                    subsets.of_sets(torch.einsum("pmq,rpm->qr", covariances, dual))
                    for subsets, covariances, _ in self.covariances(size)
                ]
            )
        constants = torch.einsum("p,prd,d->r", self.of_constant(size), weights, process.constant)
        return (found + constants).cpu().numpy()

    def of_constant(self, size: int) -> torch.Tensor:
        """Return what each part of a set of players is of the constant one, ``(parts,)``."""
        n_degrees = self.max_degree + 1 - size
        found = self.coalitions.new_zeros(len(self.index.nodes), n_degrees)
        if size == 0:
            found[:, 0] = 1
        return found.ravel()

    def covariances(self, size: int) -> Iterator[tuple[Subsets, torch.Tensor, torch.Tensor | None]]:
        """Yield some sets of players and the covariances of their parts with the observations.

        Yields:
            The sets; the covariances, of shape ``(parts, m, q)``, and those of noise of variance
            one alone, ``None`` if they are negligible.
        """
        functionals, coalitions, noise = self.functionals, self.coalitions, self.process.noise
        has_all, sets = self.has_all_subsets, torch.as_tensor(self.subsets[size])
        chosen = None if has_all else sets.to(self.device)
        of_signal = functionals.covariances(self.process.prior.mixture(), coalitions, size, chosen)
        if max(max(node, 1 - node) for node in self.index.nodes) ** self.n < _NEGLIGIBLE:
            for subsets, covariances in of_signal:
                yield subsets, covariances, None
            return
        of_white = functionals.covariances(self.white, coalitions, size, chosen)
        for (subsets, covariances), (_, of_one) in zip(of_signal, of_white, strict=True):
            yield subsets, covariances + noise[:, None] * of_one, of_one

    @property
    @override
    def left_out_errors(self) -> torch.Tensor:
        return self.process.left_out_errors

    @property
    @override
    def value_covariance(self) -> torch.Tensor:
        return self.process.value_covariance

    @override
    def held_out(self, rng: np.random.Generator) -> HeldOut:
        """Predict each coalition without one of its draws, with a prior that has not seen it.

        The prior for one part of the sample is chosen by the others; of a large sample, only the
        first coalitions choose it anyway.
        """
        embeddings, parts, weights = [], [], []
        for process, rows in self._folds():
            some, of_some = held_out_rows(self.sample.weights[rows], rng)
            embeddings.append(self.embeddings[rows[some]])
            parts.append(self._left_out_parts(process, torch.as_tensor(rows[some])))
            weights.append(of_some * self.sample.weights[rows].sum())
        of_all = np.concatenate(weights)
        return HeldOut(
            np.concatenate(embeddings), np.concatenate(parts, axis=1), of_all / of_all.sum()
        )

    def _folds(self) -> list[tuple[GaussianProcess, np.ndarray]]:
        """Return fits of all coalitions, and drawn ones that have not chosen their prior.

        Searches start from the prior of all, but for few coalitions, of which the start could tell.
        """
        m = len(self.sample)
        first_unseen = self.n_fixed + ROWS_TUNED
        if m >= first_unseen + ROWS_TUNED:
            return [(self.process, np.arange(first_unseen, m))]
        n_folds = _N_FOLDS_OF_FEW if m <= _FEW else _N_FOLDS
        folds = np.arange(m) % n_folds
        drawn = np.arange(self.n_fixed, m)
        held_out = {fold: drawn[folds[drawn] == fold] for fold in np.unique(folds[drawn])}
        near = None if m <= _FEW else self.process.prior
        fits = in_threads(lambda fold: self._fit(np.flatnonzero(folds != fold), near), held_out)
        return list(zip(fits, held_out.values(), strict=True))

    def _left_out_parts(self, process: GaussianProcess, rows: torch.Tensor) -> FloatArray:
        """Predict coalitions without one of their draws, by degree, ``(degrees, r, d)``."""
        repeats = torch.as_tensor(self.sample.repeats).to(process.noise)[rows]
        errors = process.errors_without_draws(rows, repeats)
        if not self.index.predicts_values:
            return (process.values[rows] - errors)[None].cpu().numpy()
        lost, lost_constant = process.left_out_changes(rows)
        some = self.coalitions[rows]
        covariances = self.functionals.of_degrees(process.prior.mixture(), some, self.coalitions)
        of_white = self.functionals.of_degrees(self.white, some, self.coalitions)
        covariances += process.noise * of_white
        own = torch.einsum("trm,mr->tr", covariances, lost)
        own -= (repeats > 0) * of_white[:, torch.arange(len(rows)), rows]  # as there is more noise
        parts = covariances @ process.dual - own[..., None] * errors
        parts[0] += process.constant - lost_constant[:, None] * errors
        return parts.cpu().numpy()

    @override
    def error_covariances(self, size: int) -> FloatArray:
        """Return the posterior covariances, with an allowance for what is unexplained."""
        return self._errors[size]

    @cached_property
    def _errors(self) -> list[FloatArray]:
        sizes = range(len(self.subsets))
        return [torch.cat(list(self._errors_of_size(size))).cpu().numpy() for size in sizes]

    def _errors_of_size(self, size: int) -> Iterator[torch.Tensor]:
        """Yield covariances of errors of parts, ``(q, parts, parts)``.

        For a function with variance ``v`` of a functional, covariances ``k`` of the functional and
        the observations, and ``K`` of the observations, an estimate with weights ``w`` of the
        observations errs by ``v - 2 w'k + w'Kw``, which rounding of ``w`` hardly changes. That of
        the prior, the even one and the one of what is unexplained at the observations add up.
        """
        process, functionals, noise = self.process, self.functionals, self.process.noise
        unexplained = Unexplained(process, self.sample.weights, self.n_fixed)
        typical, mean = unexplained.typical, unexplained.mean
        of_values = process.covariance + typical * functionals.even_value_covariance(
            self.p, self.coalitions
        )
        of_values += torch.diag(unexplained.squares)
        of_prior, of_white = (
            PriorCovariances(functionals, mixture, size)
            for mixture in (process.prior.mixture(), self.white)
        )
        even_prior = typical * functionals.even_part_covariance(self.p, self.n, size).to(noise)
        of_constant = self.of_constant(size)
        for subsets, covariances, of_one in self.covariances(size):
            weights = process.weights(covariances, of_constant)
            scales, even = functionals.even_part_value_covariances(self.p, self.coalitions, subsets)
            crossed = torch.addcmul(covariances, typical * scales[:, None, None], even)
            if of_one is not None:
                crossed = crossed + unexplained.squares[:, None] * of_one
            inner = inner_products(weights, (of_values @ weights).sub_(crossed, alpha=2))
            players = subsets.players
            found = (inner + inner.mT) / 2
            found += of_prior.of(players) + (1 + mean) * of_white.of(players) + even_prior
            if of_one is not None:
                alone = noise - 1 + unexplained.squares - mean
                found += inner_products(alone[:, None] * of_one, of_one)
            yield subsets.of_sets(found)
