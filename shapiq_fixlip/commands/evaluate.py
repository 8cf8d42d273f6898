"""``shapiq-fixlip evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from shapiq_fixlip.commands import arguments
from shapiq_fixlip.commands.running import run_into

__all__ = ["evaluate"]


def evaluate(
    experiment: Annotated[
        str,
        typer.Argument(
            help="pointing-game, insertion-deletion, faithfulness, time, stability or everything."
        ),
    ],
    *,
    data: arguments.Data = None,
    inputs: arguments.Inputs = None,
    data_seed: arguments.DataSeed = 0,
    model: arguments.Models = None,
    revision: Annotated[
        list[str] | None,
        typer.Option(help="Branch, tag or commit on the hub, once for each --model ('' for none)."),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            parser=arguments.words,
            help="Some of fixlip:P, k-sii, sii, exclip[:IMAGE:TEXT], shapley, banzhaf:P, "
            "occlusion, rise:P, grad-eclip, game, rollout, with commas. Default: those of the "
            "experiment.",
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            parser=arguments.words,
            help="Some of pointing-game, insertion-deletion, faithfulness, shares, "
            "prompt-sensitivity, time, stability. Default: those of the experiment.",
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(parser=arguments.wholes, help="Seeds of methods that sample, with commas."),
    ] = None,
    budgets_image: Annotated[
        str | None,
        typer.Option(parser=arguments.wholes, help="The most image passes, with commas."),
    ] = None,
    budget_text: arguments.BudgetText = None,
    p: Annotated[
        str | None,
        typer.Option(parser=arguments.numbers, help="Probabilities at which to judge."),
    ] = None,
    coalitions: Annotated[
        int | None, typer.Option(parser=arguments.whole, help="By how many to judge at each p.")
    ] = None,
    players: arguments.ImagePlayersOption = "patches",
    words: Annotated[
        str | None,
        typer.Option(help="As for explain. Default: tokens; words in the pointing game."),
    ] = None,
    removal: arguments.Removal = "zero",
    text_removal: arguments.TextRemoval = "attention",
    device: arguments.Device = "cpu",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("evaluation"),
    ray: arguments.Ray = None,
    workers: arguments.Workers = None,
    retry_failed: arguments.RetryFailed = False,
) -> None:
    """Run an experiment of the paper: explain many inputs by many methods, and measure them.

    Every finished input is kept, so the same command goes on where a run ended or was killed; with
    more --inputs it adds to it. Writes summary.md and summary.csv (means and standard errors),
    rows.csv (all figures), curves.csv, failures.csv and figure.png. Ends with exit code 1 if
    something failed.
    """
    from shapiq_fixlip.commands.printing import print_evaluation, print_failures, print_files
    from shapiq_fixlip.experiments.presets import evaluation_of
    from shapiq_fixlip.experiments.results import EVALUATION_FILES, write_results

    choices = {"players": players, "words": words, "removal": removal, "text_removal": text_removal}
    given = {
        "data": data,
        "n_inputs": inputs,
        "data_seed": data_seed,
        "models": model,
        "revisions": revision,
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
    (means, failures), results = run_into(
        out,
        evaluation,
        EVALUATION_FILES,
        write_results,
        ray=ray,
        n_workers=workers,
        retry_failed=retry_failed,
    )
    print_evaluation(means)
    print_files(results, out)
    if not failures.empty:
        print_failures(failures)
        raise typer.Exit(1)


def _typed(given: dict[str, Any]) -> dict[str, Any]:
    """Keep what was typed, several values as a tuple."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if value is not None
    }
