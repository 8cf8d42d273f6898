import subprocess
import sys

import pytest

import shapiq_fixlip


def test_importing_the_package_loads_nothing_slow():
    code = (
        "import shapiq_fixlip, sys;"
        "print(sorted({'torch', 'transformers', 'open_clip', 'shapiq'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", shapiq_fixlip.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(shapiq_fixlip, name).__doc__
    assert name in dir(shapiq_fixlip)


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = shapiq_fixlip.nothing
