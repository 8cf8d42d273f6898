import os

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may need a hub

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import torch

mpl.use("Agg")


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
