"""Regression with a Gaussian process, for any number of outputs.

The values of a side at coalitions are an unknown constant, plus a function with the covariance of
:mod:`shapiq_fixlip.solver.kernels`, plus noise that is independent at all coalitions. The noise is
a part of the function, too: what happens at one coalition alone. The outputs have the same
covariances up to one covariance matrix of their own.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import optimize

from shapiq_fixlip.solver.kernels import N_SHARED, prior_of

if TYPE_CHECKING:
    from shapiq_fixlip.solver.kernels import Prior
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "BOUNDS",
    "DEVIATION_BOUNDS",
    "GaussianProcess",
    "choose_prior",
    "negative_restricted_log_likelihood",
]

_START = (1.0, -2.0, 0.0)
"""Where the search starts: logarithms of strength, of the exponent and of the shift of sizes.

``benchmarks/passes.py`` and ``benchmarks/shapley.py`` measure the estimators with this and the
bounds and precisions below. Few others were compared.
"""

BOUNDS = ((-14.0, 20.0), (-4.0, 1.5), (-3.0, 3.0))
"""Bounds of the logarithms of strength, of the exponent and of the shift of sizes."""

_MIN_MEAN_LOGIT = -14.0
"""The smallest mean logit of the relevances; the search starts at one over the players."""

_MAX_SUM_OF_RELEVANCES = 3.0
"""Bounds the mean logit, too. With more, every coalition is unlike every other, as noise is."""

DEVIATION_BOUNDS = (-7.0, 7.0)
"""Bounds of the deviation of a logit from the mean."""

_PRECISION = 0.5
"""Precision of the normal prior of these deviations."""

_PRECISION_OF_SIZES = 1.0
"""The same of the logarithms of the exponent and of the shift of sizes."""

_MAX_STEPS = 100
"""The most steps of the search. Other numbers were not compared."""

_TOLERANCE = 1e-5
"""Relative change of the objective at which the search ends. Others were not compared."""

_MIN_NORM = 1e-100
"""The smallest norm of outputs by which they are divided; less do not vary."""

_MIN_SQUARE = 1e-200
"""The smallest sum of squares whose logarithm is taken, for outputs that do not vary."""

_JITTER = 10.0
"""The factor of the noise if covariances are not positive definite because of rounding."""


class GaussianProcess:
    """The posterior of a function given its values at some coalitions.

    Attributes:
        prior: The covariance of the function without noise.
        noise: The variance of the noise at each coalition, of shape ``(m,)``.
        values: What was observed, of shape ``(m, d)``.
        covariance: That of the observations, of shape ``(m, m)``.
        constant: The estimate of the constant, of shape ``(d,)``.
        dual: The weights of covariances with the coalitions in the estimate, ``(m, d)``.
    """

    def __init__(
        self, prior: Prior, coalitions: torch.Tensor, noise: torch.Tensor, values: torch.Tensor
    ) -> None:
        """Solve one equation for each coalition."""
        self.prior, self.values = prior, values
        signal = prior.covariance(coalitions, coalitions)
        self.covariance = signal + torch.diag(noise)
        self._cholesky, failed = torch.linalg.cholesky_ex(self.covariance)
        while failed:
            noise = _JITTER * noise
            self.covariance = signal + torch.diag(noise)
            self._cholesky, failed = torch.linalg.cholesky_ex(self.covariance)
        self.noise = noise
        self._inverse_ones = self.solve(torch.ones_like(noise)[:, None])[:, 0]
        self._constant_weights = self._inverse_ones / self._inverse_ones.sum()
        self.constant = self._constant_weights @ values
        self.dual = self.solve(values - self.constant)

    def solve(self, right: torch.Tensor) -> torch.Tensor:
        """Return the inverse covariance of the observations times ``right``, ``(m, q)``."""
        return torch.cholesky_solve(right, self._cholesky)

    def weights(self, covariances: torch.Tensor, of_constant: torch.Tensor) -> torch.Tensor:
        """Return the weights of the observations in the estimates of linear functionals.

        Args:
            covariances: Of the functionals and the observations, of shape ``(p, m, q)``.
            of_constant: What the functionals are of the constant one, of shape ``(p,)``.

        Returns:
            Of the shape of the covariances.
        """
        weights = self._contrast @ covariances
        if of_constant.any():
            weights += of_constant[:, None, None] * self._constant_weights[:, None]
        return weights

    @cached_property
    def output_covariance(self) -> torch.Tensor:
        """The covariance of outputs where the noise is 1, of shape ``(d, d)``."""
        return (self.values - self.constant).T @ self.dual / (len(self.values) - 1)

    @cached_property
    def _contrast(self) -> torch.Tensor:
        """The inverse covariance of the observations if the constant is unknown, ``(m, m)``."""
        inverse = torch.cholesky_inverse(self._cholesky)
        return inverse - torch.outer(self._inverse_ones, self._constant_weights)

    @cached_property
    def left_out_errors(self) -> torch.Tensor:
        """How far each observation is from its prediction by all others, of shape ``(m, d)``."""
        return self.dual * self.left_out_variances[:, None]

    @property
    def left_out_variances(self) -> torch.Tensor:
        """The variance of each observation given all others, of shape ``(m,)``."""
        return 1 / self._contrast.diagonal()

    def errors_without_draws(self, rows: torch.Tensor, repeats: torch.Tensor) -> torch.Tensor:
        """Return how far observations are from predictions that know one draw less of them.

        The noise of an observation that was drawn ``k + 1`` times becomes ``(k + 1) / k`` times as
        large, and without any repeat infinitely large. The error leaves out what is noise.

        Args:
            rows: Positions of the observations, of shape ``(r,)``.
            repeats: How often each was drawn again, ``k``, of shape ``(r,)``.

        Returns:
            Of shape ``(r, d)``.
        """
        precisions = self._contrast.diagonal()[rows] + repeats / self.noise[rows]
        return self.dual[rows] / precisions[:, None]

    def left_out_changes(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return by how much the estimate changes if one of some observations is left out.

        Args:
            rows: Positions of the observations, of shape ``(r,)``.

        Returns:
            What the weights of covariances lose, of shape ``(m, r)``, and the constant, ``(r,)``,
            to be multiplied by the errors.
        """
        return self._contrast[:, rows], self._constant_weights[rows]


def choose_prior(
    coalitions: torch.Tensor,
    noise: torch.Tensor,
    outputs: torch.Tensor,
    p: float,
    near: Prior | None = None,
) -> Prior:
    """Return the prior of the largest posterior density.

    The constant is unknown (restricted likelihood), and the scale of the outputs is estimated, too.
    A priori relevances are alike, and sizes matter little. The search takes many small steps, for
    which a GPU is slower than the CPU.

    Args:
        coalitions: Zeros and ones, of shape ``(m, n)``; time grows with the cube of ``m``.
        noise: Relative variances of the noise, of shape ``(m,)``.
        outputs: What is predicted, of shape ``(m, r)``.
        p: Presence probability at which players are standardised.
        near: Where the search starts. Default: where all players matter alike.
    """
    device = outputs.device
    coalitions, noise, outputs = coalitions.cpu(), noise.cpu(), outputs.cpu()
    outputs = outputs - outputs.mean(dim=0)  # constants cancel, but not their rounding
    outputs = outputs / outputs.norm().clamp(min=_MIN_NORM)  # so that the search ends alike
    n = coalitions.shape[1]
    start = np.array([_START[0], -math.log(n), *_START[1:], *[0.0] * n])
    if near is not None:
        start = near.parameters.cpu().numpy()
    of_mean_logit = (_MIN_MEAN_LOGIT, min(0.0, math.log(_MAX_SUM_OF_RELEVANCES / n)))
    bounds = [BOUNDS[0], of_mean_logit, *BOUNDS[1:], *[DEVIATION_BOUNDS] * n]

    def objective(numbers: FloatArray) -> tuple[float, FloatArray]:
        parameters = torch.as_tensor(numbers).to(outputs).requires_grad_()
        prior = prior_of(parameters, p)
        covariance = prior.covariance(coalitions, coalitions) + torch.diag(noise)
        value, grad_covariance = negative_restricted_log_likelihood(covariance.detach(), outputs)
        if not math.isfinite(value):
            return math.inf, np.zeros_like(numbers)
        of_sizes, deviations = parameters[2:N_SHARED], parameters[N_SHARED:]
        shifts = of_sizes - of_sizes.new_tensor(_START[1:])
        penalty = _PRECISION_OF_SIZES * (shifts**2).sum() + _PRECISION * (deviations**2).sum()
        (grad_parameters,) = torch.autograd.grad(
            penalty + (grad_covariance * covariance).sum(), parameters
        )
        return value + float(penalty.detach()), grad_parameters.cpu().numpy()

    found = optimize.minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": _MAX_STEPS, "ftol": _TOLERANCE},
    )
    return prior_of(torch.as_tensor(found.x).to(device), p)


def negative_restricted_log_likelihood(
    covariance: torch.Tensor, outputs: torch.Tensor
) -> tuple[float, torch.Tensor]:
    """Return twice the negative restricted log-likelihood per output, up to a constant.

    The mean of each output is unknown, and their common scale is the most likely one (Patterson and
    Thompson, 1971).

    Args:
        covariance: That of the observations, up to a factor, of shape ``(m, m)``.
        outputs: What was observed, ``r`` times independently, of shape ``(m, r)``.

    Returns:
        The number, infinite if the covariance is not positive definite; and its gradient with
        respect to the covariance, of shape ``(m, m)``.
    """
    factor, failed = torch.linalg.cholesky_ex(covariance)
    if failed:
        return math.inf, torch.zeros_like(covariance)
    inverse = torch.cholesky_inverse(factor)
    solved_ones = inverse.sum(dim=1)
    contrast = inverse - torch.outer(solved_ones, solved_ones) / solved_ones.sum()
    solved = contrast @ outputs
    square = (outputs * solved).sum().clamp(min=_MIN_SQUARE)
    freedom = len(outputs) - 1
    log_determinant = 2 * factor.diagonal().log().sum() + solved_ones.sum().log()
    value = float(log_determinant + freedom * square.log())
    return value, contrast - freedom / square * (solved @ solved.T)
