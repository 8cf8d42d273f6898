"""``shapiq-fixlip batch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from shapiq_fixlip.commands import arguments
from shapiq_fixlip.commands.running import run_into

__all__ = ["batch"]


def batch(
    *,
    data: arguments.Data = "demo-scenes",
    inputs: arguments.Inputs = None,
    data_seed: arguments.DataSeed = 0,
    model: arguments.Model = "demo",
    revision: arguments.Revision = None,
    index: Annotated[str, typer.Option(help="One of FWBII, FBII, BV, SV, SII, k-SII.")] = "FWBII",
    p: Annotated[
        float,
        typer.Option(parser=arguments.number, help="Probability of a patch or word to be present."),
    ] = 0.5,
    order: Annotated[
        int, typer.Option(parser=arguments.whole, help="The most players of an interaction.")
    ] = 2,
    budget_image: arguments.BudgetImage = 256,
    budget_text: arguments.BudgetText = 256,
    seed: arguments.Seed = 0,
    players: arguments.ImagePlayersOption = "patches",
    words: arguments.TextPlayersOption = "tokens",
    removal: arguments.Removal = "zero",
    text_removal: arguments.TextRemoval = "attention",
    device: arguments.Device = "cpu",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("batch"),
    ray: arguments.Ray = None,
    workers: arguments.Workers = None,
    retry_failed: arguments.RetryFailed = False,
) -> None:
    """Explain a whole data set.

    Every finished input is kept, so the same command goes on where a run ended or was killed; with
    more --inputs it adds to it. Writes explanations.parquet (a row for each input) and
    interactions.parquet (a row for each interaction), for shapiq_fixlip.read_batch, and
    failures.csv. Ends with exit code 1 if inputs failed.
    """
    from shapiq_fixlip.commands.printing import print_failures, print_files
    from shapiq_fixlip.experiments.batch import Batch
    from shapiq_fixlip.experiments.parquet import BATCH_FILES, require_parquet, write_parquet
    from shapiq_fixlip.experiments.player_settings import Choices

    require_parquet()  # before the work, not after it
    work = Batch(
        data=cast("str", data),
        n_inputs=inputs,
        data_seed=data_seed,
        model=model,
        revision=revision,
        index=cast("Any", index),
        max_order=order,
        p=p,
        budget_image=cast("int", budget_image),
        budget_text=cast("int", budget_text),
        seed=seed,
        choices=Choices(players=players, words=words, removal=removal, text_removal=text_removal),
        device=device,
    )
    table, results = run_into(
        out,
        work,
        BATCH_FILES,
        write_parquet,
        ray=ray,
        n_workers=workers,
        retry_failed=retry_failed,
    )
    failed = table["error"].notna()
    typer.echo(f"Explained    {(~failed).sum()} of {len(table)} inputs")
    if not failed.all():
        typer.echo(f"Fit quality  R² = {table['faithfulness'].mean():.3f} on average")
    print_files(results, out)
    if failed.any():
        print_failures(table.loc[failed, ["input", "source", "error"]])
        raise typer.Exit(1)
