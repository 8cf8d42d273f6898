"""The experiments on the pages of results, the files of each, and what is read off these files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from shapiq_fixlip.experiments.methods import METHODS, parse_methods
from shapiq_fixlip.experiments.presets import evaluation_of
from shapiq_fixlip.experiments.tables import wide

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "benchmarks" / "results" / "evaluation"

FIXLIP = "fixlip:0.5"
FIRST_BLOCK = "exclip:-1:0"  # before the first block of texts
PUBLISHED = ("exclip-published", "grad-eclip-published")
OF_SIGLIP = (FIXLIP, "fixlip:0.7", "k-sii", "exclip", FIRST_BLOCK)
OF_SIGLIP += ("shapley", "banzhaf:0.5", "occlusion", "rise:0.5", "grad-eclip", "game")
NAMED = [f"recognition, {n} named" for n in range(1, 5)]
CURVES = ["area", "share of limit"]
R2 = ["r2, p = 0.3", "r2, p = 0.5", "r2, p = 0.7", "r2, shapley"]
KNOWN = ["found", "rank", "recognition, planted", "pair correlation", "pair error", "coverage"]
KNOWN += ["coverage, planted", "resolved", "wrong of resolved", "passes"]
SYNERGY = ["synergistic faithfulness, insertion", "synergistic faithfulness, deletion"]

WHOSE = {
    "recognition": "PGR, as in the notebook of FIxLIP's code: for methods of single players the "
    "value of the word counts, too, as inside and as outside",
    "recognition, patches alone": "the same without the word's own value: then any map without "
    "negative values has .25 with four named objects",
    "recognition, resolved": "the same of pairs that are resolved, all others are zero; ours",
    "recognition, planted": "the same, with the patches of planted pairs as places; ours",
    "sign share": "FIxLIP's paper: share of values with the right sign",
    "left out": "ours: share of the mass in the middle row and column, where recognition is blind",
    "positive outside": "ours: positive mass outside the named quadrant as a share of the mass in "
    "all quadrants",
    "inside": "ours: signed mass in the mark as a share of all mass",
    "area": "AID, FIxLIP's paper: players of equal value leave together",
    "share of limit": "ours: area as a share of what two greedy searches on the game itself reach, "
    "input by input",
    "r2": "p-faithfulness, FIxLIP's paper, on drawn coalitions alone",
    "synergistic faithfulness": "Ky, Ghamizi and Cordy (2605.22168): insertion as in its code, "
    "deletion by the formula",
    "synergy share": "MultiSHAP (2508.00576) where the index is SII: positive pairs as a share of "
    "all mass of pairs",
    "mostly synergy": "MultiSHAP: share of inputs of which synergy is more than half",
    "seconds": "passes included, on this machine",
    "found": "ours: share of planted pairs among as many strongest ones",
    "rank": "ours: mean rank of planted pairs, less what it is at best, plus 1",
    "pair correlation": "ours: with the exact pairs of the same index, or with exact Shapley "
    "interactions if there is no index",
    "pair error": "ours: root mean square, relative to the exact pairs of the same index",
    "coverage": "ours: share of 95 % intervals of the highest order that hold the exact value",
    "resolved": "ours: share of planted pairs that are resolved",
    "wrong of resolved": "ours: share of resolved pairs whose exact value is zero",
    "passes": "of both towers, those with gradients included",
}
"""Whose definition the columns of tables are, by name or by its part before a comma."""


@dataclass(frozen=True)
class Experiment:
    """A run of ``shapiq-fixlip evaluate``.

    Attributes:
        name: Name of the experiment on the command line.
        n: Number of inputs.
        figures: Columns of its table.
        chosen: Settings that are not those of the experiment.
    """

    name: str
    n: int
    figures: list[str]
    chosen: dict[str, Any] = field(default_factory=dict)


TOKENS = {"text_players": "tokens"}  # every name is one token here, and they play as in the paper
SECONDS = {
    **TOKENS,
    "metrics": ("pointing-game", "time"),
    "methods": (FIXLIP, "exclip", FIRST_BLOCK),
    "budgets_image": (32, 64, 128, 256, 512, 1024),
}
EXPERIMENTS = {
    "pointing-game": Experiment(
        "pointing-game", 64, NAMED, {**TOKENS, "methods": (*METHODS, FIRST_BLOCK, *PUBLISHED)}
    ),
    "pointing-game-siglip": Experiment(
        "pointing-game",
        12,
        [*NAMED, "recognition"],
        {**TOKENS, "models": ("demo-siglip",), "methods": OF_SIGLIP},
    ),
    "pointing-game-words": Experiment(
        "pointing-game",
        24,
        ["recognition", "recognition, patches alone", "recognition, resolved", "left out"],
        {"methods": (FIXLIP, "exclip", "metagame", "grad-eclip", "game", "legrad", "shapley")},
    ),
    "insertion-deletion": Experiment(
        "insertion-deletion", 24, CURVES, {"metrics": ("insertion-deletion", "limit")}
    ),
    "faithfulness": Experiment("faithfulness", 20, R2),
    "twins": Experiment(
        "twins",
        20,
        ["inside", "recognition"],
        {"methods": (*METHODS, "sii", "legrad", "metagame", FIRST_BLOCK, *PUBLISHED)},
    ),
    "truth": Experiment("truth", 8, KNOWN),
    "truth-196": Experiment("truth", 4, KNOWN, {"data": "coded:196"}),
    "synergy": Experiment(
        "insertion-deletion",
        20,
        [*SYNERGY, "synergy share", "mostly synergy"],
        {"metrics": ("synergy", "shares"), "methods": (*METHODS, "sii"), "data": "demo-scenes"},
    ),
    "seconds": Experiment("pointing-game", 16, ["seconds", "recognition"], SECONDS),
    "seconds-siglip": Experiment(
        "pointing-game", 4, ["seconds", "recognition"], {**SECONDS, "models": ("demo-siglip",)}
    ),
    "map-by-map": Experiment(
        "pointing-game",
        4,
        ["recognition", "positive outside", "recognition, resolved"],
        {
            **TOKENS,
            "models": ("demo-siglip",),
            "methods": (FIXLIP, FIRST_BLOCK),
            "budgets_image": (256, 4096),
        },
    ),
    "time": Experiment("time", 4, ["seconds", "r2, p = 0.5"]),
}
"""Those that measure seconds come last, and alone."""

TIMED = ("seconds", "seconds-siglip", "time")


@dataclass(frozen=True)
class Found:
    """The files of an experiment.

    Attributes:
        name: Its name here.
        experiment: Its settings.
    """

    name: str
    experiment: Experiment

    @property
    def n(self) -> int:
        """Number of inputs."""
        return self.experiment.n

    @property
    def models(self) -> tuple[str, ...]:
        """The models."""
        return evaluation_of(self.experiment.name, self.experiment.chosen).models

    @property
    def command(self) -> str:
        """The command that makes the same."""
        options = {"n_inputs": self.n, **self.experiment.chosen}
        words = [f"shapiq-fixlip evaluate {self.experiment.name}"]
        for name, given in options.items():
            several = isinstance(given, tuple) and name != "models"
            told = ",".join(map(str, given)) if several else given
            option = f"--{name.replace('_', '-')}"
            words += [f"{option} {one}" for one in (told if isinstance(told, tuple) else (told,))]
        return " ".join(words)

    def read(self, kind: str = "") -> pd.DataFrame:
        """Return one of the files: means, ``-differences`` or ``-rows``."""
        return pd.read_csv(RESULTS / f"{self.name}{kind}.csv")

    @property
    def table(self) -> str:
        """The means as a table in Markdown, with the definitions of its columns."""
        return _markdown(self.read(), self.experiment.figures)

    def of_model(self, model: str) -> str:
        """Return the means of one model as a table in Markdown."""
        means = self.read()
        return _markdown(means[means["model"] == model], self.experiment.figures, is_defined=False)

    @property
    def definitions(self) -> str:
        """Whose definitions the columns are."""
        return _definitions(self.experiment.figures)

    def differences(self, *figures: str) -> str:
        """Return paired differences as a table in Markdown."""
        found = self.read("-differences")
        told = found[~found["model"].str.contains(" less ")]
        return wide(told, list(figures)).to_markdown(index=False)

    def model_differences(self, figure: str) -> str:
        """Return paired differences of two models as a table, largest first."""
        found = self.read("-differences")
        told = found[found["model"].str.contains(" less ") & (found["figure"] == figure)]
        errors = (told["mean"] / told["standard_error"]).round(1)
        ordered = told.assign(errors=errors).sort_values("mean", ascending=False)
        pairs = zip(ordered["mean"], ordered["standard_error"], strict=True)
        columns = {
            "method": ordered["method"],
            figure: [f"{mean:.3f} ± {error:.3f}" for mean, error in pairs],
            "standard errors": ordered["errors"],
        }
        return pd.DataFrame(columns).to_markdown(index=False)

    def values(self, figure: str) -> pd.DataFrame:
        """Return a figure of every input (row) by every method (column)."""
        rows = self.read("-rows")
        chosen = rows[rows["figure"] == figure]
        return chosen.pivot_table(index="input", columns="method", values="value")

    def by_method_and_model(self, figure: str) -> pd.DataFrame:
        """Return the means of a figure by method (row) and model of known answers (column)."""
        means = self.read()
        chosen = means[means["figure"] == figure]
        named = chosen.assign(model=chosen["model"].str.removeprefix("known:"))
        return named.pivot_table(index="method", columns="model", values="mean", sort=False)

    def of_several(self) -> pd.DataFrame:
        """Return recognition of every input with 2 to 4 named objects by every method."""
        rows = self.read("-rows")
        chosen = rows[rows["figure"].isin(NAMED[1:])]
        return chosen.pivot_table(index="input", columns="method", values="value")


def _markdown(means: pd.DataFrame, figures: list[str], *, is_defined: bool = True) -> str:
    table = wide(means, figures)
    lost = set(figures) - set(means["figure"])
    if lost:
        msg = f"no such figures: {lost}"
        raise ValueError(msg)
    text = table.to_markdown(index=False)
    return f"{text}\n\n{_definitions(figures)}" if is_defined else text


def _definitions(figures: list[str]) -> str:
    lines = {
        name: WHOSE[name]
        for figure in figures
        for name in [figure if figure in WHOSE else figure.partition(",")[0]]
    }
    return "\n".join(f"- *{name}*: {whose}." for name, whose in lines.items())


def paired(first: pd.Series[float], second: pd.Series[float]) -> dict[str, Any]:
    """Compare two methods on the same inputs."""
    difference = first - second
    mean, error = difference.mean(), difference.sem()
    return {"difference": f"{mean:.3f} ± {error:.3f}", "mean": mean, "errors": mean / error}


def shown(numbers: pd.Series[float]) -> str:
    """Return a mean and its standard error."""
    return f"{numbers.mean():.3f} ± {numbers.sem():.3f}"


def claim_of(found: Found) -> dict[str, Any]:
    """Compare FIxLIP with the best method of single players where several objects are named."""
    table = found.of_several()
    first_order = [one.name for one in parse_methods(list(table)) if one.max_order == 1]
    best = table[first_order].mean().idxmax()
    errors = {name: paired(table[FIXLIP], table[name])["errors"] for name in first_order}
    closest = min(errors, key=errors.__getitem__)
    told = {"model": found.models[0], "n": len(table), "fixlip": shown(table[FIXLIP])}
    told |= {"best": best, "closest": closest}
    told |= {"other": shown(table[best]), "least_errors": errors[closest]}
    return {**told, **paired(table[FIXLIP], table[best])}


def at_equal_seconds(found: Found) -> list[dict[str, Any]]:
    """Compare recognition of FIxLIP with that of exCLIP by the most passes that take no longer."""
    rows = found.read("-rows")
    budgets = rows["budget_image"].fillna(0)
    seconds, recognition = (
        rows[rows["figure"] == figure]
        .assign(budget_image=budgets)
        .pivot_table(index="input", columns=["method", "budget_image"], values="value")
        for figure in ("seconds", "recognition")
    )
    compared = []
    for method in ("exclip", FIRST_BLOCK):
        limit = seconds[method, 0].mean()
        fixlip = seconds[FIXLIP].mean()
        affordable = fixlip[fixlip <= limit]
        budget = affordable.index.max() if len(affordable) else fixlip.index.min()
        compared.append(
            {
                "method": method,
                "seconds": f"{limit:.2f}",
                "recognition": shown(recognition[method, 0]),
                "FIxLIP p = 0.5, image passes": f"{budget:g}",
                "its seconds": f"{fixlip[budget]:.2f}",
                "its recognition": shown(recognition[FIXLIP, budget]),
                "difference": paired(recognition[FIXLIP, budget], recognition[method, 0])[
                    "difference"
                ],
            }
        )
    return compared
