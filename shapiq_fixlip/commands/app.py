"""The command line: ``shapiq-fixlip``."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from shapiq_fixlip import __version__
from shapiq_fixlip.commands.batch import batch
from shapiq_fixlip.commands.compare import compare
from shapiq_fixlip.commands.compare_models import compare_models
from shapiq_fixlip.commands.evaluate import evaluate
from shapiq_fixlip.commands.explain import explain
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

__all__ = ["app", "main", "run_command"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(explain)
app.command()(compare)
app.command("compare-models")(compare_models)
app.command()(evaluate)
app.command()(batch)

_OPTIONS = {
    "models": "model",
    "max_order": "order",
    "n_coalitions": "coalitions",
    "n_inputs": "inputs",
    "n_workers": "workers",
    "max_order_image": "order_image",
    "max_order_text": "order_text",
    "probabilities": "p",
    "random_state": "seed",
    "revisions": "revision",
}
"""Options whose names differ from those of the arguments in Python."""


def _print_version(value: bool) -> None:  # noqa: FBT001 - as typer calls it
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _shapiq_fixlip(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Explain why a vision-language model finds an image and a text similar."""


def _with_addresses(arguments: list[str]) -> list[str]:
    """Let the address of ``--ray`` be left out, as typer has no such options."""
    following = [*arguments[1:], "-"]
    return [
        "--ray=local" if argument == "--ray" and after.startswith("-") else argument
        for argument, after in zip(arguments, following, strict=True)
    ]


def run_command(arguments: list[str]) -> None:
    """Run a command with the arguments that a person would type after ``shapiq-fixlip``.

    Bad input ends with one line and exit code 2.
    """
    try:
        app(args=_with_addresses(arguments))
    except InputError as error:
        argument, rest = str(error).split(" ", 1)
        typer.echo(f"Error: {_OPTIONS.get(argument, argument)} {rest}", err=True)
        sys.exit(2)


def main() -> None:
    """Run the command line; whoever stops it finds no unfinished files."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]  # SIGHUP: no Windows
    before = {name: signal.signal(signal.Signals[name], _end) for name in names}
    try:
        run_command(sys.argv[1:])
    finally:
        for name, handler in before.items():
            signal.signal(signal.Signals[name], handler)


def _end(number: int, _: FrameType | None) -> NoReturn:
    """End as after an error, so that everything is tidied up."""
    sys.exit(128 + number)
