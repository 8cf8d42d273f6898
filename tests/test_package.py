import importlib
import pkgutil
import subprocess
import sys

import pytest

import shapiq_fixlip

PACKAGES = {info.name for info in pkgutil.iter_modules(shapiq_fixlip.__path__) if info.ispkg}
NAMESPACES = ("", *sorted(PACKAGES.intersection(shapiq_fixlip.__all__)))


def namespace(name):
    return importlib.import_module(f"shapiq_fixlip.{name}".rstrip("."))


PUBLIC_NAMES = [(room, name) for room in NAMESPACES for name in namespace(room).__all__]


def test_importing_the_package_loads_nothing_slow():
    code = (
        f"import {', '.join(namespace(room).__name__ for room in NAMESPACES)}, sys;"
        "print(sorted({'torch', 'transformers', 'open_clip', 'shapiq'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_of_transformers_loads_no_other_library():
    code = (
        "import sys, shapiq_fixlip; shapiq_fixlip.load_encoder('demo');"
        "print(sorted({'open_clip', 'timm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize(("room", "name"), PUBLIC_NAMES)
def test_every_public_name_is_there_and_documented(room, name):
    assert getattr(namespace(room), name).__doc__
    assert name in dir(namespace(room))


@pytest.mark.parametrize("room", NAMESPACES)
def test_other_names_are_refused(room):
    with pytest.raises(AttributeError, match="attribute nothing"):
        _ = namespace(room).nothing
