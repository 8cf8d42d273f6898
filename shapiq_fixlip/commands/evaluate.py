"""``shapiq-fixlip evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shapiq_fixlip.commands import arguments, parsers
from shapiq_fixlip.commands.running import run_into
from shapiq_fixlip.commands.telling import tell

__all__ = ["evaluate"]


def evaluate(
    experiment: Annotated[
        str,
        typer.Argument(
            help="One of pointing-game, insertion-deletion, faithfulness, time, stability, "
            "twins, truth, everything.",
            rich_help_panel="Input",
        ),
    ],
    *,
    data: Annotated[
        str | None,
        arguments.input_(
            help="Data set: demo-scenes, demo-collages, demo-marked, coded[:196], csv:FILE, "
            "coco:CAPTIONS,IMAGES, collages:FOLDER or hub:NAME[@SPLIT]. "
            "Default: that of the experiment."
        ),
    ] = None,
    n_inputs: arguments.NInputs = None,
    data_random_state: arguments.DataRandomState = 0,
    models: Annotated[
        list[str] | None,
        arguments.input_(
            help="The models. Repeat the option for each. Default: those of the experiment, or "
            "demo."
        ),
    ] = None,
    revisions: arguments.Revisions = [],  # noqa: B006 - typer does not change it
    image_players: arguments.ImagePlayers = "patches",
    text_players: Annotated[
        str | None,
        arguments.players(
            help="Players of the text: tokens, words, phrases:ONE;ANOTHER, fixed (no players) or "
            "template, for a text such as 'a photo of a {dog}'. Default: tokens; words in the "
            "pointing game."
        ),
    ] = None,
    image_removal: arguments.ImageRemoval = "zero",
    text_removal: arguments.TextRemoval = "attention",
    truncation: arguments.Truncation = False,
    methods: Annotated[
        parsers.Texts | None,
        arguments.computation(
            parser=parsers.texts,
            metavar="METHOD,...",
            help="Some of fixlip:P, k-sii, sii, exclip[:IMAGE:TEXT], shapley, banzhaf:P, "
            "occlusion, rise:P, grad-eclip, game, rollout, legrad, grad-cam, metagame, "
            "exclip-published, grad-eclip-published. "
            "Default: those of the experiment.",
        ),
    ] = None,
    metrics: Annotated[
        parsers.Texts | None,
        arguments.computation(
            parser=parsers.texts,
            metavar="METRIC,...",
            help="Some of pointing-game, insertion-deletion, faithfulness, shares, synergy, "
            "prompt-sensitivity, known-answers, time, limit, stability. Default: those of the "
            "experiment.",
        ),
    ] = None,
    ps: Annotated[
        parsers.Numbers | None,
        arguments.computation(
            parser=parsers.numbers,
            metavar="P,...",
            help="Probabilities that a player is present, at which explanations are judged. "
            "Default: 0.3,0.5,0.7.",
        ),
    ] = None,
    n_coalitions: Annotated[
        int,
        arguments.computation(
            parser=parsers.whole_number,
            help="Number of coalitions by which explanations are judged at each p.",
        ),
    ] = 1000,
    budgets_image: Annotated[
        parsers.WholeNumbers | None,
        arguments.computation(
            parser=parsers.whole_numbers,
            metavar="NUMBER,...",
            help="Maximum numbers of image passes; each is one more explanation. Default: 256.",
        ),
    ] = None,
    budget_text: Annotated[
        int,
        arguments.computation(parser=parsers.whole_number, help="Maximum number of text passes."),
    ] = 256,
    random_states: Annotated[
        parsers.WholeNumbers | None,
        arguments.computation(
            parser=parsers.whole_numbers,
            metavar="NUMBER,...",
            help="Seeds of methods that sample; each is one more explanation. Default: 0.",
        ),
    ] = None,
    device: arguments.Device = "cpu",
    ray: arguments.Ray = None,
    n_workers: arguments.NWorkers = None,
    retry_failed: arguments.RetryFailed = False,
    out: arguments.Out = Path("evaluation"),
    quiet: arguments.Quiet = False,
    json: arguments.Json = False,
) -> None:
    """Run an experiment of the paper: explain many inputs by many methods, and judge them.

    Finished inputs are kept: the same command resumes a run that ended or was killed, and a larger
    --n-inputs extends it. Repeat --models and --revisions for each model. Writes summary.md and
    summary.csv (means and standard errors), differences.csv (of methods, and of two models, on the
    same inputs), rows.csv (all figures), curves.csv, failures.csv and figure.png. The exit code is
    1 if something failed.
    """
    verbose = tell(f"Loading {', '.join(models or ['the models'])}", quiet=quiet)
    from shapiq_fixlip.commands.printing import (
        print_evaluation,
        print_failures,
        print_files,
        print_json,
    )
    from shapiq_fixlip.experiments.presets import evaluation_of
    from shapiq_fixlip.experiments.results import EVALUATION_FILES, as_records, write_results

    given = {
        "data": data,
        "n_inputs": n_inputs,
        "data_random_state": data_random_state,
        "models": tuple(models) if models else None,
        "revisions": tuple(revisions),
        "image_players": image_players,
        "text_players": text_players,
        "image_removal": image_removal,
        "text_removal": text_removal,
        "truncation": truncation,
        "methods": methods,
        "metrics": metrics,
        "ps": ps,
        "n_coalitions": n_coalitions,
        "budgets_image": budgets_image,
        "budget_text": budget_text,
        "random_states": random_states,
        "device": device,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    evaluation = evaluation_of(experiment, chosen)
    (means, failures), results = run_into(
        out,
        evaluation,
        EVALUATION_FILES,
        write_results,
        ray=ray,
        n_workers=n_workers,
        retry_failed=retry_failed,
        verbose=verbose,
    )
    if json:
        print_json({"experiment": experiment, "figures": as_records(means)}, results, out)
    else:
        print_evaluation(means)
        print_files(results, out)
    if not failures.empty:
        print_failures(failures)
        raise typer.Exit(1)
