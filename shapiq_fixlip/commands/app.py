"""The command line: ``shapiq-fixlip``."""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, override

import typer
from typer.core import TyperCommand

from shapiq_fixlip import __version__
from shapiq_fixlip.commands.batch import batch
from shapiq_fixlip.commands.compare import compare
from shapiq_fixlip.commands.compare_models import compare_models
from shapiq_fixlip.commands.evaluate import evaluate
from shapiq_fixlip.commands.explain import explain
from shapiq_fixlip.errors import (
    InputError,
    ResourceError,
    first_line,
    is_of_the_machine,
)

if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

__all__ = ["app", "main", "run_command"]

_ClickException: Any = typer.BadParameter.__mro__[2]
"""Usage errors, such as of an unknown option. typer has its own copy of click."""


_PARTS = {
    "boxes": "image_players",
    "labels": "image_players",
    "n_segments": "image_players",
    "phrases": "text_players",
}
"""Arguments that are a part of what is typed for an option."""


class _Command(TyperCommand):
    """A command that names the option in the message of an ``InputError``."""

    @override
    def invoke(self, ctx: Any) -> Any:
        """Run the command.

        Raises:
            SystemExit: With code 2, after a message of one line, if an argument cannot be used.
        """
        try:
            return super().invoke(ctx)
        except InputError as error:
            typer.echo(f"Error: {self._in_options(error)}", err=True)
            sys.exit(2)

    def _in_options(self, error: InputError) -> str:
        """Return what is wrong, with the name of the option that was typed."""
        options = {p.name: p.opts[0] for p in self.params if p.opts[0].startswith("-")}
        several = f"{error.argument}s"  # of which one is wrong
        for argument in (error.argument, several):
            if argument in options:
                return f"{options[argument]} {error.problem}"
        if (whole := _PARTS.get(error.argument)) in options:
            return f"{options[whole]}: {error}"
        return str(error)


app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _command in {
    "explain": explain,
    "compare": compare,
    "compare-models": compare_models,
    "evaluate": evaluate,
    "batch": batch,
}.items():
    app.command(_name, cls=_Command)(_command)  # type: ignore[type-var]


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


def run_command(arguments: list[str]) -> None:
    """Run a command with the arguments after ``shapiq-fixlip``.

    Unusable input ends with a message of one line and exit code 2; a full disk, a lack of memory
    or a lost connection with such a message and exit code 1.
    """
    try:
        code = app(args=arguments, standalone_mode=False)
        sys.stdout.flush()  # a full disk is an error now, not when Python ends
    except _ClickException as error:
        if not arguments:  # and help has been shown
            sys.exit(0)
        typer.echo(f"Error: {error.format_message()}", err=True)
        sys.exit(2)
    except typer.Abort:
        typer.echo("Aborted.", err=True)
        sys.exit(130)
    except BrokenPipeError:  # the program that reads the output has ended, as "head" does
        _end_output()
        sys.exit(1)
    except (MemoryError, OSError, RuntimeError) as error:
        if not is_of_the_machine(error):
            raise
        what = "" if isinstance(error, ResourceError | OSError) else "Out of memory: "
        typer.echo(f"Error: {what}{first_line(error)}", err=True)
        _end_output()
        sys.exit(1)
    if code:
        sys.exit(code)


def _end_output() -> None:
    """Write what was printed; drop what cannot be written, or Python would try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError, io.UnsupportedOperation):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell_warning(message: Warning | str, *_: object) -> None:
    """Print a warning in one line, without the code that it is about."""
    typer.echo(f"Warning: {' '.join(str(message).split())}", err=True)


def _printable_streams() -> None:
    """Make standard output and error print everything, escaped where their encoding lacks it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell
            opened = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
            setattr(sys, name, opened)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command line; if it is stopped, no unfinished files are left."""
    _printable_streams()
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]  # Windows: no SIGHUP
    before = {name: signal.signal(signal.Signals[name], _end) for name in names}
    try:
        with warnings.catch_warnings():
            warnings.showwarning = cast("Any", _tell_warning)
            run_command(sys.argv[1:])
    finally:
        for name, handler in before.items():
            signal.signal(signal.Signals[name], handler)


def _end(number: int, _: FrameType | None) -> NoReturn:
    """Exit as after an error, so that unfinished files are removed."""
    sys.exit(128 + number)
