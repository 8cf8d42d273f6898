"""``shapiq-fixlip batch``."""

from __future__ import annotations

from pathlib import Path

import typer

from shapiq_fixlip.commands import arguments
from shapiq_fixlip.commands.running import run_into
from shapiq_fixlip.commands.telling import tell

__all__ = ["batch"]


def batch(
    *,
    data: arguments.Data = "demo-scenes",
    n_inputs: arguments.NInputs = None,
    data_random_state: arguments.DataRandomState = 0,
    model: arguments.Model = "demo",
    revision: arguments.Revision = None,
    image_players: arguments.ImagePlayers = "patches",
    text_players: arguments.TextPlayers = "tokens",
    image_removal: arguments.ImageRemoval = "zero",
    text_removal: arguments.TextRemoval = "attention",
    truncation: arguments.Truncation = False,
    index: arguments.Index = "FWBII",
    p: arguments.P = None,
    max_order: arguments.MaxOrder = None,
    estimator: arguments.EstimatorOption = "shrinkage",
    budget_image: arguments.BudgetImage = None,
    budget_text: arguments.BudgetText = None,
    random_state: arguments.RandomState = 0,
    device: arguments.Device = "cpu",
    dtype: arguments.Dtype = None,
    compile: arguments.Compile = False,
    ray: arguments.Ray = None,
    n_workers: arguments.NWorkers = None,
    retry_failed: arguments.RetryFailed = False,
    out: arguments.Out = Path("batch"),
    quiet: arguments.Quiet = False,
    json: arguments.Json = False,
) -> None:
    """Explain a whole data set.

    Finished inputs are kept: the same command resumes a run that ended or was killed, and a larger
    --n-inputs extends it. Writes explanations.parquet (a row for each input) and
    interactions.parquet (a row for each interaction), for shapiq_fixlip.read_batch, and
    failures.csv. The exit code is 1 if inputs failed.
    """
    verbose = tell(f"Loading {model}", quiet=quiet)
    from shapiq_fixlip.commands.printing import print_failures, print_files, print_json
    from shapiq_fixlip.experiments.batch import Batch
    from shapiq_fixlip.experiments.parquet import BATCH_FILES, write_parquet

    work = Batch(
        data=data,
        n_inputs=n_inputs,
        data_random_state=data_random_state,
        model=model,
        revision=revision,
        image_players=image_players,
        text_players=text_players,
        image_removal=image_removal,
        text_removal=text_removal,
        truncation=truncation,
        index=index,
        p=p,
        max_order=max_order,
        estimator=estimator,
        budget_image=budget_image,
        budget_text=budget_text,
        random_state=random_state,
        device=device,
        dtype=dtype,
        compile=compile,
    )
    table, results = run_into(
        out,
        work,
        BATCH_FILES,
        write_parquet,
        ray=ray,
        n_workers=n_workers,
        retry_failed=retry_failed,
        verbose=verbose,
    )
    failed = table["error"].notna()
    mean_r2 = None if failed.all() else float(table["r2"].mean())
    if json:
        counts = {"n_explained": int((~failed).sum()), "n_inputs": len(table), "mean_r2": mean_r2}
        print_json(counts, results, out)
    else:
        typer.echo(f"Explained    {(~failed).sum()} of {len(table)} inputs")
        if mean_r2 is not None:
            typer.echo(f"Fit quality  R² = {mean_r2:.3f} on average")
        print_files(results, out)
    if failed.any():
        print_failures(table.loc[failed, ["input", "source", "error"]])
        raise typer.Exit(1)
