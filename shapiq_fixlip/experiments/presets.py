"""The experiments of the paper, each an evaluation with its own data, metrics and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.experiments.experiment import METRICS, STABILITY, Evaluation
from shapiq_fixlip.experiments.player_settings import Choices

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXPERIMENTS", "evaluation_of"]

_THAT_PREDICT = ("fixlip:0.3", "fixlip:0.5", "fixlip:0.7", "k-sii", "shapley", "banzhaf:0.5")
"""Methods whose numbers are meant to add up to values."""

EXPERIMENTS: dict[str, dict[str, Any]] = {
    "pointing-game": {
        "data": "demo-collages",
        "metrics": ("pointing-game",),
        "choices": {"words": "words"},  # a class that the tokenizer splits is one player
    },
    "insertion-deletion": {"metrics": ("insertion-deletion",)},
    "faithfulness": {"metrics": ("faithfulness",), "methods": _THAT_PREDICT},
    "time": {
        "metrics": ("time", "faithfulness"),
        "methods": ("fixlip:0.5", "k-sii", "shapley", "banzhaf:0.5"),
        "probabilities": (0.5,),
        "budgets_image": (32, 64, 128, 256, 512, 1024, 2048),
        "n_inputs": 10,
    },
    "stability": {
        "metrics": ("shares", "prompt-sensitivity", STABILITY),
        "seeds": (0, 1, 2),
        "n_inputs": 20,
    },
    "everything": {"data": "demo-collages", "metrics": METRICS, "seeds": (0, 1), "n_inputs": 20},
}
"""What an experiment has that others do not; 100 demo scenes, where it says nothing of data."""

_N_INPUTS = 100


def evaluation_of(experiment: str, chosen: Mapping[str, Any]) -> Evaluation:
    """Return the evaluation of an experiment.

    Args:
        experiment: One of :data:`EXPERIMENTS`.
        chosen: Attributes of :class:`~shapiq_fixlip.experiments.experiment.Evaluation` that differ
            from those of the experiment; ``choices`` as a mapping of those that differ.

    Raises:
        InputError: If there is no such experiment, or an attribute is not allowed.
    """
    if experiment not in EXPERIMENTS:
        msg = f"must be one of {', '.join(EXPERIMENTS)}, got {experiment!r}."
        raise InputError("experiment", msg)
    preset = EXPERIMENTS[experiment]
    choices = Choices(**{**preset.get("choices", {}), **chosen.get("choices", {})})
    return Evaluation(**{"n_inputs": _N_INPUTS, **preset, **chosen, "choices": choices})
