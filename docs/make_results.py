"""Run all experiments on the models that come with the package, and write the pages of results.

    python docs/make_results.py FOLDER

Every number on the pages is from a file in ``benchmarks/results/evaluation`` that is written here.
Finished inputs stay in the folder, so that the same command goes on where it was. It takes an hour
and a half on two cores, less with ``--ray local``, which measures seconds alone all the same.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import jinja2
import matplotlib as mpl
import pandas as pd
import typer

from shapiq_fixlip.encoders.known_readings import READINGS
from shapiq_fixlip.experiments.experiment import LIMIT
from shapiq_fixlip.experiments.methods import METHODS, parse_methods
from shapiq_fixlip.experiments.presets import evaluation_of
from shapiq_fixlip.experiments.results import write_results
from shapiq_fixlip.experiments.runner import run
from shapiq_fixlip.experiments.tables import wide

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "benchmarks" / "results" / "evaluation"
MADE = RESULTS / "made.csv"
PAGES = ("results", "known-answers")
VERSIONS = ("shapiq-fixlip", "shapiq", "torch", "transformers", "numpy")

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
    "insertion-deletion": Experiment("insertion-deletion", 24, CURVES),
    "faithfulness": Experiment("faithfulness", 20, R2),
    "twins": Experiment("twins", 20, ["inside", "recognition"]),
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

    def model_differences(self, *figures: str) -> str:
        """Return paired differences of two models as a table, largest first."""
        found = self.read("-differences")
        told = found[found["model"].str.contains(" less ") & found["figure"].isin(figures)]
        errors = (told["mean"] / told["standard_error"]).round(1)
        ordered = told.assign(errors=errors).sort_values("mean", ascending=False)
        shown = {"method": ordered["method"]}
        shown[figures[0]] = [
            f"{mean:.3f} ± {error:.3f}"
            for mean, error in zip(ordered["mean"], ordered["standard_error"], strict=True)
        ]
        shown["standard errors"] = ordered["errors"]
        return pd.DataFrame(shown).to_markdown(index=False)

    def values(self, figure: str) -> pd.DataFrame:
        """Return a figure of every input (row) by every method (column)."""
        rows = self.read("-rows")
        chosen = rows[rows["figure"] == figure]
        return chosen.pivot_table(index="input", columns="method", values="value")

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


def run_of(name: str, folder: Path, ray: str | None) -> None:
    """Run an experiment, and keep its tables and its picture."""
    experiment = EXPERIMENTS[name]
    numbers = range(experiment.n)
    evaluation = evaluation_of(experiment.name, {"n_inputs": experiment.n, **experiment.chosen})
    ray = None if name in TIMED else ray
    out = folder / name
    records = run(evaluation, numbers, out, ray=ray, verbose=True)
    _, failures = write_results(records, numbers, out)
    print(failures.to_string() if len(failures) else f"{name}: no failures", flush=True)
    for kind, stem in (("", "summary"), ("-differences", "differences")):
        shutil.copy(out / f"{stem}.csv", RESULTS / f"{name}{kind}.csv")
    rows = pd.read_csv(out / "rows.csv")
    kept = rows["figure"].isin([*experiment.figures, *NAMED, "recognition"])
    columns = ["input", "model", "method", "budget_image", "figure", "value"]
    rows[kept][columns].to_csv(RESULTS / f"{name}-rows.csv", index=False)
    if (out / "figure.png").exists():
        shutil.copy(out / "figure.png", DOCS / "images" / f"results-{name}.png")


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
    least = min(paired(table[FIXLIP], table[name])["errors"] for name in first_order)
    told = {"n": len(table), "fixlip": shown(table[FIXLIP]), "best": best, "least_errors": least}
    return {**told, "other": shown(table[best]), **paired(table[FIXLIP], table[best])}


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
        line = {
            "method": method,
            "seconds": f"{limit:.2f}",
            "recognition": shown(recognition[method, 0]),
            "FIxLIP p = 0.5, image passes": f"{budget:g}",
            "its seconds": f"{fixlip[budget]:.2f}",
            "its recognition": shown(recognition[FIXLIP, budget]),
            "difference": paired(recognition[FIXLIP, budget], recognition[method, 0])["difference"],
        }
        compared.append(line)
    return compared


def known_table(found: Found, figure: str, methods: tuple[str, ...]) -> str:
    """Return a figure by model (row) and method (column)."""
    means = found.read()
    chosen = means[(means["figure"] == figure) & means["method"].isin(methods)]
    table = chosen.pivot_table(index="model", columns="method", values="mean", sort=False)
    order = [f"known:{name}" for name in READINGS]
    shown_methods = [method for method in methods if method in table]
    told = table.loc[order, shown_methods].map("{:.3g}".format).replace("nan", "")
    return told.reset_index().rename_axis(columns=None).to_markdown(index=False)


def facts() -> dict[str, str]:
    """Return what the numbers were made with."""
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    machine = f"{os.cpu_count()} cores of {platform.processor() or platform.machine()}"
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    return {"date": today, "versions": versions, "machine": machine, "seeds": "0, data 0"}


def pages() -> dict[str, str]:
    """Return the texts of the pages, from the files of results alone."""
    made = pd.read_csv(MADE, dtype=str).iloc[0].to_dict()
    found = {name: Found(name, experiment) for name, experiment in EXPERIMENTS.items()}
    claims = {name: claim_of(found[name]) for name in ("pointing-game", "pointing-game-siglip")}
    several = found["pointing-game"].of_several()
    texts = {}
    for page in PAGES:
        template = jinja2.Template(
            (DOCS / f"{page}.template.md").read_text(encoding="utf-8"),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,
        )
        texts[page] = template.render(
            **made,
            run={name.replace("-", "_"): one for name, one in found.items()},
            claims=list(claims.values()),
            several={method: shown(several[method]) for method in several},
            first_block=FIRST_BLOCK,
            limit=LIMIT,
            equal_seconds={
                name: pd.DataFrame(at_equal_seconds(found[name])).to_markdown(index=False)
                for name in ("seconds", "seconds-siglip")
            },
            known=known_table,
            explained=explained_by(found["faithfulness"]),
        )
    return texts


def explained_by(found: Found) -> dict[str, str]:
    """Return R² of pairs and of single players where both are fitted."""
    half, shapley = (found.values(figure) for figure in ("r2, p = 0.5", "r2, shapley"))
    return {
        "fixlip": shown(half[FIXLIP]),
        "banzhaf": shown(half["banzhaf:0.5"]),
        "k_sii": shown(shapley["k-sii"]),
        "shapley": shown(shapley["shapley"]),
    }


def main(
    folder: Annotated[Path, typer.Argument(help="For the runs.")],
    *,
    ray: Annotated[str | None, typer.Option(help="As of shapiq-fixlip evaluate.")] = None,
    only_pages: Annotated[bool, typer.Option(help="Write the pages from the files alone.")] = False,
) -> None:
    """Write ``results.md`` and ``known-answers.md``."""
    mpl.use("Agg")
    RESULTS.mkdir(parents=True, exist_ok=True)
    if not only_pages:
        for name in EXPERIMENTS:
            run_of(name, folder, ray)
        pd.DataFrame([facts()]).to_csv(MADE, index=False)
    for page, text in pages().items():
        (DOCS / f"{page}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
