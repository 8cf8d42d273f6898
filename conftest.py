"""What tests and doctests share."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may need a hub
if "PYTEST_XDIST_WORKER" in os.environ:  # more threads than cores slow each other down
    for _library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{_library}_NUM_THREADS"] = "1"

import hypothesis
import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import torch

from shapiq_fixlip import load_encoder

mpl.use("Agg")
hypothesis.settings.register_profile("untimed", deadline=None)  # machines are shared
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def encoder():
    """The embedded model of CLIP's kind, loaded once."""
    return load_encoder("demo")


@pytest.fixture(autouse=True)
def _names_of_doctests(doctest_namespace, request):
    """Give doctests the model that their first line, which is skipped, would load."""
    if isinstance(request.node, pytest.DoctestItem):
        doctest_namespace["encoder"] = request.getfixturevalue("encoder")


@pytest.fixture(autouse=True)
def _global_state_stays():
    """Fail a test that leaves the global state of torch or open figures behind."""
    before = (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads())
    yield
    assert (
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
    ) == before
    plt.close("all")
