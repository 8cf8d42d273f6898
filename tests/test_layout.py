"""The way of the data is the way of the folders: rooms use those before them, never back."""

import ast
from collections import defaultdict
from pathlib import Path

import shapiq_fixlip

PACKAGE = Path(shapiq_fixlip.__file__).parent
NAME = PACKAGE.name
MAX_MODULES_AT_THE_ROOT = 12
MAX_LINES = 300

ROOMS = (
    *("typing", "errors", "_optional", "validation", "files", "output", "progress", "notebooks"),
    *("coalitions", "encoders", "sides", "games"),
    *("solver", "results", "approximators"),
    *("demo", "datasets", "metrics", "baselines", "benchmarking"),
    *("plot", "page", "explaining"),
    *("comparisons", "experiments", "commands"),
)
"""Each may use those before it. Modules at the root are rooms of their own."""


def module_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def imported(path):
    """List all modules of this package that one imports, also inside functions and for types."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{NAME}."):
            base = node.module.removeprefix(NAME).removeprefix(".")
            inside = [f"{base}.{alias.name}".removeprefix(".") for alias in node.names]
            yield from (name if name in MODULES else base for name in inside)
        elif isinstance(node, ast.Import):
            names = (alias.name for alias in node.names if alias.name.startswith(f"{NAME}."))
            yield from (name.removeprefix(f"{NAME}.") for name in names)


def arrows():
    """Return, for every two rooms of which one uses the other, the imports."""
    found = defaultdict(set)
    for name, path in MODULES.items():
        room = name.partition(".")[0]
        if not name or room == "__main__":  # they only hand on
            continue
        for other in imported(path):
            if other and other.partition(".")[0] != room:
                found[room, other.partition(".")[0]].add((name, other))
    return found


def test_no_arrow_runs_back():
    back = {
        arrow: imports
        for arrow, imports in arrows().items()
        if ROOMS.index(arrow[0]) < ROOMS.index(arrow[1])
    }
    assert not back


def test_every_room_is_in_the_table():
    rooms = {name.partition(".")[0] for name in MODULES} - {"", "__main__"}
    assert rooms == set(ROOMS)


def test_there_is_no_circle_inside_a_room():
    uses = {name: {o for o in imported(path) if o} - {name} for name, path in MODULES.items()}
    while leaves := [name for name, others in uses.items() if not others & uses.keys()]:
        for name in leaves:
            del uses[name]
    assert not uses


def test_the_root_is_a_small_hallway():
    assert len(list(PACKAGE.glob("*.py"))) <= MAX_MODULES_AT_THE_ROOT


def test_modules_have_one_idea():
    lengths = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}
