"""``shapiq-fixlip compare`` of two saved explanations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.output import result_folder

if TYPE_CHECKING:
    from collections.abc import Collection

    import typer

    from shapiq_fixlip.explaining.explanation import Explanation

__all__ = ["check_only", "compare_saved", "is_saved"]


def is_saved(image: str | None, text: str | None) -> bool:
    """Return whether the path of a saved explanation was given as the image or as the text."""
    return any(
        given is not None and (_is_folder(given) or given.endswith(".json"))
        for given in (image, text)
    )


def _is_folder(given: str) -> bool:
    try:
        return Path(given).is_dir()
    except (OSError, ValueError):  # a text may be too long for a path
        return False


def check_only(context: typer.Context, allowed: Collection[str]) -> None:
    """Check that no options but some were given, as all others were chosen before saving.

    Raises:
        InputError: If one was given.
    """
    for option in context.command.params:
        name = option.name or ""
        source = context.get_parameter_source(name)
        is_given = source is not None and source.name == "COMMANDLINE"
        if is_given and option.opts[0].startswith("-") and name not in allowed:
            msg = f"must not be given for saved explanations, got {context.params[name]!r}."
            raise InputError(name, msg)


def compare_saved(one: str, other: str | None, *, out: Path, json: bool) -> None:
    """Compare two saved explanations, and write and print the comparison.

    Args:
        one: The folder or the JSON file of the first one.
        other: Those of the second one.
        out: The folder of the results.
        json: Whether to print JSON.

    Raises:
        InputError: If one of them is missing, or they cannot be compared.
    """
    from shapiq_fixlip.commands.comparing import write_comparison
    from shapiq_fixlip.commands.printing import print_explanations, print_files, print_json
    from shapiq_fixlip.comparisons.explanation_comparison import ExplanationComparison
    from shapiq_fixlip.comparisons.explanations import compare_explanations

    if other is None:
        msg = f"must be another saved explanation, got only {one!r}."
        raise InputError("text", msg)
    if Path(one).resolve() == Path(other).resolve():
        msg = f"must be another saved explanation than the first, got {other!r}."
        raise InputError("text", msg)
    loaded = [_loaded("image", one), _loaded("text", other)]
    compared = compare_explanations(dict(zip(_names(one, other), loaded, strict=True)))
    with result_folder(out, ExplanationComparison.files) as results:
        write_comparison(compared, results, out, dpi=200)
    if json:
        print_json(compared.summary(), results, out)
        return
    print_explanations(compared)
    print_files(results, out)


def _loaded(argument: str, path: str) -> Explanation:
    """Load an explanation; errors name the argument of the command."""
    from shapiq_fixlip.explaining.explanation import Explanation

    try:
        return Explanation.load(path)
    except InputError as error:
        raise InputError(argument, error.problem) from error


def _names(*paths: str) -> list[str]:
    """Return what is different in two paths: the names of files or folders, or all of them."""
    files = [Path(path).resolve() for path in paths]
    names = [
        file.parent.name if file.name == "explanation.json" else file.with_suffix("").name
        for file in files
    ]
    return names if len(set(names)) == len(names) else list(paths)
