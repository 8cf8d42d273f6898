"""``shapiq-fixlip evaluate``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from shapiq_fixlip.commands import options
from shapiq_fixlip.commands.silence import silence_other_packages

__all__ = ["evaluate"]


def evaluate(
    experiment: Annotated[
        str,
        typer.Argument(
            help="pointing-game, insertion-deletion, faithfulness, time, stability or everything."
        ),
    ],
    *,
    data: options.Data = None,
    inputs: options.Inputs = None,
    data_seed: options.DataSeed = 0,
    model: options.Models = None,
    methods: Annotated[
        str | None,
        typer.Option(
            parser=options.words,
            help="Some of fixlip:P, k-sii, sii, exclip[:IMAGE:TEXT], shapley, banzhaf:P, "
            "occlusion, rise:P, grad-eclip, game, rollout, with commas. Default: those of the "
            "experiment.",
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            parser=options.words,
            help="Some of pointing-game, insertion-deletion, faithfulness, shares, "
            "prompt-sensitivity, time, stability. Default: those of the experiment.",
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(parser=options.wholes, help="Seeds of methods that sample, with commas."),
    ] = None,
    budgets_image: Annotated[
        str | None,
        typer.Option(parser=options.wholes, help="The most image passes, with commas."),
    ] = None,
    budget_text: options.BudgetText = None,
    p: Annotated[
        str | None,
        typer.Option(parser=options.numbers, help="Probabilities at which to judge."),
    ] = None,
    coalitions: Annotated[
        int | None, typer.Option(parser=options.whole, help="By how many to judge at each p.")
    ] = None,
    players: options.ImagePlayersOption = "patches",
    words: Annotated[
        str | None,
        typer.Option(help="As for explain. Default: tokens; words in the pointing game."),
    ] = None,
    removal: options.Removal = "zero",
    text_removal: options.TextRemoval = "attention",
    device: options.Device = "cpu",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("evaluation"),
    ray: options.Ray = None,
    workers: options.Workers = None,
    retry_failed: options.RetryFailed = False,
) -> None:
    """Run an experiment of the paper: explain many inputs by many methods, and measure them.

    Every finished input is kept, so the same command goes on where a run ended or was killed; with
    more --inputs it adds to it. Writes summary.md and summary.csv (means and standard errors),
    rows.csv (all figures), curves.csv, failures.csv and figure.png.
    """
    from shapiq_fixlip.experiments.presets import evaluation_of
    from shapiq_fixlip.experiments.results import write_results
    from shapiq_fixlip.experiments.runner import run
    from shapiq_fixlip.summary import print_evaluation

    choices = {"players": players, "words": words, "removal": removal, "text_removal": text_removal}
    given = {
        "data": data,
        "n_inputs": inputs,
        "data_seed": data_seed,
        "models": model,
        "methods": methods,
        "metrics": metrics,
        "seeds": seeds,
        "budgets_image": budgets_image,
        "budget_text": budget_text,
        "probabilities": p,
        "n_coalitions": coalitions,
        "choices": _typed(choices),
        "device": device,
    }
    evaluation = evaluation_of(experiment, _typed(given))
    silence_other_packages()
    numbers = range(len(evaluation.examples()))
    records = run(
        evaluation,
        numbers,
        out,
        ray=ray,
        n_workers=workers,
        retry_failed=retry_failed,
        verbose=sys.stderr.isatty(),
    )
    means = write_results(records, numbers, out)
    print_evaluation(means)
    if means.empty:
        typer.echo(f"Error: all inputs failed, for the reasons in {out / 'failures.csv'}", err=True)
        raise typer.Exit(1)
    if (out / "failures.csv").exists():
        typer.echo(f"Some failed: {out / 'failures.csv'}")
    typer.echo(f"Written: {out / 'summary.md'} and more beside it")


def _typed(given: dict[str, Any]) -> dict[str, Any]:
    """Keep what was typed, several values as a tuple."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if value is not None
    }
