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
from importlib.metadata import version
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import jinja2
import matplotlib as mpl
import pandas as pd
import typer
from result_tables import (
    DOCS,
    EXPERIMENTS,
    FIRST_BLOCK,
    FIXLIP,
    RESULTS,
    TIMED,
    Found,
    at_equal_seconds,
    claim_of,
    shown,
)

from shapiq_fixlip.encoders.known_readings import READINGS
from shapiq_fixlip.experiments.experiment import LIMIT
from shapiq_fixlip.experiments.methods import parse_methods
from shapiq_fixlip.experiments.presets import evaluation_of
from shapiq_fixlip.experiments.results import write_results
from shapiq_fixlip.experiments.runner import run

if TYPE_CHECKING:
    from collections.abc import Iterator

MADE = RESULTS / "made.csv"
PAGES = ("results", "known-answers")
VERSIONS = ("shapiq-fixlip", "shapiq", "torch", "transformers", "numpy")
OF_CLAIM, OF_TRUTH = ("pointing-game", "pointing-game-siglip"), ("truth", "truth-196")
FEWEST_ERRORS = 2
PAIRED = (*OF_CLAIM, "faithfulness", "seconds", "seconds-siglip")
"""Those of which the figures of single inputs are kept, as pages compare them."""

PICTURES = ("pointing-game", "insertion-deletion", "faithfulness", "time")


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
    if name in PAIRED:
        rows = pd.read_csv(out / "rows.csv")
        kept = rows["figure"].isin([*experiment.figures, "recognition"])
        columns = ["input", "model", "method", "budget_image", "figure", "value"]
        table = rows[kept][columns]
        table.to_csv(RESULTS / f"{name}-rows.csv", index=False, float_format="%.6g")
    if name in PICTURES:
        shutil.copy(out / "figure.png", DOCS / "images" / f"results-{name}.png")


def facts() -> dict[str, str]:
    """Return what the numbers were made with."""
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    machine = f"{os.cpu_count()} cores of {platform.processor() or platform.machine()}"
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    return {"date": today, "versions": versions, "machine": machine, "seeds": "0, data 0"}


def explained_by(found: Found) -> dict[str, str]:
    """Return R² of pairs and of single players where both are fitted."""
    half, shapley = (found.values(figure) for figure in ("r2, p = 0.5", "r2, shapley"))
    return {
        "fixlip": shown(half[FIXLIP]),
        "banzhaf": shown(half["banzhaf:0.5"]),
        "k_sii": shown(shapley["k-sii"]),
        "shapley": shown(shapley["shapley"]),
    }


def known_table(found: Found, figure: str) -> str:
    """Return a figure by method (row), those that have it, and model (column)."""
    told = found.by_method_and_model(figure).map("{:.3g}".format).replace("nan", "")
    return told.reset_index().rename_axis(columns=None).to_markdown(index=False)


def check_claims(found: dict[str, Found]) -> None:
    """Check what the pages say in words.

    Raises:
        ValueError: If the files say something else.
    """
    failed = [claim for claim, holds in claims(found) if not holds]
    if failed:
        msg = f"not so: {', '.join(failed)}"
        raise ValueError(msg)


def claims(found: dict[str, Found]) -> Iterator[tuple[str, bool]]:
    """Return what the pages say in words, each with whether the files say so, too."""
    for name in OF_CLAIM:
        claim = claim_of(found[name])
        yield f"pairs beat {claim['closest']} on {name}", claim["least_errors"] > FEWEST_ERRORS
    half, shapley = (found["faithfulness"].values(f"r2, {of}") for of in ("p = 0.5", "shapley"))
    yield "pairs explain more at p = 0.5", half[FIXLIP].mean() > half["banzhaf:0.5"].mean()
    yield "k-SII explains more", shapley["k-sii"].mean() > shapley["shapley"].mean()
    means = (
        found["map-by-map"]
        .read()
        .set_index(["figure", "method", "budget_image"])["mean"]
        .sort_index()
    )
    ours, theirs = means["recognition", FIXLIP], means["recognition", FIRST_BLOCK]
    yield f"{FIRST_BLOCK} is ahead map by map", theirs.max() > ours.max()
    ours, theirs = means["positive outside", FIXLIP], means["positive outside", FIRST_BLOCK]
    yield f"{FIRST_BLOCK} has less outside", theirs.max() < ours.min()
    yield "with more passes there is less outside", ours[4096] < ours[256]
    for name in OF_TRUTH:
        shares = found[name].by_method_and_model("found")
        for method in parse_methods(list(shares.index)):
            if method.max_order == 1:
                holds = bool(shares.loc[method.name].max() < 1)
                yield f"{method.name} finds all pairs of no model of {name}", holds
        yield f"exclip finds all pairs of {name}", shares.loc["exclip"].min() == 1
        seen = shares.loc[FIXLIP].drop("nine-patches")
        yield f"{FIXLIP} finds all that it can see of {name}", seen.min() == 1
        hidden = shares["nine-patches"]
        yield f"nine patches appear at p = 0.1 of {name}", hidden[FIXLIP] < hidden["fixlip:0.1"]


def pages() -> dict[str, str]:
    """Return the texts of the pages, from the files of results alone."""
    made = pd.read_csv(MADE, dtype=str).iloc[0].to_dict()
    found = {name: Found(name, experiment) for name, experiment in EXPERIMENTS.items()}
    check_claims(found)
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
            claims=[claim_of(found[name]) for name in OF_CLAIM],
            models=READINGS,
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
