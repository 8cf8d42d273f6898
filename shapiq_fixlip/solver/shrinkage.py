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

from shapiq_fixlip.solver.diffuse import Diffuse
from shapiq_fixlip.solver.gaussian_process import GaussianProcess, choose_prior
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
    from shapiq_fixlip.solver.set_chunks import SetChunk
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

_MIN_PROBABILITY = 1e-12
"""Probability of the likeliest coalition below which noise at single coalitions is left out of
parts, whose expectations hardly see it: from 40 players on at p = 0.5."""


class ShrinkageFit(PosteriorFit):
    """The posterior of the parts of a side, with errors that allow for what is unexplained.

    Attributes:
        p: The presence probability at which players are standardised.
        coalitions: Zeros and ones, of shape ``(m, n)``.
        process: The Gaussian process of the values of coalitions.
        white: The covariance of noise of variance one.
    """

    def __init__(
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
        """
        super().__init__(sample, embeddings, index, max_degree, subsets, device)
        self.p = p
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
        is_fixed = choosing < self.sample.n_fixed
        fixed, drawn = choosing[is_fixed], choosing[~is_fixed]
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
    ) -> Iterator[tuple[SetChunk, torch.Tensor]]:
        dual, constant = self.process.dual, self.process.constant
        if directions is not None:
            of_outputs = directions.T
            dual, constant = dual @ of_outputs, constant @ of_outputs
        of_constant = self.of_constant(size)[:, None] * constant
        for sets, covariances, _ in self.covariances(size):
            yield sets, dual.T @ covariances + of_constant[..., None]

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
                    sets.without_fillers(torch.einsum("pmq,rpm->qr", covariances, dual))
                    for sets, covariances, _ in self.covariances(size)
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

    def covariances(
        self, size: int
    ) -> Iterator[tuple[SetChunk, torch.Tensor, torch.Tensor | None]]:
        """Yield some sets of players and the covariances of their parts with the observations.

        Yields:
            A chunk of sets, fillers included; the covariances, of shape ``(parts, m, q)``; and
            those of noise of variance one alone, ``None`` if they are negligible.
        """
        functionals, coalitions, noise = self.functionals, self.coalitions, self.process.noise
        chosen = None
        if not self.has_all_subsets:
            chosen = torch.as_tensor(self.subsets[size]).to(self.device)
        of_signal = functionals.covariances(self.process.prior.mixture(), coalitions, size, chosen)
        if max(max(node, 1 - node) for node in self.index.nodes) ** self.n < _MIN_PROBABILITY:
            for sets, covariances in of_signal:
                yield sets, covariances, None
            return
        of_white = functionals.covariances(self.white, coalitions, size, chosen)
        for (sets, covariances), (_, white) in zip(of_signal, of_white, strict=True):
            yield sets, covariances + noise[:, None] * white, white

    @property
    @override
    def left_out_errors(self) -> torch.Tensor:
        return self.process.left_out_errors

    @property
    @override
    def output_covariance(self) -> torch.Tensor:
        return self.process.output_covariance

    @override
    def held_out(self, rng: np.random.Generator) -> HeldOut:
        """Predict each coalition without one of its draws, with a prior that has not seen it.

        The prior for one part of the sample is chosen by the others; of a large sample, only the
        first coalitions choose it anyway.
        """
        embeddings, by_degree, weights = [], [], []
        for process, rows in self._folds():
            some, of_some = held_out_rows(self.sample.weights[rows], rng)
            embeddings.append(self.embeddings[rows[some]])
            by_degree.append(self._left_out_by_degree(process, torch.as_tensor(rows[some])))
            weights.append(of_some * self.sample.weights[rows].sum())
        of_all = np.concatenate(weights)
        return HeldOut(
            np.concatenate(embeddings), np.concatenate(by_degree, axis=1), of_all / of_all.sum()
        )

    def _folds(self) -> list[tuple[GaussianProcess, np.ndarray]]:
        """Return fits of all coalitions, and drawn ones that have not chosen their prior.

        With more than 128 coalitions searches start from the prior of all, to save steps; with
        fewer, held-out coalitions would show through the start.
        """
        m, n_fixed = len(self.sample), self.sample.n_fixed
        first_unseen = n_fixed + ROWS_TUNED
        if m >= first_unseen + ROWS_TUNED:
            return [(self.process, np.arange(first_unseen, m))]
        n_folds = _N_FOLDS_OF_FEW if m <= _FEW else _N_FOLDS
        folds = np.arange(m) % n_folds
        drawn = np.arange(n_fixed, m)
        held_out = {fold: drawn[folds[drawn] == fold] for fold in np.unique(folds[drawn])}
        near = None if m <= _FEW else self.process.prior
        fits = in_threads(lambda fold: self._fit(np.flatnonzero(folds != fold), near), held_out)
        return list(zip(fits, held_out.values(), strict=True))

    def _left_out_by_degree(self, process: GaussianProcess, rows: torch.Tensor) -> FloatArray:
        """Predict coalitions without one of their draws, by degree, ``(degrees, r, d)``."""
        repeats = torch.as_tensor(self.sample.repeats).to(process.noise)[rows]
        errors = process.errors_without_draws(rows, repeats)
        if not self.index.predicts_values:
            return (process.values[rows] - errors)[None].cpu().numpy()
        lost, lost_constant = process.left_out_changes(rows)
        some = self.coalitions[rows]
        covariances = self.functionals.degree_covariances(
            process.prior.mixture(), some, self.coalitions
        )
        white = self.functionals.degree_covariances(self.white, some, self.coalitions)
        covariances += process.noise * white
        own = torch.einsum("trm,mr->tr", covariances, lost)
        own -= (repeats > 0) * white[:, torch.arange(len(rows)), rows]  # as there is more noise
        by_degree = covariances @ process.dual - own[..., None] * errors
        by_degree[0] += process.constant - lost_constant[:, None] * errors
        return by_degree.cpu().numpy()

    @override
    def error_covariances(self, size: int) -> FloatArray:
        """Return the posterior covariances, with an allowance for what is unexplained."""
        return self._errors[size]

    @cached_property
    def _errors(self) -> list[FloatArray]:
        """Those of all sizes; ``budget="auto"`` asks for them before the user does."""
        sizes = range(len(self.subsets))
        return [torch.cat(list(self._errors_of_size(size))).cpu().numpy() for size in sizes]

    def _errors_of_size(self, size: int) -> Iterator[torch.Tensor]:
        """Yield covariances of errors of parts, ``(q, parts, parts)``.

        For a function with variance ``v`` of a functional, covariances ``k`` of the functional and
        the observations, and ``K`` of the observations, an estimate with weights ``w`` of the
        observations errs by ``v - 2 w'k + w'Kw``, which rounding of ``w`` hardly changes. That of
        the prior, the diffuse one and the one of what is unexplained at the observations add up.
        """
        process, functionals, noise = self.process, self.functionals, self.process.noise
        unexplained = Unexplained(process, self.sample)
        typical, mean = unexplained.typical, unexplained.mean
        diffuse = Diffuse(self.index, self.max_degree, self.p)
        observed = process.covariance + typical * diffuse.value_covariance(self.coalitions)
        observed += torch.diag(unexplained.squares)
        prior, white_prior = (
            PriorCovariances(functionals, mixture, size)
            for mixture in (process.prior.mixture(), self.white)
        )
        diffuse_prior = typical * diffuse.part_covariance(self.n, size).to(noise)
        of_constant = self.of_constant(size)
        for sets, covariances, white in self.covariances(size):
            weights = process.weights(covariances, of_constant)
            scales, table = diffuse.part_value_covariances(self.coalitions, sets)
            crossed = torch.addcmul(covariances, typical * scales[:, None, None], table)
            if white is not None:
                crossed = crossed + unexplained.squares[:, None] * white
            changed = (observed @ weights).sub_(crossed, alpha=2)
            errors = torch.einsum("pmq,smq->qps", weights, changed)
            found = (errors + errors.mT) / 2
            found += prior.of(sets.players) + (1 + mean) * white_prior.of(sets.players)
            found += diffuse_prior
            if white is not None:
                alone = noise - 1 + unexplained.squares - mean
                found += torch.einsum("m,pmq,smq->qps", alone, white, white)
            yield sets.without_fillers(found)
