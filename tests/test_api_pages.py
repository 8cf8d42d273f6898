"""API reference: public names, and types of public signatures, are documented exactly once."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "shapiq_fixlip"
PAGES = sorted((ROOT / "docs" / "api").glob("*.md"))
NAMESPACES = [path.parent for path in sorted((ROOT / PACKAGE).rglob("__init__.pyi"))]
DIRECTIVE = re.compile(r"^\.\. auto\w+:: (shapiq_fixlip\S*)$", re.MULTILINE)
LIKE = ("ImagePlayersLike", "TextPlayersLike", "ImageRemovalLike", "TextRemovalLike")


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree, package):
    """Names that a file imports from this package, with the module that each is from."""
    found = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = f"{package}.{node.module or ''}".rstrip(".") if node.level else node.module
        if module.split(".")[0] == PACKAGE:
            found.update({name.name: f"{module}.{name.name}" for name in node.names})
    return found


def file_of(module):
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py")


def definition(name):
    """Where something is defined that may be handed on by a namespace, or by several."""
    module, _, last = name.rpartition(".")
    stub = ROOT / module.replace(".", "/") / "__init__.pyi"
    if stub.exists():
        return imports(parsed(stub), module).get(last, name)
    return name


def public_names():
    """All names that namespaces list, and the namespaces, by where they are defined."""
    names = set()
    for folder in NAMESPACES:
        package = ".".join(folder.relative_to(ROOT).parts)
        tree = parsed(folder / "__init__.pyi")
        (listed,) = (
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
        )
        names |= {definition(f"{package}.{name}") for name in listed}
    return names


def own_types(module):
    """Classes and aliases of a module, as its signatures call them, imported ones too."""
    tree = parsed(file_of(module))
    found = {
        name: definition(origin)
        for name, origin in imports(tree, module).items()
        if name[:1].isupper()
    }
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = f"{module}.{node.name}"
        elif isinstance(node, ast.TypeAlias):
            found[node.name.id] = f"{module}.{node.name.id}"
    return found


def is_public(name):
    return not name.startswith("_") or name == "__init__"


def annotations(node):
    """What a public function takes and returns, a class has and its public methods take."""
    if isinstance(node, ast.FunctionDef):
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        yield from (argument.annotation for argument in arguments if argument.annotation)
        yield from [node.returns] if node.returns else []
    elif isinstance(node, ast.ClassDef):
        for member in node.body:
            if isinstance(member, ast.AnnAssign) and is_public(member.target.id):
                yield member.annotation
            elif isinstance(member, ast.FunctionDef) and is_public(member.name):
                yield from annotations(member)
    elif isinstance(node, ast.TypeAlias):
        yield node.value


def names_in(annotation):
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and str(node.value).isidentifier():
            yield str(node.value)  # a forward reference, or a choice, which is no type


def types_of(name):
    """Our own public types in the signature of something public."""
    module, _, last = name.rpartition(".")
    if not file_of(module).exists():
        return set()  # a namespace
    own = own_types(module)
    nodes = [
        node
        for node in parsed(file_of(module)).body
        if getattr(node, "name", None) == last
        or (isinstance(node, ast.TypeAlias) and node.name.id == last)
    ]
    used = {used for node in nodes for part in annotations(node) for used in names_in(part)}
    return {own[name] for name in used if name in own and not name.startswith("_")}


def wanted():
    names = public_names()
    choices = parsed(file_of(f"{PACKAGE}.typing")).body
    aliases = [node.name.id for node in choices if isinstance(node, ast.TypeAlias)]
    names |= {f"{PACKAGE}.typing.{name}" for name in aliases}
    names |= {f"{PACKAGE}.sides.parsing.{name}" for name in LIKE}
    while more := {found for name in names for found in types_of(name)} - names:
        names |= more
    return names


def documented():
    """How often each thing is documented, by where it is defined."""
    names = [name for page in PAGES for name in DIRECTIVE.findall(page.read_text(encoding="utf-8"))]
    return Counter(map(definition, names))


def test_every_public_name_and_type_is_documented_exactly_once():
    assert len(NAMESPACES) > 1
    counts = documented()
    missing = wanted() - counts.keys()
    assert not missing, f"in no page of docs/api: {', '.join(sorted(missing))}"
    assert not {name: count for name, count in counts.items() if count != 1}


def test_what_is_documented_is_public():
    typing = f"{PACKAGE}.typing"
    assert documented().keys() - wanted() == {typing}, "a namespace without names of its own"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_are_listed_in_the_index(page):
    index = (ROOT / "docs" / "api" / "index.md").read_text(encoding="utf-8")
    assert page.stem == "index" or re.search(rf"^{page.stem}$", index, re.MULTILINE)
    assert page.stem == "index" or f"({page.name})" in index
