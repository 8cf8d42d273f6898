"""The experiments of the paper, as evaluations with their own data, metrics and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapiq_fixlip.encoders.known_readings import READINGS
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.experiments.experiment import DEFAULT_METRICS, STABILITY, Evaluation
from shapiq_fixlip.experiments.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXPERIMENTS", "evaluation_of"]

_THAT_PREDICT = ("fixlip:0.3", "fixlip:0.5", "fixlip:0.7", "k-sii", "shapley", "banzhaf:0.5")
"""Methods whose interactions add up to predictions of values."""

EXPERIMENTS: dict[str, dict[str, Any]] = {
    "pointing-game": {
        "data": "demo-collages",
        "metrics": ("pointing-game",),
        "text_players": "words",  # so that a name of several tokens is one player
    },
    "insertion-deletion": {"metrics": ("insertion-deletion",)},
    "faithfulness": {"metrics": ("faithfulness",), "methods": _THAT_PREDICT},
    "time": {
        "metrics": ("time", "faithfulness"),
        "methods": ("fixlip:0.5", "k-sii", "shapley", "banzhaf:0.5"),
        "ps": (0.5,),
        "budgets_image": (32, 64, 128, 256, 512, 1024, 2048),
        "n_inputs": 10,
    },
    "stability": {
        "metrics": ("shares", "prompt-sensitivity", STABILITY),
        "random_states": (0, 1, 2),
        "n_inputs": 20,
    },
    "twins": {
        "data": "demo-marked",
        "models": ("demo", "demo-shortcut"),
        "metrics": ("pointing-game",),
        "text_players": "words",
    },
    "truth": {
        "data": "coded",
        "models": tuple(f"known:{name}" for name in READINGS),
        "metrics": ("known-answers",),
        "methods": ("fixlip:0.1", *METHODS, "sii", "legrad", "metagame"),
        "text_players": "words",
        "n_inputs": 8,
    },
    "everything": {
        "data": "demo-collages",
        "metrics": DEFAULT_METRICS,
        "random_states": (0, 1),
        "n_inputs": 20,
    },
}
"""The settings of each experiment. Without data, 100 demo scenes; without others, the defaults."""

_N_INPUTS = 100
"""Number of inputs of an experiment that does not set it."""


def evaluation_of(experiment: str, chosen: Mapping[str, Any]) -> Evaluation:
    """Return the evaluation of an experiment.

    Args:
        experiment: One of pointing-game, insertion-deletion, faithfulness, time, stability, twins,
            truth, everything.
        chosen: Attributes of :class:`~shapiq_fixlip.experiments.Evaluation` that replace
            those of the experiment.

    Raises:
        InputError: If there is no such experiment, or an attribute is not allowed.
    """
    if experiment not in EXPERIMENTS:
        msg = f"must be one of {', '.join(EXPERIMENTS)}, got {experiment!r}."
        raise InputError("experiment", msg)
    return Evaluation(**{"n_inputs": _N_INPUTS, **EXPERIMENTS[experiment], **chosen})
